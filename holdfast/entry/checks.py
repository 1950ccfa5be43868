"""What `holdfast check` looks at beyond what stops a start: each look says in a sentence what is unsafe and how to
mend it, or nothing."""

import shutil
import subprocess
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.core.checks import run_checks
from django.db import OperationalError, ProgrammingError, connection

from holdfast.content.seal import check_content
from holdfast.entry import anchoring, content_check, downtime, roles, sealed_words
from holdfast.entry.backup import BACKUP, REHEARSAL
from holdfast.entry.environment import LOCAL, Environment, accepted_on, read, url_for_role
from holdfast.entry.postgres import EMBEDDED
from holdfast.ledger.vouch import STALE, WATCHDOG, WORKER

OLD_BACKUP: Final = timedelta(hours=26)  # once a day, and a while to write it
OLD_REHEARSAL: Final = timedelta(days=95)  # four times a year
CLOCKS_APART: Final = 2.0  # seconds
SHORTEST_TOKEN: Final = 32
OTHERS: Final = 0o006  # what a file's mode lets users read and write who neither own it nor are of its group
SETTINGS_FILE: Final = Path("/etc/holdfast/settings.env")


def worries() -> list[str]:
    """Sentences, each with what to do about it. Empty when nothing is unsafe."""
    found = [f"Clinical content: {line}" for line in check_content()]
    try:
        connection.ensure_connection()
        found += [sentence for look in OF_THE_DATABASE for sentence in look()]
    except OperationalError:
        found.append(
            "The database does not answer, so nothing about it could be checked. Start it, or set DATABASE_URL."
        )
    except ProgrammingError:
        found.append("The database has no tables of this release yet. Run `holdfast migrate`.")
    return found + [sentence for look in OF_THE_SETTINGS for sentence in look()]


def _one(sql: str, *args: str) -> tuple[object, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql, args or None)
        row: tuple[object, ...] = cursor.fetchone() or ()
        return row


# ---------------------------------------------------------------- the database


def embedded() -> list[str]:
    """The database of the demo is for trials: no replica, no administrator, one disk."""
    if settings.HOLDFAST_DEMO or not is_embedded():
        return []
    (today,) = _one("select current_date")
    if isinstance(today, date) and accepted_on(read("HOLDFAST_EMBEDDED_ACCEPTED"), today):
        return []
    return [
        (
            "The embedded database holds a real program, so no process starts. Use a PostgreSQL of your own"
            " (docs/how-to/install-debian.md), or let the director accept it in writing: HOLDFAST_EMBEDDED_ACCEPTED="
            "'First Last, 2026-11-25'."
        )
    ]


def is_embedded() -> bool:
    return _one("select current_setting('cluster_name')") == (EMBEDDED,)


def strong_role() -> list[str]:
    user, strong = _one(
        "select current_user, (select rolsuper or rolbypassrls from pg_roles where rolname = current_user)"
    )
    if not strong:
        return []
    return [f"The database role {user} sees every program. Use the roles that `holdfast roles` makes."]


def every_role() -> list[str]:
    """Each process must be able to sign in, as itself and no stronger."""
    env, found = Environment(), []
    if not env.database_url:
        return []
    for role in roles.RUNNING:
        short = role.removeprefix("holdfast_")
        try:
            with psycopg.connect(url_for_role(env.database_url, env.secret, short), connect_timeout=5):
                pass
        except psycopg.OperationalError:
            found.append(
                f"The role {role} cannot sign in. Run the SQL of `holdfast roles` with this HOLDFAST_SECRET_KEY again."
            )
    row = _one("select rolcreatedb from pg_roles where rolname = %s", roles.OWNER)
    if row and not row[0]:
        found.append(
            f"The role {roles.OWNER} may not make databases, so no restore can be rehearsed. Run the SQL of"
            " `holdfast roles` again."
        )
    return found


def strong_owner() -> list[str]:
    row = _one("select count(*) from pg_roles where rolname like 'holdfast%%' and (rolsuper or rolbypassrls)")
    if row == (0,):
        return []
    return [
        (
            "A role of Holdfast is a superuser or bypasses row-level security, so nothing keeps programs apart."
            " Take that from it: alter role ... nosuperuser nobypassrls."
        )
    ]


def durable() -> list[str]:
    names = ("fsync", "full_page_writes", "synchronous_commit")
    values = _one(f"select {', '.join(f'current_setting({name!r})' for name in names)}")
    off = [name for name, value in zip(names, values, strict=True) if value == "off"]
    return [f"PostgreSQL runs with {name} off: an answer could be lost with the power. Set it to on." for name in off]


def old_tables() -> list[str]:
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return [f"The database is {len(missing)} migrations behind this release. Run `holdfast migrate`."]
    return []


def moved_clock() -> list[str]:
    if settings.HOLDFAST_DEMO or _one("select count(*) from ledger_clockoffset") == (0,):
        return []
    return ["The clock of this database is moved. Remove the row in ledger_clockoffset."]


def clocks_apart() -> list[str]:
    """Holdfast reads the database's clock; codes and sessions use this machine's."""
    before = time.clock_gettime(time.CLOCK_REALTIME)
    (there,) = _one("select extract(epoch from clock_timestamp())::float8")
    apart = abs(float(str(there)) - before)
    if apart > CLOCKS_APART:
        return [
            (
                f"The clocks of this machine and of the database are {apart:.0f} s apart, so sign-in codes fail and times are"
                " wrong. Set both by NTP (Debian: apt-get install systemd-timesyncd)."
            )
        ]
    return []


def made_up_people() -> list[str]:
    row = _one("select count(*) from ledger_program where made_up")
    if settings.HOLDFAST_DEMO or row == (0,):
        return []
    return ["This database holds a made-up program of the demo. Begin with an empty one for real people."]


def no_program() -> list[str]:
    if _one("select count(*) from ledger_program") != (0,):
        return []
    return ["There is no program in this database yet. Make the first with `holdfast init`."]


def _age(who: str) -> timedelta | None:
    row = _one("select clock_timestamp() - at from ledger_vouch where who = %s", who)
    return row[0] if row and isinstance(row[0], timedelta) else None


def silent_programs() -> list[str]:
    mend = {WORKER: "holdfast worker", WATCHDOG: "holdfast watchdog"}
    ages = {who: _age(who) for who in mend}
    return [
        f"The {who} has not been seen for {STALE.total_seconds():.0f} s: nobody is paged or watched over. Start `{mend[who]}`."
        for who, age in ages.items()
        if age is None or age > STALE
    ]


def old_backup() -> list[str]:
    if settings.HOLDFAST_DEMO:
        return []
    age, rehearsed = _age(BACKUP), _age(REHEARSAL)
    found = []
    if age is None or age > OLD_BACKUP:
        when = "There is no backup" if age is None else f"The last backup is {age.days} days old"
        found.append(f"{when}. Run `holdfast backup` every day (docs/how-to/backup.md).")
    if rehearsed is None or rehearsed > OLD_REHEARSAL:
        when = (
            "No restore was ever rehearsed" if rehearsed is None else f"The last rehearsal is {rehearsed.days} days old"
        )
        found.append(f"{when}, so nobody knows whether the backups are any good. Run `holdfast restore --verify`.")
    return found


# ---------------------------------------------------------------- settings


def debugging() -> list[str]:
    return ["DEBUG is on, so a fault shows people's data to whoever meets it. Take it off."] if settings.DEBUG else []


def hosts() -> list[str]:
    host = urlsplit(settings.HOLDFAST_PUBLIC_URL).hostname or ""
    found = []
    if "*" in settings.ALLOWED_HOSTS:
        found.append("Pages answer to any host name (*). Name the one of HOLDFAST_PUBLIC_URL.")
    if not settings.HOLDFAST_DEMO and host in LOCAL:
        found.append(f"HOLDFAST_PUBLIC_URL names {host}, which no phone reaches. Use the name that people open.")
    return found


def of_django() -> list[str]:
    """Django's own checks of a settings file that serves people."""
    found = run_checks(include_deployment_checks=True)
    relaxed = ("security.W004", "security.W005", "security.W012", "security.W016") if settings.HOLDFAST_DEMO else ()
    return [
        f"Django says {one.id}: {one.msg} {one.hint or ''}".strip()
        for one in found
        if not one.is_silenced() and one.id not in relaxed
    ]


def open_to_others() -> list[str]:
    """The folder of Holdfast, and the file with the secrets where the guide puts it."""
    if settings.HOLDFAST_DEMO:
        return []
    held = [SETTINGS_FILE, Environment().data]
    return [
        f"Every user of this machine may look into {path}. Run: chmod o= {path}"
        for path in held
        if path.exists() and path.stat().st_mode & OTHERS
    ]


def channels() -> list[str]:
    if settings.HOLDFAST_DEMO:
        return []
    needed = ("HOLDFAST_TWILIO_SID", "HOLDFAST_TWILIO_TOKEN", "HOLDFAST_TWILIO_FROM")
    found = [
        f"{name} is missing, so no text or call can be made. Set it as docs/how-to/channels.md says."
        for name in needed
        if not getattr(settings, name)
    ]
    if settings.HOLDFAST_TWILIO_API:
        found.append(
            "HOLDFAST_TWILIO_API sends texts and calls somewhere else than to Twilio. Leave it empty for real ones."
        )
    if not settings.HOLDFAST_SMTP_URL:
        found.append("HOLDFAST_SMTP_URL is missing, so no mail leaves. Set it as docs/how-to/channels.md says.")
    if settings.HOLDFAST_MAIL_FROM.endswith("@localhost"):
        found.append("HOLDFAST_MAIL_FROM is nobody's address, so mail is thrown away. Set one of your own domain.")
    if not settings.HOLDFAST_VAPID_KEY:
        found.append("HOLDFAST_VAPID_KEY is missing, so nothing is pushed to phones. See docs/how-to/channels.md.")
    return found


def heartbeat() -> list[str]:
    url = settings.HOLDFAST_HEARTBEAT_URL
    if settings.HOLDFAST_DEMO:
        return []
    if not url:
        return [
            (
                "HOLDFAST_HEARTBEAT_URL is missing, so nobody outside would notice that everything stopped."
                " See docs/how-to/channels.md."
            )
        ]
    if urlsplit(url).hostname in LOCAL:
        return ["HOLDFAST_HEARTBEAT_URL is on this machine, which stops with it. Use one outside."]
    return []


def metrics_token() -> list[str]:
    token = settings.HOLDFAST_METRICS_TOKEN
    if token and len(token) < SHORTEST_TOKEN:
        return [
            f"HOLDFAST_METRICS_TOKEN has fewer than {SHORTEST_TOKEN} characters, so it opens nothing. Make a longer one."
        ]
    return []


def synchronized() -> list[str]:
    """Whether something sets this machine's clock; asked of systemd where it is."""
    program = shutil.which("timedatectl")
    if settings.HOLDFAST_DEMO or program is None:
        return []
    words = [program, "show", "-p", "NTPSynchronized", "--value"]
    said = subprocess.run(words, capture_output=True, text=True, check=False, timeout=10)
    if said.stdout.strip() != "no":
        return []
    return ["Nothing sets this machine's clock. Let NTP do it (Debian: apt-get install systemd-timesyncd)."]


Look = Callable[[], list[str]]
OF_THE_DATABASE: Final[tuple[Look, ...]] = (
    embedded,
    strong_role,
    strong_owner,
    every_role,
    durable,
    old_tables,
    moved_clock,
    clocks_apart,
    made_up_people,
    no_program,
    silent_programs,
    old_backup,
    anchoring.worries,
    sealed_words.of_the_database,
    content_check.changed_since_approved,
    content_check.not_approved,
)
OF_THE_SETTINGS: Final[tuple[Look, ...]] = (
    downtime.worries,
    sealed_words.of_the_file,
    debugging,
    of_django,
    open_to_others,
    hosts,
    channels,
    heartbeat,
    metrics_token,
    synchronized,
)


def refuse_embedded() -> None:
    """Called when a process starts: a real program does not live in the demo's database by accident."""
    for sentence in embedded():
        raise SystemExit(sentence)
