"""`holdfast ledger verify`: does the record hold, and where not."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any, Final

import click
import psycopg

from holdfast.entry.environment import Environment
from holdfast.entry.operate import join_the_demo
from holdfast.ledger.heads import HeadLine, heads_in
from holdfast.ledger.seals import Connection
from holdfast.ledger.verify import Verdict, missing, verify

HOLDS, BROKEN, NOT_CHECKED = 0, 1, 2
MOST_TEXT: Final = 10_000_000  # of one anchor; a head is one line


class NotChecked(Exception):
    """It could not be found out whether the record holds; the text is one sentence for a person."""


@click.group()
def ledger() -> None:
    """The sealed record: verify it."""


@ledger.command("verify")
@click.option(
    "--anchor",
    "anchors",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A head that left this machine, or a folder of them; a mail saved whole will do. May be said again.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def verify_command(anchors: tuple[Path, ...], as_json: bool) -> None:
    """Compute every seal again and name the first place that is wrong, in each program.

    Ends with 0 where everything holds, 1 where something does not, 2 where it could not be checked.
    """
    join_the_demo()
    began = time.monotonic()
    try:
        heads = [head for path in anchors for head in _heads(path)]
        found = verify_all(Environment(role="web"), heads)
    except NotChecked as trouble:
        click.echo(json.dumps({"holds": None, "trouble": str(trouble)}) if as_json else str(trouble), err=not as_json)
        sys.exit(NOT_CHECKED)
    seconds = time.monotonic() - began
    if as_json:
        rows = [_shown(each) for each in found]
        click.echo(json.dumps({"holds": _holds(found), "seconds": round(seconds, 3), "programs": rows}))
    else:
        for each in found:
            click.echo(_sentence(each))
        click.echo(f"{sum(each.sealed for each in found)} seals in {seconds:.1f} s.")
    sys.exit(HOLDS if _holds(found) else BROKEN)


def verify_all(env: Environment, heads: list[HeadLine]) -> list[Verdict]:
    """Every program, each at one moment, as the web signs in: it may read and add, nothing else."""
    unsafe = env.unsafe()
    if unsafe:
        raise NotChecked(" ".join(f"{each.what}. Mend it: {each.mend}." for each in unsafe))
    try:
        with psycopg.connect(env.url_of(env.role), connect_timeout=10) as database:
            return every_program(database, heads)
    except psycopg.errors.UndefinedTable:
        raise NotChecked("The database has no tables of this release yet. Run `holdfast migrate`.") from None
    except psycopg.OperationalError:
        raise NotChecked(
            "The database does not answer, so nothing could be checked. Start it, or set DATABASE_URL."
        ) from None
    except psycopg.Error as error:
        raise NotChecked(f"The database stopped the work ({type(error).__name__}), so nothing is known.") from None


def every_program(database: Connection, heads: list[HeadLine]) -> list[Verdict]:
    """A verdict for each program, and for each that only an anchor knows."""
    database.execute("select set_config('statement_timeout', '0', false)")
    programs = database.execute("select id, uid, slug from ledger_program order by id").fetchall()
    database.commit()
    found = []
    for program, uid, slug in programs:
        with database.transaction():
            database.execute("set transaction isolation level repeatable read, read only")
            found.append(verify(database, program, uid, slug, heads))
    return [*found, *missing([uid for _, uid, _ in programs], heads)]


def _heads(path: Path) -> list[HeadLine]:
    files = sorted(each for each in path.iterdir() if each.is_file()) if path.is_dir() else [path]
    try:
        found = [head for each in files for head in heads_in(each.read_bytes()[:MOST_TEXT].decode("utf-8", "replace"))]
    except OSError as error:
        raise NotChecked(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise NotChecked(f"{path}: {error}") from None
    if not found:
        raise NotChecked(f'{path} holds no head of a ledger: it is a line that begins with {{"holdfast_head".')
    return found


def _holds(found: list[Verdict]) -> bool:
    return all(each.wrong is None for each in found)


def _sentence(each: Verdict) -> str:
    if each.wrong is not None:
        return f"DOES NOT HOLD  {each.name or each.program}: {each.wrong.words}"
    more = f", {each.waiting} not sealed yet" if each.waiting else ""
    anchors = f", {each.anchors} anchors hold" if each.anchors else ""
    return f"holds          {each.name}: {each.sealed} seals{more}{anchors}"


def _shown(each: Verdict) -> dict[str, Any]:
    wrong = each.wrong
    first = wrong and {
        "kind": wrong.wrong.value,
        "seal": wrong.seq,
        "what": wrong.what,
        "row": wrong.row,
        "words": wrong.words,
    }
    return {
        "program": str(each.program),
        "name": each.name,
        "holds": wrong is None,
        "sealed": each.sealed,
        "waiting": each.waiting,
        "head": each.head,
        "anchors": each.anchors,
        "first": first,
    }
