"""A chain to test with: a program of its own with facts and chart reads, written by the web, sealed by the worker."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg

from holdfast.entry.tests.database import Database
from holdfast.ledger.heads import HeadLine
from holdfast.ledger.seals import Sealer, beginning, canonical, into, link, newest
from holdfast.ledger.verify import Verdict, verify

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
DAY = date(2026, 11, 24)
PATIENCE_S = 60.0
TABLES = ("ledger_fact", "ledger_chartread", "ledger_seal", "ledger_head")
# What a COPY escapes, and what a clock and a pen may write.
HARD = {"why": 'said \\ "no" \\\\ \n\t ñ 中', "by": 7, "n": 1.50, "at": "2026-11-24T02:00:00+00:00", "none": None}


@dataclass
class Chain:
    """One program and the ways into its rows."""

    database: Database
    program: int
    uid: UUID

    @contextmanager
    def as_(self, role: str, **how: Any) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self.database.url(role), **how) as connection:
            if not how.get("autocommit"):
                into(connection, self.program)
            yield connection

    def fact(self, kind: str = "EpisodeTaken", **data: Any) -> int:
        with self.as_("web") as web:
            return add_fact(web, self.program, kind, data)

    def read(self, staff: int = 3, client: int = 5, by_right: str = "care team") -> int:
        with self.as_("web") as web:
            return one(
                web,
                "insert into ledger_chartread (program_id, staff, client, page, by_right, at)"
                " values (%s, %s, %s, 'team_client', %s, %s) returning id",
                [self.program, staff, client, by_right, AT],
            )

    def seal(self, sealer: Sealer | None = None) -> int:
        """Seal what is there. Transactions of other tests on the same cluster hold it up; they are waited for."""
        done, sealer = 0, sealer or Sealer()
        over = time.monotonic() + PATIENCE_S
        with psycopg.connect(self.database.url("worker"), autocommit=True) as worker:
            while True:
                done += sealer.all_programs(worker)
                if not self.waiting() or time.monotonic() > over:
                    return done
                threading.Event().wait(0.05)

    def seal_once(self, sealer: Sealer | None = None) -> int:
        """What can be sealed at this moment."""
        with psycopg.connect(self.database.url("worker"), autocommit=True) as worker:
            return (sealer or Sealer()).all_programs(worker)

    def waiting(self) -> int:
        """Rows of this program without a seal."""
        with self.as_("web") as web:
            return one(
                web,
                "select (select count(*) from ledger_fact r where not exists"
                " (select from ledger_seal s where s.what = 'fact' and s.row_id = r.id))"
                " + (select count(*) from ledger_chartread r where not exists"
                " (select from ledger_seal s where s.what = 'read' and s.row_id = r.id))",
                [],
            )

    def verdict(self, *heads: HeadLine) -> Verdict:
        with psycopg.connect(self.database.url("web")) as web:
            web.execute("set transaction isolation level repeatable read, read only")
            return verify(web, self.program, self.uid, "juniper", heads)

    def head(self) -> HeadLine:
        with self.as_("web") as web:
            seq, said = newest(web, self.program) or (0, b"")
        return HeadLine(self.uid, seq, said.hex(), DAY)

    def sealed(self) -> list[tuple[str, int]]:
        with self.as_("web") as web:
            return web.execute("select what, row_id from ledger_seal order by seq").fetchall()


def add_fact(connection: psycopg.Connection[Any], program: int, kind: str, data: dict[str, Any]) -> int:
    return one(
        connection,
        "insert into ledger_fact (program_id, kind, data, at) values (%s, %s, %s::jsonb, %s) returning id",
        [program, kind, json.dumps(data), AT],
    )


def one(connection: psycopg.Connection[Any], sql: str, args: list[Any]) -> int:
    row = connection.execute(sql, args).fetchone()
    assert row is not None
    return int(row[0])


def new_chain(database: Database) -> Chain:
    """A program with nothing in it."""
    uid = uuid4()
    with psycopg.connect(database.url("web")) as web:
        program = one(
            web,
            "insert into ledger_program (uid, slug, name, neutral_name, timezone, state, phone, made_up)"
            " values (%s, %s, 'Juniper', 'JP', 'UTC', 'AZ', '', true) returning id",
            [uid, f"chain-{uid.hex[:8]}"],
        )
    return Chain(database, program, uid)


def fill(chain: Chain, rounds: int = 4) -> None:
    """Facts and chart reads, sealed in several rounds, so that both lie between each other."""
    sealer = Sealer()
    for number in range(rounds):
        for which in range(5):
            chain.fact("EpisodeTaken" if which % 2 else "PageAnswered", number=number, which=which, **HARD)
        chain.read(client=number)
        chain.read(staff=9, client=number, by_right="leads")
        chain.seal(sealer)


# ---------------------------------------------------------------- what a forger who owns the database can do


@contextmanager
def forging(chain: Chain) -> Iterator[psycopg.Connection[Any]]:
    """As the owner, with everything off that guards the tables; undone afterwards."""
    with psycopg.connect(chain.database.owner_url) as owner:
        into(owner, chain.program)
        for table in TABLES:
            owner.execute(f"alter table {table} disable trigger user".encode())
            owner.execute(f"alter table {table} no force row level security".encode())
        yield owner
        owner.rollback()


def guarded(chain: Chain) -> None:
    """Everything that guards the tables is on again, after a forger who committed."""
    with psycopg.connect(chain.database.owner_url) as owner:
        for table in TABLES:
            owner.execute(f"alter table {table} enable trigger user".encode())
            owner.execute(f"alter table {table} force row level security".encode())


def free_the_seals(owner: psycopg.Connection[Any]) -> None:
    """Nothing has to be there once only any more."""
    owner.execute("set constraints all immediate")
    for name in ("seal_once_a_place", "seal_once_a_row"):
        owner.execute(f"alter table ledger_seal drop constraint if exists {name}".encode())


def rewrite(owner: psycopg.Connection[Any], chain: Chain) -> None:
    """Number and hash every seal anew over the rows as they are now: the best that a forger can do."""
    free_the_seals(owner)
    rows = owner.execute(
        f"select s.id, coalesce({canonical('fact', 'f')}, {canonical('read', 'r')}) from ledger_seal s"
        " left join ledger_fact f on s.what = 'fact' and f.id = s.row_id"
        " left join ledger_chartread r on s.what = 'read' and r.id = s.row_id"
        f" where s.program_id = {chain.program} order by s.seq, s.id".encode()
    ).fetchall()
    before = beginning(chain.uid)
    for seq, (number, row) in enumerate(rows, 1):
        before = link(before, seq, row.encode())
        owner.execute("update ledger_seal set seq = %s, hash = %s where id = %s", [seq, before, number])


def shifted(moment: datetime) -> datetime:
    return moment + timedelta(hours=1)
