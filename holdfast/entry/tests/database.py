"""The fixtures of tests that need the database.

A template database is migrated once a run, as the owner; each worker process gets a copy of its own,
and Django signs in to it as `holdfast_web` (or HOLDFAST_ROLE, or the test's `role` mark), never as a
superuser, who would see all rows.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from holdfast.entry import postgres, roles
from holdfast.entry.environment import url_for_role
from holdfast.entry.tests.cluster import SECRET, environment, run_folder

TEMPLATE = "holdfast_template"


@dataclass(frozen=True)
class Database:
    """The database of this worker process."""

    name: str
    owner_url: str
    superuser_url: str

    def url(self, role: str) -> str:
        """Its address as web, worker, watchdog or owner."""
        return url_for_role(self.owner_url, SECRET, role)

    def environment(self, **more: str) -> dict[str, str]:
        """For a Holdfast program to be started on this database."""
        kept = {name: value for name, value in os.environ.items() if name != "HOLDFAST_ROLE"}
        return kept | environment(self.owner_url) | more


@contextmanager
def _alone() -> Iterator[None]:
    with (run_folder() / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def cluster() -> str:
    """The superuser's address of the run's cluster; the first to ask starts it."""
    note = run_folder() / "cluster.json"
    with _alone():
        if not note.exists():
            made = postgres.start_for_tests(run_folder() / "postgres")
            note.write_text(json.dumps(made.superuser_url))
        found: str = json.loads(note.read_text())
        return found


@pytest.fixture(scope="session")
def database(cluster: str) -> Database:
    """A database of this worker process, migrated, with rows only from migrations."""
    name = f"holdfast_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    done = run_folder() / "template-done"
    with _alone():
        if not done.exists():
            _make_template(cluster)
            done.touch()
        with psycopg.connect(cluster, autocommit=True) as server:
            words = sql.SQL("create database {} template {} owner {}")
            server.execute(words.format(sql.Identifier(name), sql.Identifier(TEMPLATE), sql.Identifier(roles.OWNER)))
        owner_url = roles.prepare(cluster, name, SECRET)
    return Database(name, owner_url, cluster.rpartition("/")[0] + f"/{name}")


def _migrate(owner_url: str) -> str:
    """Brings a database up to date as its owner; what went wrong, if anything."""
    env = os.environ | environment(owner_url)
    words = [sys.executable, "-c", "from holdfast.entry.cli import main; main(['migrate'])"]
    said = subprocess.run(words, env=env, capture_output=True, text=True, check=False, timeout=300)
    return said.stderr[-4000:] if said.returncode else ""


@contextmanager
def durable_database(folder: Path) -> Iterator[tuple[postgres.Cluster, Database]]:
    """A cluster of its own that writes durably, with a migrated database: for tests that kill it."""
    made = postgres.start(folder)
    try:
        owner_url = roles.prepare(made.superuser_url, "holdfast", SECRET)
        trouble = _migrate(owner_url)
        assert not trouble, trouble
        yield made, Database("holdfast", owner_url, made.url("holdfast"))
    finally:
        postgres.remove(folder)


def _make_template(cluster: str) -> None:
    trouble = _migrate(roles.prepare(cluster, TEMPLATE, SECRET))
    if trouble:
        pytest.exit(f"Migrations fail, so no test with a database can run:\n{trouble}", returncode=3)
    with psycopg.connect(cluster.rpartition("/")[0] + f"/{TEMPLATE}", autocommit=True) as inside:
        inside.execute(_KEEP)


# Rows that migrations made are kept beside, so that a test which commits can be cleaned up after:
# everything goes, and those rows come back. Triggers sleep meanwhile (append-only tables refuse otherwise).
_KEEP = """
create schema kept;
do $$ declare t text; filled boolean; begin
  for t in select tablename from pg_tables where schemaname = 'public' and tablename <> 'django_migrations' loop
    execute format('select exists (select from public.%I)', t) into filled;
    if filled then execute format('create table kept.%I as table public.%I', t, t); end if;
  end loop;
end $$;
create function kept.clean() returns void language plpgsql set session_replication_role = replica
set lock_timeout = '10s' as $$ declare t text; filled boolean; begin
  for t in select tablename from pg_tables where schemaname = 'public' and tablename <> 'django_migrations' loop
    execute format('select exists (select from public.%I)', t) into filled;
    if filled then execute format('delete from public.%I', t); end if;
  end loop;
  for t in select tablename from pg_tables where schemaname = 'kept' loop
    execute format('insert into public.%I overriding system value table kept.%I', t, t);
  end loop;
end $$;
"""


class _Signed:
    """Which role Django signs in as at present, in this process."""

    database: Database | None = None
    role: str = ""

    @classmethod
    def in_as(cls, role: str) -> None:
        from django.conf import settings
        from django.db import connections

        if cls.database is None or cls.role == role:
            cls.role = role
            return
        connection: Any = connections["default"]
        connection.close()
        connection.close_pool()
        url = cls.database.url(role)
        at = psycopg.conninfo.conninfo_to_dict(url)
        where = {"NAME": at["dbname"], "USER": at["user"], "PASSWORD": at["password"], "HOST": at["host"]}
        connection.settings_dict.update(where, PORT=at["port"])
        settings.HOLDFAST_DATABASE_URL = url
        settings.HOLDFAST_ROLE = role
        cls.role = role


def _wanted_role(item: pytest.Item) -> str:
    mark = item.get_closest_marker("role")
    return str(mark.args[0]) if mark else os.environ["HOLDFAST_ROLE"]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """The role of a test is settled before anything of it touches the database."""
    _Signed.in_as(_wanted_role(item))


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: object, database: Database) -> Iterator[None]:
    """In place of pytest-django's: Django is pointed at the database of this worker process."""
    from django.db import connections
    from django.test import TransactionTestCase

    cases: Any = TransactionTestCase
    wanted, _Signed.role = _Signed.role, ""
    _Signed.database = database
    _Signed.in_as(wanted)
    os.environ["DATABASE_URL"] = database.owner_url
    flush = cases._fixture_teardown
    with psycopg.connect(database.superuser_url, autocommit=True) as broom:

        def clean(_: object) -> None:
            broom.execute("select kept.clean()")

        cases._fixture_teardown = clean
        yield
        cases._fixture_teardown = flush
    connection: Any = connections["default"]
    connection.close()
    connection.close_pool()


@pytest.fixture
def clean_database(database: Database) -> Callable[[], None]:
    """Empties this worker's database, rows of migrations excepted; for tests that commit elsewhere."""

    def clean() -> None:
        with psycopg.connect(database.superuser_url, autocommit=True) as broom:
            broom.execute("select kept.clean()")

    return clean
