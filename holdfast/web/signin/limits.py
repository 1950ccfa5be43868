"""Wrong tries slow the network address or the device that they come from. One limit is the account's: STRANGERS.

A stranger's wrong tries must not keep a client or whoever is on call out. So a device on which the account has signed
in before counts apart, a passkey is not counted at all (there is nothing to guess), and nothing here stands before
help, before a page that is answered by text or call, or before the address of a form that a client was sent.

After a hundred tries in an hour with one account, from wherever, a device on which it has not signed in before cannot
use its password until the hour is over. A code by mail, a passkey and a known device go on. Guesses at
mailed codes are counted in the same way, apart from those at the password.

Counted in the database, so that the limits hold across processes (docs/decisions/0021).
"""

from datetime import timedelta
from typing import Final

from allauth.account.adapter import get_adapter
from allauth.core.internal.ratelimit import truncate_ip
from django.http import HttpRequest

from holdfast.people.signing_in import give_back, spend
from holdfast.web import marks

TEN_MINUTES, HOUR = timedelta(minutes=10), timedelta(hours=1)
# what is counted: how often, in which time
KNOWN_DEVICE: Final = (20, TEN_MINUTES)  # this account, on a device where it has signed in before
ADDRESS_AND_ACCOUNT: Final = (10, TEN_MINUTES)  # this account, from this network address
ADDRESS: Final = (60, TEN_MINUTES)  # any account, from this network address
STRANGERS: Final = (
    100,
    HOUR,
)  # this account, from all strange devices together: nobody guesses with a thousand machines
UNLOCKING: Final = (10, TEN_MINUTES)  # in one session that is open already
MAILS: Final = (6, TEN_MINUTES)  # mails to one account that one network address, or one known device, has sent
MAILS_OF_STRANGERS: Final = (60, HOUR)  # mails to one account that all strange devices together have sent


def _address(request: HttpRequest) -> str:
    """An IPv4 address, or the network of an IPv6 one."""
    return str(truncate_ip(get_adapter(request).get_client_ip(request)))


def _counted(request: HttpRequest, account: str) -> tuple[tuple[str, tuple[int, timedelta]], ...]:
    account = account.strip().lower()
    if marks.is_known(request, account):
        return ((f"device {account} {request.COOKIES[marks.KNOWN]}", KNOWN_DEVICE),)
    address = _address(request)
    return (
        (f"address {address} {account}", ADDRESS_AND_ACCOUNT),
        (f"address {address}", ADDRESS),
        (f"account {account}", STRANGERS),
    )


def may_try(request: HttpRequest, account: str, what: str) -> bool:
    """Count one try with a password or a code. The account need not exist: the work is the same."""
    counted = [spend(f"{what} {key}", *most) for key, most in _counted(request, account)]  # each of them, always
    return all(counted)


def was_right(request: HttpRequest, account: str, what: str) -> None:
    """That try does not count."""
    for key, _most in _counted(request, account):
        give_back(f"{what} {key}")


def may_mail(request: HttpRequest, account: str) -> bool:
    """Whether another mail may go to this account because somebody asked for one from here. Nobody is told no."""
    account = account.strip().lower()
    if marks.is_known(request, account):
        return spend(f"mail {account} device {request.COOKIES[marks.KNOWN]}", *MAILS)
    address = _address(request)
    # What one address may not send does not count against the account: one stranger stops nobody's codes.
    return (
        spend(f"mail {address}", *ADDRESS)
        and spend(f"mail {account} {address}", *MAILS)
        and spend(f"mail {account} strangers", *MAILS_OF_STRANGERS)
    )


def may_unlock(request: HttpRequest) -> bool:
    """Count one try to unlock this session."""
    return spend(f"unlock {request.session.session_key}", *UNLOCKING)


def unlocked(request: HttpRequest) -> None:
    give_back(f"unlock {request.session.session_key}")
