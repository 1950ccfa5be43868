"""The sealer: nothing that runs is passed over, nothing is sealed twice, and it goes on wherever it was stopped."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest

from holdfast.entry.tests.database import Database
from holdfast.ledger.promises import PROMISES
from holdfast.ledger.seals import Sealer, beginning, into
from holdfast.ledger.tests.chain import Chain, add_fact, fill, forging, guarded, new_chain, one
from holdfast.ledger.verify import verify

SEALED = PROMISES[0]


@pytest.fixture
def chain(database: Database) -> Iterator[Chain]:
    made = new_chain(database)
    yield made
    guarded(made)
    with psycopg.connect(database.superuser_url, autocommit=True) as broom:
        broom.execute("select kept.clean()")


def broken(chain: Chain) -> list[int]:
    """Rows that wait too long, as the watch sees them."""
    with psycopg.connect(chain.database.url("watchdog")) as watch:
        return sorted(row[1] for row in watch.execute(SEALED.sql.encode()))


def test_what_lies_behind_a_running_transaction_waits_for_it(chain: Chain) -> None:
    """The later one is committed first. Sealed then, the earlier one could be put in before it unseen."""
    with chain.as_("web") as slow:
        early = add_fact(slow, chain.program, "EpisodeRaised", {"crisis": 1})
        late = chain.fact("EpisodeTaken", crisis=1)
        sealer = Sealer()
        assert chain.seal_once(sealer) == 0
        slow.commit()
    assert chain.seal(sealer) == 2
    assert chain.sealed() == [("fact", early), ("fact", late)]
    assert chain.verdict().wrong is None


def test_what_was_rolled_back_is_no_gap(chain: Chain) -> None:
    chain.fact()
    with chain.as_("web") as web:
        add_fact(web, chain.program, "EpisodeRaised", {})
        web.rollback()
    chain.fact()
    assert chain.seal() == 2
    assert chain.verdict().wrong is None


@pytest.mark.parametrize("batch", [1, 2, 3, 7])
def test_batches_of_any_size_make_one_chain(chain: Chain, batch: int) -> None:
    with chain.as_("web") as web:  # many of one transaction, and of both tables
        for number in range(7):
            add_fact(web, chain.program, "TryLogged", {"n": number})
    for number in range(5):
        chain.read(client=number)
        chain.fact(n=number)
    assert chain.seal(Sealer(batch=batch)) == 17
    assert len(set(chain.sealed())) == 17
    found = chain.verdict()
    assert (found.wrong, found.sealed, found.waiting) == (None, 17, 0)


def test_any_number_of_workers_make_one_chain(chain: Chain) -> None:
    trouble: list[BaseException] = []
    go = threading.Event()

    def work() -> None:
        try:
            sealer = Sealer(batch=2)
            go.wait()
            while not done.is_set():
                chain.seal_once(sealer)
        except BaseException as error:
            trouble.append(error)

    done = threading.Event()
    workers = [threading.Thread(target=work) for _ in range(3)]
    for each in workers:
        each.start()
    go.set()
    for number in range(40):
        chain.fact(n=number)
    done.set()
    for each in workers:
        each.join()
    chain.seal()
    found = chain.verdict()
    assert (trouble, found.wrong, found.sealed) == ([], None, 40)


def test_a_sealer_that_was_killed_in_the_middle_left_nothing_half(chain: Chain) -> None:
    fill(chain, rounds=1)
    chain.fact()
    with psycopg.connect(chain.database.url("worker")) as killed, killed.transaction(force_rollback=True):
        assert Sealer(alone=True).once(killed, chain.program, chain.uid) == 1
    assert chain.verdict().waiting == 1
    assert chain.seal() == 1
    assert chain.verdict().wrong is None


def test_another_worker_goes_on_where_the_last_one_stood(chain: Chain) -> None:
    fill(chain, rounds=2)
    late = chain.fact()
    assert chain.seal(Sealer()) == 1
    assert chain.sealed()[-1] == ("fact", late)
    assert chain.seal_once(Sealer()) == 0


def test_rows_of_an_older_release_are_sealed_too(chain: Chain) -> None:
    """They have no time of writing; until they are sealed the promise is broken, for that is so."""
    old = chain.fact()
    with forging(chain) as owner:
        owner.execute("update ledger_fact set written_at = null where id = %s", [old])
        owner.commit()
    guarded(chain)
    assert broken(chain) == [old]
    assert chain.seal() == 1
    assert (broken(chain), chain.verdict().wrong) == ([], None)


def test_rows_from_another_cluster_are_sealed_once_and_new_ones_after_them(chain: Chain) -> None:
    """After a restore the transactions of old rows may lie far ahead of those to come, sealed and unsealed ones alike."""
    fill(chain, rounds=1)
    ahead = 2**40
    with forging(chain) as owner:
        owner.execute("delete from ledger_seal")
        owner.execute("update ledger_fact set written_in = (%s + id)::text::xid8", [ahead])
        owner.execute("update ledger_chartread set written_in = (%s + id)::text::xid8", [ahead])
        owner.commit()
    guarded(chain)
    assert len(broken_now(chain)) == 7
    first = Sealer(batch=3)
    assert chain.seal(first) == 7
    assert broken_now(chain) == []
    new = chain.fact()
    assert chain.seal(Sealer()) == 1  # a worker that begins now
    newer = chain.fact()
    assert chain.seal(first) == 1  # and the one that was there
    assert chain.sealed()[-2:] == [("fact", new), ("fact", newer)]
    found = chain.verdict()
    assert (found.wrong, found.sealed, found.waiting) == (None, 9, 0)


def broken_now(chain: Chain) -> list[int]:
    """As if the ten seconds were over: by true time, which no test waits for."""
    sql = SEALED.sql.replace("clock_timestamp()", "(clock_timestamp() + interval '11 seconds')")
    with psycopg.connect(chain.database.url("watchdog")) as watch:
        return sorted(row[1] for row in watch.execute(sql.encode()))


def test_what_waits_longer_than_ten_seconds_breaks_the_promise(chain: Chain) -> None:
    fill(chain, rounds=1)
    fact, read = chain.fact(), chain.read()
    assert broken(chain) == []
    assert broken_now(chain) == sorted((fact, read))
    chain.seal()
    assert broken_now(chain) == []


@pytest.mark.parametrize("jump", [timedelta(hours=8), timedelta(hours=-8)])
def test_holdfasts_own_clock_may_move_and_the_promise_is_none_the_worse(chain: Chain, jump: timedelta) -> None:
    chain.fact()
    with psycopg.connect(chain.database.owner_url) as owner:
        owner.execute('insert into ledger_clockoffset ("only", ahead) values (1, %s)', [jump])
    assert broken(chain) == []


def test_a_true_clock_that_was_set_back_does_not_hide_what_waits(chain: Chain) -> None:
    """Written an hour ahead of now: by its age it would look fresh for an hour."""
    fact = chain.fact()
    with forging(chain) as owner:
        owner.execute("update ledger_fact set written_at = clock_timestamp() + interval '1 hour' where id = %s", [fact])
        owner.commit()
    guarded(chain)
    assert broken(chain) == [fact]
    chain.seal()
    assert broken(chain) == []


def test_an_empty_chain_stands_on_its_own_program(chain: Chain) -> None:
    assert beginning(chain.uid) != beginning(uuid4())
    found = chain.verdict()
    assert (found.wrong, found.sealed, found.head) == (None, 0, "")


def test_another_program_sees_nothing_of_a_chain(chain: Chain) -> None:
    fill(chain, rounds=1)
    other = new_chain(chain.database)
    with psycopg.connect(chain.database.url("worker")) as worker:
        into(worker, other.program)
        for table in ("ledger_seal", "ledger_chartread", "ledger_head", "ledger_fact"):
            assert one(worker, f"select count(*) from {table}", []) == 0
        found = verify(worker, other.program, other.uid, "other")
    assert (found.wrong, found.sealed) == (None, 0)


# ---------------------------------------------------------------- what web and worker may do, in raw SQL

NEVER = [
    f"{deed} {table}{rest}"
    for table in ("ledger_fact", "ledger_chartread", "ledger_seal", "ledger_head")
    for deed, rest in (("update", " set program_id = program_id"), ("delete from", ""), ("truncate", ""))
]


@pytest.mark.parametrize("role", ["web", "worker", "watchdog"])
@pytest.mark.parametrize("sql", NEVER)
def test_nobody_who_runs_changes_or_removes_a_row_of_the_record(chain: Chain, role: str, sql: str) -> None:
    with chain.as_(role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(sql.encode())


@pytest.mark.parametrize("sql", NEVER)
def test_the_owner_is_stopped_by_a_trigger(chain: Chain, sql: str) -> None:
    with chain.as_("owner") as owner, pytest.raises(psycopg.errors.RaiseException, match="facts are only added"):
        owner.execute(sql.encode())


@pytest.mark.parametrize(
    "sql",
    [
        "insert into ledger_seal (program_id, seq, what, row_id, hash) values (%s, 1, 'fact', 1, '')",
        "insert into ledger_head (program_id, day, way, seq, hash, at) values (%s, '2026-11-24', 'file', 1, '', now())",
    ],
)
def test_only_the_worker_seals_and_marks_a_head(chain: Chain, sql: str) -> None:
    with chain.as_("web") as web, pytest.raises(psycopg.errors.InsufficientPrivilege):
        web.execute(sql.encode(), [chain.program])
    with chain.as_("worker") as worker:
        worker.execute(sql.encode(), [chain.program])


@pytest.mark.parametrize("role", ["web", "worker"])
def test_web_and_worker_write_down_facts_and_looks(chain: Chain, role: str) -> None:
    with chain.as_(role) as connection:
        add_fact(connection, chain.program, "TryLogged", {})
        connection.execute(
            "insert into ledger_chartread (program_id, staff, client, page, by_right, at) values (%s, 1, 2, 'x', 'y', now())",
            [chain.program],
        )
    assert chain.seal() == 2


def test_the_watch_sees_that_a_row_is_there_and_not_what_it_says(chain: Chain) -> None:
    chain.fact()
    with psycopg.connect(chain.database.url("watchdog")) as watch:
        assert one(watch, "select count(id) from ledger_fact", []) == 1
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            watch.execute("select data from ledger_fact")
