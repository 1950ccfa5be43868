"""The hard limit of a send: a helper thread does it, and is left behind when the time is over.

No HTTP library's own limit bounds a whole exchange: a server that drips one byte a second keeps it open for
ever. Threads left behind end when their server does; there are never more than a few of them.
"""

import logging
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final

from holdfast.notify.channels.base import Batch, Result, Sender, failed

log = logging.getLogger("holdfast.notify")

DEADLINE_S: Final = 5.0
MOST_LEFT_BEHIND: Final = 40


class _Count:
    """How many helpers hang, over all channels of the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.hanging = 0

    def change(self, by: int) -> None:
        with self._lock:
            self.hanging += by


LEFT_BEHIND: Final = _Count()


class _Helper:
    """One thread with one adapter; used by one courier until it hangs."""

    def __init__(self, make: Callable[[], Sender]) -> None:
        self._make = make
        self._work: SimpleQueue[Batch | None] = SimpleQueue()
        self._done: SimpleQueue[Result] = SimpleQueue()
        self._lock = threading.Lock()
        self._left = False
        self._idle = True
        threading.Thread(target=self._run, name="holdfast send", daemon=True).start()

    def ask(self, batch: Batch, seconds: float) -> Result | None:
        """Send; None when the time is over first."""
        self._idle = False
        self._work.put(batch)
        try:
            return self._done.get(timeout=seconds)
        except Empty:
            return self._leave()

    def _leave(self) -> Result | None:
        """Leave the thread to itself, unless it finished at this very moment."""
        with self._lock:
            if self._idle:
                return self._done.get()
            self._left = True
            LEFT_BEHIND.change(1)
            return None

    def stop(self) -> None:
        """End the thread once it has nothing to do."""
        self._work.put(None)

    def _run(self) -> None:
        adapter: Sender | None = None
        while (batch := self._work.get()) is not None:
            try:
                adapter = adapter or self._make()
                result = adapter.send(batch)
            except Exception as error:
                log.exception("an adapter broke", extra={"error": type(error).__name__})
                result = failed(type(error).__name__)
            with self._lock:
                if self._left:
                    LEFT_BEHIND.change(-1)
                    return
                self._idle = True
                self._done.put(result)


class Courier:
    """Sends one batch at a time, never longer than the deadline."""

    def __init__(self, make: Callable[[], Sender], deadline_s: float = DEADLINE_S) -> None:
        self._make = make
        self._deadline_s = deadline_s
        self._helper: _Helper | None = None

    def send(self, batch: Batch) -> Result:
        """The result, or that none came in time; then it is not known whether the carrier took it."""
        if self._helper is None:
            if LEFT_BEHIND.hanging >= MOST_LEFT_BEHIND:
                return failed("too many sends hang")
            self._helper = _Helper(self._make)
        result = self._helper.ask(batch, self._deadline_s)
        if result is None:
            self._helper = None
            return failed("no answer within the limit")
        return result

    def close(self) -> None:
        """Let the helper end."""
        if self._helper is not None:
            self._helper.stop()
            self._helper = None
