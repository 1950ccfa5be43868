"""Tags and filters of the team's pages."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.template.context import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.crisis.known import Judged
from holdfast.people.rules import zone
from holdfast.web.sealed import opened as open_one
from holdfast.web.team.words import DISCIPLINES, VIA
from holdfast.web.templatetags.holdfast import RISK_WORDS, clock_time, draw, phone, risk, when

register = template.Library()

RISK_BEFORE = {
    "low": gettext_noop("Risk was low"),
    "moderate": gettext_noop("Risk was moderate"),
    "high": gettext_noop("Risk was high"),
    "imminent": gettext_noop("Risk was imminent"),
}


@register.simple_tag(takes_context=True)
def risk_before(context: Context, judged: "Judged | None") -> SafeString:
    """The level that stood before a crisis in which nobody has judged yet. It is no judgement of now, and says so."""
    if judged is None or judged.level not in RISK_WORDS:
        return risk(context, "")
    return format_html(
        '<span class="risk" data-level="unrated">{}<span>{}, <span class="who">{} {}. {}</span></span></span>',
        draw(context, "s-unrated", ""),
        _(RISK_BEFORE[judged.level]),
        judged.by,
        when(judged.at, context.get("now")),
        _("Judge again."),
    )


@register.filter
def gist(why: str) -> str:
    """What a finding means, of the sentence that also names the answer and the rule; any other sentence as it is."""
    heard, rule, meaning = _parts(why)
    if not rule:
        return why
    return meaning[:1].upper() + meaning[1:] if meaning else f"{heard}."


@register.filter
def heard_in(why: str) -> str:
    """Which answer a finding is about, of the same sentence."""
    heard, rule, meaning = _parts(why)
    return heard if rule and meaning else ""


def _parts(why: str) -> tuple[str, str, str]:
    """ "PHQ-9 question 9 was answered 2; rule … calls this urgent: thoughts of …" in its three parts."""
    heard, _, rest = (why or "").partition("; rule ")
    rule, _, meaning = rest.partition(": ")
    return heard, rule, meaning


@register.filter
def seconds(at: datetime | None) -> str:
    """9:41:08 pm, in the reader's zone."""
    if at is None:
        return ""
    here = timezone.localtime(at)
    return f"{here.hour % 12 or 12}:{here.minute:02d}:{here.second:02d} {'am' if here.hour < 12 else 'pm'}"


@register.filter
def stamp(at: datetime | None) -> str:
    """2026-11-24 9:41:08 pm: a time that is right whenever it is read."""
    return f"{timezone.localtime(at):%Y-%m-%d} {seconds(at)}" if at else ""


@register.filter
def in_zone(at: datetime | None, place: str) -> str:
    """Tue 2:30 pm MST, in the zone of somebody else."""
    if at is None:
        return ""
    with timezone.override(zone(place)):
        here = timezone.localtime(at)
        return f"{here:%a} {clock_time(at)} {here.tzname()}"


@register.filter
def opened(row: Any, field: str) -> Any:
    """A sealed text of a row; nothing where it will not open or there is no row."""
    return open_one(row, field)


@register.filter
def name_of(client: Any) -> str:
    """The whole name of a client, or what can be read of it."""
    return open_one(client, "name") or open_one(client, "preferred_name") or _("A name that cannot be read")


@register.filter
def called(client: Any) -> str:
    """What a client is called, or what can be read of it."""
    return open_one(client, "preferred_name") or name_of(client)


@register.filter
def zone_name(place: str) -> str:
    """America/Phoenix, as people say it. One that does not exist is called by the zone that we count in instead."""
    return zone(place).key.replace("_", " ").split("/")[-1]


@register.filter
def ago(at: datetime | None, now: datetime) -> str:
    """How long since: 12 minutes, 3 h 12 min, 4 days."""
    if at is None:
        return ""
    minutes = max(0, int((now - at).total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes // (24 * 60)} days"


@register.filter
def lookup(table: Mapping[str, Any], key: str) -> Any:
    """The entry of a table, or nothing."""
    return table.get(key, "")


@register.filter
def ending(number: str | None) -> str:
    """The last four digits of a number, to tell two apart without showing either."""
    return (phone(number) or "")[-4:]


LANGUAGES = {"en": gettext_noop("English"), "es": gettext_noop("Spanish")}


@register.filter
def language_word(code: str) -> str:
    """en as English; a code that we have no word for stays as it is."""
    return _(LANGUAGES[code]) if code in LANGUAGES else code


@register.filter
def discipline_word(name: str) -> str:
    """case_manager as case manager."""
    return _(DISCIPLINES[name]) if name in DISCIPLINES else name


@register.filter
def via_word(text: str) -> str:
    """sms as by text; other words stay as they are."""
    return _(VIA[text]) if text in VIA else text
