"""Pure decisions about charts that somebody opens themselves, with a reason."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Final

from holdfast.people.rules import LEADS, Role, Verdict, zone

LASTS: Final = timedelta(minutes=60)
WORKING_DAYS: Final = 2
SHORTEST_REASON: Final = 10
LONGEST_REASON: Final = 400
NOBODY_YET: Final = timedelta(minutes=5)  # so often is looked for a second person where there was none


def why_not_open(role: Role | None, why: str) -> str | None:
    """Who may open a chart themselves, and with what. None: they may. Those who lead see every chart already."""
    if role is None or role is Role.ADMINISTRATOR:
        return "Only staff who work with clients can open a chart."
    if len(why.strip()) < SHORTEST_REASON:
        return "Say in a few words why you need this chart now. Whoever reviews it reads them."
    if len(why.strip()) > LONGEST_REASON:
        return f"One or two sentences are enough: at most {LONGEST_REASON} characters."
    return None


def why_not_review(role: Role, *, own: bool, verdict: str, words: str) -> str | None:
    """Who may say whether it was right. None: they may."""
    if role not in LEADS:
        return "A supervisor or a director reviews this."
    if own:
        return "You opened this chart yourself. Somebody else who leads reviews it."
    if verdict not in set(Verdict):
        return "Say whether it was right."
    if not words.strip():
        return "Say in a few words why you see it so. They read it."
    return None


def working_days_on(
    days: int, now: datetime, timezone: str, *, closes: time, open_on: Collection[int], holidays: Collection[date]
) -> datetime:
    """When the office closes so many working days on. The day itself does not count, nor does a holiday.

    However many holidays somebody wrote down, it is never farther off than three weeks.
    """
    here = zone(timezone)
    day, left = now.astimezone(here).date(), days
    farthest = day + timedelta(days=21)
    while left and day < farthest:
        day += timedelta(days=1)
        left -= day.weekday() in open_on and day not in holidays
    return datetime.combine(day, closes, here)
