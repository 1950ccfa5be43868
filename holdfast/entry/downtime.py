"""Writes each program's downtime sheet every hour, and says when it could not."""

import logging
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection

from holdfast.ledger.models import Program
from holdfast.ledger.scope import program_scope
from holdfast.ledger.vouch import DOWNTIME, vouch
from holdfast.web.downtime import is_due, name_of, sheet, write_atomically

log = logging.getLogger("holdfast.worker")

LOOK_EVERY = timedelta(seconds=30)
SHORTEST = 12  # characters of the password


def worries() -> list[str]:
    """What is unsafe about the settings of the downtime sheet, and how to mend it."""
    folder, password = settings.HOLDFAST_DOWNTIME_FOLDER, settings.HOLDFAST_DOWNTIME_PASSWORD
    if not folder:
        if settings.HOLDFAST_DEMO:
            return []
        return [
            "HOLDFAST_DOWNTIME_FOLDER is missing: no paper to work from when all is down. See docs/how-to/downtime.md."
        ]
    found = []
    path = Path(folder)
    if len(password) < SHORTEST:
        found.append(
            f"HOLDFAST_DOWNTIME_PASSWORD has fewer than {SHORTEST} characters, so no sheet is written. Choose a longer one."
        )
    if not path.is_absolute():
        found.append("HOLDFAST_DOWNTIME_FOLDER is not an absolute path. Write it from the root on.")
    elif not path.is_dir():
        found.append("HOLDFAST_DOWNTIME_FOLDER is no folder. Make it, for the user that Holdfast runs as alone.")
    elif path.stat().st_mode & 0o007:
        found.append("HOLDFAST_DOWNTIME_FOLDER is open to every user of this machine. Close it: chmod o-rwx.")
    if path.is_absolute() and path.resolve().is_relative_to(Path(settings.STATIC_ROOT).resolve()):
        found.append("HOLDFAST_DOWNTIME_FOLDER lies among the files that are served to everyone. Choose another place.")
    return found


def write_if_due() -> int:
    """Write what is an hour old, of every program. Returns how many were written; a failure is said, and tried again."""
    if not settings.HOLDFAST_DOWNTIME_FOLDER:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        true_now: datetime = cursor.fetchone()[0]
    if worries():
        log.error("the downtime sheet is not written: its settings are unsafe; run `holdfast check`")
        return 0
    folder = Path(settings.HOLDFAST_DOWNTIME_FOLDER)
    due = [one for one in Program.objects.order_by("id") if is_due(folder / name_of(one), true_now)]
    for program in due:
        with program_scope(program.id) as now:
            data = sheet(program, now, settings.HOLDFAST_DOWNTIME_PASSWORD)
        write_atomically(folder, name_of(program), data)
    if due:
        vouch(DOWNTIME, {})
        log.info("downtime sheets written", extra={"count": len(due)})
    return len(due)
