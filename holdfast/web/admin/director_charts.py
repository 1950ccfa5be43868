"""Draws the figures as SVG: how long an answer took by hour of the day, and how many crises began on each day.

Each chart is drawn twice, for a wide and for a narrow place, and stands as a table too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from holdfast.measures.figures import Span, Stretch, Timing, per_days
from holdfast.measures.queries import Only
from holdfast.web.admin.director_page import Clocked, Figures, rows_address
from holdfast.web.admin.director_words import URGENCIES, hour_words, took
from holdfast.web.team.charts import Mark

WIDER, WIDE, NARROW, HEIGHT = 960, 480, 320, 200
LEFT, RIGHT, TOP, FOOT = 46, 10, 14, 28
STEPS: Final = (10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
HOUR_LABELS: Final = ((0, "12 am"), (6, "6 am"), (12, "12 pm"), (18, "6 pm"))
NARROW_BARS = 31
LEAST_TOP = 4  # of the scale of days: one crisis is no tower


@dataclass(frozen=True)
class Box:
    """A bar of a chart. `kind` says what it stands for; the style sheet gives it its color."""

    kind: str
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True)
class Whisker:
    """From the median up to the 95th percentile."""

    x: str
    low: str
    high: str
    left: str
    right: str


@dataclass(frozen=True)
class Drawing:
    """One chart at one width."""

    id: str
    width: int
    height: int
    right: int
    grid: tuple[Mark, ...]
    labels: tuple[Mark, ...]
    boxes: tuple[Box, ...]
    whiskers: tuple[Whisker, ...] = ()
    dots: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A chart in both widths with its title and what it says in a sentence."""

    id: str
    title: str
    sentence: str
    wide: Drawing
    narrow: Drawing


@dataclass(frozen=True)
class Day:
    """A line of the table of days: its rows, and how many of each urgency."""

    stretch: Stretch
    rows: str
    counts: tuple[int, ...]


def _at(number: float) -> str:
    """One decimal, with a point in every language."""
    return f"{number:.1f}"


@dataclass(frozen=True)
class _Paper:
    """Turns values into places: columns from the left, values from the foot."""

    width: int
    columns: int
    top: float

    @property
    def step(self) -> float:
        return (self.width - LEFT - RIGHT) / self.columns

    def x(self, column: float) -> float:
        return LEFT + column * self.step

    def y(self, value: float) -> float:
        return HEIGHT - FOOT - value / self.top * (HEIGHT - TOP - FOOT)


# --- times by hour -------------------------------------------------------------------------------


def times_chart(clock: Clocked) -> Chart:
    """Median and 95th percentile by hour; an hour with fewer than five has a ring for each of them."""
    hours = [figure.timing or Timing(0, None, None, ()) for figure in clock.hours]
    return Chart(
        clock.measure,
        _("%(what)s, by hour of the day") % {"what": clock.title},
        _times_sentence(clock, hours),
        _times(clock.measure, hours, WIDE),
        _times(clock.measure, hours, NARROW),
    )


def _times_sentence(clock: Clocked, hours: Sequence[Timing]) -> str:
    full = [(hour, one) for hour, one in enumerate(hours) if one.median is not None]
    if not clock.took.n:
        return _("Nothing was measured in these days.")
    if not full:
        return _("No hour has five or more yet, so each ring is one time.")
    hour, slowest = max(full, key=lambda one: one[1].high or 0)
    return _("Slowest hour: %(hour)s, where 95 of 100 took %(high)s or less.") % {
        "hour": hour_words(hour),
        "high": took(slowest.high),
    }


def _times(name: str, hours: Sequence[Timing], width: int) -> Drawing:
    highest = max([value for one in hours for value in (one.high, *one.few) if value is not None], default=60.0)
    step = next((each for each in STEPS if highest <= 4 * each), 86400 * (1 + int(highest // (4 * 86400))))
    lines = max(1, -(-int(highest) // step))
    paper = _Paper(width, 24, step * lines)
    bar = paper.step * 0.62
    boxes, whiskers, dots = [], [], []
    for hour, one in enumerate(hours):
        middle = paper.x(hour + 0.5)
        dots += [Mark(_at(middle), _at(paper.y(value))) for value in one.few]
        if one.median is None or one.high is None:
            continue
        top = paper.y(one.median)
        boxes.append(Box("median", _at(middle - bar / 2), _at(top), _at(bar), _at(HEIGHT - FOOT - top)))
        cap = bar * 0.35
        whiskers.append(Whisker(_at(middle), _at(top), _at(paper.y(one.high)), _at(middle - cap), _at(middle + cap)))
    return Drawing(
        f"{name}-{width}",
        width,
        HEIGHT,
        width - RIGHT,
        tuple(
            Mark(_at(LEFT - 6), _at(paper.y(n * step)), took(n * step) if n else "0", "end") for n in range(lines + 1)
        ),
        tuple(Mark(_at(paper.x(hour + 0.5)), _at(HEIGHT - 8), words) for hour, words in HOUR_LABELS),
        tuple(boxes),
        tuple(whiskers),
        tuple(dots),
    )


# --- crises by day -------------------------------------------------------------------------------


def days_chart(figures: Figures) -> Chart:
    """Bars of days, or of weeks where they would be too thin; the most urgent at the foot."""
    weeks = 7 if figures.span.days > NARROW_BARS else 1
    wide, narrow = per_days(figures.raised_at, figures.span), per_days(figures.raised_at, figures.span, weeks)
    most = max(wide, key=lambda one: one.total)
    said = _("No crisis was raised in these days.")
    if most.total == 1:
        said = _("%(n)s in %(days)s days, never more than one on a day.") % {
            "n": figures.raised.n,
            "days": figures.span.days,
        }
    elif most.total:
        said = _("%(n)s in %(days)s days; the most on %(day)s: %(most)s.") % {
            "n": figures.raised.n,
            "days": figures.span.days,
            "day": date_format(most.first, "D, M j"),
            "most": most.total,
        }
    return Chart(
        "days",
        _("Crises raised, by day and urgency"),
        said,
        _days(wide, WIDER),
        _days(narrow, NARROW),
    )


def days_table(figures: Figures) -> tuple[Day, ...]:
    """Days on which a crisis was raised, the newest first."""
    kinds = [figure.only.urgency for figure in figures.by_urgency]
    return tuple(
        Day(
            one,
            rows_address("raised", _one_day(figures, one), Only()),
            tuple(one.counts[kind] for kind in kinds),
        )
        for one in reversed(per_days(figures.raised_at, figures.span))
        if one.total
    )


def _one_day(figures: Figures, one: Stretch) -> Span:
    return Span(one.first, one.last, figures.span.here)


def _days(stretches: Sequence[Stretch], width: int) -> Drawing:
    highest = max(LEAST_TOP, *(one.total for one in stretches))
    step = next(each for n in range(10) for each in (10**n, 2 * 10**n, 5 * 10**n) if highest <= 4 * each)
    lines = -(-highest // step)
    paper = _Paper(width, len(stretches), step * lines)
    bar = min(paper.step * 0.72, 34)
    boxes = []
    for column, one in enumerate(stretches):
        low = 0
        for kind in URGENCIES:
            if not one.counts[kind]:
                continue
            top, foot = paper.y(low + one.counts[kind]), paper.y(low)
            left = paper.x(column + 0.5) - bar / 2
            boxes.append(Box(kind, _at(left), _at(top + 0.75), _at(bar), _at(max(0.5, foot - top - 1.5))))
            low += one.counts[kind]
    return Drawing(
        f"days-{width}",
        width,
        HEIGHT,
        width - RIGHT,
        tuple(Mark(_at(LEFT - 6), _at(paper.y(n * step)), str(n * step), "end") for n in range(lines + 1)),
        _dates(stretches, paper, 3 if width == NARROW else 7),
        tuple(boxes),
    )


def _dates(stretches: Sequence[Stretch], paper: _Paper, most: int) -> tuple[Mark, ...]:
    count = min(most, len(stretches))
    places = sorted({round(number * (len(stretches) - 1) / max(1, count - 1)) for number in range(count)})
    marks = []
    for place in places:
        anchor = "end" if place == len(stretches) - 1 and len(stretches) > 8 else "middle"
        x = paper.width - RIGHT if anchor == "end" else paper.x(place + 0.5)
        marks.append(Mark(_at(x), _at(HEIGHT - 8), date_format(stretches[place].first, "M j"), anchor))
    return tuple(marks)
