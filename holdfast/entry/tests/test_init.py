"""`holdfast init`: a first program, or a sentence that says what is wanted."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import psycopg
import pytest

from holdfast.entry import first
from holdfast.entry.tests.database import Database

ANSWERS = {
    "--program": "Juniper  Path",
    "--neutral-name": "JP Desk",
    "--timezone": "America/Phoenix",
    "--state": "az",
    "--phone": "(520) 555-0100",
    "--director": "Dia Ortiz",
    "--email": "Dia@Example.org",
}
PASSWORD = "tea with honey at nine"
REAL = {"HOLDFAST_DEMO": "0", "HOLDFAST_PUBLIC_URL": "https://care.example.org"}


@pytest.fixture
def empty(database: Database, clean_database: Callable[[], None]) -> Iterator[Database]:
    clean_database()
    yield database
    clean_database()


def _init(
    database: Database, answers: dict[str, str] = ANSWERS, typed: str = PASSWORD + "\n", **more: str
) -> "subprocess.CompletedProcess[str]":
    words = [word for pair in answers.items() for word in pair]
    return subprocess.run(
        [sys.executable, "-m", "holdfast.entry.cli", "init", *words, "--password-file", "-"],
        env=database.environment(**(REAL | more)),
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def _count(database: Database, table: str) -> int:
    with psycopg.connect(database.superuser_url) as server:
        row = server.execute(f"select count(*) from {table}").fetchone()
        return int(row[0])


def test_a_first_program_is_made_with_who_leads_it(empty: Database) -> None:
    said = _init(empty)
    assert said.returncode == 0, said.stderr
    assert "https://care.example.org/sign-in/ and sign in as dia@example.org" in said.stdout
    assert "https://care.example.org/hooks/" in said.stdout
    with psycopg.connect(empty.superuser_url) as server:
        program = server.execute("select name, slug, state, phone, made_up from ledger_program").fetchone()
        assert program == ("Juniper Path", "juniper-path", "AZ", "+15205550100", False)
        staff = server.execute(
            "select s.name, s.role, u.email from people_staff s join people_user u on u.id = s.user_id"
        )
        assert staff.fetchall() == [("Dia Ortiz", "director", "dia@example.org")]
        assert server.execute("select tested_at from people_contact").fetchall() == [(None,)]
    again = _init(empty)
    assert again.returncode == 1
    assert "has a program already (juniper-path)" in again.stderr
    assert _count(empty, "ledger_program") == 1


def test_who_leads_can_sign_in(empty: Database) -> None:
    assert _init(empty).returncode == 0
    code = (
        "import django; django.setup()\nfrom django.test import Client\nc = Client(headers={'host': 'care.example.org'})\n"
        f"a = c.post('/sign-in/', {{'login': 'dia@example.org', 'password': {PASSWORD!r}}}, secure=True)\n"
        "assert a.status_code == 302, a.status_code\n"
        "a = c.get('/program/', secure=True)\nassert a.url == '/security/', a.url\n"  # first a second factor
        "a = c.get('/security/app/', secure=True)\nassert a.status_code == 200, a.status_code\n"
    )
    env = empty.environment(**REAL)
    said = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr[-2000:]


@pytest.mark.parametrize(
    ("check", "value", "sentence"),
    [
        (first.name, "7", "at least one letter"),
        (first.name, "x" * 121, "2 to 120 characters"),
        (first.neutral_name, "Hope Crisis Line", "gives nothing away"),
        (first.neutral_name, "", "2 to 60"),
        (first.timezone, "Arizona", "There is no time zone"),
        (first.timezone, "America/Nowhere", "There is no time zone"),
        (first.state, "ZZ", "is no state"),
        (first.phone, "call me", "with its area code"),
        (first.person, "Dia", "first and last name"),
        (first.email, "dia", "whole mail address"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(check: Callable[[str], str], value: str, sentence: str) -> None:
    with pytest.raises(first.Refused, match=sentence):
        check(value)


def test_a_refusal_writes_nothing_and_shows_no_trace(empty: Database) -> None:
    said = _init(empty, ANSWERS | {"--state": "ZZ"})
    assert said.returncode == 2
    assert "is no state: write its two letters" in said.stderr
    assert "Traceback" not in said.stderr
    weak = _init(empty, typed="short\n")
    assert weak.returncode == 1
    assert "password" in weak.stderr
    assert (_count(empty, "ledger_program"), _count(empty, "people_user")) == (0, 0)


@pytest.mark.parametrize("word", ["short", "password123", "dia@example.org", ""])
def test_a_weak_password_is_refused(word: str) -> None:
    assert first.why_not_password(word, "dia@example.org")


def test_a_good_password_is_taken() -> None:
    assert first.why_not_password(PASSWORD, "dia@example.org") is None


def test_the_demo_takes_no_real_program(empty: Database) -> None:
    said = _init(empty, HOLDFAST_DEMO="1", HOLDFAST_PUBLIC_URL="http://localhost:8000")
    assert said.returncode == 1
    assert "never made in the demo" in said.stderr


def test_a_database_without_tables_is_a_sentence(cluster: str) -> None:
    from psycopg import sql

    from holdfast.entry import roles
    from holdfast.entry.tests.cluster import SECRET

    name = f"bare_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    bare = Database(name, roles.prepare(cluster, name, SECRET), cluster)
    said = _init(bare)
    with psycopg.connect(cluster, autocommit=True) as server:
        server.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
    assert said.returncode == 1
    assert "run `holdfast migrate` first" in said.stderr
    away = _init(Database(name, "postgresql://holdfast_owner:x@127.0.0.1:9/none", cluster))
    assert "does not answer" in away.stderr


@pytest.mark.parametrize("number", ["520 555 0100", "+1 (520) 555-0100", "1-520-555-0100"])
def test_a_number_may_be_written_as_people_do(number: str) -> None:
    assert first.phone(number) == "+15205550100"


@pytest.mark.parametrize("number", ["", "911", "555 0100", "+1 520 555 01000 0", "520-555-HELP", "+0520555010"])
def test_a_number_that_rings_nowhere_is_refused(number: str) -> None:
    with pytest.raises(first.Refused):
        first.phone(number)
