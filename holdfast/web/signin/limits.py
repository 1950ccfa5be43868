"""Wrong tries slow the network address or the device that they come from, and keep nobody else out.

A device on which the account has signed in before, or has set its password by a link from its mail, counts apart. A
passkey is not counted at all (there is nothing to guess), and nothing here stands before help, before a page that is
answered by text or call, or before the address of a form that a client was sent.

What bounds guessing, also by somebody with any number of network addresses, and what it leaves to the owner:

- a password, and the second factor's codes after it: STRANGERS, a hundred tries an hour with one account from all strange
  devices together (a six-digit code of an app, of which three count at a time: 3 in 10,000 an hour, for whoever has the
  password). Then those of *new* devices rest.
- a code by mail: GUESSES at each, and only in the browser that asked for it, so nobody uses up somebody else's guesses.
  Strangers' wish sends at most MAILS_OF_STRANGERS an hour, and what was not sent is right for nothing. So at most 100
  guesses an hour at a million: 1 in 10,000 an hour, while 20 letters an hour say that somebody is trying.
- a link by mail: nothing to guess, so nothing is counted. Links have a count of mails of their own: where strangers
  have used it up, links that still open lie in the mailbox (three days, or until the next sign-in). Whoever opens one
  and sets a password is on a known device. That way in is open however many try to shut the others.

Counted in the database, so that the limits hold across processes (docs/decisions/0021).
"""

from datetime import timedelta
from enum import StrEnum
from typing import Final

from allauth.account.adapter import get_adapter
from allauth.core.internal.ratelimit import truncate_ip
from django.http import HttpRequest

from holdfast.people.signing_in import give_back, spend
from holdfast.web.marks import known_device

TEN_MINUTES, HOUR, DAY = timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)
# what is counted: how often, in which time
KNOWN_DEVICE: Final = (20, TEN_MINUTES)  # this account, on a device where it has signed in before
ADDRESS_AND_ACCOUNT: Final = (10, TEN_MINUTES)  # this account, from this network address
ADDRESS: Final = (60, TEN_MINUTES)  # any account, from this network address
STRANGERS: Final = (100, HOUR)  # this account, from all strange devices together
GUESSES: Final = (5, DAY)  # at one mailed code, which lasts much shorter
UNLOCKING: Final = (10, TEN_MINUTES)  # in one session that is open already
MAILS: Final = (
    6,
    TEN_MINUTES,
)  # mails of a kind to one account that one network address, or one known device, has sent
MAILS_OF_STRANGERS: Final = (20, HOUR)  # mails of a kind to one account that all strange devices together have sent

_Counted = tuple[tuple[str, tuple[int, timedelta]], ...]


class Mail(StrEnum):
    """What is asked for by mail, each with a count of its own."""

    CODE = "code"
    LINK = "link"


def _address(request: HttpRequest) -> str:
    """An IPv4 address, or the network of an IPv6 one."""
    return str(truncate_ip(get_adapter(request).get_client_ip(request)))


def _from_here(request: HttpRequest, account: str) -> _Counted:
    """What counts of the device or the network address."""
    if device := known_device(request, account):
        return ((f"device {account} {device}", KNOWN_DEVICE),)
    address = _address(request)
    return ((f"address {address} {account}", ADDRESS_AND_ACCOUNT), (f"address {address}", ADDRESS))


def _counted(request: HttpRequest, account: str, code: str) -> _Counted:
    account = account.strip().lower()
    here = _from_here(request, account)
    if code:
        return (*here, (f"{account} {code}", GUESSES))
    return here if known_device(request, account) else (*here, (f"account {account}", STRANGERS))


def may_try(request: HttpRequest, account: str, what: str, *, code: str = "") -> bool:
    """Count one try with a password or a code. The account need not exist: the work is the same.

    `code`: which mailed code is guessed at; the guesses at it are what is bounded, not those at the account.
    """
    counted = [spend(f"{what} {key}", *most) for key, most in _counted(request, account, code)]  # each of them, always
    return all(counted)


def was_right(request: HttpRequest, account: str, what: str, *, code: str = "") -> None:
    """That try does not count."""
    for key, _most in _counted(request, account, code):
        give_back(f"{what} {key}")


def may_mail(request: HttpRequest, account: str, kind: Mail) -> bool:
    """Whether another mail may go to this account because somebody asked for one from here. Nobody is told no: a code
    that was sent before still counts, and so does a link."""
    account = account.strip().lower()
    if device := known_device(request, account):
        return spend(f"mail {kind} {account} device {device}", *MAILS)
    address = _address(request)
    # What one address may not send does not count against the account: one stranger stops nobody's codes.
    return (
        spend(f"mail {address}", *ADDRESS)
        and spend(f"mail {kind} {account} {address}", *MAILS)
        and spend(f"mail {kind} {account} strangers", *MAILS_OF_STRANGERS)
    )


def may_unlock(request: HttpRequest) -> bool:
    """Count one try to unlock this session."""
    return spend(f"unlock {request.session.session_key}", *UNLOCKING)


def unlocked(request: HttpRequest) -> None:
    give_back(f"unlock {request.session.session_key}")
