"""Findings that come from no form: a colleague's worry, and what a clock says. Writers; each needs the open transaction."""

from datetime import datetime, timedelta

from holdfast.assessment.actions import announce, signal
from holdfast.assessment.models import RiskFinding, StaffConcern
from holdfast.content.load import protocol_names, signals
from holdfast.content.shapes import Urgency
from holdfast.ledger.sealed import readable
from holdfast.people.models import Client, Staff

TWICE = timedelta(minutes=1)  # the same press again within this time is the same press
CHOICES = (Urgency.EMERGENCY, Urgency.URGENT, Urgency.SAME_DAY, Urgency.ROUTINE)


class NoSuchWorry(ValueError):
    """A kind of worry or an urgency that there is none of. The words may be shown."""


def kinds_of_worry() -> tuple[str, ...]:
    """What a colleague can be worried about: one kind for each protocol that a signal leads to."""
    known = protocol_names()
    found = [each.protocol for each in signals().values() if each.id.startswith("concern-")]
    return tuple(name for name in found if name in known)


def raise_concern(
    client: Client, by: Staff, kind: str, now: datetime, urgency: str = Urgency.URGENT, words: str = ""
) -> StaffConcern:
    """A colleague is worried. What is urgent opens a crisis or joins the open one; the rest is a task with an owner."""
    if kind not in kinds_of_worry():
        raise NoSuchWorry("Say what kind of worry it is.")
    if urgency not in CHOICES:
        raise NoSuchWorry("Say how soon somebody is needed.")
    # Two presses at once are one: the second waits for the first here, and finds it.
    Client.objects.select_for_update(no_key=True).get(id=client.id)
    before = StaffConcern.objects.filter(client=client, by=by, kind=kind, urgency=urgency, at__gt=now - TWICE).last()
    if before and words.strip() in ("", readable(before, "words")):
        return before
    concern = StaffConcern.objects.create(
        program_id=client.program_id,
        client=client,
        by=by,
        kind=kind,
        urgency=urgency,
        words=words.strip() or None,
        at=now,
    )
    finding = signal(f"concern-{kind}", now, program_id=client.program_id, client=client, staff_concern=concern)
    finding.urgency = urgency
    announce([finding], client_id=client.id)
    return concern


def note(name: str, client: Client, now: datetime) -> RiskFinding:
    """Write down that a clock ran out, without telling anybody: whoever asked does that."""
    finding = signal(name, now, program_id=client.program_id, client=client)
    finding.save()
    return finding
