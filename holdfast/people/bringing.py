"""Brings in tables of staff and clients: looks at every line against who is there, and writes the good ones.

Looking changes nothing. Writing needs the open transaction of a scope; what was shown in the preview is looked at
again in it, so that what came in between is seen.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from holdfast.ledger.digest import digest
from holdfast.ledger.models import Program
from holdfast.ledger.record import record
from holdfast.ledger.sealed import readable
from holdfast.people import actions
from holdfast.people.days import Days
from holdfast.people.facts import TableConfirmed, TableTaken
from holdfast.people.models import Client, Contact, Staff, TableBrought, User
from holdfast.people.queries import here_or_coming, is_directed, states_served
from holdfast.people.rows import (
    ClientRow,
    Colleague,
    Problem,
    Read,
    StaffRow,
    days_of,
    noted,
    read_client,
    read_staff,
    refused,
)
from holdfast.people.rules import ContactKind, Role, Standing, fingerprint, why_not_role, zone
from holdfast.people.setting_up import note_staff
from holdfast.people.sheets import Kind, Line, Said, Sheet, parse

KEPT: Final = timedelta(days=1)


def keep_table(program: int, kind: Kind, text: str, said: tuple[Said, ...], by: Staff, now: datetime) -> TableBrought:
    """Keep a file until it is confirmed, a day at most."""
    kept = json.dumps({"text": text, "said": [[one.words, dict(one.values)] for one in said]})
    return TableBrought.objects.create(program_id=program, kind=kind, text=kept, by=by, at=now)


def forget(number: int, now: datetime) -> bool:
    """The names and numbers in a file are forgotten when its day is over: its text, and the lines that were refused."""
    return bool(TableBrought.objects.filter(id=number, at__lte=now - KEPT).update(text=None, refused=None))


def sheet_of(table: TableBrought) -> Sheet | None:
    """What was kept, read again; None where it was brought in or forgotten."""
    if table.text is None:
        return None
    kept = json.loads(table.text)
    return parse(kept["text"], tuple(Said(words, values) for words, values in kept["said"]), Kind(table.kind))


def refusals_of(table: TableBrought) -> list[Read[Any]]:
    """The lines that were refused when it was brought in, as long as they are kept."""
    return [
        Read(Line(one["line"], one["cells"]), None, tuple(Problem("", Said(*why)) for why in one["why"]))
        for one in json.loads(table.refused or "[]")
    ]


def begin_table(uid: UUID) -> TableBrought | None:
    """The table that was confirmed, locked: whoever pressed second waits here, and finds it done.

    The program's row is locked too, so that two files never bring in the same person at once.
    """
    table = TableBrought.objects.select_for_update().filter(uid=uid).first()
    if table:
        Program.objects.select_for_update(no_key=True).get(id=table.program_id)
    return table


def finish_table(table: TableBrought, reads: Sequence[Read[Any]], by: Staff, now: datetime) -> None:
    """It was brought in. Its text is forgotten; what was refused is kept for the report."""
    left_out = [read for read in reads if read.row is None]
    table.text, table.done_at = None, now
    table.brought, table.left_out = len(reads) - len(left_out), len(left_out)
    table.refused = json.dumps([_refusal(read) for read in left_out])
    table.save(update_fields=["text", "done_at", "brought", "left_out", "refused"])
    record(
        TableConfirmed(
            program=table.program_id,
            table=table.id,
            what=table.kind,
            brought=table.brought,
            left_out=table.left_out,
            by=by.id,
        ),
        now,
    )


def _refusal(read: Read[Any]) -> dict[str, Any]:
    return {
        "line": read.line.number,
        "why": [[problem.said.words, dict(problem.said.values)] for problem in read.problems],
        "cells": dict(read.line.cells),
    }


def took_table(program: int, kind: Kind, lines: int, by: Staff, now: datetime) -> None:
    """Somebody took a table out as a file: who and when stays known."""
    record(TableTaken(program=program, what=kind, lines=lines, by=by.id), now)


# ---- staff --------------------------------------------------------------------------------------------


def check_staff(program: Program, sheet: Sheet, now: datetime, days: Days | None = None) -> list[Read[StaffRow]]:
    """Every line, against the others of the file and against who is there."""
    today = now.astimezone(zone(program.timezone)).date()
    days = days or days_of(sheet)
    reads = [read_staff(line, days, today) for line in sheet.lines]
    reads = no_second(reads, "email", "e-mail address")
    emails = [read.line.cells.get("email", "").lower() for read in reads]
    taken = set(User.objects.filter(email__in=emails).values_list("email", flat=True))
    ours = set(Staff.objects.filter(user__email__in=emails).values_list("user__email", flat=True))
    names = {name.lower() for name in Staff.objects.values_list("name", flat=True)}
    numbers = Counter(number for read in reads if read.row for number in (read.row.phone, *read.row.others))
    numbers.update(_contacts_there(numbers))
    return [_staff_line(read, email, taken, ours, names, numbers) for read, email in zip(reads, emails, strict=True)]


def _contacts_there(addresses: Iterable[str]) -> list[str]:
    """Those of these numbers and addresses at which somebody of the staff is reached already."""
    by_hash = {fingerprint(settings.SECRET_KEY, one): one for one in addresses}
    there = Contact.objects.filter(address_hash__in=by_hash, ended_at=None).values_list("address_hash", flat=True)
    return [by_hash[one] for one in set(there)]


def _staff_line(
    read: Read[StaffRow], email: str, taken: set[str], ours: set[str], names: set[str], numbers: Counter[str]
) -> Read[StaffRow]:
    if email in ours:
        return refused(read, "email", "They are on the list of staff already. Change them on their own page.")
    if email in taken:
        return refused(read, "email", "This e-mail address has an account already. Use another one.")
    if read.row and read.row.name.lower() in names:
        read = noted(read, "Somebody of this name is on the list already. Look whether it is the same person.")
    if read.row and any(numbers[one] > 1 for one in (read.row.phone, *read.row.others)):
        read = noted(read, "Somebody else is reached at the same number or address. Look whether that is so.")
    return read


def not_beyond(reads: list[Read[StaffRow]], by: Role, now: datetime) -> list[Read[StaffRow]]:
    """Nobody brings in somebody who would see more than whoever brings them may give."""
    directed, found = is_directed(now), []
    for read in reads:
        no = why_not_role(by, None, read.row.role, directed=directed) if read.row else None
        found.append(refused(read, "role", no) if no else read)
    return found


def no_second(reads: list[Read[Any]], key: str, what: str) -> list[Read[Any]]:
    """The same person twice in one file: the first line counts, the others are refused."""
    first: dict[str, int] = {}
    found = []
    for read in reads:
        text = read.line.cells.get(key, "").strip().lower()
        before = first.setdefault(text, read.line.number)
        if text and before != read.line.number:
            words = "The same %(what)s stands in line %(n)s already."
            found.append(refused(read, key, words, what=what, n=str(before)))
        else:
            found.append(read)
    return found


def bring_staff(program: Program, rows: Sequence[StaffRow], by: Staff, now: datetime) -> list[Staff]:
    """Write down these people with their licences and contacts. They get no mail by it, and no contact is tested."""
    people = [_bring_one(program.id, row) for row in rows]
    for staff in people:
        note_staff(staff, "added", by, now)
    return people


def _bring_one(program: int, row: StaffRow) -> Staff:
    staff = actions.hire(
        program,
        name=row.name,
        role=row.role,
        discipline=row.discipline,
        since=row.since,
        until=row.until,
        credential=row.credential,
        languages=row.languages,
        user=User.objects.create_user(row.email),
    )
    for licence in row.licences:
        actions.license_in(
            staff,
            licence.state,
            number=licence.number,
            valid_from=licence.since or min(row.since, licence.until),
            valid_until=licence.until,
        )
    for contact in (row.phone, *row.others):
        actions.add_contact(staff, ContactKind.EMAIL if "@" in contact else ContactKind.PHONE, contact)
    return staff


# ---- clients ------------------------------------------------------------------------------------------


def check_clients(program: Program, sheet: Sheet, now: datetime, days: Days | None = None) -> list[Read[ClientRow]]:
    """Every line, against the others of the file and against who is there."""
    today = now.astimezone(zone(program.timezone)).date()
    days = days or days_of(sheet)
    people = {
        email.lower(): Colleague(name, discipline)
        for email, name, discipline in can_join_a_team(now).values_list("user__email", "name", "discipline")
    }
    reads = no_second([read_client(line, days, today, people) for line in sheet.lines], "email", "e-mail address")
    emails = [read.line.cells.get("email", "").lower() for read in reads]
    taken = set(User.objects.filter(email__in=filter(None, emails)).values_list("email", flat=True))
    there = _numbers_there(program.id, {number for read in reads if read.row for number in (read.row.phone,)})
    served = frozenset(states_served(program))
    in_file: dict[tuple[str, str], int] = {}
    return [_client_line(read, taken, there, served, in_file) for read in reads]


def can_join_a_team(now: datetime) -> "QuerySet[Staff]":
    """Whom a line about a client may name: by their e-mail address, and nobody who sees no charts."""
    return here_or_coming(now).exclude(user=None).exclude(role=Role.ADMINISTRATOR)


def _numbers_there(program: int, numbers: set[str]) -> dict[str, set[str]]:
    """For each of these numbers the names, in small letters, of the clients who have it."""
    by_digest = {digest(program, number): number for number in numbers}
    found: dict[str, set[str]] = {}
    for client in Client.objects.filter(phone_digest__in=list(by_digest)):
        found.setdefault(by_digest[bytes(client.phone_digest)], set()).add(readable(client, "name").lower())
    return found


def _client_line(
    read: Read[ClientRow],
    taken: set[str],
    there: dict[str, set[str]],
    served: frozenset[str],
    in_file: dict[tuple[str, str], int],
) -> Read[ClientRow]:
    row = read.row
    if row is None:
        return read
    who = (row.name.lower(), row.phone)
    if who in in_file:
        return refused(read, "name", "The same name and phone stand in line %(n)s already.", n=str(in_file[who]))
    in_file[who] = read.line.number
    if row.name.lower() in there.get(row.phone, ()):
        return refused(read, "name", "A client of this name with this phone is here already.")
    if row.email in taken:
        return refused(read, "email", "This e-mail address has an account already. Use another one, or leave it out.")
    if row.phone in there:
        read = noted(read, "Another client has this phone number. Look whether it is the same person.")
    if row.state not in served:
        read = noted(read, "%(state)s is not among the states that the program serves.", state=row.state)
    return read


def bring_clients(program: Program, rows: Sequence[ClientRow], now: datetime) -> list[Client]:
    """Write down these clients with their care teams. Silence is watched from now on, not from their first day."""
    people = {one.user.email.lower(): one for one in can_join_a_team(now).select_related("user") if one.user}
    found = []
    for row in rows:
        client = actions.enrol(
            program.id,
            name=row.name,
            preferred_name=row.preferred,
            pronouns=row.pronouns,
            language=row.language,
            state=row.state,
            timezone=row.timezone,
            phone=row.phone,
            other_phone=row.other_phone or None,
            born=row.born,
            standing=Standing.INVITED if row.invited else Standing.ACTIVE,
            user=User.objects.create_user(row.email) if row.email else None,
            now=now,
        )
        for email, part in row.team:
            actions.join_care_team(client, people[email], part, max(row.since, people[email].since))
        found.append(client)
    return found
