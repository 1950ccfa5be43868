"""A database in which every table with a program holds a row of program A and one of program B, and what PostgreSQL
says of it. Rows are made by the column's type alone, so a table that nobody thought of is in it too.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from holdfast.entry import roles
from holdfast.entry.environment import url_for_role
from holdfast.entry.tests.cluster import SECRET
from holdfast.entry.tests.database import TEMPLATE

A: Final = 1001
B: Final = 1002

Connection = psycopg.Connection[dict[str, Any]]


@dataclass(frozen=True)
class Apart:
    """The database, and its addresses."""

    name: str
    owner_url: str
    superuser_url: str

    @contextmanager
    def as_(self, role: str, program: int | None = None) -> Iterator[Connection]:
        """Signed in as web, worker, watchdog or owner, with a program named for the transaction, or none."""
        with psycopg.connect(url_for_role(self.owner_url, SECRET, role), row_factory=dict_row) as signed_in:
            if program is not None:
                signed_in.execute("select set_config('holdfast.program', %s, true)", [str(program)])
            yield signed_in
            signed_in.rollback()

    @contextmanager
    def above(self) -> Iterator[Connection]:
        """As the superuser, who sees every row."""
        with psycopg.connect(self.superuser_url, row_factory=dict_row) as above:
            yield above

    def rows(self, words: str, *args: Any) -> list[dict[str, Any]]:
        with self.above() as above:
            return above.execute(words, args or None).fetchall()  # type: ignore[arg-type]

    def row_of(self, table: str, program: int) -> dict[str, Any]:
        """The row of this program, as the superuser sees it."""
        found = self.rows(f"select to_jsonb(t) as r, md5(t::text) as sum from {table} t where program_id = %s", program)
        assert len(found) == 1, f"{table} has no row of {program}, so nothing is proved about it"
        return found[0]

    @property
    def tables(self) -> list[str]:
        """Every table with a program column, by the catalogue."""
        return [r["name"] for r in self.rows(WITH_PROGRAM)]


TABLES = """
    select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
      and {} (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'program_id' and not a.attisdropped)
    order by 1
"""
WITH_PROGRAM, WITHOUT_PROGRAM = TABLES.format("exists"), TABLES.format("not exists")

_COLUMNS = """
    select a.attname as name, format_type(a.atttypid, null) as type, a.atttypmod as mod
    from pg_attribute a where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    order by a.attnum
"""
# Checks and exclusions say what a row means, not who may see it; without them a row can be made by its types.
_MEANING = """
    select conrelid::regclass::text as "table", conname as name from pg_constraint
    where contype in ('c', 'x') and connamespace = 'public'::regnamespace
"""


def _value(type_: str, number: int) -> Any:
    day = "2026-11-02" if number == B else "2026-11-01"
    if type_ in ("bigint", "integer", "smallint", "numeric", "double precision", "xid8"):
        return number
    if type_ in ("character varying", "text", "character"):
        return "b" if number == B else "a"
    if type_ == "bytea":
        return "\\x0b" if number == B else "\\x0a"
    if type_.endswith("[]"):
        return []
    known = {
        "boolean": False,
        "uuid": str(uuid.uuid4()),
        "timestamp with time zone": f"{day}T00:00:00Z",
        "date": day,
        "time without time zone": "01:00",
        "interval": "1 hour",
        "jsonb": {},
        "tstzrange": f"[{day}T00:00:00Z,{day}T08:00:00Z)",
    }
    return known[type_]  # an unknown type is an error: say here what a value of it is


def _fill(above: Connection, table: str, number: int) -> None:
    columns = above.execute(_COLUMNS, [table]).fetchall()
    row = {c["name"]: _value(c["type"], number) for c in columns}
    if "program_id" not in row:
        row["id" if "id" in row else next(iter(row))] = number
    names = ", ".join(f'"{name}"' for name in row)
    above.execute(
        f"insert into {table} ({names}) overriding system value"
        f" select {names} from jsonb_populate_record(null::{table}, %s::jsonb)",
        [json.dumps(row)],
    )


def made(cluster: str) -> Iterator[Apart]:
    """From the migrated template; gone afterwards."""
    name = f"apart_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with psycopg.connect(cluster, autocommit=True) as server:
        server.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        words = sql.SQL("create database {} template {} owner {}")
        server.execute(words.format(sql.Identifier(name), sql.Identifier(TEMPLATE), sql.Identifier(roles.OWNER)))
    apart = Apart(name, roles.prepare(cluster, name, SECRET), cluster.rpartition("/")[0] + f"/{name}")
    try:
        with apart.above() as above:
            above.execute("drop schema kept cascade")  # the tests' own
            for each in above.execute(_MEANING).fetchall():
                above.execute(f'alter table {each["table"]} drop constraint "{each["name"]}"')
            above.execute("set local session_replication_role = replica")
            for table in ("ledger_program", *(r["name"] for r in above.execute(WITH_PROGRAM).fetchall())):
                for number in (A, B):
                    _fill(above, table, number)
        with psycopg.connect(apart.superuser_url, autocommit=True) as above:
            above.execute("analyze")
        yield apart
    finally:
        with psycopg.connect(cluster, autocommit=True) as server:
            server.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
