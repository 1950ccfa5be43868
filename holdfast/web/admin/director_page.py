"""Puts the figures together: each with its number before, and with the address of the rows behind it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from holdfast.measures.figures import Span, Timed, Timing, by_hour, ended, timing
from holdfast.measures.queries import Count, Only, counts, timed
from holdfast.measures.selects import FALSE_ALARM, NOW
from holdfast.people.access import Actor
from holdfast.web.admin.director_words import STATES, URGENCIES, hour_words, title, urgency_words, what_words

OPEN_WORK: Final = ("gaps", "reassess", "unrated", "no-plan", "plan-late", "unread", "tasks", "waivers")
BREACHES: Final = ("turn-late", "try-late", "reach-late", "silent", "contact-missed", "task-late", "step-late")
COUNTED: Final = ("open", *OPEN_WORK, *BREACHES, "pages", "alerts", "low", "missed")
TIMED: Final = {"ack": ("taken", "waiting", "other"), "first-try": ("tried", "waiting", "given_back", "other")}


@dataclass(frozen=True)
class Figure:
    """One number, the number before it where there is one, and which rows it is made of."""

    measure: str
    words: str
    only: Only
    n: int
    before: int | None
    rows: str
    rows_before: str = ""
    timing: Timing | None = None
    timing_before: Timing | None = None


@dataclass(frozen=True)
class Rule:
    """How one rule did: the crises it raised or joined; those where no danger was found, or the risk was judged low."""

    name: str
    fired: Figure
    false: Figure
    low: Figure

    @property
    def parts(self) -> tuple[Figure, Figure, Figure]:
        return self.fired, self.false, self.low


@dataclass(frozen=True)
class Clocked:
    """How long something took: in all, what has not ended, and by the hour in which it began."""

    measure: str
    title: str
    took: Figure
    rest: tuple[Figure, ...]
    hours: tuple[Figure, ...]


@dataclass(frozen=True)
class Figures:
    """Everything the page, its file and its paper show."""

    span: Span
    open: tuple[tuple[str, tuple[Figure, ...]], ...]
    open_total: Figure
    open_work: tuple[Figure, ...]
    raised: Figure
    raised_at: tuple[tuple[datetime, str], ...]
    by_urgency: tuple[Figure, ...]
    clocked: tuple[Clocked, ...]
    pages: tuple[Figure, ...]
    breaches: tuple[Figure, ...]
    rules: tuple[Rule, ...]
    missed: Figure

    @property
    def lines(self) -> Iterator[tuple[str, Figure]]:
        """Every figure under the name of its part of the page."""
        now, crises, times = _("Now"), _("Crises"), _("Times")
        yield now, self.open_total
        yield from ((now, one) for _urgency, row in self.open for one in row)
        yield from ((now, one) for one in self.open_work)
        yield from ((crises, one) for one in (self.raised, *self.by_urgency))
        for clock in self.clocked:
            yield from ((times, one) for one in (clock.took, *clock.hours, *clock.rest))
        yield from ((_("Pages"), one) for one in self.pages)
        yield from ((_("Clocks that ran out"), one) for one in self.breaches)
        for rule in self.rules:
            yield from ((_("Alerts"), one) for one in rule.parts)
        yield _("Alerts"), self.missed


def read_figures(actor: Actor, span: Span, now: datetime) -> Figures:
    """Four queries, however many rows."""
    found = _Counted(counts(actor, COUNTED, span, now), span)
    raised = timed(actor, "raised", span, now)
    urgencies = [u for u in URGENCIES if u in {"emergency", "urgent", *(urgency for _row, urgency, _what in raised)}]
    return Figures(
        span=span,
        open=tuple(
            (urgency, tuple(found.figure("open", Only(state, urgency)) for state in STATES))
            for urgency in URGENCIES
            if found.n("open", True, Only(urgency=urgency))
        ),
        open_total=found.figure("open", Only()),
        open_work=tuple(found.figure(name, Only()) for name in OPEN_WORK),
        raised=_raised(span, raised, ""),
        raised_at=tuple((row.at, urgency) for row, urgency, _what in raised if span.holds(row.at)),
        by_urgency=tuple(_raised(span, raised, urgency) for urgency in urgencies),
        clocked=tuple(_clocked(span, name, timed(actor, name, span, now)) for name in TIMED),
        pages=tuple(found.figure("pages", Only(what)) for what in ("", "have", "cannot", "none")),
        breaches=tuple(found.figure(name, Only()) for name in BREACHES),
        rules=tuple(
            Rule(
                name,
                found.figure("alerts", Only(name)),
                found.figure("alerts", Only(name, ended=FALSE_ALARM)),
                found.figure("low", Only(name)),
            )
            for name in found.kinds("alerts")
        ),
        missed=found.figure("missed", Only()),
    )


def rows_address(measure: str, span: Span, only: Only, kind: str = "figure_rows") -> str:
    """Where these rows are shown, or kept as a file."""
    parts = {"what": only.what, "urgency": only.urgency, "ended": only.ended}
    asked = {"days": str(span.days), "on": span.last.isoformat()}
    asked |= {name: value for name, value in parts.items() if value}
    asked |= {} if only.hour is None else {"hour": str(only.hour)}
    return f"{reverse(kind, args=[measure])}?{urlencode(asked)}"


def part_words(measure: str, only: Only) -> str:
    """What a number is about: its measure, and which part of it."""
    parts = [urgency_words(only.urgency)] if only.urgency else []
    parts += [what_words(only.what)] if only.what else []
    parts += [_("no danger found")] if only.ended == FALSE_ALARM else []
    parts += [hour_words(only.hour)] if only.hour is not None else []
    return ": ".join([title(measure), ", ".join(parts)]) if parts else title(measure)


class _Counted:
    """The counts of many measures, found by measure and part."""

    def __init__(self, found: Sequence[Count], span: Span) -> None:
        self._found, self._span = found, span

    def n(self, measure: str, current: bool, only: Only) -> int:
        return sum(
            one.n
            for one in self._found
            if one.measure == measure
            and one.current is current
            and only.what in ("", one.what)
            and only.urgency in ("", one.urgency)
            and only.ended in ("", one.ended)
        )

    def kinds(self, measure: str) -> list[str]:
        """The kinds there are, the most frequent first."""
        names = {one.what for one in self._found if one.measure == measure}
        return sorted(names, key=lambda name: (-self.n(measure, True, Only(name)), name))

    def figure(self, measure: str, only: Only) -> Figure:
        before = None if measure in NOW else self.n(measure, False, only)
        return _figure(measure, only, self._span, self.n(measure, True, only), before)


def _figure(
    measure: str,
    only: Only,
    span: Span,
    n: int,
    before: int | None,
    took: Timing | None = None,
    took_before: Timing | None = None,
) -> Figure:
    words = part_words(measure, only)
    earlier = "" if before is None else rows_address(measure, span.before, only)
    return Figure(measure, words, only, n, before, rows_address(measure, span, only), earlier, took, took_before)


Read = Iterable[tuple[Timed, str, str]]


def _raised(span: Span, found: Read, urgency: str) -> Figure:
    chosen = [row for row, level, _what in found if urgency in ("", level)]
    n = sum(span.holds(row.at) for row in chosen)
    return _figure("raised", Only(urgency=urgency), span, n, len(chosen) - n)


def _clocked(span: Span, measure: str, found: Read) -> Clocked:
    current = [(row, what) for row, _urgency, what in found if span.holds(row.at)]
    before = [(row, what) for row, _urgency, what in found if not span.holds(row.at)]
    done, *rest = TIMED[measure]

    def part(what: str) -> Figure:
        now_, then = ([row for row, its in rows if its == what] for rows in (current, before))
        times = (timing(ended(now_)), timing(ended(then))) if what == done else (None, None)
        return _figure(measure, Only(what), span, len(now_), len(then), *times)

    hours, hours_before = (by_hour([row for row, _what in rows], span.here) for rows in (current, before))
    pairs = zip(hours, hours_before, strict=True)
    return Clocked(
        measure,
        title(measure),
        part(done),
        tuple(part(what) for what in rest),
        tuple(
            _figure(measure, Only(done, hour=hour), span, one.count, other.count, one, other)
            for hour, (one, other) in enumerate(pairs)
        ),
    )
