"""Simulates clients for some days, program after program, and says what was counted and which promises were broken."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from holdfast.measures.simulation import days as made_up
from holdfast.measures.simulation import habits
from holdfast.measures.simulation.decisions import Decisions
from holdfast.measures.simulation.promises import PROMISES, Enough, Keeper
from holdfast.measures.simulation.world import START, Figures, World

A_PROGRAM: Final = 200  # clients of one program: they share staff and a rota, and know nothing of the others
WATCH: Final = timedelta(minutes=10)
LONG_WATCH: Final = timedelta(hours=6)


@dataclass(frozen=True)
class Report:
    """What came of it. The same for the same seed, letter by letter."""

    clients: int
    days: int
    seed: int
    figures: Figures
    keeper: Keeper
    given_up: int  # programs that were not simulated to their end, because a promise was broken again and again

    @property
    def holds(self) -> bool:
        return not self.keeper.broken

    def shown(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        figures, keeper = self.figures, self.keeper
        return {
            "clients": self.clients,
            "days": self.days,
            "seed": self.seed,
            "programs": -(-self.clients // A_PROGRAM),
            "counts": dict(sorted(figures.counts.items())),
            "seconds_to_an_owner": _spread(figures.answered_after),
            "seconds_from_owner_to_first_try": _spread(figures.tried_after),
            "looks_at_promises": keeper.looked,
            "promises": {
                kept.name: {
                    "promise": kept.number,
                    "broken": keeper.broken.get(kept.name, 0),
                    "first": keeper.first.get(kept.name),
                }
                for each in PROMISES.values()
                for kept in each
            },
            "programs_given_up": self.given_up,
            "holds": self.holds,
        }

    def lines(self) -> list[str]:
        """In plain words."""
        shown = self.shown()
        lines = [
            f"{self.clients} clients of {shown['programs']} programs, {self.days} days from {START:%d %B %Y}, seed {self.seed}.",
            "",
            *(f"  {number:>11,}  {name}" for name, number in shown["counts"].items()),
            "",
        ]
        for name, key in (
            ("from the first signal to “I have this”", "seconds_to_an_owner"),
            ("from then to the first try to reach the client", "seconds_from_owner_to_first_try"),
        ):
            spread = shown[key]
            if spread:
                lines.append(f"  {name}: half within {spread['p50']:.0f} s, 95 of 100 within {spread['p95']:.0f} s")
        promises = shown["promises"]
        lines += ["", f"{len(promises)} promises, looked at {shown['looks_at_promises']:,} times:"]
        for name, each in promises.items():
            if each["broken"]:
                times = "once" if each["broken"] == 1 else f"{each['broken']:,} times"
                lines.append(f"  BROKEN {times}: {name} (promise {each['promise']})")
                lines.append(f"      first: {each['first']}")
        if self.given_up:
            lines.append(f"  {self.given_up} programs were not simulated to their end.")
        lines.append("  None was broken." if self.holds else "  The others held.")
        return lines


def _spread(seconds: list[float]) -> dict[str, float]:
    if not seconds:
        return {}
    ranked = sorted(seconds)
    return {name: round(ranked[min(len(ranked) - 1, int(part * len(ranked)))], 1) for name, part in PARTS}


PARTS: Final = (("p50", 0.5), ("p95", 0.95))


def simulate(
    clients: int,
    days: int,
    seed: int,
    *,
    decisions: Decisions | None = None,
    progress: Callable[[int], None] = lambda _done: None,
) -> Report:
    """Let so many clients live so many days. `progress` hears how many of them are done."""
    decisions, keeper, figures, given_up = decisions or Decisions(), Keeper(), Figures(), 0
    for first in range(0, clients, A_PROGRAM):
        number = first // A_PROGRAM + 1
        keeper.begin(str(number))
        world = World(f"{seed}/{number}", decisions, keeper, figures)
        world.rings, world.opened = habits.rings, habits.plan_to_do
        made_up.make(world, min(A_PROGRAM, clients - first), days)
        world.at(START + WATCH, _watch, None)
        world.at(START + LONG_WATCH, _long_watch, None)
        try:
            world.run(START + timedelta(days=days))
        except Enough:
            given_up += 1
        progress(min(first + A_PROGRAM, clients))
    return Report(clients, days, seed, figures, keeper, given_up)


def _watch(world: World, _: None) -> None:
    """As the watchdog does: what nothing touches any more is looked at too."""
    for things in (world.crises.values(), world.pagings, world.waiting):
        world.keeper.look_at_all(list(things), world.now)
    world.at(world.now + WATCH, _watch, None)


def _long_watch(world: World, _: None) -> None:
    """The same for what may wait longer."""
    world.keeper.look_at_all(list(world.tasks.values()), world.now)
    world.keeper.look_at_all(world.clients, world.now)
    world.at(world.now + LONG_WATCH, _long_watch, None)
