"""What the ledger costs: how quickly a chain is verified, and a check-in with facts written down and without."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psutil
import psycopg

from bench.rig import Rig, Row, cpu_of, median, rig, until
from holdfast.entry import postgres
from holdfast.entry.environment import url_for_role
from holdfast.ledger.seals import Sealer
from holdfast.ledger.verify import verify
from tests.stack import SECRET, Program

CALM = {f"item-{item}": value for item, value in zip("123456789", "110111010", strict=True)}
BOTH = ("holdfast.entry.wsgi", "bench.without_ledger")
FACTS = """
    insert into ledger_fact (program_id, kind, data, at)
    select %s, 'CalmAnswersSaved', jsonb_build_object('response', n, 'client', n %% 400, 'instrument', 'phq-9',
           'answers', jsonb_build_array(n, n + 1, n + 2), 'by', null), clock_timestamp()
    from generate_series(1, %s) n
"""
READS = """
    insert into ledger_chartread (program_id, staff, client, crisis, page, by_right, at)
    select %s, n %% 14, n %% 400, null, 'team_client', 'care team', clock_timestamp() from generate_series(1, %s) n
"""


def ledger(quick: bool) -> Iterator[Row]:
    """Verified rows a second, and the processor time of a check-in POST."""
    with rig(quick=quick, parts=("web",)) as r:
        rate, sealed = _verified(r, 50_000 if quick else 400_000)
        ours, without = _check_ins(r, 10 if quick else 40)
    claim = "rows of the ledger verified a second, on one core, database included"
    yield Row(claim, rate, "a second", "", None, None, "at least 50,000", rate >= 50_000)
    claim = "rows of the ledger sealed a second, on one core, database included"
    yield Row(claim, sealed, "a second", "", None, None, "at least 5,000", sealed >= 5_000)
    ratio = ours / without
    yield Row(
        "check-in POST of nine answers with the ledger, processor time",
        ours,
        "ms",
        "the same with the ledger a no-op",
        without,
        ratio,
        "at most 1.1 times",
        ratio <= 1.1,
    )


def _verified(r: Rig, rows: int) -> tuple[float, float]:
    """Processor time of the verifier and of its backend together, as if both had the one core."""
    program = r.cast["program"]
    r.stack.database.execute(FACTS, [program["id"], rows * 4 // 5])
    r.stack.database.execute(READS, [program["id"], rows // 5])
    r.stack.database.execute("analyze ledger_fact, ledger_chartread, ledger_seal")
    with psycopg.connect(url_for_role(r.stack.owner_url, SECRET, "worker"), autocommit=True) as worker:
        began = _cpu(worker)
        count = Sealer().all_programs(worker)
        sealed = count / (_cpu(worker) - began)
    r.stack.database.execute("analyze ledger_seal")
    rates = []
    for _ in range(r.rounds):
        with psycopg.connect(url_for_role(r.stack.owner_url, SECRET, "web")) as web:
            web.execute("set transaction isolation level repeatable read, read only")
            began = _cpu(web)
            found = verify(web, program["id"], program["uid"], program["slug"])
            rates.append(found.sealed / (_cpu(web) - began))
            assert (found.wrong, found.waiting) == (None, 0), found
            assert rows <= found.sealed <= count
    return median(rates), sealed


def _cpu(connection: psycopg.Connection[Any]) -> float:
    """Seconds that this process and the backend of this connection have used."""
    used = psutil.Process(connection.info.backend_pid).cpu_times()
    return time.process_time() + used.user + used.system


def _check_ins(r: Rig, pairs: int) -> tuple[float, float]:
    """The same pages under the same server, with facts written down and without: many short turns, so that whatever
    else the machine does falls on both. Milliseconds a POST, over all turns: one turn is too short for the clock."""
    many, found = 50, dict.fromkeys(BOTH, 0.0)
    with _pages(r, BOTH[0]) as ours, _pages(r, BOTH[1]) as without:
        servers = dict(zip(BOTH, (ours, without), strict=True))
        for turn in range(-1, pairs):  # the first is for warming up
            forms = iter(r.forms(2 * many, "phq-9"))
            for name in BOTH if turn % 2 else reversed(BOTH):
                url, program = servers[name]
                posts = [(url + next(forms)["address"], {"data": CALM}) for _ in range(many)]
                began = cpu_of(program.pid or 0)
                r.post_all(posts)
                if turn >= 0:
                    found[name] += (cpu_of(program.pid or 0) - began) * 1000 / many
    return found[BOTH[0]] / pairs, found[BOTH[1]] / pairs


@contextmanager
def _pages(r: Rig, module: str) -> Iterator[tuple[str, Program]]:
    port = postgres.free_port()
    words = [
        *(sys.executable, "-m", "gunicorn", f"{module}:application", "--bind", f"127.0.0.1:{port}"),
        *("--worker-class", "gthread", "--workers", "1", "--threads", "8", "--timeout", "30", "--keep-alive", "5"),
        *("--preload", "--no-control-socket"),
    ]
    env = r.stack.env | {"HOLDFAST_ROLE": "web"}
    program = Program(module, words, env, r.stack.logs / f"{module}.log")
    program.start()
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: httpx.get(f"{url}/healthz").status_code < 500, f"{module} answers", 60)
        yield url, program
    finally:
        program.kill()
