"""Whoever owns the database can change everything in it. Each of these forgeries is found, and its place is named.

H-110, H-111. Some leave a chain that holds in itself: those need a head that left the machine (`anchored`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from holdfast.entry.tests.database import Database
from holdfast.ledger.heads import HeadLine
from holdfast.ledger.tests.chain import AT, DAY, Chain, fill, forging, free_the_seals, new_chain, rewrite, shifted
from holdfast.ledger.verify import Wrong, verify

Owner = psycopg.Connection[Any]
SEALS = 28
FACT_AT, READ_AT, OTHER_AT = 9, 13, 16  # places of a fact, a chart read and another fact


@pytest.fixture(scope="module")
def chain(database: Database) -> Iterator[Chain]:
    made = new_chain(database)
    fill(made)
    yield made
    with psycopg.connect(database.superuser_url, autocommit=True) as broom:
        broom.execute("select kept.clean()")


@dataclass(frozen=True)
class At:
    """What a forger finds at the places that the tests name."""

    chain: Chain
    fact: int
    read: int
    other: int

    def sealed(self, seq: int) -> int:
        return self.chain.sealed()[seq - 1][1]


@pytest.fixture
def at(chain: Chain) -> At:
    rows = dict(enumerate(chain.sealed(), 1))
    assert len(rows) == SEALS
    assert (rows[FACT_AT][0], rows[READ_AT][0], rows[OTHER_AT][0]) == ("fact", "read", "fact")
    return At(chain, rows[FACT_AT][1], rows[READ_AT][1], rows[OTHER_AT][1])


def edited_words(owner: Owner, at: At) -> None:
    owner.execute("""update ledger_fact set data = data || '{"why": "said yes"}' where id = %s""", [at.fact])


def edited_actor(owner: Owner, at: At) -> None:
    owner.execute("""update ledger_fact set data = jsonb_set(data, '{by}', '8') where id = %s""", [at.fact])


def edited_time(owner: Owner, at: At) -> None:
    owner.execute("update ledger_fact set at = %s where id = %s", [shifted(AT), at.fact])


def edited_by_a_microsecond(owner: Owner, at: At) -> None:
    owner.execute("update ledger_fact set written_at = written_at + interval '1 microsecond' where id = %s", [at.fact])


def edited_kind(owner: Owner, at: At) -> None:
    owner.execute("update ledger_fact set kind = 'EpisodeClosed' where id = %s", [at.fact])


def edited_transaction(owner: Owner, at: At) -> None:
    owner.execute("update ledger_fact set written_in = '3' where id = %s", [at.fact])


def swapped_words(owner: Owner, at: At) -> None:
    owner.execute(
        "update ledger_fact a set data = b.data from ledger_fact b"
        " where (a.id, b.id) in ((%(x)s, %(y)s), (%(y)s, %(x)s))",
        {"x": at.fact, "y": at.other},
    )


def swapped_rows(owner: Owner, at: At) -> None:
    for old, new in ((at.fact, -1), (at.other, at.fact), (-1, at.other)):
        owner.execute("update ledger_fact set id = %s where id = %s", [new, old])


def swapped_seals(owner: Owner, at: At) -> None:
    for old, new in ((at.fact, -1), (at.other, at.fact), (-1, at.other)):
        owner.execute("update ledger_seal set row_id = %s where what = 'fact' and row_id = %s", [new, old])


def reordered_seals(owner: Owner, at: At) -> None:
    for old, new in ((FACT_AT, -1), (OTHER_AT, FACT_AT), (-1, OTHER_AT)):
        owner.execute("update ledger_seal set seq = %s where seq = %s", [new, old])


def removed_row(owner: Owner, at: At) -> None:
    owner.execute("delete from ledger_fact where id = %s", [at.fact])


def removed_row_and_seal(owner: Owner, at: At) -> None:
    removed_row(owner, at)
    removed_seal(owner, at)


def removed_and_closed_up(owner: Owner, at: At) -> None:
    removed_row_and_seal(owner, at)
    owner.execute("update ledger_seal set seq = -seq where seq > %s", [FACT_AT])
    owner.execute("update ledger_seal set seq = -seq - 1 where seq < 0")


def moved_to_another_program(owner: Owner, at: At) -> None:
    row = owner.execute(
        "insert into ledger_program (uid, slug, name, neutral_name, timezone, state, phone, made_up)"
        " values (gen_random_uuid(), 'elsewhere', 'E', 'E', 'UTC', 'AZ', '', true) returning id"
    ).fetchone()
    owner.execute("update ledger_fact set program_id = %s where id = %s", [row[0], at.fact])


def changed_hash(owner: Owner, at: At) -> None:
    owner.execute("update ledger_seal set hash = sha256(hash) where seq = %s", [FACT_AT])


def changed_last_hash(owner: Owner, at: At) -> None:
    owner.execute("update ledger_seal set hash = sha256(hash) where seq = %s", [SEALS])


def removed_seal(owner: Owner, at: At) -> None:
    owner.execute("delete from ledger_seal where seq = %s", [FACT_AT])


def removed_seals(owner: Owner, at: At) -> None:
    owner.execute("delete from ledger_seal where seq between %s and %s", [FACT_AT, READ_AT])


def doubled_seal(owner: Owner, at: At) -> None:
    free_the_seals(owner)
    owner.execute(
        "insert into ledger_seal (program_id, seq, what, row_id, hash)"
        " select program_id, seq, what, row_id, hash from ledger_seal where seq = %s",
        [FACT_AT],
    )


def sealed_again_at_the_end(owner: Owner, at: At) -> None:
    free_the_seals(owner)
    owner.execute(
        "insert into ledger_seal (program_id, seq, what, row_id, hash)"
        " select program_id, %s, what, row_id, hash from ledger_seal where seq = %s",
        [SEALS + 1, FACT_AT],
    )
    rewrite(owner, at.chain)


def changed_who_looked(owner: Owner, at: At) -> None:
    owner.execute("update ledger_chartread set staff = 4 where id = %s", [at.read])


def changed_whose_chart(owner: Owner, at: At) -> None:
    owner.execute("update ledger_chartread set client = 77 where id = %s", [at.read])


def changed_right(owner: Owner, at: At) -> None:
    owner.execute("update ledger_chartread set by_right = 'leads' where id = %s", [at.read])


def moved_a_word_to_the_next_field(owner: Owner, at: At) -> None:
    owner.execute("update ledger_chartread set page = page || '|9:care team', by_right = '' where id = %s", [at.read])


def nobody_looked(owner: Owner, at: At) -> None:
    owner.execute("delete from ledger_chartread where id = %s", [at.read])


def put_in_before(owner: Owner, at: At) -> None:
    owner.execute(
        "insert into ledger_fact (id, program_id, kind, data, at, written_in, written_at)"
        " select 1000000, program_id, 'PlanWritten', '{}', at, written_in, written_at from ledger_fact where id = %s",
        [at.fact],
    )


def put_in_a_look(owner: Owner, at: At) -> None:
    owner.execute(
        "insert into ledger_chartread (id, program_id, staff, client, page, by_right, at, written_in)"
        " select 1000000, program_id, 1, 2, page, by_right, at, written_in from ledger_chartread where id = %s",
        [at.read],
    )


# The forger writes the chain anew: only an anchor shows it.


def cut_the_tail(owner: Owner, at: At) -> None:
    for what, table in (("fact", "ledger_fact"), ("read", "ledger_chartread")):
        owner.execute(
            f"delete from {table} where id in (select row_id from ledger_seal where what = '{what}' and seq > 20)".encode()
        )
    owner.execute("delete from ledger_seal where seq > 20")


def cut_everything(owner: Owner, at: At) -> None:
    for table in ("ledger_seal", "ledger_fact", "ledger_chartread"):
        owner.execute(f"delete from {table} where program_id = {at.chain.program}".encode())


def put_in_and_rewritten(owner: Owner, at: At) -> None:
    put_in_before(owner, at)
    owner.execute(
        "insert into ledger_seal (program_id, seq, what, row_id, hash) values (%s, -1, 'fact', 1000000, '')",
        [at.chain.program],
    )
    rewrite(owner, at.chain)


def edited_and_rewritten(owner: Owner, at: At) -> None:
    edited_words(owner, at)
    rewrite(owner, at.chain)


def removed_and_rewritten(owner: Owner, at: At) -> None:
    removed_row_and_seal(owner, at)
    rewrite(owner, at.chain)


def reordered_and_rewritten(owner: Owner, at: At) -> None:
    reordered_seals(owner, at)
    rewrite(owner, at.chain)


Forgery = Callable[[Owner, At], None]
FOUND: tuple[tuple[Forgery, Wrong, int, str], ...] = (
    (edited_words, Wrong.CHANGED, FACT_AT, "fact"),
    (edited_actor, Wrong.CHANGED, FACT_AT, "fact"),
    (edited_time, Wrong.CHANGED, FACT_AT, "fact"),
    (edited_by_a_microsecond, Wrong.CHANGED, FACT_AT, "fact"),
    (edited_kind, Wrong.CHANGED, FACT_AT, "fact"),
    (edited_transaction, Wrong.CHANGED, FACT_AT, "fact"),
    (swapped_words, Wrong.CHANGED, FACT_AT, "fact"),
    (swapped_rows, Wrong.CHANGED, FACT_AT, "fact"),
    (swapped_seals, Wrong.CHANGED, FACT_AT, "other"),
    (reordered_seals, Wrong.CHANGED, FACT_AT, "other"),
    (removed_row, Wrong.ROW_GONE, FACT_AT, "fact"),
    (removed_row_and_seal, Wrong.SEAL_GONE, FACT_AT, ""),
    (removed_and_closed_up, Wrong.CHANGED, FACT_AT, ""),
    (moved_to_another_program, Wrong.ROW_GONE, FACT_AT, "fact"),
    (changed_hash, Wrong.SEAL_CHANGED, FACT_AT, "fact"),
    (changed_last_hash, Wrong.CHANGED, SEALS, ""),
    (removed_seal, Wrong.SEAL_GONE, FACT_AT, ""),
    (removed_seals, Wrong.SEAL_GONE, FACT_AT, ""),
    (doubled_seal, Wrong.SEAL_TWICE, FACT_AT, "fact"),
    (sealed_again_at_the_end, Wrong.SEAL_TWICE, SEALS + 1, "fact"),
    (changed_who_looked, Wrong.CHANGED, READ_AT, "read"),
    (changed_whose_chart, Wrong.CHANGED, READ_AT, "read"),
    (changed_right, Wrong.CHANGED, READ_AT, "read"),
    (moved_a_word_to_the_next_field, Wrong.CHANGED, READ_AT, "read"),
    (nobody_looked, Wrong.ROW_GONE, READ_AT, "read"),
    (put_in_before, Wrong.PUT_IN, 0, "put in"),
    (put_in_a_look, Wrong.PUT_IN, 0, "put in"),
)
ANCHORED: tuple[tuple[Forgery, Wrong, int], ...] = (
    (cut_the_tail, Wrong.CUT, 21),
    (cut_everything, Wrong.CUT, 1),
    (put_in_and_rewritten, Wrong.REWRITTEN, 1),
    (edited_and_rewritten, Wrong.REWRITTEN, 1),
    (removed_and_rewritten, Wrong.CUT, SEALS),
    (reordered_and_rewritten, Wrong.REWRITTEN, 1),
)


def test_what_nobody_forged_holds_and_so_does_its_head(chain: Chain, at: At) -> None:
    found = chain.verdict(chain.head())
    assert (found.wrong, found.sealed, found.waiting, found.anchors) == (None, SEALS, 0, 1)
    assert found.head == chain.head().hash


@pytest.mark.parametrize(("forge", "wrong", "seq", "whose"), FOUND, ids=lambda each: getattr(each, "__name__", None))
def test_a_forgery_is_found_and_its_place_named(
    chain: Chain, at: At, forge: Forgery, wrong: Wrong, seq: int, whose: str
) -> None:
    with forging(chain) as owner:
        forge(owner, at)
        found = verify(owner, chain.program, chain.uid, "juniper").wrong
    assert found is not None
    assert (found.wrong, found.seq) == (wrong, seq)
    rows = {"fact": at.fact, "other": at.other, "read": at.read, "put in": 1000000}
    if whose:
        assert found.row == rows[whose]
        assert str(found.row) in found.words


@pytest.mark.parametrize(("forge", "wrong", "seq"), ANCHORED, ids=lambda each: getattr(each, "__name__", None))
def test_a_chain_that_was_written_anew_is_found_by_a_head_that_left(
    chain: Chain, at: At, forge: Forgery, wrong: Wrong, seq: int
) -> None:
    head = chain.head()
    with forging(chain) as owner:
        forge(owner, at)
        alone = verify(owner, chain.program, chain.uid, "juniper")
        found = verify(owner, chain.program, chain.uid, "juniper", [head]).wrong
    assert alone.wrong is None, "the chain in itself cannot show it"
    assert found is not None
    assert (found.wrong, found.seq) == (wrong, seq)


def test_two_heads_say_between_which_days_it_was_rewritten(chain: Chain, at: At) -> None:
    """The older head holds: so the change lies after it."""
    with chain.as_("web") as web:
        said = web.execute("select hash from ledger_seal where seq = 7").fetchone()[0]
    newer, older = chain.head(), HeadLine(chain.uid, 7, bytes(said).hex(), DAY)
    with forging(chain) as owner:
        edited_and_rewritten(owner, at)
        found = verify(owner, chain.program, chain.uid, "juniper", [newer, older])
    assert (found.anchors, found.wrong.wrong, found.wrong.seq) == (1, Wrong.REWRITTEN, 8)


def test_there_are_at_least_twenty_forgeries() -> None:
    assert len(FOUND) + len(ANCHORED) >= 20
