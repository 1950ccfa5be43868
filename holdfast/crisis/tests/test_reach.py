"""A client who does not pick up: the first try, "cannot reach", and what a human decides."""

from uuid import uuid4

import pytest

from holdfast.assessment import actions as assessment
from holdfast.content.shapes import Urgency
from holdfast.crisis import actions, clocks, handing, reach
from holdfast.crisis.course import Asked, Choice, Timer
from holdfast.crisis.models import Ask, Clock, Entry
from holdfast.crisis.rules import NotAllowed, Result
from holdfast.crisis.tests.course import MINUTE, fresh, kinds, rings, taken_by_cal, told
from holdfast.oncall import actions as oncall
from holdfast.oncall.models import Page, Paging
from holdfast.oncall.rules import Answer
from holdfast.people.tests.cast import Cast


def fails(cast: Cast, episode, minute: int, result: Result = Result.NO_ANSWER) -> None:
    actions.log_try(episode.id, cast.cal, result, "phone", "", uuid4(), cast.now + minute * MINUTE)


def asked_as_second() -> set[str]:
    pages = Page.objects.filter(paging__what="second", paging__stopped_at=None, answer=None)
    return {page.staff.first_name for page in pages.select_related("staff")}


def test_the_first_try_has_five_minutes_in_an_emergency(cast: Cast) -> None:
    taken_by_cal(cast)
    assert Clock.objects.get(timer="first_try").due_at == cast.now + 5 * MINUTE


def test_a_lower_urgency_has_fifteen_minutes_from_when_it_was_taken(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    actions.change_urgency(episode.id, cast.cal, Urgency.URGENT, "with her sister", cast.now + MINUTE)
    assert Clock.objects.get(timer="first_try").due_at == cast.now + 15 * MINUTE
    assert Clock.objects.get(timer="cannot_reach").due_at is None


def test_a_late_first_try_reminds_the_owner_and_is_written_down(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    assert "first_try" in rings(cast.now + 5 * MINUTE)
    assert "late_try" in kinds(episode)
    assert "late_try" in told(cast.cal)


def test_a_try_in_time_stops_its_clock(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    fails(cast, episode, 4)
    assert "first_try" not in rings(cast.now + 5 * MINUTE)
    assert "late_try" not in kinds(episode)


def test_two_failed_tries_are_cannot_reach_and_page_a_second_person(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    fails(cast, episode, 1)
    assert not reach.stands(fresh(episode))
    fails(cast, episode, 3, Result.WRONG_NUMBER)
    assert reach.stands(fresh(episode))
    assert Entry.objects.get(kind="cannot_reach").what == "tries"
    assert "not_reached" in told(cast.cal)
    assert asked_as_second() == {"Priya"}  # never the owner, who is first on call
    assert fresh(episode).owner_id == cast.cal.id
    fails(cast, episode, 4)
    assert kinds(episode).count("cannot_reach") == 1


def test_ten_minutes_without_reaching_are_cannot_reach_in_an_emergency(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    fails(cast, episode, 4)
    assert "cannot_reach" in rings(cast.now + 10 * MINUTE)
    assert Entry.objects.get(kind="cannot_reach").what == "time"
    assert asked_as_second() == {"Priya"}


def test_whoever_answers_is_called_in_and_the_owner_stays_the_owner(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    fails(cast, episode, 1)
    fails(cast, episode, 2)
    page = Page.objects.get(paging__what="second", answer=None)
    oncall.answer(page.id, Answer.HAVE, "sms", cast.now + 3 * MINUTE)
    asked = Ask.objects.get()
    assert (asked.answer, asked.answered_by) == ("accepted", cast.priya)
    assert fresh(episode).owner_id == cast.cal.id
    assert not Paging.objects.filter(what="second", stopped_at=None).exists()
    assert "said_yes" in told(cast.cal)


def test_reaching_the_client_ends_what_the_clock_alone_asked_for(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    fails(cast, episode, 1)
    fails(cast, episode, 2)
    fails(cast, episode, 3, Result.REACHED)
    assert not reach.stands(fresh(episode))
    assert Ask.objects.get().answer == "over"
    assert not Paging.objects.filter(stopped_at=None).exists()
    assert not Clock.objects.filter(timer="cannot_reach", due_at__isnull=False).exists()


def test_what_comes_next_is_a_humans_decision_and_is_written_down_once(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    with pytest.raises(NotAllowed, match="reached meanwhile"):
        reach.decide(episode.id, cast.cal, Choice.TEXT, "", None, cast.now)
    fails(cast, episode, 1)
    fails(cast, episode, 2)
    with pytest.raises(NotAllowed, match="Say why"):
        reach.decide(episode.id, cast.cal, Choice.WELFARE_CHECK, "", None, cast.now)
    with pytest.raises(NotAllowed, match="Only the person who has this"):
        reach.decide(episode.id, cast.dia, Choice.TEXT, "", None, cast.now)
    once = uuid4()
    for _ in range(2):
        reach.decide(episode.id, cast.cal, Choice.WELFARE_CHECK, "no answer", once, cast.now + 3 * MINUTE)
    entry = Entry.objects.get(kind="choice")
    assert (entry.what, entry.by, entry.words) == ("welfare_check", cast.cal, "no answer")


def test_a_new_owner_still_sees_that_the_client_cannot_be_reached(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    fails(cast, episode, 1)
    fails(cast, episode, 2)
    actions.give_back(episode.id, cast.cal, "my line is dead", cast.now + 3 * MINUTE)
    actions.take(episode.id, cast.priya, "board", cast.now + 4 * MINUTE)
    assert reach.stands(fresh(episode))
    assert fresh(episode).first_try_at is None
    assert Clock.objects.get(timer="first_try").due_at == cast.now + 9 * MINUTE


def test_a_new_owner_has_a_second_person_sought_while_the_client_cannot_be_reached(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    fails(cast, episode, 1)
    fails(cast, episode, 2)
    actions.give_back(episode.id, cast.cal, "my line is dead", cast.now + 3 * MINUTE)
    assert not Paging.objects.filter(what="second", stopped_at=None).exists()
    actions.take(episode.id, cast.priya, "board", cast.now + 4 * MINUTE)
    assert Ask.objects.filter(answer="", kind="second", to=None).count() == 1
    assert asked_as_second() == {"Cal"}


def called_for_help_while_urgent(cast: Cast):
    """Cal has it as urgent and seeks a second person; then Ana calls for help once more."""
    episode = taken_by_cal(cast)
    actions.change_urgency(episode.id, cast.cal, Urgency.URGENT, "with her sister", cast.now)
    handing.ask(episode.id, cast.cal, Asked.SECOND, None, "", cast.now)
    assert Paging.objects.get(what="second").urgency == Urgency.URGENT
    assessment.ask_for_help(cast.ana, "session", cast.now + MINUTE)
    return fresh(episode)


def test_a_signal_that_makes_it_graver_has_the_clocks_of_an_emergency(cast: Cast) -> None:
    episode = called_for_help_while_urgent(cast)
    assert episode.urgency == Urgency.EMERGENCY
    due = dict(Clock.objects.filter(due_at__isnull=False).values_list("timer", "due_at"))
    assert (due["first_try"], due["cannot_reach"]) == (cast.now + 6 * MINUTE, cast.now + 10 * MINUTE)


def test_a_signal_that_makes_it_graver_hurries_the_search_for_a_second_person(cast: Cast) -> None:
    called_for_help_while_urgent(cast)
    assert Paging.objects.get(what="second").urgency == Urgency.EMERGENCY


def test_raising_the_urgency_by_hand_hurries_the_search_for_a_second_person(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    actions.change_urgency(episode.id, cast.cal, Urgency.URGENT, "with her sister", cast.now)
    handing.ask(episode.id, cast.cal, Asked.SECOND, None, "", cast.now)
    actions.change_urgency(episode.id, cast.cal, Urgency.EMERGENCY, "", cast.now + MINUTE)
    assert Paging.objects.get(what="second").urgency == Urgency.EMERGENCY


@pytest.mark.parametrize(("late", "goes_on"), [("reach", False), ("place", True)])
def test_a_try_stops_only_the_clock_of_the_step_it_does(cast: Cast, late: str, goes_on: bool) -> None:
    episode = taken_by_cal(cast)
    clocks.start(episode, Timer.GIVE_BACK, cast.now + 10 * MINUTE, cast.now, late)
    Clock.objects.filter(timer="step").update(due_at=None)
    fails(cast, episode, 1)
    assert (clocks.runs(episode.id, Timer.GIVE_BACK) is not None) == goes_on
