from dataclasses import dataclass

from holdfast.ledger.record import FactBase


@dataclass(frozen=True, kw_only=True)
class TaskOpened(FactBase):
    task: int
    client: int
    urgency: str


@dataclass(frozen=True, kw_only=True)
class TaskHalfTime(FactBase):
    """Half of a same-day task's time is gone: the clinician on duty is asked."""

    task: int
    client: int


@dataclass(frozen=True, kw_only=True)
class TaskLate(FactBase):
    """A task was not done in time: it becomes an urgent crisis."""

    task: int
    client: int
    protocol: str
    findings: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class TaskDone(FactBase):
    task: int
    by: int | None  # nobody, when the client has died
