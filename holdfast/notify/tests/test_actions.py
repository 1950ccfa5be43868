"""Receipts, contacts and troubles, on a real database, as the role of the web."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from holdfast.assessment import actions as assessment
from holdfast.ledger.models import Fact
from holdfast.ledger.scope import enter
from holdfast.notify import actions, queries
from holdfast.notify.models import Attempt, Trouble
from holdfast.notify.rules import Channel, State
from holdfast.people.models import Contact
from holdfast.people.tests.cast import Cast

SECOND = timedelta(seconds=1)


@pytest.fixture
def sent(cast: Cast) -> dict[str, Attempt]:
    """Cal's page, each channel's attempt as if a sender had just sent it."""
    cast.night_shift()
    assessment.ask_for_help(cast.ana, "session", cast.now)
    for attempt in Attempt.objects.all():
        attempt.state, attempt.due_at, attempt.tries, attempt.began_at = State.ACCEPTED, None, 1, cast.now
        attempt.provider_id = f"SID {attempt.channel}"
        attempt.line_until = cast.now + 60 * SECOND if attempt.channel == Channel.VOICE else None
        attempt.save()
    return {attempt.channel: attempt for attempt in Attempt.objects.all()}


def receipt(
    cast: Cast, attempt: Attempt, status: str, code: int | None = None, sid: str = "", later: int = 1
) -> Attempt:
    now = cast.now + later * SECOND
    if attempt.channel == Channel.VOICE:
        actions.call_receipt(attempt.uid, sid or attempt.provider_id, status, now)
    else:
        actions.text_receipt(attempt.uid, sid or attempt.provider_id, status, code, now)
    attempt.refresh_from_db()
    return attempt


@pytest.mark.parametrize(
    "order",
    [
        ["sent", "delivered"],
        ["delivered", "sent"],
        ["delivered", "delivered", "sent"],
        ["sent", "undelivered", "delivered"],
    ],
)
def test_receipts_in_any_order_end_as_delivered(cast: Cast, sent: dict[str, Attempt], order: list[str]) -> None:
    sms = sent["sms"]
    for status in order:
        receipt(cast, sms, status)
    assert (sms.state, sms.due_at) == (State.DELIVERED, None)
    assert sms.last_error == ""


def test_an_undelivered_text_is_tried_again_soon(cast: Cast, sent: dict[str, Attempt]) -> None:
    sms = receipt(cast, sent["sms"], "undelivered", 30003)
    assert (sms.state, sms.due_at) == (State.FAILED_FOR_NOW, cast.now + 3 * SECOND)
    assert sms.last_error == "undelivered 30003"


def test_a_text_to_no_such_handset_makes_the_contact_unreachable(cast: Cast, sent: dict[str, Attempt]) -> None:
    sms = receipt(cast, sent["sms"], "undelivered", 30005)
    assert sms.state == State.FAILED_FOR_GOOD
    assert Contact.objects.get(id=sms.contact_id).unreachable_why == "no such handset"
    assert Fact.objects.filter(kind="ContactLost").count() == 1
    receipt(cast, sent["sms"], "undelivered", 30005)
    assert Fact.objects.filter(kind="ContactLost").count() == 1


def test_a_receipt_of_an_earlier_try_is_no_news_unless_it_arrived(cast: Cast, sent: dict[str, Attempt]) -> None:
    assert receipt(cast, sent["sms"], "undelivered", 30003, sid="SID before").state == State.ACCEPTED
    assert receipt(cast, sent["sms"], "delivered", sid="SID before").state == State.DELIVERED


def test_a_receipt_may_overtake_the_senders_mark(cast: Cast, sent: dict[str, Attempt]) -> None:
    Attempt.objects.filter(id=sent["sms"].id).update(state=State.QUEUED, due_at=cast.now, provider_id="")
    sms = receipt(cast, sent["sms"], "delivered", sid="SID first")
    assert (sms.state, sms.provider_id, sms.due_at) == (State.DELIVERED, "SID first", None)


def test_a_receipt_of_nobodys_text_is_told_apart(cast: Cast, sent: dict[str, Attempt]) -> None:
    other = sent["email"].program.uid
    assert not actions.text_receipt(other, "SM9", "delivered", None, cast.now)
    assert not actions.text_receipt(sent["sms"].uid, "SM9", "dancing", None, cast.now)


def test_the_end_of_a_call_frees_the_line_whatever_comes_after(cast: Cast, sent: dict[str, Attempt]) -> None:
    voice = receipt(cast, sent["voice"], "in-progress")
    assert (voice.state, voice.line_until) == (State.DELIVERED, cast.now + 61 * SECOND)
    assert receipt(cast, sent["voice"], "completed").line_until is None
    assert receipt(cast, sent["voice"], "ringing").line_until is None


@pytest.mark.parametrize(("end", "again"), [("busy", True), ("failed", True), ("no-answer", False)])
def test_a_call_that_nobody_took_has_failed_for_now(
    cast: Cast, sent: dict[str, Attempt], end: str, again: bool
) -> None:
    voice = receipt(cast, sent["voice"], end)
    assert (voice.state, voice.line_until) == (State.FAILED_FOR_NOW, None)
    assert (voice.due_at is not None) is again


def test_what_was_told_together_shares_its_receipts(cast: Cast, sent: dict[str, Attempt]) -> None:
    Attempt.objects.filter(channel="email").update(together_with=sent["sms"].uid)
    receipt(cast, sent["sms"], "delivered")
    sent["email"].refresh_from_db()
    assert sent["email"].state == State.DELIVERED


def test_a_new_turn_sets_aside_what_the_last_one_had_still_to_try(cast: Cast, sent: dict[str, Attempt]) -> None:
    receipt(cast, sent["sms"], "undelivered", 30003)
    sms = sent["sms"]
    page = actions.PageToSend(sms.for_id, cast.cal.id, "4821", "7", "4")
    again = actions.send_pages(cast.program.id, [page], rank=0, no_cover=True, again=True, now=cast.now)
    sms.refresh_from_db()
    assert (sms.state, sms.due_at) == (State.NOT_NEEDED, None)
    assert {attempt.args["no_cover"] for attempt in again} == {"1"}


def test_a_quiet_page_uses_only_what_is_seen_at_work(cast: Cast) -> None:
    page = actions.PageToSend(1, cast.cal.id, "4821", "7", "4")
    made = actions.send_pages(cast.program.id, [page], rank=2, no_cover=False, again=False, now=cast.now)
    assert {attempt.channel for attempt in made} == {"in_app"}


def test_a_contact_that_is_out_of_order_is_not_tried(cast: Cast) -> None:
    Contact.objects.filter(staff=cast.cal, kind="phone").update(unreachable_since=cast.now)
    page = actions.PageToSend(1, cast.cal.id, "4821", "7", "4")
    made = actions.send_pages(cast.program.id, [page], rank=0, no_cover=False, again=False, now=cast.now)
    assert {attempt.channel for attempt in made} == {"in_app", "email"}


def test_a_lost_contact_is_not_waited_for(cast: Cast) -> None:
    page = actions.PageToSend(1, cast.cal.id, "4821", "7", "4")
    actions.send_pages(cast.program.id, [page], rank=0, no_cover=False, again=False, now=cast.now)
    phone = Contact.objects.get(staff=cast.cal, kind="phone")
    actions.contact_lost(phone.id, "has said STOP", cast.now)
    states = dict(Attempt.objects.values_list("channel", "state"))
    assert (states["sms"], states["voice"], states["email"]) == ("failed_for_good", "failed_for_good", "queued")


def test_the_code_means_something_only_on_the_handset_that_was_asked(cast: Cast, sent: dict[str, Attempt]) -> None:
    """H: somebody else's phone cannot answer for Cal."""
    code = sent["sms"].args["code"]
    found = queries.asked_by_code("+1 (520) 555-0102", code, cast.now)
    assert found is not None
    assert found.for_id == sent["sms"].for_id
    assert queries.asked_by_code("+15205550103", code, cast.now) is None
    assert queries.asked_by_code("+15205550102", "0000", cast.now) is None
    assert queries.asked_by_code("+15205550102", code, cast.now + timedelta(hours=25)) is None


def test_a_trouble_is_announced_once_counted_and_ended(cast: Cast) -> None:
    for later in range(3):
        actions.channel_trouble(cast.program.id, Channel.SMS, actions.REFUSED_WEBHOOK, cast.now + later * SECOND)
    trouble = Trouble.objects.get()
    assert (trouble.count, trouble.since, trouble.last_at) == (3, cast.now, cast.now + 2 * SECOND)
    assert Fact.objects.filter(kind="ChannelTroubled").count() == 1
    actions.forget_old_refusals(cast.program.id, cast.now + timedelta(minutes=9))
    assert queries.open_troubles().count() == 1
    actions.forget_old_refusals(cast.program.id, cast.now + timedelta(minutes=11))
    assert queries.open_troubles().count() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"state": "accepted"},
        {"state": "queued", "due_at": None},
        {"state": "lost", "due_at": None},
        {"contact": None},
        {"channel": "pigeon"},
    ],
)
def test_the_database_refuses_an_attempt_that_makes_no_sense(cast: Cast, change: dict[str, Any]) -> None:
    page = actions.PageToSend(1, cast.cal.id, "4821", "7", "4")
    actions.send_pages(cast.program.id, [page], rank=0, no_cover=False, again=False, now=cast.now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Attempt.objects.filter(channel="sms").update(**change)


def test_another_program_sees_none_of_it(cast: Cast, sent: dict[str, Attempt]) -> None:
    """Eve's program."""
    enter(cast.other.id)
    assert Attempt.objects.count() == 0
    assert not actions.text_receipt(sent["sms"].uid, "SM1", "delivered", None, cast.now)
