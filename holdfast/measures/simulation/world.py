"""One program in fast time: who is there, what is due, and what has been counted."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from heapq import heappop, heappush
from random import Random
from typing import Any, Final

from holdfast.content.load import cadence, escalation
from holdfast.content.shapes import Urgency
from holdfast.crisis.rules import State, Waits
from holdfast.measures.simulation.decisions import Decisions
from holdfast.measures.simulation.promises import Keeper
from holdfast.measures.simulation.states import Client, Crisis, Page, Paging, Response, Staff, Task
from holdfast.oncall.rules import Cover, Level, Stint, Swap
from holdfast.people.rules import Role, zone

# A Thursday; in the night to the Sunday the clocks go back, so that every run of four days has such a night.
START: Final = datetime(2026, 10, 29, tzinfo=UTC)
SHIFT: Final = timedelta(hours=8)

Deed = Callable[["World", Any], None]


@cache
def waits(urgency: Urgency) -> Waits:
    """The clocks of a crisis, as `crisis.actions.waits` reads them."""
    table = escalation()
    clock = table.crises[urgency]
    return Waits(
        next_turn=timedelta(seconds=clock.next_turn),
        first_try=timedelta(seconds=clock.first_try),
        owner_silent=timedelta(seconds=clock.owner_silent),
        phone_hold=timedelta(seconds=table.phone_answer_hold),
        reached_silent=timedelta(seconds=clock.reached_silent),
    )


@dataclass
class Figures:
    """What is counted; times in seconds."""

    counts: Counter[str] = field(default_factory=Counter)
    answered_after: list[float] = field(default_factory=list)  # from raised to the first "I have this"
    tried_after: list[float] = field(default_factory=list)  # from then to the first try


class World:
    """The state of one program, and its queue. A column says when something is due; a sweep looks a moment later."""

    def __init__(self, name: str, decisions: Decisions, keeper: Keeper, figures: Figures) -> None:
        self.chance = Random(name)  # noqa: S311 (a made-up world must be the same again)
        self.decide = decisions
        self.keeper = keeper
        self.figures = figures
        self.counts = figures.counts
        self.now = START
        self.timezone = "America/New_York"
        self.clients: list[Client] = []
        self.staff: dict[int, Staff] = {}
        self.shifts: dict[int, tuple[list[Stint], list[Swap]]] = {}
        self.crises: dict[int, Crisis] = {}  # those that are open
        self.pagings: dict[Paging, None] = {}  # those that run
        self.tasks: dict[int, Task] = {}  # those that are open
        self.waiting: dict[Response, None] = {}  # unjudged, or left unfinished
        self.rings: Callable[[World, Page], None] = lambda _world, _page: None  # what people do when it reaches them
        self.opened: Callable[[World, Task], None] = lambda _world, _task: None  # and when they have something to do
        self.cadence = cadence()
        self.escalation = escalation()
        self.touched: list[Any] = []
        self._queue: list[tuple[datetime, int, Deed, Any]] = []
        self._number = 0

    # --- time ----------------------------------------------------------------------------------

    def at(self, when: datetime, deed: Deed, thing: Any) -> None:
        """This happens then."""
        self._number += 1
        heappush(self._queue, (when, self._number, deed, thing))

    def within(self, low: float, high: float, deed: Deed, thing: Any) -> None:
        """This happens some seconds from now."""
        self.at(self.now + timedelta(seconds=low + (high - low) * self.chance.random()), deed, thing)

    def sweep(self, due: datetime, deed: Deed, thing: Any) -> None:
        """A sweep looks at what is due a moment after it is."""
        late = timedelta(microseconds=200_000 + int(1_300_000 * self.chance.random()))
        self.at(max(due, self.now) + late, deed, thing)

    def run(self, until: datetime) -> None:
        """Let everything happen that is due before then. After each step the promises look at what it touched."""
        queue, touched, look = self._queue, self.touched, self.keeper.look
        while queue and queue[0][0] <= until:
            self.now, _, deed, thing = heappop(queue)
            deed(self, thing)
            if touched:
                for each in touched:
                    look(each, self.now)
                touched.clear()

    def number(self) -> int:
        """A number that nothing else has."""
        self._number += 1
        return self._number

    def likely(self, part: float) -> bool:
        return self.chance.random() < part

    # --- who is there --------------------------------------------------------------------------

    def rota(self, now: datetime) -> tuple[list[Stint], list[Swap]]:
        return self.shifts.get((now - START) // SHIFT, ([], []))

    def today(self) -> date:
        """Where the program is."""
        return self.now.astimezone(zone(self.timezone)).date()

    def on_duty(self) -> dict[Level, frozenset[int]]:
        return self.decide.on_shift(*self.rota(self.now), self.now)

    def cover(self, client: Client, cannot: frozenset[int]) -> Cover:
        """Who can be asked now about this client: as `oncall.queries.cover_and_steps_now` gathers it from rows."""
        today = self.today()
        reachable = frozenset(one.id for one in self.staff.values() if one.tested)
        may_treat = frozenset(
            who for who in reachable if self.decide.licensed(self.staff[who].licences, client.state, today)
        )
        levels = {level: people & may_treat for level, people in self.on_duty().items()}
        duty = frozenset().union(*levels.values())
        leaders = {
            role: frozenset(who for who in may_treat if self.staff[who].role is role)
            for role in (Role.SUPERVISOR, Role.DIRECTOR)
        }
        known = client.team & duty
        if not known and client.language != "en":
            known = frozenset(who for who in duty if client.language in self.staff[who].speaks)
        groups = {
            "known": known,
            "first": levels[Level.FIRST],
            "backup": levels[Level.BACKUP],
            "supervisor": levels[Level.SUPERVISOR] or leaders[Role.SUPERVISOR],
            "director": leaders[Role.DIRECTOR],
        }
        busy = frozenset(one.id for one in self.staff.values() if one.holds and _holds_an_emergency(one))
        return Cover(groups, duty, reachable or frozenset(self.staff), busy, cannot)


def _holds_an_emergency(one: Staff) -> bool:
    """As `wiring.HOLDS_AN_EMERGENCY` asks it."""
    return any(c.urgency is Urgency.EMERGENCY and c.state in (State.OWNED, State.REACHED) for c in one.holds)
