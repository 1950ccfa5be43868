"""What a copy of a record is made of. Each module offers its part with one plain function (`offers`).

A part is both: lines that a person reads, and resources in the shape of FHIR R4 for another system.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from holdfast.ledger.sealed import readable
from holdfast.people.models import Client
from holdfast.people.rules import zone
from holdfast.records.words import WORDS

Resource = dict[str, Any]
Line = tuple[str, str]  # what it is called, and what it says


@dataclass(frozen=True)
class Entry:
    """One thing in the record. Lines that say nothing are left out."""

    title: str
    at: datetime | date | None
    lines: tuple[Line, ...]
    resources: tuple[Resource, ...] = ()


@dataclass(frozen=True)
class Chapter:
    """Entries of one kind, read as they are drawn: a long record is never in memory as a whole."""

    title: str
    entries: Iterable[Entry]


@dataclass(frozen=True)
class Whose:
    """Of whom, and in which time zone and language it is said."""

    client: Client
    now: datetime
    language: str

    @property
    def zone(self) -> ZoneInfo:
        return zone(self.client.timezone)

    @property
    def patient(self) -> Resource:
        return {"reference": f"Patient/{self.client.uid}"}

    def when(self, at: datetime | date | time | None) -> str:
        """A moment as its owner would say it."""
        if at is None:
            return ""
        if isinstance(at, time):
            return str(time_format(at, "TIME_FORMAT"))
        if isinstance(at, datetime):
            return str(date_format(at.astimezone(self.zone), "DATETIME_FORMAT"))
        return str(date_format(at, "DATE_FORMAT"))

    def iso(self, at: datetime | date | None) -> str | None:
        """A moment as FHIR wants it, with the offset of their own zone."""
        if isinstance(at, datetime):
            return at.astimezone(self.zone).isoformat(timespec="seconds")
        return at.isoformat() if at is not None else None


Offer = Callable[[Whose], Iterator[Chapter]]


def said(row: Any, field: str) -> str:
    """One sealed text; where it will not open, it says so and takes no copy from anybody."""
    return str(readable(row, field))


def word(code: str) -> str:
    """A word of a fixed list, in the reader's language."""
    return _(WORDS[code]) if code in WORDS else code.replace("_", " ").replace("-", " ")


def wrote(staff: Any) -> str:
    """What stands before the words of a colleague: whose they are."""
    return _("What %(name)s wrote") % {"name": staff.name} if staff is not None else _("What the team wrote")


def lines(*pairs: Line) -> tuple[Line, ...]:
    """Only those that say something."""
    return tuple((name, words) for name, words in pairs if words)


def key(row: Any) -> str:
    """By what a row is found again in a copy."""
    uid = getattr(row, "uid", None)
    return str(uid) if uid else f"{row._meta.model_name}-{row.pk}"


def person(staff: Any) -> Resource | None:
    """A member of staff, by name."""
    return {"display": staff.name} if staff is not None else None


def text(words: str) -> Resource:
    """A concept in words: no code is made up."""
    return {"text": words}


def resource(kind: str, row: Any, **values: Any) -> Resource:
    """One resource, without what is empty."""
    return {"resourceType": kind, "id": key(row), **clean(values)}


def clean(values: Mapping[str, Any]) -> Resource:
    """Without what is empty, at every depth."""
    cleaned = {name: _cleaned(value) for name, value in values.items()}
    return {name: value for name, value in cleaned.items() if value not in _EMPTY}


_EMPTY: tuple[Any, ...] = (None, "", {}, [])


def _cleaned(value: Any) -> Any:
    if isinstance(value, Mapping):
        return clean(value)
    if isinstance(value, list | tuple):
        return [one for one in map(_cleaned, value) if one not in _EMPTY]
    return value


def message(whose: Whose, row: Any, topic: str, at: datetime | None, words: Iterable[str], **more: Any) -> Resource:
    """Something that was said or sent, and to which thing it belongs."""
    return resource(
        "Communication",
        row,
        status="completed",
        topic=text(topic),
        subject=whose.patient,
        sent=whose.iso(at),
        payload=[{"contentString": one} for one in words if one],
        **more,
    )


def plain(whose: Whose, row: Any, what: str, at: datetime | date | None, pairs: Iterable[Line]) -> Resource:
    """What FHIR has no shape for: words only."""
    return message(whose, row, what, at if isinstance(at, datetime) else None, [f"{a}: {b}" for a, b in pairs])
