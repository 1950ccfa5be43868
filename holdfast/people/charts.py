"""Who looked at whose chart: written down with the right by which they may. Who may is decided elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import connection

from holdfast.people.access import Actor


class Right(StrEnum):
    """Why somebody could open a chart. The care team goes before all others, and is looked up when it is written."""

    CARE_TEAM = "care team"
    HAS_IT = "has the crisis"
    HELPS = "helps in the crisis"
    LEADS = "leads"
    OPEN_CRISIS = "may help in an open crisis"
    TOOK_PART = "took part in the crisis"
    TASK = "has the task"
    AFTER_A_DEATH = "works with clients, after a death"
    PAPER = "downtime sheet"


@dataclass(frozen=True)
class Look:
    """One chart that was shown: whose, in which crisis, and by which right where it is not the care team's."""

    client: int | None
    crisis: int | None
    otherwise: Right


_WRITE = """
    insert into ledger_chartread (program_id, staff, client, crisis, page, by_right, at)
    select %s::bigint, %s::bigint, s.client, s.crisis, %s,
           case when exists (select from people_careteammember m
                             where m.client_id = s.client and m.staff_id = %s::bigint and m.since <= holdfast_now()::date
                               and (m.until is null or m.until >= holdfast_now()::date))
                then %s else s.otherwise end, %s::timestamptz
    from unnest(%s::bigint[], %s::bigint[], %s::text[]) as s(client, crisis, otherwise)
"""
# A page that refreshes itself is no new look; nor is the same client on the sheet of the next hour.
_UNLESS_LATELY = """
    where not exists (select from ledger_chartread r
                      where r.client is not distinct from s.client and r.crisis is not distinct from s.crisis
                        and r.staff is not distinct from %s::bigint and r.page = %s and r.at > %s::timestamptz)
"""


def write_down(
    actor: Actor, page: str, looks: Sequence[Look], now: datetime, *, unless_within: timedelta | None = None
) -> int:
    """One statement, however many charts. `unless_within`: not again where the same look stands there already."""
    seen = list(dict.fromkeys(looks))
    if not seen or actor.program is None:
        return 0
    staff = actor.id if actor.is_staff else None
    rows = ([one.client for one in seen], [one.crisis for one in seen], [one.otherwise.value for one in seen])
    args: list[Any] = [actor.program, staff, page, staff, Right.CARE_TEAM.value, now, *rows]
    if unless_within is not None:
        args += [staff, page, now - unless_within]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE + (_UNLESS_LATELY if unless_within is not None else ""), args)
        return int(cursor.rowcount)
