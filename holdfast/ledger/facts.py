"""What the ground itself records. Ids and numbers only."""

from dataclasses import dataclass

from holdfast.ledger.record import FactBase


@dataclass(frozen=True, kw_only=True)
class KeyMade(FactBase):
    """From here on texts of this program are sealed with this key."""

    number: int


@dataclass(frozen=True, kw_only=True)
class KeyRetired(FactBase):
    """No text was found under this key any more."""

    number: int


@dataclass(frozen=True, kw_only=True)
class KeysRewrapped(FactBase):
    """The keys of this program are wrapped by another envelope key."""

    keys: int
