"""The course of a crisis, purely: checklist, clocks, and every sentence that refuses. No database."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from holdfast.content.load import protocol, protocol_names
from holdfast.content.shapes import Urgency
from holdfast.crisis.course import (
    ACT_WORDS,
    Asked,
    Choice,
    Ending,
    Given,
    cannot_reach,
    cannot_reach_due,
    checklist,
    current,
    why_not_accept,
    why_not_answer,
    why_not_ask,
    why_not_change_protocol,
    why_not_choose,
    why_not_end_shift,
    why_not_formulate,
    why_not_leave,
)
from holdfast.crisis.rules import HAS_OWNER, Result, State

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BOOK = protocol("i-need-help-now", 1)
STEPS = {step.id: step for step in BOOK.steps}


def given(step: str, minutes: int = 0, ending: Ending = Ending.DONE) -> Given:
    return Given(step, ending, "Cal", "", NOW + minutes * MINUTE)


def test_nothing_has_a_clock_before_somebody_has_it() -> None:
    lines = checklist(BOOK, [], None)
    assert [line.stands for line in lines] == ["now", "todo", "todo", "todo", "todo"]
    assert current(lines).due_at is None


def test_the_first_step_is_now_with_the_clock_of_its_limit() -> None:
    assert current(checklist(BOOK, [], NOW)).due_at == NOW + 5 * MINUTE


def test_the_next_step_runs_from_the_latest_answer() -> None:
    line = current(checklist(BOOK, [given("reach", 3)], NOW))
    assert (line.step.id, line.due_at) == ("place", NOW + 8 * MINUTE)


def test_a_step_left_out_is_shown_as_left_out_and_is_not_now() -> None:
    lines = checklist(BOOK, [given("reach"), given("place", 1, Ending.LEFT_OUT)], NOW)
    assert [line.stands for line in lines] == ["done", "left_out", "now", "todo", "todo"]


def test_steps_done_out_of_order_leave_the_first_open_one_now() -> None:
    assert current(checklist(BOOK, [given("sort", 2)], NOW)).step.id == "reach"


def test_all_done_has_no_step_that_is_now() -> None:
    assert current(checklist(BOOK, [given(step) for step in STEPS], NOW)) is None


@pytest.mark.parametrize("name", protocol_names())
def test_every_protocol_leads_from_reaching_to_settling(name: str) -> None:
    acts = [step.act for step in protocol(name).steps if step.act]
    assert acts[0] == "reach"
    assert "settle" in acts
    assert set(acts) <= set(ACT_WORDS)


@pytest.mark.parametrize(
    ("state", "step", "ending", "words", "may", "says"),
    [
        (State.RAISED, "place", Ending.DONE, "", True, "Nobody has this yet"),
        (State.CLOSED, "place", Ending.DONE, "", True, "is closed"),
        (State.OWNED, "place", Ending.DONE, "", False, "Only the person who has this"),
        (State.OWNED, "none", Ending.DONE, "", True, "no such step"),
        (State.OWNED, "place", Ending.LEFT_OUT, "  ", True, "Say why this step is left out"),
        (State.OWNED, "reach", Ending.DONE, "", True, "done by logging a try"),
        (State.REACHED, "settle", Ending.DONE, "", True, "done by settling"),
    ],
)
def test_why_not_answer(state: State, step: str, ending: Ending, words: str, may: bool, says: str) -> None:
    assert says in (why_not_answer(state, STEPS.get(step), ending, words, may) or "")


@pytest.mark.parametrize("state", sorted(HAS_OWNER))
def test_a_step_is_answered_in_every_state_that_has_an_owner(state: State) -> None:
    assert why_not_answer(state, STEPS["place"], Ending.DONE, "", True) is None
    assert why_not_answer(state, STEPS["reach"], Ending.LEFT_OUT, "she texts", True) is None


@pytest.mark.parametrize(
    ("state", "same", "known", "reason", "may", "says"),
    [
        (State.RAISED, False, True, "x", True, "Nobody has this yet"),
        (State.CLOSED, False, True, "x", True, "is closed"),
        (State.OWNED, False, True, "x", False, "Only the person who has this"),
        (State.OWNED, False, False, "x", True, "no such protocol"),
        (State.OWNED, True, True, "x", True, "already"),
        (State.OWNED, False, True, " ", True, "Say why"),
    ],
)
def test_why_not_change_protocol(state: State, same: bool, known: bool, reason: str, may: bool, says: str) -> None:
    assert says in (why_not_change_protocol(state, same, known, reason, may) or "")


def test_another_protocol_may_fit_better() -> None:
    assert why_not_change_protocol(State.REACHED, False, True, "she has a plan", True) is None


@pytest.mark.parametrize(
    ("state", "results", "stands"),
    [
        (State.OWNED, [Result.NO_ANSWER], False),
        (State.OWNED, [Result.NO_ANSWER, Result.NO_ANSWER], True),
        (State.OWNED, [Result.NO_ANSWER, Result.WRONG_NUMBER], True),
        (State.OWNED, [Result.NO_ANSWER, Result.REFUSED], False),  # they picked up
        (State.REACHED, [Result.NO_ANSWER, Result.NO_ANSWER], False),
    ],
)
def test_two_failed_tries_are_cannot_reach(state: State, results: list[Result], stands: bool) -> None:
    assert cannot_reach(state, results, 2) is stands


@pytest.mark.parametrize(("state", "urgency"), list(product(State, (Urgency.EMERGENCY, Urgency.URGENT))))
def test_only_an_emergency_that_is_owned_becomes_cannot_reach_by_time(state: State, urgency: Urgency) -> None:
    due = cannot_reach_due(state, urgency, NOW, 10 * MINUTE)
    wanted = NOW + 10 * MINUTE if (state, urgency) == (State.OWNED, Urgency.EMERGENCY) else None
    assert due == wanted


def test_why_not_choose() -> None:
    assert "Choose what" in (why_not_choose(True, None, "") or "")
    assert "reached meanwhile" in (why_not_choose(False, Choice.TEXT, "") or "")
    assert "Say why" in (why_not_choose(True, Choice.WELFARE_CHECK, " ") or "")
    assert "Say why" in (why_not_choose(True, Choice.SUPPORTER, "") or "")
    assert why_not_choose(True, Choice.TEXT, "") is None
    assert why_not_choose(True, Choice.WELFARE_CHECK, "no answer since ten") is None


FREE = {"may": True, "to_self": False, "has": False, "waiting": False}


@pytest.mark.parametrize(
    ("state", "kind", "more", "says"),
    [
        (State.RAISED, Asked.HAND_OVER, {}, "Nobody has this yet"),
        (State.CLOSED, Asked.SECOND, {}, "is closed"),
        (State.OWNED, Asked.HAND_OVER, {"may": False}, "can hand it over"),
        (State.OWNED, Asked.SECOND, {"may": False}, "calls somebody in"),
        (State.OWNED, Asked.HAND_OVER, {"to_self": True}, "That is you"),
        (State.OWNED, Asked.SECOND, {"has": True}, "in this already"),
        (State.OWNED, Asked.HAND_OVER, {"waiting": True}, "been asked already"),
    ],
)
def test_why_not_ask(state: State, kind: Asked, more: dict[str, bool], says: str) -> None:
    assert says in (why_not_ask(state, kind, **{**FREE, **more}) or "")


@pytest.mark.parametrize(("state", "kind"), list(product(sorted(HAS_OWNER), Asked)))
def test_a_colleague_may_be_asked_while_somebody_has_it(state: State, kind: Asked) -> None:
    assert why_not_ask(state, kind, **FREE) is None


def test_why_not_accept() -> None:
    yes = {"open_": True, "for_me": True, "still_theirs": True}
    assert "somebody else" in (why_not_accept(State.OWNED, **{**yes, "for_me": False}) or "")
    assert "not asked any more" in (why_not_accept(State.OWNED, **{**yes, "open_": False}) or "")
    assert "not theirs" in (why_not_accept(State.OWNED, **{**yes, "still_theirs": False}) or "")
    assert "not theirs" in (why_not_accept(State.RAISED, **yes) or "")
    assert why_not_accept(State.SETTLED, **yes) is None


def test_why_not_end_shift() -> None:
    assert "not on duty" in (why_not_end_shift(0, False) or "")
    assert "cannot end while you have an open crisis" in (why_not_end_shift(1, True) or "")
    assert why_not_end_shift(0, True) is None


def test_why_not_formulate() -> None:
    assert "Nobody has this" in (why_not_formulate(State.RAISED, "low", "a", "b", True) or "")
    assert "is closed" in (why_not_formulate(State.CLOSED, "low", "a", "b", True) or "")
    assert "Only the person" in (why_not_formulate(State.OWNED, "low", "a", "b", False) or "")
    assert "your judgement" in (why_not_formulate(State.REACHED, None, "a", "b", True) or "")
    assert "your judgement" in (why_not_formulate(State.REACHED, "severe", "a", "b", True) or "")
    assert "Say why" in (why_not_formulate(State.REACHED, "low", " ", "b", True) or "")
    assert "what follows" in (why_not_formulate(State.REACHED, "low", "a", " ", True) or "")
    assert why_not_formulate(State.REACHED, "imminent", "a", "b", True) is None


def test_why_not_leave() -> None:
    def say(state: State | None, **so: bool) -> str:
        return why_not_leave(state, **{"owner": True, "mine": True, "named": True, **so}) or ""

    assert "nobody has" in say(State.RAISED, owner=False)
    assert "name who takes it" in say(State.OWNED, named=False)
    assert "Only the person who has" in say(State.OWNED, mine=False)
    assert say(State.REACHED) == say(None) == say(State.CLOSED) == ""


def test_what_is_done_of_later_steps_does_not_start_the_clock_of_an_earlier_one_again() -> None:
    line = current(checklist(BOOK, [given("reach", 3), given("settle", 9)], NOW))
    assert (line.step.id, line.since, line.due_at) == ("place", NOW + 3 * MINUTE, NOW + 8 * MINUTE)
