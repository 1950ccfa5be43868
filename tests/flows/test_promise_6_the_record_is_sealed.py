"""Promise 6, the record: what was done and who looked is sealed by the running worker, and that it is not is said."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from tests.flows.night import Night
from tests.stack import ROOT

UNSEALED = """
    select (select count(*) from ledger_fact f where not exists
              (select from ledger_seal s where s.what = 'fact' and s.row_id = f.id))
         + (select count(*) from ledger_chartread r where not exists
              (select from ledger_seal s where s.what = 'read' and s.row_id = r.id))
"""


def verified(night: Night) -> dict[str, Any]:
    """What the operator's command says of the cast's program."""
    words = [sys.executable, "-m", "holdfast.entry.cli", "ledger", "verify", "--json"]
    said = subprocess.run(words, env=night.stack.env, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert said.returncode == 0, said.stdout + said.stderr
    found: list[dict[str, Any]] = json.loads(said.stdout)["programs"]
    return next(each for each in found if each["sealed"])


def sealed(night: Night) -> None:
    night.wait_for(lambda: night.stack.one(UNSEALED) == 0, "everything is sealed")


def holds(night: Night) -> bool:
    """As the watch says it."""
    said = night.stack.one("select promises -> 'the_record_is_sealed' from ledger_vouch where who = 'watchdog'")
    return bool(said)


def test_a_crisis_and_who_looked_at_it_are_sealed_and_a_killed_worker_is_told_of_and_goes_on(night: Night) -> None:
    """H-110, H-112, H-114. The clock that tests move plays no part in it: the night began hours from true time."""
    night.ana.answers("6", "not sure")
    night.cal.replies(night.cal.code())
    crisis = f"/team/crisis/{night.crisis['uid']}"
    night.cal.opens(crisis)
    sealed(night)
    looked = night.stack.rows("select staff, client, page, by_right from ledger_chartread")
    mine = night.stack.rows("select owner_id, client_id from crisis_episode where uid = %s", night.crisis["uid"])[0]
    wanted = {"staff": mine["owner_id"], "client": mine["client_id"], "page": "crisis", "by_right": "has the crisis"}
    assert looked == [wanted]
    first = verified(night)

    worker = night.stack.programs["worker"]
    worker.kill()
    try:
        night.cal.opens(crisis)
        assert night.stack.one(UNSEALED) == 1
        night.wait_for(lambda: not holds(night), "the watch says that the record is not sealed")
    finally:
        worker.start()
    night.wait_for(lambda: holds(night), "it is sealed again")
    sealed(night)
    again = verified(night)
    assert again["sealed"] > first["sealed"]
    assert again["waiting"] == 0
