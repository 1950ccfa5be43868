"""Once a day the head of each program's chain leaves this machine: as a file, by mail, and by whatever else is installed.

A chain that lies where it can be rewritten proves little; what left can be held against it (`ledger verify --anchor`).
Sent, then marked: a worker that is killed in between sends again, and twice is no harm. A way that fails is tried again.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection, transaction

from holdfast.ledger.heads import HeadLine
from holdfast.ledger.models import Head, Program, Seal
from holdfast.ledger.scope import enter, program_scope
from holdfast.notify.channels.email import Email
from holdfast.notify.rules import News
from holdfast.notify.sender import outside
from holdfast.web.downtime import write_atomically

log = logging.getLogger("holdfast.worker")

LOOK_EVERY: Final = timedelta(minutes=5)
GROUP: Final = "holdfast.anchors"
TWO: Final = 2  # one mailbox can be lost, or be the forger's
DAYS_LOOKED_AT: Final = 7

TEXT: Final = """{line}

This is the head of the record of {name} on {day}. Keep this mail: nobody can change the record of before unseen while
you have it. It says nothing about anybody. How to check: docs/how-to/ledger.md
"""

Send = Callable[[HeadLine, Program], None]


class NotTaken(RuntimeError):
    """A way did not take the head; the words are fixed or a code."""


@dataclass(frozen=True)
class Way:
    """One way out. `name` stands in the table of heads, and never changes for the same way."""

    name: str
    send: Send


def ways() -> Iterator[Way]:
    """Every way that the settings name."""
    if settings.HOLDFAST_LEDGER_FOLDER:
        yield Way("file", _to_folder)
    for number, address in enumerate(settings.HOLDFAST_LEDGER_MAIL, 1):
        yield Way(f"mail {number}", _by_mail(address))
    for name in settings.HOLDFAST_LEDGER_ANCHORS:
        yield Way(f"anchor {name}"[:80], _installed(name))


def _to_folder(head: HeadLine, program: Program) -> None:
    if refused := folder_worries():
        raise NotTaken(refused[0])
    name = f"head-{program.slug}-{head.day}.json"
    write_atomically(Path(settings.HOLDFAST_LEDGER_FOLDER), name, f"{head.line()}\n".encode())


def _by_mail(address: str) -> Send:
    def send(head: HeadLine, program: Program) -> None:
        text = TEXT.format(line=head.line(), name=program.neutral_name, day=head.day)
        subject = f"Head of the record, {head.day}"
        token = f"head-{head.day}-{head.hash[:16]}-{head.program}"
        result = Email(outside()).post(address, subject, text, sender=program.neutral_name, token=token)
        if result.news is not News.SENT:
            raise NotTaken(result.error)

    return send


def _installed(name: str) -> Send:
    def send(head: HeadLine, program: Program) -> None:
        found = tuple(entry_points(group=GROUP, name=name))
        if not found:
            raise NotTaken("no such anchor is installed")
        found[0].load()(head)

    return send


# ---------------------------------------------------------------- once a day


def send_if_due() -> int:
    """Send every head that has not left today by a way. Returns how many left; what failed is said, and tried again."""
    return sum(_send(program, way) for program in Program.objects.order_by("id") for way in ways())


def _send(program: Program, way: Way) -> bool:
    head = _due(program, way.name)
    if head is None:
        return False
    try:
        way.send(head, program)
    except Exception as error:
        log.error("the head of the ledger did not leave", extra={"kind": way.name, "error": type(error).__name__})
        return False
    with program_scope(program.id):
        Head.objects.bulk_create(
            [
                Head(
                    program=program,
                    day=head.day,
                    way=way.name,
                    seq=head.seq,
                    hash=bytes.fromhex(head.hash),
                    at=_today(),
                )
            ],
            ignore_conflicts=True,  # another worker was as quick
        )
    return True


def _due(program: Program, way: str) -> HeadLine | None:
    """The head as it stands, unless one left today by this way, or there is nothing sealed yet."""
    with program_scope(program.id):
        today = _today().date()
        if Head.objects.filter(day=today, way=way).exists():
            return None
        newest = Seal.objects.order_by("-seq").first()
        return HeadLine(program.uid, newest.seq, bytes(newest.hash).hex(), today) if newest else None


def _today() -> datetime:
    """True time, never the moved clock: a day of a demo is no day."""
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


# ---------------------------------------------------------------- what `holdfast check` says


def worries() -> list[str]:
    """What is unsafe about the settings, and the days on which no head left."""
    if settings.HOLDFAST_DEMO:
        return []
    found = folder_worries()
    mails = settings.HOLDFAST_LEDGER_MAIL
    if not any((settings.HOLDFAST_LEDGER_FOLDER, mails, settings.HOLDFAST_LEDGER_ANCHORS)):
        return [
            (
                "The head of the ledger never leaves this machine, so whoever holds the machine could rewrite the record"
                " unseen. Set HOLDFAST_LEDGER_FOLDER and HOLDFAST_LEDGER_MAIL as docs/how-to/ledger.md says."
            )
        ]
    if 0 < len(mails) < TWO:
        found.append(
            "HOLDFAST_LEDGER_MAIL names one address only, which may be lost or be the forger's. Name a second."
        )
    installed = {each.name for each in entry_points(group=GROUP)}
    found += [
        f"HOLDFAST_LEDGER_ANCHORS names {name}, and no such anchor is installed. Install it, or take the name out."
        for name in settings.HOLDFAST_LEDGER_ANCHORS
        if name not in installed
    ]
    for program in Program.objects.order_by("id"):
        found += _days_without(program)
    return found


def folder_worries() -> list[str]:
    """What is wrong with the folder of heads."""
    folder = settings.HOLDFAST_LEDGER_FOLDER
    if not folder:
        return []
    path = Path(folder)
    if not path.is_absolute():
        return ["HOLDFAST_LEDGER_FOLDER is not an absolute path. Write it from the root on."]
    if not path.is_dir():
        return ["HOLDFAST_LEDGER_FOLDER is no folder. Make it, or mount it from the machine that keeps the heads."]
    return []


def _days_without(program: Program) -> list[str]:
    with transaction.atomic():
        enter(program.id)
        today = _today().date()
        if not Seal.objects.exists():
            return []
        since = today - timedelta(days=DAYS_LOOKED_AT)
        left: dict[str, set[date]] = {}
        for name, day in Head.objects.filter(day__gte=since).values_list("way", "day"):
            left.setdefault(name, set()).add(day)
        first = Head.objects.order_by("day").values_list("day", flat=True).first()
    said = []
    for way in ways():
        days = left.get(way.name, set())
        if not days & {today, today - timedelta(days=1)}:
            newest = max(days, default=None)
            when = f"since {newest}" if newest else f"within {DAYS_LOOKED_AT} days"
            said.append(
                f"No head of the ledger of {program.slug} left by {way.name} {when}. See the worker's log, and"
                " docs/how-to/ledger.md."
            )
    every = set().union(*left.values()) if left else set()
    whole = [since + timedelta(days=n) for n in range(DAYS_LOOKED_AT)]
    missed = [day for day in whole if first and day >= first and day not in every]
    if missed and every:
        words = ", ".join(map(str, missed))
        said.append(
            f"No head of the ledger of {program.slug} left by any way on {words}. The next one covers that day."
        )
    return said
