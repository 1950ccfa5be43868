"""Who looked at the record of Ana of the demo, what she asked to be corrected, and the answer. All made up."""

from typing import Final

from holdfast.entry.demo_history import DAY, HOUR, Story, World
from holdfast.people.charts import Look, Right, write_down
from holdfast.people.queries import actor_of
from holdfast.records import asking

WHOSE: Final = "Ana Morales"
LOOKS: Final = (
    ("Noor", "client_reach", 16),
    ("Bea", "team_client", 12),
    ("Bea", "client_plan", 9),
    ("Priya", "team_client", 7),
    ("Bea", "team_client", 2),
)


def corrected(world: World) -> Story:
    """She says so on her own page; her therapist changes it and answers three days later."""
    client = world.clients[WHOSE]
    asked = world.now - 12 * DAY - 2 * HOUR
    yield asked
    for by, page, days in LOOKS:
        at = world.now - days * DAY
        write_down(actor_of(world.staff[by]), page, [Look(client.id, None, Right.CARE_TEAM)], at)
    row = asking.ask(
        client,
        "The note of our first session says that I live with my aunt. I live with my sister Lucía.",
        "I live with my sister.",
        asked,
    )
    answered = asked + 3 * DAY
    yield answered
    asking.answer(
        row,
        world.staff["Bea"],
        "accepted",
        "",
        "You are right, I mixed them up. How to reach you now names Lucía first, and says that you live together.",
        answered,
    )
