"""A shift that ends, and a client who leaves or has died, with an open crisis."""

from datetime import timedelta

import pytest

from holdfast.crisis import actions, handing, leaving
from holdfast.crisis.course import Asked
from holdfast.crisis.models import Ask, Clock, Entry, Move, Review, ReviewItem
from holdfast.crisis.rules import NotAllowed, State
from holdfast.crisis.tests.course import MINUTE, fresh, reached_by_cal, settled_by_cal, taken_by_cal
from holdfast.oncall import actions as oncall
from holdfast.oncall.models import Paging
from holdfast.oncall.queries import on_duty
from holdfast.oncall.rules import Level
from holdfast.people.models import Client
from holdfast.people.rules import Standing
from holdfast.people.tests.cast import Cast


@pytest.mark.parametrize("begin", [taken_by_cal, reached_by_cal, settled_by_cal])
def test_a_shift_cannot_end_while_it_owns_an_open_crisis(cast: Cast, begin) -> None:
    episode = begin(cast)
    with pytest.raises(leaving.StillHolds, match="Hand it over by name first") as no:
        leaving.end_shift(cast.cal, cast.now + 9 * MINUTE)
    assert [e.id for e in no.value.episodes] == [episode.id]
    assert cast.cal.id in on_duty(cast.now + 9 * MINUTE)[Level.FIRST]
    asked = handing.ask(episode.id, cast.cal, Asked.HAND_OVER, cast.priya, "", cast.now + 9 * MINUTE)
    handing.accept(asked.uid, cast.priya, cast.now + 9 * MINUTE)
    leaving.end_shift(cast.cal, cast.now + 9 * MINUTE)
    assert on_duty(cast.now + 9 * MINUTE)[Level.FIRST] == frozenset()


def test_a_shift_taken_from_somebody_ends_too(cast: Cast) -> None:
    cast.night_shift()
    oncall.swap(cast.program.id, cast.cal, cast.bea, Level.FIRST, cast.now - MINUTE, cast.now + 60 * MINUTE)
    leaving.end_shift(cast.bea, cast.now)
    assert cast.bea.id not in frozenset().union(*on_duty(cast.now + MINUTE).values())


def test_who_is_not_on_duty_has_no_shift_to_end(cast: Cast) -> None:
    with pytest.raises(NotAllowed, match="not on duty"):
        leaving.end_shift(cast.dia, cast.now)


def standing(cast: Cast) -> str:
    return Client.objects.get(id=cast.ana.id).standing


@pytest.mark.parametrize("to", sorted(set(Standing) - {Standing.ACTIVE, Standing.DIED}))
def test_leaving_with_an_open_crisis_is_refused_in_words(cast: Cast, to: Standing) -> None:
    taken_by_cal(cast)
    with pytest.raises(NotAllowed, match="Land it first, or name who takes it over"):
        leaving.change_standing(cast.ana, to, cast.cal, "moved away", cast.now)
    assert standing(cast) == Standing.ACTIVE


def test_a_crisis_that_nobody_has_is_taken_first(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    actions.give_back(episode.id, cast.cal, "x", cast.now)
    with pytest.raises(NotAllowed, match="that nobody has"):
        leaving.change_standing(cast.ana, Standing.DISCHARGED, cast.dia, "moved", cast.now, cast.bea)


def test_it_is_handed_on_by_name_and_stays_open(cast: Cast) -> None:
    episode = reached_by_cal(cast)
    with pytest.raises(NotAllowed, match="Only the person who has the open crisis"):
        leaving.change_standing(cast.ana, Standing.OTHER_CARE, cast.dia, "admitted", cast.now, cast.bea)
    leaving.change_standing(cast.ana, Standing.OTHER_CARE, cast.cal, "admitted", cast.now, cast.bea)
    assert standing(cast) == Standing.OTHER_CARE
    assert (Ask.objects.get().to, fresh(episode).state) == (cast.bea, State.REACHED)


def test_without_an_open_crisis_a_reason_is_enough(cast: Cast) -> None:
    with pytest.raises(NotAllowed, match="Say how you know"):
        leaving.change_standing(cast.ana, Standing.PAUSED, cast.bea, " ", cast.now)
    until = cast.now.date() + timedelta(days=14)
    leaving.change_standing(cast.ana, Standing.PAUSED, cast.bea, "two weeks with family", cast.now, until=until)
    assert standing(cast) == Standing.PAUSED


def test_died_stops_everything_in_one_step_and_keeps_the_record(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    handing.ask(episode.id, cast.cal, Asked.SECOND, None, "", cast.now)
    leaving.change_standing(cast.ana, Standing.DIED, cast.cal, "The county called", cast.now + MINUTE)
    found = fresh(episode)
    assert (standing(cast), found.state, found.owner_id, found.disposition) == ("died", State.CLOSED, None, "died")
    assert not Paging.objects.filter(stopped_at=None).exists()
    assert set(Clock.objects.filter(due_at__isnull=False).values_list("timer", flat=True)) == {"waivers"}, (
        "for who leads"
    )
    assert not Ask.objects.filter(answer="").exists()
    assert Move.objects.filter(move="died", by=cast.cal).count() == 1
    assert Entry.objects.get(kind="standing").words == "The county called"
    assert set(Review.objects.values_list("kind", flat=True)) == {"postvention", "after-action"}


def test_died_while_nobody_has_the_crisis(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    actions.give_back(episode.id, cast.cal, "x", cast.now)
    leaving.change_standing(cast.ana, Standing.DIED, cast.dia, "The county called", cast.now + MINUTE)
    assert not Paging.objects.filter(stopped_at=None).exists()
    assert fresh(episode).state == State.CLOSED


def test_a_checklist_is_done_with_its_last_item(cast: Cast) -> None:
    leaving.change_standing(cast.ana, Standing.DIED, cast.dia, "The county called", cast.now)
    review = Review.objects.get(kind="after-action")
    with pytest.raises(NotAllowed, match="no such item"):
        leaving.did(review, "nothing", cast.dia, "", cast.now)
    for item in ("timeline-read", "timeline-read", "helped", "hindered"):
        leaving.did(review, item, cast.dia, "", cast.now)
    assert Review.objects.filter(id=review.id, done_at=None).exists()
    leaving.did(review, "changes", cast.bea, "Bea, by Friday", cast.now + MINUTE)
    found = Review.objects.get(id=review.id)
    assert (found.done_at, ReviewItem.objects.count()) == (cast.now + MINUTE, 4)
