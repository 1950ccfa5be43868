"""The senders, on a real database as the worker's role, against a telephone company over real HTTP."""

import json
import re
import threading
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection

from holdfast.assessment import actions as assessment
from holdfast.crisis import actions as crisis
from holdfast.crisis.models import Episode
from holdfast.ledger import clock
from holdfast.ledger.models import Fact
from holdfast.ledger.promises import violators
from holdfast.notify import actions
from holdfast.notify.channels.base import Batch, Result
from holdfast.notify.courier import Courier
from holdfast.notify.health import Health
from holdfast.notify.models import Attempt, Trouble
from holdfast.notify.one_sender import OneSender
from holdfast.notify.promises import PROMISES
from holdfast.notify.rules import Channel, News, State
from holdfast.people import actions as people
from holdfast.people.models import Contact
from holdfast.people.rules import ContactKind

pytestmark = [pytest.mark.role("worker")]

CAL, PRIYA = "+15205550102", "+15205550103"


def ask_for_help(desk: Any) -> Episode:
    """Ana calls for help: one crisis, Cal is paged."""

    def ask(now: Any) -> Episode:
        assessment.ask_for_help(desk.cast.ana, "session", now)
        return Episode.objects.latest("id")

    found: Episode = desk.do(ask)
    return found


def more_pages(desk: Any, *codes: str, rank: int = 0) -> None:
    """Further things that Cal is asked about, each by text and call. They are always wanted."""
    cal = desk.cast.cal

    def queue(now: Any) -> None:
        for number, code in enumerate(codes):
            args = {"code": code, "digit": "7", "cannot_digit": "4"}
            for attempt in actions.send_pages(
                desk.cast.program.id,
                [actions.PageToSend(900 + number, cal.id, **args)],
                rank=rank,
                no_cover=False,
                again=False,
                now=now,
            ):
                Attempt.objects.filter(id=attempt.id).update(for_what="other")

    desk.do(queue)


class Slow:
    """An adapter that waits until the test lets it go."""

    def __init__(self) -> None:
        self.began, self.go = threading.Event(), threading.Event()

    def send(self, batch: Batch) -> Result:
        self.began.set()
        self.go.wait(10)
        return Result(News.SENT, provider_id="slow")


def with_adapter(desk: Any, channel: Channel, adapter: Any) -> OneSender:
    return OneSender(channel, desk.senders()._url, Courier(lambda: adapter), Health())


def test_a_page_reaches_every_handset_of_its_person(desk):
    ask_for_help(desk)
    desk.send()
    assert {attempt.channel: attempt.state for attempt in desk.attempts()} == {
        "in_app": "accepted",
        "sms": "accepted",
        "voice": "accepted",
        "email": "accepted",
    }
    assert all(attempt.began_at and attempt.due_at is None for attempt in desk.attempts())
    (text,) = desk.log(channel="sms", wait=5)
    (sms,) = desk.attempts(Channel.SMS)
    assert (text["to"], text["token"], sms.provider_id) == (CAL, sms.uid.hex, text["id"])
    assert sms.args["code"] in text["text"]
    assert desk.do(lambda _: Fact.objects.filter(kind="AttemptSent").count()) == 4


def test_no_send_begins_once_somebody_has_it(desk):
    """Promise 3: the send and the look whether it is still wanted are one statement."""
    episode = ask_for_help(desk)
    desk.do(lambda now: crisis.take(episode.id, desk.cast.cal, "board", now))
    desk.send(Channel.SMS, Channel.VOICE, Channel.EMAIL)
    loud = [attempt for attempt in desk.attempts() if attempt.channel != "in_app"]
    assert {attempt.state for attempt in loud} == {State.NOT_NEEDED}
    assert all(attempt.began_at is None and attempt.tries == 0 for attempt in loud)
    assert desk.log() == []


def test_several_pages_for_one_handset_are_one_text_and_one_call(desk):
    more_pages(desk, "1111", "2222", "3333")
    desk.send(Channel.SMS, Channel.VOICE)
    (text,) = desk.log(channel="sms")
    assert "3 people need you" in text["text"]
    assert all(code in text["text"] for code in ("1111", "2222", "3333"))
    assert len(desk.log(channel="voice")) == 1
    first, *others = desk.attempts(Channel.SMS)
    assert first.together_with is None
    assert {other.together_with for other in others} == {first.uid}
    assert {attempt.state for attempt in [first, *others]} == {State.ACCEPTED}


def test_the_most_urgent_goes_first(desk):
    more_pages(desk, "5555", rank=2)
    ask_for_help(desk)

    def quiet_ones_are_for_somebody_else(now):
        Attempt.objects.filter(for_what="other", channel="in_app").update(handset="staff 0")

    desk.do(quiet_ones_are_for_somebody_else)
    sender = desk.sender(Channel.IN_APP)
    assert sender.step()
    sender.close()
    done = [attempt.urgency_rank for attempt in desk.attempts(Channel.IN_APP) if attempt.state == State.ACCEPTED]
    assert done == [0]


def test_never_two_calls_at_once_to_one_phone(desk):
    more_pages(desk, "1111")
    desk.send(Channel.VOICE)
    more_pages(desk, "2222")
    desk.send(Channel.VOICE)
    assert len(desk.log(channel="voice")) == 1
    first, second = desk.attempts(Channel.VOICE)
    assert second.state == State.QUEUED
    desk.do(lambda now: actions.call_receipt(first.uid, first.provider_id, "completed", now))
    desk.send(Channel.VOICE)
    assert [attempt.state for attempt in desk.attempts(Channel.VOICE)] == [State.DELIVERED, State.ACCEPTED]


def test_a_call_whose_end_is_never_told_holds_the_line_for_a_minute(desk):
    more_pages(desk, "1111")
    desk.send(Channel.VOICE)
    more_pages(desk, "2222")
    clock.move(timedelta(seconds=61))
    desk.send(Channel.VOICE)
    assert [attempt.state for attempt in desk.attempts(Channel.VOICE)] == [State.ACCEPTED, State.ACCEPTED]


def test_whoever_answers_never_waits_for_a_hanging_send(desk):
    """H: a carrier that hangs must not hold a lock that an answer needs."""
    episode = ask_for_help(desk)
    slow = Slow()
    sender = with_adapter(desk, Channel.SMS, slow)
    thread = threading.Thread(target=sender.step)
    thread.start()
    assert slow.began.wait(10)
    other = desk.sender(Channel.SMS)
    assert not other.step(), "nobody takes what another holds"
    other.close()

    def take(now: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("set local lock_timeout = '1s'")
        crisis.take(episode.id, desk.cast.priya, "board", now)

    desk.do(take)
    slow.go.set()
    thread.join(10)
    sender.close()
    (sms,) = desk.attempts(Channel.SMS, desk.cast.cal)
    assert (sms.state, sms.provider_id) == (State.ACCEPTED, "slow")


def test_a_new_turn_does_not_wait_for_a_hanging_send_either(desk):
    more_pages(desk, "1111")
    slow = Slow()
    sender = with_adapter(desk, Channel.SMS, slow)
    thread = threading.Thread(target=sender.step)
    thread.start()
    assert slow.began.wait(10)
    desk.do(lambda now: actions._set_aside("other", [900], now))
    slow.go.set()
    thread.join(10)
    sender.close()
    states = {attempt.channel: attempt.state for attempt in desk.attempts()}
    assert (states["sms"], states["email"]) == (State.ACCEPTED, State.NOT_NEEDED)


def test_a_send_that_hangs_ends_at_the_limit_and_is_tried_again(desk):
    desk.switch(sms="hang")
    more_pages(desk, "1111")
    desk.once(Channel.SMS, deadline_s=0.2)
    (sms,) = desk.attempts(Channel.SMS)
    assert (sms.state, sms.last_error, sms.tries) == (State.FAILED_FOR_NOW, "no answer within the limit", 1)
    assert sms.due_at - sms.done_at == pytest.approx(timedelta(seconds=2), abs=timedelta(seconds=0.1))
    desk.switch(sms="ok")
    clock.move(timedelta(seconds=3))
    desk.send(Channel.SMS)
    (sms,) = desk.attempts(Channel.SMS)
    assert (sms.state, sms.tries) == (State.ACCEPTED, 2)


def test_an_answer_that_drips_does_not_outlast_the_limit(desk):
    desk.switch(sms="drip:0.5")
    more_pages(desk, "1111")
    desk.once(Channel.SMS, deadline_s=0.3)
    (sms,) = desk.attempts(Channel.SMS)
    assert sms.last_error == "no answer within the limit"


def test_a_lost_answer_does_not_double_the_text(desk):
    desk.switch(sms="answer_lost")
    more_pages(desk, "1111")
    desk.once(Channel.SMS)
    desk.switch(sms="ok")
    clock.move(timedelta(seconds=3))
    desk.send(Channel.SMS)
    (sms,) = desk.attempts(Channel.SMS)
    (text,) = desk.log(channel="sms")
    assert (sms.state, sms.tries, sms.provider_id) == (State.ACCEPTED, 2, text["id"])


def test_a_sender_that_dies_while_it_sends_leaves_the_attempt_to_the_next(desk):
    """H: kill -9 between send and mark; the same token makes it the same text."""
    more_pages(desk, "1111")
    dying = desk.sender(Channel.SMS)

    def die(connection: Any, held: Any, result: Result) -> None:
        connection.close()
        raise psycopg.OperationalError("gone")

    dying._mark = die
    with pytest.raises(psycopg.OperationalError):
        dying.step()
    desk.send(Channel.SMS)
    (sms,) = desk.attempts(Channel.SMS)
    assert sms.state == State.ACCEPTED
    assert len(desk.log(channel="sms")) == 1


def test_a_page_is_not_hidden_behind_one_that_was_told_before(desk):
    """H: the carrier takes a known token for done, so nothing new may be told under it."""
    more_pages(desk, "1111")
    desk.switch(sms="answer_lost")
    desk.send(Channel.SMS)
    desk.switch(sms="ok")
    more_pages(desk, "2222")
    clock.move(timedelta(seconds=3))
    desk.senders().drain([Channel.SMS])
    texts = [text["text"] for text in desk.log(channel="sms")]
    assert [("1111" in text, "2222" in text) for text in texts] == [(True, False), (False, True)]


def test_after_every_try_it_is_given_up_for_now_and_owes_nothing(desk):
    desk.switch(sms="500")
    more_pages(desk, "1111")
    for _ in range(5):
        desk.send(Channel.SMS)
        clock.move(timedelta(seconds=20))
    (sms,) = desk.attempts(Channel.SMS)
    assert (sms.state, sms.due_at, sms.tries) == (State.FAILED_FOR_NOW, None, 4)
    assert desk.do(lambda _: Fact.objects.filter(kind="AttemptFailed").count()) == 4


def test_a_send_that_cannot_be_written_down_does_not_hold_up_the_others(desk):
    """H: one attempt that breaks every sender must not keep all others from leaving."""
    more_pages(desk, "1111")
    breaking = desk.sender(Channel.SMS)

    def spoil(connection: Any, held: Any, result: Result) -> None:
        raise ValueError("cannot be written")

    breaking._mark = spoil
    with pytest.raises(ValueError, match="cannot be written"):
        breaking.step()
    assert not breaking.step(), "it is not taken again at once"
    breaking.close()
    (sms,) = desk.attempts(Channel.SMS)
    assert (sms.state, sms.tries) == (State.QUEUED, 0)


def test_a_clock_that_was_set_back_delays_no_send(desk):
    """H: the host's clock jumps an hour; what was due stays due."""
    more_pages(desk, "1111")
    desk.send(Channel.VOICE)
    more_pages(desk, "2222")
    clock.move(timedelta(hours=-1))
    desk.send(Channel.SMS, Channel.VOICE)
    assert {attempt.state for attempt in desk.attempts(Channel.SMS)} == {State.ACCEPTED}
    assert [attempt.state for attempt in desk.attempts(Channel.VOICE)] == [State.ACCEPTED, State.ACCEPTED]


def test_hundreds_of_pages_for_one_person_are_few_messages(desk):
    more_pages(desk, *(str(code) for code in range(1000, 1020)))
    desk.send(Channel.SMS, Channel.EMAIL)
    assert "8 people need you" in desk.log(channel="sms")[0]["text"]
    assert len(desk.log(channel="sms")) == 3
    (mail,) = desk.log(channel="email")
    assert "20 people need you." in mail["text"]


@pytest.mark.parametrize(
    ("channel", "switch", "why"),
    [
        (Channel.SMS, "gone", "not a valid number"),
        (Channel.SMS, "stop", "has said STOP"),
        (Channel.VOICE, "gone", "not a valid number"),
        (Channel.EMAIL, "gone", "no such mailbox"),
    ],
)
def test_an_address_that_is_gone_shows_as_a_gap_at_once(desk, channel, switch, why):
    desk.switch(**{channel.value: switch})
    more_pages(desk, "1111")
    desk.send(channel)
    (attempt,) = desk.attempts(channel)
    assert (attempt.state, attempt.due_at) == (State.FAILED_FOR_GOOD, None)
    contact = desk.do(lambda _: Contact.objects.get(id=attempt.contact_id))
    assert contact.unreachable_why == why
    assert desk.do(lambda _: Fact.objects.filter(kind="ContactLost").count()) == 1


def test_a_landline_takes_no_texts_but_still_rings(desk):
    desk.switch(sms="landline")
    more_pages(desk, "1111")
    desk.send(Channel.SMS)
    (attempt,) = desk.attempts(Channel.SMS)
    assert (attempt.state, attempt.due_at) == (State.FAILED_FOR_GOOD, None)
    assert desk.do(lambda _: Contact.objects.get(id=attempt.contact_id)).unreachable_since is None
    desk.send(Channel.VOICE)
    assert desk.attempts(Channel.VOICE)[0].state == State.ACCEPTED


def subscribe(desk: Any, device: str) -> None:
    given = desk.company("push-devices", id=device)
    subscription = json.dumps({"endpoint": given["endpoint"], "keys": given["keys"]})
    desk.do(lambda now: people.add_contact(desk.cast.cal, ContactKind.PUSH, subscription, tested_at=now))


def test_a_push_arrives_readable_and_an_expired_one_is_a_gap(desk):
    subscribe(desk, "cals-laptop")
    more_pages(desk, "1111")
    desk.send(Channel.PUSH)
    (push,) = desk.log(channel="push")
    assert push["text"] == "JP Desk: Someone needs you."
    desk.switch(**{"cals-laptop": "gone"})
    more_pages(desk, "2222")
    desk.send(Channel.PUSH)
    assert [attempt.state for attempt in desk.attempts(Channel.PUSH)] == [State.ACCEPTED, State.FAILED_FOR_GOOD]


def test_a_mail_holds_a_neutral_sentence_and_a_link_and_nothing_else(desk):
    ask_for_help(desk)
    desk.send(Channel.EMAIL)
    (mail,) = desk.log(channel="email")
    assert mail["from"] == "JP Desk <desk@juniper.example>"
    subject, words, link = (line for line in mail["text"].split("\n") if line)
    assert subject == words == "Someone needs you."
    assert re.fullmatch(r"http://127\.0\.0\.1:9/team/page/[0-9a-f-]{36}", link)


def test_a_channel_that_fails_again_and_again_is_said_aloud_until_it_works(desk):
    """Promise 8."""
    desk.switch(sms="500")
    more_pages(desk, "1111")
    senders = desk.senders()
    sender = senders.one(Channel.SMS)
    for failures in (1, 2, 3):
        assert desk.do(lambda _: Trouble.objects.count()) == 0, failures
        assert sender.step()
        clock.move(timedelta(seconds=16))
    trouble = desk.do(lambda _: Trouble.objects.get(until=None))
    assert (trouble.channel, trouble.why) == ("sms", "cannot_send")
    desk.switch(sms="ok")
    assert sender.step()
    sender.close()
    assert desk.do(lambda _: Trouble.objects.filter(until=None).count()) == 0
    assert desk.do(lambda _: Fact.objects.filter(kind__in=["ChannelTroubled", "ChannelWorks"]).count()) == 2


def test_one_bad_address_is_no_trouble_of_the_channel(desk):
    desk.switch(sms="stop")
    health = Health()
    for _ in range(5):
        health.note(desk.cast.program.id, Channel.SMS, Result(News.REFUSED, gone="has said STOP"))
        health.note(desk.cast.program.id, Channel.SMS, Result(News.FAILED, error="400"))
    assert desk.do(lambda _: Trouble.objects.count()) == 0


def test_a_contact_that_cannot_be_opened_fails_alone(desk):
    more_pages(desk, "1111")
    contact = desk.attempts(Channel.SMS)[0].contact_id

    def spoil(_: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("update people_contact set address = 'x' where id = %s", [contact])

    desk.do(spoil)
    desk.send(Channel.SMS, Channel.EMAIL)
    states = {attempt.channel: attempt.state for attempt in desk.attempts()}
    assert (states["sms"], states["email"]) == (State.FAILED_FOR_NOW, State.ACCEPTED)


def test_senders_of_a_process_work_beside_each_other_and_send_nothing_twice(desk):
    for number in range(20):
        desk.do(
            lambda now, number=number: actions.tell(
                desk.cast.program.id,
                people.hire(
                    desk.cast.program.id, name=f"Pat {number}", role="clinician", discipline="nurse", since=now.date()
                ).id,
                "over",
                for_what="episode",
                for_id=number,
                rank=1,
                now=now,
            )
        )
    senders = desk.senders()
    senders.start()
    done = threading.Event()
    for _ in range(200):
        if {attempt.state for attempt in desk.attempts()} == {State.ACCEPTED}:
            break
        done.wait(0.05)
    senders.stop()
    attempts = desk.attempts()
    assert {attempt.state for attempt in attempts} == {State.ACCEPTED}
    assert {attempt.tries for attempt in attempts} == {1}


@pytest.mark.role("watchdog")
@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.name)
def test_the_watch_may_ask_every_promise(transactional_db, promise):
    assert violators(promise).holds
