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
class EpisodeHandedOver(FactBase):
    """Somebody named said yes: the crisis and its clocks are theirs from now on."""

    episode: int
    before: int | None
    owner: int


@dataclass(frozen=True, kw_only=True)
class ColleagueAsked(FactBase):
    """Somebody was asked to take over or to help; `by` empty: by the clock, `to` empty: whoever is on call."""

    episode: int
    ask: int
    kind: str
    by: int | None
    to: int | None


@dataclass(frozen=True, kw_only=True)
class ColleagueAnswered(FactBase):
    episode: int
    ask: int
    kind: str
    answer: str
    by: int | None


@dataclass(frozen=True, kw_only=True)
class StepAnswered(FactBase):
    episode: int
    step: str
    ending: str
    by: int | None


@dataclass(frozen=True, kw_only=True)
class StepLate(FactBase):
    episode: int
    step: str
    then: str


@dataclass(frozen=True, kw_only=True)
class FirstTryLate(FactBase):
    episode: int
    owner: int | None


@dataclass(frozen=True, kw_only=True)
class ClientNotReached(FactBase):
    """Two tries failed, or an emergency was not reached in time: "cannot reach" stands before the owner."""

    episode: int
    why: str


@dataclass(frozen=True, kw_only=True)
class ReachDecided(FactBase):
    episode: int
    choice: str
    by: int


@dataclass(frozen=True, kw_only=True)
class ProtocolChanged(FactBase):
    episode: int
    protocol: str
    version: str
    by: int


@dataclass(frozen=True, kw_only=True)
class RiskFormulated(FactBase):
    """A clinician assigned a risk level. It is never computed."""

    episode: int
    client: int | None
    level: str
    by: int


@dataclass(frozen=True, kw_only=True)
class ReviewOpened(FactBase):
    review: int
    client: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class ClientSpoke(FactBase):
    """The client pressed: it got worse, I am safe now, or please text."""

    voice: int
    client: int
    episode: int | None
    said: str


@dataclass(frozen=True, kw_only=True)
class AfterTextWritten(FactBase):
    """A new version of what was written when a crisis, or a death without one, was looked back at."""

    episode: int | None
    review: int | None = None
    number: int
    by: int


@dataclass(frozen=True, kw_only=True)
class ActionAssigned(FactBase):
    """Somebody does something by a day, after a crisis or a death."""

    action: int
    owner: int
    by: int


@dataclass(frozen=True, kw_only=True)
class ActionMarked(FactBase):
    """An assigned action is done, or is not done after all."""

    action: int
    done: bool
    by: int


@dataclass(frozen=True, kw_only=True)
class WaiverLookedAt(FactBase):
    """Somebody who leads has seen what was left out."""

    entry: int
    by: int
