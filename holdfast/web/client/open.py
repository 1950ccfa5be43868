"""What is still open for a client: so that opening the page again finds the person who has it, not a blank day."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.urls import reverse

from holdfast.assessment.models import HelpCall, Response, RiskFinding
from holdfast.crisis.queries import Standing, WhatIsSo, what_became_of_call, what_became_of_response
from holdfast.people.models import Client
from holdfast.web import signed
from holdfast.web.client.so import Told, told
from holdfast.web.sealed import opened

UNDER_WAY: Final = frozenset(
    {Standing.BEING_READ, Standing.BEING_CALLED, Standing.NOBODY_YET, Standing.TAKEN, Standing.REACHED}
)
A_DAY: Final = timedelta(hours=24)


@dataclass(frozen=True)
class Open:
    """Something that a person is being sought for, or has."""

    so: WhatIsSo
    told: Told
    url: str


def under_way(client: Client, now: datetime, trouble: tuple[str, ...] = ()) -> Open | None:
    """The newest call for help or form of the last day, until what it led to is settled."""
    call = HelpCall.objects.filter(client=client, at__gt=now - A_DAY).order_by("-at").first()
    form, form_at = _newest_form(client, now)
    if call and (form_at is None or call.at >= form_at):
        return _open(client, what_became_of_call(call, now), call.uid, "help", "help_call", now, trouble)
    if form:
        return _open(client, what_became_of_response(form, now), form.uid, "answer", "sent", now, trouble)
    return None


def _newest_form(client: Client, now: datetime) -> tuple[Response | None, datetime | None]:
    """The form that was sent last, or left half-way after an answer that somebody is told of, and when."""
    form = Response.objects.filter(client=client, done_at__gt=now - A_DAY).order_by("-done_at").first()
    left = (
        RiskFinding.objects.filter(client=client, response__done_at=None, response__isnull=False, at__gt=now - A_DAY)
        .select_related("response")
        .order_by("-at", "-id")
        .first()
    )
    if left and (form is None or form.done_at is None or left.at > form.done_at):
        return left.response, left.at
    return form, form.done_at if form else None


def _open(
    client: Client, so: WhatIsSo, uid: UUID, salt: str, page: str, now: datetime, trouble: tuple[str, ...]
) -> Open | None:
    if so.state not in UNDER_WAY:
        return None
    token = signed.write(salt, signed.Token(client.program_id, client.id, uid, now))
    said = told(so, opened(client, "preferred_name"), now, trouble)
    return Open(so, said, reverse(page, args=[token]))
