"""Who looked at whose chart, and by which right: decided in one statement, which writes it down and which pages say.

Who may is decided elsewhere; here it is said why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.db import connection

from holdfast.people.access import Actor


class Right(StrEnum):
    """Why somebody could open a chart. The care team goes before all others, and is looked up when it is written."""

    CARE_TEAM = "care team"
    HAS_IT = "has the crisis"
    HELPS = "helps in the crisis"
    LEADS = "leads"
    BREAK_GLASS = "break-glass"  # opened it themselves with a reason
    OPEN_CRISIS = "may help in an open crisis"
    TOOK_PART = "took part in the crisis"
    TASK = "has the task"
    AFTER_A_DEATH = "works with clients, after a death"
    PAPER = "downtime sheet"


# These go before a reason of one's own: with any other right, whoever opened the chart looks by that reason.
BEFORE_A_REASON: Final = (Right.HAS_IT, Right.HELPS, Right.LEADS)


@dataclass(frozen=True)
class Look:
    """One chart that was shown: whose, in which crisis, and by which right where it is not the care team's."""

    client: int | None
    crisis: int | None
    otherwise: Right


@dataclass(frozen=True)
class Ground:
    """By which right somebody sees a chart: in the care team since when, and what they opened with a reason."""

    right: Right
    since: date | None = None
    opening: int | None = None


_GROUNDS: Final = """
    from unnest(%(clients)s::bigint[], %(crises)s::bigint[], %(otherwise)s::text[]) with ordinality
         as s(client, crisis, otherwise, place)
    left join lateral (select min(m.since) as since from people_careteammember m
        where m.client_id = s.client and m.staff_id = %(staff)s::bigint and m.since <= (select holdfast_today(%(program)s::bigint))
          and (m.until is null or m.until >= (select holdfast_today(%(program)s::bigint)))) team on true
    left join lateral (select o.id from people_chartopening o
        where o.client_id = s.client and o.by_id = %(staff)s::bigint and o.at <= holdfast_now()
          and o.ends_at > holdfast_now() order by o.ends_at desc limit 1) opened on true
    cross join lateral (select case when team.since is not null then %(care_team)s::text
                                    when s.otherwise = any(%(before)s::text[]) then s.otherwise
                                    when opened.id is not null then %(reason)s::text
                                    else s.otherwise end as name) by_right
"""
# The ledger's own table, written from here and not by an action of the ledger: which right somebody had is read from care
# teams and opened charts, which the ledger lies below and may not name; read first and handed down, each page of a chart
# would ask twice, and the right could change in between. This is the only writer of the table, and a test holds that.
_WRITE: Final = (
    """
    insert into ledger_chartread (program_id, staff, client, crisis, page, by_right, at)
    select %(program)s::bigint, %(staff)s::bigint, s.client, s.crisis, %(page)s::text, by_right.name, %(now)s::timestamptz
    """
    + _GROUNDS
)
# A page that refreshes itself is no new look; nor is the same client on the sheet of the next hour.
_UNLESS_LATELY: Final = """
    where not exists (select from ledger_chartread r
                      where r.client is not distinct from s.client and r.crisis is not distinct from s.crisis
                        and r.staff is not distinct from %(staff)s::bigint and r.page = %(page)s::text
                        and r.at > %(lately)s::timestamptz)
"""
_SAY: Final = "select by_right.name, team.since, opened.id " + _GROUNDS + " order by s.place"


def grounds(actor: Actor, looks: Sequence[Look]) -> list[Ground]:
    """Why this person sees these charts, in this order. One query."""
    if not looks or actor.program is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_SAY, _values(actor, looks))
        return [Ground(Right(right), since, opening) for right, since, opening in cursor.fetchall()]


def write_down(
    actor: Actor, page: str, looks: Sequence[Look], now: datetime, *, unless_within: timedelta | None = None
) -> int:
    """One statement, however many charts. `unless_within`: not again where the same look stands there already."""
    seen = list(dict.fromkeys(looks))
    if not seen or actor.program is None:
        return 0
    values = {**_values(actor, seen), "page": page, "now": now}
    if unless_within is not None:
        values["lately"] = now - unless_within
    with connection.cursor() as cursor:
        cursor.execute(_WRITE + (_UNLESS_LATELY if unless_within is not None else ""), values)
        return int(cursor.rowcount)


def _values(actor: Actor, looks: Sequence[Look]) -> dict[str, Any]:
    return {
        "program": actor.program,
        "staff": actor.id if actor.is_staff else None,
        "clients": [one.client for one in looks],
        "crises": [one.crisis for one in looks],
        "otherwise": [one.otherwise.value for one in looks],
        "care_team": Right.CARE_TEAM.value,
        "reason": Right.BREAK_GLASS.value,
        "before": [one.value for one in BEFORE_A_REASON],
    }
