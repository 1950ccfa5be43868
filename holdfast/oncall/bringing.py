"""Brings in a table of shifts: looks at every line against the rota, and puts the good ones on it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from holdfast.ledger.models import Program
from holdfast.oncall.gaps import put_all
from holdfast.oncall.models import Shift
from holdfast.oncall.rules import Level
from holdfast.people.models import Staff
from holdfast.people.queries import here_or_coming
from holdfast.people.rows import Read, ShiftRow, days_of, read_shift, refused
from holdfast.people.rules import zone
from holdfast.people.sheets import Sheet


def check_shifts(program: Program, sheet: Sheet, now: datetime) -> list[Read[ShiftRow]]:
    """Every line, against the others of the file and against the rota."""
    people = _people(now)
    days = days_of(sheet)
    reads = [read_shift(line, days, program.timezone, people.keys(), now) for line in sheet.lines]
    rows = [read.row for read in reads if read.row]
    busy = _on_the_rota(rows, people)
    return [_line(read, people, busy, program) for read in reads]


def _line(
    read: Read[ShiftRow],
    people: dict[str, Staff],
    busy: dict[str, list[tuple[datetime, datetime, str]]],
    program: Program,
) -> Read[ShiftRow]:
    row = read.row
    if row is None:
        return read
    staff, stretches = people[row.email], busy.setdefault(row.email, [])
    meets = next((one for one in stretches if one[0] < row.until and row.since < one[1]), None)
    if meets is not None and meets[2]:
        return refused(read, "since", "It meets their shift in line %(n)s. One person cannot answer twice.", n=meets[2])
    if meets is not None:
        return refused(read, "since", "They have a shift in that time already. One person cannot answer twice.")
    here = zone(program.timezone)
    if row.since.astimezone(here).date() < staff.since:
        return refused(read, "since", "Their first day is %(day)s.", day=str(staff.since))
    if staff.until and (row.until - timedelta(microseconds=1)).astimezone(here).date() > staff.until:
        return refused(read, "until", "Their last day is %(day)s.", day=str(staff.until))
    stretches.append((row.since, row.until, str(read.line.number)))
    return read


def _people(now: datetime) -> dict[str, Staff]:
    staff = here_or_coming(now).exclude(user=None).select_related("user")
    return {one.user.email.lower(): one for one in staff if one.user}


def _on_the_rota(rows: Sequence[ShiftRow], people: dict[str, Staff]) -> dict[str, list[tuple[datetime, datetime, str]]]:
    """What those people have on the rota while the file's shifts last."""
    if not rows:
        return {}
    between: Any = (min(row.since for row in rows), max(row.until for row in rows))
    emails = {staff.id: email for email, staff in people.items()}
    found: dict[str, list[tuple[datetime, datetime, str]]] = {}
    for shift in Shift.objects.filter(staff_id__in=emails, during__overlap=between, ended_at=None):
        found.setdefault(emails[shift.staff_id], []).append((shift.during.lower, shift.during.upper, ""))
    return found


def bring_shifts(rows: Sequence[ShiftRow], by: Staff, now: datetime) -> list[Shift]:
    """Put these people on the rota; the cover is proved again at once."""
    people = _people(now)
    return put_all(by, [(people[row.email], Level(row.level), row.since, row.until) for row in rows], now)
