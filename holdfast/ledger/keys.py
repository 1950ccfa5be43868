"""The keys of each program: numbered, wrapped by an envelope key, in a table behind the wall (decision 22).

A process unwraps a program's keys when it first needs one, and keeps them: sealing and opening ask the database
nothing more. It learns of a new key when it meets a text with a number that it does not know.
"""

import hashlib
import hmac
import logging
import os
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import psycopg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connection

from holdfast.ledger import envelopes
from holdfast.ledger.envelopes import Envelopes, fingerprint
from holdfast.ledger.models import ProgramKey
from holdfast.ledger.scope import program_scope

log = logging.getLogger("holdfast.ledger")

TEXT, DIGEST = "text", "digest"
READABLE: Final = "words_can_be_read"  # the promise that no key is missing
AGAIN_S: Final = 2.0  # what is missing is looked for again no sooner
SELECT: Final = "select what, number, wrapped, envelope from ledger_programkey where program_id = %s order by number"
GLOBAL: Final = 0  # the number of the one key that an installation had before

Row = tuple[str, int, bytes, str]


class KeyAway(ValueError):
    """The key of this text is not here."""


class CannotSeal(Exception):
    """There is no key to seal with, so nothing can be written down."""


@dataclass(frozen=True)
class Ring:
    """The keys of one program, as this process could unwrap them."""

    text: Mapping[int, AESGCM] = field(default_factory=dict)
    digest: bytes | None = None
    shut: Mapping[tuple[str, int], str] = field(default_factory=dict)  # which could not be unwrapped, and why
    begun: bool = False  # whether the program has keys of its own

    @property
    def current(self) -> int:
        """The number to seal with: the newest that opened. `GLOBAL` until the program has keys."""
        return max(self.text, default=GLOBAL)


_rings: dict[int, Ring] = {}
_looked: dict[tuple[int, int], float] = {}  # when this number of this program was last looked for in vain
_held: list[Envelopes] = []
_one_at_a_time = threading.Lock()
MOST_LOOKED: Final = 1000


def remember() -> Envelopes:
    """The envelope keys. Read when a process starts, and kept."""
    if not _held:
        file = settings.HOLDFAST_SEAL_KEY_FILE
        one = settings.HOLDFAST_SEAL_KEY
        _held.append(Envelopes(Path(file) if file else None, (one,) if one else ()))
    return _held[0]


def forget() -> None:
    """As a process that starts anew: nothing is in memory. For tests, and for commands that change keys."""
    _rings.clear()
    _looked.clear()
    _held.clear()


def forget_program(program: int) -> None:
    _rings.pop(program, None)
    for which in [each for each in _looked if each[0] == program]:
        del _looked[which]


# ---------------------------------------------------------------- asked for by whoever seals and opens


def sealing(program: int) -> tuple[int, AESGCM]:
    """The number and the cipher to seal with."""
    ring = ring_of(program)
    number = ring.current
    if number != GLOBAL:
        return number, ring.text[number]
    oldest = remember().oldest
    if ring.begun or oldest is None:
        raise CannotSeal(f"no key of program {program} could be opened here")
    return GLOBAL, AESGCM(oldest)


def can_seal(program: int) -> bool:
    """Whether words of this program can be written down here."""
    try:
        sealing(program)
    except CannotSeal:
        return False
    return True


def cipher(program: int, number: int) -> AESGCM:
    """What opens a text with this number. An unknown one is looked for in the database, at once."""
    ring = _rings.get(program)
    if ring is None or (number not in ring.text and _may_look_again(program, number)):
        ring = load(program)
    found = ring.text.get(number)
    if found is None:
        raise KeyAway(f"key {number} of program {program} is not here")
    return found


def digest_key(program: int) -> bytes | None:
    """The key of digests. Before a program has keys, it is derived from the one key of the installation."""
    ring = ring_of(program)
    return ring.digest if ring.begun else _derived(program)


def _derived(program: int) -> bytes | None:
    oldest = remember().oldest
    return oldest and hmac.digest(oldest, f"holdfast digest 1|{program}".encode(), hashlib.sha256)


def ring_of(program: int) -> Ring:
    """The keys of this program, from memory, or from the database the first time."""
    found = _rings.get(program)
    return load(program) if found is None or (found.shut and _may_look_again(program, GLOBAL)) else found


def knows(program: int, number: int) -> bool:
    """Whether nothing needs to be asked of the database to open a text with this number."""
    return number == GLOBAL or number in _rings.get(program, Ring()).text


def _may_look_again(program: int, number: int) -> bool:
    """Once, and then every two seconds: a text that was tampered with is no reason to ask for each page."""
    now = time.monotonic()
    if now - _looked.get((program, number), -AGAIN_S) < AGAIN_S:
        return False
    if len(_looked) >= MOST_LOOKED:
        _looked.clear()
    _looked[program, number] = now
    return True


# ---------------------------------------------------------------- reading them


def load(program: int) -> Ring:
    """Read and unwrap the keys of a program: in the open transaction of its scope, or in one of its own."""
    if connection.in_atomic_block:
        rows = _select(program)
        if not rows and not _in_scope(program):
            return Ring()  # nothing is seen from here, so nothing is known: it is not kept
        return take_in(program, rows)
    with program_scope(program):
        return take_in(program, _select(program))


def _select(program: int) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(SELECT, [program])
        rows: list[Row] = cursor.fetchall()
    return rows


def _in_scope(program: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('holdfast.program', true)")
        named: str | None = cursor.fetchone()[0]
    return named == str(program)


def take_in(program: int, rows: Iterable[Any]) -> Ring:
    """Unwrap what was read. What was unwrapped before stays, whatever the source of keys says now."""
    with _one_at_a_time:
        return _taken_in(program, rows)


def _taken_in(program: int, rows: Iterable[Any]) -> Ring:
    before = _rings.get(program, Ring())
    text, digest, shut, begun = dict(before.text), before.digest, {}, before.begun
    for what, number, wrapped, envelope in rows:
        begun = True
        if number in text if what == TEXT else digest is not None:
            continue
        try:
            key = _unwrap(program, what, number, bytes(wrapped), envelope)
        except KeyAway as why:
            shut[what, number] = str(why)
            continue
        if what == TEXT:
            text[number] = AESGCM(key)
        else:
            digest = key
    for what, number in shut.keys() - before.shut.keys():
        log.error("a key of sealed words cannot be opened", extra={"program": program, "kind": what, "id": number})
    now = time.monotonic()
    _looked.update({(program, number): now for number in (GLOBAL, *(number for _, number in shut))})
    ring = Ring(text, digest, shut, begun)
    _rings[program] = ring
    return ring


def _unwrap(program: int, what: str, number: int, wrapped: bytes, envelope: str) -> bytes:
    held = remember()
    key = held.by_name(envelope)
    if key is None and held.look():  # a newer envelope key may have come into the file
        key = held.by_name(envelope)
    if key is None:
        raise KeyAway(held.trouble or f"its envelope key {envelope[:8]} is not among those of this machine")
    try:
        return envelopes.unwrap(key, wrapped, place_of_key(program, what, number))
    except InvalidTag:
        raise KeyAway("it was changed or damaged in the database, or belongs to another program") from None


def place_of_key(program: int, what: str, number: int) -> bytes:
    """The one place where a wrapped key opens."""
    return f"holdfast key 1|{program}|{what}|{number}".encode()


def all_programs(url: str) -> list[tuple[str, Ring]]:
    """Read the keys of every program, on a connection of its own: when a process starts, before it forks."""
    with psycopg.connect(url, connect_timeout=3) as database:
        programs = database.execute("select id, slug from ledger_program order by id").fetchall()
        found = []
        for program, slug in programs:
            database.execute("select set_config('holdfast.program', %s, true)", [str(program)])
            found.append((slug, take_in(program, database.execute(SELECT, [program]).fetchall())))
        return found


def at_start() -> list[str]:
    """Read every key while the source of keys is there, and say what does not open. A database that is away is met
    later, key by key."""
    try:
        lines = sentences(all_programs(settings.HOLDFAST_DATABASE_URL))
    except psycopg.Error:
        return []
    if lines:
        log.error("sealed words cannot be read here, or not for long: run holdfast check", extra={"count": len(lines)})
    return lines


def sentences(rings: Iterable[tuple[str, Ring]]) -> list[str]:
    """What cannot be read on this machine, and how to mend it."""
    mend = "Put the file of HOLDFAST_SEAL_KEY_FILE back as it was, or recover it (docs/how-to/keys.md)."
    held = remember()
    found = []
    if held.newest is None:
        found.append(
            f"There is no envelope key here, so no words can be read or kept: {held.trouble or 'none is set'}. {mend}"
        )
    elif held.trouble:
        found.append(f"The envelope keys are in memory only: {held.trouble}. {mend}")
    return found + [
        f"Key {number} ({what}) of {slug} cannot be opened, so words of this program cannot be read here: {why}. {mend}"
        for slug, ring in rings
        for (what, number), why in ring.shut.items()
    ]


def in_trouble() -> bool:
    """Whether this process lacks a key that it has met. It looks for it again, so it mends itself."""
    held = remember()
    if held.newest is None:
        held.look()
    return held.newest is None or any(ring.shut for ring in _rings.values())


# ---------------------------------------------------------------- making them


def make_first(program: int, now: datetime) -> None:
    """The keys of a new program, in the transaction that makes it: no text of it was ever sealed otherwise."""
    add(program, TEXT, 1, os.urandom(envelopes.LONG), now, swept_at=now)
    add(program, DIGEST, 1, os.urandom(envelopes.LONG), now)


def begin(program: int, now: datetime) -> bool:
    """Keys of its own for a program that had none. Whether it had none. Digests stay what they are."""
    if ProgramKey.objects.exists():
        return False
    derived = _derived(program)
    if derived is None:
        raise CannotSeal("no envelope key is here")
    add(program, TEXT, 1, os.urandom(envelopes.LONG), now)
    add(program, DIGEST, 1, derived, now)
    return True


def add(
    program: int,
    what: str,
    number: int,
    key: bytes,
    now: datetime,
    *,
    envelope: bytes | None = None,
    swept_at: datetime | None = None,
) -> None:
    """Write a key down, wrapped. Nothing of it is kept in memory: a transaction that fails leaves no trace."""
    envelope = envelope or remember().newest
    if envelope is None:
        raise CannotSeal("no envelope key is here")
    ProgramKey.objects.create(
        program_id=program,
        what=what,
        number=number,
        wrapped=envelopes.wrap(envelope, key, place_of_key(program, what, number)),
        envelope=fingerprint(envelope),
        made_at=now,
        swept_at=swept_at,
    )


def opened(row: ProgramKey) -> bytes:
    """The key itself. Raises `KeyAway`."""
    return _unwrap(row.program_id, row.what, row.number, bytes(row.wrapped), row.envelope)
