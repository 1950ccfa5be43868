"""A new key for a program, and its old texts sealed again, while everything runs. By command, as the owner: most texts
lie in tables that web and worker may only add to, and that stays so.

In steps of a few rows, each a short transaction of its own. A row that somebody holds is passed over and met in the next
pass; a row that we hold is free again within milliseconds. Killed at any point, the next run goes on.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from django.apps import apps
from django.db import connection, models

from holdfast.ledger import envelopes, keys
from holdfast.ledger.facts import KeyMade, KeyRetired, KeysRewrapped
from holdfast.ledger.models import ProgramKey
from holdfast.ledger.record import record
from holdfast.ledger.scope import program_scope
from holdfast.ledger.sealed import SealedTextField, number_of, place_of, seal, unseal

LOOKED_AT: Final = 500  # rows in one look
AT_ONCE: Final = 20  # rows held in one transaction
MOST_PASSES: Final = 20


class NotNow(Exception):
    """It cannot be done; the text is one sentence for a person."""


def begin(program: int) -> bool:
    """The first keys of a program that sealed with the one key of the installation. Whether it had none."""
    with program_scope(program) as now:
        begun = keys.begin(program, now)
        if begun:
            record(KeyMade(program=program, number=1), now)
    keys.forget_program(program)
    return begun


def rotate(program: int) -> int:
    """A new key; its number. Running processes learn of it when they meet it. Wrapped as the one before it, so that it
    opens wherever that one does."""
    with program_scope(program) as now:
        # As the lock of everybody who makes a key of this program; the rows are few.
        newest = ProgramKey.objects.select_for_update().filter(what=keys.TEXT).order_by("-number").first()
        if newest is None:
            raise NotNow("This program has no keys of its own yet: run `holdfast keys begin` first.")
        keys.opened(newest)
        envelope = keys.remember().by_name(newest.envelope)
        number = newest.number + 1
        keys.add(program, keys.TEXT, number, os.urandom(envelopes.LONG), now, envelope=envelope)
        record(KeyMade(program=program, number=number), now)
    keys.forget_program(program)
    return number


def rewrap(program: int) -> int:
    """Every key of the program under the newest envelope key. How many were under another. The keys stay the same, so
    no text is touched and no process notices."""
    newest = keys.remember().newest
    if newest is None:
        raise NotNow("There is no envelope key here.")
    name = envelopes.fingerprint(newest)
    with program_scope(program) as now:
        rows = list(ProgramKey.objects.select_for_update().exclude(envelope=name))
        for row in rows:
            place = keys.place_of_key(program, row.what, row.number)
            row.wrapped = envelopes.wrap(newest, keys.opened(row), place)
            row.envelope = name
            row.save(update_fields=["wrapped", "envelope"])
        if rows:
            record(KeysRewrapped(program=program, keys=len(rows)), now)
    return len(rows)


# ---------------------------------------------------------------- old texts


@dataclass
class Swept:
    """What a sweep did."""

    sealed: int = 0  # rows sealed again
    passes: int = 0
    held: int = 0  # rows that somebody held, in the last pass
    shut: int = 0  # rows with a text that does not open, in the last pass; they stay as they are

    @property
    def done(self) -> bool:
        return not self.held


def sealed_tables() -> list[tuple[str, tuple[str, ...]]]:
    """Each table with sealed texts, and their columns."""
    found = []
    for model in apps.get_models():
        columns = tuple(str(f.column) for f in model._meta.local_fields if isinstance(f, SealedTextField))
        if columns:
            found.append((model._meta.db_table, columns))
    return sorted(found)


def reseal(program: int, stop: Callable[[], bool] = lambda: False) -> Swept:
    """Seal every text of the program that lies under another key with the newest one."""
    keys.forget_program(program)
    with program_scope(program):
        current, _ = keys.sealing(program)
    if current == keys.GLOBAL:
        raise NotNow("This program has no keys of its own yet: run `holdfast keys begin` first.")
    swept = Swept()
    while swept.passes < MOST_PASSES and not stop():
        before = swept.sealed
        swept.passes, swept.held, swept.shut = swept.passes + 1, 0, 0
        for table, columns in sealed_tables():
            for ids in _under_another(program, table, columns, current):
                if stop():
                    return swept
                _again(program, table, columns, current, ids, swept)
        if swept.sealed == before and not swept.held:
            if not swept.shut:  # what does not open here still lies under an older key, which must stay
                _retire(program, current)
            break
    return swept


def _under_another(program: int, table: str, columns: tuple[str, ...], current: int) -> Iterator[list[int]]:
    """Ids of rows with a text under another key, a few at a time, by the primary key: no look is long."""
    prefixes = ", ".join(f"substring({column} from 1 for 5)" for column in columns)
    after = 0
    while True:
        with program_scope(program), connection.cursor() as cursor:
            cursor.execute(
                f"select id, {prefixes} from {table} where program_id = %s and id > %s order by id limit %s",
                [program, after, LOOKED_AT],
            )
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        if not rows:
            return
        after = rows[-1][0]
        due = [
            number for number, *heads in rows if any(h is not None and number_of(bytes(h)) != current for h in heads)
        ]
        for start in range(0, len(due), AT_ONCE):
            yield due[start : start + AT_ONCE]


def _again(program: int, table: str, columns: tuple[str, ...], current: int, ids: list[int], swept: Swept) -> None:
    listed = ", ".join(columns)
    with program_scope(program), connection.cursor() as cursor:
        cursor.execute(
            f"select id, uid, {listed} from {table} where program_id = %s and id = any(%s) for update skip locked",
            [program, ids],
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        swept.held += len(ids) - len(rows)
        for number, uid, *texts in rows:
            changed = _texts_again(program, table, columns, current, uid, texts)
            if changed is None:
                swept.shut += 1
            elif changed:
                sets = ", ".join(f"{column} = %s" for column in changed)
                cursor.execute(f"update {table} set {sets} where id = %s", [*changed.values(), number])
                swept.sealed += 1


def _texts_again(
    program: int, table: str, columns: tuple[str, ...], current: int, uid: object, texts: list[Any]
) -> dict[str, bytes] | None:
    """The texts of one row, sealed again; nothing at all where one does not open."""
    changed = {}
    for column, text in zip(columns, texts, strict=True):
        if text is None or number_of(bytes(text)) == current:
            continue
        place = place_of(table, column, program, uid)
        try:
            changed[column] = seal(unseal(bytes(text), place), place)
        except (InvalidTag, ValueError):
            return None
    return changed


def _retire(program: int, current: int) -> None:
    """A whole pass found nothing: what came before this key is retired. It stays, wrapped: a process that has not met
    the new key yet may still seal with the old one, and the next sweep finds it."""
    with program_scope(program) as now:
        newest = ProgramKey.objects.filter(what=keys.TEXT).order_by("-number").first()
        if newest is None or newest.number != current:
            return
        if newest.swept_at is None:
            newest.swept_at = now
            newest.save(update_fields=["swept_at"])
        for row in ProgramKey.objects.filter(what=keys.TEXT, number__lt=current, retired_at=None):
            row.retired_at = now
            row.save(update_fields=["retired_at"])
            record(KeyRetired(program=program, number=row.number), now)


@dataclass(frozen=True)
class State:
    """Where one key of a program stands."""

    what: str
    number: int
    envelope: str
    made_at: datetime
    swept_at: datetime | None
    retired_at: datetime | None


def states(program: int) -> list[State]:
    """The keys of a program, the newest first. Needs its scope."""
    rows: models.QuerySet[ProgramKey] = ProgramKey.objects.order_by("-what", "-number")
    return [State(r.what, r.number, r.envelope, r.made_at, r.swept_at, r.retired_at) for r in rows]
