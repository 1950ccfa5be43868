"""The director's view: how it goes in numbers, each opening the rows behind it, as a page, as files and on paper."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from django.http import Http404, HttpResponse
from django.urls import reverse

from holdfast.measures.figures import SPANS, Span, span_of
from holdfast.measures.queries import Only, rows
from holdfast.measures.selects import MEASURES, NOW, Row
from holdfast.people.charts import Right
from holdfast.people.models import Client
from holdfast.people.queries import clients_visible_to
from holdfast.people.rules import zone
from holdfast.people.sheets import write
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.admin.director_charts import days_chart, days_table, times_chart
from holdfast.web.admin.director_page import Figure, Figures, part_words, read_figures, rows_address
from holdfast.web.admin.director_paper import figures_paper
from holdfast.web.admin.director_words import STATES, took, what_words
from holdfast.web.chart import saw_all
from holdfast.web.files import as_file
from holdfast.web.proved import hands_out, proved
from holdfast.web.team.frame import draw, me

A_PAGE: Final = 100
LONGEST_SPAN: Final = max(SPANS)
USUAL_SPAN: Final = 30
ROW_COLUMNS: Final = (
    "id",
    "at",
    "day",
    "hour",
    "crisis",
    "client",
    "owner",
    "urgency",
    "what",
    "detail",
    "seconds",
    "ended",
    "protocol",
)
SUMMARY_COLUMNS: Final = (
    *("part", "figure", "measure", "what", "urgency", "ended", "hour", "first_day", "last_day"),
    *("count", "median_s", "p95_s", "count_before", "median_before_s", "p95_before_s", "rows", "rows_before"),
)


@dataclass(frozen=True)
class Line:
    """One row of a list, in words. `address` is empty where there is nothing to open."""

    row: Row
    client: Client | None
    what: str
    took: str


@staff_page("lead")
def figures(request: PageRequest) -> HttpResponse:
    """Everything at a glance, for the days that were chosen, with as many days before them."""
    span = _span(request, SPANS)
    found = read_figures(request.actor, span, request.now)
    today = _today(request)
    context = {
        "figures": found,
        "span": span,
        "spans": [(days, _address("figures", days, span.last), days == span.days) for days in SPANS],
        "today": span.last == today,
        "earlier": _address("figures", span.days, span.before.last),
        "later": _address("figures", span.days, min(today, span.after.last)) if span.last < today else "",
        "open_levels": [urgency for urgency, _row in found.open],
        "open_states": [(state, [row[n] for _urgency, row in found.open]) for n, state in enumerate(STATES)],
        "times": [(clock, times_chart(clock)) for clock in found.clocked],
        "days": days_chart(found),
        "days_rows": days_table(found),
        "file": _address("figures_csv", span.days, span.last),
        "paper": _address("figures_pdf", span.days, span.last),
        "place": zone(request.program.timezone).key,
    }
    return draw(request, "admin/director.html", context, nav="figures")


@staff_page("lead")
def figure_rows(request: PageRequest, measure: str) -> HttpResponse:
    """The rows behind one number, a hundred a page."""
    span, only = _asked(request, measure)
    page = _page_number(request)
    found = rows(request.actor, measure, span, request.now, only, skip=(page - 1) * A_PAGE, most=A_PAGE + 1)
    shown = found[:A_PAGE]
    saw_all(request, [row.client_id for row in shown if row.client_id], Right.LEADS)
    known = clients_visible_to(request.actor).in_bulk({row.client_id for row in shown if row.client_id})
    here = rows_address(measure, span, only)
    context = {
        "title": part_words(measure, only),
        "span": span,
        "is_now": measure in NOW,
        "is_cover": measure == "gaps",
        "lines": [
            Line(row, known.get(row.client_id or 0), what_words(row.what), took(row.seconds) if row.seconds else "")
            for row in shown
        ],
        "first": (page - 1) * A_PAGE + 1,
        "page": page,
        "before": f"{here}&page={page - 1}" if page > 1 else "",
        "after": f"{here}&page={page + 1}" if len(found) > A_PAGE else "",
        "file": rows_address(measure, span, only, "figure_rows_csv"),
        "back": _address("figures", span.days if span.days in SPANS else USUAL_SPAN, span.last),
    }
    return draw(request, "admin/director_rows.html", context, nav="figures")


@staff_page("lead")
@proved
@hands_out
def figure_rows_csv(request: PageRequest, measure: str) -> HttpResponse:
    """The same rows as a file: ids, never a client's name."""
    span, only = _asked(request, measure)
    found = list(rows(request.actor, measure, span, request.now, only))
    saw_all(request, {row.client_id for row in found if row.client_id}, Right.LEADS)
    return _file(f"{measure}-{span.first}-{span.last}.csv", ROW_COLUMNS, (_row_values(row, span) for row in found))


@staff_page("lead")
@proved
@hands_out
def figures_csv(request: PageRequest) -> HttpResponse:
    """Every number of the page, with the address of its rows."""
    span = _span(request, SPANS)
    found = read_figures(request.actor, span, request.now)
    values = (_summary_values(part, one, span) for part, one in found.lines)
    return _file(f"figures-{span.first}-{span.last}.csv", SUMMARY_COLUMNS, values)


@staff_page("lead")
@proved
@hands_out
def figures_pdf(request: PageRequest) -> HttpResponse:
    """Every number of the page on paper. It names no client."""
    span = _span(request, SPANS)
    found: Figures = read_figures(request.actor, span, request.now)
    paper = figures_paper(found, request.program.name, me(request).name, request.now)
    return as_file(paper, "application/pdf", f"figures-{span.first}-{span.last}.pdf")


# --- what was asked for --------------------------------------------------------------------------


def _today(request: PageRequest) -> date:
    return request.now.astimezone(zone(request.program.timezone)).date()


def _span(request: PageRequest, allowed: Iterable[int]) -> Span:
    """The days that were asked for; the usual ones where that makes no sense."""
    here, today = zone(request.program.timezone), _today(request)
    typed = request.GET.get("days", "")
    days = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 4 else 0
    try:
        last = date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        last = today
    if not date(2000, 1, 1) <= last <= today:
        last = today
    return span_of(days if days in allowed else USUAL_SPAN, last, here)


def _asked(request: PageRequest, measure: str) -> tuple[Span, Only]:
    if measure not in MEASURES:
        raise Http404
    what, urgency, ended, hour = (
        request.GET.get(name, "")[:60].replace("\0", "") for name in ("what", "urgency", "ended", "hour")
    )
    only = Only(what, urgency, ended)
    if hour.isascii() and hour.isdecimal() and int(hour) < 24:
        only = replace(only, hour=int(hour))
    return _span(request, range(1, LONGEST_SPAN + 1)), only


def _page_number(request: PageRequest) -> int:
    typed = request.GET.get("page", "1")
    return max(1, int(typed)) if typed.isascii() and typed.isdecimal() and len(typed) < 6 else 1


def _address(name: str, days: int, last: date) -> str:
    return f"{reverse(name)}?days={days}&on={last.isoformat()}"


# --- files ---------------------------------------------------------------------------------------


def _row_values(row: Row, span: Span) -> list[str]:
    here = row.at.astimezone(span.here)
    people = (row.crisis or "", row.client or "", row.owner or "")
    kind = (row.urgency, row.what, row.detail, _seconds(row.seconds), row.ended, row.protocol)
    return [row.id, row.at.isoformat(), here.date().isoformat(), str(here.hour), *people, *kind]


def _summary_values(part: str, one: Figure, span: Span) -> list[str]:
    only = one.only
    hour = "" if only.hour is None else str(only.hour)
    days = ("", "") if one.measure in NOW else (span.first.isoformat(), span.last.isoformat())
    times, times_before = (
        (_seconds(timing.median), _seconds(timing.high)) if timing else ("", "")
        for timing in (one.timing, one.timing_before)
    )
    return [
        *(part, one.words, one.measure, only.what, only.urgency, only.ended, hour, *days),
        *(str(one.n), *times, "" if one.before is None else str(one.before), *times_before),
        *(address.replace("?", ".csv?", 1) for address in (one.rows, one.rows_before)),
    ]


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _file(name: str, columns: Sequence[str], lines: Iterable[Sequence[str]]) -> HttpResponse:
    return as_file(write(columns, lines), "text/csv; charset=utf-8", name)
