from dataclasses import dataclass

from holdfast.ledger.record import FactBase


@dataclass(frozen=True, kw_only=True)
class AnswersSaved(FactBase):
    """Answers were saved and wait to be judged."""

    response: int


@dataclass(frozen=True, kw_only=True)
class CalmAnswersSaved(FactBase):
    """Answers were saved on which no rule fires: they are judged with that, and nothing follows."""

    response: int


@dataclass(frozen=True, kw_only=True)
class HelpAsked(FactBase):
    call: int
    client: int


@dataclass(frozen=True, kw_only=True)
class ConcernReceived(FactBase):
    concern: int


@dataclass(frozen=True, kw_only=True)
class RiskFound(FactBase):
    """Rules fired. `at_once` are the findings that need a human now, `in_time` those that need one today or this week.

    `urgency` is the highest of them, `protocol` the guide that goes with it.
    """

    client: int | None
    concern: int | None
    at_once: tuple[int, ...]
    in_time: tuple[int, ...]
    urgency: str
    protocol: str


@dataclass(frozen=True, kw_only=True)
class ReminderDue(FactBase):
    """A client who wants it is reminded that something waits for them."""

    reminder: int
    client: int
