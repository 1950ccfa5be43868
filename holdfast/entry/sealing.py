"""The worker's sealer: every two seconds it seals what was written, of every program, beside everything else.

On a connection and in a thread of its own, so that no page ever waits for it. Any number of workers may run: one
seals at a time. Killed at any point, the next goes on from what the database holds.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import psycopg
from django.conf import settings

from holdfast.ledger.seals import Sealer

log = logging.getLogger("holdfast.worker")

EVERY: Final = timedelta(seconds=2)


def go_on(stop: Callable[[], bool], wait: Callable[[float], object]) -> None:
    """Seal until it is time to stop. A database that is away is waited for."""
    while not stop():
        try:
            with psycopg.connect(settings.HOLDFAST_DATABASE_URL, autocommit=True, connect_timeout=3) as database:
                sealer = Sealer()
                while not stop():
                    sealer.all_programs(database, stop)
                    wait(EVERY.total_seconds())
        except psycopg.Error as error:
            log.error("the record was not sealed", extra={"error": type(error).__name__})
            wait(EVERY.total_seconds())
