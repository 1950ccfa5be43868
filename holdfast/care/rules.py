"""When a task is due. Pure: `now` is passed in."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from holdfast.content.shapes import ListClock, TaskClock
from holdfast.people.rules import zone


def same_day_due(clock: TaskClock, timezone: str, now: datetime) -> datetime:
    """The client's own evening hour, at most so many hours away; past that hour today, the longest wait."""
    here = zone(timezone)
    evening = datetime.combine(now.astimezone(here).date(), time(clock.due_local_hour), here)
    longest = now + timedelta(hours=clock.at_most_hours)
    return min(evening, longest) if evening > now else longest


def half_time(clock: TaskClock, opened: datetime, due: datetime) -> datetime:
    """When the clinician on duty is paged about it."""
    return opened + (due - opened) * clock.page_at_part


def days_due(days: int, timezone: str, now: datetime) -> datetime:
    """So many days on, at the end of that day's work in the client's zone."""
    here = zone(timezone)
    return datetime.combine(now.astimezone(here).date() + timedelta(days=days), time(17), here)


def routine_due(clock: ListClock, timezone: str, now: datetime, holidays: Collection[date] = frozenset()) -> datetime:
    """So many working days on, at the end of that day in the client's zone. A holiday is no working day.

    However many holidays somebody wrote down, it is never farther off than twice that many days and a week.
    """
    here = zone(timezone)
    day, left = now.astimezone(here).date(), clock.due_working_days
    farthest = day + timedelta(days=2 * clock.due_working_days + 7)
    while left and day < farthest:
        day += timedelta(days=1)
        left -= day.weekday() < 5 and day not in holidays
    return datetime.combine(day, time(17), here)
