"""A backup carries the record with its seals: restored, it holds as it did, and goes on."""

from dataclasses import replace

import psycopg
from psycopg import sql

from holdfast.entry import restore
from holdfast.entry.tests.database import Database
from holdfast.entry.tests.test_backup import House, house  # noqa: F401 - a fixture
from holdfast.ledger.tests.chain import fill, forging, guarded, new_chain
from holdfast.wiring import PROMISES


def test_a_restored_record_holds_as_it_did_and_what_waited_is_sealed(house: House) -> None:  # noqa: F811
    """Facts, chart reads and seals come back, the chain goes on, and the head of before is still its own."""
    database = Database(house.name, house.owner_url, house.superuser_url)
    chain = new_chain(database)
    fill(chain, rounds=2)
    head = chain.head()
    waiting = [chain.fact(), chain.read()]
    path = house.backup("recorded.age", PROMISES)
    new = f"{house.name}_record"
    try:
        said = house.holdfast("restore", str(path), "--key", str(house.key), "--into", new)
        assert said.returncode == 0, said.stderr
        assert f"holds: {head.seq + 2} seals." in said.stdout
        there = Database(new, restore.database_in(house.owner_url, new), house.superuser_url)
        restored = replace(chain, database=there)
        assert restored.sealed()[-2:] == [("fact", waiting[0]), ("read", waiting[1])]
        later = restored.fact()
        assert restored.seal() >= 1
        found = restored.verdict(head)
        assert (found.wrong, found.sealed, found.waiting, found.anchors) == (None, head.seq + 3, 0, 1)
        assert restored.sealed()[-1] == ("fact", later)
    finally:
        with psycopg.connect(house.superuser_url, autocommit=True) as server:
            server.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(new)))


def test_a_record_that_did_not_hold_is_restored_all_the_same_and_said(house: House) -> None:  # noqa: F811
    """People's data comes first; that somebody changed the record is said aloud."""
    chain = new_chain(Database(house.name, house.owner_url, house.superuser_url))
    fill(chain, rounds=1)
    with forging(chain) as owner:
        owner.execute("update ledger_fact set kind = 'Forged' where program_id = %s", [chain.program])
        owner.commit()
    guarded(chain)
    said = house.holdfast("restore", str(house.backup("forged.age")), "--key", str(house.key), "--verify")
    assert said.returncode == 0, said.stderr
    assert "Beware: the record of" in said.stderr
    assert "Seal 1: fact" in said.stderr
