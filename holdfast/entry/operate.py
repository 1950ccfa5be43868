"""Commands of whoever runs Holdfast: a first program, backups, restores."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

import click

from holdfast.entry import first
from holdfast.entry.archive import BackupTrouble
from holdfast.entry.first import Asked
from holdfast.people.rules import Role


def join_the_demo() -> None:
    """With no database named, a command asks about the demo in HOLDFAST_DATA, if there is one."""
    import json

    from holdfast.entry.environment import read

    kept = Path(read("HOLDFAST_DATA")) / "demo-environment.json"
    if "DATABASE_URL" not in os.environ and kept.exists():
        os.environ.update(json.loads(kept.read_text()))


def become(role: str) -> None:
    """Become a process with this database role. Refuses to start when the configuration is unsafe."""
    join_the_demo()
    os.environ["HOLDFAST_ROLE"] = role
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "holdfast.entry.settings")
    import django

    django.setup()


@contextmanager
def in_a_sentence() -> Iterator[None]:
    """Trouble is said in one sentence, without a trace."""
    try:
        yield
    except BackupTrouble as trouble:
        raise click.ClickException(str(trouble)) from None


@click.command("backup-key")
@click.argument("file", type=click.Path(path_type=Path))
def backup_key(file: Path) -> None:
    """Make the key that opens backups, into FILE. Keep it off this machine, twice."""
    from holdfast.entry import archive

    with in_a_sentence():
        public = archive.make_key(file)
    click.echo(f"HOLDFAST_BACKUP_RECIPIENT={public}")
    click.echo(
        f"Put this line into the settings of the server. {file} opens every backup made with it: keep it in two places"
        " that are not the server, beside HOLDFAST_SECRET_KEY and a backup of the envelope keys.",
        err=True,
    )


@click.command()
@click.argument("to", type=click.Path(path_type=Path))
@click.option(
    "--keep", type=click.IntRange(min=1), help="Afterwards remove all but the newest so many in the folder TO."
)
def backup(to: Path, keep: int | None) -> None:
    """Write every row of this moment, sealed, into the folder TO (or as the file TO)."""
    become("owner")
    from holdfast.entry import backup as backups
    from holdfast.entry.environment import Environment, read
    from holdfast.wiring import PROMISES

    env, began = Environment(), time.monotonic()
    with in_a_sentence():
        if keep and not to.is_dir():
            raise BackupTrouble("--keep needs a folder to write to.")
        made = backups.write(
            to,
            read("HOLDFAST_BACKUP_RECIPIENT"),
            owner_url=env.owner_url,
            watchdog_url=env.url_of("watchdog"),
            seal_keys=env.envelopes.known,
            secret=env.secret,
            promises=PROMISES,
        )
        gone = backups.keep_newest(to, keep) if keep else []
    click.echo(
        f"{made.path}: {made.rows} rows of {made.tables} tables, {made.bytes / 1e6:.1f} MB, "
        f"{time.monotonic() - began:.1f} s." + (f" Removed {len(gone)} older." if gone else "")
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", "key_file", type=click.Path(path_type=Path), required=True, help="The file of `backup-key`.")
@click.option("--verify", is_flag=True, help="A rehearsal: restore beside, compare, throw away. Changes nothing.")
@click.option("--into", metavar="NAME", help="Make a new database of this name. Otherwise DATABASE_URL's, if empty.")
@click.option(
    "--words-lost", is_flag=True, help="Restore although the key of its words is lost: what people wrote stays sealed."
)
def restore(file: Path, key_file: Path, *, verify: bool, into: str | None, words_lost: bool) -> None:
    """Restore the backup FILE, hold it against what was saved, and only then put it in place."""
    join_the_demo()
    from holdfast.entry.environment import Environment, url_for_role
    from holdfast.ledger.envelopes import fingerprint

    env, began = Environment(role="owner"), time.monotonic()
    unsafe = env.unsafe()
    if unsafe:
        raise click.ClickException(" ".join(f"{u.what}. Mend it: {u.mend}." for u in unsafe))
    from holdfast.entry import archive
    from holdfast.entry import restore as restores

    with in_a_sentence():
        key = archive.key_in(key_file)
        found = restores.examine(file, key, env.envelopes.known, words_lost=words_lost)
        if words_lost:
            click.echo(
                "Beware: words whose key is not here stay sealed: names, numbers, plans, what people wrote.", err=True
            )
        click.echo(
            f"The file is whole: {found.rows} rows of {len(found.sums)} tables, written {found.at:%Y-%m-%d %H:%M} UTC"
            f" by Holdfast {found.version} ({time.monotonic() - began:.1f} s)."
        )
        if found.secret_key != fingerprint(env.secret.encode()):
            click.echo(
                "Beware: HOLDFAST_SECRET_KEY is not the one of then. Links that were sent do not open any more, and texts of"
                " staff are not recognized until each of their contacts is saved anew.",
                err=True,
            )
        target = into or restores.name_in(env.database_url)
        with restores.place(env.owner_url, target, new=into is not None, rehearsal=verify) as here:
            os.environ["DATABASE_URL"] = here.scratch_url
            become("owner")
            from holdfast.wiring import PROMISES

            restores.refuse_newer(found)
            restores.fill(here, found, key)
            click.echo("Every table holds the rows that were saved: same counts, same SHA-256.")
            restores.migrate_to_now(here.scratch_url)
            for record in restores.seal_the_rest(here):
                if record.wrong is None:
                    click.echo(f"The record of {record.name} holds: {record.sealed} seals.")
                else:
                    click.echo(f"Beware: the record of {record.name} does not hold. {record.wrong.words}", err=True)
            watchdog = url_for_role(here.scratch_url, env.secret, "watchdog")
            broken = restores.broken_as_of(here, watchdog, found.at, PROMISES) - found.broken
            if broken:
                raise BackupTrouble(
                    f"Promises that held when it was saved do not hold now: {', '.join(sorted(broken))}."
                )
            click.echo(f"Every promise that held then holds: {len(PROMISES)} asked, {len(found.broken)} broken then.")
            if not verify:
                here.take_the_name()
    seconds = time.monotonic() - began
    if verify:
        noted = restores.say_rehearsed(env.owner_url)
        click.echo(
            f"The rehearsal went well in {seconds:.0f} s; the scratch database is gone again."
            + ("" if noted else " The program's own database does not answer here, so it was not noted there.")
        )
    else:
        click.echo(
            f"Restored into {target} in {seconds:.0f} s. What came due meanwhile is taken up once the worker starts."
        )


@click.command()
@click.option("--program", "name", type=Asked(first.name), prompt="Name of the program")
@click.option(
    "--neutral-name", type=Asked(first.neutral_name), prompt="Sender's name on texts and calls (gives nothing away)"
)
@click.option("--timezone", type=Asked(first.timezone), prompt="Time zone, as in America/Phoenix")
@click.option("--state", type=Asked(first.state), prompt="Home state, two letters")
@click.option("--phone", type=Asked(first.phone), prompt="Number that clients may ring")
@click.option("--director", type=Asked(first.person), prompt="First and last name of who leads it")
@click.option("--email", type=Asked(first.email), prompt="Their mail address, to sign in with")
@click.option(
    "--role",
    type=click.Choice([Role.DIRECTOR.value, Role.ADMINISTRATOR.value]),
    default=Role.DIRECTOR.value,
    show_default=True,
    help="An administrator sets the program up and sees no chart.",
)
@click.option(
    "--password-file",
    type=click.File(),
    help="Read the password from the first line of this file (- reads it from the input) instead of asking.",
)
def init(password_file: TextIO | None, role: str, **said: str) -> None:
    """Make the first program and the account of who leads it, on an empty database. Asks for what is not given."""
    become("web")
    from django.conf import settings
    from django.db import DatabaseError

    from holdfast.ledger.keys import CannotSeal

    try:
        refusal = first.why_not_here()
        if refusal:
            raise click.ClickException(refusal)
        wanted = first.First(slug=first.slug_of(said["name"]), role=Role(role), **said)
        uid = first.write(wanted, _password(password_file, wanted.email))
    except DatabaseError:
        raise click.ClickException("The database does not answer. Start it, or set DATABASE_URL.") from None
    except CannotSeal:
        raise click.ClickException(
            "There is no envelope key here, so nothing could be sealed. Make one with `holdfast keys new FILE`, and name the"
            " file in HOLDFAST_SEAL_KEY_FILE."
        ) from None
    click.echo(
        first.NEXT.format(
            name=wanted.name,
            director=wanted.director,
            email=wanted.email,
            url=settings.HOLDFAST_PUBLIC_URL,
            uid=uid,
        )
    )


def _password(file: TextIO | None, mail: str) -> str:
    """From the file, or asked for until it is one."""
    if file is not None:
        word = file.readline().rstrip("\r\n")
        refusal = first.why_not_password(word, mail)
        if refusal:
            raise click.ClickException(refusal)
        return word
    while True:
        word = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        refusal = first.why_not_password(word, mail)
        if refusal is None:
            return str(word)
        click.echo(refusal, err=True)


@click.command("new-keys")
def new_keys() -> None:
    """Print fresh secrets for the settings of a new installation. Nothing is kept here."""
    import base64
    import secrets

    from cryptography.hazmat.primitives.asymmetric import ec

    push = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value.to_bytes(32, "big")
    click.echo(f"HOLDFAST_SECRET_KEY={secrets.token_urlsafe(48)}")
    click.echo(f"HOLDFAST_VAPID_KEY={base64.urlsafe_b64encode(push).decode().rstrip('=')}")
    click.echo(f"HOLDFAST_DOWNTIME_PASSWORD={'-'.join(secrets.token_hex(2) for _ in range(4))}")
    click.echo(
        "Keep a copy where the server is not. The key of sealed words is a file of its own: holdfast keys new FILE.",
        err=True,
    )


COMMANDS: Final = (backup_key, backup, restore, init, new_keys)
