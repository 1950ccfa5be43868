"""The figures on paper."""

from datetime import datetime
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from holdfast.measures.figures import LEAST, Timing
from holdfast.web.admin.director_page import Figure, Figures, Rule
from holdfast.web.admin.director_words import hour_words, rule_words, took
from holdfast.web.pdf import Paper
from holdfast.web.templatetags.team import stamp

RULES: Final = ("alerts", "low")  # three numbers of a rule stand in one line


def figures_paper(figures: Figures, program: str, reader: str, now: datetime) -> bytes:
    """One file: every number with the one before it. Hours in which nothing began are left out."""
    span = figures.span
    paper = Paper(
        _("Figures of %(program)s") % {"program": program},
        _("Printed %(at)s by %(name)s.") % {"at": stamp(now), "name": reader},
    )
    days = {"first": date_format(span.first, "M j, Y"), "last": date_format(span.last, "M j, Y"), "n": span.days}
    paper.line(_("%(first)s to %(last)s, and the %(n)s days before.") % days)
    paper.line(
        _("Medians and percentiles are by nearest rank; of fewer than %(least)s there is none.") % {"least": LEAST}
    )
    heading = ""
    for part, one in figures.lines:
        if one.measure in RULES or (one.only.hour is not None and not one.n and not one.before):
            continue
        if part != heading:
            paper.heading(part)
            heading = part
        paper.lines([figure_words(one)])
    paper.lines([rule_line(rule) for rule in figures.rules])
    return paper.drawn()


def figure_words(one: Figure) -> str:
    """One number in a sentence; an hour stands under what it is about."""
    words = one.words if one.only.hour is None else hour_words(one.only.hour)
    return f"{words}: {_both(one)}"


def rule_line(rule: Rule) -> str:
    """How one rule did."""
    return _("%(rule)s: %(crises)s; no danger found: %(false)s; first judged low: %(low)s") % {
        "rule": rule_words(rule.name),
        "crises": _both(rule.fired),
        "false": _both(rule.false),
        "low": _both(rule.low),
    }


def _both(one: Figure) -> str:
    now = f"{one.n}{_timing(one.timing)}"
    if one.before is None:
        return now
    return now + " " + _("(before: %(before)s)") % {"before": f"{one.before}{_timing(one.timing_before)}"}


def _timing(timing: Timing | None) -> str:
    if timing is None or not timing.count:
        return ""
    if timing.median is None:
        return ", " + " / ".join(took(value) for value in timing.few)
    return ", " + _("median %(median)s, 95th percentile %(high)s") % {
        "median": took(timing.median),
        "high": took(timing.high),
    }
