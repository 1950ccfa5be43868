"""After a death: what was left out is seen by those who lead, and what was learned can be written without a crisis."""

from datetime import timedelta

import pytest

from holdfast.crisis import actions, after, leaving
from holdfast.crisis.afterwards import texts_of_reviews, waivers_to_see
from holdfast.crisis.models import AfterText, Clock, Entry, Episode, Review
from holdfast.crisis.promises import PROMISES
from holdfast.crisis.rules import NotAllowed, Result
from holdfast.crisis.tests.course import MINUTE, fresh, rings, settled_by_cal, taken_by_cal
from holdfast.ledger.models import Fact
from holdfast.ledger.promises import violators
from holdfast.notify.models import Attempt
from holdfast.people.models import Staff
from holdfast.people.queries import actor_of
from holdfast.people.rules import Role, Standing, zone
from holdfast.people.tests.cast import Cast

DAY = timedelta(days=1)


def dies(cast: Cast) -> None:
    leaving.change_standing(cast.ana, Standing.DIED, cast.dia, "The county called", cast.now + MINUTE)


def test_what_a_death_left_out_is_seen_by_those_who_lead_from_the_next_day(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    dies(cast)
    left_out = dict(Entry.objects.filter(episode=episode, kind="waiver").values_list("what", "by"))
    assert left_out == dict.fromkeys(("next_contact", "reassessment", "plan"), cast.dia.id)
    assert fresh(episode).waivers == {"next_contact": "died", "reassessment": "died", "plan": "died"}
    here = zone(cast.program.timezone)
    assert waivers_to_see(actor_of(cast.dia), here, cast.now + MINUTE).count() == 0
    assert waivers_to_see(actor_of(cast.dia), here, cast.now + 2 * DAY).count() == 3
    assert rings(cast.now + 2 * DAY) == ["waivers"]
    assert Attempt.objects.filter(for_what="left_out", staff=cast.dia).exists()
    assert all(violators(promise).holds for promise in PROMISES)


def test_what_was_done_before_it_was_not_left_out(cast: Cast) -> None:
    episode = settled_by_cal(cast)
    actions.log_try(episode.id, cast.bea, Result.REACHED, "phone", "", None, cast.now + 13 * 60 * MINUTE)
    Episode.objects.filter(id=episode.id).update(risk_level="high", plan_reviewed_at=cast.now)
    leaving.change_standing(cast.ana, Standing.DIED, cast.dia, "The county called", cast.now + DAY)
    assert fresh(episode).waivers == {}
    assert not Clock.objects.filter(due_at__isnull=False).exists()


def looked_back_at(cast: Cast) -> Review:
    return Review.objects.get(kind="after-action", client=cast.ana)


def test_who_died_without_a_crisis_is_looked_back_at_in_versions_that_are_kept(cast: Cast) -> None:
    dies(cast)
    review = looked_back_at(cast)
    first = after.write_of_death(review, cast.bea, " We had not called for a week. ", 0, cast.now + DAY)
    assert after.write_of_death(review, cast.bea, "We had not called for a week.", 0, cast.now + DAY).id == first.id
    with pytest.raises(after.WrittenMeanwhile, match="Bea Lindqvist saved version 1"):
        after.write_of_death(review, cast.dia, "Nobody was asked", 0, cast.now + DAY)
    after.write_of_death(review, cast.dia, "Nobody was asked to call.", 1, cast.now + DAY)
    texts = texts_of_reviews([review.id])[review.id]
    assert [(one.number, one.by, one.words) for one in texts] == [
        (2, cast.dia, "Nobody was asked to call."),
        (1, cast.bea, "We had not called for a week."),
    ]
    fact = Fact.objects.filter(kind="AfterTextWritten").latest("id").data
    assert (fact["episode"], fact["review"], fact["number"]) == (None, review.id, 2)


def test_her_team_and_those_who_lead_write_it_and_nobody_else(cast: Cast) -> None:
    dies(cast)
    review = looked_back_at(cast)
    with pytest.raises(NotAllowed, match="and those who lead, write here"):
        after.write_of_death(review, cast.priya, "I was not there", 0, cast.now + DAY)
    Staff.objects.filter(id=cast.priya.id).update(role=Role.SUPERVISOR)
    cast.priya.refresh_from_db()
    after.write_of_death(review, cast.priya, "I lead", 0, cast.now + DAY)
    for words in (" ", "x" * 30_000):
        with pytest.raises(NotAllowed, match=r"Write something first|At most"):
            after.write_of_death(review, cast.dia, words, 1, cast.now + DAY)
    assert AfterText.objects.count() == 1


def test_where_a_crisis_was_open_it_is_written_on_the_page_of_that_crisis(cast: Cast) -> None:
    taken_by_cal(cast)
    dies(cast)
    with pytest.raises(NotAllowed, match="stands on the page of its crisis"):
        after.write_of_death(looked_back_at(cast), cast.dia, "words", 0, cast.now + DAY)
    with pytest.raises(NotAllowed, match="stands on the page of its crisis"):
        after.write_of_death(Review.objects.get(kind="postvention"), cast.dia, "words", 0, cast.now + DAY)
