"""Figures, purely: what a median and a percentile are here, and when there is none."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from holdfast.care.rules import days_due
from holdfast.measures.figures import LEAST, Timed, by_hour, judged_since, nearest_rank, per_days, span_of, timing

HERE = ZoneInfo("America/New_York")


def test_a_percentile_is_something_that_happened() -> None:
    assert nearest_rank([15, 20, 35, 40, 50], 30) == 20  # the known example of nearest rank
    assert nearest_rank([15, 20, 35, 40, 50], 95) == 50
    assert nearest_rank([50, 15, 40, 20, 35], 50) == 35
    assert nearest_rank(range(1, 101), 95) == 95
    assert nearest_rank([4, 8], 50) == 4
    assert nearest_rank([7], 95) == 7
    assert nearest_rank([], 50) is None


def test_fewer_than_five_are_shown_as_they_are() -> None:
    few = timing([30.0, 10.0, 20.0, 40.0])
    assert (few.count, few.median, few.high, few.few) == (4, None, None, (10.0, 20.0, 30.0, 40.0))
    enough = timing([50.0, 30.0, 10.0, 20.0, 40.0])
    assert (enough.count, enough.median, enough.high, enough.few) == (LEAST, 30.0, 50.0, ())
    assert timing([]).count == 0


def test_an_hour_is_that_of_the_program_and_what_has_not_ended_does_not_count() -> None:
    three_utc = datetime(2026, 1, 10, 3, tzinfo=ZoneInfo("UTC"))
    hours = by_hour([Timed(three_utc, 60.0), Timed(three_utc, None)], HERE)
    assert len(hours) == 24
    assert [hour for hour, found in enumerate(hours) if found.count] == [22]  # the evening before in New York
    assert hours[22].few == (60.0,)


def test_a_span_is_whole_days_of_the_program_even_when_its_clocks_change() -> None:
    span = span_of(7, date(2026, 3, 10), HERE)
    assert (span.first, span.days) == (date(2026, 3, 4), 7)
    assert span.until.timestamp() - span.since.timestamp() == timedelta(days=7, hours=-1).total_seconds()
    assert (span.before.first, span.before.last) == (date(2026, 2, 25), date(2026, 3, 3))
    assert span.before.until == span.since
    assert span.holds(span.since)
    assert not span.holds(span.until)


def test_the_hour_that_a_night_has_twice_is_one_hour_and_the_hour_it_lacks_has_nothing() -> None:
    autumn = [
        datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
        datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
    ]  # 1:30, and 1:30 again
    hours = by_hour([Timed(at, 60.0) for at in autumn], HERE)
    assert [(hour, found.count) for hour, found in enumerate(hours) if found.count] == [(1, 2)]
    spring = [datetime(2026, 3, 8, 6, 59, tzinfo=UTC), datetime(2026, 3, 8, 7, 1, tzinfo=UTC)]  # 1:59, then 3:01
    hours = by_hour([Timed(at, 60.0) for at in spring], HERE)
    assert [(hour, found.count) for hour, found in enumerate(hours) if found.count] == [(1, 1), (3, 1)]


@pytest.mark.parametrize("judged", ["2026-03-01 00:00", "2026-03-01 18:00", "2026-10-28 23:59"])
def test_a_judgement_is_overdue_exactly_when_its_task_is(judged: str) -> None:
    """Over both nights on which the clocks change."""
    at = datetime.fromisoformat(judged).replace(tzinfo=HERE)
    due = days_due(7, "America/New_York", at)
    for now, overdue in ((due - timedelta(microseconds=1), False), (due, True), (due + timedelta(days=30), True)):
        assert (at < judged_since({"high": 7}, now, HERE)["high"]) is overdue


def test_days_are_counted_by_kind_and_a_day_with_none_stands_there_too() -> None:
    span = span_of(7, date(2026, 3, 10), HERE)
    late = datetime(2026, 3, 5, 4, 30, tzinfo=ZoneInfo("UTC"))  # still the 4th in New York
    found = per_days([(late, "urgent"), (late, "emergency"), (span.before.since, "urgent")], span)
    assert [one.total for one in found] == [2, 0, 0, 0, 0, 0, 0]
    assert found[0].counts == {"urgent": 1, "emergency": 1}


def test_stretches_of_days_end_with_the_last_day_and_lose_nobody() -> None:
    span = span_of(30, date(2026, 3, 10), HERE)
    rows = [(span.since + timedelta(days=n, hours=2), "urgent") for n in range(30)]
    found = per_days(rows, span, 7)
    assert [(one.first.day, one.last.day, one.total) for one in found][-1] == (4, 10, 7)
    assert [one.total for one in found] == [2, 7, 7, 7, 7]
