"""A risk level is a clinician's, and the next judgement has an owner and a day."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from holdfast.assessment.models import RiskFinding
from holdfast.care import actions
from holdfast.care.models import Task
from holdfast.crisis.models import Episode
from holdfast.people.actions import change_standing, set_risk_level
from holdfast.people.models import RiskRating
from holdfast.people.queries import risk_levels_of, risk_of
from holdfast.people.rules import RiskLevel, Standing, zone
from holdfast.people.tests.cast import Cast

DAYS = {RiskLevel.IMMINENT: 7, RiskLevel.HIGH: 7, RiskLevel.MODERATE: 14, RiskLevel.LOW: 30}


@pytest.mark.parametrize("level", list(RiskLevel))
def test_a_level_is_judged_again_within_its_days(cast: Cast, level: RiskLevel) -> None:
    set_risk_level(cast.ana, level, cast.bea, cast.now, "as we spoke")
    task = Task.objects.get()
    here = zone(cast.ana.timezone)
    assert (task.due_at.astimezone(here).date() - cast.now.astimezone(here).date()).days == DAYS[level]
    assert (task.about, task.owner_id, task.finding_id) == ("reassessment", cast.bea.id, None)
    assert level in task.why


def test_the_newest_judgement_holds_with_who_and_when_and_ends_the_task_before_it(cast: Cast) -> None:
    assert risk_of(cast.ana.id) is None
    set_risk_level(cast.ana, RiskLevel.LOW, cast.bea, cast.now)
    set_risk_level(cast.ana, RiskLevel.HIGH, cast.cal, cast.now + timedelta(hours=1))
    rating = risk_of(cast.ana.id)
    assert rating
    assert (rating.level, rating.by_id) == ("high", cast.cal.id)
    assert risk_levels_of([cast.ana.id])[cast.ana.id].id == rating.id
    assert Task.objects.filter(look_again_at__isnull=False).count() == 1
    assert Task.objects.get(done_at__isnull=False).outcome == "The risk was judged again."


def test_a_judgement_that_is_not_made_in_time_becomes_a_crisis_that_says_why(cast: Cast) -> None:
    cast.night_shift()
    set_risk_level(cast.ana, RiskLevel.HIGH, cast.bea, cast.now)
    task = Task.objects.get()
    assert actions.look(task.id, task.due_at)
    task.refresh_from_db()
    assert task.urgency == "same_day"
    assert actions.look(task.id, task.half_at)
    assert actions.look(task.id, task.due_at)
    assert Episode.objects.get().urgency == "urgent"
    assert "judged again" in RiskFinding.objects.get(rule="reassessment-late").why


def test_nobody_is_asked_to_judge_the_risk_of_somebody_who_left(cast: Cast) -> None:
    change_standing(cast.ana, Standing.DISCHARGED, cast.now)
    cast.ana.refresh_from_db()
    set_risk_level(cast.ana, RiskLevel.LOW, cast.bea, cast.now)
    assert not Task.objects.exists()


def test_a_judgement_cannot_be_changed_afterwards(cast: Cast) -> None:
    set_risk_level(cast.ana, RiskLevel.LOW, cast.bea, cast.now)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        RiskRating.objects.update(level="high")
    assert RiskRating.objects.get().level == "low"
