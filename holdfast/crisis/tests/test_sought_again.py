"""What a second signal, a second press and a giving back lead to. Guards H-: a wish for help that is put off."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from holdfast.assessment import actions as assessment
from holdfast.assessment.facts import RiskFound
from holdfast.assessment.models import Answer as AnswerRow
from holdfast.assessment.models import RiskFinding
from holdfast.crisis import actions, landing
from holdfast.crisis.models import Episode, Move, Signal
from holdfast.crisis.rules import Disposition, Result, State
from holdfast.ledger import clock
from holdfast.ledger.promises import violators
from holdfast.ledger.scope import enter, program_scope
from holdfast.notify.models import Attempt
from holdfast.oncall import actions as oncall
from holdfast.oncall.models import Page, Paging
from holdfast.oncall.promises import PROMISES as ONCALL_PROMISES
from holdfast.oncall.rules import Answer, Level
from holdfast.people.tests.cast import Cast, make_cast

MINUTE = timedelta(minutes=1)


@pytest.fixture
def held(cast: Cast) -> Episode:
    """Cal holds Ana's crisis and has looked at it; Priya stands behind him."""
    cast.night_shift()
    assessment.ask_for_help(cast.ana, "session", cast.now)
    episode = Episode.objects.get(client=cast.ana)
    return actions.take(episode.id, cast.cal, "web", cast.now)


def due(function: str) -> list[int]:
    """What a sweep would find."""
    with connection.cursor() as cursor:
        cursor.execute(f"select id from {function}(10)")
        return [row[0] for row in cursor.fetchall()]


def asked() -> set[str]:
    return {page.staff.first_name for page in Page.objects.select_related("staff") if page.answer is None}


def test_a_client_who_presses_again_and_again_never_puts_off_the_owners_clock(cast: Cast, held: Episode) -> None:
    first = cast.now + MINUTE
    for seconds in (0, 50, 100, 115):
        assessment.ask_for_help(cast.ana, "session", first + timedelta(seconds=seconds))
    assert not actions.look(held.id, first + timedelta(seconds=119))
    assert actions.look(held.id, first + 2 * MINUTE)
    held.refresh_from_db()
    assert held.state == State.RAISED


def test_a_signal_after_the_owner_looked_starts_a_clock_of_its_own(cast: Cast, held: Episode) -> None:
    assessment.ask_for_help(cast.ana, "session", cast.now + MINUTE)
    actions.opened(Episode.objects.get(), cast.cal, cast.now + 2 * MINUTE)
    assessment.ask_for_help(cast.ana, "session", cast.now + 3 * MINUTE)
    held.refresh_from_db()
    assert held.look_again_at == cast.now + 5 * MINUTE


def test_whoever_gives_it_back_is_not_rung_first_and_the_next_is_asked_at_once(cast: Cast, held: Episode) -> None:
    actions.give_back(held.id, cast.cal, "my own child is ill", cast.now + MINUTE)
    newest = Page.objects.filter(paging__stopped_at=None)
    assert {p.staff.first_name: p.answer for p in newest.select_related("staff")} == {"Cal": "cannot", "Priya": None}


def test_an_owner_who_fell_silent_is_not_asked_alone(cast: Cast, held: Episode) -> None:
    assert actions.look(held.id, cast.now + 10 * MINUTE)
    newest = Page.objects.filter(paging__stopped_at=None, answer=None)
    assert {p.staff.first_name for p in newest.select_related("staff")} == {"Cal", "Priya"}


def test_a_silent_owner_who_is_the_only_one_on_duty_is_still_asked(cast: Cast) -> None:
    cast.on_shift((cast.cal, Level.FIRST))
    assessment.ask_for_help(cast.ana, "session", cast.now)
    episode = actions.take(Episode.objects.get().id, cast.cal, "sms", cast.now)
    assert actions.look(episode.id, cast.now + 5 * MINUTE)
    assert "Cal" in asked()


@pytest.mark.role("web")
def test_two_presses_at_the_same_moment_are_one_crisis_and_neither_is_refused(transactional_db: None) -> None:
    """Each has written a row that points at the client before either locks the client."""
    with transaction.atomic():
        cast = make_cast("twice", phones="7")
    wrong: list[str] = []
    both = threading.Barrier(2)

    def press() -> None:
        try:
            with program_scope(cast.program.id) as now:
                assessment.HelpCall.objects.create(program_id=cast.program.id, client=cast.ana, via="device", at=now)
                both.wait(10)
                assessment.ask_for_help(cast.ana, "device", now)
        except Exception as error:
            wrong.append(type(error).__name__)
        finally:
            connection.close()

    presses = [threading.Thread(target=press) for _ in range(2)]
    for one in presses:
        one.start()
    for one in presses:
        one.join(20)
    with program_scope(cast.program.id):
        assert (wrong, Episode.objects.count(), Signal.objects.count()) == ([], 1, 2)


def test_the_only_one_on_duty_cannot_so_everyone_else_is_asked_at_once(cast: Cast) -> None:
    cast.on_shift((cast.cal, Level.FIRST))
    assessment.ask_for_help(cast.ana, "session", cast.now)
    for name in ("Cal", "Dia"):
        page = Page.objects.filter(staff__name__startswith=name, answer=None).first()
        if page:
            oncall.answer(page.id, Answer.CANNOT, "voice", cast.now + MINUTE)
    assert asked() == {"Bea", "Priya", "Adam"}
    assert Paging.objects.get().no_cover_since == cast.now + MINUTE


def test_a_no_to_no_cover_does_not_ring_the_others_again_at_once(cast: Cast) -> None:
    assessment.ask_for_help(cast.ana, "session", cast.now)
    before = Paging.objects.get().turn
    oncall.answer(Page.objects.filter(staff=cast.cal).get().id, Answer.CANNOT, "voice", cast.now + MINUTE)
    assert Paging.objects.get().turn == before


def test_thousands_of_open_pages_never_hang_the_next() -> None:
    """A flood of calls from strangers must not stop the paging of anybody else."""
    assert oncall._free_code(["4711", "4712"], {"4711"}) == "4712"
    assert oncall._free_code(["4711"], {"4711"}) == "4711"


def test_a_policy_that_cannot_be_read_asks_by_the_default(cast: Cast) -> None:
    cast.night_shift()
    assessment.ask_for_help(cast.ana, "session", cast.now)
    paging = Paging.objects.get()
    for broken in (
        {},
        {"steps": ["first", "first"], "wait_s": 120},
        {"steps": None, "wait_s": 120},
        {"steps": [{}], "wait_s": "x"},
        {"steps": [], "wait_s": 1e300},
    ):
        Paging.objects.update(policy=broken, look_again_at=cast.now)
        assert oncall.take_turn(paging.id, cast.now + MINUTE)


def test_a_next_contact_that_was_made_is_not_called_missed(cast: Cast, held: Episode) -> None:
    tomorrow = cast.now + timedelta(days=1)
    actions.log_try(held.id, cast.cal, Result.REACHED, "phone", "", None, cast.now + MINUTE)
    landing.settle(
        held.id,
        cast.cal,
        disposition=Disposition.SAFE_WITH_PLAN,
        next_contact_at=tomorrow,
        next_contact_by=cast.cal.id,
        words="",
        now=cast.now + 2 * MINUTE,
    )
    actions.log_try(held.id, cast.cal, Result.REACHED, "phone", "", None, tomorrow - 5 * MINUTE)
    assert not actions.look(held.id, tomorrow)
    assert actions.look(held.id, tomorrow + 55 * MINUTE)
    held.refresh_from_db()
    assert held.state == State.RAISED
    last = Move.objects.filter(episode=held).latest("number")
    assert last.why == "the next contact was made, but nobody closed this"


def test_each_answer_that_cannot_be_read_is_a_signal_of_its_own(cast: Cast, held: Episode) -> None:
    """The owner who read the first one is told of the next, and a crisis that was closed is raised again."""
    response = assessment.start_response(cast.program.id, cast.ana.id, "check-in", cast.now)
    for minute, item in enumerate(("1", "6")):
        at = cast.now + (1 + minute) * MINUTE
        AnswerRow.objects.create(program=cast.program, response=response, item=item, value=2, at=at)
        assert assessment.could_not_judge(response.id, at + MINUTE)
        actions.opened(held, cast.cal, at + MINUTE)
    moves = Move.objects.filter(episode=held, move="new_signal").count()
    assert moves == 3  # the call for help, and one each
    assert Attempt.objects.filter(words="new_signal", channel="in_app", staff=cast.cal).count() == 2


@pytest.mark.role("worker")
def test_a_clock_that_was_set_back_stops_no_paging(cast: Cast) -> None:
    cast.night_shift()
    assessment.ask_for_help(cast.ana, "session", cast.now)
    paging = Paging.objects.get()
    promise = next(p for p in ONCALL_PROMISES if p.name == "someone_is_always_sought")
    clock.move(timedelta(hours=-1))
    assert violators(promise).rows == ((cast.program.id, paging.id),)
    assert due("holdfast_due_pagings") == [paging.id]
    assert oncall.take_turn(paging.id, enter(cast.program.id))
    assert violators(promise).holds
    assert not oncall.take_turn(paging.id, enter(cast.program.id))
    assert Paging.objects.get().turn == 2


@pytest.mark.role("worker")
def test_a_paging_with_a_long_wait_is_not_taken_for_one_of_a_set_back_clock(cast: Cast) -> None:
    cast.night_shift()
    oncall.start_paging(
        cast.program.id,
        "task",
        1,
        urgency="same_day",
        state="AZ",
        client_id=None,
        now=cast.now,
        wait=timedelta(hours=1),
    )
    assert not oncall.take_turn(Paging.objects.get().id, cast.now)
    assert not due("holdfast_due_pagings")


@pytest.mark.parametrize("name", ["", "a-guide-that-is-gone"])
def test_a_worry_does_not_wait_for_a_protocol_that_cannot_be_read(cast: Cast, name: str) -> None:
    cast.night_shift()
    finding = RiskFinding.objects.create(
        program=cast.program, client=cast.ana, rule="r", rule_version="1", urgency="urgent", protocol=name, at=cast.now
    )
    fact = RiskFound(
        program=cast.program.id,
        client=cast.ana.id,
        concern=None,
        at_once=(finding.id,),
        in_time=(),
        urgency="urgent",
        protocol=name or "i-need-help-now",
    )
    actions.raise_or_join(fact, cast.now)
    assert Episode.objects.get().protocol == (name or "i-need-help-now")
    assert asked() == {"Cal"}
