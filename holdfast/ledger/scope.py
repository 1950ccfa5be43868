"""One program, one transaction, one `now`.

Row-level security shows a connection only the rows of the program named in `holdfast.program`.
The name is set for the transaction alone, so a pooled connection cannot carry it to the next request.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction


@contextmanager
def program_scope(program: int, *, statement_timeout_ms: int | None = None) -> Iterator[datetime]:
    """Open the one transaction of a request or a job, inside one program.

    Yields `now`, read once from the database so that hosts with wrong clocks agree.
    """
    with transaction.atomic(durable=True):
        yield enter(program, statement_timeout_ms=statement_timeout_ms)


def enter(program: int, *, statement_timeout_ms: int | None = None) -> datetime:
    """Name the program for the transaction that is already open; return `now`."""
    sql = "select set_config('holdfast.program', %s, true), holdfast_now()"
    args: list[str] = [str(program)]
    if statement_timeout_ms is not None:
        sql += ", set_config('statement_timeout', %s, true)"
        args.append(f"{statement_timeout_ms}ms")
    with connection.cursor() as cursor:
        cursor.execute(sql, args)
        row = cursor.fetchone()
    now: datetime = row[1]
    return now


def read_now() -> datetime:
    """The time, for the few jobs that belong to no program."""
    with connection.cursor() as cursor:
        cursor.execute("select holdfast_now()")
        now: datetime = cursor.fetchone()[0]
    return now
