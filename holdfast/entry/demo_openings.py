"""The demo's charts that somebody opened with a reason: one that was reviewed, and one that waits for it."""

from datetime import timedelta
from typing import Final

from holdfast.entry.demo_history import World
from holdfast.people import opening
from holdfast.people.access import Actor, Kind
from holdfast.people.charts import Look, Right, write_down
from holdfast.people.models import ChartOpening, Client, Staff
from holdfast.people.rules import Role, Verdict

WHO, REVIEWER = "Cal", "Maya"
REVIEWED: Final = (
    "Marcus Bell",
    timedelta(days=6, hours=3),
    "He called the desk at night, asked when to take his evening medicine, and nobody of his team was on duty.",
    "Right. It was one question, you looked at the plan and nothing else, and told Bea in the morning.",
)
WAITING: Final = (
    "Greta Nilsson",
    timedelta(hours=9),
    "Her sister called and was worried. I needed to know whom Greta had named, and how to reach her safely.",
)


def opened_with_a_reason(world: World) -> None:
    """Told like any other: what was written down then stands as it stood then."""
    cal, reviewer = world.staff[WHO], world.staff[REVIEWER]
    name, ago, why, review = REVIEWED
    first = _opened(world, cal, world.clients[name], ago, why, ("team_client", "client_plan"))
    opening.review(_actor(reviewer), first, Verdict.RIGHT, review, first.at + timedelta(hours=8))
    opening.outcome_read(_actor(cal), first, first.at + timedelta(hours=20))
    name, ago, why = WAITING
    _opened(world, cal, world.clients[name], ago, why, ("team_client", "client_reach"))


def _opened(world: World, by: Staff, client: Client, ago: timedelta, why: str, pages: tuple[str, ...]) -> ChartOpening:
    at = world.now - ago
    row = opening.open_chart(_actor(by), client, why, at)
    for number, page in enumerate(pages, 1):
        write_down(_actor(by), page, [Look(client.id, None, Right.BREAK_GLASS)], at + timedelta(minutes=2 * number))
    return row


def _actor(staff: Staff) -> Actor:
    return Actor(Kind.STAFF, staff.program_id, staff.id, Role(staff.role), staff.name)
