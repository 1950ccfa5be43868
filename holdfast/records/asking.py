"""Corrections: asked for, answered, disagreed with. The only writer of them; needs the open transaction of a scope."""

from datetime import datetime
from uuid import UUID

from holdfast.content.retention import retention
from holdfast.crisis.rules import NotAllowed
from holdfast.ledger.ids import new_uid
from holdfast.ledger.record import record
from holdfast.notify import actions as notify
from holdfast.people.models import Client, Staff
from holdfast.people.queries import current_staff, primary_of
from holdfast.people.rules import LEADS
from holdfast.records.facts import CorrectionAnswered, CorrectionAsked, CorrectionLate, DisagreementWritten
from holdfast.records.models import Correction
from holdfast.records.rules import Asked, due, next_look, why_not_answer, why_not_ask, why_not_disagree

LEAST_URGENT = 3


def ask(
    client: Client,
    what: str,
    instead: str,
    now: datetime,
    *,
    once: UUID | None = None,
    asked: Asked | None = None,
    by: Staff | None = None,
) -> Correction:
    """A client says what is wrong. It has an owner and two days at once: the program's wish, and that of the law."""
    if no := why_not_ask(what, instead):
        raise NotAllowed(no)
    Client.objects.select_for_update(no_key=True).get(id=client.id)
    if once is not None and (found := Correction.objects.filter(client=client, once=once).first()):
        return found  # pressed twice
    policy = retention()
    wish_at, due_at = due(policy.wished_days, client.timezone, now), due(policy.law_days, client.timezone, now)
    row = Correction.objects.create(
        program_id=client.program_id,
        client=client,
        what=what.strip(),
        instead=instead.strip() or None,
        asked=asked or "",
        recorded_by=by,
        at=now,
        owner_id=primary_of(client.id, now),
        wish_at=wish_at,
        due_at=due_at,
        look_again_at=next_look(wish_at, due_at, now),
        once=once,
    )
    record(
        CorrectionAsked(
            program=client.program_id, client=client.id, correction=row.id, by=by.id if by is not None else None
        ),
        now,
    )
    if row.owner_id:
        _tell(row, row.owner_id, "request_waits", now)
    else:
        _tell_leads(row, "request_waits", now)
    return row


def answer(correction: Correction, staff: Staff, said: str, ground: str, words: str, now: datetime) -> Correction:
    """Accept it and say what was changed, or refuse it on one of four grounds and say why. Once, and it stays."""
    row = Correction.objects.select_for_update().select_related("client").get(id=correction.id)
    if row.answer:
        raise NotAllowed("Somebody has answered this already. Load the page again.")
    if staff.role not in LEADS and staff.id not in (row.owner_id, primary_of(row.client_id, now)):
        raise NotAllowed("Whoever it was given to answers this, or somebody who leads.")
    if no := why_not_answer(said, ground, words):
        raise NotAllowed(no)
    row.answer, row.answer_words = said, words.strip()
    row.ground = ground if said == "denied" else ""
    row.answered_by, row.answered_at, row.look_again_at = staff, now, None
    row.save(update_fields=["answer", "answer_words", "ground", "answered_by", "answered_at", "look_again_at"])
    record(
        CorrectionAnswered(program=row.program_id, client=row.client_id, correction=row.id, answer=said, by=staff.id),
        now,
    )
    return row


def disagree(correction: Correction, words: str, now: datetime) -> None:
    """The client's own statement, kept beside what was refused."""
    row = Correction.objects.select_for_update().get(id=correction.id)
    if no := why_not_disagree(row.answer, row.disagreed_at is not None, words):
        raise NotAllowed(no)
    row.disagreement, row.disagreed_at = words.strip(), now
    row.save(update_fields=["disagreement", "disagreed_at"])
    record(DisagreementWritten(program=row.program_id, client=row.client_id, correction=row.id), now)


def look(correction_id: int, now: datetime) -> bool:
    """A request still waits: at the wished day its owner is told, from the day of the law on those who lead."""
    row = (
        Correction.objects.select_for_update(skip_locked=True)
        .filter(id=correction_id, answer="", look_again_at__lte=now)
        .first()
    )
    if row is None:
        return False
    if row.due_at <= now:
        if row.late_at is None:
            row.late_at = now
            record(CorrectionLate(program=row.program_id, client=row.client_id, correction=row.id), now)
        _tell_leads(row, "request_late", now)
    elif row.owner_id:
        _tell(row, row.owner_id, "request_waits", now)
    else:
        _tell_leads(row, "request_waits", now)
    row.look_again_at = next_look(row.wish_at, row.due_at, now)
    row.save(update_fields=["look_again_at", "late_at"])
    return True


def _tell(row: Correction, staff_id: int, words: str, now: datetime) -> None:
    notify.tell(row.program_id, staff_id, words, for_what="correction", for_id=row.id, rank=LEAST_URGENT, now=now)


def _tell_leads(row: Correction, words: str, now: datetime) -> None:
    for staff_id in current_staff(now).filter(role__in=LEADS).values_list("id", flat=True):
        _tell(row, staff_id, words, now)


def press() -> UUID:
    """The number of a form that is about to be filled in: pressed twice, it is one request."""
    return new_uid()
