"""The worker: sweeps due work, sends what is queued, and watches the watchdog.

Any number may run; every due row is taken by one of them. Killed at any point, the next picks up
where the database stands.
"""

import logging
import signal
import threading
from datetime import timedelta

import psycopg
from django.conf import settings
from django.db import close_old_connections, connections

from holdfast.entry import anchoring, downtime, sealing, sweeps, watch
from holdfast.entry.checks import refuse_embedded
from holdfast.ledger.clock import refuse_mixed_worlds
from holdfast.ledger.wake import CHANNEL
from holdfast.notify.sender import Senders

log = logging.getLogger("holdfast.worker")

EVERY = timedelta(seconds=1)
MOST_ROUNDS = 200  # without a pause, while there is more to do
BELLS = {"turn", "judge", "clock"}


class Worker:
    """One worker process."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.bell = threading.Event()

    def run(self) -> None:
        refuse_mixed_worlds()
        refuse_embedded()
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: self.stop())
        senders = Senders(settings.HOLDFAST_DATABASE_URL)
        senders.start()
        threading.Thread(target=self._listen, name="bell", daemon=True).start()
        threading.Thread(target=self._sheets, name="sheets", daemon=True).start()
        threading.Thread(target=self._heads, name="heads", daemon=True).start()
        stop = (self.stopping.is_set, self.stopping.wait)
        threading.Thread(target=sealing.go_on, args=stop, name="seals", daemon=True).start()
        log.info("worker ready")
        while not self.stopping.is_set():
            self._once()
            self.bell.wait(EVERY.total_seconds())
            self.bell.clear()
        senders.stop()

    def stop(self) -> None:
        self.stopping.set()
        self.bell.set()

    def _once(self) -> None:
        try:
            close_old_connections()
            for _ in range(MOST_ROUNDS):
                done = sweeps.sweep_all()
                watch.worker_looks()
                if not done or self.stopping.is_set():
                    break
        except Exception as error:
            # Most often the database is away. The loop goes on; the watch sees the silence.
            log.error("sweep failed", extra={"error": type(error).__name__})
            connections.close_all()

    def _sheets(self) -> None:
        """Keep the downtime sheet fresh, beside everything else: drawing it must never hold up a page."""
        while not self.stopping.is_set():
            try:
                close_old_connections()
                downtime.write_if_due()
            except Exception as error:
                log.exception("the downtime sheet was not written", extra={"error": type(error).__name__})
                connections.close_all()
            self.stopping.wait(downtime.LOOK_EVERY.total_seconds())

    def _heads(self) -> None:
        """Once a day the head of the ledger leaves this machine; a mail server that hangs holds up nothing else."""
        while not self.stopping.is_set():
            try:
                close_old_connections()
                anchoring.send_if_due()
            except Exception as error:
                log.exception("the head of the ledger was not sent", extra={"error": type(error).__name__})
                connections.close_all()
            self.stopping.wait(anchoring.LOOK_EVERY.total_seconds())

    def _listen(self) -> None:
        """Hear the bell on a connection of its own; when that is lost, sweep anyway and listen again."""
        while not self.stopping.is_set():
            try:
                with psycopg.connect(settings.HOLDFAST_DATABASE_URL, autocommit=True) as connection:
                    connection.execute(f"listen {CHANNEL}")
                    for heard in connection.notifies():
                        if heard.payload in BELLS:
                            self.bell.set()
                        if self.stopping.is_set():
                            return
            except psycopg.Error as error:
                log.warning("bell lost", extra={"error": type(error).__name__})
                self.bell.set()
                self.stopping.wait(1)
