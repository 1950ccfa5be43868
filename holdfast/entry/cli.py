"""`holdfast`: the operator's command."""

import base64
import json
import os
import pwd
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from holdfast.entry.keys_command import keys
from holdfast.entry.ledger_command import ledger
from holdfast.entry.operate import COMMANDS, become, join_the_demo
from holdfast.entry.second_factor_command import second_factor

if TYPE_CHECKING:
    from holdfast.content.shapes import Questionnaire


def _for_tools() -> None:
    """Settings for a command that only reads the code: no database, no secrets."""
    if os.environ.setdefault("HOLDFAST_DEMO", "1") == "1":
        os.environ["HOLDFAST_PUBLIC_URL"] = "http://localhost:8000"  # where a demo may be, wherever this is run
    os.environ.setdefault("HOLDFAST_SECRET_KEY", "-" * 32)
    os.environ.setdefault("HOLDFAST_SEAL_KEY", base64.b64encode(bytes(32)).decode())
    os.environ.setdefault("DATABASE_URL", "postgresql://nobody@127.0.0.1/none")


def _refuse_changed_files() -> None:
    """Nothing starts on clinical content that somebody edited behind the seal's back."""
    from holdfast.entry.content_check import changed_files

    _refuse(changed_files())


def _refuse_changed_content() -> None:
    """Nor on content that is not what a program approved. What is not approved yet is said, and stops nobody."""
    from holdfast.entry.content_check import changed_since_approved, not_approved

    _refuse(changed_since_approved())
    for line in not_approved():
        click.echo(f"Not approved: {line}", err=True)


def _say_what_cannot_be_read() -> None:
    """A missing key stops nobody: pages go out, and what can be shown is shown."""
    from holdfast.ledger.keys import at_start

    for line in at_start():
        click.echo(line, err=True)


def _refuse(lines: list[str]) -> None:
    for line in lines:
        click.echo(line, err=True)
    if lines:
        click.echo("Holdfast does not start with clinical content that was changed behind its back.", err=True)
        sys.exit(1)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Holdfast: from the first worrying signal to a safe landing, one owner and one clock."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, default=None, help="Defaults to HOLDFAST_PORT.")
def serve(host: str, port: int | None) -> None:
    """Serve pages and webhooks (put Caddy or nginx in front)."""
    from holdfast.entry.environment import read

    _numbers_together()
    become("web")
    from django.db import DatabaseError

    from holdfast.entry.checks import refuse_embedded
    from holdfast.ledger.clock import refuse_mixed_worlds

    _refuse_changed_files()
    # Without its database the web still starts: the help page shows helplines.
    with suppress(DatabaseError):
        refuse_mixed_worlds()
        refuse_embedded()
        _refuse_changed_content()
    _say_what_cannot_be_read()
    command = [
        *(sys.executable, "-m", "gunicorn", "holdfast.entry.wsgi:application"),
        *("--bind", f"{host}:{port or read('HOLDFAST_PORT')}"),
        *(
            "--worker-class",
            "gthread",
            "--workers",
            read("HOLDFAST_WEB_PROCESSES"),
            "--threads",
            read("HOLDFAST_WEB_THREADS"),
        ),
        *("--timeout", "30", "--keep-alive", "5", "--preload", "--no-control-socket"),
        *("--header-map", "drop"),  # X_Forwarded_Proto is not X-Forwarded-Proto
        *("--logger-class", "holdfast.entry.logs.Gunicorn"),
    ]
    _go_on_as(command)


def _go_on_as(command: list[str]) -> None:
    """This process becomes the command."""
    try:
        os.execv(command[0], command)
    except PermissionError:
        raise click.ClickException(
            f"The user {_user()} may not run {os.path.realpath(command[0])}, the Python of this installation. Make .venv"
            " anew with /usr/bin/python3 -m venv, as step 2 of docs/how-to/install-debian.md says."
        ) from None


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _numbers_together() -> None:
    """A fresh folder in which all web processes count how long requests take."""
    import shutil
    from pathlib import Path

    from holdfast.entry.environment import read

    join_the_demo()
    folder = Path(read("HOLDFAST_DATA")).absolute() / f"numbers-{read('HOLDFAST_PORT')}"
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):  # without it the pages are served, and each process counts for itself
        folder.mkdir(parents=True, mode=0o700)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


@main.command()
def worker() -> None:
    """Sweep due work and send pages. Run at least one; any number may run."""
    become("worker")
    from holdfast.entry.worker import Worker

    _refuse_changed_files()
    from django.db import DatabaseError

    from holdfast.entry.content_check import changed_since_approved

    with suppress(DatabaseError):
        _refuse(changed_since_approved())
    _say_what_cannot_be_read()
    Worker().run()


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, default=None, help="Defaults to HOLDFAST_REALTIME_PORT.")
def realtime(host: str, port: int | None) -> None:
    """Hold the live connections of open pages (/live)."""
    from holdfast.entry.environment import read

    become("web")
    import uvicorn

    from holdfast.entry.realtime import application

    uvicorn.run(
        application,
        host=host,
        port=port or int(read("HOLDFAST_REALTIME_PORT")),
        ws_per_message_deflate=False,
        ws_max_size=4096,
        log_level="warning",
        log_config=None,  # its lines are written as all others are
        lifespan="on",
    )


@main.command()
def watchdog() -> None:
    """Check the promises every few seconds and say what cannot be vouched for."""
    become("watchdog")
    from holdfast.entry.watch import Watchdog

    Watchdog().run()


@main.command()
def migrate() -> None:
    """Bring the database up to date, as its owner."""
    become("owner")
    from holdfast.entry.migrate import migrate as run

    run()
    click.echo("The database is up to date.")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def promises(as_json: bool) -> None:
    """Every promise, its bound, and who breaks it now."""
    become("watchdog")
    from holdfast.ledger.promises import violators
    from holdfast.wiring import PROMISES

    found = [violators(promise) for promise in PROMISES]
    if as_json:
        rows = [
            {
                "name": v.promise.name,
                "promise": v.promise.number,
                "reason": v.promise.reason,
                "bound_s": v.promise.bound.total_seconds(),
                "holds": v.holds,
                "violators": [{"program": p, "id": i} for p, i in v.rows],
            }
            for v in found
        ]
        click.echo(json.dumps({"promises": rows}))
    else:
        for v in found:
            click.echo(
                f"{'holds ' if v.holds else 'BROKEN'}  {v.promise.name}: {v.promise.reason}"
                + ("" if v.holds else f" ({len(v.rows)})")
            )
    sys.exit(0 if all(v.holds for v in found) else 1)


@main.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []})
@click.pass_context
def score(context: click.Context) -> None:
    """Score one filled-in form: holdfast score phq-9 --answers 1,2,0,... --json."""
    from holdfast.assessment.score_command import main as run

    sys.exit(run(context.args, _why_off))


def _why_off(form: "Questionnaire", program: str | None) -> str | None:
    """Whether a program may use a pack: only the database knows. Without one nobody may."""
    from holdfast.assessment.score_command import off

    join_the_demo()
    if "DATABASE_URL" not in os.environ:
        return off(form)
    become("web")
    from django.db import DatabaseError

    from holdfast.content.shapes import ContentError
    from holdfast.entry.content_check import why_off

    try:
        return why_off(form, program)
    except ContentError as refused:
        return str(refused)
    except DatabaseError:
        return f"{off(form).rstrip('.')} that could be looked up: the database does not answer."


@main.group()
def content() -> None:
    """Clinical content: list, check, seal."""


@content.command("list")
def content_list() -> None:
    """Every piece of content, its version and status."""
    from holdfast.content.seal import list_content

    for line in list_content():
        click.echo(line)


@content.command("check")
def content_check() -> None:
    """Check every file: its form, its checksum, its codes."""
    from holdfast.content.seal import check_content

    found = check_content()
    for line in found:
        click.echo(line, err=True)
    if found:
        sys.exit(1)
    click.echo("All clinical content is in order.")


@content.command("load-wording")
@click.argument("pack")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--program", default=None, help="The program's slug, where there are several.")
def content_load_wording(pack: str, file: Path, program: str | None) -> None:
    """Load the licensed words of a pack from a TOML file that its licence holder keeps."""
    from holdfast.content.shapes import ContentError

    become("web")
    from holdfast.entry.content_check import load_wording

    try:
        click.echo(load_wording(pack, file, program))
    except ContentError as refused:
        raise click.ClickException(str(refused)) from None


@content.command("withdraw")
@click.argument("unit")
@click.option("--program", default=None, help="The program's slug, where there are several.")
def content_withdraw(unit: str, program: str | None) -> None:
    """Take back the approval of content that changed, so that a start is not refused any more."""
    from holdfast.content.shapes import ContentError

    become("web")
    from holdfast.entry.content_check import withdraw

    try:
        click.echo(withdraw(unit, program))
    except ContentError as refused:
        raise click.ClickException(str(refused)) from None


@content.command("seal")
def content_seal() -> None:
    """Write the checksums of unreleased files anew."""
    from holdfast.content.seal import seal_content
    from holdfast.content.shapes import ContentError

    try:
        for line in seal_content():
            click.echo(line)
    except ContentError as refused:
        raise click.ClickException(str(refused)) from None


@main.command()
def check() -> None:
    """Say what is unsafe about this installation, and how to mend it."""
    from holdfast.entry.environment import Environment

    join_the_demo()
    unsafe = Environment().unsafe()
    for each in unsafe:
        click.echo(f"Unsafe: {each.what}. Mend it: {each.mend}.", err=True)
    if unsafe:
        sys.exit(1)
    become("web")
    from holdfast.entry.checks import worries

    found = worries()
    for line in found:
        click.echo(line, err=True)
    if found:
        sys.exit(1)
    click.echo("Nothing unsafe found.")


@main.command()
@click.option("--clients", type=click.IntRange(1, 10_000_000), default=1000, show_default=True)
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same, letter by letter.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option(
    "--fault", default=None, metavar="NAME", help="Plant this fault, to see that it is found; `list` names all."
)
def simulate(clients: int, days: int, seed: int, as_json: bool, fault: str | None) -> None:
    """Drive the rules and clocks with made-up clients in fast time, and check every promise at every step.

    Needs no database and writes nothing. Ends with 1 where a promise was broken.
    """
    from holdfast.entry.simulate import run

    sys.exit(run(clients, days, seed, as_json=as_json, fault=fault))


@main.command()
@click.option("--reset", is_flag=True, help="Throw the demo's data away instead, so that the next start is fresh.")
def demo(reset: bool) -> None:
    """Start everything on an embedded PostgreSQL, with a synthetic program."""
    from holdfast.entry.demo import demo_main

    sys.exit(demo_main(reset=reset))


@main.command()
def reference() -> None:
    """Write the reference pages in docs/ anew, from the code."""
    _for_tools()
    become("web")
    from holdfast.entry.reference import write

    write()


@main.command("roles")
def roles() -> None:
    """Print the SQL that makes the database roles, for a DBA to run."""
    from holdfast.entry.environment import read
    from holdfast.entry.roles import role_sql

    click.echo(role_sql(read("HOLDFAST_SECRET_KEY")))


for _command in (*COMMANDS, ledger, keys, second_factor):
    main.add_command(_command)


if __name__ == "__main__":
    main()
