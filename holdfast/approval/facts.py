from dataclasses import dataclass

from holdfast.ledger.record import FactBase


@dataclass(frozen=True, kw_only=True)
class ContentApproved(FactBase):
    """The clinical director approved these bytes; a second person has not looked yet."""

    approval: int
    by: int


@dataclass(frozen=True, kw_only=True)
class ContentConfirmed(FactBase):
    """A second person confirmed an approval."""

    approval: int
    by: int


@dataclass(frozen=True, kw_only=True)
class ApprovalEnded(FactBase):
    """An approval was withdrawn, or another one followed it. `by` is None on the command line."""

    approval: int
    by: int | None


@dataclass(frozen=True, kw_only=True)
class PackAttested(FactBase):
    """Somebody who runs the program attested that it may use a licensed form."""

    attestation: int
    by: int


@dataclass(frozen=True, kw_only=True)
class PackRevoked(FactBase):
    """That attestation was taken back: the form is off again."""

    attestation: int
    by: int


@dataclass(frozen=True, kw_only=True)
class WordingLoaded(FactBase):
    """The licensed words of a pack were loaded from a file."""

    wording: int


@dataclass(frozen=True, kw_only=True)
class CopySent(FactBase):
    """A program's own copy of a protocol was sent to be approved: from now on it does not change."""

    copy: int
    by: int
