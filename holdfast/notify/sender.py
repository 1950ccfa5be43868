"""All senders of a process: threads, each with one `OneSender`, woken by the bell and looking by themselves."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from itertools import count as counted
from typing import Any, Final

import psycopg
from django.conf import settings

from holdfast.ledger.wake import CHANNEL as BELL
from holdfast.notify import actions
from holdfast.notify.channels.base import Outside, Sender
from holdfast.notify.channels.email import Email
from holdfast.notify.channels.twilio import Sms, Voice
from holdfast.notify.courier import DEADLINE_S, Courier
from holdfast.notify.health import Health, in_scope
from holdfast.notify.one_sender import OneSender
from holdfast.notify.rules import Channel

log = logging.getLogger("holdfast.notify")

SENDERS: Final[Mapping[Channel, int]] = {
    Channel.IN_APP: 1,
    Channel.PUSH: 3,
    Channel.SMS: 6,
    Channel.VOICE: 4,
    Channel.EMAIL: 2,
}


def _push(where: Outside) -> Sender:
    """Its libraries take long to load, and a worker that starts again has pages to send."""
    from holdfast.notify.channels.push import Push  # noqa: PLC0415 - see above

    return Push(where)


ADAPTERS: Final[Mapping[Channel, Callable[[Outside], Sender]]] = {
    Channel.PUSH: _push,
    Channel.SMS: Sms,
    Channel.VOICE: Voice,
    Channel.EMAIL: Email,
}
# The sweep is the truth; the bell only makes it quicker.
LOOK_EVERY_S: Final = 0.5
RECONNECT_S: Final = 0.5
# Mail and the board can wait a moment, so that what rings and buzzes leaves first, and several are told together.
GATHER_S: Final[Mapping[Channel, float]] = {Channel.EMAIL: 0.5, Channel.IN_APP: 0.2}
TOPICS: Final = frozenset({"send", "clock"})
LISTEN_S: Final = 1.0
LISTENS_BETWEEN_CLOSING: Final = 10


def outside() -> Outside:
    """Where the outside world is, from this installation's settings."""
    return Outside(
        public_url=settings.HOLDFAST_PUBLIC_URL.rstrip("/"),
        twilio={
            "sid": settings.HOLDFAST_TWILIO_SID,
            "token": settings.HOLDFAST_TWILIO_TOKEN,
            "from": settings.HOLDFAST_TWILIO_FROM,
            "api": settings.HOLDFAST_TWILIO_API,
        },
        smtp_url=settings.HOLDFAST_SMTP_URL,
        mail_from=settings.HOLDFAST_MAIL_FROM,
        vapid_key=settings.HOLDFAST_VAPID_KEY,
        demo=settings.HOLDFAST_DEMO,
    )


def _close_old_troubles(connection: "psycopg.Connection[Any]") -> None:
    """A refused webhook that was not repeated for a while is over."""
    for program, _trouble in connection.execute("select program_id, id from holdfast_due_troubles(100)").fetchall():
        in_scope(program, lambda now, program=program: actions.forget_old_refusals(program, now))  # type: ignore[misc]


class Bell:
    """Wakes as many sleepers as it was rung for, and forgets what is more than all of them."""

    def __init__(self, sleepers: int) -> None:
        self._condition = threading.Condition()
        self._most = sleepers
        self._rung = 0

    def ring(self, times: int = 1) -> None:
        """Wake so many."""
        with self._condition:
            self._rung = min(self._rung + times, self._most)
            self._condition.notify(times)

    def wait(self, seconds: float | None) -> None:
        """Sleep until it rings, at most so long."""
        with self._condition:
            if self._rung == 0:
                self._condition.wait(seconds)
            self._rung = max(0, self._rung - 1)


class Senders:
    """All senders of a process. They hear the bell by themselves, and look twice a second even without it."""

    def __init__(
        self,
        url: str | None = None,
        *,
        counts: Mapping[Channel, int] = SENDERS,
        deadline_s: float = DEADLINE_S,
        where: Outside | None = None,
    ) -> None:
        self._url = url or settings.HOLDFAST_DATABASE_URL
        self._where = where or outside()
        self._deadline_s = deadline_s
        self._counts = counts
        self._bells = {channel: Bell(counts.get(channel, 0)) for channel in Channel}
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._health = Health()

    def start(self) -> None:
        """Start every thread."""
        listener = threading.Thread(target=self._listen, name="holdfast send bell", daemon=True)
        self._threads.append(listener)
        listener.start()
        for channel, count in self._counts.items():
            for number in range(count):
                name = f"holdfast {channel} {number}"
                thread = threading.Thread(target=self._run, args=(channel, number == 0), name=name, daemon=True)
                self._threads.append(thread)
                thread.start()

    def ring(self) -> None:
        """Something may be due: one sender of each channel looks at once."""
        for bell in self._bells.values():
            bell.ring()

    def stop(self, patience_s: float = 8.0) -> None:
        """Finish what is being sent, begin nothing more."""
        self._stopping.set()
        for channel, bell in self._bells.items():
            bell.ring(self._counts.get(channel, 0))
        for thread in self._threads:
            thread.join(patience_s)

    def _listen(self) -> None:
        """Hear the bell, and close troubles that are over by time."""
        while not self._stopping.is_set():
            try:
                with psycopg.connect(
                    self._url, autocommit=True, application_name="holdfast send bell", connect_timeout=3
                ) as ear:
                    ear.execute(f"listen {BELL}")
                    self.ring()
                    for number in counted():
                        for heard in ear.notifies(timeout=LISTEN_S):
                            if heard.payload in TOPICS:
                                self.ring()
                        if self._stopping.is_set():
                            return
                        if number % LISTENS_BETWEEN_CLOSING == 0:
                            _close_old_troubles(ear)
            except psycopg.Error as error:
                log.warning("bell lost", extra={"error": type(error).__name__})
                self._stopping.wait(RECONNECT_S)

    def one(self, channel: Channel) -> OneSender:
        """One sender, for a test or a thread to drive."""
        make = ADAPTERS.get(channel)
        courier = Courier(lambda: make(self._where), self._deadline_s) if make is not None else None
        return OneSender(channel, self._url, courier, self._health)

    def drain(self, channels: Sequence[Channel] = tuple(Channel)) -> int:
        """Send everything that is due now, in this thread; how many steps that took."""
        steps = 0
        for channel in channels:
            sender = self.one(channel)
            try:
                while sender.step():
                    steps += 1
            finally:
                sender.close()
        return steps

    def _run(self, channel: Channel, looks_by_itself: bool) -> None:
        """One thread: work while there is some, then wait for the bell."""
        sender = self.one(channel)
        bell = self._bells[channel]
        while not self._stopping.is_set():
            worked = False
            try:
                while not self._stopping.is_set() and sender.step():
                    if not worked:
                        worked = True
                        bell.ring()  # where one is due, more may be
            except psycopg.Error as error:
                log.warning("a sender lost its database", extra={"channel": channel, "error": type(error).__name__})
                sender.close()
                self._stopping.wait(RECONNECT_S)
                continue
            except Exception as error:
                log.exception("a sender stumbled", extra={"channel": channel, "error": type(error).__name__})
                sender.close()
                self._stopping.wait(RECONNECT_S)
                continue
            bell.wait(LOOK_EVERY_S if looks_by_itself else None)
            self._stopping.wait(GATHER_S.get(channel, 0))
        sender.close()
