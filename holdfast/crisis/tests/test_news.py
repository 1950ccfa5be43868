"""What comes after the talk is talked about before it is settled, and questions asked aloud are a form of their own."""

from datetime import timedelta
from uuid import uuid4

import pytest

from holdfast.assessment import actions as assessment
from holdfast.assessment.models import Answer, Response, RiskFinding
from holdfast.crisis import actions, judging, landing
from holdfast.crisis.models import Episode, Signal
from holdfast.crisis.rules import Disposition, NotAllowed, Result, Said, State
from holdfast.crisis.tests.course import MINUTE, fresh, reached_by_cal, settle
from holdfast.crisis.voices import say
from holdfast.people.tests.cast import Cast

ASQ = {"1": "1", "5": "1"}


def settles(cast: Cast, episode: Episode, disposition: Disposition, minutes: int) -> Episode:
    return landing.settle(
        episode.id,
        cast.cal,
        disposition=disposition,
        next_contact_at=cast.now + timedelta(days=1),
        next_contact_by=cast.bea.id,
        words="",
        now=cast.now + minutes * MINUTE,
    )


def judged(cast: Cast, response: Response, minutes: int) -> None:
    assessment.judge_response(response.id, cast.now + minutes * MINUTE)


def test_it_got_worse_after_the_talk_keeps_it_open_until_they_have_talked_again(cast: Cast) -> None:
    episode = reached_by_cal(cast)
    say(cast.ana, Said.WORSE, "session", cast.now + 5 * MINUTE)
    with pytest.raises(NotAllowed, match="a new signal came after you talked"):
        settles(cast, episode, Disposition.SAFE_WITH_PLAN, 6)
    assert fresh(episode).state == State.REACHED
    actions.log_try(episode.id, cast.cal, Result.NO_ANSWER, "phone", "", uuid4(), cast.now + 7 * MINUTE)
    with pytest.raises(NotAllowed, match="Talk with the client again"):
        settles(cast, episode, Disposition.SAFE_WITH_PLAN, 8)
    actions.log_try(episode.id, cast.cal, Result.REACHED, "phone", "", uuid4(), cast.now + 9 * MINUTE)
    assert settles(cast, episode, Disposition.SAFE_WITH_PLAN, 10).state == State.SETTLED


def test_the_same_worry_said_again_after_the_talk_is_news_too(cast: Cast) -> None:
    episode = reached_by_cal(cast)
    form = assessment.start_response(cast.program.id, cast.ana.id, "check-in", cast.now)
    for minutes, value in ((0, "1"), (2, "0"), (3, "1")):
        assessment.save_answers(form.uid, {"6": value}, "web", cast.now + minutes * MINUTE)
        judged(cast, form, minutes)
    assert Signal.objects.get(finding__response=form).at == cast.now + 3 * MINUTE
    with pytest.raises(NotAllowed, match="a new signal came"):
        settles(cast, episode, Disposition.SAFE_WITH_PLAN, 4)


def test_what_staff_hear_in_the_talk_itself_does_not_ask_for_another_talk(cast: Cast) -> None:
    episode = reached_by_cal(cast)
    judging.ask_asq(episode.id, cast.cal, ASQ, uuid4(), cast.now + 3 * MINUTE)
    judged(cast, Response.objects.get(instrument="asq"), 4)
    assert RiskFinding.objects.filter(response__instrument="asq").exists()
    with pytest.raises(NotAllowed, match="an answer of the client raised this"):
        settles(cast, episode, Disposition.NO_DANGER_FOUND, 5)
    assert settles(cast, episode, Disposition.SAFE_WITH_PLAN, 5).state == State.SETTLED


def test_a_press_alone_may_have_been_a_wrong_one(cast: Cast) -> None:
    assert settles(cast, reached_by_cal(cast), Disposition.NO_DANGER_FOUND, 5).state == State.SETTLED


def test_an_asq_asked_in_part_is_closed_and_pages_nobody_later(cast: Cast) -> None:
    episode = reached_by_cal(cast)
    judging.ask_asq(episode.id, cast.cal, {"1": "1"}, uuid4(), cast.now + 2 * MINUTE)
    form = Response.objects.get(instrument="asq")
    judged(cast, form, 2)
    settle(cast, fresh(episode))
    form.refresh_from_db()
    assert form.done_at is not None
    assert form.unfinished_at is None
    assert not assessment.left_unfinished(form.id, cast.now + timedelta(hours=2))
    assert fresh(episode).state == State.SETTLED


def test_what_staff_ask_aloud_never_lands_in_the_form_that_the_client_has_open(cast: Cast) -> None:
    episode = reached_by_cal(cast)
    theirs = assessment.start_response(cast.program.id, cast.ana.id, "asq", cast.now)
    assessment.save_answers(theirs.uid, {"1": "0"}, "web", cast.now)
    judging.ask_asq(episode.id, cast.cal, ASQ, uuid4(), cast.now + 2 * MINUTE)
    theirs.refresh_from_db()
    assert theirs.done_at is None
    assert not Answer.objects.filter(response=theirs, via="staff").exists()
    assert assessment.start_response(cast.program.id, cast.ana.id, "asq", cast.now + 3 * MINUTE) == theirs


def test_keep_these_answers_pressed_twice_is_one_form(cast: Cast) -> None:
    episode, once = reached_by_cal(cast), uuid4()
    for minutes in (2, 3):
        judging.ask_asq(episode.id, cast.cal, ASQ, once, cast.now + minutes * MINUTE)
    assert Response.objects.filter(instrument="asq").count() == 1
    assert Answer.objects.filter(response__instrument="asq").count() == len(ASQ)
