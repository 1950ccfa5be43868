"""Every decision that the simulated world takes: the functions of the product's own rules, handed in.

A planted fault replaces one of them. The few at the top are taken in the product by an action or by SQL, which the
world has not; each names the place where it stands there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from holdfast.assessment import rhythm, steps
from holdfast.assessment import rules as assessment
from holdfast.care import rules as care
from holdfast.content.shapes import Urgency
from holdfast.crisis import course
from holdfast.crisis import rules as crisis
from holdfast.crisis.rules import OPENS_A_CRISIS, Move, State
from holdfast.notify import rules as notify
from holdfast.oncall import rules as oncall
from holdfast.oncall.rules import Answer
from holdfast.people import rules as people


def needs_a_crisis(urgency: Urgency | None) -> bool:
    """`assessment.actions.AT_ONCE`: a finding as grave as this opens a crisis, or joins the one that is open."""
    return urgency in OPENS_A_CRISIS


def needs_a_task(urgency: Urgency | None) -> bool:
    """`assessment.actions.IN_TIME`: a finding as grave as this is somebody's to do in time."""
    return urgency in (Urgency.SAME_DAY, Urgency.ROUTINE)


def take(owner: int | None, staff: int, state: State) -> State | None:
    """`crisis.actions.take`: the first to say "I have this" is the owner; None when somebody else is."""
    return None if owner is not None and owner != staff else crisis.after(state, Move.TAKE)


def still_sought(answer: Answer | None, stopped_at: datetime | None) -> bool:
    """`wiring.STILL_SOUGHT`: asked by a sender at the moment at which a send begins."""
    return answer is None and stopped_at is None


def moves_on(answer: Answer, same_turn: bool) -> bool:
    """`oncall.actions.answer`: "I cannot" to the turn that runs asks the next people at once."""
    return answer is Answer.CANNOT and same_turn


def escalates(due_at: datetime, now: datetime) -> bool:
    """`care.actions.look`: a task whose time is up becomes graver, or a crisis."""
    return due_at <= now


def lowered(urgency: Urgency, wanted: Urgency, refusal: str | None) -> Urgency:
    """`crisis.actions.change_urgency`: the urgency as it is after somebody asked for a lower one."""
    return urgency if refusal else wanted


@dataclass(frozen=True)
class Decisions:
    """What decides: by default nothing but the product."""

    needs_a_crisis: Callable[[Urgency | None], bool] = needs_a_crisis
    needs_a_task: Callable[[Urgency | None], bool] = needs_a_task
    take: Callable[[int | None, int, State], State | None] = take
    still_sought: Callable[[Answer | None, datetime | None], bool] = still_sought
    moves_on: Callable[[Answer, bool], bool] = moves_on
    escalates: Callable[[datetime, datetime], bool] = escalates
    lowered: Callable[[Urgency, Urgency, str | None], Urgency] = lowered
    # what answers mean
    score: Callable[..., assessment.Score] = assessment.score
    unfinished: Callable[..., assessment.Finding | None] = assessment.unfinished
    give_up: Callable[..., bool] = steps.give_up
    # silence and reminders
    worse_than_usual: Callable[..., bool] = rhythm.worse_than_usual
    is_offered: Callable[..., bool] = rhythm.is_offered
    look_next: Callable[..., datetime] = rhythm.look_next
    silence_due: Callable[..., list[rhythm.Due]] = rhythm.silence_due
    reminders_due: Callable[..., list[rhythm.Moment]] = rhythm.reminders_due
    pause_over_at: Callable[..., datetime] = people.pause_over_at
    # tasks
    same_day_due: Callable[..., datetime] = care.same_day_due
    half_time: Callable[..., datetime] = care.half_time
    routine_due: Callable[..., datetime] = care.routine_due
    days_due: Callable[..., datetime] = care.days_due
    # whom to page, and what became of a send
    turn: Callable[..., oncall.Turn] = oncall.turn
    is_due: Callable[..., bool] = oncall.is_due
    on_shift: Callable[..., dict[oncall.Level, frozenset[int]]] = oncall.on_shift
    licensed: Callable[..., bool] = people.licensed
    sent: Callable[..., notify.State] = notify.after
    retry_after: Callable[[int], timedelta | None] = notify.retry_after
    # a crisis
    after: Callable[[State, Move], State] = crisis.after
    higher: Callable[[Urgency, Urgency], Urgency] = crisis.higher
    look_again: Callable[..., datetime] = crisis.look_again
    why_give_back: Callable[..., str | None] = crisis.why_give_back
    why_not_settle: Callable[..., str | None] = crisis.why_not_settle
    is_next_contact: Callable[..., bool] = crisis.is_next_contact
    why_not_close: Callable[..., str | None] = crisis.why_not_close
    why_not_lower: Callable[..., str | None] = crisis.why_not_lower
    cannot_reach: Callable[..., bool] = course.cannot_reach
    cannot_reach_due: Callable[..., datetime | None] = course.cannot_reach_due
    why_not_ask: Callable[..., str | None] = course.why_not_ask
    why_not_accept: Callable[..., str | None] = course.why_not_accept
    why_not_end_shift: Callable[..., str | None] = course.why_not_end_shift
    why_not_formulate: Callable[..., str | None] = course.why_not_formulate
