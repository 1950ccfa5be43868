"""What clients are told when something does not work: what it means for them now. Never how it is built."""

from collections.abc import Iterable
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.ledger.vouch import word

ALARM: Final = gettext_noop("We can’t be sure our alarm works right now.")
# What broke, the gravest first, and its sentence. Whatever is not named here may mean that the alarm does not work.
SENTENCES: Final[dict[str, str]] = {
    "records_can_be_written": gettext_noop("We can’t save anything right now. What you send does not reach us."),
    "received_is_judged": gettext_noop("We may be late to read what you send right now."),
    "channels_work": gettext_noop("One of the ways we call our people doesn’t work right now. We use the others."),
    "somebody_is_on_duty": gettext_noop(
        "Nobody from our team is on right now. If you ask for help, we ring everyone we have."
    ),
}
THEIR_OWN: Final = frozenset({"downtime_sheet_is_fresh", "tasks_are_looked_at"})  # nothing changes for a client


def for_clients() -> tuple[str, ...]:
    """The broken promises by name, of those that mean something for a client; empty when every one holds."""
    return tuple(name for name in word().broken if name not in THEIR_OWN)


def sentence(broken: Iterable[str]) -> str:
    """The one sentence that matters most, in the reader's language."""
    names = set(broken)
    if "records_can_be_written" in names:
        return _(SENTENCES["records_can_be_written"])
    if names - SENTENCES.keys():
        return _(ALARM)
    return next((_(words) for name, words in SENTENCES.items() if name in names), "")
