"""Looking back, purely: days, mornings, marks, and the sentences that refuse."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.crisis.lookback import (
    LANDED,
    MOST_WORDS,
    Mark,
    earliest,
    late_from,
    next_morning,
    start_of_day,
    why_not_assign,
    why_not_write,
)
from holdfast.crisis.rules import State

PHOENIX = ZoneInfo("America/Phoenix")
WEDNESDAY = datetime(2026, 11, 25, 23, 30, tzinfo=PHOENIX)
TODAY = date(2026, 11, 25)


def test_a_day_begins_and_a_morning_comes_where_the_program_is() -> None:
    assert start_of_day(PHOENIX, WEDNESDAY.astimezone(UTC)) == datetime(2026, 11, 25, tzinfo=PHOENIX)
    assert next_morning(PHOENIX, WEDNESDAY.astimezone(UTC)) == datetime(2026, 11, 26, 8, tzinfo=PHOENIX)


@pytest.mark.parametrize(
    ("at", "late"),
    [
        (WEDNESDAY, datetime(2026, 11, 27, tzinfo=PHOENIX)),
        (datetime(2026, 11, 27, 9, tzinfo=PHOENIX), datetime(2026, 12, 1, tzinfo=PHOENIX)),  # a Friday: all of Monday
        (datetime(2026, 11, 28, 9, tzinfo=PHOENIX), datetime(2026, 12, 1, tzinfo=PHOENIX)),
    ],
)
def test_what_was_left_out_is_late_when_the_next_working_day_is_over(at: datetime, late: datetime) -> None:
    assert late_from(PHOENIX, at) == late


@given(st.integers(0, 6 * 365 * 24 * 60))
def test_the_morning_and_the_last_moment_always_lie_ahead(minutes: int) -> None:
    at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    for place in (PHOENIX, ZoneInfo("America/New_York"), ZoneInfo("Pacific/Auckland")):
        assert start_of_day(place, at) <= at < next_morning(place, at) < late_from(place, at)


def test_a_mark_is_late_when_it_came_after_its_time_or_never_came() -> None:
    due = WEDNESDAY
    minute = timedelta(minutes=1)
    assert not Mark("x", due, due).late(due + minute)
    assert Mark("x", due + minute, due).late(due)
    assert Mark("x", None, due).late(due + minute)
    assert not Mark("x", None, due).late(due)
    assert not Mark("x", None).late(due)
    assert earliest([None, due, due - minute]) == due - minute
    assert earliest([None]) is None


@pytest.mark.parametrize("state", State)
def test_only_what_has_landed_is_looked_back_at(state: State) -> None:
    no = why_not_write(state, True, False, "What happened")
    assert (no is None) == (state in LANDED)
    if no:
        assert "still going on" in no


@pytest.mark.parametrize(
    ("in_it", "leads", "words", "sentence"),
    [
        (False, False, "x", "Only those who were in it"),
        (True, False, "  ", "Write something first"),
        (True, False, "x" * (MOST_WORDS + 1), "20,001 characters"),
        (False, True, "x", None),
        (True, False, "x" * MOST_WORDS, None),
    ],
)
def test_what_keeps_a_text_from_being_written(in_it: bool, leads: bool, words: str, sentence: str | None) -> None:
    no = why_not_write(State.CLOSED, in_it, leads, words)
    assert no is None if sentence is None else sentence in str(no)


@pytest.mark.parametrize(
    ("what", "named", "due", "sentence"),
    [
        (" ", True, TODAY, "Say what is to be done"),
        ("x", False, TODAY, "Name who does it"),
        ("x", True, None, "Give the day"),
        ("x", True, TODAY - timedelta(days=1), "passed already"),
        ("x", True, TODAY + timedelta(days=366), "more than a year away"),
        ("x", True, TODAY, None),
        ("x", True, TODAY + timedelta(days=365), None),
    ],
)
def test_what_an_action_lacks(what: str, named: bool, due: date | None, sentence: str | None) -> None:
    no = why_not_assign(what, named, due, TODAY)
    assert no is None if sentence is None else sentence in str(no)
