"""What flow tests do through Holdfast's own actions: acts for `stack.act("tests.flows.deeds:...")`."""

from __future__ import annotations

from typing import Any

from tests.acts import World


def all_say(world: World, clients: list[int], item: str, value: str) -> None:
    """Each of these clients gives this answer of the daily check-in."""
    from holdfast.assessment.actions import save_answers, start_response

    for client in clients:
        form = start_response(world.program, client, "check-in", world.now)
        save_answers(form.uid, {item: value}, "web", world.now)


def unreachable(world: World, who: str) -> None:
    """Not one way to reach this person works any more."""
    from holdfast.people.actions import mark_unreachable
    from holdfast.people.models import Contact

    for contact in Contact.objects.filter(staff=world.staff(who)):
        mark_unreachable(contact, "cannot be reached", world.now)


def device(world: World) -> dict[str, str]:
    """Ana keeps the help button on a phone: the cookie that the phone then carries."""
    from holdfast.people.actions import install_device

    made, key = install_device(world.cast.ana.id, world.program, "Android", world.now)
    return {"uid": str(made.uid), "cookie": f"{made.program_id}.{key}"}


def revoke(world: World, uid: str) -> None:
    """That phone was lost."""
    from holdfast.people.actions import revoke_device
    from holdfast.people.models import Device

    revoke_device(Device.objects.get(uid=uid), world.now)


def push(world: World, who: str, subscription: dict[str, Any]) -> None:
    """A browser of this person may be pushed to, and has shown that it works."""
    import json

    from holdfast.people.actions import add_contact
    from holdfast.people.rules import ContactKind

    kept = {"endpoint": subscription["endpoint"], "keys": subscription["keys"]}
    add_contact(world.staff(who), ContactKind.PUSH, json.dumps(kept), label="tablet", tested_at=world.now)


def empty_policy(world: World) -> str:
    """Try to keep a policy that would ask nobody; the refusal."""
    from holdfast.oncall.actions import set_policy
    from holdfast.oncall.rules import BadPolicy

    try:
        set_policy(world.program, "crisis", [], world.now)
    except BadPolicy as no:
        return str(no)
    return ""


def overlapping(world: World) -> str:
    """Try to put Cal on the rota twice; the refusal."""
    from tests.acts import shift

    try:
        shift(world, cal="backup")
    except ValueError as no:
        return str(no)
    return ""


def wants_texts(world: World, number: str) -> None:
    """Ana wants to be reminded by text, and said so."""
    from holdfast.people.rating import wish_reminders
    from holdfast.people.rules import ReminderBy

    wish_reminders(world.cast.ana, ReminderBy.SMS, number, world.now, world.staff("bea"))


def rated(world: World, level: str) -> None:
    """Bea judges Ana's risk."""
    from holdfast.people.actions import set_risk_level
    from holdfast.people.rules import RiskLevel

    set_risk_level(world.cast.ana, RiskLevel(level), world.staff("bea"), world.now)
