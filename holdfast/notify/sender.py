"""The senders: threads that take one due attempt at a time, hold it, send it, and only then mark it.

Each has a database connection of its own, outside Django's pool, and plain SQL. While it sends it holds the
attempt's row and nothing else, so nobody who answers ever waits for a carrier. A sender that dies leaves the
attempt as it was, and the next one takes it.
"""

import json
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import psycopg
from django.conf import settings
from django.db import connection as django_connection
from psycopg.rows import namedtuple_row

from holdfast.ledger.scope import program_scope
from holdfast.ledger.sealed import unseal
from holdfast.ledger.wake import CHANNEL as BELL
from holdfast.notify import actions
from holdfast.notify.channels.base import Batch, Outside, Result, Sender, failed
from holdfast.notify.channels.email import Email
from holdfast.notify.channels.push import Push
from holdfast.notify.channels.twilio import Sms, Voice
from holdfast.notify.courier import DEADLINE_S, Courier
from holdfast.notify.facts import AttemptFailed, AttemptSent
from holdfast.notify.rules import LINE_HELD, MOST_TOGETHER, Channel, Item, News, State, after, retry_after
from holdfast.notify.wanted import condition

log = logging.getLogger("holdfast.notify")

SENDERS: Final[Mapping[Channel, int]] = {
    Channel.IN_APP: 1,
    Channel.PUSH: 3,
    Channel.SMS: 6,
    Channel.VOICE: 4,
    Channel.EMAIL: 2,
}
ADAPTERS: Final[Mapping[Channel, Callable[[Outside], Sender]]] = {
    Channel.PUSH: Push,
    Channel.SMS: Sms,
    Channel.VOICE: Voice,
    Channel.EMAIL: Email,
}
# The sweep is the truth; the bell only makes it quicker.
LOOK_EVERY_S: Final = 0.5
RECONNECT_S: Final = 0.5
TROUBLE_AFTER: Final = 3
TOPICS: Final = frozenset({"send", "clock"})
LISTEN_S: Final = 1.0
LISTENS_BETWEEN_CLOSING: Final = 10

_TAKE: Final = """
    select d.program_id, d.id, set_config('holdfast.program', d.program_id::text, true)
    from holdfast_due_attempt(%s) d
"""

# Everything due for the same handset by the same channel is told together. Whether it is still wanted, and
# the moment at which the send begins, are one statement.
_BEGIN: Final = """
    with held as materialized (
        select a.id, {wanted} as wanted
        from notify_attempt a
        where a.channel = %(channel)s::text
          and (a.id = %(id)s::bigint
               or (a.handset = (select f.handset from notify_attempt f where f.id = %(id)s::bigint)
                   and a.state in ('queued', 'failed_for_now') and a.due_at <= holdfast_now()))
        order by a.id <> %(id)s::bigint, a.urgency_rank, a.at
        limit {most}
        for update of a skip locked
    ), begun as (
        update notify_attempt a set
            began_at = case when h.wanted then holdfast_now() else a.began_at end,
            tries = a.tries + h.wanted::int,
            state = case when h.wanted then a.state else 'not_needed' end,
            due_at = case when h.wanted then a.due_at end,
            done_at = case when h.wanted then a.done_at else holdfast_now() end
        from held h where a.id = h.id
        returning a.*, h.wanted
    )
    select b.id, b.uid, b.program_id, b.staff_id, b.words, b.args, b.state, b.tries, b.for_what, b.for_id, b.urgency_rank, b.at,
           c.id as contact_id, c.uid as contact_uid, c.address, c.unreachable_since, p.uid as program_uid, p.neutral_name
    from begun b
    join ledger_program p on p.id = b.program_id
    left join people_contact c on c.id = b.contact_id
    where b.wanted
    order by b.urgency_rank, b.at, b.id
"""

_MARK: Final = """
    with done as (
        update notify_attempt set
            state = %(state)s::text::text,
            due_at = case when %(wait)s::float8 is null then null else holdfast_now() + make_interval(secs => %(wait)s::float8) end,
            done_at = case when %(state)s::text::text in ('accepted', 'queued') then null else holdfast_now() end,
            line_until = case when %(line)s::float8 is null then null else holdfast_now() + make_interval(secs => %(line)s::float8) end,
            provider_id = coalesce(nullif(%(sid)s::text, ''), provider_id),
            provider_state = %(said)s::text,
            last_error = %(error)s::text,
            together_with = case when id = %(first)s::bigint then null else %(with)s::uuid end
        where id = any(%(ids)s::bigint[])
        returning program_id, id, channel, for_what, for_id, tries
    )
    insert into ledger_fact (program_id, kind, data, at)
    select program_id, %(kind)s::text,
           jsonb_build_object('attempt', id, 'channel', channel, 'for_what', for_what, 'for_id', for_id, 'tries', tries)
               || %(more)s::jsonb,
           holdfast_now()
    from done
"""


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


@dataclass(frozen=True, slots=True)
class Held:
    """What one sender holds while it sends."""

    rows: Sequence[Any]

    @property
    def first(self) -> Any:
        """The most urgent; the others are told with it."""
        return self.rows[0]

    def batch(self) -> Batch:
        """What the adapter is given."""
        first = self.first
        return Batch(
            uid=first.uid,
            program=first.program_uid,
            sender=first.neutral_name,
            address=_address(first),
            items=tuple(Item(row.words, row.args) for row in self.rows),
        )


def _address(row: Any) -> str:
    place = f"{row.program_id}|people_contact|{row.contact_uid}|address"
    return unseal(bytes(row.address), place.encode())


class OneSender:
    """One channel's work on one connection. `step` does one send, or says that nothing is due."""

    def __init__(self, channel: Channel, url: str, courier: Courier | None, health: "Health") -> None:
        self.channel = channel
        self._url = url
        self._courier = courier
        self._health = health
        self._connection: psycopg.Connection[Any] | None = None
        self._begin = _BEGIN.format(wanted=condition(), most=MOST_TOGETHER)

    def step(self) -> bool:
        """Take, begin, send, mark. False when nothing is due."""
        connection = self._open()
        with connection.transaction():
            taken = connection.execute(_TAKE, [self.channel.value]).fetchone()
            if taken is None:
                return False
            rows = connection.execute(self._begin, {"channel": self.channel.value, "id": taken.id}).fetchall()
            if not rows:
                return True  # nobody is to be asked any more
            held = Held(rows)
            result = self._send(connection, held)
            self._mark(connection, held, result)
        self._tell(held, result)
        return True

    def _open(self) -> "psycopg.Connection[Any]":
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(
                self._url,
                autocommit=True,
                prepare_threshold=0,
                row_factory=namedtuple_row,
                application_name=f"holdfast send {self.channel}",
                connect_timeout=3,
                target_session_attrs="read-write",
                keepalives_idle=5,
                keepalives_interval=2,
                keepalives_count=3,
                options="-c idle_in_transaction_session_timeout=15s -c statement_timeout=5s -c lock_timeout=2s",
            )
        return self._connection

    def close(self) -> None:
        """Give the connection up; the next step opens another."""
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
            self._connection = None

    def _send(self, connection: "psycopg.Connection[Any]", held: Held) -> Result:
        if self._courier is None:
            # Open pages of this program look again; that is all that "in the app" means.
            connection.execute("select pg_notify(%s, %s)", [BELL, f"live:board:{held.first.program_id}"])
            return Result(News.SENT, provider_state="shown")
        if held.first.unreachable_since is not None:
            return Result(News.REFUSED, error="this contact is out of order")
        try:
            batch = held.batch()
        except Exception as error:  # noqa: BLE001 (a contact that cannot be opened must not stop the others)
            log.warning("a contact cannot be opened", extra={"contact": held.first.contact_id, "error": type(error).__name__})
            return failed("the address cannot be opened", carrier=False)
        return self._courier.send(batch)

    def _mark(self, connection: "psycopg.Connection[Any]", held: Held, result: Result) -> None:
        first = held.first
        state = after(State(first.state), result.news)
        failing = state is State.FAILED_FOR_NOW
        wait = retry_after(max(row.tries for row in held.rows)) if failing else None
        sent = result.news is News.SENT
        connection.execute(
            _MARK,
            {
                "state": state.value,
                "wait": wait.total_seconds() if wait is not None else None,
                "line": LINE_HELD.total_seconds() if sent and self.channel is Channel.VOICE else None,
                "sid": result.provider_id,
                "said": result.provider_state,
                "error": result.error[:120],
                "first": first.id,
                "with": first.uid,
                "ids": [row.id for row in held.rows],
                "kind": (AttemptSent if sent else AttemptFailed).__name__,
                "more": json.dumps({} if sent else {"why": result.error[:120]}),
            },
        )

    def _tell(self, held: Held, result: Result) -> None:
        """After the commit: what concerns more than this attempt."""
        first = held.first
        if result.news is News.REFUSED and result.gone:
            _in_scope(first.program_id, lambda now: actions.contact_lost(first.contact_id, result.gone, now))
        self._health.note(first.program_id, self.channel, result)


def _in_scope(program: int, work: Callable[[Any], None]) -> None:
    """Do something through Django, in a transaction of its own. What fails here is found again by the next send."""
    try:
        with program_scope(program, statement_timeout_ms=2000) as now:
            work(now)
    except Exception as error:
        log.exception("after a send", extra={"error": type(error).__name__})
    finally:
        django_connection.close()


def _close_old_troubles(connection: "psycopg.Connection[Any]") -> None:
    """A refused webhook that was not repeated for a while is over."""
    for program, _trouble in connection.execute("select program_id, id from holdfast_due_troubles(100)").fetchall():
        _in_scope(program, lambda now, program=program: actions.forget_old_refusals(program, now))  # type: ignore[misc]


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
            _in_scope(program, lambda now: _said(actions.channel_trouble(program, channel, actions.CANNOT_SEND, now)))
        elif failures == 0 and before != 0:
            _in_scope(program, lambda now: actions.channel_works(program, channel, actions.CANNOT_SEND, now))


def _said(_trouble: object) -> None:
    """The row says it; nothing is left to do here."""


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
        self, url: str | None = None, *, counts: Mapping[Channel, int] = SENDERS, deadline_s: float = DEADLINE_S, where: Outside | None = None
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
                with psycopg.connect(self._url, autocommit=True, application_name="holdfast send bell", connect_timeout=3) as ear:
                    ear.execute(f"listen {BELL}")
                    self.ring()
                    for number in count():
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
        sender.close()
