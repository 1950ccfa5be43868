"""Draws a client's course for the team: lines as SVG, with one's own usual behind them and what happened beside them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.assessment.course import Event, Point, Series
from holdfast.assessment.queries import course
from holdfast.people.models import Client

WIDE, NARROW, HEIGHT = 640, 320, 190
LEFT, RIGHT, TOP, FOOT = 30, 12, 24, 28
NARROW_DAYS = 15  # of mood, on a phone

TITLES: Final = {
    "mood": gettext_noop("Mood, 0 to 10, higher is better"),
    "phq-9": gettext_noop("PHQ-9, 0 to 27, lower is better"),
    "gad-7": gettext_noop("GAD-7, 0 to 21, lower is better"),
    "bam-use": gettext_noop("BAM use, 0 to 12, lower is better"),
}
KINDS: Final = {
    "use": gettext_noop("Return to use reported"),
    "help": gettext_noop("Pressed “I need help now”"),
    "worry": gettext_noop("A worrying answer or sign"),
    "worse": gettext_noop("Said “It got worse”"),
    "crisis": gettext_noop("A crisis was opened"),
    "closed": gettext_noop("A crisis was closed"),
    "risk": gettext_noop("The risk was judged"),
}
BANDS: Final = {
    "minimal": gettext_noop("minimal"),
    "mild": gettext_noop("mild"),
    "moderate": gettext_noop("moderate"),
    "moderately severe": gettext_noop("moderately severe"),
    "severe": gettext_noop("severe"),
}


@dataclass(frozen=True)
class Mark:
    """A place on the drawing with a text, or a dot."""

    x: str
    y: str
    text: str = ""
    anchor: str = "middle"


@dataclass(frozen=True)
class Drawing:
    """One chart at one width, in places."""

    id: str
    width: int
    height: int
    desc: str
    period: str
    band: Mark | None
    band_height: str
    grid: tuple[Mark, ...]
    thresholds: tuple[Mark, ...]
    dates: tuple[Mark, ...]
    solid: tuple[str, ...]
    broken: tuple[str, ...]
    dots: tuple[Mark, ...]
    last: Mark | None
    rings: tuple[Mark, ...]
    events: tuple[Mark, ...]


@dataclass(frozen=True)
class Row:
    """One line of the table beneath."""

    day: date
    value: str
    word: str


@dataclass(frozen=True)
class Chart:
    """One line of a client's course: wide, narrow, in a sentence and as a table."""

    id: str
    title: str
    sentence: str
    wide: Drawing
    narrow: Drawing
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Numbered:
    """An event under the number by which it stands in the charts."""

    number: int
    at: datetime
    words: str
    why: str


@dataclass(frozen=True)
class Charts:
    """What `team/charts.html` takes."""

    charts: tuple[Chart, ...]
    events: tuple[Numbered, ...]
    more_events: int


MOST_EVENTS = 12


def charts_of(client: Client, now: datetime, more: Iterable[Event] = ()) -> Charts:
    """The charts of one client. Three reads. `more`: what else happened that belongs beside the lines."""
    found = course(client, now)
    events = sorted((*found.events, *more), key=lambda event: event.at)
    shown = events[-MOST_EVENTS:]
    numbers = {event: number for number, event in enumerate(shown, 1)}
    return Charts(
        tuple(_chart(one, numbers) for one in found.series),
        tuple(Numbered(numbers[event], event.at, _(KINDS[event.kind]), event.why) for event in reversed(shown)),
        len(events) - len(shown),
    )


def _chart(series: Series, numbers: dict[Event, int]) -> Chart:
    narrow = series
    if series.id == "mood":
        narrow = _cut(series, series.until - timedelta(days=NARROW_DAYS - 1))
    rows = [Row(point.day, str(point.value), _word(point)) for point in series.points]
    rows += [Row(day, "–", _("no check-in")) for day in series.missing]
    return Chart(
        series.id,
        _(TITLES[series.id]),
        sentence(series),
        _draw(series, WIDE, numbers),
        _draw(narrow, NARROW, numbers),
        tuple(sorted(rows, key=lambda row: row.day, reverse=True)),
    )


def _cut(series: Series, since: date) -> Series:
    return Series(
        series.id,
        since,
        series.until,
        series.lowest,
        series.highest,
        tuple(point for point in series.points if point.day >= since),
        series.usual,
        series.thresholds,
        tuple(day for day in series.missing if day >= since),
    )


def _word(point: Point) -> str:
    return _(BANDS[point.word]) if point.word in BANDS else point.word


def sentence(series: Series) -> str:
    """The last result beside what is usual for them, in words."""
    last = series.points[-1]
    said = _("Last %(value)s") % {"value": last.value}
    if last.word:
        said += f" ({_word(last)})"
    said += ", " + date_format(last.day, "D, M j") + "."
    if series.usual is None:
        return said + " " + _("Too few results yet to say what is usual for them.")
    low, high = series.usual
    if low == high:
        said += " " + _("Their usual is %(value)s.") % {"value": low}
        return said
    where = _("below") if last.value < low else _("above") if last.value > high else _("within")
    return (
        said
        + " "
        + _("Their usual is %(low)s to %(high)s: this is %(where)s it.")
        % {
            "low": low,
            "high": high,
            "where": where,
        }
    )


# --- places ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Paper:
    """Turns days and values into places."""

    series: Series
    width: int

    def x(self, day: date) -> float:
        days = max(1, (self.series.until - self.series.since).days)
        return LEFT + (day - self.series.since).days / days * (self.width - LEFT - RIGHT)

    def y(self, value: float) -> float:
        scale = max(1, self.series.highest - self.series.lowest)
        return HEIGHT - FOOT - (value - self.series.lowest) / scale * (HEIGHT - TOP - FOOT)


def _at(number: float) -> str:
    """One decimal, with a point in every language."""
    return f"{number:.1f}"


def _draw(series: Series, width: int, numbers: dict[Event, int]) -> Drawing:
    paper = _Paper(series, width)
    halves = () if series.thresholds else ((series.lowest + series.highest) // 2,)
    band, band_height = None, "0"
    if series.usual is not None:
        low, high = series.usual
        top, foot = paper.y(high) - 3, paper.y(low) + 3  # a band of one value is still seen
        band, band_height = Mark(_at(LEFT), _at(top)), _at(foot - top)
    solid, broken = _lines(series, paper)
    dots = tuple(Mark(_at(paper.x(point.day)), _at(paper.y(point.value))) for point in series.points)
    return Drawing(
        id=f"{series.id}-{width}",
        width=width,
        height=HEIGHT,
        desc=sentence(series) if series.points else _("No result in these days."),
        period=f"{date_format(series.since, 'M j')} – {date_format(series.until, 'M j')}",
        band=band,
        band_height=band_height,
        grid=tuple(
            Mark(_at(LEFT - 8), _at(paper.y(value)), str(value), "end")
            for value in (series.lowest, *halves, series.highest)
        ),
        thresholds=tuple(
            Mark(_at(LEFT + 4), _at(paper.y(value)), _(BANDS.get(word, word)), "start")
            for value, word in series.thresholds
        ),
        dates=_dates(series, paper, 3 if width == NARROW else 5),
        solid=solid,
        broken=broken,
        dots=dots[:-1],
        last=dots[-1] if dots else None,
        rings=tuple(Mark(_at(paper.x(day)), _at(HEIGHT - FOOT - 7)) for day in series.missing),
        events=_events(series, paper, numbers),
    )


def _lines(series: Series, paper: _Paper) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Solid between neighbors; across days that are missing only a row of dots."""
    solid: list[list[str]] = []
    broken: list[str] = []
    missing = set(series.missing)
    for before, point in zip((None, *series.points), series.points, strict=False):
        here = f"{_at(paper.x(point.day))},{_at(paper.y(point.value))}"
        gap = before is not None and any(before.day < day < point.day for day in missing)
        if before is None or gap:
            solid.append([here])
        else:
            solid[-1].append(here)
        if before is not None and gap:
            broken.append(f"{_at(paper.x(before.day))},{_at(paper.y(before.value))} {here}")
    return tuple(" ".join(line) for line in solid if len(line) > 1), tuple(broken)


def _dates(series: Series, paper: _Paper, count: int) -> tuple[Mark, ...]:
    days = (series.until - series.since).days
    marks = []
    for number in range(count):
        day = series.since + timedelta(days=days * number // (count - 1))
        anchor = "start" if number == 0 else "end" if number == count - 1 else "middle"
        marks.append(Mark(_at(paper.x(day)), _at(HEIGHT - 8), date_format(day, "M j"), anchor))
    return tuple(marks)


def _events(series: Series, paper: _Paper, numbers: dict[Event, int]) -> tuple[Mark, ...]:
    """Numbers at the top; those of days that lie close together stand at one line, so that none covers another."""
    marks: list[tuple[float, list[int]]] = []
    for event, number in numbers.items():
        if not series.since <= event.day <= series.until:
            continue
        x = paper.x(event.day)
        if marks and x - marks[-1][0] < 22:
            marks[-1][1].append(number)
        else:
            marks.append((x, [number]))
    return tuple(Mark(_at(x), _at(TOP), ", ".join(map(str, numbers_))) for x, numbers_ in marks)
