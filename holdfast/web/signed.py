"""Signed addresses: what lets an answer be received, and read back, without a session.

The token names its program, client and form, and when it was given. It is signed, not secret: it holds
numbers only. Its age is measured with the program's own `now`, so that a host with a wrong clock, or a
demo whose clock was moved, judges it alike.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.core import signing

GOOD_FOR = timedelta(hours=24)


class BadToken(Exception):
    """The address was cut, altered, or made elsewhere."""


@dataclass(frozen=True)
class Token:
    """`what` is the uid of the form, of the call for help, or of the concern; `client` is 0 for a stranger's."""

    program: int
    client: int
    what: UUID
    given: datetime

    def expired(self, now: datetime) -> bool:
        """A token from the future is ours all the same: somebody's clock went back."""
        return now > self.given + GOOD_FOR


def _signer(salt: str) -> signing.Signer:
    return signing.Signer(salt="holdfast." + salt)


def write(salt: str, token: Token) -> str:
    """The token as it stands in an address. `salt` keeps tokens of different uses apart."""
    value = f"{token.program:x}.{token.client:x}.{token.what.hex}.{int(token.given.timestamp()):x}"
    return _signer(salt).sign(value).replace(":", ".")


def read(salt: str, text: str) -> Token:
    """What the token names, if we signed it; raises BadToken otherwise."""
    value, _, mark = text.rpartition(".")
    try:
        program, client, what, given = _signer(salt).unsign(f"{value}:{mark}").split(".")
        return Token(int(program, 16), int(client, 16), UUID(what), datetime.fromtimestamp(int(given, 16), UTC))
    except (signing.BadSignature, ValueError, OverflowError, OSError) as error:
        raise BadToken from error
