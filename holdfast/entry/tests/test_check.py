"""What `holdfast check` says, and what does not start at all."""

import base64
import os
import secrets
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from holdfast.entry import checks, downtime
from holdfast.entry.environment import Environment, accepted_on, is_guessable
from holdfast.entry.postgres import EMBEDDED
from holdfast.ledger.vouch import vouch
from holdfast.people.tests.cast import Cast

GOOD = secrets.token_urlsafe(48)


def test_a_database_that_is_away_is_a_sentence() -> None:
    env = {**os.environ, "DATABASE_URL": "postgresql://holdfast:x@127.0.0.1:9/holdfast", "HOLDFAST_DEMO": "1"}
    said = subprocess.run(
        [sys.executable, "-m", "holdfast.entry.cli", "check"],
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert said.returncode == 1
    assert "The database does not answer" in said.stderr, said.stderr
    assert "Traceback" not in said.stderr


# ---------------------------------------------------------------- what stops a start


def _unsafe(**how: object) -> str:
    kept: dict[str, object] = {
        "role": "web",
        "database_url": "postgresql://x@127.0.0.1/x",
        "secret": GOOD,
        "seal": base64.b64encode(secrets.token_bytes(32)).decode(),
        "demo": False,
        "public_url": "https://care.example.org",
        "data": Path("/nowhere"),
    }
    return "; ".join(each.what for each in Environment(**(kept | how)).unsafe())


def test_a_safe_environment_starts() -> None:
    assert _unsafe() == ""


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"secret": "short"}, "shorter than 32"),
        ({"secret": "a" * 64}, "HOLDFAST_SECRET_KEY can be guessed"),
        ({"secret": "change-me-" + GOOD}, "HOLDFAST_SECRET_KEY can be guessed"),
        ({"seal": base64.b64encode(bytes(32)).decode()}, "HOLDFAST_SEAL_KEY is missing, can be guessed"),
        ({"seal": "abc"}, "HOLDFAST_SEAL_KEY"),
        ({"database_url": ""}, "DATABASE_URL is missing"),
        ({"public_url": "http://care.example.org"}, "does not begin with https://"),
        ({"role": "king"}, "HOLDFAST_ROLE"),
        ({"demo": True}, "HOLDFAST_DEMO is 1 and HOLDFAST_PUBLIC_URL is https://care.example.org"),
    ],
)
def test_an_unsafe_environment_does_not_start(how: dict[str, object], sentence: str) -> None:
    assert sentence in _unsafe(**how)


def test_the_demo_may_be_anywhere_on_this_machine_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert _unsafe(data=tmp_path, demo=True, public_url="http://127.0.0.1:8000") == ""


def test_secrets_and_folders_that_everybody_may_look_into_are_told_of(
    settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.HOLDFAST_DEMO = False
    file, folder = tmp_path / "settings.env", tmp_path / "data"
    monkeypatch.setattr(checks, "SETTINGS_FILE", file)
    monkeypatch.setenv("HOLDFAST_DATA", str(folder))
    assert checks.open_to_others() == []
    folder.mkdir()
    folder.chmod(0o750)
    file.touch()
    file.chmod(0o640)
    assert checks.open_to_others() == []
    file.chmod(0o644)
    folder.chmod(0o755)
    told = [f"Every user of this machine may look into {path}. Run: chmod o= {path}" for path in (file, folder)]
    assert checks.open_to_others() == told
    settings.HOLDFAST_DEMO = True
    assert checks.open_to_others() == []


DEPLOYED = """
from django.conf import settings
from django.core.checks import run_checks
import django
django.setup()
found = [m for m in run_checks(include_deployment_checks=True) if not m.is_silenced()]
print([m.id for m in found], settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.HOLDFAST_DEVICE_COOKIE,
      settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.SECURE_HSTS_SECONDS, settings.DEBUG)
"""


def test_djangos_own_checks_find_nothing_in_the_settings_of_a_real_program(tmp_path: Path) -> None:
    """As `manage.py check --deploy` would; and every cookie is bound to this very host."""
    tmp_path.chmod(0o700)
    env = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_")} | {
        "DATABASE_URL": "postgresql://holdfast_owner@127.0.0.1:5432/holdfast",
        "DJANGO_SETTINGS_MODULE": "holdfast.entry.settings",
        "HOLDFAST_SECRET_KEY": GOOD,
        "HOLDFAST_SEAL_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "HOLDFAST_PUBLIC_URL": "https://care.example.org",
        "HOLDFAST_DATA": str(tmp_path),
    }
    said = subprocess.run(
        [sys.executable, "-c", DEPLOYED], env=env, capture_output=True, text=True, check=True, timeout=60
    )
    names = "__Host-sessionid __Host-csrftoken __Host-holdfast_device"
    assert said.stdout.strip() == f"[] {names} True True 31536000 False"
    for name, unsafe in (
        ("HOLDFAST_SECRET_KEY", ""),
        ("HOLDFAST_DEMO", "1"),
        ("HOLDFAST_PUBLIC_URL", "http://care.example.org"),
    ):
        refused = subprocess.run(
            [sys.executable, "-c", DEPLOYED],
            env=env | {name: unsafe},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert refused.returncode == 1
        assert "Holdfast does not start" in refused.stderr


def test_what_django_finds_is_said(settings: Any) -> None:
    settings.HOLDFAST_DEMO = False
    settings.SECURE_HSTS_SECONDS, settings.SESSION_COOKIE_SECURE, settings.DEBUG = 0, False, True
    found = " ".join(checks.of_django())
    for number in ("W004", "W010", "W018"):
        assert f"security.{number}" in found


def test_a_real_program_on_one_machine_is_told_how_to_rehearse() -> None:
    safe = {
        "secret": GOOD,
        "seal": base64.b64encode(secrets.token_bytes(32)).decode(),
        "database_url": "postgresql://x",
    }
    found = Environment(role="web", demo=False, public_url="http://localhost:8000", **safe).unsafe()
    assert [each.what for each in found] == ["HOLDFAST_PUBLIC_URL does not begin with https://"]
    assert "https://localhost:8443 through Caddy" in found[0].mend


def test_a_secret_made_by_chance_is_never_called_guessable() -> None:
    # of 200 made by chance, none holds the words of an example nor fewer than a dozen letters
    assert [s for s in (secrets.token_hex(32) for _ in range(200)) if is_guessable(s)] == []


def test_only_a_name_and_a_day_that_has_come_accept_the_embedded_database() -> None:
    today = date(2026, 11, 25)
    assert accepted_on("Dia Ortiz, 2026-11-25", today)
    for text in ("", "yes", "Dia Ortiz", "Dia, 2026-11-25", "Dia Ortiz, 2026-11-26", "Dia Ortiz, soon", ", 2026-11-25"):
        assert not accepted_on(text, today)


# ---------------------------------------------------------------- the database


@pytest.fixture
def real(settings: Any) -> Any:
    settings.HOLDFAST_DEMO = False
    return settings


@pytest.mark.django_db
def test_the_embedded_database_is_refused_until_the_director_accepts_it(
    real: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert checks.is_embedded()  # the tests' own
    assert "holds a real program" in checks.embedded()[0]
    with pytest.raises(SystemExit, match="HOLDFAST_EMBEDDED_ACCEPTED"):
        checks.refuse_embedded()
    monkeypatch.setenv("HOLDFAST_EMBEDDED_ACCEPTED", "Dia Ortiz, 2026-01-02")
    assert checks.embedded() == []
    checks.refuse_embedded()
    monkeypatch.delenv("HOLDFAST_EMBEDDED_ACCEPTED")
    real.HOLDFAST_DEMO = True
    assert checks.embedded() == []
    assert EMBEDDED


@pytest.mark.django_db
def test_roles_are_looked_at_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (checks.strong_role(), checks.strong_owner(), checks.every_role()) == ([], [], [])
    monkeypatch.setenv("HOLDFAST_SECRET_KEY", GOOD)  # another secret, so other passwords
    assert [line.split()[2] for line in checks.every_role()] == ["holdfast_web", "holdfast_worker", "holdfast_watchdog"]


def _execute(sql: str, *args: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, args or None)


@pytest.mark.django_db
@pytest.mark.role("owner")
def test_a_moved_clock_and_old_tables_are_said(real: Any) -> None:
    assert (checks.moved_clock(), checks.old_tables(), checks.clocks_apart()) == ([], [], [])
    _execute("insert into ledger_clockoffset (\"only\", ahead) values (1, interval '1 hour')")
    _execute("delete from django_migrations where app = 'crisis' and name = '0009_texts_after_a_death'")
    assert "The clock of this database is moved" in checks.moved_clock()[0]
    assert "migrations behind this release" in checks.old_tables()[0]


@pytest.mark.django_db
def test_clocks_that_are_apart_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks.time, "clock_gettime", lambda _: 0.0)
    assert "s apart" in checks.clocks_apart()[0]


@pytest.mark.django_db
def test_a_database_that_does_not_wait_for_its_disk_is_said() -> None:
    found = checks.durable()  # the units' own cluster is made so
    assert any("fsync off" in line for line in found)
    assert all("Set it to on" in line for line in found)


@pytest.mark.django_db
def test_no_program_is_said() -> None:
    assert "Make the first with `holdfast init`" in checks.no_program()[0]


def test_made_up_people_in_a_real_database_are_said(cast: Cast, real: Any) -> None:
    cast.program.made_up = True
    cast.program.save()
    assert "made-up program" in checks.made_up_people()[0]
    assert checks.no_program() == []


@pytest.mark.django_db
def test_silent_programs_are_said_until_they_leave_word() -> None:
    _execute("update ledger_vouch set at = at - interval '1 hour'")
    assert [line.split()[1] for line in checks.silent_programs()] == ["worker", "watchdog"]
    vouch("worker", {})
    assert [line.split()[1] for line in checks.silent_programs()] == ["watchdog"]
    vouch("watchdog", {})
    assert checks.silent_programs() == []


@pytest.mark.django_db
def test_an_old_backup_and_no_rehearsal_are_said(real: Any) -> None:
    assert [line.split(".")[0] for line in checks.old_backup()] == [
        "There is no backup",
        "No restore was ever rehearsed, so nobody knows whether the backups are any good",
    ]
    vouch("backup", {})
    vouch("rehearsal", {})
    assert checks.old_backup() == []
    _execute("update ledger_vouch set at = at - %s where who in ('backup', 'rehearsal')", timedelta(days=100))
    assert [line[:28] for line in checks.old_backup()] == [
        "The last backup is 100 days ",
        "The last rehearsal is 100 da",
    ]


@pytest.mark.django_db
def test_tables_that_are_not_there_are_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import ProgrammingError

    def gone() -> list[str]:
        raise ProgrammingError

    monkeypatch.setattr(checks, "OF_THE_DATABASE", (gone,))
    assert any("Run `holdfast migrate`" in line for line in checks.worries())


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("look", "name", "value", "sentence"),
    [
        (checks.debugging, "DEBUG", True, "DEBUG is on"),
        (checks.hosts, "ALLOWED_HOSTS", ["*"], "any host name"),
        (checks.hosts, "HOLDFAST_PUBLIC_URL", "https://localhost", "which no phone reaches"),
        (checks.channels, "HOLDFAST_TWILIO_SID", "", "HOLDFAST_TWILIO_SID is missing"),
        (checks.channels, "HOLDFAST_TWILIO_TOKEN", "", "HOLDFAST_TWILIO_TOKEN is missing"),
        (checks.channels, "HOLDFAST_TWILIO_FROM", "", "HOLDFAST_TWILIO_FROM is missing"),
        (checks.channels, "HOLDFAST_TWILIO_API", "http://127.0.0.1:9", "somewhere else than to Twilio"),
        (checks.channels, "HOLDFAST_SMTP_URL", "", "no mail leaves"),
        (checks.channels, "HOLDFAST_MAIL_FROM", "desk@localhost", "nobody's address"),
        (checks.channels, "HOLDFAST_VAPID_KEY", "", "nothing is pushed"),
        (checks.heartbeat, "HOLDFAST_HEARTBEAT_URL", "", "nobody outside would notice"),
        (checks.heartbeat, "HOLDFAST_HEARTBEAT_URL", "http://127.0.0.1/ping", "stops with it"),
        (checks.metrics_token, "HOLDFAST_METRICS_TOKEN", "short", "opens nothing"),
        (downtime.worries, "HOLDFAST_DOWNTIME_FOLDER", "", "no paper to work from"),
    ],
)
def test_each_setting_that_is_unsafe_is_said_and_a_safe_one_is_not(
    real: Any, tmp_path: Path, look: checks.Look, name: str, value: object, sentence: str
) -> None:
    tmp_path.chmod(0o700)
    safe = {
        "HOLDFAST_PUBLIC_URL": "https://care.example.org",
        "ALLOWED_HOSTS": ["care.example.org"],
        "HOLDFAST_TWILIO_SID": "AC1",
        "HOLDFAST_TWILIO_TOKEN": "t",
        "HOLDFAST_TWILIO_FROM": "+15205550100",
        "HOLDFAST_TWILIO_API": "",
        "HOLDFAST_SMTP_URL": "smtp://u:p@mail.example.org:587",
        "HOLDFAST_MAIL_FROM": "desk@example.org",
        "HOLDFAST_VAPID_KEY": "x",
        "HOLDFAST_HEARTBEAT_URL": "https://hc.example.org/ping",
        "HOLDFAST_METRICS_TOKEN": "m" * 32,
        "HOLDFAST_DOWNTIME_FOLDER": str(tmp_path),
        "HOLDFAST_DOWNTIME_PASSWORD": "in the envelope",
    }
    for each, good in safe.items():
        setattr(real, each, good)
    assert look() == []
    setattr(real, name, value)
    assert [line for line in look() if sentence in line] != []


@pytest.mark.parametrize(("said", "worried"), [("no", True), ("yes", False), ("", False)])
def test_a_clock_that_nothing_sets_is_said(
    real: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, worried: bool
) -> None:
    program = tmp_path / "timedatectl"
    program.write_text(f"#!/bin/sh\necho {said}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert bool(checks.synchronized()) is worried
