"""Computes the whole chain of a program again, from the rows as they are stored, and names the first place that is wrong.

Reads row after row and keeps none. What it proves, and what it cannot, stands in docs/explanation/ledger.md.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from holdfast.ledger.heads import HeadLine
from holdfast.ledger.seals import TABLES, Connection, beginning, canonical, into, last_sealed, link


class Wrong(StrEnum):
    """What is wrong at a place."""

    CHANGED = "changed"  # a row is not what was sealed, or another one stands in its place
    SEAL_CHANGED = "seal changed"
    ROW_GONE = "row gone"
    SEAL_GONE = "seal gone"
    SEAL_TWICE = "seal twice"
    PUT_IN = "put in"  # a row that nobody sealed, with a transaction before the newest sealed one
    CUT = "cut"  # the chain ends before an anchor
    REWRITTEN = "rewritten"  # the chain holds in itself, and is not the one whose head left
    PROGRAM_GONE = "program gone"


@dataclass(frozen=True)
class Place:
    """The first place that is wrong. `seq`: the seal; `what` and `row`: the fact or chart read; 0 where there is none."""

    wrong: Wrong
    words: str
    seq: int = 0
    what: str = ""
    row: int = 0


@dataclass(frozen=True)
class Verdict:
    """What is so with the chain of one program. `waiting`: rows that are not sealed yet; `anchors`: heads that hold."""

    program: UUID
    name: str
    sealed: int = 0
    waiting: int = 0
    head: str = ""
    anchors: int = 0
    wrong: Place | None = None


@dataclass(frozen=True)
class _Link:
    """One line as the database gave it. `said` in hex; `row` is None where the row is gone."""

    seq: bytes
    what: str
    number: int
    said: bytes
    row: bytes | None


NAMES: Final = {"fact": "fact", "read": "chart read"}
_GONE: Final = b"\\N"


def verify(database: Connection, program: int, uid: UUID, name: str, heads: Sequence[HeadLine] = ()) -> Verdict:
    """Verify one program, in the transaction that is open: it must see one moment (repeatable read)."""
    into(database, program)
    walk = _Walk(beginning(uid), [head for head in heads if head.program == uid])
    wrong = walk.along(_rows(database, program))
    waiting, put_in = _not_sealed(database, program) if wrong is None else (0, None)
    wrong = wrong or walk.end() or _sealed_twice(database, program) or put_in
    return Verdict(uid, name, walk.seq, waiting, walk.before.hex() if walk.seq else "", walk.held, wrong)


def missing(known: Iterable[UUID], heads: Sequence[HeadLine]) -> Iterator[Verdict]:
    """A verdict for each program that has an anchor and is not here any more."""
    for uid in sorted({head.program for head in heads} - set(known), key=str):
        words = f"There is an anchor of program {uid}, and no such program is here any more."
        yield Verdict(uid, "", wrong=Place(Wrong.PROGRAM_GONE, words))


class _Walk:
    """From seal to seal."""

    def __init__(self, before: bytes, heads: list[HeadLine]) -> None:
        self.before, self.seq, self.held = before, 0, 0
        self.heads = sorted(heads, key=lambda head: head.seq)

    def along(self, lines: Iterator[bytes]) -> Place | None:
        """Every seal in its order; the first place that is wrong."""
        before, seq, heads = self.before, 0, self.heads
        anchored = heads[0].seq if heads else 0
        for line in lines:
            place, _what, _row, said, row = line.rstrip(b"\n").split(b"\t", 4)
            if b"\\" in row and row != _GONE:
                row = row.replace(b"\\\\", b"\\")
            now = link(before, place, row)
            if int(place) != seq + 1 or now.hex().encode() != said:
                self.before, self.seq = before, seq
                return self._what_is_wrong(_read(line), next(lines, None))
            before, seq = now, seq + 1
            if seq == anchored:
                self.before, self.seq = before, seq
                if (rewritten := self._anchors_here()) is not None:
                    return rewritten
                anchored = heads[self.held].seq if self.held < len(heads) else 0
        self.before, self.seq = before, seq
        return None

    def _anchors_here(self) -> Place | None:
        """Each head that left when the chain was as long as it is here."""
        for head in self.heads[self.held :]:
            if head.seq != self.seq:
                break
            if head.hash != self.before.hex():
                since = self.heads[self.held - 1].seq + 1 if self.held else 1
                words = (
                    f"The head that left on {head.day} is not the hash of seal {head.seq}: the chain was rewritten"
                    f" somewhere from seal {since} to seal {head.seq}."
                )
                return Place(Wrong.REWRITTEN, words, since)
            self.held += 1
        return None

    def end(self) -> Place | None:
        """No anchor may lie beyond the end."""
        if self.held == len(self.heads):
            return None
        head = self.heads[-1]
        words = (
            f"The chain ends with seal {self.seq}, and the head that left on {head.day} was seal {head.seq}:"
            f" seals {self.seq + 1} to {head.seq} are gone, with what they sealed."
        )
        return Place(Wrong.CUT, words, self.seq + 1)

    def _what_is_wrong(self, here: _Link, after: bytes | None) -> Place:
        seq, wanted, row = int(here.seq), self.seq + 1, f"{NAMES.get(here.what, here.what)} {here.number}"
        what, number = here.what, here.number
        if seq > wanted:
            gone = f"Seal {wanted} is" if seq == wanted + 1 else f"Seals {wanted} to {seq - 1} are"
            return Place(Wrong.SEAL_GONE, f"{gone} gone; the next one is seal {seq}, of {row}.", wanted, what, number)
        if seq < wanted:
            return Place(Wrong.SEAL_TWICE, f"Seal {seq} is there twice; the second is of {row}.", seq, what, number)
        if here.row is None:
            return Place(Wrong.ROW_GONE, f"Seal {seq} is of {row}, which is gone.", seq, what, number)
        if after is not None and self._follows(here, _read(after)):
            return Place(
                Wrong.SEAL_CHANGED,
                f"The hash of seal {seq}, of {row}, was changed; the row was not.",
                seq,
                what,
                number,
            )
        words = f"Seal {seq}: {row} is not what was sealed. It was changed, or another row stands in its place."
        return Place(Wrong.CHANGED, words, seq, what, number)

    def _follows(self, here: _Link, after: _Link) -> bool:
        """Whether the next seal stands on what this one's hash should be."""
        return (
            after.row is not None
            and link(link(self.before, here.seq, here.row or b""), after.seq, after.row).hex().encode() == after.said
        )


def _read(line: bytes) -> _Link:
    seq, what, number, said, row = line.rstrip(b"\n").split(b"\t", 4)
    return _Link(seq, what.decode(), int(number), said, None if row == _GONE else row.replace(b"\\\\", b"\\"))


def _rows(database: Connection, program: int) -> Iterator[bytes]:
    """Every seal in its order with the row that it seals. COPY, because nothing is quicker; it doubles a backslash."""
    joins = " ".join(
        f"left join {table} {what} on s.what = '{what}' and {what}.program_id = s.program_id and {what}.id = s.row_id"
        for what, table in TABLES.items()
    )
    texts = " ".join(f"when '{what}' then {canonical(what, what)}" for what in TABLES)
    words = (
        f"copy (select s.seq, s.what, s.row_id, encode(s.hash, 'hex'), case s.what {texts} end"
        f" from ledger_seal s {joins} where s.program_id = {int(program)} order by s.seq, s.id) to stdout"
    )
    with database.cursor().copy(words.encode()) as copy:
        for line in copy:
            yield bytes(line)


def _not_sealed(database: Connection, program: int) -> tuple[int, Place | None]:
    """How many rows wait for their seal; and one that was put in behind the sealer's back."""
    count, found = 0, None
    for what, table in TABLES.items():
        words = f"""
            select count(*), min(r.id) filter (where r.written_in < newest.written_in and not newest.elsewhere)
            from {table} r left join ({last_sealed(what, str(int(program)))}) newest on true
            where r.program_id = {int(program)} and not exists (
                select from ledger_seal s where s.program_id = r.program_id and s.what = '{what}' and s.row_id = r.id)"""
        waiting, first = database.execute(words.encode()).fetchone() or (0, None)
        count += int(waiting)
        if first is not None and found is None:
            words = f"{NAMES[what].capitalize()} {first} has no seal, and lies before others that have one: it was put in, or its seal was taken away."
            found = Place(Wrong.PUT_IN, words, 0, what, int(first))
    return count, found


def _sealed_twice(database: Connection, program: int) -> Place | None:
    """The database refuses it, unless whoever owns it took that away."""
    row: tuple[Any, ...] | None = database.execute(
        "select what, row_id, max(seq) from ledger_seal where program_id = %s group by 1, 2 having count(*) > 1 limit 1",
        [program],
    ).fetchone()
    if row is None:
        return None
    what, number, seq = row
    words = f"Seal {seq} seals {NAMES.get(what, what)} {number} a second time."
    return Place(Wrong.SEAL_TWICE, words, int(seq), str(what), int(number))
