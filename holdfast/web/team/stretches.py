"""The rota read off as stretches of time: who covers a level from when to when, and where nobody does. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.utils.translation import gettext as _

from holdfast.oncall.rules import Level, Stint, Swap, on_shift
from holdfast.web.team.words import LEVELS


@dataclass(frozen=True)
class Covered:
    """A stretch in which the same people are on duty at one level."""

    level: Level
    since: datetime
    until: datetime
    who: frozenset[int]

    @property
    def word(self) -> str:
        return _(LEVELS[self.level])


def covered(stints: list[Stint], swaps: list[Swap], since: datetime, until: datetime) -> list[Covered]:
    """Every level cut where anything changes: pure, and the only place where the rota is read off."""
    found: dict[Level, list[Covered]] = {level: [] for level in Level}
    for begin, end in _pieces(stints, swaps, since, until):
        here = on_shift(stints, swaps, begin)
        for level, people in here.items():
            last = found[level][-1] if found[level] else None
            if last and last.who == people and last.until == begin:
                found[level][-1] = Covered(level, last.since, end, people)
            else:
                found[level].append(Covered(level, begin, end, people))
    return sorted((one for each in found.values() for one in each), key=lambda one: one.since)


def gaps(
    stints: list[Stint], swaps: list[Swap], since: datetime, until: datetime, levels: Iterable[Level]
) -> list[Covered]:
    """Where nobody of these levels is on duty."""
    wanted = set(levels)
    found: list[Covered] = []
    for begin, end in _pieces(stints, swaps, since, until):
        here = on_shift(stints, swaps, begin)
        if any(here[level] for level in wanted):
            continue
        if found and found[-1].until == begin:
            found[-1] = Covered(Level.FIRST, found[-1].since, end, frozenset())
        else:
            found.append(Covered(Level.FIRST, begin, end, frozenset()))
    return found


def _pieces(
    stints: list[Stint], swaps: list[Swap], since: datetime, until: datetime
) -> Iterable[tuple[datetime, datetime]]:
    """The time between, cut wherever somebody comes or goes."""
    edges = {since, until}
    edges |= {at for stint in stints for at in (stint.since, stint.until) if since < at < until}
    edges |= {at for swap in swaps for at in (swap.since, swap.until) if since < at < until}
    return pairwise(sorted(edges))


def stays_until(person: int, level: Level, stretches: Iterable[Covered]) -> datetime | None:
    """When this person's duty at this level, which runs now, ends: shifts that follow each other are one."""
    ends = None
    for one in stretches:
        if one.level is level and person in one.who and ends in (None, one.since):
            ends = one.until
    return ends
