"""The simulation keeps every promise, is the same again, and finds what is planted in it. No database."""

import json
import os
import subprocess
import sys
from dataclasses import fields
from datetime import timedelta

import pytest

from holdfast.crisis import rules as crisis
from holdfast.ledger.promises import Promise
from holdfast.measures.simulation.decisions import Decisions
from holdfast.measures.simulation.faults import FAULTS
from holdfast.measures.simulation.promises import MOST_BROKEN, PROMISES, Enough, Keeper
from holdfast.measures.simulation.run import Report, simulate
from holdfast.measures.simulation.states import Client, Crisis
from holdfast.measures.simulation.world import START, Figures, World, waits
from holdfast.people.rules import Standing, zone
from holdfast.wiring import PROMISES as WATCHED

# What is planted, and the promise that must be named. The issue asks for ten.
PLANTED = {
    "empty-step-asked": "every_turn_asks_somebody",
    "rounds-without-pause": "nobody_is_rung_again_within_two_minutes",
    "paging-ends-with-last-step": "someone_is_always_sought",
    "all-rung-again-by-i-cannot": "nobody_is_rung_again_within_two_minutes",
    "turn-never-due": "someone_is_always_sought",
    "busy-asked-alone": "an_emergency_does_not_wait_for_who_holds_one",
    "no-cover-asks-few": "without_cover_everybody_is_asked",
    "licence-ignored": "who_is_asked_may_treat_there",
    "i-cannot-ignored": "i_cannot_moves_on_at_once",
    "sent-after-answer": "no_send_begins_after_an_answer",
    "two-owners": "one_owner",
    "silence-of-owner-ignored": "owned_is_not_silent",
    "graver-signal-ignored": "a_graver_signal_raises_the_urgency",
    "lowered-by-anybody": "an_urgency_is_lowered_only_by_its_owner",
    "shift-ends-with-crisis": "nobody_ends_a_shift_with_an_open_crisis",
    "settled-without-next-contact": "the_next_contact_is_made_or_somebody_is_sought",
    "closed-without-landing": "no_crisis_closes_with_its_landing_undone",
    "waiver-without-ground": "no_waiver_without_a_ground",
    "judged-without-crisis": "every_worry_has_a_crisis",
    "today-without-task": "what_needs_somebody_today_is_somebodys",
    "unreadable-for-ever": "received_is_judged",
    "unfinished-screen-ignored": "unfinished_screen_is_noticed",
    "task-never-escalates": "tasks_are_looked_at",
    "evening-counted-from-midnight": "a_task_of_today_is_due_today",
    "summer-time-kept": "reminders_come_every_day",
    "silence-not-noticed": "who_goes_quiet_is_noticed",
}


@pytest.fixture(scope="module")
def whole() -> Report:
    return simulate(1000, 8, 1)


def test_nothing_that_is_promised_is_broken_in_eight_days_of_a_thousand_clients(whole: Report) -> None:
    assert whole.keeper.first == {}
    assert whole.holds
    assert whole.given_up == 0


def test_in_these_days_everything_happens_that_the_promises_are_about(whole: Report) -> None:
    """A simulation in which nothing goes wrong proves nothing."""
    for what in (
        "answers that could not be read",
        "answers: I cannot",
        "answers: I have this, when somebody had it",
        "clients who could not be reached",
        "closing refused",
        "crises closed",
        "crises: emergency",
        "ends of shift refused",
        "first tries that were late",
        "given back by hand",
        "given back for silence",
        "handed over",
        "landings left out with a reason",
        "pauses that ended",
        "rounds without cover",
        "screens left unfinished",
        "sends that failed",
        "settling refused",
        "signals that joined a crisis",
        "silences noticed",
        "tasks that were late and became a crisis",
        "urgency lowered by its owner",
    ):
        assert whole.figures.counts[what] > 0, what


def test_the_clocks_go_back_in_one_of_its_nights() -> None:
    here = zone("America/Chicago")
    assert START.astimezone(here).utcoffset() != (START + timedelta(days=4)).astimezone(here).utcoffset()


@pytest.mark.parametrize(("fault", "promise"), PLANTED.items())
def test_a_planted_fault_is_found_and_its_promise_named(fault: str, promise: str) -> None:
    planted = FAULTS[fault]
    # It takes more people for what is rare.
    reports = (simulate(clients, 6, 1, decisions=planted.decisions) for clients in (200, 1000, 4000))
    report = next((found for found in reports if promise in found.keeper.broken), None)
    assert report is not None
    assert not report.holds
    assert report.keeper.broken[promise] > 0
    assert planted.breaks == promise
    assert report.keeper.first[promise].startswith("program ")


def test_every_fault_is_one_other_decision_and_each_is_listed_here() -> None:
    assert set(FAULTS) == set(PLANTED)
    sound = Decisions()
    for name, fault in FAULTS.items():
        differ = [f.name for f in fields(Decisions) if getattr(fault.decisions, f.name) != getattr(sound, f.name)]
        assert len(differ) == 1, name


def test_what_decides_is_the_product() -> None:
    """But for the few that an action or a query takes there, each decision is a function of a rules file."""
    own = "holdfast.measures.simulation.decisions"
    decides = [getattr(Decisions(), each.name) for each in fields(Decisions)]
    assert {each.__name__ for each in decides if each.__module__ == own} == {
        "needs_a_crisis",
        "needs_a_task",
        "take",
        "still_sought",
        "moves_on",
        "escalates",
        "lowered",
    }
    assert all(each.__module__.startswith("holdfast.") for each in decides)


def test_who_has_a_name_in_both_lists_is_the_same_promise() -> None:
    watched: dict[str, Promise] = {promise.name: promise for promise in WATCHED}
    both = [kept for each in PROMISES.values() for kept in each if kept.name in watched]
    assert len(both) >= 12
    assert all(kept.number == watched[kept.name].number for kept in both)


def test_the_clocks_of_a_crisis_are_read_as_the_product_reads_them() -> None:
    from holdfast.content.shapes import Urgency
    from holdfast.crisis.actions import waits as as_the_product_does

    for urgency in (Urgency.EMERGENCY, Urgency.URGENT):
        assert waits(urgency) == as_the_product_does(urgency)


def test_the_same_seed_gives_the_same_letter_by_letter_and_another_something_else() -> None:
    """Not even the order in which Python keeps words matters."""
    said = [_said("--seed", "4", hashing=hashing) for hashing in ("1", "2")]
    assert said[0] == said[1]
    assert said[0] != _said("--seed", "5", hashing="1")
    assert json.loads(said[0])["counts"]["crises"] > 0


def _said(*more: str, hashing: str) -> bytes:
    run = subprocess.run(
        [sys.executable, "-m", "holdfast.entry.cli", "simulate", "--clients", "300", "--days", "5", "--json", *more],
        env={**os.environ, "PYTHONHASHSEED": hashing},
        capture_output=True,
        check=True,
    )
    assert b"client-days a second" in run.stderr
    return run.stdout


def test_clients_of_other_programs_change_nothing_for_the_first() -> None:
    one, two = simulate(200, 3, 9), simulate(400, 3, 9)
    assert two.figures.answered_after[: len(one.figures.answered_after)] == one.figures.answered_after


def test_what_is_broken_again_and_again_ends_that_program_alone() -> None:
    report = simulate(400, 2, 1, decisions=FAULTS["turn-never-due"].decisions)
    assert report.given_up == 2
    assert any("not simulated to their end" in line for line in report.lines())


def test_the_keeper_stops_asking_when_nothing_new_is_learned() -> None:
    keeper = Keeper()
    ana = Client(1, "NY", "UTC", zone("UTC"), "en", "low", Standing.ACTIVE, START, 1, frozenset(), False, 1.0, 1.0)
    forgotten = Crisis(1, ana, crisis.Urgency.URGENT, START, START)
    for _ in range(MOST_BROKEN - 1):
        keeper.look(forgotten, START)
    with pytest.raises(Enough):
        keeper.look(forgotten, START)
    assert keeper.first["every_crisis_without_an_owner_is_being_paged"].endswith("nobody has it and no paging runs")


def test_a_move_that_the_table_does_not_know_is_refused_here_too() -> None:
    from holdfast.measures.simulation import holding

    world = World("x", Decisions(why_not_settle=lambda *_: None), Keeper(), Figures())
    ana = Client(1, "NY", "UTC", zone("UTC"), "en", "low", Standing.ACTIVE, START, 1, frozenset(), False, 1.0, 1.0)
    raised = Crisis(1, ana, crisis.Urgency.URGENT, START, START)
    assert not holding.settle(world, raised, crisis.Disposition.SAFE_WITH_PLAN, START + timedelta(hours=2))
    assert raised.state is crisis.State.RAISED


def test_a_fault_that_does_not_exist_is_refused_in_a_sentence() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "holdfast.entry.cli", "simulate", "--fault", "nonsense"],
        capture_output=True,
        check=False,
        text=True,
    )
    assert run.returncode == 2
    assert "there is no fault 'nonsense'" in run.stderr


def test_a_broken_promise_is_the_exit_status_and_stands_in_plain_words() -> None:
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "holdfast.entry.cli",
            "simulate",
            "--clients",
            "200",
            "--days",
            "3",
            "--fault",
            "two-owners",
        ],
        capture_output=True,
        check=False,
        text=True,
    )
    assert run.returncode == 1
    assert "one_owner (promise 3)" in run.stdout
