"""Reads a posted form so that one bad field never takes the good ones with it.

Django's own reader refuses the whole request when it is too long or wrongly encoded. Somebody who
writes too much on a bad night must keep their words, and their other answers must still arrive.
"""

from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

MOST_BYTES = 256_000
MOST_FIELDS = 200
DRAIN = 8_000_000  # read and forget this much more, so that the answer can still be sent


@dataclass(frozen=True)
class Fields:
    """What arrived. `unreadable` holds fields in another encoding, as well as they could be read, and those that
    arrived twice and differ; `cut` names the field in which the form grew too long. `lost` is true where more was
    sent than was read: nobody may be told that all of it was received."""

    values: dict[str, str]
    unreadable: dict[str, str]
    cut: str | None = None
    lost: bool = False

    @property
    def typed(self) -> dict[str, str]:
        """Every word that arrived, to be shown again."""
        return {**self.values, **self.unreadable}


def read_fields(request: HttpRequest) -> Fields:
    """The fields of a form. Never raises for what a person typed."""
    if request.content_type == "multipart/form-data":
        return _parts(request)
    raw = request.read(MOST_BYTES + 1)
    cut = len(raw) > MOST_BYTES
    if cut:
        left = DRAIN
        while left > 0 and (more := request.read(64_000)):
            left -= len(more)
    if raw and request.content_type != "application/x-www-form-urlencoded":
        return Fields({}, {}, lost=True)
    return _parse(raw[:MOST_BYTES], cut)


def _parts(request: HttpRequest) -> Fields:
    try:
        pairs = [(name, _clean(str(value))) for name in request.POST for value in request.POST.getlist(name)]
    except (MultiPartParserError, SuspiciousOperation, UnicodeError):
        return Fields({}, {}, "", lost=True)
    values, twice = _once(pairs)
    return Fields(values, twice, lost=bool(request.FILES))


def _parse(raw: bytes, cut: bool) -> Fields:
    pairs: list[tuple[str, str]] = []
    unreadable: dict[str, str] = {}
    last = ""
    sent = raw.split(b"&")
    for pair in sent[:MOST_FIELDS]:
        if not pair:
            continue
        name, _, value = pair.replace(b"+", b" ").partition(b"=")
        last = unquote_to_bytes(name).decode(errors="replace")[:100]
        data = unquote_to_bytes(value)
        try:
            pairs.append((last, _clean(data.decode())))
        except UnicodeDecodeError:
            unreadable[last] = _clean(data.decode(errors="replace"))
    values, twice = _once(pairs)
    unreadable |= twice
    if cut and last in values:
        unreadable[last] = values.pop(last)
    return Fields(values, unreadable, last if cut else None, lost=cut or len(sent) > MOST_FIELDS)


def _once(pairs: list[tuple[str, str]]) -> tuple[dict[str, str], dict[str, str]]:
    """What each field says, and those that say two things: which of them is meant is not ours to guess."""
    said: dict[str, list[str]] = {}
    for name, value in pairs:
        said.setdefault(name, []).append(value)
    twice = {name: "\n".join(dict.fromkeys(values)) for name, values in said.items() if len(set(values)) > 1}
    return {name: values[0] for name, values in said.items() if name not in twice}, twice


def _clean(text: str) -> str:
    """Without the invisible zero byte, which no database takes, and with plain line ends."""
    return text.replace("\x00", "").replace("\r\n", "\n")
