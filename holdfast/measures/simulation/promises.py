"""The list of promises, and the keeper who looks at everything that a step has touched."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from holdfast.measures.simulation import promises_of_crises as of_crises
from holdfast.measures.simulation import promises_of_days as of_days
from holdfast.measures.simulation.states import (
    Asked,
    Attempt,
    Client,
    Crisis,
    Leaving,
    Paging,
    Refused,
    Reminded,
    Response,
    Task,
)

MOST_BROKEN: Final = 100  # of one promise in one program: then nothing new is learned


class Enough(Exception):
    """A promise was broken so often that this program is not simulated to its end."""


Check = Callable[[Any, datetime], str | None]


@dataclass(frozen=True)
class Kept:
    """One of the product's ten promises, by number, as one function sees it."""

    number: int
    check: Check

    @property
    def name(self) -> str:
        return self.check.__name__


def _kept(*pairs: tuple[int, Check]) -> tuple[Kept, ...]:
    return tuple(Kept(number, check) for number, check in pairs)


PROMISES: Final[dict[type, tuple[Kept, ...]]] = {
    Crisis: _kept(
        (2, of_crises.every_crisis_without_an_owner_is_being_paged),
        (4, of_crises.every_open_crisis_is_looked_at),
        (4, of_crises.owned_is_not_silent),
        (5, of_crises.the_next_contact_is_made_or_somebody_is_sought),
        (3, of_crises.one_owner),
        (4, of_crises.an_urgency_is_lowered_only_by_its_owner),
        (1, of_crises.a_graver_signal_raises_the_urgency),
        (4, of_crises.every_clock_within_a_crisis_is_heard),
        (2, of_crises.every_second_person_asked_for_is_sought),
        (3, of_crises.a_second_person_is_sought_for_an_owner),
        (5, of_crises.no_crisis_closes_with_its_landing_undone),
        (5, of_crises.no_waiver_without_a_ground),
    ),
    Paging: _kept((2, of_crises.someone_is_always_sought), (3, of_crises.only_an_answer_ends_a_paging)),
    Asked: _kept(
        (2, of_crises.every_turn_asks_somebody),
        (2, of_crises.nobody_is_rung_again_within_two_minutes),
        (2, of_crises.without_cover_everybody_is_asked),
        (2, of_crises.who_is_asked_may_treat_there),
        (2, of_crises.an_emergency_does_not_wait_for_who_holds_one),
    ),
    Refused: _kept((3, of_crises.i_cannot_moves_on_at_once)),
    Attempt: _kept((3, of_crises.no_send_begins_after_an_answer), (2, of_crises.due_sends_begin)),
    Task: _kept(
        (1, of_days.tasks_are_looked_at),
        (1, of_days.a_late_task_is_a_crisis),
        (1, of_days.a_task_of_today_is_due_today),
    ),
    Response: _kept(
        (1, of_days.received_is_judged),
        (1, of_days.every_worry_has_a_crisis),
        (1, of_days.what_needs_somebody_today_is_somebodys),
        (1, of_days.unfinished_screen_is_noticed),
    ),
    Client: _kept(
        (1, of_days.silence_is_looked_at),
        (1, of_days.who_goes_quiet_is_noticed),
        (1, of_days.reminders_come_every_day),
        (1, of_days.pauses_end),
        (1, of_days.risk_is_judged_again),
    ),
    Reminded: _kept((1, of_days.reminders_come_at_their_own_hour)),
    Leaving: _kept((4, of_crises.nobody_ends_a_shift_with_an_open_crisis)),
}


def names() -> tuple[str, ...]:
    return tuple(kept.name for each in PROMISES.values() for kept in each)


@dataclass
class Keeper:
    """Looks at everything that a step has touched, and keeps what is wrong with it."""

    looked: int = 0
    broken: dict[str, int] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)
    program: str = ""
    here: dict[str, int] = field(default_factory=dict)  # broken in this program

    def begin(self, program: str) -> None:
        self.program, self.here = program, {}

    def look(self, thing: Any, now: datetime) -> None:
        """Every promise that concerns this thing."""
        self.looked += 1
        for kept in PROMISES[type(thing)]:
            wrong = kept.check(thing, now)
            if wrong is not None:
                self._note(kept.name, thing, wrong, now)

    def look_at_all(self, things: Iterable[Any], now: datetime) -> None:
        for thing in things:
            self.look(thing, now)

    def _note(self, name: str, thing: Any, wrong: str, now: datetime) -> None:
        self.broken[name] = self.broken.get(name, 0) + 1
        if name not in self.first:
            self.first[name] = f"program {self.program}, {now:%Y-%m-%d %H:%M:%S} UTC, {_which(thing)}: {wrong}"
        self.here[name] = self.here.get(name, 0) + 1
        if self.here[name] >= MOST_BROKEN:
            raise Enough(name)


def _which(thing: Any) -> str:
    match thing:
        case Crisis() | Task() | Client():
            return f"{type(thing).__name__.lower()} {thing.id}"
        case Paging():
            return f"the paging of client {thing.client.id}"
        case Response():
            return f"the {thing.form} of client {thing.client.id}"
        case Asked():
            return f"turn {thing.paging.turn} of the paging of client {thing.paging.client.id}"
        case Refused() | Attempt():
            return f"the page to person {thing.page.staff} about client {thing.page.paging.client.id}"
        case Reminded():
            return f"client {thing.client.id}"
        case _:
            return "a shift"
