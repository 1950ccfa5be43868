"""What notify announces: ids and words from fixed lists only."""

from dataclasses import dataclass
from typing import Final

from holdfast.ledger.record import FactBase


@dataclass(frozen=True, kw_only=True)
class AttemptSent(FactBase):
    """A carrier has taken it. Nobody has answered by that."""

    attempt: int
    channel: str
    for_what: str
    for_id: int
    tries: int


@dataclass(frozen=True, kw_only=True)
class AttemptFailed(FactBase):
    """It did not get through, for now or for good."""

    attempt: int
    channel: str
    for_what: str
    for_id: int
    tries: int
    why: str


@dataclass(frozen=True, kw_only=True)
class ChannelTroubled(FactBase):
    """A whole channel does not do its work: sends fail one after the other, or a webhook was refused."""

    trouble: int
    channel: str
    why: str


@dataclass(frozen=True, kw_only=True)
class ChannelWorks(FactBase):
    """A channel that was in trouble was seen working again."""

    trouble: int
    channel: str
    why: str


# The senders write the first two with plain SQL, on a connection of their own, so nothing may follow from
# them in the same transaction; a test holds this list to that.
NOBODY_LISTENS: Final[dict[type[FactBase], str]] = {
    AttemptSent: "sent is not seen: only a human's answer changes anything",
    AttemptFailed: "the paging goes on by its own clock, and the other channels at once",
    ChannelTroubled: "the watch and the banners read it from the trouble's row",
    ChannelWorks: "the watch and the banners read it from the trouble's row",
}
