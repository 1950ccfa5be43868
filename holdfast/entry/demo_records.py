"""What Ana of the demo asked to be corrected in her record, and the answer. Made up, like everything there."""

from typing import Final

from holdfast.entry.demo_history import DAY, HOUR, Story, World
from holdfast.records import asking

WHOSE: Final = "Ana Morales"


def corrected(world: World) -> Story:
    """She says so on her own page; her therapist changes it and answers three days later."""
    client = world.clients[WHOSE]
    asked = world.now - 12 * DAY - 2 * HOUR
    yield asked
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
