"""Acts for `stack.act("tests.attack.deeds:...")`: fill every field that holds words with words that nobody else says."""

from __future__ import annotations

from typing import Final

from tests.acts import World

MARK: Final = "zqmarker"  # begins every such word, so that one search finds all
FRANK: Final = "5205550137"  # a number that stands in sealed fields alone


def seed(world: World) -> dict[str, str]:
    """Ana's name, plan, wishes and supporters, a stranger's four lines, a colleague's worry."""
    from uuid import uuid4

    from holdfast.assessment import actions as assessment
    from holdfast.assessment.concerns import raise_concern
    from holdfast.people import actions as people
    from holdfast.people import reaching
    from holdfast.people.models import Client
    from holdfast.people.reaching import Wishes
    from holdfast.people.rules import Way
    from holdfast.plans import actions as plans
    from holdfast.plans.rules import Part, Someone

    bea, now = world.staff("bea"), world.now
    ana = Client.objects.get(id=world.cast.ana.id)
    ana.name, ana.preferred_name = f"{MARK}name {MARK}surname", f"{MARK}called"
    ana.other_phone = f"+1{FRANK}"
    ana.save(update_fields=["name", "preferred_name", "other_phone"])
    said = {part: f"{MARK}plan{number}" for number, part in enumerate(Part)}
    plans.write(ana, bea, said, (Someone(Part.HELPERS, f"{MARK}helper", FRANK),), "high", now)
    reaching.write_reaching(ana, Wishes(Way.CALL, "", None, f"{MARK}safewords", f"{MARK}caller"), bea, now)
    reaching.name_supporter(ana, name=f"{MARK}supporter", relation="sister", phone=FRANK, by=bea, now=now)
    other = people.enrol(
        world.program, name=f"{MARK}other", state="AZ", timezone="America/Phoenix", now=now, phone="+15205550149"
    )
    raise_concern(other, bea, "panic", now, "same_day", f"{MARK}worry")
    assessment.receive_concern(
        world.program, name=f"{MARK}stranger", phone=FRANK, words=f"{MARK}strangerwords", place=f"{MARK}place", now=now
    )
    return {"once": str(uuid4())}


def colleague(world: World, who: str) -> str:
    """The number by which forms name somebody."""
    return str(world.staff(who).uid)
