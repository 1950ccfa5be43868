"""Facts: what happened, told upward without anybody below knowing who listens.

`wiring` fills the table at start. A fact is stored, its `now` handlers run in the same
transaction, and its `later` handlers are tried once right after the commit; the sweep in the
worker is the truth for those, so a crash in between only delays them.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection, transaction

from holdfast.ledger.scope import program_scope

log = logging.getLogger("holdfast.ledger")

PROMPT_TIMEOUT_MS = 1000


@dataclass(frozen=True, kw_only=True)
class FactBase:
    """A thing that happened. Ids and words from fixed lists only: no names, no free text."""

    program: int


Handler = Callable[[Any, datetime], None]


@dataclass(frozen=True)
class When:
    """One line of the flow: which handlers follow a fact.

    `now` runs in the same transaction; `later` is retried until done by a sweep of its own;
    `because` says why nobody listens, when nobody does.
    """

    fact: type[FactBase]
    now: tuple[Handler, ...] = ()
    later: tuple[Handler, ...] = ()
    because: str = ""


_flow: dict[type[FactBase], When] = {}


def install(flow: tuple[When, ...]) -> None:
    """Fill the table. Called once, by `wiring`, when a process starts."""
    _flow.clear()
    for line in flow:
        if line.fact in _flow:
            raise ValueError(f"{line.fact.__name__} stands twice in the flow")
        _flow[line.fact] = line


def installed() -> Mapping[type[FactBase], When]:
    """The table as it stands, for tests and for drawing."""
    return dict(_flow)


def record(fact: FactBase, now: datetime) -> int:
    """Store a fact and do what follows from it. Needs the open transaction of a scope.

    Returns the id of the stored fact. A fact that the flow does not name is refused.
    """
    line = _flow[type(fact)]
    number = store(fact, now)
    for handler in line.now:
        handler(fact, now)
    for handler in line.later:
        transaction.on_commit(partial(_prompt, handler, fact), robust=True)
    return number


def store(fact: FactBase, now: datetime) -> int:
    """Write a fact down. The sealer takes it from there (`seals.py`)."""
    data = asdict(fact)
    program = data.pop("program")
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into ledger_fact (program_id, kind, data, at) values (%s, %s, %s::jsonb, %s) returning id",
            [program, type(fact).__name__, json.dumps(data, default=str), now],
        )
        number: int = cursor.fetchone()[0]
    return number


def _prompt(handler: Handler, fact: FactBase) -> None:
    """Try a later handler at once. Whatever goes wrong here, the sweep does again."""
    try:
        with program_scope(fact.program, statement_timeout_ms=PROMPT_TIMEOUT_MS) as now:
            handler(fact, now)
    except Exception as error:
        log.warning(
            "prompt handler left to the sweep", extra={"handler": handler.__name__, "error": type(error).__name__}
        )
