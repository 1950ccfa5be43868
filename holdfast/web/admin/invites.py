"""The mail with which somebody sets their first password. Nobody ever sees a password, and none is sent.

A link works once and for three days. Sending another, or taking it back, makes the one before void.
"""

import logging
import smtplib
from datetime import datetime
from email.utils import formataddr

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils.translation import gettext as _

from holdfast.ledger.models import Program
from holdfast.people.models import Client, Staff, User
from holdfast.people.signing_in import send_link
from holdfast.web.signin.mail import in_language_of

log = logging.getLogger("holdfast.web")


class NotSent(Exception):
    """The mail did not leave; the words say why."""


def invite(user: User, program: Program, whose: Staff | Client, by: Staff, now: datetime) -> None:
    """Send the link by which they set their own password. It is that of a forgotten password, and as short-lived.

    What is not sent leaves the link before it as it was: the caller's transaction is undone.
    """
    if not settings.HOLDFAST_SMTP_URL:
        raise NotSent(_("No mail server is set, so no link can be sent. Set HOLDFAST_SMTP_URL."))
    send_link(user, whose, by, now)
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    uidb36, _dash, token = key.partition("-")
    address = settings.HOLDFAST_PUBLIC_URL + reverse("account_reset_password_from_key", args=[uidb36, token])
    days = settings.PASSWORD_RESET_TIMEOUT // 86400
    with in_language_of(user):
        message = EmailMessage(
            _("Your password for %(name)s") % {"name": program.neutral_name},
            _("Hello,\n\nset your password for %(name)s here:\n\n%(link)s\n\nThe link works for %(days)s days and once. "
              "If it has ended, ask whoever invited you for a new one.")
            % {"name": program.neutral_name, "link": address, "days": days},
            formataddr((program.neutral_name, settings.HOLDFAST_MAIL_FROM)),
            [user.email],
        )  # fmt: skip
    try:
        message.send()
    except (smtplib.SMTPException, OSError) as error:
        log.warning("an invitation was not sent", extra={"error": type(error).__name__})
        raise NotSent(_("The mail server did not take the mail. Try again, or look at the channels.")) from None


def link_open_since(user: User | None, now: datetime) -> datetime | None:
    """When the link was sent that still opens; none where there is none."""
    if user is None or user.link_sent_at is None or user.has_usable_password():
        return None
    over = (now - user.link_sent_at).total_seconds() > settings.PASSWORD_RESET_TIMEOUT
    return None if over else user.link_sent_at
