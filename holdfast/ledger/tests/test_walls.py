"""The wall between programs, in the database itself, as the web and the worker."""

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from holdfast.entry.migrate import WITHOUT_PROGRAM
from holdfast.ledger.models import ProgramModel
from holdfast.ledger.scope import enter
from holdfast.people.models import Client, Staff
from holdfast.people.tests.cast import Cast

TABLES = sorted(model._meta.db_table for model in apps.get_models() if issubclass(model, ProgramModel))


def test_every_table_has_a_program_or_is_on_the_short_list(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = 'public'")
        there = {name for (name,) in cursor.fetchall()}
    assert there - set(TABLES) == set(WITHOUT_PROGRAM)


@pytest.mark.parametrize("table", TABLES)
def test_the_wall_stands_around_every_table(db: None, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select relrowsecurity, relforcerowsecurity from pg_class where relname = %s", [table])
        assert cursor.fetchone() == (True, True)
        cursor.execute("select count(*) from pg_policies where tablename = %s and policyname = 'own_program'", [table])
        assert cursor.fetchone() == (1,)


def test_foreign_keys_stay_inside_the_program(cast: Cast) -> None:
    enter(cast.other.id)
    row = [cast.other.id, cast.ana.id, cast.eve.id]
    with connection.cursor() as cursor, pytest.raises(DatabaseError):
        cursor.execute(
            "insert into people_careteammember (program_id, client_id, staff_id, part, since) "
            "values (%s, %s, %s, 'peer', '2026-01-01')",
            row,
        )


def test_another_program_sees_nothing(cast: Cast) -> None:
    enter(cast.other.id)
    assert not Client.objects.exists()
    assert {s.name for s in Staff.objects.all()} == {"Eve Stone"}


def test_without_a_program_nothing_is_seen(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select set_config('holdfast.program', '', true)")
    assert not Client.objects.exists()


def test_a_row_cannot_be_written_into_another_program(cast: Cast) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Client.objects.filter(id=cast.ana.id).update(program=cast.other)


@pytest.mark.parametrize("role", ["web", pytest.param("worker", marks=pytest.mark.role("worker"))])
def test_facts_are_only_added(cast: Cast, role: str) -> None:
    for sql in ("update ledger_fact set kind = 'x'", "delete from ledger_fact", "truncate ledger_fact"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_this_role_is_no_superuser(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select rolsuper or rolbypassrls or rolcreaterole from pg_roles where rolname = current_user")
        assert cursor.fetchone() == (False,)
