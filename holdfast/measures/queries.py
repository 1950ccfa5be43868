"""The rows behind every figure, and how many they are. Bounded reads, for those who lead.

Each measure is one SELECT with the same columns (`Row`). What happened in a span is found through the facts, by
their index of program, kind and time; what is so now by the tables' own indexes. Row-level security keeps all of it
inside the program.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db import connection

from holdfast.content.load import cadence
from holdfast.crisis.rules import Disposition
from holdfast.measures.figures import Span, Timed
from holdfast.people.access import Actor, Kind
from holdfast.people.rules import LEADS, Role

MOST: Final = 200_000  # rows of one file
GRACE: Final = timedelta(seconds=30)  # a turn this late is late: sweeps come every few seconds
LOOKED_BACK: Final = timedelta(days=7)  # in which a rule should have fired before a human did


class Row(NamedTuple):
    """One row behind a number. `id` is the crisis', task's, client's or entry's own; `what` and `ended` are fixed words."""

    id: str
    at: datetime
    client_id: int | None
    client: str | None
    owner: str | None
    urgency: str
    what: str
    detail: str
    seconds: float | None
    ended: str
    crisis: str | None


_COLUMNS: Final = tuple(Row.__annotations__)


def _crisis(
    source: str,
    where: str,
    *,
    at: str = "f.at",
    what: str = "e.state",
    owner: str = "e.owner_id",
    detail: str = "''",
    seconds: str = "null::float8",
    id_: str = "e.uid::text",
) -> str:
    """Rows about crises. `source` brings the crisis as e."""
    return f"""
        select {id_} as id, {at} as at, e.client_id, c.uid::text as client,
            (select s.name from people_staff s where s.id = {owner}) as owner, e.urgency, {what} as what,
            {detail} as detail, {seconds} as seconds, e.disposition as ended, e.uid::text as crisis
        from {source} left join people_client c on c.id = e.client_id where {where}"""


def _client(source: str, where: str, *, at: str, what: str, owner: str, detail: str = "''", of: str = "c") -> str:
    """Rows about clients or their tasks. `source` brings the client as c."""
    urgency = "t.urgency" if of == "t" else "''"
    return f"""
        select {of}.uid::text as id, {at} as at, c.id as client_id, c.uid::text as client,
            (select s.name from people_staff s where s.id = {owner}) as owner, {urgency} as urgency, {what} as what,
            {detail} as detail, null::float8 as seconds, '' as ended, null::text as crisis
        from {source} where {where}"""


def _fact(kind: str) -> str:
    return f"f.kind = '{kind}' and f.at >= %(since)s and f.at < %(until)s"


_EPISODE = "ledger_fact f join crisis_episode e on e.id = (f.data->>'episode')::bigint"
_PAGING = (
    "ledger_fact f join oncall_paging p on p.id = (f.data->>'paging')::bigint join crisis_episode e on e.id = p.what_id"
)
_OF_CRISES = "f.data->>'what' = 'crisis'"
# "I have this": the move that ended a paging. A paging's own end is written a moment later, under its lock.
_TAKE = """left join lateral (select m.at, m.by_id from crisis_move m where m.episode_id = p.what_id and m.move = 'take'
    and m.at >= p.started_at and p.stop_reason = 'taken' order by m.number limit 1) took on true"""
_TASK = "care_task t join people_client c on c.id = t.client_id"
_PRIMARY = """(select m.staff_id from people_careteammember m where m.client_id = c.id and m.part = 'primary'
    and m.until is null limit 1)"""
_MISSED_CONTACT = "f.data->>'why' = 'the agreed next contact was not made in time'"
# Raised by a human: the client pressed or wrote, somebody we do not know did, or a colleague worried.
_HUMAN = """({0}.help_call_id is not null or {0}.concern_id is not null or {0}.staff_concern_id is not null
    or {0}.rule = 'got-worse')"""

# Who had the crisis at that moment.
_HAD = """(select m.by_id from crisis_move m where m.episode_id = e.id and m.move in ('take', 'hand_over')
    and m.at <= f.at order by m.number desc limit 1)"""

# Turn after turn of one paging: the next, or the answer, or now. A crisis that became more urgent meanwhile had other
# waits before: there the longest counts. An hour around the span is read too, so that each turn has its next one.
_TURNS = f"""(
    select f.at, p.what_id, f.at + greatest((p.policy->>'wait_s')::float8, 120,
            case when exists (select from crisis_signal g where g.episode_id = p.what_id and g.at > p.started_at)
            then %(longest)s else 0 end) * interval '1 second' as due,
        coalesce(lead(f.at) over (partition by p.id order by f.at, f.id), took.at, p.stopped_at, %(now)s) as came
    from ledger_fact f join oncall_paging p on p.id = (f.data->>'paging')::bigint {_TAKE}
    where f.kind = 'TurnTaken' and f.at >= %(since)s - interval '1 hour' and f.at < %(until)s + interval '1 hour'
        and {_OF_CRISES}
    ) f join crisis_episode e on e.id = f.what_id"""

_TAKEN = f"""{_EPISODE}
    left join lateral (select min(g.at) as at from crisis_move g where g.episode_id = e.id and g.move = 'give_back'
        and g.at > f.at) lost on true
    left join lateral (select min(t.at) as at from crisis_try t where t.episode_id = e.id and t.at >= f.at
        and t.at <= coalesce(lost.at, 'infinity')) tried on true"""

# The first signal of each rule in each crisis.
_SIGNALS = f"""{_EPISODE} join lateral (
        select distinct on (k.rule) k.rule, k.input from crisis_signal g join assessment_riskfinding k on k.id = g.finding_id
        where g.episode_id = e.id order by k.rule, g.id) k on true"""
_FIRST_SIGNAL = f"""{_EPISODE} join lateral (
        select k.* from crisis_signal g join assessment_riskfinding k on k.id = g.finding_id
        where g.episode_id = e.id order by g.id limit 1) k on true"""

SPANNED: Final[dict[str, str]] = {
    "raised": _crisis(_EPISODE, _fact("EpisodeRaised")),
    "ack": _crisis(
        f"{_PAGING} {_TAKE}",
        f"{_fact('PagingStarted')} and {_OF_CRISES}",
        at="p.started_at",
        what="case when p.stopped_at is null then 'waiting' when took.at is not null then 'taken' else 'other' end",
        owner="took.by_id",
        seconds="extract(epoch from took.at - p.started_at)::float8",
    ),
    "first-try": _crisis(
        _TAKEN,
        _fact("EpisodeTaken"),
        what="""case when tried.at is not null then 'tried' when lost.at is not null then 'given_back'
            when e.state = 'closed' then 'other' else 'waiting' end""",
        owner="(f.data->>'owner')::bigint",
        seconds="extract(epoch from tried.at - f.at)::float8",
    ),
    "pages": _crisis(
        f"{_PAGING} join oncall_page g on g.paging_id = p.id",
        f"{_fact('PagingStarted')} and {_OF_CRISES}",
        at="p.started_at",
        what="coalesce(g.answer, 'none')",
        owner="g.staff_id",
        detail="g.via",
        seconds="extract(epoch from g.answered_at - g.at)::float8",
        id_="g.id::text",
    ),
    "turn-late": _crisis(
        _TURNS,
        "f.came > f.due + %(grace)s and f.due >= %(since)s and f.due < %(until)s",
        at="f.due",
        what="'turn-late'",
        seconds="extract(epoch from f.came - f.due)::float8",
    ),
    "try-late": _crisis(
        _EPISODE, _fact("FirstTryLate"), what="'try-late'", owner="nullif(f.data->>'owner', '')::bigint"
    ),
    "silent": _crisis(
        _EPISODE,
        f"{_fact('EpisodeGivenBack')} and f.data->>'by' is null and not {_MISSED_CONTACT}",
        what="'silent'",
        owner=_HAD,
        detail="f.data->>'why'",
    ),
    "contact-missed": _crisis(
        _EPISODE,
        f"{_fact('EpisodeGivenBack')} and f.data->>'by' is null and {_MISSED_CONTACT}",
        what="'contact-missed'",
        owner=_HAD,
    ),
    "task-late": _client(
        "ledger_fact f join care_task t on t.id = (f.data->>'task')::bigint join people_client c on c.id = t.client_id",
        _fact("TaskLate"),
        at="f.at",
        what="'task-late'",
        owner="t.owner_id",
        detail="t.about",
        of="t",
    ),
    "step-late": _crisis(_EPISODE, _fact("StepLate"), what="'step-late'", owner=_HAD, detail="f.data->>'step'"),
    "alerts": _crisis(_SIGNALS, _fact("EpisodeRaised"), what="k.rule", detail="k.input"),
    "missed": _crisis(
        _FIRST_SIGNAL,
        f"""{_fact("EpisodeRaised")} and e.client_id is not null and {_HUMAN.format("k")} and not exists (
            select from assessment_riskfinding o where o.client_id = e.client_id
            and o.at >= e.raised_at - %(looked_back)s and o.at <= e.raised_at and not {_HUMAN.format("o")})""",
        what="k.rule",
        detail="k.input",
    ),
}

_NEWEST_RATING = """people_client c join lateral (select r.* from people_riskrating r where r.client_id = c.id
    order by r.at desc, r.id desc limit 1) r on true"""
_NEWEST_PLAN = """people_client c join lateral (select p.* from plans_safetyplan p where p.client_id = c.id
    order by p.version desc limit 1) p on true"""
_HERE = "c.standing in ('active', 'paused')"
_OPEN_TASK = "t.look_again_at is not null"

NOW: Final[dict[str, str]] = {
    "open": _crisis("crisis_episode e", "e.state <> 'closed'", at="e.raised_at"),
    "reassess": _client(
        _NEWEST_RATING,
        "c.standing in ('invited', 'active', 'paused') and r.at < %(now)s - (%(days)s::jsonb->>r.level)::interval",
        at="r.at + (%(days)s::jsonb->>r.level)::interval",
        what="'reassess'",
        owner=_PRIMARY,
        detail="r.level",
    ),
    "no-plan": _client(
        "people_client c",
        f"{_HERE} and not exists (select from plans_safetyplan p where p.client_id = c.id)",
        at="c.standing_since",
        what="'no-plan'",
        owner=_PRIMARY,
    ),
    "plan-late": _client(
        _NEWEST_PLAN, f"{_HERE} and p.review_at < %(now)s", at="p.review_at", what="'plan-late'", owner=_PRIMARY
    ),
    "notes": _client(
        f"{_TASK} join assessment_riskfinding k on k.id = t.finding_id",
        f"{_OPEN_TASK} and k.rule = 'checkin-note'",
        at="t.opened_at",
        what="'notes'",
        owner="t.owner_id",
        of="t",
    ),
    "tasks": _client(
        _TASK,
        f"{_OPEN_TASK} and t.due_at < %(now)s",
        at="t.due_at",
        what="'tasks'",
        owner="t.owner_id",
        detail="t.about",
        of="t",
    ),
    "waivers": _crisis(
        "crisis_entry n join crisis_episode e on e.id = n.episode_id",
        """n.kind = 'waiver' and not exists (select from crisis_waiverseen w join people_staff b on b.id = w.by_id
            where w.entry_id = n.id and (not %(director)s or b.role = 'director' or b.id = %(me)s))""",
        at="n.at",
        what="'waivers'",
        owner="n.by_id",
        detail="n.what",
        id_="n.uid::text",
    ),
}
MEASURES: Final = {**SPANNED, **NOW}
FALSE_ALARM: Final = Disposition.NO_DANGER_FOUND.value


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
    values = _values(actor, span.before.since, span.until, now) | {"middle": span.since}
    return [Count(*row) for row in _read(" union all ".join(parts), values)]


def timed(actor: Actor, measure: str, span: Span, now: datetime) -> list[tuple[Timed, str, str]]:
    """When each row of a measure began, how long it took, its urgency and its kind; in this span and before. One query."""
    if not may_read(actor):
        return []
    sql = f"select at, seconds, urgency, what from ({SPANNED[measure]}) rows order by at"
    found = _read(sql, _values(actor, span.before.since, span.until, now))
    return [(Timed(at, seconds), urgency, what) for at, seconds, urgency, what in found]


def rows(
    actor: Actor, measure: str, span: Span, now: datetime, only: Only | None = None, skip: int = 0, most: int = MOST
) -> list[Row]:
    """The rows behind a number, the newest first; of what is so now the oldest. One query."""
    if not may_read(actor):
        return []
    only = only or Only()
    order = "at desc, id" if measure in SPANNED else "at, id"
    sql = f"""select {", ".join(_COLUMNS)} from ({MEASURES[measure]}) rows
        where (%(what)s = '' or what = %(what)s) and (%(urgency)s = '' or urgency = %(urgency)s)
        and (%(ended)s = '' or ended = %(ended)s) order by {order} limit %(most)s offset %(skip)s"""
    values = _values(actor, span.since, span.until, now)
    part = skip, most
    if only.hour is not None:
        skip, most = 0, MOST  # hours are told apart here, as the figures do
    values |= {"what": only.what, "urgency": only.urgency, "ended": only.ended, "most": most, "skip": skip}
    found = [Row(*row) for row in _read(sql, values)]
    if only.hour is None:
        return found
    skip, most = part
    return [row for row in found if row.at.astimezone(span.here).hour == only.hour][skip : skip + most]


def _values(actor: Actor, since: datetime, until: datetime, now: datetime) -> dict[str, Any]:
    return {
        "since": since,
        "until": until,
        "now": now,
        "days": _days(cadence().reassess_days.items()),
        "director": actor.role is Role.DIRECTOR,
        "me": actor.id,
        "grace": GRACE,
        "longest": 300.0,
        "looked_back": LOOKED_BACK,
    }


def _days(table: Iterable[tuple[str, int]]) -> str:
    return "{" + ", ".join(f'"{level}": "{days} days"' for level, days in table) + "}"


def _read(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
