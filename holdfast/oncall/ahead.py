"""The only reads of the cover ahead: what the proof looks at, its gaps, and what concerns one person."""

from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from holdfast.content.load import escalation
from holdfast.ledger.models import Program
from holdfast.oncall.cover import AHEAD, Gap, Person, Rota, Why, gaps, why_not_swap
from holdfast.oncall.models import Canary, CoverGap, Policy, Shift, SwapOffer
from holdfast.oncall.queries import shifts_between
from holdfast.oncall.rules import Level, Stint, on_shift
from holdfast.people.models import Client, Licence, Staff
from holdfast.people.queries import working_contacts
from holdfast.people.rules import LEADS, Standing, zone

IN_OUR_CARE: Final = (Standing.ACTIVE, Standing.PAUSED)


def rota_ahead(program: Program, since: datetime, until: datetime) -> Rota:
    """Everything that decides about the cover of a stretch of time, as plain values."""
    contacts: dict[int, int] = {}
    for who in working_contacts().filter(tested_at__isnull=False).values_list("staff_id", flat=True):
        contacts[who] = contacts.get(who, 0) + 1
    licences: dict[int, list[Any]] = {}
    for who, *licence in Licence.objects.values_list("staff_id", "state", "valid_from", "valid_until"):
        licences.setdefault(who, []).append(tuple(licence))
    people = {
        one.id: Person(
            one.id,
            tuple(licences.get(one.id, ())),
            contacts.get(one.id, 0),
            one.since,
            one.until,
            one.role if one.role in LEADS else "",
        )
        for one in Staff.objects.all()
    }
    stints, swaps = shifts_between(since, until)
    own = Policy.objects.filter(name="crisis", until=None).values_list("steps", flat=True).first()
    return Rota(people, stints, swaps, states_of(program), zone(program.timezone), tuple(own or escalation().steps))


def states_of(program: Program) -> tuple[str, ...]:
    """Every state with a client in our care; before the first client comes, the program's own."""
    found = Client.objects.filter(standing__in=IN_OUR_CARE).values_list("state", flat=True).distinct()
    return tuple(sorted(found)) or (program.state,)


def proof(program: Program, now: datetime) -> tuple[Rota, list[Gap]]:
    """The next 14 days: what was looked at, and every gap in it, those of people who are not there among them."""
    rota = rota_ahead(program, now, now + AHEAD)
    found = gaps(rota, now, now + AHEAD)
    return rota, sorted([*not_there(rota, now), *found], key=lambda gap: gap.since)


def missed(now: datetime) -> "list[Canary]":
    """Beginnings that nobody has confirmed, while their stretch lasts."""
    return list(Canary.objects.filter(missed_at__isnull=False, answered_at=None, until__gt=now).select_related("staff"))


def not_there(rota: Rota, now: datetime) -> list[Gap]:
    """The stretches of those who have not said that they are there, unless somebody stands in for them."""
    found = []
    for canary in missed(now):
        since = max(now, canary.starts_at)
        if canary.staff_id in on_shift(rota.stints, rota.swaps, since)[Level(canary.level)]:
            found.append(Gap(since, canary.until, rota.states, Why.NOT_THERE, frozenset({canary.staff_id})))
    return found


def open_gaps() -> "list[CoverGap]":
    """The gaps that are known and not closed, the nearest first."""
    return list(CoverGap.objects.filter(closed_at=None).order_by("since", "id"))


def asked_to_start(staff: int, now: datetime) -> "list[Canary]":
    """The beginnings that this person has not confirmed yet."""
    return list(Canary.objects.filter(staff_id=staff, asked_at__isnull=False, answered_at=None, until__gt=now))


_STARTS: Final = """
    select who, level, since, until from (
        select staff_id as who, level, lower(during) as since, upper(during) as until from oncall_shift
        where ended_at is null and lower(during) > %(now)s and lower(during) <= %(soon)s
        union
        select staff_in_id, level, lower(during), upper(during) from oncall_override
        where staff_in_id is not null and not isempty(during) and lower(during) > %(now)s and lower(during) <= %(soon)s
    ) s
    where not exists (select from oncall_canary c where c.staff_id = s.who and c.starts_at = s.since)
    order by since, who, level
"""


def starting(now: datetime, soon: datetime) -> list[tuple[int, str, datetime, datetime]]:
    """Who begins between these moments and was not looked at yet: (staff, level, from, to)."""
    with connection.cursor() as cursor:
        cursor.execute(_STARTS, {"now": now, "soon": soon})
        return list(cursor.fetchall())


def offers_to(staff: int, now: datetime) -> "list[SwapOffer]":
    """What colleagues ask of this person: of shifts that are still to come."""
    return [each for each in _open_offers().filter(to_id=staff) if each.shift.during.lower > now]


def offers_of(staff: int, now: datetime) -> "list[SwapOffer]":
    """What this person has asked and nobody has answered yet."""
    return [each for each in _open_offers().filter(shift__staff_id=staff) if each.shift.during.lower > now]


def _open_offers() -> "QuerySet[SwapOffer]":
    return SwapOffer.objects.filter(answer="", shift__ended_at=None).select_related("shift__staff", "to", "in_return")


def swaps_possible(rota: Rota, mine: Shift, others: "list[Shift]", now: datetime) -> "list[tuple[int, Shift | None]]":
    """Who could take this shift of mine, for nothing or for one of theirs: (staff, their shift)."""
    stint = _stint(mine)
    free = [who for who in rota.people if who != mine.staff_id and why_not_swap(rota, [(stint, who)]) is None]
    exchanged = [
        (other.staff_id, other)
        for other in others
        if other.staff_id != mine.staff_id
        and other.during.lower > now
        and why_not_swap(rota, [(stint, other.staff_id), (_stint(other), mine.staff_id)]) is None
    ]
    return [*((who, None) for who in free), *exchanged]


def _stint(shift: Shift) -> Stint:
    return Stint(shift.staff_id, Level(shift.level), shift.during.lower, shift.during.upper)
