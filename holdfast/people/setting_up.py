"""What an administrator changes: the program, its hours and holidays, staff and their licences, care teams.

Every action needs the open transaction of a scope.
"""

from dataclasses import dataclass
from datetime import date, datetime, time

from holdfast.ledger.models import Program
from holdfast.ledger.record import record
from holdfast.ledger.sealed import readable
from holdfast.people import actions
from holdfast.people.facts import CareTeamChanged, ClientAdded, ClientChanged, ProgramChanged, StaffChanged
from holdfast.people.models import CareTeamMember, Client, Contact, Holiday, Licence, OfficeHours, Staff, User
from holdfast.people.queries import is_directed
from holdfast.people.rows import PARTS, SEPARATORS, ClientRow
from holdfast.people.rules import ContactKind, Discipline, Role, why_not_last_day, zone

MOST_HOLIDAYS = 200
DETAILS = ("name", "preferred_name", "pronouns", "language", "state", "timezone", "other_phone", "born")
PHONE = ("phone", "phone_digest", "phone_changed_at")


@dataclass(frozen=True)
class Names:
    """What a program is called, and where it is."""

    name: str
    neutral_name: str
    state: str
    timezone: str
    phone: str


@dataclass(frozen=True)
class Hours:
    """When the office works; 0 is Monday. `states`: where the program serves clients, its home state among them."""

    opens: time
    closes: time
    days: tuple[int, ...]
    states: tuple[str, ...]


def change_program(program: Program, names: Names, by: Staff, now: datetime) -> None:
    """What the program is called and where it is. Read and checked by the page."""
    row = Program.objects.select_for_update(no_key=True).get(id=program.id)
    row.name, row.neutral_name, row.state = names.name, names.neutral_name, names.state
    row.timezone, row.phone = names.timezone, names.phone
    row.save(update_fields=["name", "neutral_name", "state", "timezone", "phone"])
    record(ProgramChanged(program=program.id, by=by.id), now)


def set_hours(program: Program, hours: Hours, by: Staff, now: datetime) -> None:
    """The hours of the office. Help is sought at every hour all the same."""
    if hours.closes <= hours.opens:
        raise ValueError("The office closes before it opens. Change one of the two times.")
    if not hours.days:
        raise ValueError("Choose at least one day of the week.")
    OfficeHours.objects.update_or_create(
        program_id=program.id,
        defaults={
            "opens": hours.opens,
            "closes": hours.closes,
            "days": list(hours.days),
            "states": sorted({program.state, *hours.states}),
        },
    )
    record(ProgramChanged(program=program.id, by=by.id), now)


def add_holiday(program: Program, on: date, name: str, by: Staff, now: datetime) -> Holiday:
    """A day on which the office is closed. Written again, it has the new name."""
    if on < now.astimezone(zone(program.timezone)).date():
        raise ValueError("That day has passed. Choose one that is still to come.")
    if not name.strip():
        raise ValueError("Say what the day is called.")
    if Holiday.objects.filter(program=program).count() >= MOST_HOLIDAYS:
        raise ValueError(f"There are {MOST_HOLIDAYS} holidays already. Take some off first.")
    row, _ = Holiday.objects.update_or_create(program_id=program.id, on=on, defaults={"name": name.strip()[:60]})
    record(ProgramChanged(program=program.id, by=by.id), now)
    return row


def remove_holiday(program: Program, on: date, by: Staff, now: datetime) -> None:
    if Holiday.objects.filter(program=program, on=on).delete()[0]:
        record(ProgramChanged(program=program.id, by=by.id), now)


def note_staff(staff: Staff, what: str, by: Staff, now: datetime) -> None:
    """Kept with who did it: added, role, name, licence, contact, last day."""
    record(StaffChanged(program=staff.program_id, staff=staff.id, by=by.id, what=what, role=staff.role), now)


def change_staff(
    staff: Staff,
    *,
    name: str,
    role: Role,
    discipline: Discipline,
    credential: str,
    languages: tuple[str, ...],
    by: Staff,
    now: datetime,
) -> None:
    """What somebody is here for. The last director stays one: nobody else could approve or mend anything."""
    if staff.role == Role.DIRECTOR and role is not Role.DIRECTOR:
        _another_director(staff)
    row = Staff.objects.select_for_update(no_key=True).get(id=staff.id)
    what = "name" if row.role == role else "role"
    row.name, row.role, row.discipline = name, role, discipline
    row.credential, row.languages = credential, list(languages)
    row.save(update_fields=["name", "role", "discipline", "credential", "languages"])
    note_staff(row, what, by, now)


def set_last_day(staff: Staff, until: date | None, today: date, by: Staff, now: datetime) -> None:
    """Their last day, both ends included; None: they stay. The caller refuses while they have an open crisis."""
    if until is not None and until < staff.since:
        raise ValueError("The last day lies before the first one.")
    if until is not None and until < today:
        raise ValueError("The last day has passed already. Choose today, or a day to come.")
    if until is not None and staff.id == by.id:
        raise ValueError("You cannot end your own place here. Ask another director or administrator.")
    if no := why_not_last_day(Role(by.role), Role(staff.role), directed=is_directed(now)):
        raise ValueError(no)
    if until is not None and staff.role == Role.DIRECTOR:
        _another_director(staff)
    Staff.objects.filter(id=staff.id).update(until=until)
    note_staff(staff, "last day", by, now)


def _another_director(staff: Staff) -> None:
    """Locked by the program's row, so that two who go at once do not both count on the other."""
    Program.objects.select_for_update(no_key=True).get(id=staff.program_id)
    if not Staff.objects.filter(role=Role.DIRECTOR, until=None).exclude(id=staff.id).exists():
        raise ValueError("They are the only director who stays. Name another one first.")


def write_licence(
    staff: Staff, *, state: str, number: str, valid_from: date, valid_until: date, by: Staff, now: datetime
) -> Licence:
    """A licence of theirs. The same state and number again gets the new dates."""
    if not number.strip():
        raise ValueError("Write the number of the licence.")
    if SEPARATORS.search(number) or ":" in number:
        raise ValueError("The number of a licence has no colon, comma, semicolon or bar in it.")
    if valid_until < valid_from:
        raise ValueError("The licence ends before it begins.")
    Staff.objects.select_for_update(no_key=True).get(id=staff.id)
    row = Licence.objects.filter(staff=staff, state=state, number=number.strip()[:40]).first()
    if row:
        Licence.objects.filter(id=row.id).update(valid_from=valid_from, valid_until=valid_until)
    else:
        row = actions.license_in(
            staff, state, number=number.strip()[:40], valid_from=valid_from, valid_until=valid_until
        )
    note_staff(staff, "licence", by, now)
    return row


def add_contact_for(staff: Staff, address: str, by: Staff, now: datetime) -> Contact:
    """A phone or an e-mail address for somebody else. It counts only once they have answered on it."""
    kind = ContactKind.EMAIL if "@" in address else ContactKind.PHONE
    contact = actions.add_contact(staff, kind, address)
    note_staff(staff, "contact", by, now)
    return contact


def end_contact_for(contact: Contact, by: Staff, now: datetime) -> None:
    """Somebody is not to be reached there any more."""
    actions.end_contact(contact, now)
    note_staff(contact.staff, "contact", by, now)


def client_added(client: Client, by: Staff, now: datetime) -> None:
    """Somebody was added by hand, perhaps with an account."""
    record(ClientAdded(program=client.program_id, client=client.id, by=by.id), now)
    if client.user_id is not None:
        _note_client(client, "account", by, now)


def _note_client(client: Client, what: str, by: Staff, now: datetime) -> None:
    record(ClientChanged(program=client.program_id, client=client.id, by=by.id, what=what), now)


def put_on_team(client: Client, staff: Staff, part: str, since: date, by: Staff, now: datetime) -> CareTeamMember:
    """Somebody joins a care team. Whoever had this part leaves it the day before, so that no day is without."""
    if part not in PARTS:
        raise ValueError("Choose what they are in the care team.")
    Client.objects.select_for_update(no_key=True).get(id=client.id)
    before = CareTeamMember.objects.filter(client=client, part=part, until=None).first()
    if before is not None and before.staff_id == staff.id:
        return before
    if before is not None:
        if since <= before.since:
            raise ValueError(
                "Whoever has this part began later than that. Choose a later day, or end their part first."
            )
        CareTeamMember.objects.filter(id=before.id).update(until=date.fromordinal(since.toordinal() - 1))
    row = actions.join_care_team(client, staff, part, since)
    record(CareTeamChanged(program=client.program_id, client=client.id, staff=staff.id, by=by.id), now)
    return row


def end_part(member: CareTeamMember, until: date, by: Staff, now: datetime) -> None:
    """Their last day in this care team."""
    if until < member.since:
        raise ValueError("That day lies before the one they began.")
    if CareTeamMember.objects.filter(id=member.id).update(until=until):
        record(
            CareTeamChanged(program=member.program_id, client=member.client_id, staff=member.staff_id, by=by.id), now
        )


def change_client(client: Client, said: ClientRow, by: Staff, now: datetime) -> bool:
    """What a client is called, where they are, and their numbers. Not who cares for them.

    Returns whether their phone is another one: codes to sign in may go there, though not at once.
    """
    row = Client.objects.select_for_update(no_key=True).get(id=client.id)
    before = [readable(row, field) for field in DETAILS]
    other_phone_now = said.phone != readable(row, "phone")
    row.name, row.preferred_name = said.name, said.preferred or said.name.split(maxsplit=1)[0]
    row.pronouns, row.language = said.pronouns, said.language
    row.state, row.timezone = said.state, said.timezone
    row.phone, row.other_phone = said.phone or None, said.other_phone or None
    row.born = said.born.isoformat() if said.born else None
    if other_phone_now:
        row.phone_changed_at = now
        _note_client(client, "phone", by, now)
    if before != [readable(row, field) for field in DETAILS]:
        _note_client(client, "details", by, now)
    row.save(update_fields=[*DETAILS, "other_phone_digest", *PHONE])
    return other_phone_now


def give_account(client: Client, email: str, by: Staff, now: datetime) -> User:
    """An address with which somebody who is here already can sign in. No password yet: a link is sent for that."""
    row = Client.objects.select_for_update(no_key=True).get(id=client.id)
    if row.user_id is not None:
        raise ValueError("They have an account already. Load the page again.")
    if User.objects.filter(email=email).exists():
        raise ValueError("This e-mail address has an account already. Use another one.")
    user = User.objects.create_user(email)
    Client.objects.filter(id=client.id).update(user=user)
    _note_client(client, "account", by, now)
    return user
