"""Deeds around consents, through Holdfast's own actions: acts for `stack.act("tests.flows.consents:...")`."""

from __future__ import annotations

from tests.acts import World


def name_people(world: World) -> dict[str, str]:
    """Ana names her mother and her brother, and agrees to nothing yet."""
    from holdfast.people import reaching

    found = {}
    for name, relation, phone in (("Rosa Peña", "mother", "520 555 0177"), ("Frank", "brother", "520 555 0199")):
        row = reaching.name_supporter(
            world.cast.ana, name=name, relation=relation, phone=phone, by=world.staff("bea"), now=world.now
        )
        found[name] = str(row.uid)
    return found


def agree_for_rosa(world: World) -> None:
    """Rosa may know when she is in danger, and nothing else."""
    from holdfast.consent.actions import agree
    from holdfast.consent.words import How, Kind
    from holdfast.people.models import Supporter

    rosa = next(one for one in Supporter.objects.filter(client=world.cast.ana) if one.name.startswith("Rosa"))
    agree(
        world.cast.ana,
        Kind.SUPPORTER,
        scopes=("danger",),
        signature="Ana Morales",
        how=How.IN_APP,
        language="en",
        now=world.now,
        supporter=rosa,
    )
