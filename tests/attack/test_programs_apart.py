"""Raw SQL as the running programs against another program's rows: nothing is seen, nothing is changed.

Driven by PostgreSQL's own catalogue. A table, view, function, sequence, policy or role that is not written down here
fails a test: whoever adds one says here what it may do.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from holdfast.entry.environment import url_for_role
from holdfast.entry.tests.cluster import SECRET, environment
from holdfast.entry.tests.database import Database
from holdfast.ledger.models import ProgramModel
from holdfast.ledger.scope import enter
from holdfast.ledger.wake import CHANNEL
from holdfast.people.tests.cast import Cast, make_cast
from tests.attack.apart import WITH_PROGRAM, WITHOUT_PROGRAM, A, Apart, B, Connection, made

DENIED = "42501"
COPY_REFUSED = "0A000"  # COPY FROM is refused as such where row-level security stands
RUNNING = ("web", "worker", "watchdog")
WRITING = ("web", "worker")

# Tables without a program, and why.
NO_PROGRAM = {
    "ledger_program": "the programs themselves: names, numbers and zones, which the public pages show",
    "ledger_clockoffset": "one row that moves the clock in demo and tests; elsewhere nobody may write it",
    "ledger_vouch": "the watchers' latest words: names of promises, true or false",
    "people_user": "sign-in names; a person may belong to several programs",
    "people_user_groups": "Django's own; empty",
    "people_user_user_permissions": "Django's own; empty",
    "account_emailaddress": "sign-in names, as above",
    "account_emailconfirmation": "sign-in names, as above",
    "mfa_authenticator": "second factors of sign-in names; their secrets are sealed for that user",
    "usersessions_usersession": "where a sign-in name is signed in",
    "people_signintry": "how often something was tried, under keyed hashes",
    "django_session": "who is signed in, under keys that only their browsers hold",
    "django_content_type": "Django's own: names of tables",
    "django_migrations": "Django's own: which migrations had run",
    "auth_permission": "Django's own: names of rights; nothing of ours asks for them",
    "auth_group": "Django's own; empty",
    "auth_group_permissions": "Django's own; empty",
}

# Functions that look across programs: who may call each. All belong to holdfast_across and answer with ids.
ACROSS = {
    "holdfast_memberships(bigint)": {"holdfast_web", "holdfast_worker"},
    "holdfast_due_attempt(text)": {"holdfast_worker"},
    "holdfast_due_responses(integer)": {"holdfast_worker"},
    "holdfast_due_unfinished(integer)": {"holdfast_worker"},
    "holdfast_due_troubles(integer)": {"holdfast_worker"},
    "holdfast_due_pagings(integer)": {"holdfast_worker"},
    "holdfast_due_episodes(integer)": {"holdfast_worker"},
    "holdfast_due_crisis_clocks(integer)": {"holdfast_worker"},
    "holdfast_due_tasks(integer)": {"holdfast_worker"},
    "holdfast_due_starts(integer)": {"holdfast_worker"},
    "holdfast_due_cover(integer)": {"holdfast_worker"},
    "holdfast_due_silence(integer)": {"holdfast_worker"},
    "holdfast_due_pauses(integer)": {"holdfast_worker"},
    "holdfast_due_openings(integer)": {"holdfast_worker"},
    "holdfast_due_corrections(integer)": {"holdfast_worker"},
    "holdfast_due_deletions(integer)": {"holdfast_worker"},
    "holdfast_due_files(integer)": {"holdfast_worker"},
}
# The narrow ways by which a record is deleted: of the owner, and behind the same wall as everybody (records/narrow.py).
TAKE_AWAY = {"holdfast_take_record(bigint,integer)", "holdfast_take_contact(bigint,integer)"}
IDS = {"program_id bigint", "id bigint", "kind text"}
# The one that says more: items and numbers of answers that wait, without words, so that the worst is judged first.
SAYS_MORE = {
    "holdfast_due_responses(integer)": {"response_id bigint", "instrument text", "version text", "answers text[]"}
}
OTHER_FUNCTIONS = {"holdfast_now()", "holdfast_facts_stay()", "holdfast_today(bigint)", "holdfast_consent_ends_stay()"}

OWN_PROGRAM = "(program_id = (NULLIF(current_setting('holdfast.program'::text, true), ''::text))::bigint)"
# What the watch may read of every program, to know who was forgotten. None of it holds words of a person.
WATCHED = {
    "assessment_answer",
    "assessment_response",
    "assessment_riskfinding",
    "care_task",
    "crisis_ask",
    "crisis_clock",
    "crisis_episode",
    "crisis_signal",
    "ledger_chartread",
    "ledger_fact",
    "ledger_seal",
    "notify_attempt",
    "notify_trouble",
    "oncall_override",
    "oncall_page",
    "oncall_paging",
    "oncall_shift",
    "people_chartopening",
    "people_client",
    "people_licence",
    "people_staff",
    "records_correction",
    "records_deletion",
    "records_hold",
}


MATCHED = "t using (select %s::bigint as id) s on t.id = s.id when matched then"


@pytest.fixture(scope="module")
def apart(cluster: str, database: object) -> Iterator[Apart]:
    yield from made(cluster)


def tried(connection: Connection, words: str, args: Any = None) -> tuple[str, list[dict[str, Any]], int]:
    """What came of a statement: its SQLSTATE where it was refused, its rows, how many it touched. Leaves no trace."""
    with connection.transaction(force_rollback=True):
        try:
            cursor = connection.execute(words, args)  # type: ignore[arg-type]
            return "", cursor.fetchall() if cursor.description else [], cursor.rowcount
        except psycopg.Error as refused:
            return refused.sqlstate or "?", [], 0


# ---------------------------------------------------------------- the programs themselves, and the clock


@pytest.mark.parametrize("named", [A, None], ids=["in A", "in no program"])
@pytest.mark.parametrize("role", WRITING)
def test_the_name_and_number_of_another_program_cannot_be_changed(apart: Apart, role: str, named: int | None) -> None:
    with apart.as_(role, named) as signed_in:
        assert tried(signed_in, "update ledger_program set phone = '', slug = slug || 'x' where id = %s", [B]) == (
            "",
            [],
            0,
        )
        assert tried(signed_in, "update ledger_program set phone = ''")[2] == (1 if named else 0)
        assert tried(signed_in, "select id from ledger_program where id = %s for update", [B])[1] == []
        words = f"merge into ledger_program {MATCHED} update set phone = ''"
        assert tried(signed_in, words, [B])[2] == 0
        assert tried(signed_in, "update ledger_program set id = 4711")[0] in ("", DENIED)
        words = "insert into ledger_program select * from ledger_program where id = %s on conflict (id) do update set phone = ''"
        assert tried(signed_in, words, [B])[0] == DENIED
        assert tried(signed_in, "delete from ledger_program where id = %s", [B])[0] == DENIED


SET_UP = "import django; django.setup(); from django.conf import settings; from holdfast.entry.migrate import migrate"


def test_nobody_may_move_the_clock_of_a_real_program(apart: Apart) -> None:
    """It decides when a deletion, the hour of an opened chart and each next turn are due. Demo and tests may."""
    moved = "insert into ledger_clockoffset (\"only\", ahead) values (1, '20 years')"
    env = os.environ | environment(apart.owner_url) | {"HOLDFAST_ROLE": "owner"}
    for may, refused in ((False, DENIED), (True, "")):
        words = f"{SET_UP}; settings.HOLDFAST_CLOCK_MAY_MOVE = {may}; migrate()"
        subprocess.run([sys.executable, "-c", words], env=env, check=True)
        for role in WRITING:
            with apart.as_(role) as signed_in:
                assert tried(signed_in, moved)[0] == refused


# ---------------------------------------------------------------- reading


@pytest.mark.parametrize("named", [A, None], ids=["in A", "in no program"])
@pytest.mark.parametrize("role", WRITING)
def test_no_row_of_another_program_is_seen(apart: Apart, role: str, named: int | None) -> None:
    leaks, seen = [], 0
    with apart.as_(role, named) as signed_in:
        for table in apart.tables:
            looks = {
                "select": (f"select program_id from {table}", None),
                "asked for": (f"select program_id from {table} where program_id = %s or id = %s", [B, B]),
                "locked": (f"select program_id from {table} where id = %s for update", [B]),
                "counted": (
                    f"select count(*) as program_id from {table} where program_id = %s having count(*) > 0",
                    [B],
                ),
                "or true": (f"select program_id from {table} where program_id = {A} or true", None),
                "whole": (f"select {table}.program_id from {table}, ledger_program p", None),
            }
            for how, (words, args) in looks.items():
                state, rows, _ = tried(signed_in, words, args)
                assert state in ("", DENIED), (table, how, state)
                seen += sum(row["program_id"] == A for row in rows)
                if any(row["program_id"] != named for row in rows):
                    leaks.append((table, how))
            state, rows = copied_out(signed_in, table)
            if any(f"\t{B}\t" in row or row.startswith(f"{B}\t") or row.strip() == str(B) for row in rows):
                leaks.append((table, "copy"))
    assert leaks == []
    assert (seen > 0) == (named == A), "the rows of A are there to be seen, so the looks are no mistake"


def copied_out(connection: Connection, table: str) -> tuple[str, list[str]]:
    """Program and row as COPY gives them out."""
    try:
        with (
            connection.transaction(force_rollback=True),
            connection.cursor().copy(f"copy (select program_id from {table}) to stdout") as copy,  # type: ignore[arg-type]
        ):
            return "", [bytes(row).decode() for row in copy]
    except psycopg.Error as refused:
        return refused.sqlstate or "?", []


def test_a_program_that_is_no_number_names_nothing(apart: Apart) -> None:
    """Whatever stands in the setting: an error or no rows, never all of them."""
    for said in ("", "1002 or true", "0", "-1", "9999999999999999999", "*", "1001,1002"):
        with apart.as_("web") as signed_in:
            signed_in.execute("select set_config('holdfast.program', %s, true)", [said])
            state, rows, _ = tried(signed_in, "select id from people_client")
            assert rows == []
            assert state in ("", "22P02", "22003"), (said, state)


def test_the_watch_reads_what_is_written_down_here_and_no_more(apart: Apart) -> None:
    read = set()
    with apart.as_("watchdog") as watch:
        for table in apart.tables:
            columns = [
                row["attname"]
                for row in watch.execute(
                    "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped"
                    " and has_column_privilege(attrelid, attnum, 'select')",
                    [table],
                ).fetchall()
            ]
            if columns and tried(watch, f"select {', '.join(columns)} from {table}")[1]:
                read.add(table)
    assert read == WATCHED


def test_the_watch_and_the_looks_across_see_no_words_of_a_person(apart: Apart) -> None:
    """What they may read of every program is sealed where a person wrote it, and the keys are not theirs to read."""
    for role in ("holdfast_watchdog", "holdfast_across"):
        assert not allowed(apart, role, "ledger_programkey")
    with apart.above() as above:
        contacts = above.execute(
            "select has_table_privilege('holdfast_watchdog', 'people_contact', 'select') as may"
        ).fetchone()
    assert contacts == {"may": False}


# ---------------------------------------------------------------- writing


@pytest.mark.parametrize("named", [A, None], ids=["in A", "in no program"])
@pytest.mark.parametrize("role", RUNNING)
def test_no_row_of_another_program_is_changed(apart: Apart, role: str, named: int | None) -> None:
    wrong = []
    before = {table: apart.row_of(table, B)["sum"] for table in apart.tables}
    with apart.as_(role, named) as signed_in:
        for table in apart.tables:
            for how, (words, args) in {
                "update": (f"update {table} set program_id = program_id where id = %s", [B]),
                "update of all": (f"update {table} set id = id where program_id <> %s", [A]),
                "delete": (f"delete from {table} where id = %s", [B]),
                "delete of all": (f"delete from {table} where program_id is distinct from %s", [A]),
                "merge": (f"merge into {table} {MATCHED} update set program_id = t.program_id", [B]),
                "merge away": (f"merge into {table} {MATCHED} delete", [B]),
            }.items():
                state, _, touched = tried(signed_in, words, args)
                if state not in ("", DENIED, "P0001") or touched > 0:  # P0001: "facts are only added"
                    wrong.append((table, how, state, touched))
    assert wrong == []
    assert {table: apart.row_of(table, B)["sum"] for table in apart.tables} == before


@pytest.mark.parametrize("named", [A, None], ids=["in A", "in no program"])
@pytest.mark.parametrize("role", RUNNING)
def test_no_row_is_put_into_another_program(apart: Apart, role: str, named: int | None) -> None:
    """By insert, by an upsert onto a row that is there, by COPY, and by moving a row of one's own."""
    wrong = []
    rows = {table: (apart.row_of(table, A)["r"], apart.row_of(table, B)["r"]) for table in apart.tables}
    with apart.as_(role, named) as signed_in:
        for table, (ours, theirs) in rows.items():
            fresh = {**theirs, "id": 5000}
            onto = {**ours, "id": B}
            for how, words, args in (
                ("insert", insert(table), [json.dumps(fresh)]),
                (
                    "upsert",
                    insert(table) + " on conflict (id) do update set program_id = excluded.program_id",
                    [json.dumps(onto)],
                ),
                ("move", f"update {table} set program_id = %s where program_id = %s", [B, A]),
            ):
                state, _, touched = tried(signed_in, words, args)
                nothing_there = how == "move" and state == "" and touched == 0 and named is None
                if state != DENIED and not nothing_there:
                    wrong.append((table, how, state, touched))
            state = copied_in(signed_in, table, fresh)
            if state not in (DENIED, COPY_REFUSED):
                wrong.append((table, "copy", state, 0))
    assert wrong == []


def insert(table: str) -> str:
    return f"insert into {table} overriding system value select * from jsonb_populate_record(null::{table}, %s::jsonb)"


def copied_in(connection: Connection, table: str, row: dict[str, Any]) -> str:
    """The SQLSTATE with which a COPY of this row was refused."""
    try:
        with (
            connection.transaction(force_rollback=True),
            connection.cursor().copy(f"copy {table} (id, program_id) from stdin") as copy,  # type: ignore[arg-type]
        ):
            copy.write_row((row["id"], row["program_id"]))
        return "it was taken"
    except psycopg.Error as refused:
        return refused.sqlstate or "?"


@pytest.mark.parametrize("role", WRITING)
def test_a_row_of_ones_own_can_be_written(apart: Apart, role: str) -> None:
    """So that the refusals above are about the program: the same words for the own program are taken."""
    taken = 0
    with apart.as_(role, A) as signed_in:
        for table in apart.tables:
            if tried(signed_in, f"select has_table_privilege('{table}', 'insert') as may")[1] == [{"may": True}]:
                fresh = {**apart.row_of(table, A)["r"], "id": 5000}
                state, _, _ = tried(signed_in, insert(table), [json.dumps(fresh)])
                # 23505: it is like the row that is there; 23503: it names a client or a person who is not there
                assert state in ("", "23505", "23503"), (table, state)
                taken += 1
    assert taken > 40


FOREIGN_KEYS = """
    select c.conname as name, c.conrelid::regclass::text as "table", c.confrelid::regclass::text as there,
           array(select a.attname::text from unnest(c.conkey) with ordinality k(n, o)
                 join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.n order by k.o) as columns,
           array(select a.attname::text from unnest(c.confkey) with ordinality k(n, o)
                 join pg_attribute a on a.attrelid = c.confrelid and a.attnum = k.n order by k.o) as theirs
    from pg_constraint c where c.contype = 'f' and c.connamespace = 'public'::regnamespace
"""
# Numbers of rows that are no foreign keys, since what they point to differs from row to row or lies above.
PLAIN_NUMBERS = {"what_id", "for_id", "row_id"}
# A paging knows whose it is and is read with the client's own row, never to find one in another program.
PLAIN_COLUMNS = {("oncall_paging", "client_id")}


def test_every_foreign_key_between_programs_names_the_program(apart: Apart) -> None:
    inside = set(apart.tables)
    alone = [
        (key["table"], key["name"])
        for key in apart.rows(FOREIGN_KEYS)
        if key["table"] in inside
        and key["there"] in inside
        and not (key["columns"][0] == "program_id" == key["theirs"][0] and key["theirs"][1:] == ["id"])
    ]
    assert alone == []


def test_every_number_of_another_row_is_held_by_a_foreign_key(apart: Apart) -> None:
    held = {(key["table"], column) for key in apart.rows(FOREIGN_KEYS) for column in key["columns"]}
    named = apart.rows(
        'select c.relname as "table", a.attname as col from pg_attribute a join pg_class c on c.oid = a.attrelid'
        " where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and a.attname like '%\\_id'"
        " and a.atttypid in ('bigint'::regtype, 'integer'::regtype) and not a.attisdropped"
    )
    loose = [
        (r["table"], r["col"])
        for r in named
        if r["table"] in apart.tables and r["col"] not in PLAIN_NUMBERS and (r["table"], r["col"]) not in held
    ]
    assert set(loose) == PLAIN_COLUMNS


def test_a_foreign_key_across_programs_is_refused_even_above_the_wall(apart: Apart) -> None:
    """As the superuser, whom no policy stops, and without the triggers of ours: the keys themselves hold."""
    taken = []
    inside = set(apart.tables)
    with apart.above() as above, above.transaction(force_rollback=True):
        for table in inside:
            above.execute(f"alter table {table} disable trigger user")
        for key in apart.rows(FOREIGN_KEYS):
            if key["table"] in inside and key["there"] in inside and len(key["columns"]) == 2:
                words = f"update {key['table']} set {key['columns'][1]} = %s where id = %s"
                state = tried_now(above, words, [B, A])
                if state != "23503":
                    taken.append((key["table"], key["columns"], state))
    assert taken == []


def tried_now(connection: Connection, words: str, args: Any) -> str:
    """As `tried`, with deferred keys asked at once."""
    with connection.transaction(force_rollback=True):
        try:
            connection.execute("set constraints all immediate")
            connection.execute(words, args)  # type: ignore[arg-type]
            return ""
        except psycopg.Error as refused:
            return refused.sqlstate or "?"


# ---------------------------------------------------------------- what there is, by the catalogue


def test_tables_without_a_program_are_these_few_each_with_a_reason(apart: Apart) -> None:
    assert {r["name"] for r in apart.rows(WITHOUT_PROGRAM)} == set(NO_PROGRAM)
    assert all(len(reason) > 10 for reason in NO_PROGRAM.values())
    assert len(apart.tables) > 40


def test_there_is_no_view_no_other_schema_and_no_foreign_table(apart: Apart) -> None:
    kinds = apart.rows(
        "select c.relname, c.relkind from pg_class c where c.relkind in ('v', 'm', 'f', 'p')"
        " and c.relnamespace = 'public'::regnamespace"
    )
    schemas = apart.rows("select nspname from pg_namespace where nspname not like 'pg\\_%'")
    assert kinds == []
    assert {s["nspname"] for s in schemas} == {"public", "information_schema"}
    assert apart.rows("select srvname from pg_foreign_server") == []
    assert apart.rows("select pubname from pg_publication") == []


def test_a_forced_wall_with_one_policy_stands_around_every_table(apart: Apart) -> None:
    walls = apart.rows(
        "select relname, relrowsecurity and relforcerowsecurity as stands, relowner::regrole::text as owner from pg_class"
        " where relname = any(%s) and relnamespace = 'public'::regnamespace",
        apart.tables,
    )
    assert [w for w in walls if not w["stands"] or w["owner"] != "holdfast_owner"] == []
    policies = apart.rows("select * from pg_policies")
    main = {
        p["tablename"]: p for p in policies if p["policyname"] == "own_program" and p["tablename"] != "ledger_program"
    }
    assert set(main) == set(apart.tables)
    for policy in main.values():
        assert (policy["cmd"], policy["roles"], policy["permissive"]) == ("ALL", ["public"], "PERMISSIVE")
        assert policy["qual"] == policy["with_check"] == OWN_PROGRAM
    programs = {p["policyname"]: p for p in policies if p["tablename"] == "ledger_program"}
    assert {name: p["cmd"] for name, p in programs.items()} == {
        "anybody_reads": "SELECT",
        "anybody_begins_one": "INSERT",
        "own_program": "UPDATE",
    }
    assert programs["own_program"]["qual"] == OWN_PROGRAM.replace("program_id", "id", 1)
    others = {
        "across": ("SELECT", ["holdfast_across"]),
        "watchdog": ("SELECT", ["holdfast_watchdog"]),
        "across_lock": ("UPDATE", ["holdfast_across"]),  # holds a due attempt for its sender; it writes no column
    }
    for policy in policies:
        if policy["policyname"] != "own_program" and policy["tablename"] != "ledger_program":
            assert (policy["cmd"], policy["roles"]) == others[policy["policyname"]], policy
            assert policy["with_check"] is None
    assert {p["tablename"] for p in policies if p["policyname"] == "across_lock"} == {"notify_attempt"}


def test_nobody_may_do_more_than_read_and_write_rows(apart: Apart) -> None:
    """No truncate, no references, no triggers, by any role that runs; and nothing at all by everybody."""
    grants = apart.rows(
        "select c.relname, coalesce(nullif(a.grantee, 0)::regrole::text, 'everybody') as who, a.privilege_type as what"
        " from pg_class c, aclexplode(c.relacl) a where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'"
    )
    running = [g for g in grants if g["who"] != "holdfast_owner"]
    assert {g["who"] for g in running} <= {f"holdfast_{r}" for r in (*RUNNING, "across")}
    assert {g["what"] for g in running if g["who"] in ("holdfast_web", "holdfast_worker")} <= {
        "SELECT",
        "INSERT",
        "UPDATE",
        "DELETE",
    }
    assert {g["what"] for g in running if g["who"] == "holdfast_across"} == {"SELECT"}
    watch = {(g["relname"], g["what"]) for g in running if g["who"] == "holdfast_watchdog"}
    assert {name for name, what in watch if what != "SELECT"} == {"ledger_vouch"}


def test_every_function_that_looks_across_programs_is_listed(apart: Apart) -> None:
    functions = apart.rows(
        "select p.oid::regprocedure::text as name, p.prosecdef as definer, p.proowner::regrole::text as owner,"
        " p.proconfig as config, pg_get_function_result(p.oid) as result, p.prokind::text as kind from pg_proc p"
        " where p.pronamespace = 'public'::regnamespace"
        " and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')"
    )
    assert {f["name"] for f in functions if f["definer"]} == set(ACROSS) | TAKE_AWAY
    assert {f["name"] for f in functions if not f["definer"]} == OTHER_FUNCTIONS
    for function in functions:
        if function["definer"]:
            name = function["name"]
            # pg_temp last: a temporary table never stands in front of a real one
            assert function["config"] == ["search_path=pg_catalog, public, pg_temp"], name
            if name in TAKE_AWAY:
                assert (function["owner"], function["result"]) == ("holdfast_owner", "integer")
                assert callers(apart, name) == {"holdfast_worker"}
                continue
            assert function["owner"] == "holdfast_across", name
            columns = set(re.sub(r"^TABLE\(|\)$", "", function["result"]).split(", "))
            assert columns <= IDS | SAYS_MORE.get(name, set()), (name, columns)
            assert callers(apart, name) == ACROSS[name]


def callers(apart: Apart, function: str) -> set[str]:
    """Who may call it, but for its owner and those above."""
    found = apart.rows(
        "select rolname from pg_roles where rolname like 'holdfast%%' and not rolsuper"
        " and has_function_privilege(oid, %s, 'execute')",
        function,
    )
    assert not apart.rows("select 1 where has_function_privilege('pg_monitor', %s, 'execute')", function)
    return {r["rolname"] for r in found} - {"holdfast_across", "holdfast_owner"}


def test_a_function_that_looks_across_gives_a_stranger_nothing(apart: Apart) -> None:
    for role in RUNNING:
        with apart.as_(role) as signed_in:
            for name, who in ACROSS.items():
                argument = {"bigint": f"{A}::bigint", "text": "'sms'", "integer": "5"}[name.partition("(")[2][:-1]]
                state, rows, _ = tried(signed_in, f"select * from {name.partition('(')[0]}({argument})")
                if f"holdfast_{role}" not in who:
                    assert (state, rows) == (DENIED, []), (role, name)
                else:
                    assert state == "", (role, name, state)


# ---------------------------------------------------------------- roles


def test_no_role_walks_through_the_wall_or_becomes_another(apart: Apart) -> None:
    strong = apart.rows(
        "select rolname, rolcanlogin from pg_roles where rolname like 'holdfast\\_%'"
        " and (rolsuper or rolbypassrls or rolcreaterole or rolreplication)"
    )
    assert strong == []
    names = {r["rolname"]: r for r in apart.rows("select * from pg_roles where rolname like 'holdfast\\_%'")}
    assert set(names) == {f"holdfast_{r}" for r in ("owner", "across", *RUNNING)}
    assert not names["holdfast_across"]["rolcanlogin"]
    assert {n for n, r in names.items() if r["rolcreatedb"]} == {"holdfast_owner"}
    members = apart.rows(
        "select member::regrole::text as who, roleid::regrole::text as of from pg_auth_members m"
        " join pg_roles r on r.oid = m.member where r.rolname like 'holdfast\\_%' and not r.rolsuper"
    )
    assert members == [{"who": "holdfast_owner", "of": "holdfast_across"}]


def test_running_programs_own_nothing_and_make_nothing(apart: Apart) -> None:
    names = [f"holdfast_{role}" for role in RUNNING]
    for catalogue, owner in (
        ("pg_class", "relowner"),
        ("pg_proc", "proowner"),
        ("pg_namespace", "nspowner"),
        ("pg_database", "datdba"),
        ("pg_type", "typowner"),
    ):
        owned = apart.rows(f"select 1 from {catalogue} where {owner}::regrole::text = any(%s)", names)
        assert owned == [], catalogue
    making = (
        "create table public.mine (n int)",
        "create schema mine",
        "create view public.mine as select 1",
        "create function public.mine() returns int language sql as 'select 1'",
        "create temp table people_client (id bigint)",
        "create temp view people_client as select 1",
        "create function pg_temp.holdfast_now() returns timestamptz language sql as 'select now()'",
        "create extension pg_trgm",
        "create trigger mine before insert on people_client execute function holdfast_facts_stay()",
        "create policy mine on people_client using (true)",
        "alter table people_client disable row level security",
        "alter table people_client no force row level security",
        "drop policy own_program on people_client",
        "alter function holdfast_memberships(bigint) owner to current_user",
        "create publication mine for all tables",
        "create role mine",
        "alter role current_user bypassrls",
        "set role holdfast_owner",
        "set role holdfast_across",
        "set session_replication_role = replica",
        "truncate people_client",
        "lock table people_client in access exclusive mode",
        "copy people_user to program 'cat'",
        "copy people_user to '/tmp/there'",
        "select pg_read_file('postgresql.conf')",
        "select rolpassword from pg_authid",
        "do language plpythonu 'pass'",
    )
    done = []
    alone = ("set session authorization holdfast_owner", "alter system set row_security = off")
    for role in RUNNING:
        with apart.as_(role, A) as signed_in:
            # To whom nothing is granted this is refused; to the others it is a warning, and nothing happens.
            with suppress(psycopg.errors.InsufficientPrivilege), signed_in.transaction():
                signed_in.execute("grant all on people_client to public")
            granted = (
                "select 1 from pg_class c, aclexplode(c.relacl) a where c.relname = 'people_client' and a.grantee = 0"
            )
            assert tried(signed_in, granted)[1:] == ([], 0)
        with psycopg.connect(url_for_role(apart.owner_url, SECRET, role), autocommit=True) as loose:
            for words in alone:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    loose.execute(words)
        with apart.as_(role, A) as signed_in:
            for words in making:
                state, _, _ = tried(signed_in, words)
                # 0A000/42704: an extension or a language that is not there for anybody
                if state not in (DENIED, "0A000", "42704", "58P01"):
                    done.append((role, words, state))
    # Whoever may write rows may lock a table against others for a moment: it shows nothing and changes nothing.
    assert [each for each in done if not each[1].startswith("lock table")] == []


@pytest.mark.parametrize("role", [*WRITING, "owner"])
def test_turning_row_security_off_shows_nothing(apart: Apart, role: str) -> None:
    """Not even to the owner of the tables: the wall is forced."""
    with apart.as_(role, A) as signed_in:
        signed_in.execute("set row_security = off")
        for table in apart.tables:
            state, rows, _ = tried(signed_in, f"select program_id from {table}")
            assert (state, rows) == (DENIED, []), table
    with apart.as_(role, A) as signed_in:
        for table in apart.tables:
            _, rows, _ = tried(signed_in, f"select program_id from {table}")
            # The owner hands functions over to `across`, so it reads what those read; no page and no worker is it.
            beyond = {B} if role == "owner" and allowed(apart, "holdfast_across", table) else set()
            assert {row["program_id"] for row in rows} <= {A} | beyond, table


# ---------------------------------------------------------------- sideways


def test_statistics_tell_nothing_of_what_is_behind_a_wall(apart: Apart) -> None:
    there = apart.rows("select count(*) as n from pg_stats where tablename = any(%s)", apart.tables)
    assert there[0]["n"] > 50, "there are statistics to be seen by whoever may"
    for role in RUNNING:
        with apart.as_(role, A) as signed_in:
            for view in ("pg_stats", "pg_stats_ext", "pg_stats_ext_exprs"):
                state, rows, _ = tried(signed_in, f"select * from {view} where tablename = any(%s)", [apart.tables])
                assert (state, rows) == ("", []), (role, view)
            for table in ("pg_statistic", "pg_statistic_ext_data", "pg_authid", "pg_largeobject", "pg_user_mapping"):
                assert tried(signed_in, f"select * from {table}")[0] == DENIED, (role, table)


def test_statements_of_others_show_no_values(apart: Apart) -> None:
    """Sessions of one role see each other's statements: values travel apart from them, as `server_side_binding` has it."""
    marker = "a word that only one session knows"
    with apart.as_("web", A) as one, apart.as_("web", B) as other, apart.as_("worker", B) as third:
        one.execute("select id from people_user where email = %s", [marker])
        for looks in (other, third):
            seen = looks.execute("select * from pg_stat_activity where pid = %s", [one.info.backend_pid]).fetchall()
            assert marker not in str(seen)
        seen = other.execute("select query from pg_stat_activity where pid = %s", [one.info.backend_pid]).fetchall()
        assert "email = $1" in seen[0]["query"], "the statement itself is seen, so the look is no mistake"


def test_the_pages_and_the_worker_send_values_apart_from_statements() -> None:
    from django.conf import settings

    assert settings.DATABASES["default"]["OPTIONS"]["server_side_binding"] is True


def test_sequences_give_numbers_and_say_no_more(apart: Apart) -> None:
    sequences = apart.rows(
        'select c.oid::regclass::text as name, d.refobjid::regclass::text as "table" from pg_class c'
        " left join pg_depend d on d.objid = c.oid and d.deptype in ('a', 'i') and d.refclassid = 'pg_class'::regclass"
        " where c.relkind = 'S' and c.relnamespace = 'public'::regnamespace"
    )
    assert len(sequences) > 40
    assert [s["name"] for s in sequences if s["table"] not in {*apart.tables, *NO_PROGRAM}] == []
    for role in RUNNING:
        with apart.as_(role, A) as signed_in:
            for sequence in sequences:
                name = sequence["name"]
                assert tried(signed_in, f"select last_value from {name}")[0] == DENIED, (role, name)
                assert tried(signed_in, f"select setval('{name}', 1)")[0] == DENIED, (role, name)
            state, rows, _ = tried(signed_in, "select last_value from pg_sequences where last_value is not null")
            assert state == ""
            if role == "watchdog":
                assert rows == []


def test_there_are_no_large_objects_and_no_code_that_makes_any(apart: Apart) -> None:
    """They have no rows, so no wall could stand around them."""
    from pathlib import Path

    assert apart.rows("select oid from pg_largeobject_metadata") == []
    code = "\n".join(p.read_text() for p in Path("holdfast").rglob("*.py") if "/tests/" not in str(p))
    assert not re.search(r"\blo_(create|creat|import|from_bytea|put|open)\b|pg_largeobject", code)


def test_the_name_of_a_program_ends_with_its_transaction(apart: Apart) -> None:
    with apart.as_("web") as signed_in:
        signed_in.commit()
        with signed_in.transaction():
            signed_in.execute("select set_config('holdfast.program', %s, true)", [str(B)])
            assert signed_in.execute("select id from people_client").fetchall() == [{"id": B}]
        assert signed_in.execute("select id from people_client").fetchall() == []
        signed_in.rollback()
        with suppress(psycopg.errors.DivisionByZero), signed_in.transaction():
            signed_in.execute("select set_config('holdfast.program', %s, true)", [str(B)])
            signed_in.execute("select 1 / 0")
        assert signed_in.execute("select id from people_client").fetchall() == []


def test_a_prepared_statement_sees_the_program_of_the_moment(apart: Apart) -> None:
    with apart.as_("web") as signed_in:
        signed_in.commit()
        signed_in.prepare_threshold = 0
        signed_in.execute("prepare look as select id from people_client")
        signed_in.commit()
        for program in (A, B, A, B, A, B, A, B):  # beyond the fifth, PostgreSQL may keep one plan for all
            with signed_in.transaction():
                signed_in.execute("select set_config('holdfast.program', %s, true)", [str(program)])
                assert signed_in.execute("execute look").fetchall() == [{"id": program}]
                assert signed_in.execute("select id from people_staff where id > %s", [0]).fetchall() == [
                    {"id": program}
                ]
        assert signed_in.execute("execute look").fetchall() == []


def test_no_code_names_a_program_for_longer_than_a_transaction() -> None:
    from pathlib import Path

    named = re.compile(
        r"set_config\(\s*'holdfast\.program'\s*,[^)]*?,\s*(\w+)\s*\)|\bset (?:session )?holdfast\.program"
    )
    found = [
        (str(path), match.group(1))
        for path in Path("holdfast").rglob("*.py")
        if "/tests/" not in str(path)
        for match in named.finditer(path.read_text())
    ]
    assert len(found) >= 5
    assert {how for _, how in found} == {"true"}


def allowed(apart: Apart, role: str, table: str) -> list[dict[str, Any]]:
    """Columns of this table that a role may read."""
    return apart.rows(
        "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0"
        " and has_column_privilege(%s, attrelid, attnum, 'select')",
        table,
        role,
    )


def test_the_catalogue_has_what_these_tests_read(apart: Apart) -> None:
    assert {"people_client", "ledger_programkey", "crisis_episode"} <= {r["name"] for r in apart.rows(WITH_PROGRAM)}


# ---------------------------------------------------------------- through the ORM, and beside it


@pytest.fixture
def busy(cast: Cast) -> Cast:
    """Ana's program with a crisis, a plan, a caller and a text in it."""
    from holdfast.assessment import actions as assessment
    from holdfast.plans import actions as plans
    from holdfast.plans.rules import Part

    cast.night_shift()
    assessment.ask_for_help(cast.ana, "session", cast.now)
    assessment.receive_concern(
        cast.program.id, name="Frank", phone="520 555 0199", words="My sister", place="", now=cast.now
    )
    plans.write(cast.ana, cast.bea, {Part.SIGNS: "Not sleeping."}, (), "moderate", cast.now)
    return cast


def test_a_query_that_forgets_its_program_sees_nothing_of_the_other(busy: Cast) -> None:
    """Every model, by the ORM, with no filter at all: Eve's transaction holds Eve's program."""
    models = [model for model in apps.get_models() if issubclass(model, ProgramModel)]
    filled = [model for model in models if model._base_manager.exists()]
    assert len(filled) > 15
    enter(busy.other.id)
    for model in models:
        everything = list(model._base_manager.all())
        assert {row.program_id for row in everything} <= {busy.other.id}, model
        assert model._base_manager.filter(program=busy.program).count() == 0, model
    for model in filled:
        moved = 0
        with suppress(DatabaseError), transaction.atomic():  # refused outright where rows may only be added
            moved = model._base_manager.filter(program_id=busy.program.id).update(program_id=busy.other.id)
        assert moved == 0, model


def test_an_id_of_the_other_program_finds_nobody(busy: Cast) -> None:
    """A forgotten check of whose id this is: get, update, delete, joins and raw SQL by the ORM."""
    from holdfast.people.models import CareTeamMember, Client

    enter(busy.other.id)
    with pytest.raises(Client.DoesNotExist):
        Client.objects.get(id=busy.ana.id)
    assert Client.objects.filter(id=busy.ana.id).update(pronouns="x") == 0
    assert list(Client.objects.raw("select * from people_client where uid = %s or true", [busy.ana.uid])) == []
    assert list(CareTeamMember.objects.select_related("client", "staff")) == []
    with pytest.raises(DatabaseError), transaction.atomic():
        busy.ana.save(force_update=True)
    enter(busy.program.id)
    assert Client.objects.get(id=busy.ana.id).name == "Ana Morales"


@pytest.mark.django_db(transaction=True)
def test_a_pooled_connection_carries_no_program_to_the_next_request() -> None:
    from holdfast.ledger.scope import program_scope
    from holdfast.people.models import Client

    with transaction.atomic():
        cast = make_cast()
    for _ in range(30):  # more often than there are connections
        with program_scope(cast.program.id):
            assert Client.objects.count() == 1
        assert Client.objects.count() == 0
        with program_scope(cast.other.id):
            assert Client.objects.count() == 0
        connection.close()  # back into the pool


@pytest.mark.django_db(transaction=True)
def test_a_bell_carries_a_topic_and_never_data(database: Database) -> None:
    """Whoever signs in may listen, whatever their program: what they hear is a fixed word and at most a number."""
    from holdfast.assessment import actions as assessment
    from holdfast.ledger.scope import program_scope

    with psycopg.connect(database.url("web"), autocommit=True) as ear:
        ear.execute(f"listen {CHANNEL}")
        with transaction.atomic():
            cast = make_cast()
            cast.night_shift()
        with program_scope(cast.program.id) as now:
            assessment.ask_for_help(cast.ana, "session", now)
        heard = [note.payload for note in ear.notifies(timeout=2, stop_after=3)]
    assert heard
    topic = re.compile(r"(send|turn|judge|clock|live:[a-z]+:[0-9a-f-]+)")
    assert [payload for payload in heard if not topic.fullmatch(payload)] == []
