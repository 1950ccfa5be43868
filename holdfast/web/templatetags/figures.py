"""Filters of the pages with figures."""

from django import template
from django.utils.translation import gettext as _

from holdfast.measures.figures import Timing
from holdfast.web.admin.director_words import hour_words, rule_words, took, urgency_words, what_words

register = template.Library()
register.filter("took", took)
register.filter("rule_words", rule_words)
register.filter("hour_words", hour_words)
register.filter("urgency_words", urgency_words)
register.filter("what_words", what_words)


@register.filter
def few(timing: Timing) -> str:
    """Times that are too few for a median, one by one."""
    return ", ".join(took(value) for value in timing.few) or _("none")
