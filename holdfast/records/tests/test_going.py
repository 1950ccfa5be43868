"""What must go goes: after its day, with a director's word, through the narrow way, and the ledger still verifies."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction

from holdfast.approval import actions as approval
from holdfast.content.retention import Kind, retention
from holdfast.content.units import digest_of, sums_at
from holdfast.crisis.rules import NotAllowed
from holdfast.entry.tests.database import Database
from holdfast.ledger.clock import move
from holdfast.ledger.models import ChartRead, Fact
from holdfast.ledger.promises import violators
from holdfast.ledger.scope import enter
from holdfast.ledger.tests.chain import Chain
from holdfast.people.actions import enrol
from holdfast.people.models import Client, Staff, User
from holdfast.people.rules import zone
from holdfast.people.tests.cast import Cast
from holdfast.records import asking, closing, going, keeping
from holdfast.records.models import Deletion, Hold
from holdfast.records.promises import PROMISES
from holdfast.records.tests.test_copies import a_life, rows_of

UNIT = going.POLICY.format(retention().version)
YEAR = timedelta(days=365)
LONG = 12 * YEAR


def in_force(cast: Cast) -> None:
    """Two people have approved the policy."""
    sums, day = sums_at(UNIT), cast.now.astimezone(zone(cast.program.timezone)).date()
    approval.approve(UNIT, sums, cast.dia, day, digest_of(sums), cast.now)
    approval.confirm(UNIT, sums, cast.bea, digest_of(sums), cast.now)


def left(cast: Cast) -> None:
    """Ana had a life here, and left long ago."""
    from holdfast.crisis.models import Episode

    in_force(cast)

    cast.night_shift()
    a_life(cast, cast.ana)
    Episode.objects.filter(client=cast.ana).update(
        state="closed", closed_at=cast.now, look_again_at=None, owner=None, waivers={}
    )
    closing.close(cast.ana, cast.now, by=cast.dia, why="She asked on paper")


def later(cast: Cast, by: timedelta):
    """So much later, by Holdfast's own clock."""
    move(by)
    return enter(cast.program.id)


def sign(cast: Cast, now, *kinds: Kind) -> list[Deletion]:
    return going.approve(cast.program, [(cast.ana.id, kind) for kind in kinds], cast.dia, now)


def take(role: str, deletion: Deletion) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"select holdfast_take_{deletion.kind}(%s, 500)", [deletion.id])
        return int(cursor.fetchone()[0])


def test_what_is_about_to_go_is_shown_ninety_days_ahead_and_not_before(cast: Cast) -> None:
    left(cast)
    now = later(cast, 180 * YEAR / 365)
    assert keeping.to_go(cast.program, now) == []
    now = later(cast, timedelta(days=100))  # a year after she left, ways to reach her may go
    (contact,) = keeping.to_go(cast.program, now)
    assert contact.kind is Kind.CONTACT
    now = later(cast, LONG)
    assert {one.kind for one in keeping.to_go(cast.program, now)} == set(Kind)
    assert all(one.late(now.date()) for one in keeping.to_go(cast.program, now))


def test_nobody_else_in_the_program_is_on_the_list(cast: Cast) -> None:
    enrol(cast.program.id, name="Ben", state="AZ", timezone="UTC", now=cast.now)
    assert keeping.to_go(cast.program, later(cast, LONG)) == []


def test_nothing_goes_without_a_director(cast: Cast) -> None:
    """H-163"""
    left(cast)
    now = later(cast, LONG)
    for staff in (cast.bea, cast.adam):
        with pytest.raises(NotAllowed, match="Only a director"):
            going.approve(cast.program, [(cast.ana.id, Kind.RECORD)], staff, now)
    with pytest.raises(NotAllowed, match="Something has changed"):
        going.approve(cast.program, [(cast.bea.id + 99, Kind.RECORD)], cast.dia, now)
    assert not Deletion.objects.exists()


def test_nothing_goes_under_a_policy_that_nobody_has_approved(cast: Cast) -> None:
    """H-163"""
    left(cast)
    now = later(cast, LONG)
    approval.withdraw(UNIT, cast.dia, now)
    with pytest.raises(NotAllowed, match="The policy is a draft"):
        sign(cast, now, Kind.RECORD)
    assert not Deletion.objects.exists()


def test_a_hold_a_request_and_a_return_stand_against_it(cast: Cast) -> None:
    """H-163"""
    left(cast)
    now = later(cast, LONG)
    hold = going.set_hold(cast.ana, cast.dia, "A lawyer has written", now)
    assert {one.why_not for one in keeping.to_go(cast.program, now)} == {"A legal hold is set."}
    with pytest.raises(NotAllowed, match="Something has changed"):
        sign(cast, now, Kind.RECORD)
    going.lift_hold(hold, cast.dia, "The matter is over", now)
    asked = asking.ask(cast.ana, "The dates are wrong", "", now)
    with pytest.raises(NotAllowed, match="Something has changed"):
        sign(cast, now, Kind.RECORD)
    asking.answer(asked, cast.dia, "accepted", "", "The dates were changed.", now)
    (row,) = sign(cast, now, Kind.RECORD)
    going.set_hold(cast.ana, cast.dia, "Another lawyer has written", now)
    row.refresh_from_db()
    assert row.dropped_at is not None
    assert Fact.objects.filter(kind="DeletionDropped", data__deletion=row.id).exists()
    assert Hold.objects.filter(lifted_at=None).count() == 1


def test_the_web_cannot_take_anything_away(cast: Cast) -> None:
    """H-164"""
    left(cast)
    (row,) = sign(cast, later(cast, LONG), Kind.RECORD)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        take("web", row)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Client.objects.filter(id=cast.ana.id)._raw_delete("default")


@pytest.mark.role("worker")
def test_the_worker_cannot_write_a_directors_word(cast: Cast) -> None:
    """H-164"""
    left(cast)
    now = later(cast, LONG)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        sign(cast, now, Kind.RECORD)


@pytest.mark.role("owner")  # the one role that may both approve and take away, for a test in one transaction
def test_her_record_goes_in_steps_and_nobody_elses_does(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """H-164"""
    left(cast)
    other = enrol(cast.program.id, name="Ben", state="AZ", timezone="UTC", now=cast.now)
    a_life(cast, other)
    facts, looks = Fact.objects.count(), ChartRead.objects.count()
    now = later(cast, LONG)
    (row,) = sign(cast, now, Kind.RECORD)
    kept = {model: len(rows) for model, rows in rows_of(other).items()}
    user = cast.ana.user_id
    monkeypatch.setattr(going, "A_STEP", 7)
    steps = 0
    while going.go(row.id, now):
        steps += 1
    row.refresh_from_db()
    assert row.done_at is not None
    assert steps > 5
    assert row.rows > 40
    assert not Client.objects.filter(id=cast.ana.id).exists()
    for model, rows in rows_of(cast.ana).items():
        assert model is Client or model is ChartRead or not rows, model
    assert {model: len(rows) for model, rows in rows_of(other).items()} == kept
    gone = User.objects.get(id=user)
    assert (gone.email, gone.is_active, gone.has_usable_password()) == (f"{user}@gone.invalid", False, False)
    assert ChartRead.objects.count() == looks  # who looked stays, by bare numbers
    assert Fact.objects.count() > facts
    assert Fact.objects.get(kind="Deleted").data == {
        "client": cast.ana.id,
        "deletion": row.id,
        "what": "record",
        "rows": row.rows,
    }


@pytest.mark.role("owner")
def test_ways_to_reach_her_go_first_and_the_record_stays(cast: Cast) -> None:
    left(cast)
    now = later(cast, 2 * YEAR)
    (row,) = sign(cast, now, Kind.CONTACT)
    assert going.go(row.id, now)
    names = {model.__name__ for model, rows in rows_of(cast.ana).items() if rows}
    assert not names & {"Device", "ReminderWish", "Reminder"}
    assert names >= {"Client", "Response", "Answer", "SafetyPlan", "Episode"}


@pytest.mark.role("owner")
def test_the_database_looks_again_before_each_step(cast: Cast) -> None:
    """H-163: who came back, or whose request is open, loses nothing, whatever was approved."""
    left(cast)
    now = later(cast, LONG)
    (row,) = sign(cast, now, Kind.RECORD)
    Client.objects.filter(id=cast.ana.id).update(standing="active")
    assert take("owner", row) == 0
    row.refresh_from_db()
    assert row.dropped_at is not None
    assert Client.objects.filter(id=cast.ana.id).exists()
    Client.objects.filter(id=cast.ana.id).update(standing="discharged")
    (row,) = sign(cast, now, Kind.RECORD)
    Deletion.objects.filter(id=row.id).update(due_at=now + timedelta(days=1))
    assert take("owner", row) == 0
    assert not going.go(row.id, now)
    Deletion.objects.filter(id=row.id).update(due_at=now)
    Client.objects.filter(id=cast.ana.id).update(standing_since=now - timedelta(days=1))  # beneath the floor
    assert take("owner", row) == 0
    assert Client.objects.filter(id=cast.ana.id).exists()


@pytest.mark.role("owner")
def test_another_program_cannot_be_reached_through_it(cast: Cast) -> None:
    """H-164: the narrow way stands behind the wall of its program like everything else."""
    left(cast)
    now = later(cast, LONG)
    (row,) = sign(cast, now, Kind.RECORD)
    enter(cast.other.id)
    assert take("owner", row) == 0
    enter(cast.program.id)
    assert Client.objects.filter(id=cast.ana.id).exists()


@pytest.mark.role("owner")
def test_what_was_approved_and_did_not_go_is_missed(cast: Cast) -> None:
    left(cast)
    now = later(cast, LONG)
    (row,) = sign(cast, now, Kind.CONTACT)
    promise = next(p for p in PROMISES if p.name == "what_was_approved_to_go_goes")
    assert violators(promise).holds
    move(timedelta(days=1, minutes=1))
    assert violators(promise).rows == ((cast.program.id, row.id),)
    going.go(row.id, enter(cast.program.id))
    assert violators(promise).holds


def test_a_directors_word_is_taken_back_until_it_has_gone(cast: Cast) -> None:
    left(cast)
    now = later(cast, LONG)
    (row,) = sign(cast, now, Kind.RECORD)
    assert [one.kind for one in keeping.to_go(cast.program, now)] == [Kind.CONTACT]
    going.take_back(row, cast.dia, now)
    assert {one.kind for one in keeping.to_go(cast.program, now)} == set(Kind)
    with pytest.raises(NotAllowed, match="Only a director"):
        going.take_back(row, cast.bea, now)
    assert Staff.objects.filter(id=cast.dia.id).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.role("owner")
def test_the_ledger_verifies_after_a_deletion(database: Database) -> None:
    """H-164: facts and looks hold bare numbers and stay; the chain over them is whole."""
    from holdfast.people.tests.cast import make_cast

    with transaction.atomic():
        cast = make_cast("gone", "6")
        left(cast)
    chain = Chain(database, cast.program.id, cast.program.uid)
    assert chain.seal() > 20
    with transaction.atomic():
        now = later(cast, LONG)
        (row,) = sign(cast, now, Kind.RECORD)
        while going.go(row.id, now):
            pass
    assert chain.seal() >= 2
    assert not chain.waiting()
    assert chain.verdict().wrong is None
    with transaction.atomic():
        enter(cast.program.id)
        assert Deletion.objects.get(id=row.id).done_at is not None
        assert not Client.objects.filter(id=cast.ana.id).exists()


@pytest.mark.django_db(transaction=True)
def test_the_web_approves_and_the_workers_sweep_takes_it_away(database: Database, clean_database) -> None:
    """H-164: both roles with the rights that they have in real life, and with nothing more."""
    from holdfast.entry.sweeps import QUIET, sweep
    from holdfast.entry.tests.database import _Signed
    from holdfast.people.tests.cast import make_cast

    with transaction.atomic():
        cast = make_cast("swept", "7")
        left(cast)
        user = cast.ana.user_id
    with transaction.atomic():
        now = later(cast, LONG)
        rows = sign(cast, now, Kind.CONTACT, Kind.RECORD)
    (deletions,) = [kind for kind in QUIET if kind.function == "holdfast_due_deletions"]
    try:
        _Signed.in_as("worker")
        while sweep(deletions):
            pass
    finally:
        _Signed.in_as("web")
    with transaction.atomic():
        enter(cast.program.id)
        assert all(row.done_at for row in Deletion.objects.filter(id__in=[row.id for row in rows]))
        assert not Client.objects.filter(id=cast.ana.id).exists()
        assert User.objects.get(id=user).email == f"{user}@gone.invalid"
        assert Fact.objects.filter(kind="Deleted").count() == 2
