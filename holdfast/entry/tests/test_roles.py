"""The database's roles: each may do its part, and no role walks through the wall."""

import subprocess
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from holdfast.entry import roles
from holdfast.entry.environment import role_password, url_for_role
from holdfast.entry.tests.cluster import SECRET

DO = "create function asks() returns integer language sql security definer set search_path = '' as 'select 1'"


@pytest.fixture
def name(cluster: str) -> Iterator[str]:
    word = f"roles_{uuid.uuid4().hex[:10]}"
    yield word
    with psycopg.connect(cluster, autocommit=True) as server:
        server.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(word)))


def test_preparing_twice_is_the_same_as_once(cluster: str, name: str) -> None:
    first = roles.prepare(cluster, name, SECRET)
    with psycopg.connect(first) as owner:
        owner.execute("create table kept as select 1 as n")
    assert roles.prepare(cluster, name, SECRET) == first
    with psycopg.connect(first) as owner:
        assert owner.execute("select n from kept").fetchone() == (1,)


def test_the_owner_owns_the_database_and_its_schema(cluster: str, name: str) -> None:
    with psycopg.connect(roles.prepare(cluster, name, SECRET)) as owner:
        found = owner.execute(
            "select current_user, (select datdba::regrole::text from pg_database where datname = current_database()),"
            " (select nspowner::regrole::text from pg_namespace where nspname = 'public')"
        ).fetchone()
    assert found == ("holdfast_owner", "holdfast_owner", "holdfast_owner")


@pytest.mark.parametrize("role", ["web", "worker", "watchdog"])
def test_a_running_program_signs_in_but_makes_nothing(cluster: str, name: str, role: str) -> None:
    url = url_for_role(roles.prepare(cluster, name, SECRET), SECRET, role)
    with psycopg.connect(url, autocommit=True) as connection:
        assert connection.execute("select current_user").fetchone() == (f"holdfast_{role}",)
        assert connection.execute("show idle_in_transaction_session_timeout").fetchone() == ("15s",)
        for words in (
            "create database mine",
            "create table mine (n int)",
            "create schema mine",
            "create temp table mine (n int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(words)
        for other in ("holdfast_owner", "holdfast_across"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(sql.SQL("set role {}").format(sql.Identifier(other)))


def test_no_role_is_a_superuser_or_bypasses_row_level_security(cluster: str, name: str) -> None:
    roles.prepare(cluster, name, SECRET)
    with psycopg.connect(cluster) as server:
        found = server.execute(
            "select rolname, rolcanlogin from pg_roles where rolname like 'holdfast%' and not "
            "(rolsuper or rolbypassrls or rolcreaterole or rolreplication) "
            "and rolcreatedb = (rolname = 'holdfast_owner') order by 1"
        ).fetchall()
    assert found == [
        ("holdfast_across", False),
        ("holdfast_owner", True),
        ("holdfast_watchdog", True),
        ("holdfast_web", True),
        ("holdfast_worker", True),
    ]


def test_the_owner_can_hand_a_function_to_across_and_change_it_later(cluster: str, name: str) -> None:
    with psycopg.connect(roles.prepare(cluster, name, SECRET)) as owner:
        owner.execute(DO)
        owner.execute("alter function asks() owner to holdfast_across")
        owner.execute(DO.replace("create", "create or replace", 1))
        found = owner.execute("select proowner::regrole::text from pg_proc where proname = 'asks'").fetchone()
    assert found == ("holdfast_across",)


def test_strangers_may_not_even_connect(cluster: str, name: str) -> None:
    roles.prepare(cluster, name, SECRET)
    with psycopg.connect(cluster) as server:
        allowed = server.execute(
            "select count(*) from pg_database d, aclexplode(d.datacl) a where d.datname = %s and a.grantee = 0", [name]
        ).fetchone()
    assert allowed == (0,)


def test_a_role_that_bypasses_the_wall_is_refused(cluster: str, name: str) -> None:
    roles.prepare(cluster, name, SECRET)
    with psycopg.connect(cluster) as server:
        server.execute("alter role holdfast_watchdog bypassrls")  # rolled back below
        with pytest.raises(roles.RolesTrouble, match="holdfast_watchdog"):
            roles._refuse_strong_roles(server)
        server.rollback()


def test_the_text_for_an_administrator_does_the_same_and_holds_no_password(cluster: str, name: str) -> None:
    from holdfast.entry import postgres

    text = roles.role_sql(SECRET, name)
    for role in ("owner", "web", "worker", "watchdog"):
        assert role_password(SECRET, role) not in text
    psql = postgres.programs(postgres._Account(None, None))["psql"]
    for _ in range(2):
        said = subprocess.run([psql, cluster, "-q"], input=text, text=True, capture_output=True, check=False)
        assert said.returncode == 0, said.stderr
    at = urlsplit(cluster)._replace(path=f"/{name}").geturl()
    with psycopg.connect(url_for_role(at, SECRET, "web")) as connection:
        assert connection.execute("select current_database()").fetchone() == (name,)
