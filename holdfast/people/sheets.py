"""Opens a table that somebody saved as CSV, and writes one. Pure: no Django, no clock.

Whatever cannot be read becomes a sentence, with its line. Nothing here is written down anywhere.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

MOST_LINES: Final = 5_000
MOST_BYTES: Final = 2_000_000
DELIMITERS: Final = ",;\t|"
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # the wide ones run in some spreadsheets too


class Kind(StrEnum):
    """What a table is about."""

    STAFF = "staff"
    CLIENTS = "clients"
    SHIFTS = "shifts"


@dataclass(frozen=True)
class Said:
    """A sentence, with what stands in it. Kept apart so that the page can say it in another language."""

    words: str
    values: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.words % self.values


class NotATable(ValueError):
    """The whole file cannot be used."""

    def __init__(self, words: str, **values: str) -> None:
        self.said = Said(words, values)
        super().__init__(str(self.said))


@dataclass(frozen=True)
class Column:
    """One column: its title when written, and by which other words it is found."""

    key: str
    title: str
    needed: bool = False
    also: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        return frozenset(map(_plain, (self.title, self.key, *self.also)))


def _plain(title: str) -> str:
    """Preferred name, preferred_name and PREFERRED-NAME are the same."""
    return re.sub(r"[\W_]", "", title.lower())


COLUMNS: Final[Mapping[Kind, tuple[Column, ...]]] = {
    Kind.STAFF: (
        Column("name", "name", needed=True, also=("full name",)),
        Column("email", "email", needed=True, also=("e-mail", "email address", "mail")),
        Column("role", "role", needed=True),
        Column("discipline", "discipline", needed=True, also=("profession",)),
        Column("credential", "credential", also=("credentials",)),
        Column("languages", "languages", also=("language",)),
        Column("since", "since", needed=True, also=("start", "start date")),
        Column("until", "last day", also=("until", "end", "end date")),
        Column("licences", "licences", also=("licenses", "licence", "license")),
        Column("phone", "phone", needed=True, also=("mobile", "cell", "phone number")),
        Column("second", "second contact", also=("second phone", "other contact", "other contacts")),
    ),
    Kind.CLIENTS: (
        Column("name", "name", needed=True, also=("full name",)),
        Column("preferred", "preferred name", also=("called",)),
        Column("pronouns", "pronouns"),
        Column("language", "language"),
        Column("state", "state", needed=True),
        Column("timezone", "time zone", needed=True, also=("zone", "tz")),
        Column("phone", "phone", needed=True, also=("mobile", "cell", "phone number")),
        Column("other_phone", "other phone", also=("second phone",)),
        Column("email", "email", also=("e-mail", "email address", "mail")),
        Column("since", "since", needed=True, also=("start", "start date", "admitted")),
        Column("standing", "standing", also=("status",)),
        Column("born", "date of birth", also=("birth date", "born", "dob")),
        Column("team", "care team emails", also=("care team", "team", "care team email")),
    ),
    Kind.SHIFTS: (
        Column("email", "email", needed=True, also=("e-mail", "email address", "mail", "staff")),
        Column("level", "level", needed=True),
        Column("since", "from", needed=True, also=("start", "begins")),
        Column("until", "to", needed=True, also=("until", "end", "ends")),
    ),
}


@dataclass(frozen=True)
class Line:
    """One line of the table, by the number it has in the file."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Sheet:
    """A table as it was read. `said` is what whoever brought it should know about the file as a whole."""

    kind: Kind
    lines: tuple[Line, ...]
    said: tuple[Said, ...] = ()


def open_sheet(raw: bytes, kind: Kind) -> Sheet:
    """Read a file. Raises NotATable, in words, when nothing of it can be used."""
    return parse(*decode(raw), kind)


def parse(text: str, said: tuple[Said, ...], kind: Kind) -> Sheet:
    """Read the text of a file. `said` is what was said of it so far."""
    if not text.strip():
        raise NotATable("The file is empty.")
    columns, delimiter, row = _header(text, kind)
    lines = tuple(_lines(text, delimiter, columns))
    if not lines:
        raise NotATable("The file has a line of titles and no line below it.")
    if len(lines) > MOST_LINES:
        raise NotATable("The file has %(n)s lines. At most 5,000 fit: split it.", n=f"{len(lines):,}")
    strange = [title for title, key in zip(row, columns, strict=True) if not key and title.strip()]
    if strange:
        said = (
            *said,
            Said("These columns are not known here and were not read: %(names)s.", {"names": ", ".join(strange)[:300]}),
        )
    return Sheet(kind, lines, said)


def decode(raw: bytes) -> tuple[str, tuple[Said, ...]]:
    """The text of a file. What was guessed is said."""
    if len(raw) > MOST_BYTES:
        raise NotATable("The file is larger than 2 MB. Split it into smaller ones.")
    if raw[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        raise NotATable("This is a workbook and not a CSV file. Open it, and save it as “CSV UTF-8”.")
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            text = raw.decode("utf-16")
        except UnicodeDecodeError:
            raise NotATable("The file says that it is in UTF-16, and is not. Save it as “CSV UTF-8”.") from None
        return _no_zeros(text), (Said("The file is in UTF-16, and was read as that."),)
    try:
        text, said = raw.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        try:
            text = raw.decode("cp1252")
        except UnicodeDecodeError:
            raise NotATable("We could not tell how this file is written. Save it as “CSV UTF-8”.") from None
        guessed = Said("The file is not in UTF-8, and was read as Windows-1252. Look at names with accents.")
        return _no_zeros(text), (guessed,)
    return _no_zeros(text), said


def _no_zeros(text: str) -> str:
    if "\x00" in text:
        raise NotATable("This is not a file of text. Save the table as “CSV UTF-8”.")
    return text


def _header(text: str, kind: Kind) -> tuple[list[str], str, list[str]]:
    """For each column its key ("" where it is not known), the delimiter, and the titles as they stand."""
    known = {name: column.key for column in COLUMNS[kind] for name in column.names}
    best: tuple[int, list[str], str, list[str]] = (-1, [], ",", [])
    for delimiter in DELIMITERS:
        try:
            row = next(_rows(text, delimiter), (0, [""]))[1]
        except NotATable:  # by the wrong delimiter a title in quotation marks does not end
            continue
        keys = [known.get(_plain(title), "") for title in row]
        if sum(map(bool, keys)) > best[0]:
            best = (sum(map(bool, keys)), keys, delimiter, row)
    _, keys, delimiter, row = best
    if not row:
        raise NotATable("Line %(n)s cannot be read: a quotation mark or a cell does not end.", n="1")
    twice = sorted({title for title, key in zip(row, keys, strict=True) if key and keys.count(key) > 1})
    if twice:
        raise NotATable("Two columns say the same thing: %(names)s. Keep one.", names=", ".join(twice))
    missing = [column.title for column in COLUMNS[kind] if column.needed and column.key not in keys]
    if missing:
        raise NotATable(
            "The first line must name the columns. Missing: %(missing)s. It has: %(row)s.",
            missing=", ".join(missing),
            row=", ".join(title.strip() for title in row if title.strip())[:300] or "—",
        )
    return keys, delimiter, row


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Every line that says something, with the number of its first line in the file."""
    # strict: a quotation mark that does not end would swallow every line below it
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield begins, row
            begins = reader.line_num + 1
    except csv.Error:
        raise NotATable("Line %(n)s cannot be read: a quotation mark or a cell does not end.", n=str(begins)) from None


def _lines(text: str, delimiter: str, keys: Sequence[str]) -> Iterable[Line]:
    rows = _rows(text, delimiter)
    next(rows, None)
    for number, row in rows:
        cells = {key: ours(cell) for key, cell in zip(keys, row, strict=False) if key}
        # A cell too many means that a delimiter stands inside one: which is which cannot be told.
        if any(cell.strip() for cell in row[len(keys) :]):
            cells["_more"] = delimiter
        yield Line(number, cells)


def ours(cell: str) -> str:
    """A cell without what surrounds it, and without the mark that keeps a spreadsheet from running it."""
    cell = cell.strip()
    return cell[1:] if cell[:1] == "'" and _runs(cell) else cell


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula. What begins with that mark itself gets one more."""
    return f"'{cell}" if _runs(cell) else cell


def _runs(cell: str) -> bool:
    return cell.lstrip("'").startswith(FORMULA)


def write(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table as CSV, with the mark by which spreadsheets know UTF-8."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(titles)
    table.writerows([guarded(cell) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()


def titles(kind: Kind) -> list[str]:
    return [column.title for column in COLUMNS[kind]]
