"""Answers are kept first and judged afterwards; none is lost, none counts twice."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.db import connection

from holdfast.assessment import actions, queries
from holdfast.assessment.models import Answer, Response, RiskFinding
from holdfast.care.models import Task
from holdfast.crisis.models import Episode, Move
from holdfast.people.tests.cast import Cast

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def fill_in(cast: Cast, instrument: str, typed: Mapping[str, str]) -> Response:
    """Answer a form and judge it, as the web does right after its commit."""
    response = actions.start_response(cast.program.id, cast.ana.id, instrument, cast.now)
    actions.save_answers(response.uid, typed, "web", cast.now)
    actions.judge_response(response.id, cast.now)
    response.refresh_from_db()
    return response


def phq9(*values: int) -> dict[str, str]:
    return {str(n + 1): str(value) for n, value in enumerate(values)}


@pytest.fixture(autouse=True)
def somebody_on_duty(cast: Cast) -> None:
    cast.night_shift()


def test_a_quiet_form_opens_nothing(cast: Cast) -> None:
    response = fill_in(cast, "phq-9", phq9(0, 1, 0, 0, 1, 0, 0, 0, 0))
    assert (response.total, response.band) == (2, "minimal")
    assert not Episode.objects.exists()
    assert not Answer.objects.filter(judged_at=None).exists()


def test_item_nine_opens_an_urgent_crisis_and_asks_the_asq_next(cast: Cast) -> None:
    response = actions.start_response(cast.program.id, cast.ana.id, "phq-9", cast.now)
    saved = actions.save_answers(response.uid, {"9": "2"}, "web", cast.now)
    asq = Response.objects.get(instrument="asq")
    assert saved.next_response == asq.uid
    actions.judge_response(response.id, cast.now)
    assert Episode.objects.get().urgency == "urgent"


def test_item_nine_of_one_opens_a_task_for_today(cast: Cast) -> None:
    fill_in(cast, "phq-9", phq9(0, 0, 0, 0, 0, 0, 0, 0, 1))
    assert not Episode.objects.exists()
    task = Task.objects.get()
    assert (task.owner_id, task.urgency) == (cast.bea.id, "same_day")
    assert cast.now < task.due_at <= cast.now + timedelta(hours=12)


def test_a_doubled_submit_is_one_answer_and_one_alert(cast: Cast) -> None:
    response = actions.start_response(cast.program.id, cast.ana.id, "check-in", cast.now)
    safe = next(item.id for item in actions.questionnaire("check-in").items if "safe" in item.text.en.lower())
    no = next(c.value for c in actions.questionnaire("check-in").item(safe).choices if c.code == "no")
    for _ in range(2):
        actions.save_answers(response.uid, {safe: str(no)}, "web", cast.now)
        actions.judge_response(response.id, cast.now)
    assert Answer.objects.count() == 1
    assert RiskFinding.objects.count() == 1
    assert Episode.objects.get().urgency == "emergency"


def test_a_changed_answer_is_added_and_a_worry_is_never_taken_back_by_it(cast: Cast) -> None:
    response = actions.start_response(cast.program.id, cast.ana.id, "phq-9", cast.now)
    for value in ("3", "0"):
        actions.save_answers(response.uid, {"9": value}, "web", cast.now)
        actions.judge_response(response.id, cast.now)
    assert list(Answer.objects.order_by("id").values_list("value", flat=True)) == [3, 0]
    assert queries.latest_answers(response.id)["9"].value == 0
    assert Episode.objects.count() == 1


def test_a_worry_that_was_changed_before_anybody_judged_it_is_not_lost(cast: Cast) -> None:
    """Somebody says yes, the prompt judge fails, and somebody else, or fear, makes it a no two seconds later."""
    response = actions.start_response(cast.program.id, cast.ana.id, "check-in", cast.now)
    for value in ("2", "0"):
        actions.save_answers(response.uid, {"6": value}, "web", cast.now)
    assert actions.judge_response(response.id, cast.now)
    assert Episode.objects.get().urgency == "emergency"
    finding = RiskFinding.objects.get()
    assert (finding.rule, finding.answer.value) == ("checkin-not-safe", 2)
    assert not queries.unjudged(response.id)


def test_a_worry_said_again_hours_later_in_the_same_form_is_a_signal_of_its_own(cast: Cast) -> None:
    response = actions.start_response(cast.program.id, cast.ana.id, "check-in", cast.now)
    for hour, value in enumerate(("2", "0", "2")):
        at = cast.now + timedelta(hours=hour)
        actions.save_answers(response.uid, {"6": value}, "web", at)
        actions.judge_response(response.id, at)
    assert RiskFinding.objects.count() == 1
    assert Move.objects.filter(move="new_signal").count() == 2


def test_bad_values_are_refused_in_words_and_the_others_are_kept(cast: Cast) -> None:
    response = actions.start_response(cast.program.id, cast.ana.id, "phq-9", cast.now)
    saved = actions.save_answers(
        response.uid, {"1": "7", "2": "two", "3": "1", "77": "1", "4": "9" * 400}, "web", cast.now
    )
    assert saved.kept == ("3",)
    assert set(saved.refused) == {"1", "2", "77", "4"}
    assert all(sentence.endswith(".") for sentence in saved.refused.values())


def test_words_that_are_too_long_are_refused_and_nothing_else_is_lost(cast: Cast) -> None:
    response = actions.start_response(cast.program.id, cast.ana.id, "check-in", cast.now)
    last = actions.questionnaire("check-in").items[-1].id
    saved = actions.save_answers(response.uid, {last: "x" * 200_000, "1": "5"}, "web", cast.now)
    assert saved.kept == ("1",)
    assert "longer than we can keep" in saved.refused[last]


def test_what_a_client_writes_is_sealed_in_the_database(cast: Cast) -> None:
    last = actions.questionnaire("check-in").items[-1].id
    fill_in(cast, "check-in", {last: "I miss my garden"})
    assert Answer.objects.get().words == "I miss my garden"
    with connection.cursor() as cursor:
        cursor.execute("select words from assessment_answer")
        assert b"garden" not in bytes(cursor.fetchone()[0])
    assert Task.objects.get().urgency == "same_day"  # a note that nobody has read yet


def insert_raw(cast: Cast, value: int) -> Response:
    response = actions.start_response(cast.program.id, cast.ana.id, "phq-9", cast.now)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into assessment_answer (program_id, response_id, item, value, at) values (%s, %s, '9', %s, %s)",
            [cast.program.id, response.id, value, cast.now],
        )
    return response


def test_an_answer_put_in_by_plain_sql_is_judged_too(cast: Cast) -> None:
    assert actions.judge_response(insert_raw(cast, 3).id, cast.now)
    assert Episode.objects.get().urgency == "urgent"


def test_an_answer_that_cannot_be_judged_becomes_a_crisis_after_three_tries(cast: Cast) -> None:
    response = insert_raw(cast, 99)
    with pytest.raises(ValueError, match=r"."):
        actions.judge_response(response.id, cast.now)
    assert [actions.could_not_judge(response.id, cast.now + n * SECOND) for n in range(3)] == [False, False, True]
    episode = Episode.objects.get()
    assert episode.urgency == "urgent"
    assert RiskFinding.objects.get().answer is not None


def test_an_answer_that_cannot_be_judged_for_thirty_seconds_becomes_a_crisis(cast: Cast) -> None:
    response = insert_raw(cast, 99)
    assert actions.could_not_judge(response.id, cast.now + 30 * SECOND)
    assert Episode.objects.exists()


def test_a_broken_answer_does_not_keep_others_from_being_saved(cast: Cast) -> None:
    response = insert_raw(cast, 99)
    saved = actions.save_answers(response.uid, {"1": "1"}, "web", cast.now)
    assert saved.kept == ("1",)


def test_a_screen_left_unfinished_after_a_yes_is_a_signal_after_ten_minutes(cast: Cast) -> None:
    response = actions.start_response(cast.program.id, cast.ana.id, "asq", cast.now)
    actions.save_answers(response.uid, {"1": "1"}, "web", cast.now)
    actions.judge_response(response.id, cast.now)
    before = RiskFinding.objects.count()
    assert not actions.left_unfinished(response.id, cast.now + 9 * MINUTE)
    assert actions.left_unfinished(response.id, cast.now + 10 * MINUTE)
    assert RiskFinding.objects.count() == before + 1
    assert Episode.objects.count() == 1


def test_an_asq_that_was_asked_and_never_begun_is_a_signal_after_ten_minutes(cast: Cast) -> None:
    fill_in(cast, "phq-9", phq9(0, 0, 0, 0, 0, 0, 0, 0, 1))
    asq = Response.objects.get(instrument="asq")
    assert actions.left_unfinished(asq.id, cast.now + 10 * MINUTE)
    assert Episode.objects.get().urgency == "urgent"


def test_skipping_every_question_of_a_screen_that_was_asked_is_not_a_no(cast: Cast) -> None:
    fill_in(cast, "phq-9", phq9(0, 0, 0, 0, 0, 0, 0, 0, 1))
    asq = Response.objects.get(instrument="asq")
    actions.save_answers(asq.uid, {str(n): "" for n in range(1, 5)}, "web", cast.now)
    actions.judge_response(asq.id, cast.now)
    assert actions.left_unfinished(asq.id, cast.now + 10 * MINUTE)
    assert Episode.objects.get().urgency == "urgent"


def test_a_finished_screen_is_no_signal_by_itself(cast: Cast) -> None:
    response = fill_in(cast, "asq", {str(n): "0" for n in range(1, 5)})
    assert response.done_at == cast.now
    assert response.unfinished_at is None
    assert (response.band, Episode.objects.exists()) == ("negative", False)


def test_asq_yes_right_now_is_an_emergency(cast: Cast) -> None:
    fill_in(cast, "asq", {"1": "0", "2": "0", "3": "1", "4": "0", "5": "1"})
    assert Episode.objects.get().urgency == "emergency"


def test_todays_forms_come_in_the_clients_own_days(cast: Cast) -> None:
    assert queries.due_forms(cast.ana, cast.now)[0] == "check-in"
    fill_in(cast, "check-in", {item.id: "" for item in actions.questionnaire("check-in").items})
    assert "check-in" not in queries.due_forms(cast.ana, cast.now)


def test_answers_on_which_no_rule_fires_are_judged_with_the_saving(cast: Cast) -> None:
    response = actions.start_response(cast.program.id, cast.ana.id, "phq-9", cast.now)
    actions.save_answers(response.uid, phq9(0, 1, 0, 0, 1, 0, 0, 0, 0), "web", cast.now)
    response.refresh_from_db()
    assert (response.total, response.band) == (2, "minimal")
    assert not Answer.objects.filter(judged_at=None).exists()


def test_a_worrying_answer_waits_for_the_judge_so_that_no_fault_of_his_can_lose_it(cast: Cast) -> None:
    response = actions.start_response(cast.program.id, cast.ana.id, "phq-9", cast.now)
    actions.save_answers(response.uid, {"1": "0", "9": "2"}, "web", cast.now)
    assert Answer.objects.filter(judged_at=None, judge_at__gt=cast.now).count() == 2
