"""`holdfast keys`: the keys of sealed words. Their file, their backup, and new ones while everything runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from holdfast.entry.operate import become, in_a_sentence, join_the_demo
from holdfast.ledger import envelopes
from holdfast.ledger.envelopes import fingerprint

if TYPE_CHECKING:
    from holdfast.ledger.models import Program

SHOWN: Final = 8  # of a name: enough to tell keys apart


@click.group()
def keys() -> None:
    """The keys of sealed words: make, list, rotate, back up, recover."""


# ---------------------------------------------------------------- the file of envelope keys


@keys.command("new")
@click.argument("file", type=click.Path(path_type=Path))
def new(file: Path) -> None:
    """Make FILE with an envelope key, or put a newer key before those that are in it."""
    key = os.urandom(envelopes.LONG)
    try:
        if file.exists():
            envelopes.write_file(file, (key, *envelopes.read_file(file)), anew=False)
            then = (
                "Copy the file to every machine and back it up (`holdfast keys backup`). Then `holdfast keys rewrap` puts it to"
                " use; until then nothing is wrapped by it but the keys of a new program."
            )
        else:
            envelopes.write_file(file, (key,), anew=True)
            then = f"HOLDFAST_SEAL_KEY_FILE={file.absolute()}\nBack it up at once (`holdfast keys backup`): whoever loses it loses every sealed word."
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror or type(error).__name__}.") from None
    except ValueError as error:
        raise click.ClickException(f"{file} is not a file of keys, and was left as it is: {error}.") from None
    click.echo(f"Envelope key {fingerprint(key)[:SHOWN]} is in {file}.", err=True)
    click.echo(then)


@keys.command("backup")
@click.argument("to", type=click.Path(path_type=Path))
def backup(to: Path) -> None:
    """Seal the envelope keys of this machine for HOLDFAST_BACKUP_RECIPIENT, into the new file TO."""
    import pyrage

    join_the_demo()
    from holdfast.entry import archive
    from holdfast.entry.environment import Environment, read

    held = Environment().envelopes
    with in_a_sentence():
        recipient = archive.public_key(read("HOLDFAST_BACKUP_RECIPIENT"))
        if held.known and held.trouble:  # a backup of some of the keys would be taken for one of all
            raise click.ClickException(f"No backup was made: {held.trouble}.")
        if not held.known:
            raise click.ClickException(f"There is no envelope key here to back up: {held.trouble or 'none is set'}.")
        sealed = pyrage.encrypt(envelopes.file_text(held.known).encode(), [recipient])
    try:
        handle = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(sealed)
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise click.ClickException(f"{to} cannot be written: {error.strerror or type(error).__name__}.") from None
    click.echo(
        f"{to}: {_names(held.known)}. Keep it where the backups are not, and never beside the key that opens both."
    )


@keys.command("recover")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", "key_file", type=click.Path(path_type=Path), required=True, help="The file of `backup-key`.")
@click.option("--to", type=click.Path(path_type=Path), required=True, help="The file of envelope keys to be made.")
def recover(file: Path, key_file: Path, to: Path) -> None:
    """Open the backup FILE of envelope keys, and make a file of them again."""
    import pyrage

    from holdfast.entry import archive

    with in_a_sentence():
        identity = archive.key_in(key_file)
    try:
        found = envelopes.keys_in(pyrage.decrypt(file.read_bytes(), [identity]).decode())
        envelopes.write_file(to, found, anew=True)
    except (pyrage.DecryptError, ValueError):
        raise click.ClickException(
            f"{file} is not a backup of envelope keys, was damaged, or was sealed for another key."
        ) from None
    except FileExistsError:
        raise click.ClickException(f"{to} is there already; keys are never written over.") from None
    except OSError as error:
        raise click.ClickException(f"{error.filename or file}: {error.strerror}.") from None
    click.echo(f"{to}: {_names(found)}.")
    click.echo(f"HOLDFAST_SEAL_KEY_FILE={to.absolute()}")


def _names(found: tuple[bytes, ...]) -> str:
    names = ", ".join(fingerprint(key)[:SHOWN] for key in found)
    return f"{len(found)} envelope {'key' if len(found) == 1 else 'keys'} ({names})"


# ---------------------------------------------------------------- the keys of programs


@contextmanager
def _said() -> Iterator[None]:
    """What cannot be done is a sentence."""
    from django.db import OperationalError, ProgrammingError

    from holdfast.ledger.keys import CannotSeal, KeyAway
    from holdfast.ledger.resealing import NotNow

    try:
        yield
    except NotNow as refused:
        raise click.ClickException(str(refused)) from None
    except (KeyAway, CannotSeal) as why:
        raise click.ClickException(f"A key cannot be opened here, and nothing was changed: {why}.") from None
    except OperationalError:
        raise click.ClickException("The database does not answer. Start it, or set DATABASE_URL.") from None
    except ProgrammingError:
        raise click.ClickException("The database has no tables of this release yet. Run `holdfast migrate`.") from None


def _programs(slug: str | None) -> list[Program]:
    from holdfast.ledger.models import Program

    found = list(Program.objects.order_by("id"))
    chosen = [each for each in found if slug in (None, each.slug)]
    if not chosen:
        names = ", ".join(each.slug for each in found) or "none yet"
        raise click.ClickException(f"There is no program {slug or 'here'}. Programs: {names}.")
    return chosen


@keys.command("list")
def list_command() -> None:
    """Every key of every program: when it was made, what wraps it, whether texts still lie under it."""
    become("web")
    from holdfast.ledger import keys as ring
    from holdfast.ledger.resealing import states
    from holdfast.ledger.scope import program_scope

    with _said():
        held = ring.remember()
        click.echo(f"On this machine: {_names(held.known)}, the newest first.")
        for program in _programs(None):
            with program_scope(program.id):
                found = states(program.id)
                shut = ring.load(program.id).shut
            if not found:
                click.echo(f"{program.slug}: no keys of its own yet (`holdfast keys begin`)")
            for each in found:
                use = f"retired {each.retired_at:%Y-%m-%d}" if each.retired_at else "in use"
                why = (
                    f"; DOES NOT OPEN HERE: {shut[each.what, each.number]}" if (each.what, each.number) in shut else ""
                )
                click.echo(
                    f"{program.slug}: {each.what} {each.number}, made {each.made_at:%Y-%m-%d}, wrapped by"
                    f" {each.envelope[:SHOWN]}, {use}{why}"
                )


@keys.command("begin")
def begin() -> None:
    """Give keys of its own to each program that has none. Once every process is of this release: an older one could not
    read what is sealed from then on."""
    become("owner")
    from holdfast.ledger.resealing import begin as run

    with _said():
        for program in _programs(None):
            said = "has keys of its own now" if run(program.id) else "had them already"
            click.echo(f"{program.slug} {said}.")
        _reseal(None)


@keys.command("rotate")
@click.option("--program", "slug", required=True, help="The program's slug.")
def rotate(slug: str) -> None:
    """Make a new key for a program, and seal its old texts again, step by step. Everything goes on meanwhile."""
    become("owner")
    from holdfast.ledger.resealing import rotate as run

    with _said():
        (program,) = _programs(slug)
        click.echo(f"{slug}: key {run(program.id)} is the newest.")
        _reseal(slug)


@keys.command("reseal")
@click.option("--program", "slug", default=None, help="The program's slug; every program otherwise.")
def reseal(slug: str | None) -> None:
    """Seal what still lies under an older key again. May be stopped and run again at any time."""
    become("owner")
    with _said():
        _reseal(slug)


def _reseal(slug: str | None) -> None:
    from holdfast.ledger.resealing import NotNow
    from holdfast.ledger.resealing import reseal as run

    shut = False
    for program in _programs(slug):
        try:
            swept = run(program.id)
        except NotNow as no:
            if slug is not None:
                raise
            click.echo(f"{program.slug}: {no}")
            continue
        more = f"; {swept.shut} rows do not open and stay as they are" if swept.shut else ""
        held = f"; {swept.held} rows were held by somebody: run `holdfast keys reseal` later" if swept.held else ""
        click.echo(f"{program.slug}: {swept.sealed} rows sealed again{more}{held}.")
        shut = shut or swept.shut > 0
    if shut:
        click.echo("Take no envelope key away: those rows need one that is not here.", err=True)
        sys.exit(1)


@keys.command("rewrap")
def rewrap() -> None:
    """Wrap every key by the newest envelope key of the file. No text is touched, and no process notices."""
    become("owner")
    from holdfast.ledger import keys as ring
    from holdfast.ledger.resealing import rewrap as run

    with _said():
        if ring.remember().trouble:
            click.echo(ring.remember().trouble, err=True)
            sys.exit(1)
        for program in _programs(None):
            click.echo(f"{program.slug}: {run(program.id)} keys wrapped anew.")
