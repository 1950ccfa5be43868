"""Row-level security on against off, and keys of programs against the one key of before: a check-in POST each.

Two databases of one cluster hold the same migrations and the same cast; in one of them row-level security is taken off
every table. Two servers of the same code answer the same forms, in short turns, so that whatever else the machine does
falls on both. What PostgreSQL spends is counted too: that is where the wall stands.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import psutil
import psycopg
from psycopg import sql

from bench.ledger import CALM
from bench.rig import Rig, Row, cpu_of, rig, until
from holdfast.entry import postgres, roles
from tests.stack import SECRET, Program

MANY = 50  # forms in one turn
WORDS = {"item-1": "6", "item-7": "The night was long, and I slept badly. I would like to talk before Friday."}
OPEN = """
do $$ declare t text; begin
  for t in select c.oid::regclass::text from pg_class c where c.relrowsecurity loop
    execute format('alter table %s no force row level security', t);
    execute format('alter table %s disable row level security', t);
  end loop;
end $$
"""
# A process that makes a cast and forms of new clients. Two casts may share a database: each has a slug of its own.
ACTS = """
import json, sys, django; django.setup()
from django.db import transaction
from holdfast.ledger import keys
from holdfast.people.tests.cast import make_cast
from tests import acts
if sys.argv[1] == "one-key":
    keys.make_first = lambda *_: None  # as in a program of an older release
with transaction.atomic():
    acts._cast = make_cast(slug=sys.argv[1], phones=sys.argv[2])
for line in sys.stdin:
    first, many, instrument = json.loads(line)
    with acts._world() as world:
        clients = acts.enrol(world, count=many, first=first)
        given = acts.forms(world, clients, instrument)
    print(json.dumps([form["address"] for form in given]), flush=True)
"""


def walls(quick: bool) -> Iterator[Row]:
    """Row-level security on against off."""
    with rig(quick=quick, parts=("web",)) as r:
        database = sql.Identifier("without_walls")
        with psycopg.connect(r.stack.superuser_url, autocommit=True) as above:
            above.execute(sql.SQL("drop database if exists {}").format(database))
        open_url = roles.prepare(r.stack.cluster.superuser_url, "without_walls", SECRET)
        env = r.stack.env | {"DATABASE_URL": open_url}
        subprocess.run(
            [sys.executable, "-m", "holdfast.entry.cli", "migrate"], env=env, check=True, capture_output=True
        )
        with psycopg.connect(r.stack.cluster.url("without_walls"), autocommit=True) as above:
            above.execute(OPEN)
            stand = above.execute("select count(*) from pg_class where relrowsecurity").fetchone()
            assert stand == (0,), stand
        with _side(r, "walls", r.stack.env) as closed, _side(r, "no-walls", env) as without:
            ours, theirs = _turns(closed, without, "phq-9", CALM, 4 if quick else 40)
    yield _row(
        "check-in POST of nine answers with row-level security, processor time with PostgreSQL's",
        ours,
        "the same with row-level security off",
        theirs,
        1.15,
    )


def program_keys(quick: bool) -> Iterator[Row]:
    """Words sealed with keys of the program, against the one key that an installation had before."""
    with (
        rig(quick=quick, parts=("web",)) as r,
        _side(r, "keys", r.stack.env) as program,
        _side(r, "one-key", r.stack.env) as one,
    ):
        ours, theirs = _turns(program, one, "check-in", WORDS, 4 if quick else 16)
    yield _row(
        "check-in POST with words under the program's key, processor time with PostgreSQL's",
        ours,
        "the same under one key of the installation",
        theirs,
        1.1,
    )


def _row(claim: str, ours: float, beside: str, theirs: float, bar: float) -> Row:
    ratio = ours / theirs
    return Row(claim, ours, "ms", beside, theirs, ratio, f"at most {bar:g} times", ratio <= bar)


@dataclass
class Side:
    """One server on one database, and whoever makes its forms."""

    url: str
    program: Program
    superuser_url: str
    forms: Callable[[int, str], list[str]]

    def cpu(self) -> float:
        """Seconds of the server and of its connections' backends."""
        with psycopg.connect(self.superuser_url) as above:
            rows = above.execute(
                "select pid from pg_stat_activity where application_name = %s", [f"bench-{self.program.name}"]
            ).fetchall()
        total = cpu_of(self.program.pid or 0)
        for (pid,) in rows:
            used = psutil.Process(pid).cpu_times()
            total += used.user + used.system
        return total


def _turns(ours: Side, theirs: Side, instrument: str, answers: dict[str, str], pairs: int) -> tuple[float, float]:
    """Milliseconds a POST on each side, over all turns."""
    found = [0.0, 0.0]
    for turn in range(-2, pairs):  # the first two are for warming up
        order = (0, 1) if turn % 2 else (1, 0)
        for which in order:
            side = (ours, theirs)[which]
            forms = side.forms(MANY, instrument)
            with httpx.Client(timeout=30) as phone:
                phone.get(f"{side.url}/healthz")
                began = side.cpu()
                for form in forms:
                    said = phone.post(side.url + form, data=answers)
                    assert said.status_code == 302, said.text[:300]
                if turn >= 0:
                    found[which] += (side.cpu() - began) * 1000 / MANY
    return found[0] / pairs, found[1] / pairs


@contextmanager
def _side(r: Rig, name: str, env: dict[str, str]) -> Iterator[Side]:
    port = postgres.free_port()
    words = [
        *(sys.executable, "-m", "gunicorn", "holdfast.entry.wsgi:application", "--bind", f"127.0.0.1:{port}"),
        *("--worker-class", "gthread", "--workers", "1", "--threads", "1", "--timeout", "30", "--keep-alive", "5"),
        *("--preload", "--no-control-socket"),
    ]
    own = env | {"HOLDFAST_ROLE": "web"}
    named = own | {"DATABASE_URL": f"{env['DATABASE_URL']}?application_name=bench-{name}"}
    program = Program(name, words, named, r.stack.logs / f"{name}.log")
    with _acting(name, own) as forms:
        program.start()
        url = f"http://127.0.0.1:{port}"
        try:
            until(lambda: httpx.get(f"{url}/healthz").status_code < 500, f"{name} answers", 60)
            yield Side(url, program, r.stack.cluster.superuser_url, forms)
        finally:
            program.kill()


@contextmanager
def _acting(name: str, env: dict[str, str]) -> Iterator[Callable[[int, str], list[str]]]:
    words = [sys.executable, "-c", ACTS, name, str(len(name) % 10)]
    with subprocess.Popen(
        words, env=os.environ | env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        made = 0

        def forms(many: int, instrument: str) -> list[str]:
            nonlocal made
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps([made, many, instrument]) + "\n")
            process.stdin.flush()
            made += many
            found: list[str] = json.loads(process.stdout.readline())
            return found

        try:
            yield forms
        finally:
            process.kill()
