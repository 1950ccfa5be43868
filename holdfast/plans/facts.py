from dataclasses import dataclass

from holdfast.ledger.record import FactBase


@dataclass(frozen=True, kw_only=True)
class PlanWritten(FactBase):
    """A version of a client's safety plan was written down."""

    plan: int
    client: int
    version: int
    by: int
