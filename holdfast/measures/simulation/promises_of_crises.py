"""The promises about crises and seeking, each a function that says what is wrong with one thing as it stands, or nothing.

Where a promise is also a query of a module's `promises.py`, it has the same name and the same bound. None of these asks
the decisions of the world, or a broken decision would excuse itself: they know the table of urgencies and the answers.
"""

from datetime import datetime, timedelta
from typing import Final

from holdfast.content.load import escalation
from holdfast.content.shapes import CrisisClock, Urgency
from holdfast.crisis.rules import Disposition, State
from holdfast.measures.simulation.states import Asked, Attempt, Crisis, Leaving, Paging, Refused

HELD: Final = (State.OWNED, State.REACHED, State.SETTLED)
TWO_MINUTES: Final = timedelta(minutes=2)
EVERYONE_FROM_ROUND: Final = 3  # two rounds rang unheard: then everybody is asked, licensed or not


def _clock(urgency: Urgency) -> CrisisClock:
    return escalation().crises[urgency]


# --- a crisis ----------------------------------------------------------------------------------


def every_crisis_without_an_owner_is_being_paged(crisis: Crisis, now: datetime) -> str | None:
    if crisis.state is State.RAISED and (crisis.paging is None or crisis.paging.stopped_at is not None):
        return "nobody has it and no paging runs"
    return None


def every_open_crisis_is_looked_at(crisis: Crisis, now: datetime) -> str | None:
    if crisis.state is State.CLOSED:
        return None
    if crisis.look_again_at is None:
        return "it is open and no time stands when it is looked at again"
    if crisis.look_again_at < now - timedelta(seconds=30):
        return "the time to look at it again has passed"
    return None


def owned_is_not_silent(crisis: Crisis, now: datetime) -> str | None:
    if crisis.state not in (State.OWNED, State.REACHED):
        return None
    clock, late = _clock(crisis.urgency), timedelta(seconds=30)
    acted = crisis.acted_at or crisis.owned_at or now
    limit = clock.reached_silent if crisis.state is State.REACHED else clock.owner_silent
    if crisis.by_phone and crisis.acted_at is None:
        limit = escalation().phone_answer_hold
    # Once it is graver its clocks are shorter; what is past by them is late from that moment on.
    since = crisis.graver_since or acted
    if now > max(acted + timedelta(seconds=limit), since) + late:
        return "its owner has been silent for longer than they may, and still has it"
    if crisis.signal_at > acted and now > max(crisis.signal_at + timedelta(seconds=clock.next_turn), since) + late:
        return "its owner has not looked at a new signal, and still has it"
    return None


def the_next_contact_is_made_or_somebody_is_sought(crisis: Crisis, now: datetime) -> str | None:
    if crisis.state is not State.SETTLED:
        return None
    if crisis.next_contact_at is None or crisis.next_contact_by is None or crisis.settled_at is None:
        return "it is settled and no next contact is agreed"
    if not crisis.settled_at < crisis.next_contact_at <= crisis.settled_at + timedelta(days=14):
        return "its next contact is not in the fourteen days after it was settled"
    # Whoever makes it has as long for it as for a first try.
    due = crisis.next_contact_at + timedelta(seconds=_clock(crisis.urgency).first_try)
    if _landed(crisis) and crisis.reached_at is not None:
        due = max(due, crisis.reached_at + timedelta(seconds=_clock(crisis.urgency).reached_silent))
    return "its next contact is past and nobody is sought" if now > due + timedelta(seconds=30) else None


def one_owner(crisis: Crisis, now: datetime) -> str | None:
    before, owner = crisis.seen_owner, crisis.owner
    crisis.seen_owner = owner
    said_yes, crisis.said_yes = crisis.said_yes, None
    if (owner is None) == (crisis.state in HELD):
        return f"it is {crisis.state} and its owner is {owner}"
    if before is not None and owner is not None and owner not in (before, said_yes):
        return f"person {owner} has it while person {before} has it"
    return None


def an_urgency_is_lowered_only_by_its_owner(crisis: Crisis, now: datetime) -> str | None:
    before, crisis.seen_urgency = crisis.seen_urgency, crisis.urgency
    lowered_by, crisis.lowered_by = crisis.lowered_by, None
    if before is None or crisis.urgency.weight >= before.weight:
        return None
    if crisis.owner is None:
        return "its urgency was lowered while nobody had it"
    return "its urgency was lowered by somebody who has it not" if lowered_by != crisis.owner else None


def a_graver_signal_raises_the_urgency(crisis: Crisis, now: datetime) -> str | None:
    if crisis.gravest is not None and crisis.urgency.weight < crisis.gravest.weight:
        return f"it is {crisis.urgency}, and a signal was {crisis.gravest}"
    return None


def every_clock_within_a_crisis_is_heard(crisis: Crisis, now: datetime) -> str | None:
    for timer, due in crisis.clocks.items():
        if due < now - timedelta(seconds=30) and crisis.state is not State.CLOSED:
            return f"its clock {timer} ran out and nobody heard it"
    return None


def every_second_person_asked_for_is_sought(crisis: Crisis, now: datetime) -> str | None:
    runs = crisis.second is not None and crisis.second.stopped_at is None
    if crisis.second_asked and crisis.state in HELD and not runs:
        return "a second person was asked for and no paging runs"
    return None


def a_second_person_is_sought_for_an_owner(crisis: Crisis, now: datetime) -> str | None:
    runs = crisis.second is not None and crisis.second.stopped_at is None
    return "a second person is sought and nobody is the first" if runs and crisis.state not in HELD else None


def no_crisis_closes_with_its_landing_undone(crisis: Crisis, now: datetime) -> str | None:
    if crisis.state is not State.CLOSED or crisis.disposition in (Disposition.JOINED_ANOTHER, Disposition.DIED):
        return None
    if crisis.disposition is None:
        return "it closed and nobody said how it ended"
    if crisis.risk_level is None and "reassessment" not in crisis.waivers:
        return "it closed and nobody judged the risk again"
    if not crisis.plan_reviewed and "plan" not in crisis.waivers:
        return "it closed and the safety plan was not reviewed"
    if not _landed(crisis) and "next_contact" not in crisis.waivers:
        return "it closed and the next contact was not made"
    return None


def no_waiver_without_a_ground(crisis: Crisis, now: datetime) -> str | None:
    if crisis.state is State.CLOSED and "next_contact" in crisis.waivers and crisis.ground is None:
        return "it closed without its next contact, on no ground"
    return None


def _landed(crisis: Crisis) -> bool:
    """The client was reached from half-way between settling and the agreed time on."""
    if crisis.reached_at is None or crisis.settled_at is None or crisis.next_contact_at is None:
        return False
    return crisis.reached_at - crisis.settled_at >= crisis.next_contact_at - crisis.reached_at


# --- seeking -----------------------------------------------------------------------------------


def someone_is_always_sought(paging: Paging, now: datetime) -> str | None:
    if paging.stopped_at is not None:
        return None
    if paging.look_again_at is None:
        return "it runs and has no next turn"
    if paging.look_again_at < now - timedelta(seconds=20):
        return "its next turn is late"
    seconds = paging.policy.wait if paging.what == "task" else timedelta(seconds=_clock(paging.urgency).next_turn)
    if paging.turn_at and paging.look_again_at > paging.turn_at + max(seconds, TWO_MINUTES):
        return "its next turn is put off further than a step may wait"
    return None


def only_an_answer_ends_a_paging(paging: Paging, now: datetime) -> str | None:
    crisis = paging.crisis
    if (
        paging.what == "crisis"
        and paging.stopped_at is None
        and crisis is not None
        and crisis.state is not State.RAISED
    ):
        return f"it runs although its crisis is {crisis.state}"
    return None


def every_turn_asks_somebody(asked: Asked, now: datetime) -> str | None:
    return "its turn asks nobody" if not asked.turn.people and asked.cover.anyone else None


def nobody_is_rung_again_within_two_minutes(asked: Asked, now: datetime) -> str | None:
    if asked.hurried:
        return None
    for who in sorted(asked.turn.people):
        rung = asked.rung_at.get(who)
        if rung is not None and now - rung < TWO_MINUTES:
            return (
                f"person {who} was rung about it {(now - rung).total_seconds():.0f} seconds before, and is rung again"
            )
    return None


def without_cover_everybody_is_asked(asked: Asked, now: datetime) -> str | None:
    if not asked.cover.on_duty and not asked.turn.people >= asked.cover.others:
        return "nobody is on duty, and not everybody is asked"
    return None


def who_is_asked_may_treat_there(asked: Asked, now: datetime) -> str | None:
    turn, where = asked.turn, asked.paging.client.state
    if turn.no_cover or turn.round >= EVERYONE_FROM_ROUND:
        return None  # a licence is needed to treat, not to get help to somebody
    for who in turn.people:
        if not any(s == where and a <= asked.today <= b for s, a, b in asked.staff[who].licences):
            return f"person {who} is asked and has no licence for {where}"
    return None


def an_emergency_does_not_wait_for_who_holds_one(asked: Asked, now: datetime) -> str | None:
    cover, turn = asked.cover, asked.turn
    if not turn.people or not turn.people <= cover.busy or turn.no_cover:
        return None
    steps = [cover.groups.get(step, frozenset()) for step in asked.paging.policy.steps]
    asked_before = frozenset().union(*steps[: turn.at + 1])
    free = frozenset().union(*steps[turn.at + 1 :]) - asked_before - cover.busy - cover.cannot
    return "only people who hold an emergency are asked, and others are there" if free else None


def i_cannot_moves_on_at_once(refused: Refused, now: datetime) -> str | None:
    paging, cover = refused.page.paging, refused.cover
    if paging.stopped_at is not None or paging.turn_at == now or refused.page.turn != paging.turn:
        return None
    if paging.no_cover_since is not None or paging.round >= EVERYONE_FROM_ROUND:
        return None  # everybody is being asked already
    steps = [cover.groups.get(step, frozenset()) for step in paging.policy.steps]
    before = frozenset().union(*steps[: paging.step + 1])
    next_ones = frozenset().union(*steps[paging.step + 1 :]) - before - cover.cannot
    return "somebody said “I cannot”, and the next people are not asked" if next_ones else None


def no_send_begins_after_an_answer(attempt: Attempt, now: datetime) -> str | None:
    paging = attempt.page.paging
    if attempt.began_at is None:
        return None
    if paging.stopped_at is not None and attempt.began_at > paging.stopped_at:
        return "a send began after somebody had it"
    if attempt.page.answer is not None and attempt.began_at == now:
        return "a send to a person began after their answer"
    return None


def due_sends_begin(attempt: Attempt, now: datetime) -> str | None:
    late = attempt.due_at is not None and attempt.due_at < now - timedelta(seconds=20)
    return "a send that was due did not begin" if late else None


def nobody_ends_a_shift_with_an_open_crisis(leaving: Leaving, now: datetime) -> str | None:
    return f"person {leaving.staff.id} ended a shift and holds a crisis" if leaving.staff.holds else None
