"""What clients are told when something does not work: what it means for them now. Never how it is built."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.ledger.vouch import word
from holdfast.oncall.queries import on_duty

ALARM: Final = gettext_noop("We can’t be sure our alarm works right now.")
# What broke, the gravest first, and its sentence. Whatever is not named here may mean that the alarm does not work.
SENTENCES: Final[dict[str, str]] = {
    "records_can_be_written": gettext_noop("We can’t save anything right now. What you send does not reach us."),
    "words_can_be_read": gettext_noop(
        "We can’t keep or show some words right now. If you press for help, our people are still called."
    ),
    "received_is_judged": gettext_noop("We may be late to read what you send right now."),
    "channels_work": gettext_noop("One of the ways we call our people doesn’t work right now. We use the others."),
    "somebody_is_on_duty": gettext_noop(
        "Nobody from our team is on right now. If you ask for help, we ring everyone we have."
    ),
}
NOBODY_ON_DUTY: Final = "somebody_is_on_duty"
THEIR_OWN: Final = frozenset(
    {
        "downtime_sheet_is_fresh",
        "tasks_are_looked_at",
        "the_record_is_sealed",
        "requests_to_correct_are_looked_at",
        "what_was_approved_to_go_goes",
    }
)  # nothing changes for a client


def for_clients(now: datetime | None = None) -> tuple[str, ...]:
    """The broken promises by name, of those that mean something for a client; empty when every one holds.

    The watch looks at every program. With `now`, in the scope of one, a gap in another's cover is not said here.
    """
    broken = tuple(name for name in word().broken if name not in THEIR_OWN)
    if now is not None and NOBODY_ON_DUTY in broken:
        return of_this_program(broken, somebody=any(on_duty(now).values()))
    return broken


def of_this_program(broken: Iterable[str], *, somebody: bool) -> tuple[str, ...]:
    """Without the gap in the cover where somebody of this program is on duty: then it is another program's."""
    return tuple(name for name in broken if name != NOBODY_ON_DUTY or not somebody)


def in_doubt(broken: Iterable[str]) -> bool:
    """Whether the alarm itself may not work."""
    return bool(set(broken) - SENTENCES.keys())


def sentence(broken: Iterable[str]) -> str:
    """The one sentence that matters most, in the reader's language."""
    names = set(broken)
    if "records_can_be_written" in names:
        return _(SENTENCES["records_can_be_written"])
    if in_doubt(names):
        return _(ALARM)
    return next((_(words) for name, words in SENTENCES.items() if name in names), "")
