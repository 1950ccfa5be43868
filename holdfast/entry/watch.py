"""The watch: a process of its own that checks the promises every few seconds.

It writes what it saw where every page can read it, pings a heartbeat outside while all is well, and is
itself watched: the worker looks whether the watch still looks.
"""

import logging
import signal
import threading
from datetime import datetime, timedelta

import requests
from django.conf import settings
from django.db import connection, connections

from holdfast.entry.checks import refuse_embedded
from holdfast.ledger import keys
from holdfast.ledger.clock import refuse_mixed_worlds
from holdfast.ledger.promises import violators
from holdfast.ledger.vouch import WATCHDOG, WORKER, vouch, word
from holdfast.wiring import PROMISES

log = logging.getLogger("holdfast.watch")

EVERY = timedelta(seconds=3)
HEARTBEAT = timedelta(seconds=30)


def look() -> dict[str, bool]:
    """Check every promise now."""
    seen = {}
    for promise in PROMISES:
        found = violators(promise)
        seen[promise.name] = found.holds
        if not found.holds:
            log.error("promise broken", extra={"promise": promise.name, "violators": len(found.rows)})
    return seen | {"somebody_is_on_duty": _somebody_on_duty()}


_NOBODY = """
    select exists (
        select from ledger_program p
        where not exists (
            select from oncall_shift s
            where s.program_id = p.id and s.ended_at is null and s.during @> holdfast_now()
              and not exists (
                select from oncall_override o
                where o.program_id = p.id and o.staff_out_id = s.staff_id and o.level = s.level and o.during @> holdfast_now()))
          and not exists (
            select from oncall_override o
            where o.program_id = p.id and o.staff_in_id is not null and o.during @> holdfast_now()))
"""


def _somebody_on_duty() -> bool:
    """Whether every program has somebody on its rota at this moment. Not a promise of the code, but said aloud."""
    with connection.cursor() as cursor:
        cursor.execute(_NOBODY)
        nobody: bool = cursor.fetchone()[0]
    return not nobody


_last_word = threading.local()


def worker_looks() -> None:
    """The worker leaves word that it works, and looks whether the watch still looks. Every few seconds."""
    now: datetime | None = getattr(_last_word, "at", None)
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        true_now: datetime = cursor.fetchone()[0]
    if now is not None and true_now - now < EVERY:
        return
    _last_word.at = true_now
    vouch(WORKER, {keys.READABLE: not keys.in_trouble()})
    if not word().promises["the_watch_is_looking"]:
        log.error("the watch is silent")


class Watchdog:
    """The watch process."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.since_heartbeat = HEARTBEAT

    def run(self) -> None:
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: self.stopping.set())
        refuse_mixed_worlds()
        refuse_embedded()
        log.info("watch ready")
        while not self.stopping.is_set():
            try:
                seen = look()
                vouch(WATCHDOG, seen)
                self._heartbeat(word().all_hold)
            except Exception as error:
                log.error("the watch could not look", extra={"error": type(error).__name__})
                connections.close_all()
            self.stopping.wait(EVERY.total_seconds())

    def _heartbeat(self, well: bool) -> None:
        """Ping the address outside while all is well. Its silence is the alarm."""
        self.since_heartbeat += EVERY
        if not settings.HOLDFAST_HEARTBEAT_URL or not well or self.since_heartbeat < HEARTBEAT:
            return
        try:
            requests.get(settings.HOLDFAST_HEARTBEAT_URL, timeout=3)
            self.since_heartbeat = timedelta()
        except requests.RequestException as error:
            log.error("heartbeat not heard", extra={"error": type(error).__name__})
