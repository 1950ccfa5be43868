"""One sender: takes one due attempt, holds it, sends it, and only then marks it.

It has a database connection of its own, outside Django's pool, and plain SQL. While it sends it holds the
attempt's row and nothing else, so nobody who answers ever waits for a carrier. A sender that dies leaves the
attempt as it was, and the next one takes it.
"""

import json
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import psycopg
from psycopg.rows import namedtuple_row

from holdfast.ledger import keys
from holdfast.ledger.sealed import number_of, place_of, unseal
from holdfast.ledger.wake import CHANNEL as BELL
from holdfast.notify import actions, clients
from holdfast.notify.channels.base import Batch, Result, failed
from holdfast.notify.courier import Courier
from holdfast.notify.facts import AttemptFailed, AttemptSent
from holdfast.notify.health import Health, in_scope
from holdfast.notify.rules import LINE_HELD, MOST_COUNTED, MOST_TOGETHER, Channel, Item, News, State, after, retry_after
from holdfast.notify.wanted import condition

log = logging.getLogger("holdfast.notify")

_TAKE: Final = """
    select d.program_id, d.id, set_config('holdfast.program', d.program_id::text, true)
    from holdfast_due_attempt(%s) d
"""

# Everything new that is due for the same handset by the same channel is told together. What was told before and may
# have arrived is told again as it was, with nothing new in it: so the carrier knows it by its token. Whether it is
# still wanted, and the moment at which the send begins, are one statement, and the moment is that of the statement: its
# rows may be written later on a busy machine, but it sees no answer that came meanwhile.
_BEGIN: Final = """
    with f as materialized (
        select f.handset, f.tries, coalesce(f.together_with, f.uid) as told_with from notify_attempt f where f.id = %(id)s::bigint
    ), same as materialized (
        select a.id from notify_attempt a, f
        where a.channel = %(channel)s::text and a.handset = f.handset
          and ((a.tries = 0 and f.tries = 0) or coalesce(a.together_with, a.uid) = f.told_with)
          and a.state in ('queued', 'failed_for_now') and a.due_at is not null
          and (a.due_at <= holdfast_now() or a.due_at > holdfast_now() + interval '2 minutes')
        union select %(id)s::bigint
    ), held as materialized (
        select a.id, {wanted} as wanted
        from notify_attempt a
        where a.id in (select id from same)
        order by a.id <> %(id)s::bigint, a.urgency_rank, a.at
        limit {most}
        for update of a skip locked
    ), begun as (
        update notify_attempt a set
            began_at = case when h.wanted then holdfast_now() - (clock_timestamp() - statement_timestamp()) else a.began_at end,
            tries = a.tries + h.wanted::int,
            state = case when h.wanted then a.state else 'not_needed' end,
            due_at = case when h.wanted then a.due_at end,
            done_at = case when h.wanted then a.done_at else holdfast_now() end
        from held h where a.id = h.id
        returning a.*, h.wanted
    )
    select b.id, b.uid, b.program_id, b.staff_id, b.words, b.args, b.state, b.tries, b.for_what, b.for_id, b.urgency_rank, b.at,
           c.id as contact_id, coalesce(c.uid, w.uid) as address_of, coalesce(c.address, w.address) as address, w.id as wish_id,
           coalesce(c.unreachable_since, w.ended_at) as unreachable_since, p.uid as program_uid, p.neutral_name
    from begun b
    join ledger_program p on p.id = b.program_id
    left join people_contact c on c.id = b.contact_id
    left join people_reminderwish w on w.id = b.wish_id
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


_LATER: Final = """
    update notify_attempt set due_at = holdfast_now() + interval '15 seconds', last_error = 'could not be written down'
    where id = any(%s::bigint[]) and state in ('queued', 'failed_for_now')
"""


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
            others=tuple(row.uid for row in self.rows[1:]),
        )


def _address(row: Any) -> str:
    table = "people_contact" if row.wish_id is None else "people_reminderwish"
    return unseal(bytes(row.address), place_of(table, "address", row.program_id, row.address_of))


def _learn(connection: "psycopg.Connection[Any]", row: Any) -> None:
    """A key that this process has not met yet is read on the sender's own connection, inside its transaction."""
    if not keys.knows(row.program_id, number_of(bytes(row.address))):
        keys.take_in(row.program_id, connection.execute(keys.SELECT, [row.program_id]).fetchall())


def _address_lost(row: Any, why: str, now: datetime) -> None:
    if row.wish_id is not None:
        clients.wish_lost(row.wish_id, why, now)
    else:
        actions.contact_lost(row.contact_id, why, now)


class OneSender:
    """One channel's work on one connection. `step` does one send, or says that nothing is due."""

    def __init__(self, channel: Channel, url: str, courier: Courier | None, health: Health) -> None:
        self.channel = channel
        self._url = url
        self._courier = courier
        self._health = health
        self._connection: psycopg.Connection[Any] | None = None
        self._begin = _BEGIN.format(wanted=condition(), most=MOST_TOGETHER.get(channel, MOST_COUNTED))

    def step(self) -> bool:
        """Take, begin, send, mark. False when nothing is due."""
        connection = self._open()
        rows: Sequence[Any] = ()
        try:
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
        except psycopg.OperationalError:
            raise  # the database is away; the attempts stay as they were
        except Exception:
            self._set_back(connection, rows)
            raise
        self._tell(held, result)
        return True

    def _set_back(self, connection: "psycopg.Connection[Any]", rows: Sequence[Any]) -> None:
        """What cannot be marked is tried later, so that it keeps nobody else's page from leaving."""
        for row in rows[:1]:
            with connection.transaction():
                connection.execute("select set_config('holdfast.program', %s::text, true)", [str(row.program_id)])
                connection.execute(_LATER, [[each.id for each in rows]])

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
        _learn(connection, held.first)
        try:
            batch = held.batch()
        except Exception as error:  # noqa: BLE001 (a contact that cannot be opened must not stop the others)
            log.warning(
                "a contact cannot be opened", extra={"contact": held.first.contact_id, "error": type(error).__name__}
            )
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
                "sid": result.provider_id[:80],
                "said": result.provider_state[:30],
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
            in_scope(first.program_id, lambda now: _address_lost(first, result.gone, now))
        self._health.note(first.program_id, self.channel, result)
