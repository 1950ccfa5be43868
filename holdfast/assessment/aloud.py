"""Questions that staff ask aloud: a form of its own, kept and closed in one step. Needs the open transaction of a scope."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from holdfast.assessment import usual
from holdfast.assessment.actions import Saved, save_answers
from holdfast.assessment.models import Response
from holdfast.content.load import questionnaire
from holdfast.ledger.ids import new_uid


def asked_aloud(
    program: int, client_id: int, instrument: str, answers: Mapping[str, str], once: UUID | None, now: datetime
) -> Saved:
    """Keep what a client said to staff. Never mixed with a form that the client has open, and never left unfinished.

    What staff did not ask is not a question that the client left. Pressed twice it is one form.
    """
    form = questionnaire(instrument)
    response = Response.objects.filter(uid=once).first() if once else None
    if response is None or (response.client_id, response.instrument) != (client_id, form.name):
        response = Response.objects.create(
            program_id=program,
            uid=once if once and response is None else new_uid(),
            client_id=client_id,
            instrument=form.name,
            version=form.version,
            opened_at=now,
            usual_to=usual.highest(client_id, form, now),
        )
    saved = save_answers(response.uid, answers, "staff", now)
    Response.objects.filter(id=response.id, done_at=None).update(done_at=now)
    Response.objects.filter(id=response.id).update(unfinished_at=None)
    return saved
