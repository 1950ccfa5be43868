"""Tables that leave as files, in the shape in which they can be brought in again."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import F

from holdfast.ledger.models import Program
from holdfast.oncall.models import Shift
from holdfast.people.bringing import can_join_a_team
from holdfast.people.models import CareTeamMember, Client, Contact, Licence, Staff
from holdfast.people.queries import here_or_coming
from holdfast.people.rules import ContactKind, Standing, zone
from holdfast.people.sheets import Kind
from holdfast.web.sealed import opened

AHEAD: Final = timedelta(days=400)


def _staff_out(_program: Program, now: datetime) -> Iterator[list[str]]:
    """Everyone who has not left. Devices that are notified belong to a browser and stay out."""
    licences: dict[int, list[str]] = {}
    for one in Licence.objects.select_related("staff").order_by("state", "number"):
        licences.setdefault(one.staff_id, []).append(_licence(one))
    phones: dict[int, list[str]] = {}
    emails: dict[int, list[str]] = {}
    for contact in Contact.objects.filter(ended_at=None, kind__in=["phone", "email"]).order_by("id"):
        found = phones if contact.kind == ContactKind.PHONE else emails
        found.setdefault(contact.staff_id, []).append(opened(contact, "address"))
    for staff in here_or_coming(now).select_related("user").order_by("name"):
        first, *others = phones.get(staff.id, [""])
        yield [
            staff.name,
            staff.user.email if staff.user else "",
            staff.role,
            staff.discipline,
            staff.credential,
            "; ".join(staff.languages),
            str(staff.since),
            str(staff.until or ""),
            "; ".join(licences.get(staff.id, [])),
            first,
            "; ".join([*others, *emails.get(staff.id, [])]),
        ]


def _licence(one: Licence) -> str:
    """Its first day stands there only where it lies behind theirs: else it counts from theirs."""
    since = f"{one.valid_from}:" if one.valid_from > one.staff.since else ""
    return f"{one.state}:{one.number}:{since}{one.valid_until}"


def _clients_out(program: Program, now: datetime) -> Iterator[list[str]]:
    """Everyone in our care, or to come. Whoever has left or died stays out."""
    today = now.astimezone(zone(program.timezone)).date()
    teams: dict[int, dict[str, str]] = {}
    members = CareTeamMember.objects.exclude(until__lt=today).filter(staff__in=can_join_a_team(now))
    rows = members.order_by(F("until").asc(nulls_last=True), "id")  # of two in one part, the one who stays
    for client_id, email, part in rows.values_list("client_id", "staff__user__email", "part"):
        teams.setdefault(client_id, {})[part] = f"{email}:{part}"
    here = Client.objects.exclude(standing__in=[Standing.DISCHARGED, Standing.DIED]).select_related("user")
    for client in here.order_by("id"):
        yield [
            opened(client, "name"),
            opened(client, "preferred_name"),
            client.pronouns,
            client.language,
            client.state,
            client.timezone,
            opened(client, "phone") or "",
            opened(client, "other_phone") or "",
            client.user.email if client.user else "",
            str(client.standing_since.astimezone(zone(program.timezone)).date()),
            client.standing,
            opened(client, "born") or "",
            "; ".join(sorted(teams.get(client.id, {}).values())),
        ]


def _shifts_out(program: Program, now: datetime) -> Iterator[list[str]]:
    """Every shift that is not over. Whoever stands in for a part of one is not in it."""
    here = zone(program.timezone)
    between: Any = (now, now + AHEAD)
    shifts = Shift.objects.filter(during__overlap=between, ended_at=None).select_related("staff__user")
    for shift in shifts.order_by("during", "level"):
        staff: Staff = shift.staff
        since, until = (moment.astimezone(here) for moment in (shift.during.lower, shift.during.upper))
        yield [staff.user.email if staff.user else staff.name, shift.level, f"{since:%Y-%m-%d %H:%M}", f"{until:%Y-%m-%d %H:%M}"]  # fmt: skip


OUT: Final = {Kind.STAFF: _staff_out, Kind.CLIENTS: _clients_out, Kind.SHIFTS: _shifts_out}
