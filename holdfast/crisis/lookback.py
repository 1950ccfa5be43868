"""Looking back at a crisis, purely: which clocks were kept, who may write, when what was left out is shown. No database.

`now` is passed in, as everywhere in rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from holdfast.crisis.rules import State, is_next_contact

LANDED: Final = frozenset({State.SETTLED, State.CLOSED})
MOST_WORDS: Final = 20_000
MORNING: Final = time(8)
BEFORE_CONTACT: Final = timedelta(minutes=30)
FARTHEST: Final = timedelta(days=365)


@dataclass(frozen=True)
class Mark:
    """One mark of the way of a crisis. `due`: by when it was to be there, where there is such a time."""

    name: str
    at: datetime | None
    due: datetime | None = None

    def late(self, now: datetime) -> bool:
        """Whether it came after its time, or has not come and its time is past."""
        return self.due is not None and (self.at or now) > self.due


@dataclass(frozen=True)
class Asking:
    """One person who was asked for this crisis: how often, and what they said last."""

    name: str
    second: bool
    first_at: datetime
    times: int
    answer: str
    answered_at: datetime | None
    licensed: bool


def earliest(times: Sequence[datetime | None]) -> datetime | None:
    """The first of these that there is."""
    return min((at for at in times if at is not None), default=None)


def why_not_write(state: State, was_in_it: bool, leads: bool, words: str) -> str | None:
    """The sentence that says why nothing can be written down; None when it can."""
    if state not in LANDED:
        return "This crisis is still going on. Look back when it has settled."
    if not (was_in_it or leads):
        return "Only those who were in it, and those who lead, write here."
    if not words.strip():
        return "Write something first."
    if len(words) > MOST_WORDS:
        return f"That is {len(words):,} characters. At most {MOST_WORDS:,} fit: shorten it a little."
    return None


def why_not_assign(what: str, named: bool, due: date | None, today: date) -> str | None:
    """The sentence that says what an action lacks; None when it lacks nothing."""
    if not what.strip():
        return "Say what is to be done."
    if not named:
        return "Name who does it."
    if due is None:
        return "Give the day by which it is done."
    if due < today:
        return "That day has passed already. Choose one that is still to come."
    if due > today + FARTHEST:
        return "That day is more than a year away. Look at the year again."
    return None


def remind_at(settled_at: datetime, next_contact_at: datetime) -> datetime | None:
    """Half an hour before the next contact; None where a talk would not count as it yet.

    That is where it is less than an hour away: whoever makes it was named a moment ago.
    """
    at = next_contact_at - BEFORE_CONTACT
    return at if is_next_contact(at, settled_at, next_contact_at) else None


def start_of_day(here: tzinfo, now: datetime) -> datetime:
    """When today began here."""
    return datetime.combine(now.astimezone(here).date(), time(0), here)


def next_morning(here: tzinfo, now: datetime) -> datetime:
    """Eight o'clock of the next day here."""
    return datetime.combine(now.astimezone(here).date() + timedelta(days=1), MORNING, here)


def late_from(here: tzinfo, at: datetime) -> datetime:
    """From when on something left out counts as not seen in time: the end of the next working day here."""
    day = at.astimezone(here).date() + timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return datetime.combine(day + timedelta(days=1), time(0), here)
