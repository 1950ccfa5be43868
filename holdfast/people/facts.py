from dataclasses import dataclass

from holdfast.ledger.record import FactBase


@dataclass(frozen=True, kw_only=True)
class ContactLost(FactBase):
    """A way to reach a member of staff does not work any more. It shows as a gap at once."""

    staff: int
    contact: int
    why: str


@dataclass(frozen=True, kw_only=True)
class StandingChanged(FactBase):
    client: int
    standing: str


@dataclass(frozen=True, kw_only=True)
class RiskLevelSet(FactBase):
    """A clinician judged a client's risk."""

    client: int
    level: str
    by: int


@dataclass(frozen=True, kw_only=True)
class ReachingWritten(FactBase):
    """It was written down anew how a client wants to be reached."""

    client: int
    by: int | None


@dataclass(frozen=True, kw_only=True)
class SupporterNamed(FactBase):
    client: int
    supporter: int


@dataclass(frozen=True, kw_only=True)
class SupporterEnded(FactBase):
    client: int
    supporter: int


@dataclass(frozen=True, kw_only=True)
class BoundarySigned(FactBase):
    client: int
    version: str
    how: str
