"""The rows behind every figure, and how many they are. Bounded reads, for those who lead."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db import connection

from holdfast.content.load import cadence, escalation
from holdfast.crisis.rules import CONTACT_MISSED
from holdfast.measures.figures import Span, Timed, judged_since
from holdfast.measures.selects import COLUMNS, MEASURES, SPANNED, Row
from holdfast.oncall.rules import ROUND_AT_LEAST
from holdfast.people.access import Actor, Kind
from holdfast.people.rules import LEADS, Role

MOST: Final = 200_000  # rows of one file
GRACE: Final = timedelta(seconds=30)  # a turn this late is late: sweeps come every few seconds
LOOKED_BACK: Final = timedelta(days=7)  # in which a rule should have fired before a human did
COVER_LOOKED: Final = timedelta(minutes=10)  # the cover is looked at every five


@dataclass(frozen=True)
class Only:
    """A part of a measure's rows. Empty: all of them. `hour`: of the program's day, in which they began."""

    what: str = ""
    urgency: str = ""
    ended: str = ""
    hour: int | None = None


class Count(NamedTuple):
    """How many rows of one measure are alike. `current`: in the span itself, not in the days before it."""

    measure: str
    current: bool
    what: str
    urgency: str
    ended: str
    n: int


def may_read(actor: Actor) -> bool:
    """Whether these figures are for this person."""
    return actor.kind is Kind.STAFF and actor.role in LEADS


def counts(actor: Actor, measures: Sequence[str], span: Span, now: datetime) -> list[Count]:
    """How many rows these measures have, in this span and in the days before it, by kind. One query."""
    if not may_read(actor):
        return []
    parts = (
        f"select '{name}', {'at >= %(middle)s' if name in SPANNED else 'true'}, what, urgency, ended, count(*)"
        f" from ({MEASURES[name]}) rows group by 1, 2, 3, 4, 5"
        for name in measures
    )
    values = _values(actor, span, span.before.since, now) | {"middle": span.since}
    return [Count(*row) for row in _read(" union all ".join(parts), values)]


def timed(actor: Actor, measure: str, span: Span, now: datetime) -> list[tuple[Timed, str, str]]:
    """When each row of a measure began, how long it took, its urgency and its kind; in this span and before. One query."""
    if not may_read(actor):
        return []
    sql = f"select at, seconds, urgency, what from ({SPANNED[measure]}) rows order by at"
    found = _read(sql, _values(actor, span, span.before.since, now))
    return [(Timed(at, seconds), urgency, what) for at, seconds, urgency, what in found]


def rows(
    actor: Actor, measure: str, span: Span, now: datetime, only: Only | None = None, skip: int = 0, most: int = MOST
) -> list[Row]:
    """The rows behind a number, the newest first; of what is so now the oldest. One query."""
    if not may_read(actor):
        return []
    only = only or Only()
    by_hour = only.hour is not None  # hours are told apart here, as the figures do
    order = "at desc, id" if measure in SPANNED else "at, id"
    sql = f"""select {", ".join(COLUMNS)} from ({MEASURES[measure]}) rows
        where (%(what)s = '' or what = %(what)s) and (%(urgency)s = '' or urgency = %(urgency)s)
        and (%(ended)s = '' or ended = %(ended)s) order by {order} limit %(most)s offset %(skip)s"""
    values = _values(actor, span, span.since, now)
    values |= {"what": only.what, "urgency": only.urgency, "ended": only.ended}
    values |= {"most": MOST, "skip": 0} if by_hour else {"most": most, "skip": skip}
    found = [Row(*row) for row in _read(sql, values)]
    if not by_hour:
        return found
    return [row for row in found if row.at.astimezone(span.here).hour == only.hour][skip : skip + most]


def _values(actor: Actor, span: Span, since: datetime, now: datetime) -> dict[str, Any]:
    """Everything that the SELECTs of the measures ask for."""
    days = cadence().reassess_days
    judged = {level: at.isoformat() for level, at in judged_since(days, now, span.here).items()}
    return {
        "since": since,
        "until": span.until,
        "now": now,
        "days": json.dumps(dict(days)),
        "judged_since": json.dumps(judged),
        "director": actor.role is Role.DIRECTOR,
        "me": actor.id,
        "grace": GRACE,
        "shortest": ROUND_AT_LEAST.total_seconds(),
        "longest": float(max(clock.next_turn for clock in escalation().crises.values())),
        "looked_back": LOOKED_BACK,
        "contact_missed": CONTACT_MISSED,
        "cover_looked": COVER_LOOKED,
    }


def _read(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
