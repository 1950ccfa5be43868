"""The board and the crisis page among 1,000 clients and among 100,000: how much they ask, how long, how heavy."""

from __future__ import annotations

import time
from typing import Any

import httpx

from bench.rig import Rig, median

OPEN = 1000  # crises that are open at once
FEW, MANY = 1000, 100_000

# Further clients with forms behind them and a crisis that is over, put in by plain SQL: pages do not look at them, and
# must not become slower because they are there.
_GROW = """
    with more as (
        insert into people_client (program_id, uid, name, preferred_name, pronouns, language, timezone, state, standing, standing_since)
        select c.program_id, gen_random_uuid(), c.name, c.preferred_name, '', 'en', c.timezone, c.state, 'active', c.standing_since
        from people_client c, generate_series(1, %s) n
        where c.id = (select min(id) from people_client)
        returning id, program_id
    ), forms as (
        insert into assessment_response (program_id, uid, client_id, instrument, version, opened_at, done_at, total, band)
        select program_id, gen_random_uuid(), id, 'phq-9', '1', clock_timestamp() - n * interval '7 days',
               clock_timestamp() - n * interval '7 days', 9, 'mild'
        from more, generate_series(1, 8) n
    )
    insert into crisis_episode (program_id, uid, client_id, protocol, protocol_version, urgency, state, owned_via, raised_at,
                                signal_at, closed_at, disposition, risk_level, waivers)
    select program_id, gen_random_uuid(), id, 'i-need-help-now', '1', 'urgent', 'closed', 'board',
           clock_timestamp() - interval '90 days', clock_timestamp() - interval '90 days',
           clock_timestamp() - interval '89 days', 'safe_with_plan', 'low', '{}'
    from more
"""

# For each of those crises somebody was sought, two people were asked, and each was sent something.
_SOUGHT = """
    with sought as (
        insert into oncall_paging (program_id, uid, what, what_id, urgency, client_id, state, policy, turn, round, step,
                                   started_at, stopped_at, stop_reason)
        select program_id, gen_random_uuid(), 'crisis', id, urgency, client_id, 'AZ', '{}', 1, 1, 1, raised_at, closed_at, 'taken'
        from crisis_episode where state = 'closed'
        returning id, program_id, started_at, stopped_at
    ), asked as (
        insert into oncall_page (program_id, uid, paging_id, staff_id, turn, at, licensed, code, digit, cannot_digit, via,
                                 answer, answered_at)
        select sought.program_id, gen_random_uuid(), sought.id, staff.id, 1, started_at, true, '1234', '5', '7', 'board',
               case when n = 1 then 'have' end, case when n = 1 then stopped_at end
        from sought, (select id, row_number() over (order by id) as n from people_staff
                      where program_id = (select min(program_id) from people_client) order by id limit 2) staff
        returning id, program_id, staff_id, at
    )
    insert into notify_attempt (program_id, uid, staff_id, handset, channel, for_what, for_id, words, args, urgency_rank, state,
                                tries, at, provider_id, provider_state, last_error)
    select program_id, gen_random_uuid(), staff_id, '', 'in_app', 'page', id, 'page', '{}', 1, 'delivered', 1, at, '', '', ''
    from asked
"""


def measure(r: Rig, rounds: int) -> dict[str, Any]:
    """Milliseconds of both pages at both sizes, queries, and the crisis page's bytes as they go over the wire."""
    r.fresh()
    uid = r.stack.act("bench.acts:two_years")
    for first in range(0, OPEN - 1, 200):
        r.stack.act("bench.acts:cry_for_help", count=min(200, OPEN - 1 - first), first=first)
    pages = {"board": "/team/", "crisis": f"/team/crisis/{uid}"}
    browser = r.stack.browser(r.cast["staff"]["cal"]["email"], r.web)
    found: dict[str, Any] = {
        "queries": {name: r.stack.act("bench.acts:queries", path=at) for name, at in pages.items()}
    }
    found["access"] = r.stack.act("bench.acts:access_check")
    r.stack.database.execute("vacuum analyze")
    found["few"] = {name: _milliseconds(browser, at, rounds) for name, at in pages.items()}
    have = int(r.stack.one("select count(*) from people_client"))
    r.stack.database.execute(_GROW, [MANY - have])
    r.stack.database.execute(_SOUGHT)
    r.stack.database.execute("vacuum analyze")
    found["many"] = {name: _milliseconds(browser, at, rounds) for name, at in pages.items()}
    found["bytes"] = len(browser.get(pages["crisis"]).content)  # not even compressed
    return found


def _milliseconds(browser: httpx.Client, path: str, rounds: int) -> float:
    """The middle of so many loads, each complete."""
    took = []
    for number in range(rounds + 3):
        began = time.monotonic()
        said = browser.get(path)
        assert said.status_code == 200, said.text[:300]
        if number >= 3:
            took.append((time.monotonic() - began) * 1000)
    return median(took)
