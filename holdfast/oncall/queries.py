"""The only reads of the rota and of pagings."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from holdfast.oncall.models import Override, Page, Paging, Shift
from holdfast.oncall.rules import STEPS, Answer, Cover, Level, Stint, Swap, on_shift, swapped
from holdfast.people.access import Actor
from holdfast.people.models import Staff
from holdfast.people.queries import working_contacts
from holdfast.people.rules import Role, holders, may_be_today, zone


@dataclass(frozen=True)
class Answering:
    """Who answers now, as a client may be told."""

    staff: int
    name: str
    discipline: str
    until: datetime


# In the order of their making: who came in by a swap may have gone again by the next.
_ROTA = """
    select true, id, staff_id, null::bigint, level, lower(during), upper(during) from oncall_shift
    where during && tstzrange(%(since)s, %(until)s) and ended_at is null
    union all
    select false, id, staff_out_id, staff_in_id, level, lower(during), upper(during) from oncall_override
    where during && tstzrange(%(since)s, %(until)s)
    order by 2
"""


def shifts_between(since: datetime, until: datetime) -> tuple[list[Stint], list[Swap]]:
    """The rota of a stretch of time as plain values."""
    with connection.cursor() as cursor:
        cursor.execute(_ROTA, {"since": since, "until": until})
        rows = cursor.fetchall()
    return (
        [Stint(who, Level(level), a, b) for shift, _, who, _, level, a, b in rows if shift],
        [Swap(who, in_, Level(level), a, b) for shift, _, who, in_, level, a, b in rows if not shift],
    )


def on_duty(now: datetime) -> dict[Level, frozenset[int]]:
    """Who is on shift now, by level."""
    return on_shift(*shifts_between(now, now + timedelta(microseconds=1)), now)


def reachable_staff() -> frozenset[int]:
    """Staff whom at least one tested, working contact reaches."""
    return frozenset(working_contacts().filter(tested_at__isnull=False).values_list("staff_id", flat=True))


# Everything that decides who can be asked, as it is at one moment, in one statement: it stands between a worrying
# answer and its first page. Row-level security keeps it inside the program.
_AT_THIS_MOMENT = """
    select
        (select timezone from ledger_program where id = %(program)s::bigint),
        (select language from people_client where id = %(client)s::bigint),
        array(select staff_id from people_careteammember
              where client_id = %(client)s::bigint and since <= %(last)s::date and (until is null or until >= %(first)s::date)),
        array(select staff_id from people_contact
              where ended_at is null and unreachable_since is null and tested_at is not null),
        (select coalesce(jsonb_agg(jsonb_build_array(id, role, languages)), '[]') from people_staff
         where since <= %(last)s::date and (until is null or until >= %(first)s::date)),
        (select coalesce(jsonb_agg(jsonb_build_array(staff_id, state, valid_from, valid_until)), '[]') from people_licence
         where valid_from <= %(last)s::date and valid_until >= %(first)s::date),
        (select coalesce(jsonb_agg(jsonb_build_array(staff_id, level)), '[]') from oncall_shift
         where during @> %(now)s::timestamptz and ended_at is null),
        (select coalesce(jsonb_agg(jsonb_build_array(staff_out_id, staff_in_id, level) order by id), '[]') from oncall_override
         where during @> %(now)s::timestamptz),
        array({busy}),
        (select steps from oncall_policy where name = 'crisis' and until is null)
"""
# Who is busy is known above this module: `wiring` puts in an SQL query that names the staff who hold an emergency.
BUSY: Final = {"query": "select null::bigint where false"}


def cover_now(
    program: int,
    state: str | None,
    client_id: int | None,
    now: datetime,
    cannot: Iterable[int] = (),
) -> Cover:
    """Who can be asked at this moment about somebody in this state."""
    return cover_and_steps_now(program, state, client_id, now, cannot)[0]


def cover_and_steps_now(
    program: int, state: str | None, client_id: int | None, now: datetime, cannot: Iterable[int] = ()
) -> tuple[Cover, list[str] | None]:
    """Who can be asked at this moment, and the steps of the program's own policy of today, if it has one."""
    first, last = may_be_today(now)
    with connection.cursor() as cursor:
        cursor.execute(
            _AT_THIS_MOMENT.format(busy=BUSY["query"]),
            {"program": program, "client": client_id, "now": now, "first": first, "last": last},
        )
        timezone, language, team, tested, staff_rows, licence_rows, rota_rows, swaps, busy, steps = map(
            _plain, cursor.fetchone()
        )
    roles = {who: role for who, role, _ in staff_rows}
    speaks = {who: languages for who, _, languages in staff_rows}
    reachable = frozenset(tested) & roles.keys()
    licences = [(who, where, date.fromisoformat(a), date.fromisoformat(b)) for who, where, a, b in licence_rows]
    may_treat = holders(licences, state, now.astimezone(zone(timezone)).date()) & reachable
    rota_now = swapped(
        ((who, Level(level)) for who, level in rota_rows), ((out, in_, Level(level)) for out, in_, level in swaps)
    )
    levels = {level: people & may_treat for level, people in rota_now.items()}
    duty = frozenset().union(*levels.values())
    leaders = {
        role: frozenset(who for who in may_treat if roles[who] == role) for role in (Role.SUPERVISOR, Role.DIRECTOR)
    }
    groups = {
        "known": _known(frozenset(team) & duty, language, speaks, duty),
        "first": levels[Level.FIRST],
        "backup": levels[Level.BACKUP],
        "supervisor": levels[Level.SUPERVISOR] or leaders[Role.SUPERVISOR],
        "director": leaders[Role.DIRECTOR],
    }
    # Nobody with a tested contact at all: ask everyone in the program, on the board at least.
    anyone = reachable or frozenset(roles)
    return Cover(groups, duty, anyone, frozenset(busy), frozenset(cannot)), steps


def only_these(people: Iterable[int], cannot: Iterable[int]) -> Cover:
    """A paging that asks these and nobody else: never everybody, whatever the rota says."""
    these = frozenset(people)
    return Cover({STEPS[0]: these}, these, these, frozenset(), frozenset(cannot))


def _plain(value: Any) -> Any:
    """A value as Python has it: Django's connection leaves JSON as text."""
    return json.loads(value) if isinstance(value, str) and value[:1] == "[" else value


def _known(
    team: frozenset[int], language: str | None, speaks: Mapping[int, list[str]], duty: frozenset[int]
) -> frozenset[int]:
    """On duty and known to the client; else, of those on duty, who speak the client's language when it is not English."""
    if team or language in (None, "en"):
        return team
    return frozenset(who for who in duty if language in speaks[who])


def who_answers_now(program: int, state: str | None, now: datetime) -> Answering | None:
    """The person a client would reach first now, or None when nobody is on duty for that state."""
    cover = cover_now(program, state, None, now)
    for level in ("first", "backup", "supervisor"):
        people = cover.groups[level] & cover.on_duty
        if people:
            staff = Staff.objects.get(id=min(people))
            shift = Shift.objects.filter(staff=staff, during__contains=now, ended_at=None).first()
            until = (
                shift.during.upper
                if shift
                else Override.objects.filter(staff_in=staff, during__contains=now)[0].during.upper
            )
            return Answering(staff.id, staff.first_name, staff.discipline, until)
    return None


def running(what: str, what_id: int) -> Paging | None:
    return Paging.objects.filter(what=what, what_id=what_id, stopped_at=None).first()


def pages_of(what: str, what_id: int) -> "QuerySet[Page]":
    """Every person asked about this, newest paging first."""
    return (
        Page.objects.filter(paging__what=what, paging__what_id=what_id)
        .select_related("staff", "paging")
        .order_by("-paging_id", "-turn", "staff_id")
    )


def being_asked(what: str, what_ids: Iterable[int]) -> dict[int, list[Page]]:
    """For each running paging of these, who has been asked and has not said no."""
    found: dict[int, list[Page]] = {}
    pages = Page.objects.filter(paging__what=what, paging__what_id__in=list(what_ids), paging__stopped_at=None).exclude(
        answer="cannot"
    )
    for page in pages.select_related("staff", "paging").order_by("turn", "staff_id"):
        found.setdefault(page.paging.what_id, []).append(page)
    return found


def open_pages_of(staff_id: int) -> "QuerySet[Page]":
    """Pages this person has not answered and that still run, most urgent and oldest first."""
    rank = Q(paging__urgency="emergency")
    return (
        Page.objects.filter(staff_id=staff_id, answer=None, paging__stopped_at=None)
        .select_related("paging")
        .annotate(first=rank)
        .order_by("-first", "paging__started_at")
    )


def rota(actor: Actor, since: datetime, until: datetime) -> "QuerySet[Shift]":
    """The shifts a member of staff may see: all of the program."""
    between: Any = (since, until)
    shifts = (
        Shift.objects.filter(during__overlap=between, ended_at=None).select_related("staff").order_by("during", "level")
    )
    return shifts if actor.is_staff else shifts.none()


def people_without_two_contacts(now: datetime) -> "QuerySet[Staff]":
    """Staff on the rota of the next day who cannot be reached in two tested ways: a gap, before it is needed."""
    between: Any = (now, now + timedelta(days=1))
    on_rota = Shift.objects.filter(during__overlap=between, ended_at=None).values("staff_id")
    enough = [
        staff
        for staff, count in _count(
            working_contacts().filter(tested_at__isnull=False).values_list("staff_id", flat=True)
        ).items()
        if count >= 2
    ]
    return Staff.objects.filter(id__in=on_rota).exclude(id__in=enough)


def _count(ids: Iterable[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for one in ids:
        found[one] = found.get(one, 0) + 1
    return found


def page_by_uid(actor: Actor, uid: UUID) -> Page | None:
    """One's own page: what the link in a text leads to. Nobody else's."""
    if not actor.is_staff:
        return None
    return Page.objects.filter(uid=uid, staff_id=actor.id).select_related("paging", "staff").first()


def last_taken() -> Page | None:
    """The latest page that was answered with "I have this": the newest proof that paging works."""
    return Page.objects.filter(answer=Answer.HAVE).select_related("staff").order_by("-answered_at").first()


def shifts_after(staff: Staff) -> int:
    """How many of their shifts end after their last day: somebody else must take them."""
    if staff.until is None:
        return 0
    over = datetime.combine(staff.until + timedelta(days=1), time(), zone(staff.program.timezone))
    return Shift.objects.filter(staff=staff, ended_at=None, during__endswith__gt=over).count()
