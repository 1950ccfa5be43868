"""Writes to clients: fixed neutral words and a link, only to those who said that they want it and how.

Writers; each needs the open transaction of a scope.
"""

from datetime import datetime
from typing import Final

from holdfast.content.policies import boundary
from holdfast.ledger.wake import ring
from holdfast.notify.models import Attempt
from holdfast.notify.rules import Channel, State
from holdfast.people.models import ReminderWish
from holdfast.people.rating import end_reminders, end_reminders_to
from holdfast.people.rules import ReminderBy

CHANNEL_OF: Final = {ReminderBy.SMS: Channel.SMS, ReminderBy.EMAIL: Channel.EMAIL}
LAST_RANK: Final = 3  # whatever asks for staff leaves first


def remind(wish: ReminderWish, kind: str, reminder: int, language: str, now: datetime) -> Attempt:
    """Queue one reminder. What it is about is known only behind the link."""
    spanish = language.lower().split("-")[0] == "es"
    attempt = Attempt.objects.create(
        program_id=wish.program_id,
        wish=wish,
        handset=f"client {wish.client_id}",
        channel=CHANNEL_OF[ReminderBy(wish.by)],
        words=f"client_{kind}{'_es' if spanish else ''}",
        args={"to": "client", "also": boundary().short.say("es" if spanish else "en")},
        for_what="reminder",
        for_id=reminder,
        urgency_rank=LAST_RANK,
        state=State.QUEUED,
        due_at=now,
        at=now,
    )
    ring("send")
    return attempt


def stopped(number: str, now: datetime) -> bool:
    """A text said STOP: no more reminders to this number. Says whether there were any."""
    return end_reminders_to(number, "has said STOP", now)


def wish_lost(wish_id: int, why: str, now: datetime) -> None:
    """The address does not work: no more reminders until another is given."""
    wish = ReminderWish.objects.filter(id=wish_id).first()
    if wish is not None:
        end_reminders(wish.client_id, why, now)
