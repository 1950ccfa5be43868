from dataclasses import dataclass

from holdfast.ledger.record import FactBase


@dataclass(frozen=True, kw_only=True)
class PagingStarted(FactBase):
    paging: int
    what: str
    what_id: int


@dataclass(frozen=True, kw_only=True)
class TurnTaken(FactBase):
    paging: int
    what: str
    what_id: int
    turn: int
    round: int
    staff: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class CoverMissing(FactBase):
    """Nobody licensed and reachable is on duty, so everybody is being paged."""

    paging: int
    staff: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class PageAnswered(FactBase):
    """A human answered a page. `answer` is have or cannot."""

    paging: int
    page: int
    staff: int
    what: str
    what_id: int
    answer: str
    via: str


@dataclass(frozen=True, kw_only=True)
class PagingStopped(FactBase):
    paging: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class GapFound(FactBase):
    """A stretch ahead is not covered, or a known one has grown."""

    gap: int
    why: str


@dataclass(frozen=True, kw_only=True)
class GapTold(FactBase):
    gap: int
    staff: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class GapClosed(FactBase):
    """Healed, or over."""

    gap: int


@dataclass(frozen=True, kw_only=True)
class ShiftTaken(FactBase):
    """Somebody took a gap, or a part of it, with one press."""

    shift: int
    staff: int


@dataclass(frozen=True, kw_only=True)
class ShiftChanged(FactBase):
    """Somebody who leads put a shift on the rota, or took it off."""

    shift: int
    by: int
    what: str


@dataclass(frozen=True, kw_only=True)
class OrderChanged(FactBase):
    """Somebody changed who is asked in which order, or went back to the usual order."""

    policy: int | None
    by: int


@dataclass(frozen=True, kw_only=True)
class StartAsked(FactBase):
    canary: int
    staff: int


@dataclass(frozen=True, kw_only=True)
class StartAnswered(FactBase):
    """The person who starts a shift has said that they are there."""

    canary: int
    staff: int
    via: str


@dataclass(frozen=True, kw_only=True)
class StartMissed(FactBase):
    """Whoever starts a shift has not said that they are there. `staff` are asked to see to it."""

    canary: int
    staff: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class StoodIn(FactBase):
    """Somebody took the place of a person who is not there."""

    canary: int
    staff: int


@dataclass(frozen=True, kw_only=True)
class SwapAsked(FactBase):
    offer: int
    asker: int
    to: int


@dataclass(frozen=True, kw_only=True)
class SwapAnswered(FactBase):
    """yes, no or withdrawn. With a yes the shifts have changed hands."""

    offer: int
    by: int
    answer: str
