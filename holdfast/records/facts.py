from dataclasses import dataclass

from holdfast.ledger.record import FactBase


@dataclass(frozen=True, kw_only=True)
class RecordCopied(FactBase):
    """A copy of a client's record was handed out. `by` is empty when they took it themselves."""

    client: int
    copy: int
    form: str
    by: int | None


@dataclass(frozen=True, kw_only=True)
class CorrectionAsked(FactBase):
    client: int
    correction: int
    by: int | None


@dataclass(frozen=True, kw_only=True)
class CorrectionAnswered(FactBase):
    client: int
    correction: int
    answer: str
    by: int


@dataclass(frozen=True, kw_only=True)
class DisagreementWritten(FactBase):
    """A client disagrees with a refusal; their statement stays with the record."""

    client: int
    correction: int


@dataclass(frozen=True, kw_only=True)
class CorrectionLate(FactBase):
    """A request to correct was not answered in the time that the law gives."""

    client: int
    correction: int


@dataclass(frozen=True, kw_only=True)
class AccountClosed(FactBase):
    """The account of a client was closed. `by` is empty when they did it themselves."""

    client: int
    closing: int
    by: int | None


@dataclass(frozen=True, kw_only=True)
class AccountOpened(FactBase):
    """A client whose account was closed may sign in again."""

    client: int
    by: int


@dataclass(frozen=True, kw_only=True)
class HoldSet(FactBase):
    client: int
    hold: int
    by: int


@dataclass(frozen=True, kw_only=True)
class HoldLifted(FactBase):
    client: int
    hold: int
    by: int


@dataclass(frozen=True, kw_only=True)
class DeletionApproved(FactBase):
    """A director approved that what is held about a client goes on a day."""

    client: int
    deletion: int
    what: str
    due_on: str
    by: int


@dataclass(frozen=True, kw_only=True)
class DeletionDropped(FactBase):
    """An approved deletion does not happen: it was taken back, a hold was set, or the client came back."""

    client: int
    deletion: int
    by: int | None


@dataclass(frozen=True, kw_only=True)
class Deleted(FactBase):
    """What was held about a client is gone: how many rows."""

    client: int
    deletion: int
    what: str
    rows: int
