"""`holdfast demo`: everything on one machine, with a made-up program and a telephone company beside it.

`demo_main` starts PostgreSQL, brings it up to date, lets `seed` make the people and their history, and
keeps every program running until Ctrl-C. The data stays in HOLDFAST_DATA: a second start takes it up again.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from holdfast.entry import postgres, roles
from holdfast.entry.environment import read
from holdfast.entry.supervise import AlreadyRunningError, ChildSpec, Supervisor, only_one
from holdfast.ledger import envelopes
from holdfast.notify.rules import SHIFT_STARTS
from holdfast.web.demo.cast import LOGINS, PASSWORD, PROGRAM, SECOND_FACTOR

ACCOUNT: Final = "ACdec0de00dec0de00dec0de00dec0de00"
NUMBER: Final = "+15205550100"
KEYS, PORTS, PROGRAMS = "demo-keys.json", "demo-ports.json", "demo-programs.json"
SEAL_KEYS = "demo-seal-keys.txt"
ENVIRONMENT = "demo-environment.json"  # read by the command line, so that it can be asked about the demo


def seed(now: datetime) -> bool:
    """Make the demo's programs through the same actions as real work, or take them up where they stand.

    True when they were made. Needs Django set up, as a role that may write.
    """
    from holdfast.entry.demo_seed import seed as run

    return run(now)


def demo_main(*, reset: bool = False) -> int:
    """Run the demo until Ctrl-C. Returns an exit status."""
    data = Path(read("HOLDFAST_DATA")).absolute()
    try:
        with only_one(data):
            if reset:
                return _reset(data)
            return _run(data, int(read("HOLDFAST_PORT")))
    except (AlreadyRunningError, postgres.PostgresTrouble, roles.RolesTrouble, Trouble) as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


class Trouble(RuntimeError):
    """The demo cannot start; the text is one sentence for a person."""


def _reset(data: Path) -> int:
    """Throw away what the demo made, and nothing else that may lie in the folder."""
    postgres.remove(data / "postgres")
    for name in (KEYS, SEAL_KEYS, PORTS, PROGRAMS, ENVIRONMENT, "static", "logs", "running.json"):
        path = data / name
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    print("The demo's data is gone; the next start begins afresh.")
    return 0


def _run(data: Path, port: int) -> int:
    _refuse_taken(port)
    keys = _keys(data)
    print("Starting PostgreSQL", flush=True)
    cluster = postgres.start(data / "postgres")
    leave_running = False
    try:
        ports = _ports(data)
        environment = _environment(data, port, ports, keys)
        environment["DATABASE_URL"] = roles.prepare(cluster.superuser_url, "holdfast", keys["HOLDFAST_SECRET_KEY"])
        os.environ.update(environment)
        _keep_private(data / ENVIRONMENT, environment)
        _step("Bringing the database up to date", "owner", "migrate")
        _step(
            "Making two made-up programs with eight weeks of history (the first start takes a minute)", "worker", "seed"
        )
        leave_running = True  # from here on the supervisor stops it
        return Supervisor(
            specs=_children(port, ports, json.loads((data / PROGRAMS).read_text())[PROGRAM]),
            data=data,
            cluster=cluster,
            ready_url=f"http://127.0.0.1:{port}/healthz",
            on_ready=lambda: _ready(port),
        ).run()
    finally:
        if not leave_running:
            cluster.stop()


def _refuse_taken(port: int) -> None:
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with suppress(OSError), socket.socket(family) as probe:  # a machine without IPv6 has nobody there
            if probe.connect_ex((host, port)) == 0:
                raise Trouble(
                    f"Port {port} is taken by another program: choose another with HOLDFAST_PORT, as in HOLDFAST_PORT=8123 make demo."
                )


def _keys(data: Path) -> dict[str, str]:
    """The demo's keys, made once."""
    path = data / KEYS
    if not path.exists():
        made = {
            "HOLDFAST_SECRET_KEY": secrets.token_urlsafe(48),
            "HOLDFAST_VAPID_KEY": _vapid_key(),
            "HOLDFAST_TWILIO_TOKEN": secrets.token_hex(16),
        }
        _keep_private(path, made)
    kept: dict[str, str] = json.loads(path.read_text())
    if "HOLDFAST_SEAL_KEY" not in kept:  # a demo of an older release has it there
        file = data / SEAL_KEYS
        if not file.exists():
            envelopes.write_file(file, (secrets.token_bytes(envelopes.LONG),), anew=True)
        kept["HOLDFAST_SEAL_KEY_FILE"] = str(file)
    return kept


def _keep_private(path: Path, what: Mapping[str, str]) -> None:
    """Written whole or not at all, and for this user alone."""
    draft = path.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(dict(what), indent=1))
    draft.replace(path)


def _vapid_key() -> str:
    """A private key of web push: the 32 bytes of its number, base64url."""
    from cryptography.hazmat.primitives.asymmetric import ec

    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).decode().rstrip("=")


def _ports(data: Path) -> dict[str, int]:
    """Free ports behind the one address. The telephone company keeps its own: handsets are known by it."""
    path = data / PORTS
    kept: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
    ports = {name: postgres.free_port(kept.get(name, 0)) for name in ("web", "realtime", "telephone", "mail")}
    path.write_text(json.dumps(ports))
    return ports


def _environment(data: Path, port: int, ports: Mapping[str, int], keys: Mapping[str, str]) -> dict[str, str]:
    """The settings of every program of the demo."""
    telephone = f"http://127.0.0.1:{ports['telephone']}"
    return {
        **keys,
        "HOLDFAST_DEMO": "1",
        "HOLDFAST_DATA": str(data),
        "HOLDFAST_PORT": str(port),
        "HOLDFAST_REALTIME_PORT": str(ports["realtime"]),
        "HOLDFAST_PUBLIC_URL": f"http://localhost:{port}",
        "HOLDFAST_PROGRAM": PROGRAM,
        "HOLDFAST_TWILIO_SID": ACCOUNT,
        "HOLDFAST_TWILIO_FROM": NUMBER,
        "HOLDFAST_TWILIO_API": telephone,
        "HOLDFAST_TELEPHONE_URL": telephone,
        "HOLDFAST_SMTP_URL": f"smtp://127.0.0.1:{ports['mail']}",
        "HOLDFAST_MAIL_FROM": "desk@juniper-path.example.org",
        "HOLDFAST_HEARTBEAT_URL": f"{telephone}/company/health",
        "HOLDFAST_WEB_PROCESSES": "1",
        "HOLDFAST_WEB_THREADS": "12",
        "DJANGO_SETTINGS_MODULE": "holdfast.entry.settings",
    }


def _step(words: str, role: str, what: str) -> None:
    """Do one thing in a process of its own, as its database role."""
    print(words, flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "holdfast.entry.demo", what], env={**os.environ, "HOLDFAST_ROLE": role}, check=False
    )
    if done.returncode:
        raise Trouble(
            f"The demo did not start: “{words}” ended with status {done.returncode}; the lines above say why."
        )


def _children(port: int, ports: Mapping[str, int], program: str) -> list[ChildSpec]:
    """Every program of the demo. The front is last, so that it is the first to go."""
    holdfast = (sys.executable, "-m", "holdfast.entry.cli")
    public, web = f"http://localhost:{port}", f"http://127.0.0.1:{ports['web']}"
    telephone = (
        *(sys.executable, "-m", "telephone", "--port", str(ports["telephone"]), "--smtp-port", str(ports["mail"])),
        *("--sms-webhook", f"{public}/hooks/{program}/twilio/sms", "--public-url", public, "--deliver-to", web),
        # Nobody sits at these handsets by day and night: the question before a shift is answered, a crisis never is.
        *("--answered-alone", SHIFT_STARTS),
    )
    return [
        ChildSpec("telephone", telephone),
        ChildSpec("web", (*holdfast, "serve", "--port", str(ports["web"]))),
        ChildSpec("realtime", (*holdfast, "realtime")),
        ChildSpec("worker", (*holdfast, "worker")),
        ChildSpec("watchdog", (*holdfast, "watchdog")),
        ChildSpec(
            "front",
            (
                sys.executable,
                "-m",
                "holdfast.entry.front",
                *("--port", str(port)),
                *("--web", str(ports["web"])),
                *("--realtime", str(ports["realtime"])),
            ),
        ),
    ]


def _note_programs() -> None:
    """Leave a note of the programs' numbers: the carrier's webhooks carry them."""
    from holdfast.ledger.models import Program

    note = Path(read("HOLDFAST_DATA")).absolute() / PROGRAMS
    note.write_text(json.dumps({program.slug: str(program.uid) for program in Program.objects.all()}))


BROWSERS: Final = ("cal", "grace", "maya", "dia")


def _connect_browsers() -> None:
    """A few of the staff take pushes too: the telephone company, now that it runs, hands out their browsers."""
    import requests

    from holdfast.ledger.models import Program
    from holdfast.ledger.scope import program_scope
    from holdfast.web.demo.stage import give_browser

    company = read("HOLDFAST_TELEPHONE_URL")
    with program_scope(Program.objects.get(slug=PROGRAM).id) as now:
        for name in BROWSERS:
            answer = requests.post(
                f"{company}/company/push-devices", json={"id": name, "label": f"{name.title()}'s browser"}, timeout=5
            )
            answer.raise_for_status()
            give_browser(f"{name}@example.org", answer.json(), now)


def _ready(port: int) -> None:
    """Everything answers: the last strings are pulled, and the visitor is told where to go."""
    connect = [sys.executable, "-m", "holdfast.entry.demo", "browsers"]
    subprocess.run(
        connect, env={**os.environ, "HOLDFAST_ROLE": "worker"}, check=False
    )  # without it, pushes alone are missing
    width = max(len(mail) for mail, _ in LOGINS)
    print(
        "\n".join(
            (
                "",
                f"  Holdfast is ready:  http://localhost:{port}/demo/",
                "",
                "  The tour there walks one crisis from both sides in five minutes: you answer as Ana, a client,",
                "  and see the handsets of her team ring. Everyone is made up; no message leaves this machine.",
                "",
                *(f"  {mail:<{width}}  {who}" for mail, who in LOGINS),
                f"  {'password for all':<{width}}  {PASSWORD}",
                f"  {'code of staff':<{width}}  {SECOND_FACTOR}",
                "",
                "  Ctrl-C stops everything. The data stays; make demo-reset throws it away.",
                "",
            )
        ),
        flush=True,
    )


def _steps(words: list[str]) -> None:
    """`python -m holdfast.entry.demo migrate|seed|browsers`: one step of the start, in a process of its own."""
    import django

    django.setup()
    if words == ["migrate"]:
        from holdfast.entry.migrate import migrate

        migrate()
    elif words == ["browsers"]:
        _connect_browsers()
    elif words == ["seed"]:
        from holdfast.entry.demo_factors import give_second_factors
        from holdfast.ledger.scope import read_now

        seed(read_now())
        give_second_factors()
        _note_programs()
    else:
        raise SystemExit("holdfast.entry.demo migrate|seed|browsers")


if __name__ == "__main__":
    _steps(sys.argv[1:])
