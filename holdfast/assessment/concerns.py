"""Findings that come from no form: a colleague's worry, a stranger's form sent once, and what a clock says.

Writers; each needs the open transaction.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from django.db import connection

from holdfast.assessment.actions import announce, receive_concern, signal
from holdfast.assessment.models import Concern, RiskFinding, StaffConcern
from holdfast.content.load import protocol_names, signals
from holdfast.content.shapes import Urgency
from holdfast.ledger.sealed import readable
from holdfast.people.models import Client, Staff

TWICE = timedelta(minutes=1)  # the same press again within this time is the same press
SAME_FORM = timedelta(minutes=2)  # an impatient second press of the same words is one concern
FOUR_LINES: Final = ("name", "phone", "words", "place")
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


def receive_once(program: int, typed: Mapping[str, str], now: datetime) -> Concern:
    """A stranger's four lines. Pressed again within two minutes, or many times at once, they are one concern."""
    lines = {name: typed[name] for name in FOUR_LINES}
    _wait_for_the_same(program, lines)
    recent = Concern.objects.filter(at__gt=now - SAME_FORM).order_by("-at")[:20]
    same = (each for each in recent if all(readable(each, name) == lines[name] for name in FOUR_LINES))
    return next(same, None) or receive_concern(program, now=now, **lines)


def _wait_for_the_same(program: int, lines: Mapping[str, str]) -> None:
    """The second of two presses waits here until the first is kept. Only a digest of the words leaves for that."""
    digest = sha256("\0".join((str(program), *lines.values())).encode()).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('form from ' || %s))", [digest])


def note(name: str, client: Client, now: datetime) -> RiskFinding:
    """Write down that a clock ran out, without telling anybody: whoever asked does that."""
    finding = signal(name, now, program_id=client.program_id, client=client)
    finding.save()
    return finding
