"""What the figures are called, in words."""

from functools import cache
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.content.load import questionnaire, questionnaire_names, signals
from holdfast.web.templatetags.holdfast import URGENCY_WORDS

TITLES: Final[dict[str, str]] = {
    "open": gettext_noop("Open crises"),
    "gaps": gettext_noop("Gaps in the cover of the next 14 days"),
    "reassess": gettext_noop("Risk to be judged again, past its day"),
    "unrated": gettext_noop("Clients whose risk nobody has judged yet"),
    "no-plan": gettext_noop("Clients without a safety plan"),
    "plan-late": gettext_noop("Safety plans past their review"),
    "unread": gettext_noop("Alerts and notes that still wait for somebody"),
    "tasks": gettext_noop("Open tasks past their time"),
    "waivers": gettext_noop("Left out on closing, not yet seen"),
    "raised": gettext_noop("Crises raised"),
    "ack": gettext_noop("From the first page to “I have this”"),
    "first-try": gettext_noop("From “I have this” to the first try"),
    "pages": gettext_noop("People who were asked"),
    "turn-late": gettext_noop("The next person was asked late"),
    "try-late": gettext_noop("First try late"),
    "reach-late": gettext_noop("Emergency not reached in time, a second person asked"),
    "silent": gettext_noop("Owner did not go on, back to paging"),
    "contact-missed": gettext_noop("Next contact missed"),
    "task-late": gettext_noop("Task late, became a crisis"),
    "step-late": gettext_noop("Step of a protocol late"),
    "alerts": gettext_noop("Rules that raised a crisis or joined one"),
    "low": gettext_noop("Rules of crises whose risk was first judged low"),
    "missed": gettext_noop("Raised by a human, and no rule had fired in the 7 days before"),
}
WHAT: Final[dict[str, str]] = {
    "raised": gettext_noop("Nobody has it"),
    "owned": gettext_noop("Someone has it"),
    "reached": gettext_noop("Reached"),
    "settled": gettext_noop("Landing"),
    "closed": gettext_noop("Closed"),
    "taken": gettext_noop("Taken"),
    "waiting": gettext_noop("Still waiting"),
    "other": gettext_noop("Ended without"),
    "tried": gettext_noop("Tried"),
    "given_back": gettext_noop("Given back before a try"),
    "have": gettext_noop("“I have this”"),
    "cannot": gettext_noop("“I cannot”"),
    "none": gettext_noop("No answer"),
    "nobody": gettext_noop("Nobody is on the rota"),
    "left": gettext_noop("On the rota, but does not work here any more"),
    "no_licence": gettext_noop("Nobody on duty is licensed there"),
    "one_contact": gettext_noop("Cannot be reached in two tested ways"),
    "alone": gettext_noop("All alone: asked first in two emergencies at once"),
    "two_levels": gettext_noop("On two levels at once"),
    "not_there": gettext_noop("Has not said that they are there"),
    "not-looked": gettext_noop("The cover was not looked at in the last minutes: gaps may be missing here"),
}
STATES: Final = ("raised", "owned", "reached", "settled")
URGENCIES: Final = ("emergency", "urgent", "same_day", "routine")


def title(measure: str) -> str:
    return _(TITLES[measure])


def what_words(what: str) -> str:
    """A kind of row in words; a rule by what it notices."""
    return _(WHAT[what]) if what in WHAT else _(TITLES[what]) if what in TITLES else rule_words(what)


def rule_words(name: str) -> str:
    """What a rule notices, from its own sentence; its name where it has none, or is no more."""
    said = _rules().get(name) or name
    return said[:1].upper() + said[1:]


@cache
def _rules() -> dict[str, str]:
    forms = (questionnaire(name).scoring for name in questionnaire_names())
    found = {rule.id: rule.because for form in forms for rule in (*form.rules, form.unfinished) if rule}
    return found | {name: str(signal.why).partition(";")[0] for name, signal in signals().items()}


def urgency_words(urgency: str) -> str:
    return _(URGENCY_WORDS[urgency]) if urgency in URGENCY_WORDS else urgency


def took(seconds: float | None) -> str:
    """45 s, 1 min 35 s, 2 h 5 min: how long something took. Nothing where it has not ended."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def hour_words(hour: int) -> str:
    """2 am to 3 am."""
    return _("%(since)s to %(until)s") % {"since": _clock(hour), "until": _clock((hour + 1) % 24)}


def _clock(hour: int) -> str:
    return f"{hour % 12 or 12} {'am' if hour < 12 else 'pm'}"
