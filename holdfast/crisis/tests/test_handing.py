"""Handing over by name and calling in a second person: it stays with its owner until the other says yes."""

import threading
from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection, transaction

from holdfast.assessment import actions as assessment
from holdfast.crisis import actions, clocks, guide, handing, landing
from holdfast.crisis.course import Asked, Timer
from holdfast.crisis.models import Ask, Clock, Entry, Move, Try
from holdfast.crisis.rules import NotAllowed, Result, State
from holdfast.crisis.story import story
from holdfast.crisis.tests.course import (
    MINUTE,
    fresh,
    kinds,
    reached_by_cal,
    rings,
    settle,
    settled_by_cal,
    taken_by_cal,
    told,
)
from holdfast.ledger.scope import program_scope
from holdfast.notify.models import Attempt
from holdfast.oncall import actions as oncall
from holdfast.oncall.models import Page, Paging
from holdfast.oncall.rules import Answer
from holdfast.people.tests.cast import Cast, make_cast


def test_it_stays_with_its_owner_until_the_other_says_yes(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    asked = handing.ask(episode.id, cast.cal, Asked.HAND_OVER, cast.priya, "my shift ends", cast.now + MINUTE)
    assert "asked_over" in told(cast.priya)
    assert fresh(episode).owner_id == cast.cal.id
    assert actions.look(episode.id, cast.now + 11 * MINUTE)  # the clock of the owner goes on
    assert fresh(episode).state == State.RAISED
    with pytest.raises(NotAllowed, match="not asked any more"):
        handing.accept(asked.uid, cast.priya, cast.now + 12 * MINUTE)


@pytest.mark.parametrize("kind", list(Asked))
def test_nobody_asks_whoever_does_not_work_with_clients(cast: Cast, kind: Asked) -> None:
    episode = taken_by_cal(cast)
    with pytest.raises(NotAllowed, match="do not work with clients"):
        handing.ask(episode.id, cast.cal, kind, cast.adam, "", cast.now + MINUTE)
    assert not Ask.objects.filter(episode=episode).exists()


@pytest.mark.parametrize("begin", [taken_by_cal, reached_by_cal, settled_by_cal])
def test_saying_yes_makes_them_the_owner_with_clocks_of_their_own(cast: Cast, begin) -> None:
    episode = begin(cast)
    state, at = episode.state, cast.now + 10 * MINUTE - MINUTE / 2
    asked = handing.ask(episode.id, cast.cal, Asked.HAND_OVER, cast.priya, "", at)
    handing.accept(asked.uid, cast.priya, at)
    handing.accept(asked.uid, cast.priya, at)  # pressed twice
    found = fresh(episode)
    assert (found.state, found.owner, found.owned_at) == (state, cast.priya, at)
    assert "said_yes" in told(cast.cal)
    move = Move.objects.get(move="hand_over")
    assert (move.by, move.why) == (cast.priya, "from Cal Reyes")
    running = set(Clock.objects.filter(due_at__isnull=False).values_list("timer", flat=True))
    assert ("first_try" in running) == (state == State.OWNED)


def test_only_whom_it_was_asked_of_can_say_yes(cast: Cast) -> None:
    asked = handing.ask(taken_by_cal(cast).id, cast.cal, Asked.HAND_OVER, cast.priya, "", cast.now)
    for other in (cast.dia, cast.bea, cast.cal):
        with pytest.raises(NotAllowed, match="somebody else"):
            handing.accept(asked.uid, other, cast.now)


def test_who_cannot_says_so_and_it_stays(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    asked = handing.ask(episode.id, cast.cal, Asked.HAND_OVER, cast.priya, "", cast.now)
    handing.decline(asked.uid, cast.priya, cast.now + MINUTE)
    assert "said_no" in told(cast.cal)
    assert fresh(episode).owner_id == cast.cal.id
    again = handing.ask(episode.id, cast.cal, Asked.HAND_OVER, cast.dia, "", cast.now + 2 * MINUTE)
    handing.accept(again.uid, cast.dia, cast.now + 3 * MINUTE)
    assert fresh(episode).owner_id == cast.dia.id


def test_it_can_be_withdrawn_until_it_is_accepted(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    asked = handing.ask(episode.id, cast.cal, Asked.HAND_OVER, cast.priya, "", cast.now)
    with pytest.raises(NotAllowed, match="Only the person who asked"):
        handing.withdraw(asked.uid, cast.dia, cast.now)
    handing.withdraw(asked.uid, cast.cal, cast.now)
    assert "withdrawn" in told(cast.priya)
    with pytest.raises(NotAllowed, match="not asked any more"):
        handing.accept(asked.uid, cast.priya, cast.now)
    again = handing.ask(episode.id, cast.cal, Asked.HAND_OVER, cast.priya, "", cast.now)
    handing.accept(again.uid, cast.priya, cast.now)
    with pytest.raises(NotAllowed, match="said yes already"):
        handing.withdraw(again.uid, cast.cal, cast.now)


def test_one_person_at_a_time_is_asked_to_take_over(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    first = handing.ask(episode.id, cast.cal, Asked.HAND_OVER, cast.priya, "", cast.now)
    assert handing.ask(episode.id, cast.cal, Asked.HAND_OVER, cast.priya, "", cast.now) == first
    with pytest.raises(NotAllowed, match="been asked already"):
        handing.ask(episode.id, cast.cal, Asked.HAND_OVER, cast.dia, "", cast.now)
    with pytest.raises(NotAllowed, match="Only the person who has this"):
        handing.ask(episode.id, cast.dia, Asked.HAND_OVER, cast.bea, "", cast.now)


def test_no_answer_in_three_minutes_is_told(cast: Cast) -> None:
    handing.ask(taken_by_cal(cast).id, cast.cal, Asked.HAND_OVER, cast.priya, "", cast.now)
    assert rings(cast.now + 2 * MINUTE) == []
    assert rings(cast.now + 3 * MINUTE) == ["ask"]
    assert "no_answer_yet" in told(cast.cal)
    assert Ask.objects.get().answer == ""  # still asked


def test_a_settled_crisis_that_comes_back_is_not_handed_over_any_more(cast: Cast) -> None:
    episode = settled_by_cal(cast)
    asked = handing.ask(episode.id, cast.cal, Asked.HAND_OVER, cast.bea, "", cast.now + 10 * MINUTE)
    assessment.ask_for_help(cast.ana, "session", cast.now + 11 * MINUTE)
    asked.refresh_from_db()
    assert asked.answer == "over"


def test_a_second_person_by_name_is_called_in_when_they_say_yes(cast: Cast) -> None:
    episode = reached_by_cal(cast)
    asked = handing.ask(episode.id, cast.cal, Asked.SECOND, cast.priya, "I stay on the line", cast.now + MINUTE)
    assert "asked_second" in told(cast.priya)
    handing.accept(asked.uid, cast.priya, cast.now + 2 * MINUTE)
    assert fresh(episode).owner_id == cast.cal.id
    with pytest.raises(NotAllowed, match="in this already"):
        handing.ask(episode.id, cast.cal, Asked.SECOND, cast.priya, "", cast.now + 3 * MINUTE)


def test_a_second_person_through_paging_is_not_the_owner_and_stays_asked_when_the_client_is_reached(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    handing.ask(episode.id, cast.cal, Asked.SECOND, None, "I stay on the line", cast.now)
    pages = Page.objects.filter(paging__what="second", answer=None).select_related("staff")
    assert {page.staff.first_name for page in pages} == {"Priya"}
    actions.log_try(episode.id, cast.cal, Result.REACHED, "phone", "", None, cast.now + MINUTE)
    assert Paging.objects.filter(what="second", stopped_at=None).exists()


def test_the_second_to_say_yes_to_a_call_for_help_is_told_it_is_over(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    handing.ask(episode.id, cast.cal, Asked.SECOND, None, "", cast.now)
    paging = Paging.objects.get(what="second")
    oncall.take_turn(paging.id, paging.look_again_at)
    for page in Page.objects.filter(paging=paging, answer=None).order_by("turn", "id"):
        oncall.answer(page.id, Answer.HAVE, "sms", cast.now + 3 * MINUTE)
    assert Ask.objects.filter(answer="accepted").count() == 1
    assert "over" in told(cast.dia)


def test_nobody_is_asked_any_more_when_it_goes_back_or_closes(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    handing.ask(episode.id, cast.cal, Asked.SECOND, None, "", cast.now)
    handing.ask(episode.id, cast.cal, Asked.HAND_OVER, cast.dia, "", cast.now)
    actions.give_back(episode.id, cast.cal, "my line is dead", cast.now + MINUTE)
    assert set(Ask.objects.values_list("answer", flat=True)) == {"over"}
    assert list(Paging.objects.filter(stopped_at=None).values_list("what", flat=True)) == ["crisis"]


def test_the_second_to_answer_a_page_stands_on_the_timeline_once(cast: Cast) -> None:
    cast.night_shift()
    assessment.ask_for_help(cast.ana, "session", cast.now)
    paging = Paging.objects.get()
    oncall.take_turn(paging.id, paging.look_again_at)
    pages = list(Page.objects.order_by("turn"))
    for page in (*pages, pages[-1]):
        oncall.answer(page.id, Answer.HAVE, "sms", cast.now + 3 * MINUTE)
    entry = Entry.objects.get()
    assert (entry.kind, entry.by, entry.what) == ("second_answer", cast.priya, "sms")
    assert kinds(entry.episode) == ["second_answer"]


@pytest.mark.role("web")
@pytest.mark.parametrize(("other", "phones"), [("withdraw", "4"), ("give_back", "5"), ("close", "6")])
def test_two_acts_at_once_are_settled_by_the_lock(transactional_db: None, other: str, phones: str) -> None:
    """Priya says yes in the very moment in which Cal does something else: one of the two is refused, in words."""
    with transaction.atomic():
        cast = make_cast(f"lock-{other.replace('_', '-')}", phones=phones)
        episode = settled_by_cal(cast) if other == "close" else reached_by_cal(cast)
        if other == "close":
            actions.log_try(episode.id, cast.cal, Result.REACHED, "phone", "", None, cast.now + 13 * 60 * MINUTE)
        asked = handing.ask(episode.id, cast.cal, Asked.HAND_OVER, cast.priya, "", cast.now + 10 * MINUTE)
    both, came = threading.Barrier(2), {}

    def act(name: str, deed: Callable[[datetime], object]) -> None:
        try:
            with program_scope(cast.program.id) as now:
                both.wait(10)
                deed(now)
            came[name] = "done"
        except Exception as error:
            came[name] = type(error).__name__
        finally:
            connection.close()

    others = {
        "withdraw": lambda now: handing.withdraw(asked.uid, cast.cal, now),
        "give_back": lambda now: actions.give_back(episode.id, cast.cal, "my line is dead", now),
        "close": lambda now: landing.close(
            episode.id, cast.cal, risk_level="low", plan_reviewed=True, waivers={}, now=now
        ),
    }
    acts = [
        threading.Thread(target=act, args=("accept", lambda now: handing.accept(asked.uid, cast.priya, now))),
        threading.Thread(target=act, args=("other", others[other])),
    ]
    for one in acts:
        one.start()
    for one in acts:
        one.join(20)
    with program_scope(cast.program.id):
        found = fresh(episode)
        accepted = Ask.objects.get(id=asked.id).answer == "accepted"
        assert came in ({"accept": "done", "other": "NotAllowed"}, {"accept": "NotAllowed", "other": "done"})
        assert accepted == (came["accept"] == "done")
        assert (found.owner_id == cast.priya.id) == accepted


def silences(cast: Cast) -> int:
    return Attempt.objects.filter(staff=cast.cal, words="no_answer_yet", channel="in_app").count()


def test_of_two_colleagues_asked_the_silence_of_both_is_told(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    handing.ask(episode.id, cast.cal, Asked.HAND_OVER, cast.dia, "", cast.now)
    handing.ask(episode.id, cast.cal, Asked.SECOND, cast.priya, "", cast.now + MINUTE)
    assert rings(cast.now + 3 * MINUTE) == ["ask"]
    assert silences(cast) == 1
    assert "ask" in rings(cast.now + 4 * MINUTE)
    assert silences(cast) == 2
    assert "ask" not in rings(cast.now + 5 * MINUTE)


def test_when_one_of_two_answers_the_silence_of_the_other_is_still_told(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    first = handing.ask(episode.id, cast.cal, Asked.SECOND, cast.dia, "", cast.now)
    handing.ask(episode.id, cast.cal, Asked.SECOND, cast.priya, "", cast.now + MINUTE)
    handing.decline(first.uid, cast.dia, cast.now + 2 * MINUTE)
    assert "ask" not in rings(cast.now + 3 * MINUTE)
    assert "ask" in rings(cast.now + 4 * MINUTE)
    assert silences(cast) == 1


def test_once_it_is_settled_nobody_is_sought_as_a_second_person(cast: Cast) -> None:
    episode = reached_by_cal(cast)
    handing.ask(episode.id, cast.cal, Asked.SECOND, None, "", cast.now + MINUTE)
    settle(cast, episode)
    assert Ask.objects.get().answer == "over"
    assert not Paging.objects.filter(what="second", stopped_at=None).exists()


def test_an_offer_to_take_over_stands_when_it_is_settled(cast: Cast) -> None:
    episode = reached_by_cal(cast)
    asked = handing.ask(episode.id, cast.cal, Asked.HAND_OVER, cast.priya, "", cast.now + MINUTE)
    settle(cast, episode)
    assert handing.accept(asked.uid, cast.priya, cast.now + 10 * MINUTE).owner_id == cast.priya.id


def helped_by_priya(cast: Cast):
    episode = taken_by_cal(cast)
    asked = handing.ask(episode.id, cast.cal, Asked.SECOND, cast.priya, "", cast.now)
    handing.accept(asked.uid, cast.priya, cast.now + MINUTE)
    return episode


def test_a_helper_of_an_earlier_owner_may_be_asked_again(cast: Cast) -> None:
    episode = helped_by_priya(cast)
    actions.give_back(episode.id, cast.cal, "my line is dead", cast.now + 2 * MINUTE)
    actions.take(episode.id, cast.dia, "board", cast.now + 3 * MINUTE)
    assert not guide.is_in_it(fresh(episode), cast.priya)
    assert page_of(cast, episode).helpers == ()
    handing.ask(episode.id, cast.dia, Asked.SECOND, None, "", cast.now + 4 * MINUTE)
    paging = Paging.objects.get(what="second", stopped_at=None)
    oncall.take_turn(paging.id, paging.look_again_at)
    assert Page.objects.get(paging=paging, staff=cast.priya).answer is None
    again = handing.ask(episode.id, cast.dia, Asked.SECOND, cast.priya, "", cast.now + 4 * MINUTE)
    assert again.answer == ""


def test_handing_over_keeps_the_helpers(cast: Cast) -> None:
    episode = helped_by_priya(cast)
    asked = handing.ask(episode.id, cast.cal, Asked.HAND_OVER, cast.dia, "", cast.now + 2 * MINUTE)
    handing.accept(asked.uid, cast.dia, cast.now + 3 * MINUTE)
    assert guide.is_in_it(fresh(episode), cast.priya)
    assert [s.first_name for s in page_of(cast, episode).helpers] == ["Priya"]


def page_of(cast: Cast, episode):
    found = fresh(episode)
    return story(found, Try.objects.filter(episode=found), Move.objects.filter(episode=found))


def test_the_clock_of_a_late_step_does_not_ring_for_whom_it_was_handed_to(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    clocks.start(episode, Timer.GIVE_BACK, cast.now + 10 * MINUTE, cast.now, "reach")
    asked = handing.ask(episode.id, cast.cal, Asked.HAND_OVER, cast.priya, "", cast.now + 9 * MINUTE)
    handing.accept(asked.uid, cast.priya, cast.now + 9 * MINUTE)
    assert clocks.runs(episode.id, Timer.GIVE_BACK) is None
    rings(cast.now + 10 * MINUTE)
    assert fresh(episode).owner_id == cast.priya.id
