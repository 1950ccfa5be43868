"""What each measure is made of: one SELECT a measure, all with the columns of `Row`. Read by queries.py alone.

What happened in a span is found through the facts, by their index of program, kind and time; what is so now by the
tables' own indexes. Row-level security keeps all of it inside the program.
"""

from datetime import datetime
from typing import Final, NamedTuple

from holdfast.crisis.rules import Disposition


class Row(NamedTuple):
    """One row behind a number. `id` is the crisis', task's, client's, page's, gap's or entry's own.

    `what` and `ended` are fixed words; `protocol` is the one the crisis is pinned to, with its version.
    """

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
    protocol: str


COLUMNS: Final = tuple(Row.__annotations__)


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
            {detail} as detail, {seconds} as seconds, e.disposition as ended, e.uid::text as crisis,
            rtrim(e.protocol || ' ' || e.protocol_version) as protocol
        from {source} left join people_client c on c.id = e.client_id where {where}"""


def _client(source: str, where: str, *, at: str, what: str, owner: str, detail: str = "''", of: str = "c") -> str:
    """Rows about clients or their tasks. `source` brings the client as c."""
    urgency = "t.urgency" if of == "t" else "''"
    return f"""
        select {of}.uid::text as id, {at} as at, c.id as client_id, c.uid::text as client,
            (select s.name from people_staff s where s.id = {owner}) as owner, {urgency} as urgency, {what} as what,
            {detail} as detail, null::float8 as seconds, '' as ended, null::text as crisis,
            '' as protocol
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
_MISSED_CONTACT = "f.data->>'why' = %(contact_missed)s"
# Raised by a human: the client pressed or wrote, somebody we do not know did, or a colleague worried.
_HUMAN = """({0}.help_call_id is not null or {0}.concern_id is not null or {0}.staff_concern_id is not null
    or {0}.rule = 'got-worse')"""

# Who had the crisis at that moment.
_HAD = """(select m.by_id from crisis_move m where m.episode_id = e.id and m.move in ('take', 'hand_over')
    and m.at <= f.at order by m.number desc limit 1)"""

# Turn after turn of one paging: the next, or the answer, or now. A crisis that may have become more urgent meanwhile had
# other waits before: there the longest counts. An hour around the span is read too, so that each turn has its next one.
_TURNS = f"""(
    select f.at, p.what_id, f.at + greatest((p.policy->>'wait_s')::float8, %(shortest)s,
            case when exists (select from crisis_signal g where g.episode_id = p.what_id and g.at > p.started_at)
                or exists (select from crisis_urgencychange u where u.episode_id = p.what_id and u.at > p.started_at)
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
# The level that a clinician wrote down first, after talking.
_FIRST_LEVEL = "(select l.level from crisis_formulation l where l.episode_id = e.id order by l.id limit 1)"

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
        id_="g.uid::text",
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
    "reach-late": _crisis(
        _EPISODE,
        f"{_fact('ClientNotReached')} and f.data->>'why' = 'time'",
        what="'reach-late'",
        owner=_HAD,
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
    "low": _crisis(_SIGNALS, f"{_fact('EpisodeRaised')} and {_FIRST_LEVEL} = 'low'", what="k.rule", detail="k.input"),
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

# What the last look at the cover found, and that there was none lately: then nobody knows whether there are gaps.
_GAPS = """
    select g.uid::text as id, g.since as at, null::bigint as client_id, null::text as client,
        (select string_agg(s.name, ', ' order by s.name) from people_staff s where s.id = any(g.people)) as owner,
        '' as urgency, g.why as what, array_to_string(g.states, ', ') as detail,
        extract(epoch from g.until - g.since)::float8 as seconds, '' as ended, null::text as crisis, '' as protocol
    from oncall_covergap g where g.closed_at is null and g.until > %(now)s
    union all
    select '', coalesce(max(l.look_at), %(now)s), null, null, null, '', 'not-looked', '', null, '', null, ''
    from oncall_coverlook l having coalesce(max(l.look_at), '-infinity') < %(now)s - %(cover_looked)s"""

NOW: Final[dict[str, str]] = {
    "open": _crisis("crisis_episode e", "e.state <> 'closed'", at="e.raised_at"),
    "gaps": _GAPS,
    "reassess": _client(
        _NEWEST_RATING,
        "c.standing in ('invited', 'active', 'paused') and r.at < (%(judged_since)s::jsonb->>r.level)::timestamptz",
        at="r.at + (%(days)s::jsonb->>r.level)::int * interval '1 day'",
        what="'reassess'",
        owner=_PRIMARY,
        detail="r.level",
    ),
    "unrated": _client(
        "people_client c",
        f"{_HERE} and not exists (select from people_riskrating r where r.client_id = c.id)",
        at="c.standing_since",
        what="'unrated'",
        owner=_PRIMARY,
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
    "unread": _client(
        f"{_TASK} join assessment_riskfinding k on k.id = t.finding_id",
        _OPEN_TASK,
        at="t.opened_at",
        what="k.rule",
        owner="t.owner_id",
        detail="k.input",
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
