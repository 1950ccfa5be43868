"""The only writer of people. Every action needs the open transaction of a scope."""

import secrets
from contextlib import suppress
from datetime import date, datetime

from cryptography.exceptions import InvalidTag
from django.conf import settings

from holdfast.ledger.digest import digest
from holdfast.ledger.record import record
from holdfast.people import rating
from holdfast.people.facts import ContactLost, StandingChanged
from holdfast.people.models import NO_DIGEST_YET, CareTeamMember, Client, Contact, Device, Licence, Staff, User
from holdfast.people.rows import PARTS
from holdfast.people.rules import (
    PAUSE_ENDS,
    ContactKind,
    Discipline,
    Pause,
    Role,
    Standing,
    fingerprint,
    plain_number,
    why_not_pause,
    zone,
)

set_risk_level = rating.set_risk_level


def hire(
    program: int,
    *,
    name: str,
    role: Role,
    discipline: Discipline,
    since: date,
    until: date | None = None,
    credential: str = "",
    languages: tuple[str, ...] = ("en",),
    user: User | None = None,
) -> Staff:
    """Add a member of staff. Licences and contacts follow."""
    return Staff.objects.create(
        program_id=program,
        name=name,
        role=role,
        discipline=discipline,
        since=since,
        until=until,
        credential=credential,
        languages=list(languages),
        user=user,
    )


def license_in(staff: Staff, state: str, *, number: str, valid_from: date, valid_until: date) -> Licence:
    return Licence.objects.create(
        program_id=staff.program_id,
        staff=staff,
        state=state,
        number=number,
        valid_from=valid_from,
        valid_until=valid_until,
    )


def add_contact(
    staff: Staff, kind: ContactKind, address: str, *, label: str = "", tested_at: datetime | None = None
) -> Contact:
    """Add a way to reach a member of staff. It counts as tested only once a human answered on it."""
    plain = plain_number(address) if kind is ContactKind.PHONE else address.strip()
    found = Contact.objects.filter(
        program_id=staff.program_id, staff=staff, address_hash=fingerprint(settings.SECRET_KEY, plain)
    ).first()
    contact = found or Contact(
        program_id=staff.program_id, staff=staff, kind=kind, address_hash=fingerprint(settings.SECRET_KEY, plain)
    )
    contact.address, contact.label, contact.ended_at = plain, label, None
    contact.unreachable_since, contact.unreachable_why = None, ""
    contact.tested_at = tested_at or contact.tested_at
    contact.save()
    return contact


def mark_tested(contact_id: int, now: datetime) -> None:
    """A human answered on this contact."""
    Contact.objects.filter(id=contact_id).update(tested_at=now)


def mark_unreachable(contact: Contact, why: str, now: datetime) -> None:
    """This contact does not work any more. Said once, until it is mended."""
    changed = Contact.objects.filter(id=contact.id, unreachable_since=None).update(
        unreachable_since=now, unreachable_why=why[:120]
    )
    if changed:
        record(ContactLost(program=contact.program_id, staff=contact.staff_id, contact=contact.id, why=why[:120]), now)


def mark_reachable(contact: Contact) -> None:
    Contact.objects.filter(id=contact.id).update(unreachable_since=None, unreachable_why="")


def end_contact(contact: Contact, now: datetime) -> None:
    """Its owner does not want to be reached there any more."""
    Contact.objects.filter(id=contact.id, ended_at=None).update(ended_at=now)


def enrol(
    program: int,
    *,
    name: str,
    state: str,
    timezone: str,
    now: datetime,
    preferred_name: str = "",
    pronouns: str = "",
    language: str = "en",
    phone: str | None = None,
    other_phone: str | None = None,
    wishes: str | None = None,
    born: date | None = None,
    standing: Standing = Standing.ACTIVE,
    user: User | None = None,
) -> Client:
    """Add a client. A time zone that does not exist is refused here: later it would quietly become UTC."""
    if zone(timezone).key != timezone:
        raise ValueError(f"There is no time zone called “{timezone[:60]}”. Write one like America/Phoenix.")
    return Client.objects.create(
        program_id=program,
        name=name,
        preferred_name=preferred_name or name.split(maxsplit=1)[0],
        state=state,
        timezone=timezone,
        pronouns=pronouns,
        language=language,
        phone=plain_number(phone) if phone else None,
        other_phone=plain_number(other_phone) if other_phone else None,
        wishes=wishes,
        born=born.isoformat() if born else None,
        standing=standing,
        standing_since=now,
        user=user,
    )


def write_digests(program: int, after: int, most: int) -> int | None:
    """Digests of numbers that a release without them wrote (decision 11), for so many clients after this id.

    The last id that was looked at, or None when there is no further one. A number that will not open has no digest.
    """
    waiting = Client.objects.select_for_update(no_key=True).filter(NO_DIGEST_YET, id__gt=after)
    rows = list(waiting.order_by("id")[:most])
    for row in rows:
        with suppress(InvalidTag, ValueError):
            row.phone_digest = digest(program, row.phone) if row.phone else None
        with suppress(InvalidTag, ValueError):
            row.other_phone_digest = digest(program, row.other_phone) if row.other_phone else None
    Client.objects.bulk_update(rows, ["phone_digest", "other_phone_digest"])
    return rows[-1].id if rows else None


def join_care_team(client: Client, staff: Staff, part: str, since: date) -> CareTeamMember:
    """Somebody cares for this client from this day on, in one of the parts that pages know."""
    if part not in PARTS:
        raise ValueError(f"There is no part “{part[:20]}” in a care team.")
    return CareTeamMember.objects.create(
        program_id=client.program_id, client=client, staff=staff, part=part, since=since
    )


def change_standing(client: Client, standing: Standing, now: datetime, pause: Pause | None = None) -> bool:
    """Said again, it stands since it was said first. A pause has an end and a reason, and can be given another end.

    Returns whether anything changed.
    """
    if (standing is Standing.PAUSED) != (pause is not None):
        raise ValueError("A pause has an end and a reason, and nothing else has.")
    ends_at = _ends(client, pause, now) if pause else None
    row = Client.objects.select_for_update(no_key=True).get(id=client.id)
    if (row.standing, row.pause_ends_at) == (standing, ends_at):
        return False
    if row.standing != standing:
        row.standing, row.standing_since = standing, now
    row.pause_ends_at, row.pause_why = ends_at, pause.why.strip() if pause else None
    row.save(update_fields=["standing", "standing_since", "pause_ends_at", "pause_why"])
    record(StandingChanged(program=client.program_id, client=client.id, standing=standing), now)
    return True


def _ends(client: Client, pause: Pause, now: datetime) -> datetime:
    here = zone(client.timezone)
    if no := why_not_pause(pause.until, now.astimezone(here).date()):
        raise ValueError(no)
    if not pause.why.strip():
        raise ValueError("Say why they pause.")
    return datetime.combine(pause.until, PAUSE_ENDS, here)


def install_device(client_id: int, program: int, label: str, now: datetime) -> tuple[Device, str]:
    """Let a phone call for help without signing in. Returns the device and its key, shown once."""
    key = secrets.token_urlsafe(32)
    device = Device.objects.create(
        program_id=program,
        client_id=client_id,
        key_hash=fingerprint(settings.SECRET_KEY, key),
        label=label[:60],
        created_at=now,
    )
    return device, key


def revoke_device(device: Device, now: datetime) -> None:
    Device.objects.filter(id=device.id, revoked_at=None).update(revoked_at=now)
