"""Reads how long what is held about a client is kept (clinical/policies/retention). Needs no database."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from .load import CLINICAL
from .policies import policy_file, status_of
from .shapes import ContentError, Status, Wording
from .table import Table

OTHER, EVERYWHERE = "other", "US"


class Kind(StrEnum):
    """What goes together, in one or the other time."""

    RECORD = "record"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Line:
    """One ground on which something is kept: so many years after the last service, or until an age."""

    kind: Kind
    where: str
    years: int
    minors_until_age: int
    law: str
    because: str
    source: str
    looked_up: str


@dataclass(frozen=True, slots=True)
class Retention:
    """The whole policy. `counsel`: whether counsel of the program has confirmed it."""

    version: int
    status: Status
    counsel: Status
    title: Wording
    majority_age: int
    unknown_birth_age: int
    law_days: int
    wished_days: int
    ahead_days: int
    lines: tuple[Line, ...]


@cache
def retention(version: str | None = None, *, root: Path = CLINICAL) -> Retention:
    """One version of the policy, the newest where none is named."""
    file, number = policy_file("retention", version, root)
    correction, deletion = file.table("correction"), file.table("deletion")
    law_days = correction.number("law_days", 1, 60)
    found = Retention(
        number,
        status_of(file),
        file.word("counsel", Status),
        file.wording("title"),
        file.number("majority_age", 18, 21),
        file.number("unknown_birth_age", 0, 18),
        law_days,
        correction.number("wished_days", 1, law_days),
        deletion.number("ahead_days", 1, 366),
        tuple(_line(each) for each in file.tables("lines")),
    )
    for table in (correction, deletion, file):
        table.done()
    for kind in Kind:
        if not any(each.kind is kind and each.where in (OTHER, EVERYWHERE) for each in found.lines):
            raise ContentError(f"clinical/policies/retention/{number}: no line holds for every state ({kind}).")
    return found


def _line(table: Table) -> Line:
    where = table.text("where")
    if where not in (OTHER, EVERYWHERE) and not (len(where) == 2 and where.isalpha() and where.isupper()):
        raise table.wrong("where", f"must be {EVERYWHERE}, {OTHER} or two letters of a state, not {where!r}")
    found = Line(
        table.word("kind", Kind),
        where,
        table.number("years", 0, 100),
        table.number("minors_until_age", 0, 100),
        table.text("law"),
        table.text("because"),
        table.text("source"),
        table.text("looked_up", ""),
    )
    table.done()
    return found
