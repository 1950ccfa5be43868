"""A code by text message, for a client who asks for one. Staff have a second factor instead.

What is decided and sent here happens beside the request, so that its time tells nobody whose account this is. The code
goes out once, in neutral words; it stands in no table and in no log. Where it cannot go by text it goes by mail.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from threading import Thread
from uuid import uuid4

from django.core.mail import EmailMessage
from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _

from holdfast.consent.queries import may_message
from holdfast.ledger.models import Program
from holdfast.ledger.scope import program_scope
from holdfast.notify.channels.base import Batch
from holdfast.notify.channels.twilio import Words
from holdfast.notify.courier import Courier
from holdfast.notify.rules import News
from holdfast.notify.sender import outside
from holdfast.people.models import Client
from holdfast.people.queries import how_to_reach, memberships
from holdfast.people.rules import ReminderBy, Standing, may_be_sent_a_code
from holdfast.web.sealed import opened
from holdfast.web.signin import mail

log = logging.getLogger("holdfast.web")


def send(user: int, code: str, or_else: EmailMessage) -> None:
    """By text to the client behind this user, or by that mail. `user`: 0 for an address that nobody has."""
    beside(lambda: _send(user, code, or_else))


def beside(work: Callable[[], None]) -> None:
    """Do it while the answer leaves."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    Thread(target=run, name="holdfast code", daemon=True).start()


def _send(user: int, code: str, or_else: EmailMessage) -> None:
    try:
        batch, words = _text(user, code)
        sent = batch is not None and _delivered(batch, words)
    except Exception as error:  # whatever it is: the mail goes
        log.warning("a code was not sent by text", extra={"error": type(error).__name__})
        sent = False
    if not sent:
        mail.send(or_else)


def _delivered(batch: Batch, words: str) -> bool:
    courier = Courier(lambda: Words(outside(), words))
    try:
        return courier.send(batch).news is News.SENT
    finally:
        courier.close()


def _text(user: int, code: str) -> tuple[Batch | None, str]:
    """What goes to which number; None where it goes by mail."""
    places = memberships(user)
    if len(places) != 1 or places[0].kind != "client":
        return None, ""
    with program_scope(places[0].program) as now:
        client = Client.objects.filter(id=places[0].id).first()
        number = number_of(client, now) if client else ""
        program = Program.objects.get(id=places[0].program)
    if client is None or not number:
        return None, ""
    with translation.override(client.language):
        words = _("%(code)s is your code. It works for ten minutes.") % {"code": code}
    return Batch(uuid4(), program.uid, program.neutral_name, number, ()), words


def number_of(client: Client, now: datetime) -> str:
    """The number to which this client may be sent a code now: not in hours when it is not safe, not where they took
    back that we may text them, or agreed to e-mail alone, and not soon after staff wrote down another number."""
    if client.standing == Standing.DIED or how_to_reach(client, now).not_safe_now:
        return ""
    if not may_be_sent_a_code(client.phone_changed_at, now) or not may_message(client.id, ReminderBy.SMS):
        return ""
    return opened(client, "phone") or ""
