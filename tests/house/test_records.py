"""Every table that holds a client is in a copy of the record or says why not, and goes in the end or says why not."""

import re

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models

from holdfast.people.models import Client
from holdfast.records.narrow import CONTACT, RECORD
from holdfast.records.register import IN_COPIES, NOT_IN_COPIES, STAYS

# Hold something of a client without a way of keys to them: bare numbers, a caller, a file.
WITHOUT_A_KEY = {"ledger_fact", "ledger_chartread", "assessment_concern", "people_tablebrought", "oncall_paging"}
# Keys of whoever signs in: ended when an account closes, emptied when the record goes (records/going.py).
OF_SIGNING_IN = {
    "account_emailaddress",
    "account_emailconfirmation",
    "mfa_authenticator",
    "usersessions_usersession",
}
NO_CHART = {"people_staff", "people_client"}


def holds_a_client() -> set[str]:
    """Every table with a way of keys to a client, or a column of that name."""
    found = {Client}
    before = 0
    while before != len(found):
        before = len(found)
        for model in apps.get_models():
            keys = [f.related_model for f in model._meta.local_fields if isinstance(f, models.ForeignKey)]
            named = {f.name for f in model._meta.local_fields} & {"client", "client_id"}
            if named or any(key in found for key in keys):
                found.add(model)
    return {model._meta.db_table for model in found}


def test_every_table_that_holds_a_client_is_in_copies_or_says_why_not() -> None:
    """H-160"""
    assert holds_a_client() | WITHOUT_A_KEY == IN_COPIES | NOT_IN_COPIES.keys()
    assert not IN_COPIES & NOT_IN_COPIES.keys()
    assert all(NOT_IN_COPIES.values())


def test_every_table_that_holds_a_client_goes_or_says_why_it_stays() -> None:
    """H-164"""
    goes = {one.table for one in RECORD} | {"assessment_concern"}  # which goes with its episode or finding
    assert holds_a_client() | WITHOUT_A_KEY == goes | STAYS.keys()
    assert not goes & STAYS.keys()
    assert {one.table for one in CONTACT} <= goes


def test_every_table_of_whoever_signs_in_is_known() -> None:
    """Signing in ends with an account; a new table of it is thought of in records/going.py."""
    user = apps.get_model(settings.AUTH_USER_MODEL)
    found = {
        model._meta.db_table
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey) and field.related_model is user
    }
    assert found | {"account_emailconfirmation"} == OF_SIGNING_IN | NO_CHART


@pytest.mark.django_db
def test_the_database_takes_away_what_the_register_says_and_nothing_else() -> None:
    """H-164: the functions as they stand in the database, not as the code would make them today."""
    for kind, steps in (("record", RECORD), ("contact", CONTACT)):
        with connection.cursor() as cursor:
            cursor.execute("select pg_get_functiondef(('holdfast_take_' || %s)::regproc)", [kind])
            (body,) = cursor.fetchone()
        taken = set(re.findall(r"delete from (\w+)", body))
        assert taken - {"assessment_concern"} == {one.table for one in steps}
        assert not taken & STAYS.keys()


@pytest.mark.django_db
def test_nobody_but_the_worker_may_take_anything_away() -> None:
    """H-164: either the web or the worker alone can delete nothing."""
    with connection.cursor() as cursor:
        for kind in ("record", "contact"):
            cursor.execute(
                "select r, has_function_privilege(r, 'holdfast_take_' || %s || '(bigint, integer)', 'execute')"
                " from unnest(array['holdfast_web', 'holdfast_worker', 'holdfast_watchdog']) r",
                [kind],
            )
            assert dict(cursor.fetchall()) == {
                "holdfast_web": False,
                "holdfast_worker": True,
                "holdfast_watchdog": False,
            }
        cursor.execute(
            "select has_table_privilege('holdfast_worker', 'records_deletion', p)"
            " from unnest(array['insert', 'update', 'delete']) p"
        )
        assert [row[0] for row in cursor.fetchall()] == [False, False, False]
        cursor.execute(
            "select t.tablename from pg_tables t, unnest(array['holdfast_web', 'holdfast_worker']) r"
            " where t.schemaname = 'public' and t.tablename = any(%s) and has_table_privilege(r, t.tablename, 'delete')",
            [[one.table for one in RECORD]],
        )
        assert cursor.fetchall() == []
