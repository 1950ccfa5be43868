"""The course of one crisis, purely: its checklist, its further clocks, and what may be asked of whom. No database.

`now` is passed in, as everywhere in rules.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile
from typing import Final

from holdfast.content.shapes import Protocol, Step, Urgency
from holdfast.crisis.rules import HAS_OWNER, OPEN, Result, State
from holdfast.people.rules import Role

RISK_LEVELS: Final = ("low", "moderate", "high", "imminent")
# Who may assign a risk level: it is a clinical judgement.
MAY_JUDGE: Final = frozenset({Role.CLINICIAN, Role.SUPERVISOR, Role.DIRECTOR})
WHO_JUDGES: Final = "Only a clinician, a supervisor or a director judges the risk. Ask one of them."
MAY_RAISE_URGENCY: Final = frozenset({"high", "imminent"})


class EntryKind(StrEnum):
    """What a line of the timeline is about."""

    NOTE = "note"
    CHOICE = "choice"  # what a human decided about a client who does not pick up
    LATE_TRY = "late_try"
    LATE_STEP = "late_step"
    CANNOT_REACH = "cannot_reach"
    PROTOCOL = "protocol"
    SECOND_ANSWER = "second_answer"  # somebody answered a page that somebody else had answered already
    STANDING = "standing"
    WAIVER = "waiver"
    RISK_LEVEL = "risk_level"
    STEP = "step"
    ASK = "ask"
    URGENCY = "urgency"
    VOICE = "voice"  # what the client said of it with one press


class Ending(StrEnum):
    """How a step ended."""

    DONE = "done"
    LEFT_OUT = "left_out"


class Timer(StrEnum):
    """The clocks of a crisis beside the one that gives it back for silence."""

    FIRST_TRY = "first_try"
    CANNOT_REACH = "cannot_reach"
    STEP = "step"
    GIVE_BACK = "give_back"
    ASK = "ask"
    NEXT_CONTACT = "next_contact"  # half an hour before it, whoever makes it is reminded
    WAIVERS = "waivers"  # the morning after closing: those who lead are told that something was left out


class Asked(StrEnum):
    """What somebody is asked for."""

    HAND_OVER = "hand_over"
    SECOND = "second"


class Choice(StrEnum):
    """What a human may decide about a client who does not pick up. The system does none of it by itself."""

    TEXT = "text"
    OTHER_NUMBER = "other_number"
    SUPPORTER = "supporter"
    WELFARE_CHECK = "welfare_check"
    KEEP_TRYING = "keep_trying"


NEEDS_WORDS: Final = frozenset({Choice.SUPPORTER, Choice.WELFARE_CHECK})  # others learn of it: why is written down
NOT_REACHED: Final = frozenset({Result.NO_ANSWER, Result.WRONG_NUMBER})
ANSWER_WITHIN: Final = timedelta(minutes=3)  # whoever asked a colleague is told when no answer has come


@dataclass(frozen=True)
class Happening:
    """One line of the timeline. `kind`: signal, move, page, answer, send, try, step, late, choice, told or note."""

    at: datetime
    kind: str
    words: str
    who: str
    detail: str = ""


# --- the checklist -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Given:
    """What is written down about a step."""

    step: str
    ending: Ending
    by: str
    words: str
    at: datetime


@dataclass(frozen=True)
class Line:
    """One step as it stands: done, left out, now, or to do. `due_at` only where it is now and has a limit.

    `first_try`: its clock is the clock of the first try, which everybody sees who looks at the crisis.
    """

    step: Step
    stands: str
    given: Given | None = None
    since: datetime | None = None
    due_at: datetime | None = None
    first_try: bool = False


PREPARE: Final = "prepare"  # the step that only prepares the first talk: after it there is nothing to prepare


def checklist(
    protocol: Protocol, answers: Iterable[Given], began: datetime | None, try_by: datetime | None = None
) -> tuple[Line, ...]:
    """The protocol as a live checklist. `began`: when its owner took it, or when the protocol was changed.

    The first step without an answer is now; its clock runs from the latest answer before it, or from the beginning: what
    an act did of later steps does not start it again. Without `began` no clock runs. While nobody
    has tried to reach the client, reaching them has the clock of the first try (`try_by`) and no other.
    """
    given = {each.step: each for each in answers}
    before = list(takewhile(given.__contains__, (step.id for step in protocol.steps)))
    current = protocol.steps[len(before)].id if len(before) < len(protocol.steps) else None
    latest = max([given[step].at for step in before] + ([began] if began else []), default=None)
    lines = []
    for step in protocol.steps:
        answer = given.get(step.id)
        if answer:
            lines.append(Line(step, answer.ending, answer))
        elif step.id == current:
            if step.act == "reach" and try_by is not None:
                lines.append(Line(step, "now", None, latest, try_by, first_try=True))
                continue
            limit = timedelta(minutes=step.limit_minutes) if step.limit_minutes else None
            lines.append(Line(step, "now", None, latest, latest + limit if latest and began and limit else None))
        else:
            lines.append(Line(step, "todo"))
    return tuple(lines)


def current(lines: Iterable[Line]) -> Line | None:
    """The step that is now; None when all is done."""
    return next((line for line in lines if line.stands == "now"), None)


ACT_WORDS: Final = {
    "reach": "logging a try in which you have talked",
    "reassess": "assessing the risk again",
    "plan": "saying that the safety plan was reviewed",
    "settle": "settling",
    "close": "closing",
}


def why_not_answer(state: State, step: Step | None, ending: Ending, words: str, may: bool) -> str | None:
    """The sentence that says why a step cannot be answered; None when it can."""
    if state not in HAS_OWNER:
        return "Nobody has this yet. Take it first." if state in OPEN else "This crisis is closed."
    if not may:
        return "Only the person who has this, or who was called in, answers its steps."
    if step is None:
        return "This protocol has no such step. Load the page again."
    if ending is Ending.LEFT_OUT and not words.strip():
        return "Say why this step is left out."
    if ending is Ending.DONE and step.act is not None:
        return f"This step is done by {ACT_WORDS[step.act]}."
    return None


def why_not_change_protocol(state: State, same: bool, known: bool, reason: str, may: bool) -> str | None:
    """The sentence that says why the protocol cannot be changed; None when it can."""
    if state not in HAS_OWNER:
        return "Nobody has this yet. Take it first." if state in OPEN else "This crisis is closed."
    if not may:
        return "Only the person who has this, or who was called in, changes its protocol."
    if not known:
        return "There is no such protocol. Choose one from the list."
    if same:
        return "This crisis follows that protocol already."
    if not reason.strip():
        return "Say why another protocol fits better."
    return None


# --- a client who does not pick up -------------------------------------------------------------


def cannot_reach(state: State, results: Iterable[Result], tries_needed: int) -> bool:
    """Whether so many tries have failed that "cannot reach" stands. `results`: tries of this owner, newest last."""
    failed = sum(1 for result in results if result in NOT_REACHED)
    return state is State.OWNED and failed >= tries_needed


def cannot_reach_due(state: State, urgency: Urgency, owned_at: datetime | None, after: timedelta) -> datetime | None:
    """When an emergency that was taken becomes "cannot reach" without anybody saying so."""
    if state is not State.OWNED or urgency is not Urgency.EMERGENCY or owned_at is None:
        return None
    return owned_at + after


def why_not_choose(stands: bool, choice: Choice | None, words: str) -> str | None:
    """The sentence that says why a decision cannot be written down; None when it can."""
    if choice is None:
        return "Choose what you do next."
    if not stands:
        return "The client was reached meanwhile, or nobody has this. Load the page again."
    if choice in NEEDS_WORDS and not words.strip():
        return "Say why, and what you tell them: others will learn of it."
    return None


# --- asking a colleague ------------------------------------------------------------------------


def why_not_ask(state: State, kind: Asked, *, may: bool, to_self: bool, has: bool, waiting: bool) -> str | None:
    """The sentence that says why a colleague cannot be asked; None when they can."""
    if state not in HAS_OWNER:
        return "Nobody has this yet. Take it first." if state in OPEN else "This crisis is closed."
    if not may:
        if kind is Asked.HAND_OVER:
            return "Only the person who has this can hand it over."
        return "Only the person who has this, or who was called in, calls somebody in."
    if to_self:
        return "That is you. Choose somebody else."
    if has:
        return "They are in this already."
    if waiting:
        return "Somebody has been asked already. Withdraw that first, or wait for their answer."
    return None


def why_not_accept(state: State, *, open_: bool, for_me: bool, still_theirs: bool) -> str | None:
    """The sentence that says why an offer cannot be accepted; None when it can."""
    if not for_me:
        return "This was asked of somebody else."
    if not open_:
        return "This is not asked any more."
    if state not in HAS_OWNER or not still_theirs:
        return "It is not theirs to hand over any more. Look at who has it now."
    return None


def why_not_end_shift(held: int, on_duty: bool) -> str | None:
    """The sentence that says why a shift cannot end; None when it can."""
    if not on_duty:
        return "You are not on duty now."
    if held:
        return "Your shift cannot end while you have an open crisis. Hand it over by name first."
    return None


def why_not_formulate(state: State, level: str | None, rationale: str, plan: str, may: bool) -> str | None:
    """The sentence that says what is missing in a formulation; None when nothing is."""
    if state not in HAS_OWNER:
        return "Nobody has this yet. Take it first." if state in OPEN else "This crisis is closed."
    if not may:
        return "Only the person who has this, who was called in, or who makes the next contact assesses it again."
    if level not in RISK_LEVELS:
        return "Choose the risk level: it is your judgement, nothing computes it."
    if not rationale.strip():
        return "Say why you judge the risk so."
    if not plan.strip():
        return "Say what follows from it."
    return None


def why_not_leave(state: State | None, owner: bool, mine: bool, named: bool) -> str | None:
    """Why a client with an open crisis cannot leave the program's care; None when they can. `state` None: no crisis."""
    if state is None or state is State.CLOSED:
        return None
    if not owner:
        return "This client has an open crisis that nobody has. Take it first."
    if not named:
        return "This client has an open crisis. Land it first, or name who takes it over."
    if not mine:
        return "Only the person who has the open crisis can hand it on."
    return None
