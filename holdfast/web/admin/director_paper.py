"""The figures on paper."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from holdfast.measures.figures import LEAST, Timing
from holdfast.web.admin.director_page import Figure, Figures
from holdfast.web.admin.director_words import took
from holdfast.web.pdf import Paper
from holdfast.web.templatetags.team import stamp


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
        if part != heading:
            paper.heading(part)
            heading = part
        if one.only.hour is None or one.n or one.before:
            paper.lines([figure_words(one)])
    return paper.drawn()


def figure_words(one: Figure) -> str:
    """One number in a sentence."""
    said = f"{one.words}: {one.n}{_timing(one.timing)}"
    if one.before is None:
        return said
    before = f"{one.before}{_timing(one.timing_before)}"
    return said + " " + _("(before: %(before)s)") % {"before": before}


def _timing(timing: Timing | None) -> str:
    if timing is None or not timing.count:
        return ""
    if timing.median is None:
        return ", " + " / ".join(took(value) for value in timing.few)
    return ", " + _("median %(median)s, 95th percentile %(high)s") % {
        "median": took(timing.median),
        "high": took(timing.high),
    }
