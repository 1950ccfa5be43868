"""Tags and filters for Holdfast's components.

`{% icon "phone" %}` draws an icon and notes it; `{% icon_symbols %}`, once at the end of a page, prints
the symbols that were used. A part that is asked for alone has no such end: there each icon is drawn whole.
"""

import json
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.template import Context
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.web import languages, marks
from holdfast.web.boundary import boundary_words
from holdfast.web.helplines import Line, lines
from holdfast.web.shapes import Knot, crisis_line
from holdfast.web.trouble import sentence

register = template.Library()

ICONS = Path(__file__).resolve().parent.parent / "static" / "holdfast" / "icons.svg"
NOTED = "_icons"
EVERY = "*"  # noted instead of a name: a part that refreshes itself may bring any icon
FREE = ("800", "833", "844", "855", "866", "877", "888")

URGENCY_WORDS = {
    "emergency": gettext_noop("Emergency"),
    "urgent": gettext_noop("Urgent"),
    "same_day": gettext_noop("Same day"),
    "routine": gettext_noop("Routine"),
}
RISK_WORDS = {
    "low": gettext_noop("Risk low"),
    "moderate": gettext_noop("Risk moderate"),
    "high": gettext_noop("Risk high"),
    "imminent": gettext_noop("Risk imminent"),
}


@cache
def symbols() -> dict[str, tuple[str, str]]:
    """Every symbol of the sprite: its view box and its body."""
    found = re.findall(r'<symbol id="([^"]+)" viewBox="([^"]+)">(.*?)</symbol>', ICONS.read_text(), re.DOTALL)
    return {name: (box, body) for name, box, body in found}


def draw(context: Context, name: str, css: str) -> SafeString:
    """An icon as a reference to a symbol of the page, or whole where the page has no end of ours."""
    box, body = symbols()[name]
    classes = format_html(' class="{}"', css) if css else ""
    noted = context.get(NOTED)
    if noted is None:
        return format_html('<svg{} aria-hidden="true" viewBox="{}">{}</svg>', classes, box, SafeString(body))
    noted.add(name)
    return format_html('<svg{} aria-hidden="true"><use href="#{}"/></svg>', classes, name)


@register.simple_tag(takes_context=True)
def collect_icons(context: Context) -> str:
    """Begin noting icons. The first thing of a page."""
    context.dicts[0][NOTED] = set()
    return ""


@register.simple_tag(takes_context=True)
def icon_symbols(context: Context) -> SafeString:
    """The symbols of every icon on this page, or that may come to it. The last thing of a page."""
    noted = symbols() if EVERY in context[NOTED] else context[NOTED]
    drawn = format_html_join(
        "",
        '<symbol id="{}" viewBox="{}">{}</symbol>',
        ((name, symbols()[name][0], SafeString(symbols()[name][1])) for name in sorted(noted)),
    )
    return format_html('<svg class="symbols" width="0" height="0" aria-hidden="true">{}</svg>', drawn)


@register.simple_tag(takes_context=True)
def icon(context: Context, name: str, css: str = "") -> SafeString:
    """A Lucide icon by its name."""
    return draw(context, f"i-{name}", f"icon {css}".strip())


@register.simple_tag(takes_context=True)
def whose_page(context: Context) -> str:
    """Whose page this is, in a word that says nothing to anybody else."""
    request = context.get("request")
    return marks.whose(request) if request is not None and hasattr(request, "session") else ""


@register.simple_tag(takes_context=True)
def mark(context: Context) -> SafeString:
    """Holdfast's mark."""
    return draw(context, "mark", "")


@register.simple_tag(takes_context=True)
def urgency(context: Context, level: str) -> SafeString:
    """How fast: shape, word and color. For staff only. Nothing for an urgency of none."""
    if level not in URGENCY_WORDS:
        return SafeString("")
    return format_html(
        '<span class="urgency" data-level="{}">{}{}</span>',
        level,
        draw(context, f"s-{level}", ""),
        _(URGENCY_WORDS[level]),
    )


@register.simple_tag(takes_context=True)
def risk(context: Context, level: str | None = None, who: str = "", at: datetime | None = None) -> SafeString:
    """A clinician's formulation, with who and when. Without one: "Risk not rated yet", never taken for low."""
    if level not in RISK_WORDS:
        return format_html(
            '<span class="risk" data-level="unrated">{}{}</span>',
            draw(context, "s-unrated", ""),
            _("Risk not rated yet"),
        )
    by = f"{who} {when(at, context.get('now'))}".strip() if at else who
    return format_html(
        '<span class="risk" data-level="{}">{}<span>{}, <span class="who">{}</span></span></span>',
        level,
        draw(context, "s-risk", ""),
        _(RISK_WORDS[level]),
        by,
    )


@register.simple_tag
def line(knots: "tuple[Knot, ...] | str", *details: str) -> SafeString:
    """One owner and one clock, from the first signal to a safe landing. Takes knots, or a crisis's state and what stands under each knot."""
    if isinstance(knots, str):
        knots = crisis_line(knots, [str(detail or "") for detail in details])
    return format_html('<ol class="line">{}</ol>', format_html_join("", "{}", ((_knot(knot),) for knot in knots)))


@register.simple_tag
def line_mini(state: str, sentence: str) -> SafeString:
    """The line on a row of the board; a screen reader hears the sentence instead."""
    knots = format_html_join("", "<li{}>{}</li>", ((_s(knot), knot.word) for knot in crisis_line(state)))
    return format_html('<ol class="line mini" aria-hidden="true">{}</ol><span class="vh">{}</span>', knots, sentence)


def _s(knot: Knot) -> SafeString:
    return format_html(' data-s="{}"', knot.s) if knot.s else SafeString("")


def _knot(knot: Knot) -> SafeString:
    current = SafeString(' aria-current="step"') if knot.s in ("now", "seek") else SafeString("")
    under = (
        format_html('<time datetime="{}">{}</time>', knot.at.isoformat(), clock_time(knot.at))
        if knot.at
        else knot.detail
    )
    return format_html("<li{}{}><b>{}</b>{}</li>", _s(knot), current, knot.word, under)


@register.simple_tag(takes_context=True)
def clock(
    context: Context, due: datetime | None, name: str = "", soon: int = 60, now: datetime | None = None
) -> SafeString:
    """Time left until `due`, in words that are right without script; script ticks. `name` is what a screen reader hears."""
    now = now or context.get("now")
    if due is None or now is None:
        return SafeString("")
    left = round((due - now).total_seconds())
    state = "over" if left < 0 else "soon" if left < soon else "ok"
    return format_html(
        '<span class="clock" data-due="{}" data-now="{}" data-soon="{}" data-name="{}" data-left="{}" data-over="{}" data-state="{}">{}'
        '<span><span class="t">{}</span> <span class="w">{}</span></span></span>',
        due.isoformat(),
        now.isoformat(),
        soon,
        name,
        _("left"),
        _("over"),
        state,
        draw(context, "i-timer", "icon"),
        span(left),
        _("over") if left < 0 else _("left"),
    )


def span(seconds: int) -> str:
    """4:12, or 2 h 43 min."""
    n = abs(seconds)
    return f"{n // 3600} h {n % 3600 // 60} min" if n >= 3600 else f"{n // 60}:{n % 60:02d}"


@register.simple_tag
def bubble(text: str, mine: bool = False, under: str = "", flag: str = "") -> SafeString:
    """A message: theirs left, mine right; beneath it the time and whether it was received or read."""
    flagged = format_html(' data-flag="{}"', flag) if flag else ""
    return format_html(
        '<div class="bubble{}"{}><p>{}</p><span class="tiny">{}</span></div>',
        " mine" if mine else "",
        flagged,
        text,
        under,
    )


@register.simple_tag(takes_context=True)
def live(context: Context, topic: str, url: str, select: str, every: int = 30) -> SafeString:
    """Attributes of a part that asks for itself again: when `topic` rings, and every so often anyway."""
    if NOTED in context:
        context[NOTED].add(EVERY)
    return format_html(
        'data-live="{}" data-live-every="{}" hx-get="{}" hx-trigger="refetch" hx-select="{}" hx-target="this" hx-swap="outerHTML"',
        topic,
        every,
        url,
        select,
    )


@register.simple_tag
def helplines() -> tuple[Line, ...]:
    """The helplines in the reader's language, in order; needs no database."""
    return lines()


@register.simple_tag
def boundary() -> str:
    """What we are not, in one breath, in the reader's language; needs no database."""
    return boundary_words()


@register.filter
def what_it_means(broken: "tuple[str, ...]") -> str:
    """What broken promises mean for a client now, in one sentence."""
    return sentence(broken)


@register.filter
def clock_time(at: datetime | None) -> str:
    """9:41 pm, in the reader's zone."""
    if at is None:
        return ""
    here = timezone.localtime(at)
    return f"{here.hour % 12 or 12}:{here.minute:02d} {'am' if here.hour < 12 else 'pm'}"


@register.filter
def long_date(at: datetime | None) -> str:
    """Monday, November 23, in the reader's zone and language."""
    if at is None:
        return ""
    return date_format(timezone.localtime(at), "l j \\d\\e F" if languages.short() == "es" else "l, F j")


@register.filter
def full_date(at: datetime | None) -> str:
    """November 23, 2026, in the reader's zone and language."""
    if at is None:
        return ""
    spanish = languages.short() == "es"
    return date_format(timezone.localtime(at), "j \\d\\e F \\d\\e Y" if spanish else "F j, Y")


@register.filter
def when(at: datetime | None, now: datetime | None) -> str:
    """A time that is right whatever the day: 9:41 pm today, Tue 9:41 pm in the next days or the last, a date beyond."""
    if at is None or now is None:
        return clock_time(at)
    here, today = timezone.localtime(at), timezone.localtime(now)
    days = (here.date() - today.date()).days
    if days == 0:
        return clock_time(at)
    if abs(days) < 7:
        return f"{date_format(here, 'D')} {clock_time(at)}"
    return f"{date_format(here, 'M j')}, {clock_time(at)}"


@register.filter
def phone(number: str | None) -> str:
    """(520) 555-0100 for a number of this country, 1-800-222-1222 for a free one; anything else as it is."""
    digits = re.sub(r"\D", "", number or "")
    if len(digits) == 11 and digits.startswith("1"):
        digits = digits[1:]
    if len(digits) == 10 and digits[:3] in FREE:
        return f"1-{digits[:3]}-{digits[3:6]}-{digits[6:]}"
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}" if len(digits) == 10 else (number or "")


@register.filter
def can_be_dialled(number: str | None) -> bool:
    """Whether what somebody wrote as a number has any digit."""
    return any(sign.isdigit() for sign in number or "")


@register.filter
def tel(number: str | None) -> str:
    """The address that dials a number."""
    plain = re.sub(r"[^\d+*#]", "", number or "")
    return "tel:" + (f"+1{plain}" if len(plain) == 10 and plain.isdigit() else plain)


@register.filter
def sms(number: str | None, words: str = "") -> str:
    """The address that writes to a number, with the first words if it wants some."""
    return "sms:" + re.sub(r"[^\d+]", "", number or "") + (f"?body={quote(words)}" if words else "")


@register.filter
def initials(name: str) -> str:
    """CR for Cal Reyes."""
    return "".join(part[0] for part in name.split(",", maxsplit=1)[0].split()[:2]).upper()


@register.filter
def names(people: "tuple[str, ...] | list[str]") -> str:
    """Cal, Priya and Dia."""
    people = list(people)
    if len(people) < 2:
        return "".join(people)
    return _("%(others)s and %(last)s") % {"others": ", ".join(people[:-1]), "last": people[-1]}


@register.filter
def say(wording: Any) -> str:
    """The words of clinical content in the reader's language."""
    return str(wording.say(languages.short())) if hasattr(wording, "say") else str(wording or "")


@register.filter
def in_fours(code: str) -> str:
    """A long code as it is read aloud."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


@register.filter
def as_json(value: Any) -> str:
    """For a data attribute that script reads; the template escapes it."""
    return json.dumps(value, cls=DjangoJSONEncoder)


@register.filter
def refreshing(address: str) -> str:
    """The address of a page that loads itself again: nobody need be there for it (web/marks.py)."""
    return address if "fresh=1" in address else f"{address}{'&' if '?' in address else '?'}fresh=1"
