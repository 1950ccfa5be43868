"""What a promise is, and the vouching for all of them.

A promise is a name, the reason in a nurse's words, how long a violation may stand, and one bounded
query for its violators. The same list serves tests, faults, `holdfast promises` and the watchdog.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db import connection

from holdfast.ledger.seals import TABLES, last_sealed, not_sealed


@dataclass(frozen=True)
class Promise:
    """`sql` selects (program, id) of violators now, across programs; run as the watchdog."""

    name: str
    number: int
    reason: str
    bound: timedelta
    sql: str


@dataclass(frozen=True)
class Violators:
    promise: Promise
    rows: tuple[tuple[int, int], ...]

    @property
    def holds(self) -> bool:
        return not self.rows


def violators(promise: Promise, most: int = 100) -> Violators:
    """Who breaks this promise now, at most `most` of them."""
    with connection.cursor() as cursor:
        # One moment for the whole look: asked for every row, the clock would hide the indexes.
        sql = promise.sql.replace("holdfast_now()", "(select holdfast_now())")
        cursor.execute(f"select program_id, id from ({sql}) broken limit {int(most)}")
        rows: list[Any] = cursor.fetchall()
    return Violators(promise, tuple((int(p), int(i)) for p, i in rows))


UNSEALED: Final = timedelta(seconds=10)
MOST: Final = 100  # of each program are named


def _unsealed(what: str, table: str) -> str:
    """Rows that wait too long for their seal, from the newest sealed one on: all there are, after a restore elsewhere.

    In true time, never the moved clock; a time that lies ahead is as wrong as one long past, for then the true clock
    was set back. The rows of the transaction that asks are its own affair.
    """
    near = f"clock_timestamp() - interval '{UNSEALED.total_seconds():g} seconds' and clock_timestamp() + interval '{UNSEALED.total_seconds():g} seconds'"
    return f"""
        select p.id as program_id, late.id from ledger_program p
        left join lateral ({last_sealed(what, "p.id")}) newest on true
        cross join lateral (
            select r.id from {table} r
            where r.program_id = p.id
              and r.written_in >= case when newest.elsewhere then '0'::xid8 else coalesce(newest.written_in, '0'::xid8) end
              and (r.written_at is null or r.written_at not between {near})
              and r.written_in is distinct from pg_current_xact_id_if_assigned()
              and {not_sealed(what, "r")}
            order by r.written_in, r.id limit {MOST}) late"""


PROMISES = (
    Promise(
        name="the_record_is_sealed",
        number=6,
        reason="What was done and who looked must be sealed within seconds, or it could be changed unseen.",
        bound=UNSEALED,
        sql=" union all ".join(f"({_unsealed(what, table)})" for what, table in TABLES.items()),
    ),
)
