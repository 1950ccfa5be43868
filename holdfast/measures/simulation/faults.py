"""Faults that are planted on purpose, each in one decision, to see that the simulation finds it and names the promise."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from holdfast.assessment import rhythm
from holdfast.content.cadence import Cadence
from holdfast.content.shapes import TaskClock, Urgency
from holdfast.crisis.rules import OPEN, Landing, State, why_not_close
from holdfast.measures.simulation.decisions import Decisions
from holdfast.measures.simulation.world import START
from holdfast.oncall.rules import Cover, Policy, Turn, turn
from holdfast.people.rules import zone


@dataclass(frozen=True)
class Fault:
    """What is wrong, in words; the decisions with it; and the promise that must be named."""

    what: str
    decisions: Decisions
    breaks: str


def _asks_empty_steps(policy: Policy, round_: int, at: int, cover: Cover, *, moved_on: bool = False) -> Turn:
    if not cover.on_duty:
        return turn(policy, round_, at, cover, moved_on=moved_on)
    step, round_ = (at + 1, round_) if at + 1 < len(policy.steps) else (0, round_ + 1)
    return Turn(cover.groups.get(policy.steps[step], frozenset()), policy.wait, step, round_)


def _rings_without_pause(policy: Policy, round_: int, at: int, cover: Cover, *, moved_on: bool = False) -> Turn:
    return replace(turn(policy, round_, at, cover, moved_on=moved_on), wait=timedelta(0))


def _ends_with_the_last_step(policy: Policy, round_: int, at: int, cover: Cover, *, moved_on: bool = False) -> Turn:
    found = turn(policy, round_, at, cover, moved_on=moved_on)
    last = found.at == len(policy.steps) - 1
    return replace(found, wait=timedelta(days=365)) if last else found


def _rings_all_again(policy: Policy, round_: int, at: int, cover: Cover, *, moved_on: bool = False) -> Turn:
    return turn(policy, round_, at, cover)


def _forgets_who_is_busy(policy: Policy, round_: int, at: int, cover: Cover, *, moved_on: bool = False) -> Turn:
    return turn(policy, round_, at, replace(cover, busy=frozenset()), moved_on=moved_on)


def _asks_only_directors_without_cover(
    policy: Policy, round_: int, at: int, cover: Cover, *, moved_on: bool = False
) -> Turn:
    found = turn(policy, round_, at, cover, moved_on=moved_on)
    return found if cover.on_duty else replace(found, people=cover.groups["director"])


def _everybody_may_own(owner: int | None, staff: int, state: State) -> State | None:
    return State.OWNED if state in OPEN else None


def _keeps_summer_time(cadence: Cadence, silence: rhythm.Silence, now: datetime) -> datetime:
    """Reckons for ever with the hours between the client and Greenwich as they were on the first day."""
    offset = START.astimezone(zone(silence.timezone)).utcoffset() or timedelta(0)
    behind = -int(offset.total_seconds()) // 3600
    return rhythm.look_next(cadence, replace(silence, timezone=f"Etc/GMT+{behind}"), now)


def _counts_hours_from_midnight(clock: TaskClock, timezone: str, now: datetime) -> datetime:
    """The evening as so many hours after midnight, which is wrong in the night in which the clocks change."""
    here = zone(timezone)
    midnight = datetime.combine(now.astimezone(here).date(), time(0), here).astimezone(UTC)
    evening = midnight + timedelta(hours=clock.due_local_hour)
    longest = now + timedelta(hours=clock.at_most_hours)
    return min(evening, longest) if evening > now else longest


def _asks_for_no_ground(state: State, landing: Landing) -> str | None:
    no = why_not_close(state, landing)
    return None if no and "may be left out only when" in no else no


def _keeps_the_first(urgency: Urgency, _other: Urgency) -> Urgency:
    return urgency


def _nothing(*_: Any, **__: Any) -> None:
    return None


def _no(*_: Any, **__: Any) -> bool:
    return False


def _yes(*_: Any, **__: Any) -> bool:
    return True


def _none_due(*_: Any) -> list[rhythm.Due]:
    return []


FAULTS: Final[Mapping[str, Fault]] = {
    "empty-step-asked": Fault(
        "a step with nobody in it is asked instead of skipped",
        Decisions(turn=_asks_empty_steps),
        "every_turn_asks_somebody",
    ),
    "rounds-without-pause": Fault(
        "each turn follows at once on the one before",
        Decisions(turn=_rings_without_pause),
        "nobody_is_rung_again_within_two_minutes",
    ),
    "paging-ends-with-last-step": Fault(
        "after the last step nobody is asked again",
        Decisions(turn=_ends_with_the_last_step),
        "someone_is_always_sought",
    ),
    "all-rung-again-by-i-cannot": Fault(
        "each “I cannot” in a louder round rings everybody who was asked before once more",
        Decisions(turn=_rings_all_again),
        "nobody_is_rung_again_within_two_minutes",
    ),
    "turn-never-due": Fault("the next turn is never taken", Decisions(is_due=_no), "someone_is_always_sought"),
    "busy-asked-alone": Fault(
        "who holds an emergency is the only one asked for another",
        Decisions(turn=_forgets_who_is_busy),
        "an_emergency_does_not_wait_for_who_holds_one",
    ),
    "no-cover-asks-few": Fault(
        "with nobody on duty only the directors are asked",
        Decisions(turn=_asks_only_directors_without_cover),
        "without_cover_everybody_is_asked",
    ),
    "licence-ignored": Fault(
        "people are asked who may not treat where the client is",
        Decisions(licensed=_yes),
        "who_is_asked_may_treat_there",
    ),
    "i-cannot-ignored": Fault(
        "“I cannot” waits for the next turn", Decisions(moves_on=_no), "i_cannot_moves_on_at_once"
    ),
    "sent-after-answer": Fault(
        "a sender does not ask whether a page is still wanted",
        Decisions(still_sought=_yes),
        "no_send_begins_after_an_answer",
    ),
    "two-owners": Fault("the second to answer becomes the owner too", Decisions(take=_everybody_may_own), "one_owner"),
    "silence-of-owner-ignored": Fault(
        "an owner who falls silent keeps the crisis", Decisions(why_give_back=_nothing), "owned_is_not_silent"
    ),
    "graver-signal-ignored": Fault(
        "a graver signal leaves the urgency as it was",
        Decisions(higher=_keeps_the_first),
        "a_graver_signal_raises_the_urgency",
    ),
    "lowered-by-anybody": Fault(
        "anybody may lower the urgency of a crisis that nobody has",
        Decisions(lowered=lambda _before, wanted, _refusal: wanted),
        "an_urgency_is_lowered_only_by_its_owner",
    ),
    "shift-ends-with-crisis": Fault(
        "a shift ends while it owns an open crisis",
        Decisions(why_not_end_shift=_nothing),
        "nobody_ends_a_shift_with_an_open_crisis",
    ),
    "settled-without-next-contact": Fault(
        "a crisis settles and nobody is to speak with the client next",
        Decisions(why_not_settle=_nothing),
        "the_next_contact_is_made_or_somebody_is_sought",
    ),
    "closed-without-landing": Fault(
        "a crisis closes with anything undone",
        Decisions(why_not_close=_nothing),
        "no_crisis_closes_with_its_landing_undone",
    ),
    "waiver-without-ground": Fault(
        "the next contact is left out on no ground",
        Decisions(why_not_close=_asks_for_no_ground),
        "no_waiver_without_a_ground",
    ),
    "judged-without-crisis": Fault(
        "a worrying answer is marked judged and opens nothing",
        Decisions(needs_a_crisis=_no),
        "every_worry_has_a_crisis",
    ),
    "today-without-task": Fault(
        "an answer for today is marked judged and is nobody's",
        Decisions(needs_a_task=_no),
        "what_needs_somebody_today_is_somebodys",
    ),
    "unreadable-for-ever": Fault(
        "an answer that cannot be read is tried again for ever", Decisions(give_up=_no), "received_is_judged"
    ),
    "unfinished-screen-ignored": Fault(
        "a suicide screen that is left after a worrying answer is nothing",
        Decisions(unfinished=_nothing),
        "unfinished_screen_is_noticed",
    ),
    "task-never-escalates": Fault(
        "a task whose time is up stays as it is", Decisions(escalates=_no), "tasks_are_looked_at"
    ),
    "evening-counted-from-midnight": Fault(
        "the evening is reckoned in hours since midnight, in the night in which the clocks change too",
        Decisions(same_day_due=_counts_hours_from_midnight),
        "a_task_of_today_is_due_today",
    ),
    "summer-time-kept": Fault(
        "the clients' clocks go back and ours for them do not",
        Decisions(look_next=_keeps_summer_time),
        "reminders_come_every_day",
    ),
    "silence-not-noticed": Fault(
        "a client who says nothing for days is not noticed",
        Decisions(silence_due=_none_due),
        "who_goes_quiet_is_noticed",
    ),
}
