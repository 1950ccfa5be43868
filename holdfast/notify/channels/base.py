"""What every channel's adapter takes and gives."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from holdfast.notify.rules import Item, News

# Each library's own limits; the hard limit of a whole send stands in courier.py.
CONNECT_S = 2.0
READ_S = 4.0


@dataclass(frozen=True, slots=True)
class Batch:
    """Everything that one handset is to be told now, as one send."""

    uid: UUID
    """of the first attempt: receipts come back under it"""
    program: UUID
    sender: str
    """the program's neutral name"""
    address: str
    items: tuple[Item, ...]
    others: tuple[UUID, ...] = ()
    """of the attempts told with the first"""

    @property
    def token(self) -> str:
        """The same for every try of the same attempts, and another as soon as one more is told with them:
        the carrier takes a token that it knows for done, and would never tell the new one."""
        if not self.others:
            return self.uid.hex
        together = b"".join(sorted(uid.bytes for uid in (self.uid, *self.others)))
        return hashlib.sha256(together).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Result:
    """What is known after a send."""

    news: News
    provider_id: str = ""
    provider_state: str = ""
    error: str = ""
    """a few fixed words or a code; never an address, never a text"""
    gone: str = ""
    """why this address will never work; empty when it may"""
    carrier_trouble: bool = False
    """whether the carrier, rather than this one address, is at fault"""


class Sender(Protocol):
    """An adapter."""

    def send(self, batch: Batch) -> Result:
        """Send now; raises nothing that it can put into words."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Where the outside world is, from the settings."""

    public_url: str
    twilio: Mapping[str, str]
    smtp_url: str
    mail_from: str
    vapid_key: str
    demo: bool

    def link(self, items: Sequence[Item]) -> str:
        """The address in a message: it opens the one page that is meant, or the board, and answers nothing.

        A test leads to one's own contacts, where a mail or a notification is answered.
        """
        if any(item.args.get("to") == "client" for item in items):
            return f"{self.public_url}/today"
        if items and all(item.words == "test" for item in items):
            return f"{self.public_url}/team/me/"
        pages = [item.args["page"] for item in items if "page" in item.args]
        return f"{self.public_url}/team/page/{pages[0]}" if len(pages) == 1 else f"{self.public_url}/team/"

    def hook(self, program: UUID, kind: str, uid: UUID) -> str:
        """The address at which the carrier tells us about an attempt."""
        return f"{self.public_url}/hooks/{program}/twilio/{kind}/{uid}"


def refused(code: int | None, why: str) -> Result:
    """An address that will never work."""
    return Result(News.REFUSED, error=f"refused {code}" if code else "refused", gone=why)


def failed(error: str, *, carrier: bool = True) -> Result:
    """A send that did not get through this time."""
    return Result(News.FAILED, error=error[:120], carrier_trouble=carrier)
