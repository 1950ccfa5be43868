"""The cover proof: for every minute ahead, who answers in each state, and where nobody can. Pure.

The time ahead is cut wherever anything changes: a shift, a swap, a licence, somebody's first or last day. Between two
cuts everything stays as it is, so each piece is looked at once, however many minutes it has.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from heapq import merge
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from holdfast.oncall.rules import STEPS, Level, Stint, Swap, swapped

AHEAD: Final = timedelta(days=14)
CONTACTS_NEEDED: Final = 2
SHORTEST: Final = timedelta(minutes=1)  # what is shorter is one person handing over to the next
LONGEST_TAKEN: Final = timedelta(hours=12)  # one press takes no longer shift than this
NIGHT_FROM, NIGHT_UNTIL = time(22), time(7)
WAKES_BEFORE: Final = timedelta(hours=4)
TOLD_AGAIN: Final = (timedelta(hours=48), timedelta(hours=12), timedelta(hours=2))


class Why(StrEnum):
    """Why a stretch of time counts as a gap."""

    NOBODY = "nobody"
    LEFT = "left"
    NO_LICENCE = "no_licence"
    ONE_CONTACT = "one_contact"
    ALONE = "alone"
    TWO_LEVELS = "two_levels"
    NOT_THERE = "not_there"


@dataclass(frozen=True)
class Person:
    """What decides whether somebody can answer. Days are the program's own, both ends included."""

    id: int
    licences: tuple[tuple[str, date, date], ...]
    contacts: int
    """tested and working ways to reach them"""
    since: date
    until: date | None = None
    leads: str = ""
    """supervisor or director, whom the policy asks off shift too"""


@dataclass(frozen=True)
class Rota:
    """Everything the proof looks at. `steps` are those of the program's policy, in their order."""

    people: Mapping[int, Person]
    stints: Sequence[Stint]
    swaps: Sequence[Swap]
    states: tuple[str, ...]
    here: ZoneInfo
    steps: tuple[str, ...] = STEPS


@dataclass(frozen=True)
class Gap:
    """A stretch, its end not included, in which these states are not covered. `people` are those it is about."""

    since: datetime
    until: datetime
    states: tuple[str, ...]
    why: Why
    people: frozenset[int] = frozenset()


def gaps(rota: Rota, since: datetime, until: datetime) -> list[Gap]:
    """Every stretch between these two moments in which a state is not covered, in order. Empty: all is covered."""
    found: list[Gap] = []
    growing: dict[tuple[Why, frozenset[int], tuple[str, ...]], int] = {}
    days = _Days(rota)
    for begin, end, levels in _pieces(rota, since, until):
        here = _Moment(days, levels, begin.astimezone(rota.here).date())
        by_why: dict[tuple[Why, frozenset[int]], list[str]] = {}
        for state in rota.states:
            if missing := here.missing(state):
                by_why.setdefault(missing, []).append(state)
        grown = {}
        for (why, people), states in by_why.items():
            key = (why, people, tuple(states))
            at = growing.get(key)
            if at is None:
                at = len(found)
                found.append(Gap(begin, end, key[2], why, people))
            else:
                found[at] = replace(found[at], until=end)
            grown[key] = at
        growing = grown
    long_enough = (gap for gap in found if gap.until - gap.since >= SHORTEST)
    return sorted(long_enough, key=lambda gap: (gap.since, gap.until, gap.why, gap.states))


class _Days:
    """Who may answer in which state on a day: worked out once for each person and day."""

    def __init__(self, rota: Rota) -> None:
        self.people = rota.people
        self.leaders = tuple(each for each in rota.people.values() if each.leads and each.leads in rota.steps)
        self._known: dict[tuple[int, date], frozenset[str] | None] = {}

    def states(self, who: int, today: date) -> frozenset[str] | None:
        """The states in which they may answer; None when they do not work here."""
        key = who, today
        if key not in self._known:
            person = self.people.get(who)
            self._known[key] = (
                frozenset(state for state, *_ in person.licences if licensed_for(person, state, today))
                if person and works_here(person, today)
                else None
            )
        return self._known[key]


class _Moment:
    """Who is there at one moment, for every state."""

    def __init__(self, days: _Days, levels: Mapping[Level, frozenset[int]], today: date) -> None:
        self.levels, self.today, self.days = levels, today, days
        self.on_rota = frozenset().union(*levels.values())
        self.states = {who: states for who in self.on_rota if (states := days.states(who, today)) is not None}

    def missing(self, state: str) -> tuple[Why, frozenset[int]] | None:
        """Why this state is not covered, and about whom it is; None when it is."""
        if not self.states:
            return (Why.LEFT, self.on_rota) if self.on_rota else (Why.NOBODY, frozenset())
        licensed = frozenset(who for who, states in self.states.items() if state in states)
        if not licensed:
            return Why.NO_LICENCE, frozenset()
        can = frozenset(who for who in licensed if self._reachable(who))
        return self._twice_first(state, can) if can else (Why.ONE_CONTACT, licensed)

    def _reachable(self, who: int) -> bool:
        return self.days.people[who].contacts >= CONTACTS_NEEDED

    def _twice_first(self, state: str, can: frozenset[int]) -> tuple[Why, frozenset[int]] | None:
        """Two emergencies at once must have two people who are asked first."""
        alone = [people & can for people in self.levels.values() if len(people & can) == 1]
        if twice := frozenset(who for one in alone for who in one if alone.count(one) > 1):
            return Why.TWO_LEVELS, twice
        return None if len(can) > 1 or self._asked_off_shift(state) - can else (Why.ALONE, can)

    def _asked_off_shift(self, state: str) -> frozenset[int]:
        """Whom the policy asks although they are on no shift: directors, and supervisors where none is on duty."""
        none_on_duty = not any(state in self.states.get(who, ()) for who in self.levels[Level.SUPERVISOR])
        return frozenset(
            each.id
            for each in self.days.leaders
            if (each.leads == "director" or none_on_duty)
            and self._reachable(each.id)
            and state in (self.days.states(each.id, self.today) or ())
        )


def works_here(person: Person, today: date) -> bool:
    return person.since <= today and (person.until is None or today <= person.until)


def licensed_for(person: Person, state: str, today: date) -> bool:
    return any(where == state and since <= today <= until for where, since, until in person.licences)


def _pieces(
    rota: Rota, since: datetime, until: datetime
) -> Iterable[tuple[datetime, datetime, dict[Level, frozenset[int]]]]:
    """The time between, cut wherever anything changes, each piece with who is on duty at each level."""
    stints = [each for each in rota.stints if each.since < until and each.until > since]
    swaps = [each for each in rota.swaps if each.since < until and each.until > since]
    edges = {since, until}
    edges |= {at for stint in stints for at in (stint.since, stint.until)}
    edges |= {at for each in swaps for at in (each.since, each.until)}
    edges |= _days(rota, since, until)
    begins = sorted(range(len(stints)), key=lambda n: stints[n].since)
    swap_begins = sorted(range(len(swaps)), key=lambda n: swaps[n].since)
    on: set[int] = set()
    swapping: set[int] = set()
    a = b = 0
    for begin, end in pairwise(sorted(at for at in edges if since <= at <= until)):
        while a < len(begins) and stints[begins[a]].since <= begin:
            on.add(begins[a])
            a += 1
        while b < len(swap_begins) and swaps[swap_begins[b]].since <= begin:
            swapping.add(swap_begins[b])
            b += 1
        on = {n for n in on if stints[n].until > begin}
        swapping = {n for n in swapping if swaps[n].until > begin}
        # Swaps count in the order of their making: who came in by one may have gone again by the next.
        yield (
            begin,
            end,
            swapped(
                ((stints[n].staff, stints[n].level) for n in on),
                ((swaps[n].out, swaps[n].in_, swaps[n].level) for n in sorted(swapping)),
            ),
        )


def _days(rota: Rota, since: datetime, until: datetime) -> set[datetime]:
    """The first moments of the days on which a licence or somebody's work begins or is over."""
    changes: set[date] = set()
    first, last = (since - timedelta(days=2)).date(), (until + timedelta(days=2)).date()
    for person in rota.people.values():
        begun = {person.since, *(licence[1] for licence in person.licences)}
        over = {person.until, *(licence[2] for licence in person.licences)}
        changes |= {day for day in begun if first < day < last}
        changes |= {day + timedelta(days=1) for day in over if day is not None and first < day < last}
    return {datetime.combine(day, time(), rota.here).astimezone(UTC) for day in changes}


# ---- who could fill it ----------------------------------------------------------------------------------


def can_fill(rota: Rota, gap: Gap) -> frozenset[int]:
    """Who could close a gap, or a part of it: licensed and reachable, and not on duty all the while.

    Where a second tested contact is missing, those whom it is missing can mend it too.
    """
    today = gap.since.astimezone(rota.here).date()
    able = {
        who
        for who, person in rota.people.items()
        if who not in gap.people
        and works_here(person, today)
        and person.contacts >= CONTACTS_NEEDED
        and any(licensed_for(person, state, today) for state in gap.states)
        and not any(each.staff == who and each.since <= gap.since and each.until >= gap.until for each in rota.stints)
    }
    return frozenset(able | (gap.people if gap.why is Why.ONE_CONTACT else set()))


def part_to_take(gap: Gap, now: datetime) -> tuple[datetime, datetime] | None:
    """The part of a gap that one press takes: from its beginning, or now, for 12 hours at most. None: it is over."""
    since = max(gap.since, now.replace(second=0, microsecond=0))
    until = min(gap.until, since + LONGEST_TAKEN)
    return (since, until) if since < until else None


def why_not_take(rota: Rota, who: int, gap: Gap, since: datetime, until: datetime) -> str | None:
    """The sentence that says why somebody cannot take this stretch of a gap; None when they can."""
    person = rota.people.get(who)
    today = since.astimezone(rota.here).date()
    last = (until - timedelta(microseconds=1)).astimezone(rota.here).date()
    if person is None or not works_here(person, today) or not works_here(person, last):
        return "You do not work here in that time."
    if person.contacts < CONTACTS_NEEDED:
        return "You need two tested contacts before you can take it. Test them on your own page."
    if not any(licensed_for(person, state, today) and licensed_for(person, state, last) for state in gap.states):
        return f"Your licence does not cover {', '.join(gap.states)} in that time."
    if any(each.staff == who and each.since < until and each.until > since for each in rota.stints):
        return "You already have a shift in that time. One person cannot answer twice."
    return None


# ---- changing hands --------------------------------------------------------------------------------------


def why_not_swap(rota: Rota, given: Iterable[tuple[Stint, int]]) -> str | None:
    """The sentence that says why these stints cannot go to these people; None when they can.

    A swap may not leave less covered than before.
    """
    changes = list(given)
    out = [stint for stint, _ in changes]
    rest = [each for each in rota.stints if each not in out]
    after = replace(rota, stints=[*rest, *(replace(stint, staff=to) for stint, to in changes)])
    for stint, to in changes:
        if no := _why_not_theirs(rota, rota.people.get(to), stint, rest):
            return no
        before, then = (_uncovered(each, stint.since, stint.until) for each in (rota, after))
        if worse := sorted(state for state in rota.states if then[state] > before[state]):
            return f"Then {', '.join(worse)} would not be covered."
    return None


def _why_not_theirs(rota: Rota, person: Person | None, stint: Stint, rest: Iterable[Stint]) -> str | None:
    first = stint.since.astimezone(rota.here).date()
    last = (stint.until - timedelta(microseconds=1)).astimezone(rota.here).date()
    if person is None or not works_here(person, first) or not works_here(person, last):
        return "They do not work here in that time."
    if person.contacts < CONTACTS_NEEDED:
        return "They need two tested contacts before they can take it."
    if not any(licensed_for(person, each, first) and licensed_for(person, each, last) for each in rota.states):
        return f"They are not licensed in {', '.join(rota.states)} in that time."
    if any(each.staff == person.id and each.since < stint.until and each.until > stint.since for each in rest):
        return "They already have a shift in that time. One person cannot answer twice."
    return None


def _uncovered(rota: Rota, since: datetime, until: datetime) -> dict[str, timedelta]:
    """For each state, how long it is not covered between these moments."""
    found = dict.fromkeys(rota.states, timedelta())
    for gap in gaps(rota, since, until):
        for state in gap.states:
            found[state] += gap.until - gap.since
    return found


# ---- when people are told of a gap ----------------------------------------------------------------------


def tell_at(found: datetime, begins: datetime, told: datetime | None, here: ZoneInfo) -> datetime | None:
    """When people are next told of a gap: when it is found, and 48, 12 and 2 hours before it begins.

    Nobody is woken for a gap that begins later than within a few hours. None: everything has been told.
    """
    moments = merge([found], (at for at in (begins - before for before in TOLD_AGAIN) if at > found))
    for moment in moments:
        at = _not_at_night(moment, begins, here)
        if told is None or at > told:
            return at
    return None


def is_night(moment: datetime, here: ZoneInfo) -> bool:
    return not NIGHT_UNTIL <= moment.astimezone(here).time() < NIGHT_FROM


def _not_at_night(moment: datetime, begins: datetime, here: ZoneInfo) -> datetime:
    """This moment, or the morning after it; but never so late that less than a few hours are left."""
    local = moment.astimezone(here)
    if not is_night(moment, here):
        return moment
    day = local.date() if local.time() < NIGHT_UNTIL else local.date() + timedelta(days=1)
    morning = datetime.combine(day, NIGHT_UNTIL, here)
    return max(moment, min(morning.astimezone(moment.tzinfo), begins - WAKES_BEFORE))
