"""Notices silence and what is worse than usual, and reminds. Writers; each needs the open transaction of a scope."""

import logging
from datetime import datetime

from django.db.models import Max

from holdfast.assessment.actions import announce, signal
from holdfast.assessment.facts import ReminderDue
from holdfast.assessment.models import Reminder, Response, RiskFinding, Talk
from holdfast.assessment.queries import due_forms
from holdfast.assessment.rhythm import Silence, look_next, reminders_due, silence_due
from holdfast.consent.queries import may_message
from holdfast.content.cadence import UNRATED
from holdfast.content.load import cadence
from holdfast.content.shapes import Urgency
from holdfast.ledger.record import record
from holdfast.notify.clients import remind
from holdfast.people.facts import StandingChanged
from holdfast.people.models import Client
from holdfast.people.queries import reminder_wish, risk_of
from holdfast.people.rating import look_for_silence
from holdfast.people.rules import Standing

log = logging.getLogger("holdfast.assessment")

WATCHED = (Standing.ACTIVE, Standing.PAUSED)
SIGNS_OF_LIFE = ("help-now", "got-worse")


def look(client_id: int, now: datetime) -> bool:
    """Look whether a client has gone quiet, and remind them. Harmless when done twice at the same moment."""
    client = (
        Client.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(id=client_id, standing__in=WATCHED)
        .first()
    )
    if client is None or (client.silence_look_at and client.silence_look_at > now):
        return False
    silence = silence_of(client)
    rhythm = cadence()
    if client.silence_look_at is not None:  # the first look only begins to count
        _notice(client, silence, now)
        _remind(client, silence, now)
    look_for_silence(client.id, look_next(rhythm, silence, now))
    return True


def silence_of(client: Client) -> Silence:
    """What is known about a client's silence."""
    rating = risk_of(client.id)
    rows = Response.objects.filter(client=client).values_list("instrument").annotate(Max("opened_at"), Max("done_at"))
    opened = {form: at for form, at, _done in rows}
    done = {form: at for form, _opened, at in rows}
    pressed = RiskFinding.objects.filter(client=client, rule__in=SIGNS_OF_LIFE).aggregate(Max("at"))["at__max"]
    talked = Talk.objects.filter(client=client).aggregate(Max("at"))["at__max"]
    signs = [at for at in (*opened.values(), *done.values(), pressed, talked) if at is not None]
    return Silence(
        standing=client.standing,
        risk=rating.level if rating else UNRATED,
        timezone=client.timezone,
        since=client.standing_since,
        checked_in=done.get("check-in"),
        heard=max(signs, default=None),
    )


def talked(client: Client, now: datetime) -> None:
    """Somebody of the team talked with them."""
    Talk.objects.create(program_id=client.program_id, client=client, at=now)


def _notice(client: Client, silence: Silence, now: datetime) -> None:
    """One finding for each signal that is due and was not given since."""
    due = silence_due(cadence(), silence, now)
    if not due:
        return
    given = list(
        RiskFinding.objects.filter(
            client=client, rule__in=[each.line.signal for each in due], at__gte=min(each.since for each in due)
        ).values_list("rule", "urgency", "at")
    )
    found = []
    for each in due:
        # Said already, as urgently as it is now: a client who has since been rated high is said again.
        if any(
            rule == each.line.signal
            and at >= each.since
            and Urgency(urgency).weight >= Urgency(each.line.urgency).weight
            for rule, urgency, at in given
        ):
            continue
        finding = signal(each.line.signal, now, program_id=client.program_id, client=client)
        finding.urgency = each.line.urgency
        finding.why = f"{finding.why} Risk {silence.risk}; calls this {SPOKEN[each.line.urgency]}."
        found.append(finding)
    announce(found, client_id=client.id)


SPOKEN = {
    Urgency.EMERGENCY: "an emergency",
    Urgency.URGENT: "urgent",
    Urgency.SAME_DAY: "something for the same day",
    Urgency.ROUTINE: "routine",
    Urgency.NONE: "nothing to act on",
}


def _remind(client: Client, silence: Silence, now: datetime) -> None:
    """Remind a client who said that they want it, when something is to be answered; each once a day."""
    due = reminders_due(cadence().reminder, silence, now)
    wish = reminder_wish(client.id) if due else None
    if wish is None or not due_forms(client, now) or not may_message(client.id, wish.by):
        return
    for moment in due:
        reminder, fresh = Reminder.objects.get_or_create(
            program_id=client.program_id, client=client, day=moment.day, kind=moment.kind, defaults={"at": now}
        )
        if fresh:
            remind(wish, moment.kind, reminder.id, client.language, now)
            record(ReminderDue(program=client.program_id, reminder=reminder.id, client=client.id), now)


def look_again(fact: StandingChanged, now: datetime) -> None:
    """Where a client stands has changed: look soon."""
    look_for_silence(fact.client, now)
