"""The chain: every fact and every chart read of a program, each sealed with a hash over itself and all before it.

Rows are written plainly, each with the transaction that wrote it. One sealer at a time seals what lies below every
transaction that still runs, so nothing can come in before what is sealed, and no business transaction ever waits for
the chain. Order: by transaction, then by number. Why one chain for each program: docs/decisions/0020.

A seal is SHA-256 over the seal before it, its own place in the chain, and the row as it is stored. The first stands on
the program's own uid. `verify.py` computes all of it again.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import psycopg

Connection = psycopg.Connection[Any]

BATCH: Final = 2000
NO_ROW: Final = -1  # before every row of a transaction
LONGEST: Final = "5min"  # the first look after a restore elsewhere goes through every row
_LOCK: Final = 0x5EA1  # with the program's number: one sealer a program

TABLES: Final[Mapping[str, str]] = {"fact": "ledger_fact", "read": "ledger_chartread"}


def _moment(column: str) -> str:
    return f"(extract(epoch from {column}) * 1000000)::bigint"


def _words(column: str) -> str:
    """With its length before it, so that no word can be taken for the next one's beginning."""
    return f"octet_length({column}) || ':' || {column}"


def _plain(column: str) -> str:
    return f"coalesce({column}::text, '')"


def canonical(what: str, r: str) -> str:
    """SQL: the row `r` as it is stored, as one text. The same on every version of PostgreSQL and in every time zone."""
    moments = f"{_moment(f'{r}.at')} || '|' || {r}.written_in || '|' || {_plain(_moment(f'{r}.written_at'))}"
    numbers = f"'{what}|' || {r}.program_id || '|' || {r}.id || '|' || {moments} || '|' || "
    if what == "fact":
        return f"{numbers}{_words(f'{r}.kind')} || '|' || {r}.data::text"
    ids = " || '|' || ".join(_plain(f"{r}.{name}") for name in ("staff", "client", "crisis"))
    return f"{numbers}{ids} || '|' || {_words(f'{r}.page')} || '|' || {_words(f'{r}.by_right')}"


def beginning(program: UUID) -> bytes:
    """What the first seal of a program stands on."""
    return hashlib.sha256(f"holdfast ledger 1|{program}".encode()).digest()


def link(before: bytes, seq: int | bytes, row: bytes) -> bytes:
    """The hash of the next seal."""
    place = seq if isinstance(seq, bytes) else str(seq).encode()
    return hashlib.sha256(b"%b|%b|%b" % (before, place, row)).digest()


@dataclass
class _Mark:
    """How far a table is sealed: up to this row of this transaction. `everywhere`: look at transactions to come, too.

    After a restore into another cluster rows bear numbers of transactions that this cluster has yet to reach. They
    are all committed, so they are sealed as they are.
    """

    transaction: int
    row: int
    everywhere: bool


@dataclass
class Sealer:
    """Seals what is due. Keeps nothing but how far it came, which it finds in the database where it begins."""

    batch: int = BATCH
    alone: bool = False
    """nobody else writes here: all that is there is committed (a database that was just restored)"""
    _marks: dict[tuple[int, str], _Mark] = field(default_factory=dict)

    def all_programs(self, database: Connection, stop: Callable[[], bool] = lambda: False) -> int:
        """Seal everything that is due, of every program, in small transactions. Returns how many rows."""
        done = 0
        for program, uid in database.execute("select id, uid from ledger_program order by id").fetchall():
            while not stop() and (sealed := self.once(database, program, uid)):
                done += sealed
        return done

    def once(self, database: Connection, program: int, uid: UUID) -> int:
        """One batch of each table, in one transaction of its own."""
        with database.transaction():
            into(database, program)
            database.execute("select set_config('statement_timeout', %s, true)", [LONGEST])
            if not _one(database, "select pg_try_advisory_xact_lock(%s::int, %s::int)", [_LOCK, program % 2**31])[0]:
                return 0
            # Read before the rows: whatever lies below is among them.
            (running,) = _one(database, "select pg_snapshot_xmin(pg_current_snapshot())::text")
            head = newest(database, program) or (0, beginning(uid))
            marks, due = {}, []
            for what in TABLES:
                mark = self._marks.get((program, what)) or _where_it_stands(database, program, what)
                found = _waiting(database, program, what, mark, self.batch, alone=self.alone)
                due += [(what, number, bytes(row, "utf-8")) for number, _, row in found]
                cut = len(found) == self.batch
                last, within = (int(found[-1][1]), found[-1][0]) if cut else (int(running), NO_ROW)
                marks[program, what] = _Mark(last, within, mark.everywhere and cut)
            _write(database, program, head, due)
        self._marks |= marks
        return len(due)


def into(database: Connection, program: int) -> None:
    """See the rows of this program, in the transaction that is open."""
    database.execute("select set_config('holdfast.program', %s, true)", [str(program)])


def newest(database: Connection, program: int) -> tuple[int, bytes] | None:
    """The head of the chain: number and hash of its newest seal."""
    row = database.execute(
        "select seq, hash from ledger_seal where program_id = %s order by seq desc limit 1", [program]
    ).fetchone()
    return (int(row[0]), bytes(row[1])) if row else None


def _one(database: Connection, sql: str, args: list[Any] | None = None) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = database.execute(sql.encode(), args).fetchone()
    if row is None:
        raise AssertionError("a row was expected")
    return row


def not_sealed(what: str, r: str) -> str:
    """SQL: that the row `r` has no seal. Counted for each row by its index, never joined with every seal there is, and
    without a limit, for which a planner that knows too little would read the whole table."""
    return (
        f"(select count(*) from ledger_seal s where s.program_id = {r}.program_id and s.what = '{what}'"
        f" and s.row_id = {r}.id) = 0"
    )


def last_sealed(what: str, program: str) -> str:
    """SQL: in which transaction the newest sealed row of a table was written, and whether it is one yet to come here."""
    return f"""
        select r.written_in, r.written_in >= pg_snapshot_xmax(pg_current_snapshot()) as elsewhere
        from ledger_seal s join {TABLES[what]} r on r.program_id = s.program_id and r.id = s.row_id
        where s.program_id = {program} and s.what = '{what}' order by s.seq desc limit 1"""


def _where_it_stands(database: Connection, program: int, what: str) -> _Mark:
    words = f"select written_in::text, elsewhere from ({last_sealed(what, '%s')}) s"
    row = database.execute(words.encode(), [program]).fetchone()
    return _Mark(0, NO_ROW, True) if row is None or row[1] else _Mark(int(row[0]), NO_ROW, False)


def _waiting(
    database: Connection, program: int, what: str, mark: _Mark, most: int, *, alone: bool
) -> list[tuple[int, str, str]]:
    """Rows that are due: number, transaction, and their text."""
    to_come = " or r.written_in >= pg_snapshot_xmax(pg_current_snapshot())" if mark.everywhere else ""
    to_come = " or true" if alone else to_come
    sql = f"""
        select r.id, r.written_in::text, {canonical(what, "r")} from {TABLES[what]} r
        where r.program_id = %s and (r.written_in, r.id) > (%s::text::xid8, %s::bigint)
          and (r.written_in < pg_snapshot_xmin(pg_current_snapshot()){to_come})
          and {not_sealed(what, "r")}
        order by r.written_in, r.id limit %s"""
    # Planned each time: the table of seals grows from nothing, and a plan that was kept would not know.
    return database.execute(sql.encode(), [program, str(mark.transaction), mark.row, most], prepare=False).fetchall()


def _write(database: Connection, program: int, head: tuple[int, bytes], due: list[tuple[str, int, bytes]]) -> None:
    if not due:
        return
    seq, before = head
    places, hashes = [], []
    for _, _, row in due:
        seq += 1
        before = link(before, seq, row)
        places.append(seq)
        hashes.append(before)
    database.execute(
        "insert into ledger_seal (program_id, seq, what, row_id, hash) select %s, u.* from"
        " unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bytea[]) as u",
        [program, places, [what for what, _, _ in due], [number for _, number, _ in due], hashes],
    )
