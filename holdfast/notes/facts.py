from dataclasses import dataclass

from holdfast.ledger.record import FactBase


@dataclass(frozen=True, kw_only=True)
class OwnNoteWritten(FactBase):
    """A clinician wrote, or corrected, a note of their own. Nothing of it is said."""

    client: int
    by: int
    number: int
