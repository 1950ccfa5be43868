from dataclasses import dataclass

from holdfast.ledger.record import FactBase


@dataclass(frozen=True, kw_only=True)
class EpisodeRaised(FactBase):
    episode: int
    client: int | None
    state: str | None
    urgency: str


@dataclass(frozen=True, kw_only=True)
class SignalJoined(FactBase):
    """A new signal for a crisis that is already open."""

    episode: int
    owner: int | None
    urgency: str


@dataclass(frozen=True, kw_only=True)
class EpisodeTaken(FactBase):
    episode: int
    owner: int
    via: str


@dataclass(frozen=True, kw_only=True)
class EpisodeGivenBack(FactBase):
    episode: int
    client: int | None
    state: str | None
    urgency: str
    by: int | None
    why: str


@dataclass(frozen=True, kw_only=True)
class TryLogged(FactBase):
    episode: int
    by: int
    result: str


@dataclass(frozen=True, kw_only=True)
class ClientReached(FactBase):
    episode: int
    by: int


@dataclass(frozen=True, kw_only=True)
class EpisodeSettled(FactBase):
    episode: int
    disposition: str


@dataclass(frozen=True, kw_only=True)
class EpisodeClosed(FactBase):
    episode: int
    disposition: str


@dataclass(frozen=True, kw_only=True)
class UrgencyChanged(FactBase):
    episode: int
    urgency: str
    by: int


@dataclass(frozen=True, kw_only=True)
class ClientSpoke(FactBase):
    """The client pressed: it got worse, I am safe now, or please text."""

    voice: int
    client: int
    episode: int | None
    said: str
