"""The rows behind the figures: each from real acts, for those who lead alone, and at a bounded cost."""

from datetime import datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from holdfast.assessment import actions as assessment
from holdfast.care import actions as care
from holdfast.care.models import Task
from holdfast.content.shapes import Urgency
from holdfast.crisis import actions as crisis
from holdfast.crisis import judging, voices
from holdfast.crisis.models import Episode
from holdfast.crisis.rules import Disposition, Result, Said
from holdfast.crisis.tests.course import MINUTE, reached_by_cal, rings, settled_by_cal, taken_by_cal
from holdfast.ledger.scope import enter
from holdfast.measures import queries
from holdfast.measures.figures import Span, span_of
from holdfast.measures.queries import Only
from holdfast.measures.selects import FALSE_ALARM, MEASURES, NOW, SPANNED, Row
from holdfast.oncall import actions as oncall
from holdfast.oncall import gaps
from holdfast.oncall.models import Page, Paging
from holdfast.oncall.rules import Answer, Level
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


UNSAFE = {"1": "3", "2": "0", "3": "5", "4": "0", "5": "0", "6": "2", "7": ""}
UNSURE = {**UNSAFE, "6": "1"}
A_NOTE = {"1": "6", "2": "0", "3": "7", "4": "0", "5": "0", "6": "0", "7": "Can we move Thursday?"}


def judge(episode: Episode, level: str, now: datetime) -> None:
    judging.formulate(
        episode.id,
        Staff.objects.get(id=episode.owner_id or 0),
        level=level,
        asked="",
        risk_factors="",
        protective_factors="",
        rationale="She has somebody with her tonight.",
        plan="Call again tomorrow at ten.",
        raise_urgency=False,
        once=None,
        now=now,
    )


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
    gaps.look(cast.other.id, cast.now)
    found = queries.rows(actor_of(Staff.objects.get(id=cast.eve.id)), measure, span(cast), cast.now)
    assert [row for row in found if row.what != "nobody"] == []  # its own cover has a gap: nobody is on its rota


# --- what is so now ------------------------------------------------------------------------------


def test_an_open_crisis_is_a_row_with_its_owner_and_state(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    (row,) = rows(cast, "open")
    assert (row.crisis, row.client, row.owner) == (str(episode.uid), str(cast.ana.uid), "Cal Reyes")
    assert (row.what, row.urgency, row.at) == ("owned", "emergency", cast.now)
    assert row.protocol == f"{episode.protocol} {episode.protocol_version}" == "i-need-help-now 1"


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
    assert rows(cast, "reassess", cast.now + 6 * DAY) == []
    (row,) = rows(cast, "reassess", cast.now + 8 * DAY)
    assert (row.detail, row.at) == ("high", cast.now + 7 * DAY)
    set_risk_level(cast.ana, RiskLevel.LOW, cast.bea, cast.now + 8 * DAY)
    assert rows(cast, "reassess", cast.now + 9 * DAY) == []


def test_the_row_comes_when_the_task_to_judge_again_is_late_and_no_sooner(cast: Cast) -> None:
    set_risk_level(cast.ana, RiskLevel.MODERATE, cast.bea, cast.now)
    due = Task.objects.get(about="reassessment").due_at
    assert rows(cast, "reassess", due - MINUTE) == []
    assert len(rows(cast, "reassess", due)) == 1


def test_whose_risk_nobody_has_judged_is_a_row_until_somebody_has(cast: Cast) -> None:
    (row,) = rows(cast, "unrated")
    assert (row.client, row.owner) == (str(cast.ana.uid), "Bea Lindqvist")
    set_risk_level(cast.ana, RiskLevel.LOW, cast.bea, cast.now)
    assert rows(cast, "unrated") == []


def test_a_gap_of_one_minute_is_a_row_with_its_states_and_its_length(cast: Cast) -> None:
    begins, ends = cast.now - HOUR, cast.now + 15 * DAY
    hole = cast.now + 3 * DAY
    for staff, level in ((cast.cal, Level.FIRST), (cast.priya, Level.BACKUP)):
        oncall.add_shift(cast.program.id, staff, level, begins, hole)
        oncall.add_shift(cast.program.id, staff, level, hole + MINUTE, ends)
    gaps.look(cast.program.id, cast.now)
    (row,) = rows(cast, "gaps")
    assert (row.at, row.seconds, row.detail, row.what) == (hole, 60.0, "AZ", "nobody")
    assert rows(cast, "gaps", hole + 2 * MINUTE)[0].what == "not-looked"  # it is over, and nobody has looked since


def test_a_cover_that_nobody_looked_at_is_never_shown_as_one_without_gaps(cast: Cast) -> None:
    assert [row.what for row in rows(cast, "gaps")] == ["not-looked"]


def test_a_note_waits_until_somebody_has_finished_its_task(cast: Cast) -> None:
    answers(cast, "check-in", A_NOTE, cast.now)
    (row,) = rows(cast, "unread")
    assert (row.owner, row.what) == ("Bea Lindqvist", "checkin-note")
    task = Task.objects.get()
    care.finish(task, cast.bea, "Called.", cast.now + HOUR, read=care.newest_words(task))
    assert rows(cast, "unread", cast.now + HOUR) == []


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
    newest, oldest = rows(cast, "first-try", cast.now + 5 * MINUTE)  # midnight may lie between
    assert (newest.what, newest.seconds, newest.owner) == ("tried", 120.0, "Priya Nair")
    assert (oldest.what, oldest.seconds, oldest.owner) == ("given_back", None, "Cal Reyes")
    assert rows(cast, "silent") == []  # given back by hand is no breach


def test_a_crisis_that_was_not_over_is_sought_and_tried_again_and_was_raised_once(cast: Cast) -> None:
    episode = settled_by_cal(cast)
    again = cast.now + HOUR
    assessment.ask_for_help(cast.ana, "session", again)
    crisis.take(episode.id, cast.priya, "board", again + MINUTE)
    assert len(rows(cast, "raised", again)) == 1
    assert [(row.owner, row.seconds) for row in rows(cast, "ack", again)] == [("Priya Nair", 60.0), ("Cal Reyes", 0.0)]
    assert [(row.owner, row.what) for row in rows(cast, "first-try", again)] == [
        ("Priya Nair", "waiting"),
        ("Cal Reyes", "tried"),
    ]


def test_what_began_before_midnight_and_ended_after_it_counts_for_the_day_on_which_it_began(cast: Cast) -> None:
    here = zone(cast.program.timezone)
    eve = datetime.combine(cast.now.astimezone(here).date(), time(23, 59, 30), here)
    cast.on_shift((cast.cal, Level.FIRST), hours=48)
    assessment.ask_for_help(cast.ana, "session", eve)
    crisis.take(Episode.objects.get().id, cast.cal, "board", eve + 2 * MINUTE)
    days = Span(eve.date(), eve.date(), here), Span(eve.date() + DAY, eve.date() + DAY, here)
    found = [queries.rows(actor_of(cast.dia), "ack", day, eve + 2 * MINUTE) for day in days]
    assert [[row.seconds for row in day] for day in found] == [[120.0], []]
    assert len(rows(cast, "open", eve + 3 * DAY)) == 1  # still open, whichever days were chosen


def test_whoever_has_left_keeps_their_name_on_what_they_did(cast: Cast) -> None:
    taken_by_cal(cast)
    Staff.objects.filter(id=cast.cal.id).update(until=(cast.now - DAY).date())
    assert [row.owner for row in rows(cast, "ack")] == ["Cal Reyes"]


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


def test_an_emergency_that_was_not_reached_in_time_is_a_row(cast: Cast) -> None:
    taken_by_cal(cast)
    late = cast.now + 11 * MINUTE
    rings(late)
    assert [row.owner for row in rows(cast, "reach-late", late)] == ["Cal Reyes"]


def test_a_missed_next_contact_is_a_row_of_its_own(cast: Cast) -> None:
    episode = settled_by_cal(cast)
    late = cast.now + DAY + 6 * MINUTE  # whoever makes it may be dialling at that very second
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


def test_a_turn_before_a_crisis_became_urgent_had_the_longer_wait(cast: Cast) -> None:
    """By hand too: the wait that was promised then counts, not the one of now."""
    cast.night_shift()
    answers(cast, "check-in", UNSURE, cast.now)
    episode, paging = Episode.objects.get(), Paging.objects.get()
    assert episode.urgency == "urgent"
    crisis.change_urgency(episode.id, cast.dia, Urgency.EMERGENCY, "I know her voice.", cast.now + 4 * MINUTE)
    assert Paging.objects.get(id=paging.id).policy["wait_s"] == 120
    assert rows(cast, "turn-late", cast.now + 5 * MINUTE) == []


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
    assert rows(cast, "alerts", only=Only(ended=FALSE_ALARM)) == []
    Episode.objects.update(disposition=Disposition.NO_DANGER_FOUND)
    assert [row.what for row in rows(cast, "alerts", only=Only(ended=FALSE_ALARM))] == ["help-now"]


def test_what_was_first_judged_low_stays_so_whatever_is_judged_later(cast: Cast) -> None:
    episode = reached_by_cal(cast)
    assert rows(cast, "low") == []
    judge(episode, "low", cast.now + 2 * MINUTE)
    assert [row.what for row in rows(cast, "low")] == ["help-now"]
    judge(episode, "high", cast.now + 3 * MINUTE)
    assert [row.what for row in rows(cast, "low")] == ["help-now"]


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
