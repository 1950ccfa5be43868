"""Pure computing of figures: medians and percentiles by nearest rank, by hour and by day of program time. No clock.

Nearest rank means: sort what was measured and take the one at place ceil(percent / 100 * count). So a percentile is
always something that happened, and anybody can find it in the rows by counting.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from math import ceil
from typing import Final
from zoneinfo import ZoneInfo

LEAST: Final = 5  # of fewer there is no percentile: they are shown as they are
MEDIAN, HIGH = 50, 95
SPANS: Final = (7, 30, 90)  # days that may be chosen
DAY: Final = timedelta(days=1)
WORK_ENDS: Final = time(17)  # what is due on a day is due by then, as tasks are


@dataclass(frozen=True)
class Span:
    """Whole days of program time: from the beginning of the first to the end of the last."""

    first: date
    last: date
    here: ZoneInfo

    @cached_property
    def since(self) -> datetime:
        return datetime.combine(self.first, time(), self.here).astimezone(UTC)

    @cached_property
    def until(self) -> datetime:
        return datetime.combine(self.last + DAY, time(), self.here).astimezone(UTC)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Span":
        """As many days, right before these."""
        return Span(self.first - timedelta(days=self.days), self.first - DAY, self.here)

    @property
    def after(self) -> "Span":
        """As many days, right after these."""
        return Span(self.last + DAY, self.last + timedelta(days=self.days), self.here)

    def holds(self, at: datetime) -> bool:
        return self.since <= at < self.until


def span_of(days: int, last: date, here: ZoneInfo) -> Span:
    """So many days, the last one included."""
    return Span(last - timedelta(days=days - 1), last, here)


def judged_since(days: Mapping[str, int], now: datetime, here: ZoneInfo) -> dict[str, datetime]:
    """For each risk level: what was judged before this moment should have been judged again by now."""
    local = now.astimezone(here)
    over = local.date() if local.time() >= WORK_ENDS else local.date() - DAY  # the last day whose work is done
    return {level: datetime.combine(over - (n - 1) * DAY, time(), here) for level, n in days.items()}


def nearest_rank(values: Iterable[float], percent: int) -> float | None:
    """The value at this percentile; None of nothing."""
    ordered = sorted(values)
    return ordered[max(1, ceil(percent * len(ordered) / 100)) - 1] if ordered else None


@dataclass(frozen=True)
class Timing:
    """How long something took. Fewer than five stand as they are (`few`), without a median or a percentile."""

    count: int
    median: float | None
    high: float | None
    few: tuple[float, ...]


def timing(values: Iterable[float]) -> Timing:
    """What is said of these times."""
    found = sorted(values)
    if len(found) < LEAST:
        return Timing(len(found), None, None, tuple(found))
    return Timing(len(found), nearest_rank(found, MEDIAN), nearest_rank(found, HIGH), ())


@dataclass(frozen=True)
class Timed:
    """One row that took some time; None: it has not ended, or ended otherwise."""

    at: datetime
    seconds: float | None


def ended(rows: Iterable[Timed]) -> list[float]:
    """The times of those that ended."""
    return [row.seconds for row in rows if row.seconds is not None]


def by_hour(rows: Iterable[Timed], here: ZoneInfo) -> tuple[Timing, ...]:
    """24 timings: by the hour of program time in which each began."""
    hours: list[list[float]] = [[] for _ in range(24)]
    for row in rows:
        if row.seconds is not None:
            hours[row.at.astimezone(here).hour].append(row.seconds)
    return tuple(map(timing, hours))


@dataclass(frozen=True)
class Stretch:
    """Some days of a chart, and how many of each kind began in them."""

    first: date
    last: date
    counts: Counter[str]

    @property
    def total(self) -> int:
        return self.counts.total()


def per_days(rows: Sequence[tuple[datetime, str]], span: Span, days: int = 1) -> tuple[Stretch, ...]:
    """How many of each kind (urgency) began, for every so many days of the span; a last, shorter stretch is the oldest."""
    counted: dict[date, Counter[str]] = {}
    for at, kind in rows:
        if span.holds(at):
            counted.setdefault(at.astimezone(span.here).date(), Counter())[kind] += 1
    found, last = [], span.last
    while last >= span.first:
        first = max(span.first, last - timedelta(days=days - 1))
        some = (counted.get(first + timedelta(days=n), Counter()) for n in range((last - first).days + 1))
        found.append(Stretch(first, last, sum(some, Counter())))
        last = first - DAY
    return tuple(reversed(found))
