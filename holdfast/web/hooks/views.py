"""The carrier's webhooks and the question whether we stand."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from holdfast.ledger.again import again
from holdfast.ledger.models import Program
from holdfast.ledger.scope import program_scope
from holdfast.ledger.vouch import word
from holdfast.notify import webhooks
from holdfast.web.access import PageRequest, public_page
from holdfast.web.errors import AWAY
from holdfast.web.hooks.answers import answer_page
from holdfast.web.hooks.texts import hearer

log = logging.getLogger("holdfast.web")

XML: Final = "text/xml; charset=utf-8"
TRIES: Final = 3  # a carrier brings a text once
MOST: Final = {
    "MessageSid": 80,
    "CallSid": 80,
    "MessageStatus": 30,
    "CallStatus": 30,
    "ErrorCode": 9,
    "Digits": 20,
    "From": 40,
    "Body": 2000,
}
UNREADABLE = (SuspiciousOperation, MultiPartParserError, UnreadablePostError, UnicodeError)


@dataclass(frozen=True)
class Said:
    """What the carrier says, signed: the form with only what we read, each bounded."""

    program: Program
    form: Mapping[str, str]
    query: Mapping[str, str]
    now: datetime


Hook = Callable[..., HttpResponse]


def hook(kind: str) -> Callable[[Hook], Hook]:
    """A webhook of the carrier: POST only, signed, in one transaction of its program. Refused ones are recorded."""

    def declare(view: Hook) -> Hook:
        @csrf_exempt
        @public_page
        @wraps(view)
        def inner(request: PageRequest, program: UUID, **kwargs: Any) -> HttpResponse:
            if request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            try:
                form = request.POST.dict()
            except UNREADABLE:
                return HttpResponse("This could not be read.", status=400, content_type="text/plain")
            found = Program.objects.filter(uid=program).first()
            if found is None:
                return HttpResponse("There is no such program.", status=404, content_type="text/plain")
            signed = webhooks.verify_signature(
                request.get_full_path(), form, request.headers.get("X-Twilio-Signature", "")
            )
            if not signed:
                return _refuse(found, kind)
            return again(lambda: _inside(request, view, found, form, kind, kwargs), TRIES)

        return inner

    return declare


def _refuse(program: Program, kind: str) -> HttpResponse:
    log.warning("a webhook was refused", extra={"kind": kind, "program": program.id})
    with program_scope(program.id) as now:
        webhooks.refuse(program.id, kind, now)
    return HttpResponse("The signature does not fit.", status=403, content_type="text/plain")


def _inside(
    request: HttpRequest, view: Hook, program: Program, form: Mapping[str, str], kind: str, kwargs: dict[str, Any]
) -> HttpResponse:
    with program_scope(program.id) as now:
        webhooks.accept(program.id, kind, now)
        return view(Said(program, _bounded(form), request.GET.dict(), now), **kwargs)


def _bounded(form: Mapping[str, str]) -> dict[str, str]:
    return {name: form[name].replace("\x00", "")[:most] for name, most in MOST.items() if name in form}


@hook("sms")
def sms(said: Said) -> HttpResponse:
    """A text from a handset; our words back are in the answer."""
    return HttpResponse(
        webhooks.text_from_handset(said.form, answer_page, hearer(said.program.id), said.now), content_type=XML
    )


@hook("sms-status")
def sms_status(said: Said, attempt: UUID) -> HttpResponse:
    """A receipt of a text."""
    webhooks.text_status(attempt, said.form, said.now)
    return HttpResponse(status=204)


@hook("voice")
def voice(said: Said, attempt: UUID) -> HttpResponse:
    """A call was picked up: what it says."""
    return HttpResponse(webhooks.call_opening(said.program, attempt), content_type=XML)


@hook("voice-digits")
def voice_digits(said: Said, attempt: UUID) -> HttpResponse:
    """A key was pressed."""
    number = said.query.get("n", "")
    position = int(number) if number.isascii() and number.isdecimal() and len(number) < 4 else -1
    return HttpResponse(
        webhooks.call_digits(said.program, attempt, position, said.form, answer_page, said.now), content_type=XML
    )


@hook("call-status")
def call_status(said: Said, attempt: UUID) -> HttpResponse:
    """A receipt of a call."""
    webhooks.call_status(attempt, said.form, said.now)
    return HttpResponse(status=204)


@public_page
def healthz(request: PageRequest) -> HttpResponse:
    """Whether pages can be served. To a stranger: each promise, true or false, and nothing else."""
    try:
        return JsonResponse({"promises": word().promises})
    except AWAY:
        return JsonResponse({"promises": {}}, status=503)
