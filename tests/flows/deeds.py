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


def checked_in(world: World) -> None:
    """Ana answers the whole check-in."""
    from holdfast.assessment.actions import save_answers, start_response

    form = start_response(world.program, world.cast.ana.id, "check-in", world.now)
    save_answers(form.uid, {"1": "6", "2": "0", "3": "7", "4": "0", "5": "0", "6": "0", "7": ""}, "web", world.now)


def reminded_again(world: World) -> None:
    """The same reminder is queued once more, as after a fault of the carrier."""
    from holdfast.assessment.models import Reminder
    from holdfast.notify.clients import remind
    from holdfast.people.queries import reminder_wish

    reminder, wish = Reminder.objects.get(), reminder_wish(world.cast.ana.id)
    if wish is not None:
        remind(wish, reminder.kind, reminder.id, "en", world.now)


def weeks_of_answers(world: World) -> None:
    """Ana has checked in for a month, with three days missing, a return to use, and a PHQ-9 each week."""
    from datetime import timedelta

    from holdfast.assessment.actions import judge_response, save_answers, start_response
    from holdfast.care.actions import finish, newest_words
    from holdfast.care.models import Task

    def fill(form: str, answers: dict[str, str], days_ago: int) -> None:
        at = world.now - timedelta(days=days_ago)
        response = start_response(world.program, world.cast.ana.id, form, at)
        save_answers(response.uid, answers, "web", at)
        judge_response(response.id, at)

    for day in range(29, 0, -1):
        if day not in (20, 11, 10):
            used = "1" if day == 6 else "0"
            mood = str(3 + day % 4)
            fill("check-in", {"1": mood, "2": "0", "3": "7", "4": "0", "5": used, "6": "0", "7": ""}, day)
    for week, value in enumerate("11112", 1):
        fill("phq-9", {**{str(n): value for n in range(1, 9)}, "9": "0", "10": "0"}, 42 - 7 * week)
    for task in Task.objects.filter(done_at=None):
        finish(task, world.staff("bea"), "Spoke with her.", world.now, read=newest_words(task))


def has_died(world: World) -> None:
    """Dia records that Ana has died."""
    from holdfast.crisis.leaving import change_standing
    from holdfast.people.rules import Standing

    change_standing(world.cast.ana, Standing.DIED, world.staff("dia"), "The county called", world.now)
