"""The database's roles: who may do what, before any table exists.

    holdfast_owner     owns the database, runs migrations, restores; no page and no worker uses it
    holdfast_web       pages, API and the live socket
    holdfast_worker    judging, turns, sending, sweeping
    holdfast_watchdog  reads what the promises need, and no more
    holdfast_across    owns the few functions that look across programs; nobody signs in as it

Migrations grant tables and functions to these names. Passwords are derived from the secret key, so
that there is one secret to keep; the database is told a scram verifier, never the password.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from holdfast.entry.environment import role_password, url_for_role

OWNER: Final = "holdfast_owner"
WEB: Final = "holdfast_web"
WORKER: Final = "holdfast_worker"
WATCHDOG: Final = "holdfast_watchdog"
ACROSS: Final = "holdfast_across"

RUNNING: Final = (WEB, WORKER, WATCHDOG)
SIGNING_IN: Final = (OWNER, *RUNNING)
OLDEST: Final = 150000
ITERATIONS: Final = 4096
_LOCK: Final = 0x686F6C64  # two preparations at once take turns


class RolesTrouble(RuntimeError):
    """The roles cannot be made as they must be; the text is one sentence for a person."""


def prepare(superuser_url: str, database: str, secret_key: str) -> str:
    """Makes roles and database, or puts them right; running it again changes nothing.

    Returns the owner's address, which is what DATABASE_URL holds.
    """
    with psycopg.connect(superuser_url, autocommit=True) as cluster:
        _check_version(cluster)
        cluster.execute("select pg_advisory_lock(%s)", [_LOCK])
        for step in _for_cluster(secret_key):
            cluster.execute(step)
        _refuse_strong_roles(cluster)
        known = cluster.execute("select 1 from pg_database where datname = %s", [database]).fetchone()
        if known is None:
            cluster.execute(create_database(database))
        for step in for_database(database):
            cluster.execute(step)
        with psycopg.connect(superuser_url, dbname=database, autocommit=True) as inside:
            for step in for_schema():
                inside.execute(step)
    parts = urlsplit(superuser_url)
    here = urlunsplit((parts.scheme, parts.netloc, "/" + quote(database, safe=""), parts.query, ""))
    return url_for_role(here, secret_key, _short(OWNER))


def role_sql(secret_key: str, database: str = "holdfast") -> str:
    """The same as `prepare`, as text for psql, for whoever keeps the cluster. It holds verifiers, no
    passwords, and may be run again."""
    lines = [
        "-- Roles and database of Holdfast, for PostgreSQL 15 to 18. Run by psql as an administrator.",
        "\\set ON_ERROR_STOP on",
        *(_text(step) for step in _for_cluster(secret_key)),
        f"select {_literal(_text(create_database(database)))}",
        f" where not exists (select from pg_database where datname = {_literal(database)}) \\gexec",
        *(_text(step) for step in for_database(database)),
        f"\\connect {_quoted(database)}",
        *(_text(step) for step in for_schema()),
    ]
    return "\n".join(line if line.startswith(("\\", "--", "select", " where")) else f"{line};" for line in lines) + "\n"


def _check_version(cluster: psycopg.Connection) -> None:
    if cluster.info.server_version < OLDEST:
        raise RolesTrouble(
            f"Holdfast needs PostgreSQL 15 or newer; this server is {cluster.info.server_version // 10000}."
        )


def _refuse_strong_roles(cluster: psycopg.Connection) -> None:
    """A role that walks through row-level security would make the wall between programs a picture."""
    names = [*SIGNING_IN, ACROSS]
    strong = cluster.execute(
        "select rolname from pg_roles where rolname = any(%s) and (rolsuper or rolbypassrls) order by 1", [names]
    ).fetchall()
    if strong:
        raise RolesTrouble(
            f"The role {strong[0][0]} is a superuser or may bypass row-level security: take that from it first."
        )


def _for_cluster(secret_key: str) -> Iterator[sql.Composed]:
    for role in (*SIGNING_IN, ACROSS):
        name, word = sql.Identifier(role), sql.Literal(role)
        yield sql.SQL(
            "do $$ begin if not exists (select from pg_roles where rolname = {word}) "
            "then create role {name}; end if; end $$"
        ).format(word=word, name=name)
        if role == ACROSS:
            yield sql.SQL("alter role {} nologin").format(name)
            continue
        verifier = sql.Literal(_verifier(role_password(secret_key, _short(role))))
        yield sql.SQL("alter role {} login password {}").format(name, verifier)
    # A backup is restored beside what runs, and proved, before it takes its place: into a database of its own.
    yield sql.SQL("alter role {} createdb").format(sql.Identifier(OWNER))
    for role in RUNNING:
        # A program that hangs in the middle lets go of what it holds; on any cluster, not only ours.
        yield sql.SQL("alter role {} set idle_in_transaction_session_timeout = '15s'").format(sql.Identifier(role))
    # Only the owner may hand a function over to `across`, and so decide what looks across programs.
    yield sql.SQL("grant {} to {}").format(sql.Identifier(ACROSS), sql.Identifier(OWNER))
    # An administrator who is not a superuser must belong to the owner to give it a database.
    yield sql.SQL(
        "do $$ begin if not (select rolsuper from pg_roles where rolname = current_user) "
        "then execute format('grant {} to %I', current_user); end if; end $$"
    ).format(sql.Identifier(OWNER))


def create_database(database: str) -> sql.Composed:
    """A new database of the owner."""
    return sql.SQL("create database {} owner {} encoding 'UTF8' template template0").format(
        sql.Identifier(database), sql.Identifier(OWNER)
    )


def for_database(database: str) -> Iterator[sql.Composed]:
    """Who may connect."""
    name = sql.Identifier(database)
    yield sql.SQL("alter database {} owner to {}").format(name, sql.Identifier(OWNER))
    yield sql.SQL("revoke all on database {} from public").format(name)
    yield sql.SQL("grant connect on database {} to {}").format(name, _names(RUNNING))


def for_schema() -> Iterator[sql.Composed]:
    """Who may use the schema of the database that is connected to."""
    yield sql.SQL("alter schema public owner to {}").format(sql.Identifier(OWNER))
    yield sql.SQL("revoke all on schema public from public").format()
    yield sql.SQL("grant usage on schema public to {}").format(_names(RUNNING))
    # PostgreSQL asks this of whoever is to own a function in the schema.
    yield sql.SQL("grant usage, create on schema public to {}").format(sql.Identifier(ACROSS))


def _short(role: str) -> str:
    """The settings' word for a role: `web` for holdfast_web."""
    return role.removeprefix("holdfast_")


def _names(roles: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, roles))


def _verifier(password: str) -> str:
    """What PostgreSQL stores of a password (RFC 5802): enough to check it, not to know it."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    salt64, stored64, server64 = (base64.b64encode(part).decode() for part in (salt, stored, server))
    return f"SCRAM-SHA-256${ITERATIONS}:{salt64}${stored64}:{server64}"


def _text(step: sql.Composed) -> str:
    return step.as_string(None)


def _literal(text: str) -> str:
    return sql.Literal(text).as_string(None)


def _quoted(name: str) -> str:
    return sql.Identifier(name).as_string(None)
