"""The watchers' latest words, written where every page can read them.

In true time, never the moved clock: a watcher that stopped is silent whatever the tests' clock says.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from holdfast.ledger import keys

WATCHDOG, WORKER, DOWNTIME = "watchdog", "worker", "downtime"
STALE = timedelta(seconds=20)  # older than this, a watcher's word is worth nothing
OLD_SHEET = timedelta(hours=2)  # a downtime sheet older than this is missing when it is needed


def vouch(who: str, promises: dict[str, bool]) -> None:
    """Leave word: I looked just now, and this is what I saw."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into ledger_vouch (who, at, promises) values (%s, clock_timestamp(), %s::jsonb) "
            "on conflict (who) do update set at = excluded.at, promises = excluded.promises",
            [who, json.dumps(promises)],
        )


@dataclass(frozen=True)
class Word:
    """What can be said now: each promise by name, true or false."""

    promises: dict[str, bool]

    @property
    def all_hold(self) -> bool:
        return all(self.promises.values())

    @property
    def broken(self) -> tuple[str, ...]:
        return tuple(name for name, holds in self.promises.items() if not holds)


def word() -> Word:
    """The watch's latest word. When it is silent, nothing is vouched for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select v.who, v.promises::text, clock_timestamp() - v.at, s.read_only "
            "from (select current_setting('transaction_read_only') = 'on' as read_only) s left join ledger_vouch v on true"
        )
        found = cursor.fetchall()
    rows: dict[str, tuple[Any, timedelta]] = {who: (json.loads(said), age) for who, said, age, _ in found if who}
    said, age = rows.get(WATCHDOG, ({}, STALE))
    looking = abs(age) < STALE
    promises = {name: bool(holds) and looking for name, holds in said.items()}
    promises["records_can_be_written"] = not found[0][3]
    promises["the_watch_is_looking"] = looking
    # Of this very process, and of the worker, which opens the numbers that are rung.
    promises[keys.READABLE] = rows.get(WORKER, ({}, STALE))[0].get(keys.READABLE, True) and not keys.in_trouble()
    promises["the_worker_is_working"] = abs(rows.get(WORKER, ({}, STALE))[1]) < STALE
    if settings.HOLDFAST_DOWNTIME_FOLDER:
        promises["downtime_sheet_is_fresh"] = rows.get(DOWNTIME, ({}, OLD_SHEET))[1] < OLD_SHEET
    return Word(promises)
