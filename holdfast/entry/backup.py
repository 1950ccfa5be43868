"""`holdfast backup`: every row of the database at one moment, in one sealed file.

The tables themselves are not in it: `holdfast migrate` makes them, walls and rights included, so a backup of
PostgreSQL 15 goes into 18 and the other way round. The file holds, as pieces of a tar:

    header.json            who wrote it when, which migrations had run, which tables and columns
    rows/TABLE/NUMBER      rows as PostgreSQL's COPY writes them
    manifest.json          last: rows and SHA-256 of each table, counters, promises that were broken at that moment
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import psycopg

from holdfast.entry import archive, tables
from holdfast.entry.archive import SUFFIX, BackupTrouble
from holdfast.ledger.envelopes import fingerprint
from holdfast.ledger.promises import Promise

FORMAT: Final = 1
BACKUP, REHEARSAL = "backup", "rehearsal"  # who leaves word in ledger_vouch


@dataclass(frozen=True)
class Written:
    """A backup that is whole and on disk."""

    path: Path
    rows: int
    tables: int
    bytes: int
    at: datetime


def name_for(at: datetime) -> str:
    return f"holdfast-{at:%Y%m%dT%H%M%SZ}{SUFFIX}"


@contextmanager
def connected(url: str) -> Iterator[tables.Connection]:
    """A connection; a database that does not answer, or stops in the middle, is a sentence."""
    place = urlsplit(url)
    name = f"The database {place.path.lstrip('/')} at {place.hostname}:{place.port or 5432}"
    try:
        connection = psycopg.connect(url, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise BackupTrouble(f"{name} does not answer: {str(error).strip().splitlines()[-1]}.") from None
    try:
        with connection:
            yield connection
    except psycopg.Error as error:
        said = error.diag.message_primary or type(error).__name__  # never the detail: it may hold a row
        raise BackupTrouble(f"{name} stopped the work, and nothing was kept: {said}.") from None


def write(
    to: Path,
    recipient: str,
    *,
    owner_url: str,
    watchdog_url: str,
    seal_keys: Sequence[bytes],
    secret: str,
    promises: tuple[Promise, ...],
) -> Written:
    """Write a backup into this folder, or as this file."""
    sealed_for = archive.public_key(recipient)
    if not to.is_dir() and not to.parent.is_dir():
        raise BackupTrouble(f"There is no folder {to.parent}; make it, on a disk that is copied to another place.")
    with connected(owner_url) as database:
        tables.plain_text(database)
        found = tables.tables_of(database)
        database.commit()
        database.execute("set transaction isolation level repeatable read, read only")
        # Nobody changes a table from here on; the snapshot is taken by what is read first, afterwards.
        database.execute(_lock(found))
        at, header = _header(database, found)
        header |= {"seal_keys": _needed(database, seal_keys), "secret_key": fingerprint(secret.encode())}
        path = to / name_for(at) if to.is_dir() else to
        with archive.writing(path, sealed_for) as out:
            out.add("header.json", _json(header))
            broken = _broken(watchdog_url, _snapshot(database), promises)
            sums = _rows(database, found, out)
            out.add(
                "manifest.json",
                _json(
                    {
                        "tables": {name: asdict(each) for name, each in sums.items()},
                        "sequences": tables.sequences_of(database),
                        "broken": broken,
                    }
                ),
            )
        database.rollback()
        leave_word(database, BACKUP)
        database.commit()
    return Written(path, sum(each.rows for each in sums.values()), len(sums), path.stat().st_size, at)


def keep_newest(folder: Path, keep: int) -> list[str]:
    """Remove all but the newest backups of this folder, and name what went. Their names hold their time."""
    old = sorted(path for path in folder.glob(f"holdfast-*{SUFFIX}"))[:-keep]
    for path in old:
        path.unlink(missing_ok=True)
    return [path.name for path in old]


def leave_word(database: tables.Connection, who: str) -> None:
    """For `holdfast check` and the metrics: this was done just now."""
    database.execute(
        "insert into ledger_vouch (who, at, promises) values (%s, clock_timestamp(), '{}')"
        " on conflict (who) do update set at = excluded.at",
        [who],
    )


def _needed(database: tables.Connection, seal_keys: Sequence[bytes]) -> list[str]:
    """The names of the envelope keys without which some words of this backup cannot be read. Newest first in `seal_keys`:
    the last is the one key that an installation had before its programs had keys."""
    names, old = set(), False
    for program in tables.programs_of(database):
        database.execute("select set_config('holdfast.program', %s, true)", [str(program)])
        rows = database.execute(
            "select envelope, what = 'text' and swept_at is not null from ledger_programkey where program_id = %s",
            [program],
        ).fetchall()
        names |= {envelope for envelope, _ in rows}
        old = old or not any(swept for _, swept in rows)
    if old and seal_keys:
        names.add(fingerprint(seal_keys[-1]))
    return sorted(names)


def _lock(found: tuple[tables.Table, ...]) -> Any:
    from psycopg import sql

    names = sql.SQL(", ").join(sql.Identifier("public", table.name) for table in found)
    return sql.SQL("lock table {}, public.django_migrations in access share mode").format(names)


def _header(database: tables.Connection, found: tuple[tables.Table, ...]) -> tuple[datetime, dict[str, Any]]:
    row = database.execute("select clock_timestamp(), current_setting('server_version_num')::int").fetchone()
    if row is None:
        raise AssertionError("the database has no clock")
    at, server = row
    done = database.execute("select app, name from django_migrations order by id").fetchall()
    return at, {
        "holdfast_backup": FORMAT,
        "version": version("holdfast"),
        "postgresql": server,
        "at": at.isoformat(),
        "migrations": [list(each) for each in done],
        "tables": {table.name: table.columns for table in found},
    }


def _snapshot(database: tables.Connection) -> str:
    row = database.execute("select pg_export_snapshot()").fetchone()
    return str(row[0]) if row else ""


def _broken(watchdog_url: str, snapshot: str, promises: tuple[Promise, ...]) -> list[str]:
    """Which promises are broken in the very rows that are saved, so that a restore can be held against it."""
    from psycopg import sql

    with connected(watchdog_url) as watch:
        watch.execute("set transaction isolation level repeatable read, read only")
        watch.execute(sql.SQL("set transaction snapshot {}").format(sql.Literal(snapshot)))
        return [each.name for each in promises if is_broken(watch, each)]


def is_broken(watch: tables.Connection, promise: Promise) -> bool:
    from psycopg import sql

    words = promise.sql.replace("holdfast_now()", "(select holdfast_now())")
    return watch.execute(sql.SQL(words + " limit 1")).fetchone() is not None


def _rows(database: tables.Connection, found: tuple[tables.Table, ...], out: archive.Writer) -> dict[str, tables.Sum]:
    programs = tables.programs_of(database)
    sums = {}
    for table in found:
        numbers = iter(range(1_000_000))

        def put(piece: bytes, table: tables.Table = table, numbers: Iterator[int] = numbers) -> None:
            out.add(f"rows/{table.name}/{next(numbers):06d}", piece)

        sums[table.name] = tables.pour_out(database, table, programs, put)
    return sums


def _json(what: dict[str, Any]) -> bytes:
    return json.dumps(what, indent=1).encode()
