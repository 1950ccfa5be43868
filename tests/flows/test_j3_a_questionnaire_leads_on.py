"""J3: what a questionnaire leads to. PHQ-9 item 9 asks the ASQ next; an unfinished screen is a signal; a same-day task has a clock."""

from datetime import timedelta
from typing import Any

from tests.flows.night import HERE, Night


def through_the_phq_9(night: Night, last: str) -> None:
    """Eight answers of 0, and this for the ninth question."""
    night.ana.opens("phq-9")
    for item in "12345678":
        night.ana.answers(item, "0")
    night.ana.answers("9", last)


def task(night: Night) -> dict[str, Any]:
    found: list[dict[str, Any]] = night.wait_for(
        lambda: night.stack.rows("select * from care_task order by id"), "a task is open"
    )
    return found[0]


def test_item_nine_asks_the_asq_next(night: Night) -> None:
    through_the_phq_9(night, "1")
    assert night.stack.one("select instrument from assessment_response where asked_by_id is not null") == "asq"
    assert "wished you were dead" in night.ana.reads(night.ana.address)
    night.ana.answers("1", "no")
    night.ana.answers("2", "yes")
    assert night.crisis["urgency"] == "urgent"  # judged as that item was saved, not when the form ended
    assert night.crisis["protocol"] == "suicidal-thoughts"
    night.cal.text()
    for item, answer in (("3", "no"), ("4", "no"), ("5", "yes")):
        night.ana.answers(item, answer)
    night.wait_for(lambda: night.crisis["urgency"] == "emergency", "thoughts right now are an emergency")
    assert len(night.crises) == 1


def test_a_suicide_screen_left_unfinished_is_a_signal_after_ten_minutes(night: Night) -> None:
    through_the_phq_9(night, "1")
    due = night.stack.one("select unfinished_at - opened_at from assessment_response where instrument = 'asq'")
    assert due == timedelta(minutes=10)
    assert not night.crises
    night.passes(minutes=10)
    night.cal.text()
    assert night.crisis["urgency"] == "urgent"
    assert night.stack.rows("select 1 from assessment_riskfinding where rule = 'asq-unfinished'")


def test_a_screen_that_is_finished_is_no_signal(night: Night) -> None:
    through_the_phq_9(night, "1")
    for item in "1234":
        night.ana.answers(item, "no")
    night.ana.answers("5", "no")
    night.passes(minutes=11)
    night.wait_for(
        lambda: not night.stack.rows("select 1 from assessment_response where unfinished_at is not null"),
        "no clock runs",
    )
    assert not night.crises


def test_a_same_day_task_asks_at_half_time_and_becomes_an_urgent_crisis_when_due(night: Night) -> None:
    night.passes(hours=6)  # 08:00
    opened = night.now
    night.ana.answers("5", "yes")
    found = task(night)
    assert found["due_at"].astimezone(HERE).hour == 20
    assert found["due_at"] <= opened + timedelta(hours=12, minutes=1)
    half, whole = found["half_at"] - found["opened_at"], found["due_at"] - found["opened_at"]
    assert abs(half * 2 - whole) < timedelta(seconds=1)
    assert found["owner_id"] == night.bea.id
    assert not night.stack.rows("select 1 from oncall_paging")

    night.passes(hours=6, minutes=1)
    assert night.paging["what"] == "task"
    assert night.asked == ["Cal"]
    assert {s["channel"] for s in night.sends(night.cal)} <= {"in_app", "push"}  # nobody is woken for it

    night.passes(hours=6)
    night.wait_for(lambda: night.crises, "it becomes a crisis")
    assert night.crisis["urgency"] == "urgent"
    assert "a same-day task was not done in time" in [why for _, why in night.moves()]
    night.cal.text()


def test_a_task_that_was_done_asks_nobody(night: Night) -> None:
    night.ana.answers("5", "yes")
    uid = task(night)["uid"]
    refused = night.bea.posts("/team/tasks/", task=str(uid), outcome=" ")
    assert refused.status_code == 400
    assert "Say what came of it" in refused.text
    assert night.bea.posts("/team/tasks/", task=str(uid), outcome="We talked for ten minutes.").status_code == 302
    night.passes(hours=13)
    assert not night.stack.rows("select 1 from care_task where look_again_at is not null")
    assert not night.stack.rows("select 1 from crisis_episode")


def test_a_task_taken_on_the_page_is_theirs(night: Night) -> None:
    night.ana.answers("5", "yes")
    half = task(night)["half_at"] - task(night)["opened_at"]
    night.passes(seconds=half.total_seconds() + 1)
    page = night.page_of(night.cal)
    assert night.cal.posts(page, do="have").status_code == 302
    assert task(night)["owner_id"] == night.cal.id
    assert night.paging["stop_reason"] == "taken"


def test_a_quiet_check_in_disturbs_nobody(night: Night) -> None:
    for item, answer in (("1", "7"), ("2", "1"), ("3", "6"), ("4", "0"), ("5", "no"), ("6", "safe")):
        night.ana.answers(item, answer)
    night.ana.answers("7", "")
    assert "You don’t need to do anything more" in night.ana.sees()
    assert not night.stack.rows("select 1 from assessment_riskfinding where urgency <> 'none'")
    assert not night.sends()


def test_every_finding_says_which_rule_fired_on_what(night: Night) -> None:
    night.ana.answers("6", "not safe")
    night.cal.replies(night.cal.code())
    page = night.cal.opens(f"/team/crisis/{night.crisis['uid']}")
    assert "Rule checkin-not-safe, version 1, on check-in 6" in page
