"""What the senders tell beyond their own attempt: that a channel fails again and again, or works again."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db import connection as django_connection

from holdfast.ledger.scope import program_scope
from holdfast.notify import actions
from holdfast.notify.channels.base import Result
from holdfast.notify.rules import Channel, News

log = logging.getLogger("holdfast.notify")

TROUBLE_AFTER: Final = 3


def in_scope(program: int, work: Callable[[datetime], object]) -> None:
    """Do something through Django, in a transaction of its own. What fails here is found again by the next send."""
    try:
        with program_scope(program, statement_timeout_ms=2000) as now:
            work(now)
    except Exception as error:
        log.exception("after a send", extra={"error": type(error).__name__})
    finally:
        django_connection.close()


class Health:
    """Notices that a channel fails again and again, and that it works again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: dict[tuple[int, Channel], int] = {}

    def note(self, program: int, channel: Channel, result: Result) -> None:
        """Count what became of one send."""
        key = (program, channel)
        with self._lock:
            # None: this process has not seen the channel yet, and a trouble may stand open from an earlier one.
            before = self._failures.get(key)
            if result.news is News.FAILED and result.carrier_trouble:
                self._failures[key] = failures = (before or 0) + 1
            elif result.news is News.SENT:
                self._failures[key] = failures = 0
            else:
                return
        if failures and failures % TROUBLE_AFTER == 0:
            in_scope(program, lambda now: actions.channel_trouble(program, channel, actions.CANNOT_SEND, now))
        elif failures == 0 and before != 0:
            in_scope(program, lambda now: actions.channel_works(program, channel, actions.CANNOT_SEND, now))
