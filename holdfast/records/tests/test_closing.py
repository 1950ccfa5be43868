"""Closing an account: never while somebody has the client, nothing deleted, and everything that reaches them ends."""

from datetime import timedelta
from uuid import uuid4

import pytest

from holdfast.assessment import actions as assessment
from holdfast.crisis import actions as crisis
from holdfast.crisis import landing
from holdfast.crisis.models import Episode
from holdfast.crisis.rules import Disposition, NotAllowed, Result
from holdfast.ledger.models import Fact
from holdfast.people.actions import install_device
from holdfast.people.models import Client, Device, ReminderWish, User
from holdfast.people.rating import wish_reminders
from holdfast.people.rules import ReminderBy, Standing
from holdfast.people.tests.cast import Cast
from holdfast.records import closing
from holdfast.records.models import Closing
from holdfast.records.rules import Asked, Form


def test_standing_sign_in_phones_and_reminders_end_and_nothing_is_deleted(cast: Cast) -> None:
    install_device(cast.ana.id, cast.program.id, "iPhone", cast.now)
    wish_reminders(cast.ana, ReminderBy.EMAIL, "ana@home.example", cast.now)
    form = assessment.start_response(cast.program.id, cast.ana.id, "check-in", cast.now)
    closing.close(cast.ana, cast.now, why="I am well")
    ana = Client.objects.get(id=cast.ana.id)
    assert (ana.standing, ana.standing_since) == (Standing.DISCHARGED, cast.now)
    assert not User.objects.get(id=ana.user_id).is_active
    assert not Device.objects.filter(revoked_at=None).exists()
    assert not ReminderWish.objects.filter(ended_at=None).exists()
    form.refresh_from_db()
    fact = Fact.objects.get(kind="AccountClosed")
    assert fact.data == {"client": ana.id, "closing": Closing.objects.get().id, "by": None}


def test_an_open_crisis_keeps_it_open_and_says_who_has_her(cast: Cast) -> None:
    """H-165"""
    cast.night_shift()
    assessment.ask_for_help(cast.ana, "session", cast.now)
    episode = Episode.objects.get(client=cast.ana)
    with pytest.raises(closing.StillHeld) as no:
        closing.close(cast.ana, cast.now)
    assert (no.value.held.who, no.value.held.by) == ("", None)
    crisis.take(episode.id, cast.cal, "board", cast.now)
    with pytest.raises(closing.StillHeld) as no:
        closing.close(cast.ana, cast.now, by=cast.dia, why="She asked on paper")
    assert no.value.held.who == "Cal"
    crisis.log_try(episode.id, cast.cal, Result.REACHED, "phone", "", uuid4(), cast.now)
    at = cast.now + timedelta(hours=3)
    landing.settle(
        episode.id,
        cast.cal,
        disposition=Disposition.SAFE_WITH_PLAN,
        next_contact_at=at,
        next_contact_by=cast.bea.id,
        words="",
        now=cast.now,
    )
    with pytest.raises(closing.StillHeld) as no:  # the landing is open while its next contact is to come
        closing.close(cast.ana, cast.now)
    assert (no.value.held.who, no.value.held.by) == ("Bea", at)
    assert Client.objects.get(id=cast.ana.id).standing == Standing.ACTIVE
    assert not Closing.objects.exists()


def test_staff_close_it_for_her_with_a_reason_and_the_right_to(cast: Cast) -> None:
    with pytest.raises(NotAllowed, match="why"):
        closing.close(cast.ana, cast.now, by=cast.bea)
    with pytest.raises(NotAllowed, match="own team"):
        closing.close(cast.ana, cast.now, by=cast.cal, why="She asked on paper")
    closing.close(cast.ana, cast.now, by=cast.bea, why="She asked on paper")
    assert Closing.objects.get().by_id == cast.bea.id


def test_pressed_twice_it_is_one(cast: Cast) -> None:
    assert closing.close(cast.ana, cast.now).id == closing.close(cast.ana, cast.now).id
    assert Fact.objects.filter(kind="AccountClosed").count() == 1


def test_whoever_has_a_place_elsewhere_keeps_that_one(cast: Cast) -> None:
    """A colleague of another program is a client here: their work there goes on."""
    eve = User.objects.get(email__startswith="eve@")
    Client.objects.filter(id=cast.ana.id).update(user=eve)
    closing.close(cast.ana, cast.now)
    assert User.objects.get(id=eve.id).is_active
    assert Client.objects.get(id=cast.ana.id).user_id is None


def test_she_may_come_back(cast: Cast) -> None:
    closing.close(cast.ana, cast.now)
    closing.open_again(cast.ana, cast.dia, cast.now)
    assert User.objects.get(id=cast.ana.user_id).is_active
    assert Fact.objects.filter(kind="AccountOpened", data__by=cast.dia.id).exists()
    closing.close(cast.ana, cast.now, by=cast.dia, why="She asked on paper")  # and close it again
    assert Closing.objects.filter(opened_at=None).count() == 1


def test_a_copy_by_staff_says_how_they_were_asked_and_how_they_knew(cast: Cast) -> None:
    with pytest.raises(NotAllowed, match="how the client asked"):
        closing.copied(cast.ana, Form.PDF, cast.now, by=cast.bea)
    with pytest.raises(NotAllowed, match="how you knew"):
        closing.copied(cast.ana, Form.PDF, cast.now, by=cast.bea, asked=Asked.ON_PAPER)
    row = closing.copied(cast.ana, Form.PDF, cast.now, by=cast.bea, asked=Asked.ON_PAPER, words="Her card")
    assert Fact.objects.get(kind="RecordCopied").data == {
        "client": cast.ana.id,
        "copy": row.id,
        "form": "pdf",
        "by": cast.bea.id,
    }
