"""Forms of set-up pages: the same reading as a line of a file, so that a form and a file refuse for the same reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.people.days import Days, NotADay, Order
from holdfast.people.rows import PARTS, STATES, Cells, Problem
from holdfast.people.rules import Discipline, Role
from holdfast.people.sheets import Line, Said
from holdfast.web.access import PageRequest
from holdfast.web.team.reading import NotRead, Typed
from holdfast.web.team.words import DISCIPLINES

ROLES: Final[dict[str, str]] = {
    Role.CLINICIAN: gettext_noop("clinician"),
    Role.CARE_STAFF: gettext_noop("care staff"),
    Role.SUPERVISOR: gettext_noop("supervisor"),
    Role.DIRECTOR: gettext_noop("director"),
    Role.ADMINISTRATOR: gettext_noop("administrator"),
}
PART_WORDS: Final[dict[str, str]] = {
    "primary": gettext_noop("primary clinician"),
    "prescriber": gettext_noop("prescriber"),
    "case_manager": gettext_noop("case manager"),
    "peer": gettext_noop("peer"),
}
DAYS: Final = Days(Order.MONTH_FIRST)  # a form is filled in one place: 3/4/2026 is the fourth of March here


@dataclass(frozen=True)
class Field:
    """One field as it is drawn. `choices`: value and word, for a list to pick from."""

    key: str
    label: str
    value: str = ""
    hint: str = ""
    kind: str = "text"
    choices: Sequence[tuple[str, str]] = ()
    error: str = ""


def role_of(request: PageRequest) -> Role:
    """What whoever presses is here for."""
    return Role(request.staff.role)


def say(said: Said) -> str:
    """A sentence of the reading in the reader's language."""
    return _(said.words) % said.values


def say_all(problems: Sequence[Problem]) -> str:
    return " ".join(say(problem.said) for problem in problems)


def cells_of(form: Typed) -> Cells:
    """What was typed, as one line."""
    return Cells(Line(0, dict(form.values)), DAYS)


def drawn(fields: Sequence[Field], form: Typed | None, problems: Sequence[Problem] = ()) -> list[Field]:
    """The fields with what was typed, and above each what is wrong with it."""
    wrong: dict[str, str] = {}
    for problem in problems:
        wrong[problem.key] = f"{wrong.get(problem.key, '')} {say(problem.said)}".strip()
    return [
        Field(
            field.key,
            field.label,
            form.get(field.key) if form is not None else field.value,
            field.hint,
            field.kind,
            field.choices,
            wrong.get(field.key, ""),
        )
        for field in fields
    ]


def choices(words: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(str(value), _(text)) for value, text in words.items()]


def roles() -> list[tuple[str, str]]:
    return choices(ROLES)


def disciplines() -> list[tuple[str, str]]:
    return choices({one.value: DISCIPLINES[one.value] for one in Discipline})


def parts() -> list[tuple[str, str]]:
    return choices({part: PART_WORDS[part] for part in PARTS})


def part_word(part: str) -> str:
    """A part in a care team as it is read; one that is not known as it stands."""
    return _(PART_WORDS[part]) if part in PART_WORDS else part


def the_day(form: Typed, key: str) -> date:
    """A calendar day, or NotRead in words."""
    if not form.get(key):
        raise NotRead(key, _("Write a day, like 2026-11-30."))
    try:
        return DAYS.read(form.get(key))
    except NotADay as no:
        raise NotRead(key, say(no.said)) from None


def the_time(form: Typed, key: str) -> time:
    """A time of the day, or NotRead in words."""
    try:
        return time.fromisoformat(form.get(key))
    except ValueError:
        raise NotRead(
            key, _("We could not read the time “%(text)s”. Write it like 08:30.") % {"text": form.get(key)[:20]}
        ) from None


def the_state(form: Typed, key: str) -> str:
    """Two letters of a state, or NotRead in words."""
    state = form.get(key).upper()
    if state not in STATES:
        raise NotRead(
            key, _("“%(text)s” is not a state. Write its two letters, like AZ.") % {"text": form.get(key)[:20]}
        )
    return state
