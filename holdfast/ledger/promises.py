"""What a promise is, and the vouching for all of them.

A promise is a name, the reason in a nurse's words, how long a violation may stand, and one bounded
query for its violators. The same list serves tests, faults, `holdfast promises` and the watchdog.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection


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
