"""A task that nobody can do any more ends; one that somebody must do cannot be ticked off without doing it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from holdfast.assessment.concerns import raise_concern
from holdfast.care import actions
from holdfast.care.models import Task
from holdfast.content.shapes import Urgency
from holdfast.crisis.models import Episode
from holdfast.crisis.tests.test_who_may import closed
from holdfast.oncall.models import Paging
from holdfast.people.actions import change_standing, set_risk_level
from holdfast.people.rules import RiskLevel, Standing
from holdfast.people.tests.cast import Cast

OPEN = {"look_again_at__isnull": False}


def test_judging_again_is_done_by_judging(cast: Cast) -> None:
    set_risk_level(cast.ana, RiskLevel.HIGH, cast.bea, cast.now)
    task = Task.objects.get()
    with pytest.raises(ValueError, match="Judge the risk on the client's page"):
        actions.finish(task, cast.bea, "Done.", cast.now)
    assert Task.objects.get().done_at is None
    set_risk_level(cast.ana, RiskLevel.LOW, cast.bea, cast.now)
    assert Task.objects.get(id=task.id).done_at == cast.now


def test_a_crisis_that_closes_without_judging_leaves_the_next_judgement_on_the_list(cast: Cast) -> None:
    set_risk_level(cast.ana, RiskLevel.HIGH, cast.bea, cast.now)
    Task.objects.update(look_again_at=None, late_at=cast.now)  # it had become late, and so the crisis
    closed(cast)
    task = Task.objects.get(**OPEN)
    assert (task.about, task.owner_id) == ("reassessment", cast.bea.id)


def test_a_crisis_that_closes_doubles_no_judgement_and_plans_none_for_who_was_never_rated(cast: Cast) -> None:
    closed(cast)
    assert not Task.objects.exists()
    set_risk_level(cast.ana, RiskLevel.HIGH, cast.bea, cast.now)
    actions.keep_reassessment(cast.ana.id, cast.now)
    assert Task.objects.filter(**OPEN).count() == 1


def test_died_ends_every_task_and_its_paging_at_once(cast: Cast) -> None:
    cast.night_shift()
    set_risk_level(cast.ana, RiskLevel.HIGH, cast.bea, cast.now)
    raise_concern(cast.ana, cast.bea, "panic", cast.now, Urgency.SAME_DAY)
    task = Task.objects.get(about="finding")
    assert actions.look(task.id, task.half_at)
    assert Paging.objects.filter(what="task", stopped_at=None).exists()
    change_standing(cast.ana, Standing.DIED, cast.now)
    assert not Task.objects.filter(**OPEN).exists()
    assert not Paging.objects.filter(what="task", stopped_at=None).exists()


@pytest.mark.parametrize("standing", [Standing.DISCHARGED, Standing.OTHER_CARE])
def test_nobody_judges_the_risk_of_who_has_left_and_a_finding_is_still_seen_to(cast: Cast, standing: Standing) -> None:
    set_risk_level(cast.ana, RiskLevel.HIGH, cast.bea, cast.now)
    raise_concern(cast.ana, cast.bea, "panic", cast.now, Urgency.SAME_DAY)
    change_standing(cast.ana, standing, cast.now)
    assert [task.about for task in Task.objects.filter(**OPEN)] == ["finding"]
    assert Task.objects.get(about="reassessment").outcome == "No longer with us."
    change_standing(cast.ana, Standing.ACTIVE, cast.now + timedelta(days=9))
    assert Task.objects.filter(about="reassessment", **OPEN).count() == 1, "who comes back is judged again"


def test_a_judgement_that_stayed_open_from_before_becomes_no_crisis(cast: Cast) -> None:
    set_risk_level(cast.ana, RiskLevel.HIGH, cast.bea, cast.now)
    type(cast.ana).objects.filter(id=cast.ana.id).update(standing=Standing.DISCHARGED)
    task = Task.objects.get()
    assert actions.look(task.id, task.due_at)
    task.refresh_from_db()
    assert (task.done_at, task.outcome) == (task.due_at, "No longer with us.")
    assert not Episode.objects.exists()


def test_a_look_locks_the_client_before_the_task(cast: Cast) -> None:
    set_risk_level(cast.ana, RiskLevel.HIGH, cast.bea, cast.now)
    task = Task.objects.get()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        actions.look(task.id, task.due_at)
    locks = [each["sql"] for each in asked.captured_queries if " FOR " in each["sql"]]
    assert 'FROM "people_client"' in locks[0]
    assert 'FROM "care_task"' in locks[1]
