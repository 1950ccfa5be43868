"""`holdfast restore`: a backup into a database of its own, held against what was saved, and only then in its place.

Everything happens in a scratch database beside the target, so that whatever goes wrong leaves the target as it was.
With --verify the scratch database is thrown away at the end: that is the rehearsal.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql
from pyrage import x25519

from holdfast.entry import archive, roles, tables
from holdfast.entry.archive import BackupTrouble
from holdfast.entry.backup import FORMAT, REHEARSAL, connected, is_broken, leave_word
from holdfast.ledger.envelopes import fingerprint
from holdfast.ledger.promises import Promise
from holdfast.ledger.seals import Sealer
from holdfast.ledger.verify import Verdict

MAINTENANCE: Final = "postgres"  # where PostgreSQL lets everyone in, to make databases from
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,49}")


@dataclass(frozen=True)
class Backup:
    """A file that was read to its end and found whole."""

    path: Path
    at: datetime
    version: str
    columns: dict[str, tuple[str, ...]]
    migrations: frozenset[tuple[str, str]]
    sums: dict[str, tables.Sum]
    sequences: dict[str, tuple[int, bool]]
    broken: frozenset[str]
    secret_key: str  # its fingerprint

    @property
    def rows(self) -> int:
        return sum(each.rows for each in self.sums.values())


def examine(path: Path, key: x25519.Identity, seal_keys: Sequence[bytes], *, words_lost: bool = False) -> Backup:
    """Read the whole file before any database is touched. Refuses what is foreign, damaged, or sealed with keys that are
    not here, unless the words are given up."""
    import hashlib

    header: dict[str, Any] = {}
    manifest: dict[str, Any] = {}
    seen: dict[str, Any] = {}
    for name, data in archive.read(path, key):
        if name == "header.json" and not header:
            header = _object(path, data)
            _refuse_foreign(path, header)
            if not words_lost:
                _refuse_unreadable(header, seal_keys)
        elif name == "manifest.json" and header:
            manifest = _object(path, data)
        elif header and (table := _table(name)) in header["tables"]:
            seen.setdefault(table, hashlib.sha256()).update(data)
        else:
            raise BackupTrouble(f"{path} is not a backup of Holdfast.")
    try:
        sums = {name: tables.Sum(int(s["rows"]), str(s["sha256"])) for name, s in manifest["tables"].items()}
        found = Backup(
            path,
            datetime.fromisoformat(header["at"]),
            str(header["version"]),
            {name: tuple(columns) for name, columns in header["tables"].items()},
            frozenset((app, name) for app, name in header["migrations"]),
            sums,
            {name: (int(last), bool(called)) for name, (last, called) in manifest["sequences"].items()},
            frozenset(manifest["broken"]),
            str(header.get("secret_key", "")),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BackupTrouble(f"{path} is not a backup of Holdfast.") from None
    nothing = hashlib.sha256().hexdigest()
    for name, each in sums.items():
        if (seen[name].hexdigest() if name in seen else nothing) != each.sha256:
            raise BackupTrouble(f"{path} is damaged: the rows of {name} are not those that were saved.")
    return found


def _object(path: Path, data: bytes) -> dict[str, Any]:
    with suppress(ValueError):
        found = json.loads(data)
        if isinstance(found, dict):
            return found
    raise BackupTrouble(f"{path} is not a backup of Holdfast.")


def _refuse_foreign(path: Path, header: dict[str, Any]) -> None:
    if not isinstance(header.get("holdfast_backup"), int) or not isinstance(header.get("tables"), dict):
        raise BackupTrouble(f"{path} is not a backup of Holdfast.")
    if header["holdfast_backup"] > FORMAT:
        raise BackupTrouble(f"{path} was written by a newer Holdfast; install that one first.")


def _refuse_unreadable(header: dict[str, Any], seal_keys: Sequence[bytes]) -> None:
    needed = header.get("seal_keys", [header.get("seal_key")])  # one key, in files of older releases
    missing = sorted(set(map(str, needed)) - {fingerprint(each) for each in seal_keys})
    if missing:
        raise BackupTrouble(
            f"The envelope key {missing[0][:8]} of this backup is not here, so its words cannot be read: names, numbers,"
            " plans. Put the file of HOLDFAST_SEAL_KEY_FILE (or HOLDFAST_SEAL_KEY) of then in its place, or recover it with"
            " `holdfast keys recover`. If it is lost for good, --words-lost restores everything else."
        )


def _table(name: str) -> str:
    parts = name.split("/")
    return parts[1] if len(parts) == 3 and parts[0] == "rows" else ""


# ---------------------------------------------------------------- where it goes


def database_in(url: str, name: str) -> str:
    """The same address with another database."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, ""))


def name_in(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


@dataclass(frozen=True)
class Place:
    """Where a backup goes: the scratch database, and the target whose name it takes at the end."""

    owner_url: str
    target: str
    scratch: str
    server: tables.Connection

    @property
    def scratch_url(self) -> str:
        return database_in(self.owner_url, self.scratch)

    def drop_scratch(self) -> None:
        words = sql.SQL("drop database if exists {}").format(sql.Identifier(self.scratch))
        try:
            self.server.execute(words + sql.SQL(" with (force)"))
        except psycopg.errors.InsufficientPrivilege:
            # A worker of autovacuum, busy with what was just filled, counts as an administrator's session, which an
            # owner may not end by force. Without force PostgreSQL ends it and waits.
            self.server.execute(words)

    def clear_away(self) -> None:
        """A copy of everything must not lie about: sessions that are slow to end get time, what stays behind is said."""
        for _ in range(3):  # PostgreSQL itself waits five seconds each time
            with suppress(psycopg.Error):
                self.drop_scratch()
                return
        print(
            f"Beware: the scratch database {self.scratch} could not be removed and holds a copy of everything."
            " Drop it as an administrator.",
            file=sys.stderr,
        )

    def take_the_name(self) -> None:
        """The scratch database becomes the target; an empty one that stood there goes."""
        try:
            self.server.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(self.target)))
            self.server.execute(
                sql.SQL("alter database {} rename to {}").format(
                    sql.Identifier(self.scratch), sql.Identifier(self.target)
                )
            )
        except psycopg.Error:
            raise BackupTrouble(
                f"The database {self.target} is in use: stop every program of Holdfast and run this again."
            ) from None


@contextmanager
def place(owner_url: str, target: str, *, new: bool, rehearsal: bool) -> Iterator[Place]:
    """A scratch database, gone at the end unless it took the target's name. Refuses a target that is not empty."""
    if not _NAME.fullmatch(target):
        raise BackupTrouble(f"{target[:60]!r} is no name for a database: small letters, digits and _, at most 50.")
    scratch = f"{target}_restoring"
    with connected(database_in(owner_url, MAINTENANCE)) as server:
        server.autocommit = True
        row = server.execute("select pg_try_advisory_lock(hashtext(%s))", [scratch]).fetchone()
        if not row or not row[0]:
            raise BackupTrouble(f"Another restore of {target} is running at this moment.")
        if not rehearsal:
            _refuse_full(server, owner_url, target, new=new)
        here = Place(owner_url, target, scratch, server)
        try:
            here.drop_scratch()  # of a restore that was killed
            server.execute(roles.create_database(scratch))
        except psycopg.errors.InsufficientPrivilege:
            raise BackupTrouble(
                "The database's owner may not make databases: run the SQL of `holdfast roles` again as an administrator."
            ) from None
        try:
            for step in roles.for_database(scratch):
                server.execute(step)
            with psycopg.connect(here.scratch_url, autocommit=True) as inside:
                for step in roles.for_schema():
                    inside.execute(step)
            yield here
        finally:
            here.clear_away()


def _refuse_full(server: tables.Connection, owner_url: str, target: str, *, new: bool) -> None:
    if not server.execute("select 1 from pg_database where datname = %s", [target]).fetchone():
        return
    if new:
        raise BackupTrouble(f"There is a database {target} already; --into makes a new one.")
    with connected(database_in(owner_url, target)) as inside:
        row = inside.execute("select count(*) from pg_class where relnamespace = 'public'::regnamespace").fetchone()
        if row and row[0]:
            raise BackupTrouble(
                f"The database {target} is not empty, and a restore overwrites nothing: use --into NAME for a new one."
            )


# ---------------------------------------------------------------- filling and holding against


def refuse_newer(backup: Backup) -> None:
    """A database of a newer release holds what this one does not know."""
    from django.db.migrations.loader import MigrationLoader

    known = set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
    unknown = sorted(backup.migrations - known)
    if unknown:
        raise BackupTrouble(
            f"{backup.path} was written by a newer Holdfast ({backup.version}, with {'.'.join(unknown[0])});"
            " install that one first."
        )


def fill(here: Place, backup: Backup, key: x25519.Identity) -> None:
    """Tables as they were then, every row, counters; then hold the rows against what was saved."""
    _migrate_as_it_was(backup)
    pieces = (
        (_table(name), backup.columns[_table(name)], data)
        for name, data in archive.read(backup.path, key)
        if _table(name) in backup.columns
    )
    with connected(here.scratch_url) as database:
        tables.plain_text(database)
        found = tables.tables_of(database)
        if {table.name: table.columns for table in found} != backup.columns:
            raise BackupTrouble("This release makes other tables than the backup holds; install the one that wrote it.")
        tables.pour_in(database, found, pieces, backup.sequences)
        database.commit()
        programs = tables.programs_of(database)
        for table in found:
            if tables.pour_out(database, table, programs) != backup.sums[table.name]:
                raise BackupTrouble(f"What was restored of {table.name} is not what was saved; nothing was kept.")
        database.commit()
        database.autocommit = True
        database.execute("analyze")


def _migrate_as_it_was(backup: Backup) -> None:
    """Only the migrations that had run. Django is set up on the scratch database already."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    graph = executor.loader.graph
    leaves = [
        key
        for key in sorted(backup.migrations)
        if key in graph.nodes and not any(child.key in backup.migrations for child in graph.node_map[key].children)
    ]
    executor.migrate(leaves)
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's own; the database is renamed or dropped later


def broken_as_of(here: Place, watchdog_url: str, at: datetime, promises: tuple[Promise, ...]) -> frozenset[str]:
    """Every promise, asked of the restored rows at the moment of the backup. The clock is put back afterwards."""
    with connected(here.scratch_url) as owner:
        moved = owner.execute("select ahead from ledger_clockoffset").fetchone()
        owner.execute("delete from ledger_clockoffset")
        owner.execute(
            "insert into ledger_clockoffset (\"only\", ahead) values (1, %s - clock_timestamp() + coalesce(%s, interval '0'))",
            [at, moved[0] if moved else None],
        )
        owner.commit()
        with connected(watchdog_url) as watch:
            broken = frozenset(each.name for each in promises if is_broken(watch, each))
        owner.execute("delete from ledger_clockoffset")
        if moved:
            owner.execute('insert into ledger_clockoffset ("only", ahead) values (1, %s)', [moved[0]])
    return broken


def seal_the_rest(here: Place) -> list[Verdict]:
    """Seal what waited for its seal when it was saved, and say of each program whether its record holds."""
    from holdfast.entry.ledger_command import every_program

    with connected(here.scratch_url) as owner:
        owner.autocommit = True
        Sealer(alone=True).all_programs(owner)
        owner.autocommit = False
        return every_program(owner, [])


def say_rehearsed(owner_url: str) -> bool:
    """Leave word in the program's own database, when there is one."""
    try:
        with psycopg.connect(owner_url, connect_timeout=5) as database:
            leave_word(database, REHEARSAL)
        return True
    except psycopg.Error:
        return False


def migrate_to_now(scratch_url: str) -> None:
    """Whatever this release has on top, rights included, in a program of its own."""
    said = subprocess.run(
        [sys.executable, "-m", "holdfast.entry.cli", "migrate"],
        env=os.environ | {"DATABASE_URL": scratch_url},
        capture_output=True,
        text=True,
        check=False,
    )
    if said.returncode:
        raise BackupTrouble(f"The restored database could not be brought up to date: {said.stderr.strip()[-300:]}")
