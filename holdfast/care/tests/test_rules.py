"""When a task is due, in the client's own time zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from holdfast.care.rules import half_time, routine_due, same_day_due
from holdfast.content.load import escalation

SAME_DAY, ROUTINE = escalation().same_day, escalation().routine
DENVER = ZoneInfo("America/Denver")


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2026, 11, 23, 10, tzinfo=DENVER), datetime(2026, 11, 23, 20, tzinfo=DENVER)),
        (datetime(2026, 11, 23, 6, tzinfo=DENVER), datetime(2026, 11, 23, 18, tzinfo=DENVER)),
        (datetime(2026, 11, 23, 21, tzinfo=DENVER), datetime(2026, 11, 24, 9, tzinfo=DENVER)),
    ],
)
def test_the_clients_evening_and_at_most_twelve_hours(now: datetime, due: datetime) -> None:
    assert same_day_due(SAME_DAY, "America/Denver", now) == due


def test_the_night_the_clocks_go_back_is_no_longer_for_a_task() -> None:
    now = datetime(2026, 11, 1, 7, 30, tzinfo=UTC)  # 1:30 in Denver, for the first time
    assert same_day_due(SAME_DAY, "America/Denver", now) == now + timedelta(hours=12)


def test_half_time() -> None:
    opened = datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert half_time(SAME_DAY, opened, opened + timedelta(hours=8)) == opened + timedelta(hours=4)


def test_three_working_days_leave_the_weekend_out() -> None:
    friday = datetime(2026, 11, 20, 10, tzinfo=DENVER)
    assert routine_due(ROUTINE, "America/Denver", friday).date().isoformat() == "2026-11-25"
