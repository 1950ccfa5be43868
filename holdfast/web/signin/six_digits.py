"""Six digits that are sent to whoever is signed in, or is at their second step, to prove that it is them.

The session keeps them hidden, for ten minutes: in no table does the code itself stand.
"""

import secrets
from typing import Any, Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from holdfast.web.signin import limits, mail

CODE: Final = "holdfast_mailed_code"
LASTS: Final = 600


def can_be_sent(user: Any) -> bool:
    return bool(settings.HOLDFAST_SMTP_URL) and bool(user.email)


def is_on_its_way(request: HttpRequest) -> bool:
    return CODE in request.session


def send(request: HttpRequest, user: Any) -> None:
    """To their address. Where no more mails may leave, the last code still counts."""
    if not limits.may_mail(request, user.email, limits.Mail.CODE):
        return
    code = f"{secrets.randbelow(1_000_000):06}"
    request.session[CODE] = signing.dumps([user.pk, _hidden(request, code)], salt=CODE)
    with mail.in_language_of(user):
        mail.tell(user, _("Your code"), _("%(code)s\n\nThe code works for ten minutes and once.") % {"code": code})


def is_right(request: HttpRequest, user: Any, code: str) -> bool:
    """Whether this is the code that this person was sent in this session. It works once."""
    try:
        whose, hidden = signing.loads(request.session.get(CODE, ""), salt=CODE, max_age=LASTS)
    except (signing.BadSignature, ValueError):
        return False
    right = whose == user.pk and constant_time_compare(hidden, _hidden(request, "".join(code.split())))
    if right:
        del request.session[CODE]
    return right


def forget(request: HttpRequest) -> None:
    request.session.pop(CODE, None)


def _hidden(request: HttpRequest, code: str) -> str:
    return signing.Signer(salt=f"{CODE} {request.session.session_key}").signature(code)
