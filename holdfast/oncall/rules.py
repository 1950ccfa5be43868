"""Whom to page now, and how long to wait. Pure: `now` and the cover are passed in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

ROUND_AT_LEAST = timedelta(minutes=2)  # rounds repeat no faster, or a sleeper's phone never stops to be answered
CLOCK_PLAY = timedelta(seconds=5)

EVERYONE_FROM_ROUND = 3

STEPS = ("known", "first", "backup", "supervisor", "director")


class Level(StrEnum):
    """Where on the rota a shift stands."""

    FIRST = "first"
    BACKUP = "backup"
    SUPERVISOR = "supervisor"


class Answer(StrEnum):
    HAVE = "have"
    CANNOT = "cannot"


class BadPolicy(ValueError):
    """A policy that could leave nobody sought. The words say which part and why."""


@dataclass(frozen=True)
class Policy:
    """Frozen at the start of a paging, so that an edit never disturbs one that runs.

    `steps` are names of groups, asked in order; `wait` is the time each has before the next is asked.
    """

    steps: tuple[str, ...]
    wait: timedelta

    def __post_init__(self) -> None:
        if not self.steps:
            raise BadPolicy("A policy needs at least one step, or nobody would be asked.")
        unknown = [step for step in self.steps if step not in STEPS]
        if unknown:
            raise BadPolicy(f"The policy names a step that does not exist: {unknown[0]}.")
        if len(set(self.steps)) != len(self.steps):
            raise BadPolicy("The policy names a step twice.")
        if not timedelta(0) < self.wait <= timedelta(hours=1):
            raise BadPolicy("Each step must wait longer than nothing and at most an hour.")


@dataclass(frozen=True)
class Cover:
    """Who can be asked at this moment.

    `groups`: for each step, the people who are licensed where the client is and reachable now.
    `on_duty`: those of them who are on a shift. `anyone`: every reachable person, for when nobody is
    on duty. `busy`: people who hold an emergency. `cannot`: people who have just said "I cannot". `asked`: people who are
    being asked about it now and have said nothing yet.
    """

    groups: Mapping[str, frozenset[int]]
    on_duty: frozenset[int]
    anyone: frozenset[int]
    busy: frozenset[int] = field(default_factory=frozenset)
    cannot: frozenset[int] = field(default_factory=frozenset)
    asked: frozenset[int] = field(default_factory=frozenset)

    @property
    def others(self) -> frozenset[int]:
        """Everybody but those who are being asked or cannot; with nobody else left, everybody."""
        willing = self.anyone - self.cannot
        return (willing - self.asked) or willing or self.anyone


@dataclass(frozen=True)
class Turn:
    """One turn of a paging: ask these people, look again after `wait`.

    `at` is the last step asked; `loud` from the second round on: everyone asked so far is asked again.
    """

    people: frozenset[int]
    wait: timedelta
    at: int
    round: int
    no_cover: bool = False

    @property
    def loud(self) -> bool:
        return self.round > 1


def turn(policy: Policy, round_: int, at: int, cover: Cover, *, moved_on: bool = False) -> Turn:
    """The next turn of a paging that is in round `round_` and last asked step `at` (-1: none yet).

    `moved_on`: somebody has just said "I cannot". Only the next people are rung; whoever was asked before stays asked.

    Total: every input has an answer. An empty step is skipped at once; after the last step comes the
    first again, louder; with nobody on duty, or when all of them cannot, everybody is asked at once.
    """
    if not cover.on_duty:
        everybody, next_round = cover.others if moved_on else cover.anyone, round_ if at < 0 else round_ + 1
        return Turn(everybody, ROUND_AT_LEAST, len(policy.steps) - 1, next_round, no_cover=True)
    found = _next_step(policy, at, cover)
    if found is None:
        round_, at = (round_ if at < 0 else round_ + 1), -1
        found = _next_step(policy, at, cover)
    if found is None:
        return _beyond_the_policy(policy, round_, cover)
    at, people = found
    while people <= cover.busy:  # all of them hold an emergency: the next step is asked at the same time
        more = _next_step(policy, at, cover)
        if more is None:
            break
        at, people = more[0], people | more[1]
    last = _next_step(policy, at, cover) is None
    if round_ > 1 and not moved_on:
        people |= frozenset().union(*(_group(policy, step, cover) for step in range(at + 1)))
    if round_ >= EVERYONE_FROM_ROUND and not moved_on:  # two rounds rang unheard: to all purposes nobody is there
        people |= cover.anyone - cover.cannot
    wait = max(policy.wait, ROUND_AT_LEAST) if last else policy.wait
    return Turn(people, wait, at, round_)


def is_due(look_again_at: datetime | None, wait: timedelta, now: datetime) -> bool:
    """Whether a turn has come. One further ahead than any wait was written before the clock was set back."""
    if look_again_at is None:
        return False
    return look_again_at <= now or look_again_at > now + max(wait, ROUND_AT_LEAST) + CLOCK_PLAY


def _group(policy: Policy, step: int, cover: Cover) -> frozenset[int]:
    return cover.groups.get(policy.steps[step], frozenset())


def _fresh(policy: Policy, step: int, cover: Cover) -> frozenset[int]:
    """The people of a step whom no earlier step of the round has asked, less those who cannot."""
    earlier = frozenset().union(*(_group(policy, s, cover) for s in range(step)))
    return _group(policy, step, cover) - earlier - cover.cannot


def _next_step(policy: Policy, at: int, cover: Cover) -> tuple[int, frozenset[int]] | None:
    for step in range(at + 1, len(policy.steps)):
        people = _fresh(policy, step, cover)
        if people:
            return step, people
    return None


def _beyond_the_policy(policy: Policy, round_: int, cover: Cover) -> Turn:
    """Nobody of the policy is left to be asked, although somebody is on duty."""
    last, left_out = len(policy.steps) - 1, cover.on_duty - cover.cannot
    if left_out and not any(_group(policy, step, cover) for step in range(len(policy.steps))):
        return Turn(left_out, ROUND_AT_LEAST, last, round_)  # a policy that leaves out whoever is on duty
    # Everybody has said "I cannot": that is no cover, and everyone else is asked at once.
    return Turn(cover.others, ROUND_AT_LEAST, last, round_, no_cover=True)


@dataclass(frozen=True)
class Stint:
    """A stretch of time that somebody covers. `until` is not included."""

    staff: int
    level: Level
    since: datetime
    until: datetime

    def covers(self, now: datetime) -> bool:
        return self.since <= now < self.until


@dataclass(frozen=True)
class Swap:
    """Somebody takes another's place for a while; with nobody coming in, the place is left open."""

    out: int
    in_: int | None
    level: Level
    since: datetime
    until: datetime


def on_shift(stints: Iterable[Stint], swaps: Iterable[Swap], now: datetime) -> dict[Level, frozenset[int]]:
    """Who is on duty at each level now, swaps applied."""
    return swapped(
        ((stint.staff, stint.level) for stint in stints if stint.covers(now)),
        ((swap.out, swap.in_, swap.level) for swap in swaps if swap.since <= now < swap.until),
    )


def swapped(
    on_rota: Iterable[tuple[int, Level]], swaps: Iterable[tuple[int, int | None, Level]]
) -> dict[Level, frozenset[int]]:
    """Who is there at each level, from the rota (staff, level) and its swaps (out, in, level) of one moment, in order."""
    here: dict[Level, set[int]] = {level: set() for level in Level}
    for staff, level in on_rota:
        here[level].add(staff)
    for out, in_, level in swaps:
        if out in here[level]:
            here[level].discard(out)
            if in_ is not None:
                here[level].add(in_)
    return {level: frozenset(people) for level, people in here.items()}
