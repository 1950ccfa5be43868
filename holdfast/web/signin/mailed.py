"""Codes by mail for whoever is signing in: what went out in this browser, to whom, and goes out again while it lasts.

Kept in the session, which stands in the database. A code belongs to the address that it was sent to: one that somebody
read in their own mailbox is worth nothing for another account.
"""

from typing import Final

from django.core import signing
from django.http import HttpRequest

SENT: Final = "holdfast_code_sent"
LASTS: Final = 600
LONGEST: Final = 2 * LASTS  # of one that was asked for again just before its end


def outstanding(request: HttpRequest, account: str) -> str:
    """The code that this account was sent and that still lasts. Asked for again it goes out again: every mail is right,
    and where no more mails may leave, the last one is."""
    return _sent_to(request, account, LASTS)


def was_sent(request: HttpRequest, account: str, code: str) -> None:
    if outstanding(request, account) != code:
        request.session[SENT] = signing.dumps([account.strip().lower(), code], salt=SENT)


def is_sent(request: HttpRequest, account: str, code: str) -> bool:
    """Whether this code left. One that was made and not sent is right for nothing."""
    return bool(code) and _sent_to(request, account, LONGEST) == code


def used(request: HttpRequest) -> None:
    request.session.pop(SENT, None)


def _sent_to(request: HttpRequest, account: str, lasts: int) -> str:
    try:
        whose, code = signing.loads(request.session.get(SENT, ""), salt=SENT, max_age=lasts)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(code) if whose == account.strip().lower() else ""
