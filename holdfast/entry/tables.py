"""The rows of a database, out and in: with COPY, within the walls, in one snapshot.

Plain text of PostgreSQL's COPY, in the order of the primary key, one program after the other: the same rows give
the same bytes on every version from 15 on, so that what was restored can be held against what was saved.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import sql

# Made again by `holdfast migrate`, or worth nothing after a restore: everybody signs in anew.
LEFT_OUT: Final = ("django_migrations", "django_session", "usersessions_usersession", "people_signintry")
PIECE: Final = 4_000_000  # bytes in one piece, about

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Table:
    """One table: its columns, what orders its rows, and whether a wall stands around its programs."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    walled: bool


@dataclass(frozen=True)
class Sum:
    """What a table held: so many rows, and the SHA-256 of their text."""

    rows: int
    sha256: str


_TABLES: Final = """
    select c.relname,
           (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
             where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''),
           (select array_agg(a.attname::text order by array_position(i.indkey::int2[], a.attnum))
              from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey)
             where i.indrelid = c.oid and i.indisprimary),
           c.relforcerowsecurity,
           exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'program_id' and a.attnotnull)
      from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> all(%s)
     order by 1
"""


def tables_of(connection: Connection) -> tuple[Table, ...]:
    found = connection.execute(_TABLES, [list(LEFT_OUT)]).fetchall()
    for name, _, key, walled, in_program in found:
        if not key or (walled and not in_program):
            raise AssertionError(f"{name} has no primary key, or rows outside any program")
    return tuple(Table(name, tuple(columns), tuple(key), walled) for name, columns, key, walled, _ in found)


def plain_text(connection: Connection) -> None:
    """The same text for the same rows, whatever the server's settings."""
    connection.execute(
        "select set_config('datestyle', 'ISO, YMD', false), set_config('timezone', 'UTC', false),"
        " set_config('intervalstyle', 'postgres', false), set_config('extra_float_digits', '1', false),"
        " set_config('bytea_output', 'hex', false), set_config('client_encoding', 'UTF8', false),"
        " set_config('statement_timeout', '0', false), set_config('idle_in_transaction_session_timeout', '0', false)"
    )


def programs_of(connection: Connection) -> tuple[int, ...]:
    return tuple(row[0] for row in connection.execute("select id from ledger_program order by id"))


def _rows(connection: Connection, table: Table, program: int | None) -> Iterator[bytes]:
    """The rows of one table as COPY writes them; of one program, when a wall stands around it."""
    where = sql.SQL("") if program is None else sql.SQL(" where program_id = {}").format(sql.Literal(program))
    if program is not None:
        connection.execute("select set_config('holdfast.program', %s, true)", [str(program)])
    words = sql.SQL("copy (select {} from public.{}{} order by {}) to stdout").format(
        _names(table.columns), sql.Identifier(table.name), where, _names(table.key)
    )
    with connection.cursor().copy(words) as copy:
        for row in copy:
            yield bytes(row)


def pour_out(
    connection: Connection, table: Table, programs: Sequence[int], put: Callable[[bytes], None] | None = None
) -> Sum:
    """Hands every row of a table to `put`, in pieces, and returns what was seen."""
    seen, rows = hashlib.sha256(), 0
    waiting: list[bytes] = []
    size = 0

    def hand_on() -> None:
        nonlocal size
        piece = b"".join(waiting)
        seen.update(piece)
        if put is not None and piece:
            put(piece)
        waiting.clear()
        size = 0

    for program in programs if table.walled else (None,):
        for row in _rows(connection, table, program):
            rows += 1
            waiting.append(row)
            size += len(row)
            if size >= PIECE:
                hand_on()
    hand_on()
    return Sum(rows, seen.hexdigest())


def sequences_of(connection: Connection) -> dict[str, tuple[int, bool]]:
    """Where each counter stands. Read after the rows, so that no number is ever given twice."""
    names = connection.execute(
        "select relname from pg_class where relkind = 'S' and relnamespace = 'public'::regnamespace order by 1"
    ).fetchall()
    found = {}
    for (name,) in names:
        row = connection.execute(sql.SQL("select last_value, is_called from public.{}").format(sql.Identifier(name)))
        last, called = row.fetchone() or (1, False)
        found[name] = (int(last), bool(called))
    return found


# ---------------------------------------------------------------- in

Pieces = Iterator[tuple[str, bytes]]

_FOREIGN_KEYS: Final = """
    select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
     where contype = 'f' and conparentid = 0 and connamespace = 'public'::regnamespace order by 1, 2
"""


def pour_in(
    connection: Connection,
    tables: Sequence[Table],
    rows: Iterator[tuple[str, tuple[str, ...], bytes]],
    sequences: dict[str, tuple[int, bool]],
) -> None:
    """Fill the tables of a new database, as its owner, in the transaction that is open.

    Foreign keys are taken off and put on again: checked all at once they cost a tenth, and rows may come in any
    order. Walls and triggers stand again at the end, or nothing was filled.
    """
    keys = connection.execute(_FOREIGN_KEYS).fetchall()
    for table, name, _ in keys:
        connection.execute(sql.SQL("alter table {} drop constraint {}").format(sql.SQL(table), sql.Identifier(name)))
    for table in tables:
        _alter(connection, table, "disable trigger user", "no force row level security")
    connection.execute(sql.SQL("truncate {}").format(_names([table.name for table in tables])))
    for name, columns, data in rows:
        words = sql.SQL("copy public.{} ({}) from stdin").format(sql.Identifier(name), _names(columns))
        with connection.cursor().copy(words) as copy:
            copy.write(data)
    for name, (last, called) in sequences.items():
        connection.execute("select setval(format('public.%%I', %s::text)::regclass, %s, %s)", [name, last, called])
    for table, name, words in keys:
        connection.execute(
            sql.SQL("alter table {} add constraint {} {}").format(sql.SQL(table), sql.Identifier(name), sql.SQL(words))
        )
    for table in tables:
        _alter(connection, table, "enable trigger user", "force row level security")


def _alter(connection: Connection, table: Table, triggers: str, wall: str) -> None:
    name = sql.Identifier(table.name)
    connection.execute(sql.SQL("alter table public.{} {}").format(name, sql.SQL(triggers)))
    if table.walled:
        connection.execute(sql.SQL("alter table public.{} {}").format(name, sql.SQL(wall)))


def _names(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
