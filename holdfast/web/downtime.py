"""The downtime sheet: what staff need on paper when everything is down. Sealed, written anew every hour.

Open crises with owner, number and place, whom each client may ask for help, and who is on duty.
"""

import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from django.utils import timezone

from holdfast.consent.queries import reach_and_known
from holdfast.crisis.board import board, rows_of
from holdfast.crisis.queries import Row
from holdfast.ledger.models import Program
from holdfast.people.access import system
from holdfast.people.rules import Way, zone
from holdfast.plans.models import PlanPerson
from holdfast.plans.queries import help_contacts
from holdfast.web.boundary import boundary_words
from holdfast.web.chart import on_paper
from holdfast.web.pdf import Paper
from holdfast.web.sealed import opened
from holdfast.web.team.board import full_name, kind_of, place_of
from holdfast.web.team.finding import phones_of
from holdfast.web.team.frame import who_answers
from holdfast.web.team.may_call import Line, lines_of
from holdfast.web.team.words import WAYS
from holdfast.web.templatetags.holdfast import phone, when

EVERY: Final = timedelta(hours=1)
MODE: Final = 0o600  # for the user that Holdfast runs as, and nobody else


def sheet(program: Program, now: datetime, password: str) -> bytes:
    """The sheet of one program as a sealed file. Inside the program's scope."""
    if not password:
        raise ValueError("the downtime sheet is never written without a password")
    with timezone.override(zone(program.timezone)):
        at = f"{timezone.localtime(now):%A %Y-%m-%d %H:%M %Z}"
        paper = Paper(
            f"{program.name}: downtime sheet",
            f"As of {at}. Destroy it when the next one is printed.",
            password=password,
        )
        paper.line(f"As of {at}. What happened later is not here. How to go on by hand: docs/how-to/downtime.md.")
        paper.line(boundary_words())
        _who_answers(paper, now)
        rows = rows_of(system(program.id), board(system(program.id)).all)
        on_paper(program.id, [row.episode for row in rows], now)
        contacts = help_contacts([row.episode.client_id for row in rows if row.episode.client_id])
        paper.heading(f"Open crises: {len(rows)}")
        if not rows:
            paper.line("None was open.")
        for number, row in enumerate(rows, 1):
            _crisis(paper, number, row, contacts.get(row.episode.client_id or 0, ()), now)
        return paper.drawn()


def _who_answers(paper: Paper, now: datetime) -> None:
    paper.heading("Who answers")
    duty = who_answers(now)
    phones = phones_of(one.staff.id for one in duty)
    for one in duty:
        numbers = ", ".join(phone(number) for number in phones.get(one.staff.id, ())) or "no number"
        until = f", until {when(one.until, now)}" if one.until else ""
        paper.line(f"{one.level}: {one.staff.name}, {numbers}{until}")
    if not duty:
        paper.line("Nobody was on duty. Ring the director.")


def _crisis(paper: Paper, number: int, row: Row, contacts: tuple[PlanPerson, ...], now: datetime) -> None:
    episode = row.episode
    paper.rule()
    paper.line(f"{number}. {full_name(episode)}: {kind_of(episode)}, {episode.urgency}", bold=True)
    owner = episode.owner
    numbers = ", ".join(phone(one) for one in phones_of([owner.id]).get(owner.id, ())) if owner else ""
    pairs = [
        ("Owner", f"{owner.name} {numbers}".strip() if owner else "NOBODY HAD THIS YET"),
        ("Why", row.why or "not known"),
        ("Place", place_of(episode)),
        ("Clock", f"{when(row.clock_at, now)} ({row.clock_word})"),
    ]
    if episode.client:
        reach, known = reach_and_known(episode.client, now)
        told = [
            phone(opened(episode.client, name)) for name in ("phone", "other_phone") if opened(episode.client, name)
        ]
        pairs.append(("Numbers", ", ".join(told) or "none"))
        if reach.wishes:
            pairs.append(("To be reached", str(WAYS[Way(reach.wishes.way)])))
            if reach.wishes.not_safe_from and reach.wishes.not_safe_until:
                hours = f"{reach.wishes.not_safe_from:%H:%M} to {reach.wishes.not_safe_until:%H:%M}, {episode.client.timezone}"
                pairs.append(("A call is NOT safe", hours))
            pairs.append(("A caller may say", opened(reach.wishes, "caller_says") or "not written down"))
        pairs += [
            (f"{line.name} {phone(line.phone)}".strip(), _may_be_told(line)) for line in lines_of(known, in_danger=True)
        ]
    elif opened(episode.concern, "phone"):
        pairs.append(("Numbers", opened(episode.concern, "phone")))
    help_ = [
        f"{opened(one, 'name', 'a name that cannot be read')} {phone(opened(one, 'phone') or '')}".strip()
        for one in contacts
    ]
    pairs.append(("May be asked for help, by their plan", "; ".join(help_) or "nobody in a plan"))
    paper.pairs(pairs)
    paper.blanks("Tried at, by, result", "Next contact at, by")


def _may_be_told(line: Line) -> str:
    """What somebody the client named may be told in danger, by the consent on record."""
    what = ", ".join(filter(None, (line.any_time, line.in_danger)))
    return f"in danger may be told {what}" if what else " ".join((line.reason, *map(str, line.steps)))


def write_atomically(folder: Path, name: str, data: bytes) -> Path:
    """Put a whole file in place of the old one: a reader finds the old sheet or the new one, never half of one."""
    path = folder / name
    fresh = folder / f".{name}.{secrets.token_hex(4)}"
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    return path


def name_of(program: Program) -> str:
    """One file a program; the next hour's takes its place."""
    return f"{program.slug}-downtime.pdf"


def is_due(path: Path, true_now: datetime) -> bool:
    """Whether this machine's sheet is missing or an hour old."""
    try:
        return true_now - datetime.fromtimestamp(path.stat().st_mtime, UTC) >= EVERY
    except FileNotFoundError:
        return True
