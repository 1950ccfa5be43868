"""A same-day matter has an owner and a clock, and does not run out unseen."""

import pytest

from holdfast.assessment import actions as assessment
from holdfast.care import actions
from holdfast.care.models import Task
from holdfast.crisis.models import Episode
from holdfast.ledger.models import Program
from holdfast.oncall import actions as oncall
from holdfast.oncall.models import Page, Paging
from holdfast.oncall.rules import Answer
from holdfast.people.actions import change_standing
from holdfast.people.models import Client
from holdfast.people.rules import Standing
from holdfast.people.tests.cast import Cast


@pytest.fixture
def task(cast: Cast) -> Task:
    cast.night_shift()
    response = assessment.start_response(cast.program.id, cast.ana.id, "phq-9", cast.now)
    assessment.save_answers(response.uid, {str(n): "1" if n == 9 else "0" for n in range(1, 10)}, "web", cast.now)
    assessment.judge_response(response.id, cast.now)
    return Task.objects.get()


def test_at_half_its_time_the_clinician_on_duty_is_asked(cast: Cast, task: Task) -> None:
    assert actions.look(task.id, task.half_at)
    assert Page.objects.get().staff_id == cast.cal.id
    assert Paging.objects.get().what == "task"
    oncall.answer(Page.objects.get().id, Answer.HAVE, "web", task.half_at)
    task.refresh_from_db()
    assert (task.owner_id, Paging.objects.get().stop_reason) == (cast.cal.id, "taken")


def test_a_task_that_is_not_done_becomes_an_urgent_crisis(cast: Cast, task: Task) -> None:
    actions.look(task.id, task.half_at)
    assert actions.look(task.id, task.due_at)
    assert Episode.objects.get().urgency == "urgent"
    assert Paging.objects.get(stopped_at=None).what == "crisis"


def test_a_task_that_is_done_is_looked_at_no_more(cast: Cast, task: Task) -> None:
    actions.finish(task, cast.bea, "spoke with her, she is well", cast.now)
    assert not actions.look(task.id, task.due_at)
    assert not Episode.objects.exists()


def test_done_without_a_word_is_refused(cast: Cast, task: Task) -> None:
    with pytest.raises(ValueError, match="Say what came of it"):
        actions.finish(task, cast.bea, "  ", cast.now)


@pytest.mark.parametrize("when", ["half_at", "due_at"])
def test_nobody_is_rung_about_a_client_who_has_died(cast: Cast, task: Task, when: str) -> None:
    if when == "due_at":
        actions.look(task.id, task.half_at)
    change_standing(cast.ana, Standing.DIED, cast.now)
    assert not actions.look(task.id, getattr(task, when))
    assert not Paging.objects.filter(stopped_at=None).exists()
    assert not Episode.objects.exists()
    task.refresh_from_db()
    assert (task.done_at, task.done_by, task.outcome) == (cast.now, None, "The client has died.")


def test_a_time_zone_that_does_not_exist_does_not_hold_up_a_worry(cast: Cast) -> None:
    cast.night_shift()
    Client.objects.filter(id=cast.ana.id).update(timezone="Mars/Olympus")
    Program.objects.filter(id=cast.program.id).update(timezone="")
    response = assessment.start_response(cast.program.id, cast.ana.id, "phq-9", cast.now)
    assessment.save_answers(response.uid, {str(n): "1" if n == 9 else "0" for n in range(1, 10)}, "web", cast.now)
    assessment.judge_response(response.id, cast.now)
    assessment.ask_for_help(cast.ana, "session", cast.now)
    assert Task.objects.get().due_at > cast.now
    assert Page.objects.get().staff_id == cast.cal.id
