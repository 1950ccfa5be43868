"""Writers of a client's risk level, reminder wish and place in time. Each needs the open transaction of a scope."""

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from holdfast.ledger.record import record
from holdfast.people.facts import RiskLevelSet
from holdfast.people.models import Client, ReminderWish, RiskRating, Staff
from holdfast.people.rules import ReminderBy, RiskLevel, fingerprint, plain_number, zone


def set_risk_level(client: Client, level: RiskLevel, by: Staff, now: datetime, words: str = "") -> RiskRating:
    """Write down a clinician's judgement. The newest holds; how long a silence may last follows from it at once."""
    rating = RiskRating.objects.create(
        program_id=client.program_id, client=client, level=level, by=by, words=words.strip() or None, at=now
    )
    look_for_silence(client.id, now)
    record(RiskLevelSet(program=client.program_id, client=client.id, level=level, by=by.id), now)
    return rating


def look_for_silence(client_id: int, at: datetime | None) -> None:
    """When somebody looks again whether a client has gone quiet; empty means at once."""
    Client.objects.filter(id=client_id).update(silence_look_at=at)


def change_timezone(client: Client, timezone: str) -> None:
    """A client lives by another clock now. Reminders follow it, and none of a day is sent twice."""
    if zone(timezone).key != timezone:
        raise ValueError(f"There is no time zone called “{timezone[:60]}”. Write one like America/Phoenix.")
    Client.objects.filter(id=client.id).update(timezone=timezone, silence_look_at=None)


def wish_reminders(
    client: Client, by: ReminderBy, address: str, now: datetime, recorded_by: Staff | None = None
) -> ReminderWish:
    """A client wants to be reminded, in this way. An earlier wish ends."""
    plain = plain_number(address) if by is ReminderBy.SMS else address.strip()
    if (by is ReminderBy.SMS and len(plain) < 11) or (by is ReminderBy.EMAIL and not _is_mailbox(plain)):
        raise ValueError("That is not a phone number or an e-mail address. Please look at it again.")
    end_reminders(client.id, "another way", now)
    return ReminderWish.objects.create(
        program_id=client.program_id,
        client=client,
        by=by,
        address=plain,
        address_hash=fingerprint(settings.SECRET_KEY, plain),
        since=now,
        recorded_by=recorded_by,
    )


def _is_mailbox(text: str) -> bool:
    """One address that a mail server takes: no list, no header."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def end_reminders(client_id: int, why: str, now: datetime) -> bool:
    """No more reminders to this client. Says whether there were any."""
    found = ReminderWish.objects.filter(client_id=client_id, ended_at=None)
    return bool(found.update(ended_at=now, ended_why=why[:60]))


def end_reminders_to(number: str, why: str, now: datetime) -> bool:
    """No more reminders to this address, whoever has it: it said STOP, or does not work."""
    wanted = fingerprint(settings.SECRET_KEY, plain_number(number))
    found = ReminderWish.objects.filter(address_hash=wanted, ended_at=None)
    return bool(found.update(ended_at=now, ended_why=why[:60]))
