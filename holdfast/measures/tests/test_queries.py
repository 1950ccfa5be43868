"""The rows behind the figures: each from real acts, for those who lead alone, and at a bounded cost."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from holdfast.assessment import actions as assessment
from holdfast.care import actions as care
from holdfast.care.models import Task
from holdfast.crisis import actions as crisis
from holdfast.crisis import voices
from holdfast.crisis.models import Episode
from holdfast.crisis.rules import Disposition, Result, Said
from holdfast.crisis.tests.course import MINUTE, rings, settled_by_cal, taken_by_cal
from holdfast.ledger.scope import enter
from holdfast.measures import queries
from holdfast.measures.figures import Span, span_of
from holdfast.measures.queries import MEASURES, NOW, SPANNED, Only, Row
from holdfast.oncall import actions as oncall
from holdfast.oncall.models import Page, Paging
from holdfast.oncall.rules import Answer
from holdfast.people.access import NOBODY, system
from holdfast.people.models import Client, Staff
from holdfast.people.queries import actor_of
from holdfast.people.rating import set_risk_level
from holdfast.people.rules import RiskLevel, Role, Standing, zone
from holdfast.people.tests.cast import Cast
from holdfast.plans import actions as plans
from holdfast.plans.rules import Part

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def span(cast: Cast, now: datetime | None = None, days: int = 30) -> Span:
    here = zone(cast.program.timezone)
    return span_of(days, (now or cast.now).astimezone(here).date(), here)


def rows(cast: Cast, measure: str, now: datetime | None = None, only: Only | None = None) -> list[Row]:
    return queries.rows(actor_of(cast.dia), measure, span(cast, now), now or cast.now, only)


def answers(cast: Cast, form: str, values: dict[str, str], now: datetime) -> None:
    response = assessment.start_response(cast.program.id, cast.ana.id, form, now)
    assessment.save_answers(response.uid, values, "web", now)
    assessment.judge_response(response.id, now)


UNSAFE = {"1": "3", "2": "0", "3": "5", "4": "0", "5": "0", "6": "1", "7": ""}
A_NOTE = {"1": "6", "2": "0", "3": "7", "4": "0", "5": "0", "6": "0", "7": "Can we move Thursday?"}


# --- who may -------------------------------------------------------------------------------------


def test_supervisor_and_director_read_and_nobody_else_does(cast: Cast) -> None:
    taken_by_cal(cast)
    for person in (cast.dia, cast.priya):
        if person is cast.priya:
            Staff.objects.filter(id=person.id).update(role=Role.SUPERVISOR)
        leads = actor_of(Staff.objects.get(id=person.id))
        assert queries.rows(leads, "open", span(cast), cast.now)
        assert queries.counts(leads, ["open"], span(cast), cast.now)
        assert queries.timed(leads, "ack", span(cast), cast.now)
    for actor in (actor_of(cast.bea), actor_of(cast.adam), NOBODY, system(cast.program.id)):
        assert queries.rows(actor, "open", span(cast), cast.now) == []
        assert queries.counts(actor, ["open"], span(cast), cast.now) == []
        assert queries.timed(actor, "ack", span(cast), cast.now) == []


@pytest.mark.parametrize("measure", MEASURES)
def test_another_program_has_none_of_it(cast: Cast, measure: str) -> None:
    settled_by_cal(cast)
    enter(cast.other.id)
    Staff.objects.filter(id=cast.eve.id).update(role=Role.DIRECTOR)
    assert queries.rows(actor_of(Staff.objects.get(id=cast.eve.id)), measure, span(cast), cast.now) == []


# --- what is so now ------------------------------------------------------------------------------


def test_an_open_crisis_is_a_row_with_its_owner_and_state(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    (row,) = rows(cast, "open")
    assert (row.crisis, row.client, row.owner) == (str(episode.uid), str(cast.ana.uid), "Cal Reyes")
    assert (row.what, row.urgency, row.at) == ("owned", "emergency", cast.now)


def test_a_client_without_a_plan_is_a_row_until_one_is_written_and_again_when_its_review_is_past(cast: Cast) -> None:
    (row,) = rows(cast, "no-plan")
    assert (row.client, row.owner) == (str(cast.ana.uid), "Bea Lindqvist")
    plan = plans.write(cast.ana, cast.bea, {Part.SIGNS: "I stop sleeping."}, (), "low", cast.now)
    assert rows(cast, "no-plan") == rows(cast, "plan-late") == []
    (row,) = rows(cast, "plan-late", plan.review_at + MINUTE)
    assert row.at == plan.review_at


def test_nobody_plans_with_who_has_not_begun(cast: Cast) -> None:
    Client.objects.update(standing=Standing.INVITED)
    assert rows(cast, "no-plan") == []


def test_a_risk_that_was_judged_too_long_ago_is_a_row_until_it_is_judged_again(cast: Cast) -> None:
    set_risk_level(cast.ana, RiskLevel.HIGH, cast.bea, cast.now)
    assert rows(cast, "reassess", cast.now + 7 * DAY) == []
    (row,) = rows(cast, "reassess", cast.now + 7 * DAY + HOUR)
    assert (row.detail, row.at) == ("high", cast.now + 7 * DAY)
    set_risk_level(cast.ana, RiskLevel.LOW, cast.bea, cast.now + 8 * DAY)
    assert rows(cast, "reassess", cast.now + 9 * DAY) == []


def test_a_note_is_unread_until_somebody_has_finished_its_task(cast: Cast) -> None:
    answers(cast, "check-in", A_NOTE, cast.now)
    (row,) = rows(cast, "notes")
    assert row.owner == "Bea Lindqvist"
    care.finish(Task.objects.get(), cast.bea, "Called.", cast.now + HOUR)
    assert rows(cast, "notes", cast.now + HOUR) == []


# --- clocks --------------------------------------------------------------------------------------


def test_the_time_until_i_have_this_is_measured_from_the_start_of_paging(cast: Cast) -> None:
    cast.night_shift()
    assessment.ask_for_help(cast.ana, "session", cast.now)
    (row,) = rows(cast, "ack")
    assert (row.what, row.seconds, row.owner) == ("waiting", None, None)
    page = Page.objects.get(staff=cast.cal)
    oncall.answer(page.id, Answer.HAVE, "sms", cast.now + timedelta(seconds=95))
    (row,) = rows(cast, "ack")
    assert (row.what, row.seconds, row.owner) == ("taken", 95.0, "Cal Reyes")
    (page_row,) = [one for one in rows(cast, "pages") if one.owner == "Cal Reyes"]
    assert (page_row.what, page_row.detail, page_row.seconds) == ("have", "sms", 95.0)


def test_the_first_try_counts_for_whoever_took_it_before_and_not_for_who_lost_it(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    assert [row.what for row in rows(cast, "first-try")] == ["waiting"]
    crisis.give_back(episode.id, cast.cal, "I am ill.", cast.now + MINUTE)
    crisis.take(episode.id, cast.priya, "board", cast.now + 2 * MINUTE)
    crisis.log_try(episode.id, cast.priya, Result.REACHED, "phone", "", None, cast.now + 4 * MINUTE)
    newest, oldest = rows(cast, "first-try")
    assert (newest.what, newest.seconds, newest.owner) == ("tried", 120.0, "Priya Nair")
    assert (oldest.what, oldest.seconds, oldest.owner) == ("given_back", None, "Cal Reyes")
    assert rows(cast, "silent") == []  # given back by hand is no breach


def test_late_tries_and_steps_and_silent_owners_are_rows(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    late = cast.now + 6 * MINUTE
    rings(late)
    assert [row.owner for row in rows(cast, "try-late", late)] == ["Cal Reyes"]
    assert len(rows(cast, "step-late", late)) <= 1
    silent = cast.now + 40 * MINUTE
    crisis.look(episode.id, silent)
    (row,) = rows(cast, "silent", silent)
    assert row.owner == "Cal Reyes"
    assert "silent" in row.detail
    assert rows(cast, "contact-missed", silent) == []


def test_a_missed_next_contact_is_a_row_of_its_own(cast: Cast) -> None:
    episode = settled_by_cal(cast)
    late = cast.now + DAY + MINUTE
    crisis.look(episode.id, late)
    assert [row.owner for row in rows(cast, "contact-missed", late)] == ["Cal Reyes"]
    assert rows(cast, "silent", late) == []


def test_a_turn_that_was_taken_late_is_a_row_and_one_in_time_is_none(cast: Cast) -> None:
    cast.night_shift()
    assessment.ask_for_help(cast.ana, "session", cast.now)
    paging = Paging.objects.get()
    oncall.take_turn(paging.id, cast.now + 2 * MINUTE)
    assert rows(cast, "turn-late", cast.now + 3 * MINUTE) == []
    oncall.take_turn(paging.id, cast.now + 9 * MINUTE)
    (row,) = rows(cast, "turn-late", cast.now + 9 * MINUTE)
    assert (row.at, row.seconds) == (cast.now + 4 * MINUTE, 300.0)


def test_a_turn_that_never_came_is_late_until_somebody_has_it(cast: Cast) -> None:
    cast.night_shift()
    assessment.ask_for_help(cast.ana, "session", cast.now)
    (row,) = rows(cast, "turn-late", cast.now + 5 * MINUTE)
    assert row.seconds == 180.0


def test_a_late_task_is_a_row(cast: Cast) -> None:
    cast.night_shift()
    answers(cast, "check-in", A_NOTE, cast.now)
    task = Task.objects.get()
    assert [row.owner for row in rows(cast, "tasks", task.due_at + MINUTE)] == ["Bea Lindqvist"]
    care.look(task.id, task.due_at + MINUTE)
    (row,) = rows(cast, "task-late", task.due_at + MINUTE)
    assert (row.id, row.owner) == (str(task.uid), "Bea Lindqvist")


# --- alert quality -------------------------------------------------------------------------------


def test_each_rule_of_a_crisis_is_one_row_however_often_it_fired(cast: Cast) -> None:
    cast.night_shift()
    assessment.ask_for_help(cast.ana, "session", cast.now)
    assessment.ask_for_help(cast.ana, "session", cast.now + 2 * MINUTE)
    answers(cast, "check-in", UNSAFE, cast.now + 3 * MINUTE)
    found = rows(cast, "alerts")
    assert len(found) == len({row.what for row in found})
    assert "help-now" in {row.what for row in found}
    assert all(row.detail for row in found)


def test_a_wrong_press_is_a_false_alarm_of_its_rule(cast: Cast) -> None:
    settled_by_cal(cast)
    assert rows(cast, "alerts", only=Only(ended=queries.FALSE_ALARM)) == []
    Episode.objects.update(disposition=Disposition.NO_DANGER_FOUND)
    assert [row.what for row in rows(cast, "alerts", only=Only(ended=queries.FALSE_ALARM))] == ["help-now"]


def test_a_help_press_without_any_rule_before_it_was_missed(cast: Cast) -> None:
    cast.night_shift()
    assessment.ask_for_help(cast.ana, "session", cast.now)
    assert [row.what for row in rows(cast, "missed")] == ["help-now"]


def test_got_worse_without_any_rule_before_it_was_missed(cast: Cast) -> None:
    cast.night_shift()
    voices.say(cast.ana, Said.WORSE, "session", cast.now)
    assert [row.what for row in rows(cast, "missed")] == ["got-worse"]


def test_a_press_after_a_rule_has_fired_was_not_missed_and_a_week_later_it_was(cast: Cast) -> None:
    cast.night_shift()
    answers(cast, "check-in", A_NOTE, cast.now)
    assessment.ask_for_help(cast.ana, "session", cast.now + 6 * DAY)
    assert rows(cast, "missed", cast.now + 6 * DAY) == []
    Episode.objects.update(raised_at=cast.now + 8 * DAY)
    assert [row.what for row in rows(cast, "missed", cast.now + 6 * DAY)] == ["help-now"]


def test_what_a_rule_raised_was_not_missed(cast: Cast) -> None:
    cast.night_shift()
    answers(cast, "check-in", UNSAFE, cast.now)
    assert Episode.objects.exists()
    assert rows(cast, "missed") == []


# --- numbers and rows are one --------------------------------------------------------------------


def test_every_count_is_the_number_of_its_rows_in_this_span_and_in_the_one_before(cast: Cast) -> None:
    settled_by_cal(cast)
    later = cast.now + 30 * DAY
    actor, chosen = actor_of(cast.dia), span(cast, later)
    found = queries.counts(actor, tuple(MEASURES), chosen, later)
    for name in MEASURES:
        now_ = sum(count.n for count in found if count.measure == name and count.current)
        assert now_ == len(queries.rows(actor, name, chosen, later)), name
    for name in SPANNED:
        before = sum(count.n for count in found if count.measure == name and not count.current)
        assert before == len(queries.rows(actor, name, chosen.before, later)), name
    assert any(count.n and not count.current for count in found)
    assert all(count.current for count in found if count.measure in NOW)


def test_an_hour_of_the_program_s_day_can_be_asked_for(cast: Cast) -> None:
    settled_by_cal(cast)
    hour = cast.now.astimezone(zone(cast.program.timezone)).hour
    assert len(rows(cast, "first-try", only=Only(hour=hour))) == 1
    assert rows(cast, "first-try", only=Only(hour=(hour + 1) % 24)) == []


def test_a_read_is_one_query(cast: Cast) -> None:
    actor = actor_of(cast.dia)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        queries.counts(actor, tuple(MEASURES), span(cast), cast.now)
        queries.rows(actor, "open", span(cast), cast.now)
    assert len(asked) == 2
