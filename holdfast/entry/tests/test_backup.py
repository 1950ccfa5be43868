"""Backups: what was saved comes back, and what is not a backup of ours changes nothing."""

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pyrage
import pytest
from psycopg import sql

from holdfast.entry import archive, backup, restore, roles, tables
from holdfast.entry.archive import BackupTrouble
from holdfast.entry.environment import seal_key, url_for_role
from holdfast.entry.tests.cluster import SECRET, environment
from holdfast.entry.tests.database import TEMPLATE, Database
from holdfast.ledger.promises import Promise
from holdfast.wiring import PROMISES

MAKE_THE_CAST = """
import django; django.setup()
from django.db import transaction
from holdfast.people.tests.cast import make_cast
with transaction.atomic():
    cast = make_cast()
    cast.night_shift()
"""


@dataclass(frozen=True)
class House:
    """A database with the cast in it, a key, and a folder for backups."""

    name: str
    owner_url: str
    superuser_url: str
    key: Path
    public: str
    folder: Path

    def env(self, **more: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("HOLDFAST_ROLE")}
        return kept | environment(self.owner_url) | {"HOLDFAST_BACKUP_RECIPIENT": self.public} | more

    def holdfast(self, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "holdfast.entry.cli", *words]
        return subprocess.run(command, env=self.env(**more), capture_output=True, text=True, check=False, timeout=300)

    def backup(self, name: str, promises: tuple[Promise, ...] = ()) -> Path:
        made = backup.write(
            self.folder / name,
            self.public,
            owner_url=self.owner_url,
            watchdog_url=url_for_role(self.owner_url, SECRET, "watchdog"),
            seal_keys=SEAL,
            secret=SECRET,
            promises=promises,
        )
        return made.path

    def databases(self) -> set[str]:
        with psycopg.connect(self.superuser_url) as server:
            found = server.execute("select datname from pg_database where datname like %s", [f"{self.name}%"])
            return {row[0] for row in found}


SEAL = (seal_key(environment()["HOLDFAST_SEAL_KEY"]),)


def _migrated(cluster: str, name: str) -> str:
    with psycopg.connect(cluster, autocommit=True) as server:
        words = sql.SQL("create database {} template {} owner {}")
        server.execute(words.format(sql.Identifier(name), sql.Identifier(TEMPLATE), sql.Identifier(roles.OWNER)))
    owner_url = roles.prepare(cluster, name, SECRET)
    with psycopg.connect(cluster, dbname=name, autocommit=True) as inside:
        inside.execute("drop schema kept cascade")
    return owner_url


@pytest.fixture(scope="module")
def house(cluster: str, database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    name = f"house_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    owner_url = _migrated(cluster, name)
    env = os.environ | environment(owner_url)
    said = subprocess.run([sys.executable, "-c", MAKE_THE_CAST], env=env, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr[-2000:]
    folder = tmp_path_factory.mktemp("backups")
    key = folder / "key.txt"
    yield House(name, owner_url, cluster, key, archive.make_key(key), folder)
    with psycopg.connect(cluster, autocommit=True) as server:
        for each in (name, f"{name}_new", f"{name}_empty"):
            server.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(each)))


def _refusal(house: House, path: Path, key: Path | None = None) -> str:
    with pytest.raises(BackupTrouble) as refused:
        restore.examine(path, archive.key_in(key or house.key), SEAL)
    return str(refused.value)


# ---------------------------------------------------------------- it comes back


def test_a_backup_is_rehearsed_and_leaves_nothing_behind(house: House) -> None:
    before = house.databases()
    made = house.holdfast("backup", str(house.folder), "--keep", "50")
    assert made.returncode == 0, made.stderr
    path = Path(made.stdout.split(": ")[0])
    assert path.stat().st_mode & 0o077 == 0
    said = house.holdfast("restore", str(path), "--key", str(house.key), "--verify")
    assert said.returncode == 0, said.stderr
    assert "same counts, same SHA-256" in said.stdout
    assert f"{len(PROMISES)} asked" in said.stdout
    assert "The rehearsal went well in" in said.stdout
    assert house.databases() == before
    assert "Beware" not in said.stderr
    with psycopg.connect(house.owner_url) as owner:
        left = {row[0] for row in owner.execute("select who from ledger_vouch")}
    assert left >= {backup.BACKUP, backup.REHEARSAL}


def test_a_restored_database_has_rows_counters_rights_and_walls(house: House) -> None:
    path = house.backup("whole.age")
    new = f"{house.name}_new"
    said = house.holdfast("restore", str(path), "--key", str(house.key), "--into", new)
    assert said.returncode == 0, said.stderr
    there = restore.database_in(house.owner_url, new)
    with psycopg.connect(house.owner_url) as old, psycopg.connect(there) as restored:
        for each in (old, restored):
            tables.plain_text(each)
        found = tables.tables_of(old)
        assert tables.tables_of(restored) == found
        for table in found:
            if table.name != "ledger_vouch":
                ours, theirs = (tables.pour_out(each, table, tables.programs_of(each)) for each in (old, restored))
                assert ours == theirs, table.name
        assert tables.sequences_of(restored) == tables.sequences_of(old)
        staff = next(table for table in found if table.name == "people_staff")
        assert tables.pour_out(old, staff, tables.programs_of(old)).rows > 5
        walls = "select count(*) from pg_class where relforcerowsecurity and relnamespace = 'public'::regnamespace"
        keys = "select count(*) from pg_constraint where contype = 'f' and convalidated"
        sleeping = "select count(*) from pg_trigger where tgenabled <> 'O'"
        for look in (walls, keys, sleeping):
            assert old.execute(look).fetchone() == restored.execute(look).fetchone()
    with psycopg.connect(url_for_role(there, SECRET, "web")) as web:
        assert web.execute("select count(*) from people_client").fetchone() == (0,)  # the wall stands
        assert web.execute("select count(*) from ledger_program").fetchone() == (2,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            web.execute("update ledger_fact set kind = ''")
    again = house.holdfast("restore", str(path), "--key", str(house.key), "--into", new)
    assert again.returncode == 1
    assert "There is a database" in again.stderr


def test_an_empty_database_takes_the_rows_and_a_full_one_is_left_alone(house: House, cluster: str) -> None:
    path = house.backup("for-empty.age")
    full = house.holdfast("restore", str(path), "--key", str(house.key))
    assert full.returncode == 1
    assert "is not empty, and a restore overwrites nothing" in full.stderr
    empty = roles.prepare(cluster, f"{house.name}_empty", SECRET)
    said = house.holdfast("restore", str(path), "--key", str(house.key), DATABASE_URL=empty)
    assert said.returncode == 0, said.stderr
    with psycopg.connect(empty) as owner:
        assert owner.execute("select count(*) from ledger_program").fetchone() == (2,)


def test_a_backup_of_an_older_release_is_brought_up_to_date(house: House, tmp_path: Path, cluster: str) -> None:
    """As it was before this module's newest migration: its rows come back, and the migration runs after them."""
    name = f"{house.name}_new_old"
    old = roles.prepare(cluster, name, SECRET)
    code = (
        "import django; django.setup()\n"
        "from django.db import connection\nfrom django.db.migrations.executor import MigrationExecutor\n"
        "e = MigrationExecutor(connection)\n"
        "e.migrate([k for k in e.loader.graph.leaf_nodes() if k[0] not in ('people', 'crisis', 'care', 'plans', 'assessment',"
        " 'oncall', 'notify', 'notes', 'consent', 'records')] + [('people', '0007_pauses')])\n"
    )
    env = os.environ | environment(old) | {"HOLDFAST_ROLE": "owner"}
    try:
        made = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stderr
        with psycopg.connect(old) as owner:
            owner.execute(
                "insert into ledger_program (uid, slug, name, neutral_name, timezone, state, phone, made_up)"
                " values (gen_random_uuid(), 'old', 'Old', 'Old', 'UTC', 'AZ', '', true)"
            )
        written = backup.write(
            tmp_path / "old.age",
            house.public,
            owner_url=old,
            watchdog_url=url_for_role(old, SECRET, "watchdog"),
            seal_keys=SEAL,
            secret=SECRET,
            promises=(),
        )
        said = house.holdfast("restore", str(written.path), "--key", str(house.key), "--into", f"{name}er")
        assert said.returncode == 0, said.stderr
        with psycopg.connect(restore.database_in(old, f"{name}er")) as owner:
            done = {row[0] for row in owner.execute("select name from django_migrations where app = 'people'")}
            assert "0008_digests" in done
            assert owner.execute("select slug from ledger_program").fetchall() == [("old",)]
    finally:
        with psycopg.connect(cluster, autocommit=True) as server:
            for each in (name, f"{name}er"):
                server.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(each)))


def test_rows_written_meanwhile_are_not_half_in_it(house: House) -> None:
    """One moment: what is committed after the snapshot is in no table of the backup."""
    with psycopg.connect(house.owner_url) as first:
        tables.plain_text(first)
        found = tables.tables_of(first)
        first.commit()
        first.execute("set transaction isolation level repeatable read, read only")
        programs = tables.programs_of(first)
        with psycopg.connect(house.owner_url) as other:
            other.execute(
                "insert into ledger_program (uid, slug, name, neutral_name, timezone, state, phone, made_up)"
                " values (gen_random_uuid(), 'late', 'Late', 'Late', 'UTC', 'AZ', '', true)"
            )
            other.commit()
            table = next(each for each in found if each.name == "ledger_program")
            assert tables.pour_out(first, table, programs).rows == len(programs)
            other.execute("delete from ledger_program where slug = 'late'")


def test_whoever_has_the_key_opens_it_without_holdfast(house: House) -> None:
    path = house.backup("plain.age")
    plain = pyrage.decrypt(path.read_bytes(), [archive.key_in(house.key)])
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        names = tar.getnames()
        manifest = json.load(tar.extractfile("manifest.json"))
    assert names[0] == "header.json"
    assert names[-1] == "manifest.json"
    assert manifest["tables"]["ledger_program"]["rows"] == 2
    assert "rows/people_staff/000000" in names


def test_a_file_of_any_length_is_read_to_its_end(tmp_path: Path) -> None:
    """Where the last piece ends within what is read at once is chance; it must not matter."""
    identity = pyrage.x25519.Identity.generate()
    for length in range(0, 60_000, 997):
        pieces = [("header.json", os.urandom(length)), ("manifest.json", b"{}")]
        with archive.writing(tmp_path / f"{length}.age", identity.to_public()) as out:
            for name, data in pieces:
                out.add(name, data)
        assert list(archive.read(tmp_path / f"{length}.age", identity)) == pieces


# ---------------------------------------------------------------- what is refused


def test_a_foreign_file_is_refused(house: House, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.age"
    for data in (b"", b"PGDMP this is another program's dump", os.urandom(5000)):
        foreign.write_bytes(data)
        assert "is not a backup of Holdfast" in _refusal(house, foreign)
    public = pyrage.x25519.Recipient.from_str(house.public)
    for data in (b"sealed, but no tar at all", _tar({"readme": b"x"}), _tar({"header.json": b"[]"})):
        foreign.write_bytes(pyrage.encrypt(data, [public]))
        assert "is not a backup of Holdfast" in _refusal(house, foreign)
    assert "cannot be read" in _refusal(house, tmp_path / "nowhere.age")


def _tar(pieces: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, data in pieces.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def test_a_wrong_key_is_refused(house: House, tmp_path: Path) -> None:
    archive.make_key(tmp_path / "other.txt")
    assert "This key does not open" in _refusal(house, house.backup("keyed.age"), tmp_path / "other.txt")
    (tmp_path / "none.txt").write_text("hello")
    with pytest.raises(BackupTrouble, match="holds no key"):
        archive.key_in(tmp_path / "none.txt")


@pytest.mark.parametrize("how", ["a bit", "the end", "the last byte"])
def test_a_damaged_file_is_refused(house: House, tmp_path: Path, how: str) -> None:
    data = bytearray(house.backup(f"damaged-{how.replace(' ', '-')}.age").read_bytes())
    if how == "a bit":
        data[len(data) // 2] ^= 1
    broken = tmp_path / "broken.age"
    broken.write_bytes({"a bit": data, "the end": data[: len(data) // 2], "the last byte": data[:-1]}[how])
    assert "damaged or cut short" in _refusal(house, broken)


def test_rows_that_are_not_those_of_the_manifest_are_refused(house: House, tmp_path: Path) -> None:
    plain = pyrage.decrypt(house.backup("to-forge.age").read_bytes(), [archive.key_in(house.key)])
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        pieces = {name: tar.extractfile(name).read() for name in tar.getnames()}
    pieces["rows/ledger_program/000000"] += b"forged\n"
    forged = tmp_path / "forged.age"
    forged.write_bytes(pyrage.encrypt(_tar(pieces), [pyrage.x25519.Recipient.from_str(house.public)]))
    assert "the rows of ledger_program are not those that were saved" in _refusal(house, forged)


def test_a_newer_database_is_refused_and_nothing_is_made(house: House, tmp_path: Path) -> None:
    plain = pyrage.decrypt(house.backup("to-age.age").read_bytes(), [archive.key_in(house.key)])
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        pieces = {name: tar.extractfile(name).read() for name in tar.getnames()}
    header = json.loads(pieces["header.json"])
    header["migrations"].append(["crisis", "0999_of_next_year"])
    pieces["header.json"] = json.dumps(header).encode()
    newer = tmp_path / "newer.age"
    newer.write_bytes(pyrage.encrypt(_tar(pieces), [pyrage.x25519.Recipient.from_str(house.public)]))
    before = house.databases()
    said = house.holdfast("restore", str(newer), "--key", str(house.key), "--into", f"{house.name}_newer")
    assert said.returncode == 1
    assert "was written by a newer Holdfast" in said.stderr
    assert "0999_of_next_year" in said.stderr
    assert "Traceback" not in said.stderr
    assert house.databases() == before


def test_a_backup_whose_envelope_key_is_not_here_is_refused(house: House) -> None:
    path = house.backup("other-seal.age")
    with pytest.raises(BackupTrouble, match="its words cannot be read"):
        restore.examine(path, archive.key_in(house.key), (bytes(32),))


def test_another_secret_key_is_said_aloud_and_does_not_stand_in_the_way(house: House) -> None:
    """Whoever lost the secret key must still get people's rows back."""
    path = house.backup("other-secret.age")
    words = ("restore", str(path), "--key", str(house.key), "--verify")
    assert "Beware: HOLDFAST_SECRET_KEY" in house.holdfast(*words, HOLDFAST_SECRET_KEY=SECRET + " of another").stderr


@pytest.mark.parametrize("name", ["", "Big", "a;b", "x" * 60])
def test_a_database_without_a_proper_name_is_refused(house: House, name: str) -> None:
    with (
        pytest.raises(BackupTrouble, match="is no name for a database"),
        restore.place(house.owner_url, name, new=True, rehearsal=False),
    ):
        pass


def test_two_restores_of_one_database_do_not_meet(house: House) -> None:
    with (
        restore.place(house.owner_url, f"{house.name}_new_2", new=True, rehearsal=True),
        pytest.raises(BackupTrouble, match="Another restore"),
        restore.place(house.owner_url, f"{house.name}_new_2", new=True, rehearsal=True),
    ):
        pass
    assert f"{house.name}_new_2_restoring" not in house.databases()


def test_a_scratch_database_that_cannot_be_removed_is_said_aloud(house: House, capsys) -> None:
    """It is a whole copy of people's records; the owner cannot end an administrator's session in it."""
    name = f"{house.name}_new_3"
    with restore.place(house.owner_url, name, new=True, rehearsal=True) as here:
        watcher = psycopg.connect(restore.database_in(house.superuser_url, here.scratch))
    assert f"{name}_restoring could not be removed and holds a copy of everything" in capsys.readouterr().err
    watcher.close()
    with restore.place(house.owner_url, name, new=True, rehearsal=True):
        pass  # a next turn clears it away first
    assert f"{name}_restoring" not in house.databases()
    assert not capsys.readouterr().err


# ---------------------------------------------------------------- nothing half


def test_a_full_disk_leaves_nothing_that_looks_whole(house: House, tmp_path: Path) -> None:
    """The system refuses to let the file grow, as a full disk does."""
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))\n"
        "from holdfast.entry.cli import main\nmain(['backup', sys.argv[1]])\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], env=house.env(), capture_output=True, text=True, check=False
    )
    assert said.returncode == 1
    assert "could not be written" in said.stderr, said.stderr
    assert "Traceback" not in said.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_kill_leaves_only_a_draft_that_the_next_run_removes(house: House, tmp_path: Path) -> None:
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom holdfast.entry import archive\n"
        "with archive.writing(Path(sys.argv[1]) / 'holdfast-1.age', archive.public_key(sys.argv[2])) as out:\n"
        "    out.add('header.json', b'{}')\n    os.kill(os.getpid(), 9)\n"
    )
    words = [sys.executable, "-c", code, str(tmp_path), house.public]
    assert subprocess.run(words, check=False).returncode == -9
    assert [path.name for path in tmp_path.iterdir()] == [".holdfast-1.age.part"]
    assert list(tmp_path.glob("*.age")) == []
    with archive.writing(tmp_path / "holdfast-2.age", archive.public_key(house.public)) as out:
        out.add("header.json", b"{}")
    assert [path.name for path in tmp_path.iterdir()] == ["holdfast-2.age"]


def test_a_backup_overwrites_nothing_and_wants_a_folder_and_a_key(house: House, tmp_path: Path) -> None:
    path = house.backup("once.age")
    with pytest.raises(BackupTrouble, match="never overwrites"):
        house.backup("once.age")
    assert path.exists()
    with pytest.raises(BackupTrouble, match="There is no folder"):
        house.backup("no/such/folder.age")
    said = house.holdfast("backup", str(tmp_path), HOLDFAST_BACKUP_RECIPIENT="")
    assert said.returncode == 1
    assert "nobody could open the backup" in said.stderr
    with pytest.raises(BackupTrouble, match="not a public key"):
        archive.public_key("age1nonsense")
    with pytest.raises(BackupTrouble, match="never overwritten"):
        archive.make_key(house.key)


def test_a_database_that_is_away_is_a_sentence(house: House, tmp_path: Path) -> None:
    said = house.holdfast("backup", str(tmp_path), DATABASE_URL="postgresql://holdfast_owner:x@127.0.0.1:9/holdfast")
    assert said.returncode == 1
    assert "does not answer" in said.stderr
    assert "Traceback" not in said.stderr


def test_only_the_newest_backups_are_kept(tmp_path: Path) -> None:
    for day in range(1, 6):
        (tmp_path / f"holdfast-2026010{day}T000000Z.age").touch()
    (tmp_path / "something-else.age").touch()
    assert len(backup.keep_newest(tmp_path, 2)) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "holdfast-20260104T000000Z.age",
        "holdfast-20260105T000000Z.age",
        "something-else.age",
    ]


def test_a_promise_that_breaks_on_the_way_stops_the_restore(house: House) -> None:
    """The promises are asked at the moment of the backup, whatever the time is now."""
    path = house.backup("promised.age", PROMISES)
    found = restore.examine(path, archive.key_in(house.key), SEAL)
    held = Promise("t", 1, "x", PROMISES[0].bound, "select 1 as program_id, 1 as id where holdfast_now() > %s")
    moment = f"timestamptz '{found.at.isoformat()}' + interval '1 minute'"
    later = Promise(held.name, 1, "x", held.bound, held.sql.replace("%s", moment))
    with psycopg.connect(house.owner_url) as owner:
        kept = owner.execute("select ahead from ledger_clockoffset").fetchall()
    here = restore.Place(house.owner_url, house.name, house.name, psycopg.connect(house.superuser_url))
    watchdog = url_for_role(house.owner_url, SECRET, "watchdog")
    assert restore.broken_as_of(here, watchdog, found.at, (later,)) == frozenset()
    always = Promise("broken", 1, "x", held.bound, "select 1 as program_id, 1 as id")
    assert restore.broken_as_of(here, watchdog, found.at, (always,)) == {"broken"}
    here.server.close()
    with psycopg.connect(house.owner_url) as owner:
        assert owner.execute("select ahead from ledger_clockoffset").fetchall() == kept
