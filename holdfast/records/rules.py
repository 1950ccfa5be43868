"""Pure decisions about records: until when they are kept, when a request must be answered, when an account may close."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from holdfast.content.retention import EVERYWHERE, OTHER, Kind, Line, Retention
from holdfast.people.rules import Standing, zone

GONE: Final = frozenset({Standing.OTHER_CARE, Standing.DISCHARGED, Standing.DIED})  # nobody of ours treats them now
SHORTEST: Final = 8  # letters of a reason
LONGEST: Final = 4000
TOLD_AGAIN: Final = timedelta(days=7)


class Form(StrEnum):
    """In which form a copy is handed out."""

    HTML = "html"
    PDF = "pdf"
    JSON = "json"


class Asked(StrEnum):
    """How a client asked staff for something."""

    ON_PAPER = "on_paper"
    BY_PHONE = "by_phone"
    IN_PERSON = "in_person"


class Answer(StrEnum):
    ACCEPTED = "accepted"
    DENIED = "denied"


class Ground(StrEnum):
    """The four grounds on which a correction may be refused (45 CFR 164.526(a)(2))."""

    NOT_OURS = "not_ours"
    NOT_OF_THE_RECORD = "not_of_the_record"
    NOT_OPEN_TO_ACCESS = "not_open_to_access"
    RIGHT_AND_WHOLE = "right_and_whole"


# --- how long ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Life:
    """What the times depend on: in which state, from when until when they were served, and when they were born."""

    state: str
    first_on: date
    last_on: date
    born_on: date | None = None


@dataclass(frozen=True)
class Until:
    """The last day on which something must be kept, and the ground that holds longest."""

    kept_until: date
    line: Line

    @property
    def goes_on(self) -> date:
        """The first day on which it may go."""
        return self.kept_until + timedelta(days=1)


def lines_for(policy: Retention, kind: Kind, state: str) -> tuple[Line, ...]:
    """The lines that hold in this state. A state without a line of its own has that of the others."""
    mine = [line for line in policy.lines if line.kind is kind]
    own = tuple(line for line in mine if line.where == state)
    return (*(line for line in mine if line.where == EVERYWHERE), *(own or (x for x in mine if x.where == OTHER)))


def kept_until(policy: Retention, kind: Kind, life: Life) -> Until:
    """Of all lines that hold, the one that holds longest."""
    born = life.born_on or years_later(life.first_on, -policy.unknown_birth_age)
    was_minor = life.first_on < years_later(born, policy.majority_age)
    found = []
    for line in lines_for(policy, kind, life.state):
        until = years_later(life.last_on, line.years)
        if was_minor and line.minors_until_age:
            until = max(until, years_later(born, line.minors_until_age))
        found.append(Until(until, line))
    return max(found, key=lambda one: one.kept_until)


def years_later(day: date, years: int) -> date:
    """The same day in another year; a leap day becomes the first of March, which is later."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def why_not_delete(standing: str, *, crisis: bool, hold: bool, correction: bool) -> str:
    """The sentence that says why nothing may be deleted, whatever its day; empty when it may."""
    if standing not in GONE:
        return "They are in our care."
    if crisis:
        return "A crisis of theirs is open."
    if hold:
        return "A legal hold is set."
    if correction:
        return "They have asked for a correction that nobody has answered yet."
    return ""


# --- corrections -------------------------------------------------------------------------------


def due(days: int, timezone: str, now: datetime) -> datetime:
    """The end of the day so many days ahead where the client is: whoever asked in the evening loses nothing."""
    here = now.astimezone(zone(timezone))
    return (here + timedelta(days=days)).replace(hour=23, minute=59, second=0, microsecond=0)


def why_not_ask(what: str, instead: str) -> str:
    """The sentence that says what is missing of a request; empty when nothing is."""
    if len(what.strip()) < SHORTEST:
        return "Tell us in a few words what is wrong."
    return _too_long(what, instead)


def why_not_answer(answer: str, ground: str, words: str) -> str:
    """The sentence that says what is missing of an answer; empty when nothing is."""
    if answer not in set(Answer):
        return "Say whether you accept it or not."
    if answer == Answer.DENIED and ground not in set(Ground):
        return "Choose on which ground you refuse it."
    if len(words.strip()) < SHORTEST:
        return (
            "Say what was changed, so that the client can see it."
            if answer == Answer.ACCEPTED
            else "Say in plain words why, for the client reads them."
        )
    return _too_long(words)


def why_not_disagree(answer: str, already: bool, words: str) -> str:
    """The sentence that says why a statement cannot be kept; empty when it can."""
    if answer != Answer.DENIED:
        return "There is nothing to disagree with here."
    if already:
        return "Your statement is with your record already."
    if len(words.strip()) < SHORTEST:
        return "Write your statement first."
    return _too_long(words)


def _too_long(*texts: str) -> str:
    if any(len(text) > LONGEST for text in texts):
        return "That is longer than we can keep: 4000 letters at most. What you wrote is still here."
    return ""


def next_look(wish_at: datetime, due_at: datetime, now: datetime) -> datetime:
    """When somebody is told next: at the wished day, at the day of the law, then each week until it is answered."""
    return next((at for at in (wish_at, due_at) if at > now), now + TOLD_AGAIN)


# --- closing -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Held:
    """Why an account stays open: somebody has the client, or will speak with them."""

    who: str
    by: datetime | None


def states(lines: Iterable[Line]) -> tuple[str, ...]:
    """The states that have a line of their own."""
    return tuple(sorted({line.where for line in lines} - {EVERYWHERE, OTHER}))
