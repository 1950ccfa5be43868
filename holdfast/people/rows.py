"""Reads the lines of a table: a member of staff, a client, a shift. Pure; `today` is passed in.

A line is either good, perhaps with a note, or refused with every sentence that says why.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, Generic, TypeVar
from zoneinfo import available_timezones

from holdfast.people.days import Days, NotADay, order_of
from holdfast.people.rules import Discipline, Role, plain_number
from holdfast.people.sheets import Line, Said, Sheet

_STATES: Final = (
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ "
    "NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC PR GU VI AS MP"
)
STATES: Final = frozenset(_STATES.split())
PARTS: Final = ("primary", "prescriber", "case_manager", "peer")
LEVELS: Final = ("first", "backup", "supervisor")
STANDINGS: Final = ("invited", "active", "paused", "other_care")  # of those whom a table may bring in
LONGEST_SHIFT: Final = timedelta(days=8)
PART_OF: Final[Mapping[str, str]] = {
    Discipline.THERAPIST: "primary",
    Discipline.PRESCRIBER: "prescriber",
    Discipline.CASE_MANAGER: "case_manager",
    Discipline.PEER: "peer",
}
EMAIL: Final = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+\.[^\s@,;<>\".]+")
SEPARATORS: Final = re.compile(r"[;|,\n]+")
ZONES: Final = {name.lower(): name for name in available_timezones()}

R = TypeVar("R")


@dataclass(frozen=True)
class Colleague:
    """Whoever a line about a client may name."""

    name: str
    discipline: str


@dataclass(frozen=True)
class LicenceCell:
    """`since`: None where the table does not say it; then it counts from their first day."""

    state: str
    number: str
    until: date
    since: date | None = None


@dataclass(frozen=True)
class StaffRow:
    name: str
    email: str
    role: Role
    discipline: Discipline
    credential: str
    languages: tuple[str, ...]
    since: date
    licences: tuple[LicenceCell, ...]
    phone: str
    others: tuple[str, ...]
    until: date | None = None


@dataclass(frozen=True)
class ClientRow:
    """`team`: e-mail address and part of each. `invited`: not watched before somebody makes them active."""

    name: str
    preferred: str
    pronouns: str
    language: str
    state: str
    timezone: str
    phone: str
    other_phone: str
    email: str
    since: date
    team: tuple[tuple[str, str], ...]
    invited: bool = False
    born: date | None = None


@dataclass(frozen=True)
class ShiftRow:
    email: str
    level: str
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Problem:
    """Why a line is refused: in which column, and the sentence."""

    key: str
    said: Said


@dataclass(frozen=True)
class Read(Generic[R]):
    """One line as it was read. `row` is there exactly when nothing is wrong with it."""

    line: Line
    row: R | None
    problems: tuple[Problem, ...] = ()
    notes: tuple[Said, ...] = ()


@dataclass
class Cells:
    """The cells of one line while it is read: gathers everything that is wrong with it."""

    line: Line
    days: Days
    problems: list[Problem] = field(default_factory=list)
    notes: list[Said] = field(default_factory=list)

    def get(self, key: str) -> str:
        return self.line.cells.get(key, "").strip()

    def no(self, key: str, words: str, **values: str) -> None:
        self.problems.append(Problem(key, Said(words, {name: value[:80] for name, value in values.items()})))

    def note(self, words: str, **values: str) -> None:
        self.notes.append(Said(words, {name: value[:80] for name, value in values.items()}))

    def text(self, key: str, what: str, most: int, *, needed: bool = True) -> str:
        text = " ".join(self.get(key).split())
        if needed and not text:
            self.no(key, "The %(what)s is missing.", what=what)
        elif len(text) > most:
            self.no(key, "The %(what)s is longer than %(most)s characters.", what=what, most=str(most))
        return text

    def email(self, key: str, *, needed: bool = True) -> str:
        text = self.get(key).lower()
        if not text:
            if needed:
                self.no(key, "The e-mail address is missing.")
        elif not EMAIL.fullmatch(text) or len(text) > 254:
            self.no(key, "“%(text)s” does not look like an e-mail address.", text=text)
        return text

    def phone(self, key: str, *, needed: bool = True) -> str:
        text = self.get(key)
        if not text and needed:
            self.no(key, "The phone number is missing.")
        return self._number(key, text) if text else ""

    def address(self, key: str, text: str) -> str:
        """A phone number or an e-mail address."""
        if "@" not in text:
            return self._number(key, text)
        text = text.lower()
        if not EMAIL.fullmatch(text) or len(text) > 254:
            self.no(key, "“%(text)s” does not look like an e-mail address.", text=text)
        return text

    def _number(self, key: str, text: str) -> str:
        found = number(text)
        if found is None:
            self.no(
                key, "“%(text)s” does not look like a phone number. Write all of it, with the area code.", text=text
            )
        return found or ""

    def word(self, key: str, what: str, known: Collection[str]) -> str:
        text = re.sub(r"[\s-]+", "_", self.get(key).lower())
        if not text:
            self.no(key, "The %(what)s is missing.", what=what)
        elif text not in known:
            self.no(
                key,
                "There is no %(what)s “%(text)s”. Use one of these: %(known)s.",
                what=what,
                text=self.get(key),
                known=", ".join(one.replace("_", " ") for one in known),
            )
        return text if text in known else ""

    def state(self, key: str, text: str) -> str:
        text = text.strip().upper()
        if text not in STATES:
            self.no(key, "“%(text)s” is not a state. Write its two letters, like AZ.", text=text or "—")
        return text

    def day(self, key: str, text: str) -> date:
        try:
            return self.days.read(text)
        except NotADay as no:
            self.problems.append(Problem(key, no.said))
            return date.max

    def moment(self, key: str, what: str, place: str) -> datetime:
        text = self.get(key)
        if not text:
            self.no(key, "The %(what)s is missing.", what=what)
            return datetime.max  # noqa: DTZ901 (never used: the line is refused)
        try:
            found, twice = self.days.moment(text, place)
        except NotADay as no:
            self.problems.append(Problem(key, no.said))
            return datetime.max  # noqa: DTZ901 (never used: the line is refused)
        if twice:
            self.note("The clocks are set back that night: %(text)s was taken as the first of the two.", text=text)
        return found

    def languages(self, key: str) -> tuple[str, ...]:
        found = tuple(one.strip().lower() for one in re.split(r"[;|,\s]+", self.get(key)) if one.strip()) or ("en",)
        wrong = [one for one in found if not re.fullmatch(r"[a-z]{2,3}(-[a-z]{2,4})?", one)]
        if wrong:
            self.no(key, "“%(text)s” is not the short name of a language. Write it like en or es.", text=wrong[0])
        return tuple(dict.fromkeys(found))

    def read(self, make: Callable[[], R]) -> Read[R]:
        if "_more" in self.line.cells:
            self.no("", "The line has more cells than the first one. Put a cell with “%(mark)s” in quotation marks.",
                    mark=self.line.cells["_more"].replace("\t", "tab"))  # fmt: skip
        return Read(self.line, None if self.problems else make(), tuple(self.problems), tuple(self.notes))


def number(text: str) -> str | None:
    """A phone number as +digits; None when it cannot be one."""
    digits = re.sub(r"\D", "", text)
    if re.search(r"[^\d\s().+/-]", text):
        return None
    if text.strip().startswith("+"):
        good = 8 <= len(digits) <= 15
    else:
        good = len(digits) == 10 or (len(digits) == 11 and digits[0] == "1")
    return plain_number(text) if good else None


def days_of(sheet: Sheet) -> Days:
    """How the days of this file are read: all of them together show the order."""
    return Days(order_of(cell for line in sheet.lines for key, cell in line.cells.items() if key in _DATED))


_DATED: Final = frozenset({"since", "until", "licences", "born"})


def read_staff(line: Line, days: Days, today: date) -> Read[StaffRow]:
    """One member of staff."""
    cells = Cells(line, days)
    name, email = cells.text("name", "name", 120), cells.email("email")
    role = cells.word("role", "role", [one.value for one in Role])
    discipline = cells.word("discipline", "discipline", [one.value for one in Discipline])
    credential = cells.text("credential", "credential", 40, needed=False)
    languages = cells.languages("languages")
    since = _since(cells)
    until = _last_day(cells, since, today)
    phone = cells.phone("phone")
    others = _others(cells, phone)
    licences = _licences(cells, today)
    if role and discipline and not licences and role == Role.CLINICIAN:
        cells.note("No licence: may be asked for no state.")
    return cells.read(
        lambda: StaffRow(
            name, email, Role(role), Discipline(discipline), credential, languages, since, licences, phone, others, until
        )
    )  # fmt: skip


def _since(cells: Cells) -> date:
    if not cells.get("since"):
        cells.no("since", "The day since when is missing.")
        return date.max
    return cells.day("since", cells.get("since"))


def _last_day(cells: Cells, since: date, today: date) -> date | None:
    if not cells.get("until"):
        return None
    until = cells.day("until", cells.get("until"))
    if since != date.max and until < since:
        cells.no("until", "The last day lies before the first one.")
    elif until < today:
        cells.no("until", "Their last day has passed: whoever has left is not brought in.")
    return until


def _others(cells: Cells, phone: str) -> tuple[str, ...]:
    """Further phone numbers and e-mail addresses."""
    texts = filter(None, (one.strip() for one in SEPARATORS.split(cells.get("second"))))
    found = [cells.address("second", text) for text in texts]
    if len({phone, *found}) <= len(found):
        cells.no("second", "Both contacts are the same. Two different ones are needed before a shift.")
    elif not found:
        cells.note("Only one contact: two are needed before a shift.")
    return tuple(found)


def _licences(cells: Cells, today: date) -> tuple[LicenceCell, ...]:
    found = []
    for text in filter(None, (one.strip() for one in SEPARATORS.split(cells.get("licences")))):
        parts = [part.strip() for part in text.split(":")]
        if len(parts) not in (3, 4) or not parts[1]:
            cells.no("licences", "“%(text)s” is not a licence. Write it like AZ:RN218844:2027-01-31.", text=text)
            continue
        if len(parts[1]) > 40:
            cells.no("licences", "The number of the licence “%(text)s” is longer than 40 characters.", text=text)
        state, until = cells.state("licences", parts[0]), cells.day("licences", parts[-1])
        since = cells.day("licences", parts[2]) if len(parts) == 4 else None
        if since is not None and until < since:
            cells.no("licences", "The licence “%(text)s” ends before it begins.", text=text)
        if until < today:
            cells.note("The licence ended on %(day)s: may not be asked for %(state)s.", day=str(until), state=state)
        elif since is not None and since > today:
            cells.note("The licence for %(state)s counts from %(day)s.", day=str(since), state=state)
        found.append(LicenceCell(state, parts[1], until, since))
    twice = [one for one, count in Counter((row.state, row.number) for row in found).items() if count > 1]
    if twice:
        cells.no("licences", "The licence %(text)s stands there twice.", text=":".join(twice[0]))
    return tuple(found)


def read_client(line: Line, days: Days, today: date, staff: Mapping[str, Colleague]) -> Read[ClientRow]:
    """One client. `staff`: by e-mail address, whoever can be on a care team."""
    cells = Cells(line, days)
    name = cells.text("name", "name", 200)
    preferred, pronouns = (
        cells.text("preferred", "preferred name", 120, needed=False),
        cells.text("pronouns", "pronouns", 20, needed=False),
    )
    language = cells.languages("language")[0]
    state = cells.state("state", cells.get("state"))
    zone_name = ZONES.get(cells.get("timezone").lower(), "")
    if not zone_name:
        cells.no(
            "timezone", "There is no time zone “%(text)s”. Write one like America/Phoenix.", text=cells.get("timezone")
        )
    phone, other = cells.phone("phone"), cells.phone("other_phone", needed=False)
    email, since = cells.email("email", needed=False), _since(cells)
    born = _born(cells, today)
    invited = _invited(cells, since, today)
    team = _team(cells, staff)
    return cells.read(
        lambda: ClientRow(
            name, preferred, pronouns, language, state, zone_name, phone, other, email, since, team, invited, born
        )
    )  # fmt: skip


def _born(cells: Cells, today: date) -> date | None:
    if not cells.get("born"):
        return None
    born = cells.day("born", cells.get("born"))
    if born != date.max and (born >= today or today.year - born.year > 120):
        cells.no("born", "“%(text)s” cannot be a birth date. Look at the year again.", text=cells.get("born"))
    return born


def _invited(cells: Cells, since: date, today: date) -> bool:
    """Whether they are invited only. Whatever else is said of their standing, they come in watched."""
    said = cells.word("standing", "standing", STANDINGS) if cells.get("standing") else ""
    if said in ("paused", "other_care"):
        cells.note("Comes in as active, whatever their standing was: change it on their page.")
    if since != date.max and since > today:
        cells.note("Begins on a day to come: stands as invited until somebody makes them active.")
        return True
    return said == "invited"


def _team(cells: Cells, staff: Mapping[str, Colleague]) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for text in filter(None, (one.strip().lower() for one in re.split(r"[;|,\s]+", cells.get("team")))):
        email, _, said = text.partition(":")
        if email not in staff:
            cells.no("team", "Nobody of the staff has the e-mail address “%(text)s”. Bring in staff first.", text=email)
            continue
        part = said.replace("-", "_") or PART_OF.get(staff[email].discipline, "")
        if not part:  # nobody becomes the primary clinician unasked
            cells.no(
                "team",
                "%(name)s has no part of their own here: write %(email)s:primary, :prescriber, :case_manager or :peer.",
                name=staff[email].name,
                email=email,
            )
            continue
        if part not in PARTS:
            cells.no("team", "There is no part “%(text)s” in a care team. Use one of these: %(known)s.",
                     text=said, known=", ".join(PARTS))  # fmt: skip
        elif part in found:
            cells.no("team", "Two people are %(part)s in the care team. Only one can be at a time.", part=part)
        found[part] = email
    if not found:
        cells.note("Nobody is in their care team yet: whoever is on call does not know them.")
    return tuple((email, part) for part, email in found.items())


def read_shift(line: Line, days: Days, place: str, staff: Collection[str], now: datetime) -> Read[ShiftRow]:
    """One shift, in the program's own time."""
    cells = Cells(line, days)
    email = cells.email("email")
    if email and not cells.problems and email not in staff:
        cells.no("email", "Nobody of the staff has the e-mail address “%(text)s”.", text=email)
    level = cells.word("level", "level", LEVELS)
    since, until = cells.moment("since", "beginning", place), cells.moment("until", "end", place)
    if not cells.problems:
        if until <= since:
            cells.no("until", "The shift ends before it begins.")
        elif until - since > LONGEST_SHIFT:
            cells.no("until", "The shift is longer than eight days. Write one line for each shift.")
        elif until <= now:
            cells.no("until", "The shift is over already.")
    return cells.read(lambda: ShiftRow(email, level, since, until))


def refused(read: Read[R], key: str, words: str, **values: str) -> Read[R]:
    """The same line, refused for one more reason that only the others show."""
    return Read(read.line, None, (*read.problems, Problem(key, Said(words, values))), read.notes)


def noted(read: Read[R], words: str, **values: str) -> Read[R]:
    return Read(read.line, read.row, read.problems, (*read.notes, Said(words, values)))


def good(reads: Iterable[Read[R]]) -> list[R]:
    """The rows that can be brought in."""
    return [read.row for read in reads if read.row is not None]
