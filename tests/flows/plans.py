"""Deeds around plans, through Holdfast's own actions: acts for `stack.act("tests.flows.plans:...")`."""

from __future__ import annotations

from tests.acts import World


def write_plan(world: World) -> None:
    """Ana and Bea write her plan."""
    from holdfast.plans import actions
    from holdfast.plans.rules import Part, Someone

    people = (Someone(Part.HELPERS, "Rosa Peña", "520 555 0177"),)
    words = {Part.SIGNS: "I stop answering texts."}
    actions.write(world.cast.ana, world.staff("bea"), words, people, "", world.now)
