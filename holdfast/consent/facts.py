from dataclasses import dataclass

from holdfast.ledger.record import FactBase


@dataclass(frozen=True, kw_only=True)
class ConsentGiven(FactBase):
    """A client agreed to a text, in one of its versions. `by`: whoever wrote it down for them."""

    client: int
    consent: int
    kind: str
    how: str
    by: int | None


@dataclass(frozen=True, kw_only=True)
class ConsentTakenBack(FactBase):
    """A client took one consent back, or it ended with treatment (`why`). No other changes by it."""

    client: int
    consent: int
    kind: str
    by: int | None
    why: str


@dataclass(frozen=True, kw_only=True)
class Told(FactBase):
    """Somebody outside was told something about a client. `answer`: what the rules said of it."""

    client: int
    disclosure: int
    recipient: str
    ground: str
    answer: str
    by: int


@dataclass(frozen=True, kw_only=True)
class ToldLookedAt(FactBase):
    """Somebody who leads has looked at what was told against a no."""

    client: int
    disclosure: int
    by: int
