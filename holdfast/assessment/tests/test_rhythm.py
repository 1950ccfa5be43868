"""Reminders at the client's own hour, and silence that is counted. No database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from holdfast.assessment.rhythm import (
    MORNING,
    NUDGE,
    Silence,
    expected_from,
    is_offered,
    local,
    look_next,
    reminders_due,
    silence_due,
    usual_band,
    worse_than_usual,
)
from holdfast.content.load import cadence, questionnaire
from holdfast.content.shapes import Urgency

RHYTHM = cadence()
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
TOTAL = questionnaire("phq-9").scoring.total
BANDS = TOTAL.bands if TOTAL else ()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


CALM = Silence(
    standing="active",
    risk="unrated",
    timezone="America/Phoenix",
    since=at("2026-10-01T00:00"),
    checked_in=at("2026-11-20T17:00"),
    heard=at("2026-11-20T17:00"),
)
# A check-in on the 20th: the first reminder that stays unanswered is at 9 am of the 21st in Phoenix.
FIRST = at("2026-11-21T16:00")


def test_the_first_reminder_that_counts_is_the_morning_after_the_last_check_in():
    assert expected_from(RHYTHM, CALM) == FIRST


def test_nothing_was_expected_before_somebody_became_a_client():
    assert expected_from(RHYTHM, replace(CALM, since=at("2026-11-22T17:00"))) == at("2026-11-23T16:00")


@pytest.mark.parametrize(
    ("risk", "hours", "urgency"),
    [
        ("imminent", 12, Urgency.SAME_DAY),
        ("high", 24, Urgency.SAME_DAY),
        ("moderate", 24, Urgency.ROUTINE),
        ("low", 24, Urgency.ROUTINE),
        ("unrated", 24, Urgency.ROUTINE),
    ],
)
def test_a_missed_check_in_is_a_signal_by_the_risk_level(risk: str, hours: int, urgency: Urgency):
    silence = replace(CALM, risk=risk)
    assert not silence_due(RHYTHM, silence, FIRST + hours * HOUR - MINUTE)
    (due,) = silence_due(RHYTHM, silence, FIRST + hours * HOUR)
    assert (due.line.signal, due.line.urgency, due.since) == ("missed-check-in", urgency, FIRST + hours * HOUR)


def test_the_day_after_that_a_call_is_due_and_for_a_client_at_high_risk_it_is_urgent():
    found = {d.line.signal: d.line.urgency for d in silence_due(RHYTHM, CALM, FIRST + 48 * HOUR)}
    assert found == {"missed-check-in": Urgency.ROUTINE, "gone-quiet": Urgency.SAME_DAY}
    high = {d.line.signal: d.line.urgency for d in silence_due(RHYTHM, replace(CALM, risk="high"), FIRST + 48 * HOUR)}
    assert high["gone-quiet"] is Urgency.URGENT


def test_somebody_who_was_heard_in_another_way_has_not_gone_quiet_and_still_missed_the_check_in():
    heard = replace(CALM, heard=FIRST + 20 * HOUR)
    assert [d.line.signal for d in silence_due(RHYTHM, heard, FIRST + 60 * HOUR)] == ["missed-check-in"]
    assert len(silence_due(RHYTHM, heard, FIRST + 68 * HOUR)) == 2


def test_a_silence_that_goes_on_is_said_again():
    again = FIRST + 24 * HOUR + timedelta(hours=RHYTHM.again_hours)
    missed = next(d for d in silence_due(RHYTHM, CALM, again) if d.line.signal == "missed-check-in")
    assert missed.since == again


@pytest.mark.parametrize("standing", ["invited", "other_care", "discharged", "died"])
def test_nothing_is_expected_of_whoever_is_not_with_us(standing: str):
    gone = replace(CALM, standing=standing)
    assert not silence_due(RHYTHM, gone, FIRST + 1000 * HOUR)
    assert not reminders_due(RHYTHM.reminder, gone, FIRST)


def test_a_paused_client_is_not_reminded_and_at_high_risk_still_not_forgotten():
    paused = replace(CALM, standing="paused", risk="high")
    assert not reminders_due(RHYTHM.reminder, paused, FIRST)
    assert [d.line.signal for d in silence_due(RHYTHM, paused, FIRST + 168 * HOUR)] == ["gone-quiet"]


@pytest.mark.parametrize(
    ("day", "timezone", "utc"),
    [
        (date(2026, 3, 7), "America/New_York", "2026-03-07T14:00"),
        (date(2026, 3, 8), "America/New_York", "2026-03-08T13:00"),  # the clocks went forward that night
        (date(2026, 11, 1), "America/New_York", "2026-11-01T14:00"),  # and back
        (date(2026, 3, 8), "America/Phoenix", "2026-03-08T16:00"),  # where they never change
    ],
)
def test_the_clocks_may_change_and_the_reminder_stays_at_nine(day: date, timezone: str, utc: str):
    assert local(day, 9, timezone) == at(utc)
    silence = replace(CALM, timezone=timezone)
    due = reminders_due(RHYTHM.reminder, silence, at(utc))
    assert [(moment.day, moment.kind) for moment in due] == [(day, MORNING)]


def test_the_second_reminder_comes_four_hours_later_and_none_comes_long_after():
    assert [m.kind for m in reminders_due(RHYTHM.reminder, CALM, FIRST + 4 * HOUR)] == [NUDGE]
    assert reminders_due(RHYTHM.reminder, CALM, FIRST - MINUTE) == []
    assert reminders_due(RHYTHM.reminder, CALM, FIRST + 2 * HOUR) == []


@pytest.mark.parametrize("hours", range(0, 200, 7))
@pytest.mark.parametrize("risk", ["unrated", "high", "imminent"])
def test_the_next_look_is_always_ahead_and_never_more_than_a_day_away(risk: str, hours: int):
    now = FIRST + hours * HOUR
    assert now < look_next(RHYTHM, replace(CALM, risk=risk), now) <= now + 24 * HOUR


def test_a_form_is_offered_by_the_clients_own_days():
    last = at("2026-11-21T06:30")  # 11:30 pm of the 20th in Phoenix
    assert is_offered(1, last, at("2026-11-21T07:30"), "America/Phoenix")
    assert not is_offered(1, last, at("2026-11-21T07:30"), "America/New_York")


def test_how_often_a_form_comes_may_depend_on_the_risk():
    phq = next(form for form in RHYTHM.forms if form.form == "phq-9")
    assert (phq.days("low"), phq.days("unrated"), phq.days("high")) == (14, 7, 7)


def test_worse_is_a_band_above_the_middle_of_ones_own_earlier_results():
    usual = usual_band(RHYTHM.baseline, [6, 7, 5, 14], BANDS)
    assert usual
    assert usual.word == "mild"
    assert worse_than_usual(RHYTHM.baseline, 10, [6, 7, 5, 14], BANDS)
    assert not worse_than_usual(RHYTHM.baseline, 9, [6, 7, 5, 14], BANDS)
    assert not worse_than_usual(RHYTHM.baseline, 3, [6, 7, 5, 14], BANDS)


def test_of_too_few_results_nobody_says_what_is_usual():
    assert usual_band(RHYTHM.baseline, [6, 7], BANDS) is None
    assert not worse_than_usual(RHYTHM.baseline, 27, [1, 1], BANDS)
