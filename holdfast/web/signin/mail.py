"""Mail about signing in: from the neutral name, with words that say nothing of care."""

import logging
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formataddr
from typing import cast

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.mail import EmailMessage
from django.db import DatabaseError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from holdfast.ledger.models import Program
from holdfast.ledger.scope import enter
from holdfast.people.models import Client
from holdfast.people.queries import memberships

log = logging.getLogger("holdfast.web")


def neutral_name(user: AbstractBaseUser | None) -> str:
    """The sender's name of the program to which somebody belongs; empty for a stranger, after the same work."""
    program = _program_of(user)
    return program.neutral_name if program else ""


def phone_of(user: AbstractBaseUser | None) -> str:
    """The number of that program that clients may ring."""
    program = _program_of(user)
    return program.phone if program else ""


def _program_of(user: AbstractBaseUser | None) -> Program | None:
    first = next(iter(memberships(cast("int", user.pk) if user is not None else 0)), None)
    return Program.objects.filter(id=first.program if first else 0).first()


def language_of(user: AbstractBaseUser | None) -> str:
    """A client's own language; English for staff, and for a stranger, after the same work."""
    places = memberships(cast("int", user.pk) if user is not None else 0)
    client = next((one for one in places if one.kind == "client"), None)
    of_staff = len(places) > (1 if client else 0)
    try:
        with transaction.atomic():
            enter(client.program if client else 0)
            said = Client.objects.filter(id=client.id if client else 0).values_list("language", flat=True).first()
            transaction.set_rollback(True)  # a caller who is inside another program stays there
    except DatabaseError:
        said = None
    return said if said in dict(settings.LANGUAGES) and not of_staff else "en"


@contextmanager
def in_language_of(user: AbstractBaseUser | None) -> Iterator[None]:
    """A letter speaks the language of whom it goes to, whoever pressed the button."""
    with translation.override(language_of(user)):
        yield


def sender(name: str) -> str:
    return formataddr((name, settings.HOLDFAST_MAIL_FROM)) if name else settings.HOLDFAST_MAIL_FROM


def send(message: EmailMessage) -> bool:
    """Send it now. A mail server that does not answer keeps nobody from any page."""
    if not settings.HOLDFAST_SMTP_URL:
        log.warning("a mail about signing in was not sent: no mail server is set")
        return False
    try:
        message.send()
    except (smtplib.SMTPException, OSError) as error:
        log.warning("a mail about signing in was not sent", extra={"error": type(error).__name__})
        return False
    return True


def tell(user: AbstractBaseUser, subject: str, words: str) -> bool:
    """A few lines to somebody about their own account, or that of a colleague."""
    to = str(getattr(user, "email", ""))
    return bool(to) and send(EmailMessage(subject, words, sender(neutral_name(user)), [to]))


def changed(user: AbstractBaseUser, what: str) -> None:
    """Whoever did not do it themselves must hear of it."""
    with in_language_of(user):
        _changed(user, what)


def _changed(user: AbstractBaseUser, what: str) -> None:
    said = {
        "app": _("An app for codes was added."),
        "app off": _("The app for codes was taken off."),
        "passkey": _("A passkey was added."),
        "passkey off": _("A passkey was taken off."),
        "recovery codes": _("New recovery codes were made."),
        "password": _("The password was changed."),
    }[what]
    tell(
        user,
        _("Your sign-in was changed"),
        said
        + "\n\n"
        + _("Was that you? Then there is nothing to do. If not, tell whoever gave you the account today, and set a new password."),
    )  # fmt: skip
