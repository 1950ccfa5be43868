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
