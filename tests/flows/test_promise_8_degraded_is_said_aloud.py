"""Promise 8, and J7's "a provider that fails switches channel": whatever breaks, another way rings and people are told."""

from datetime import timedelta

import httpx
import pytest

from tests.flows.night import Night, code_in

CLIENT_SENTENCE = "If you need someone, don’t wait for a message"


@pytest.mark.parametrize("fault", ["500", "hang", "drip:2", "accepted_lost", "undelivered"])
def test_texts_that_fail_leave_the_call_and_the_mail(night: Night, fault: str) -> None:
    night.stack.company.switch(sms=fault)
    night.ana.answers("6", "not safe")
    night.cal.rings()
    assert night.stack.company.log(channel="email", to="cal@desk.example", state="delivered", wait=30)
    night.stack.company.all_well()
    night.passes(minutes=2)
    night.priya.text()  # nothing was lost: the search went on
    assert night.crisis["state"] == "raised"


@pytest.mark.parametrize("fault", ["500", "busy", "no_answer:0", "accepted_lost", "answer_lost"])
def test_calls_that_fail_leave_the_text(night: Night, fault: str) -> None:
    night.stack.company.switch(voice=fault)
    night.ana.answers("6", "not safe")
    night.cal.replies(night.cal.code())
    assert night.owner == "Cal Reyes"


def test_a_text_that_failed_for_now_is_tried_again(night: Night) -> None:
    night.stack.company.switch(sms="500")
    night.ana.answers("6", "not safe")
    failed = night.wait_for(
        lambda: [s for s in night.sends(night.cal) if s["channel"] == "sms" and s["state"] == "failed_for_now"],
        "the text failed for now",
    )[0]
    assert abs(failed["due_at"] - failed["done_at"] - timedelta(seconds=2)) < timedelta(milliseconds=50)
    night.stack.company.all_well()
    night.passes(seconds=15)
    night.cal.text()
    assert len(night.cal.texts) == 1


def test_an_accepted_text_whose_answer_was_lost_arrives_once(night: Night) -> None:
    """The carrier took it, our connection broke: sent again with the same token it is the same text."""
    night.stack.company.switch(sms="answer_lost")
    night.ana.answers("6", "not safe")
    night.cal.text()
    night.wait_for(
        lambda: any(s["channel"] == "sms" and s["tries"] for s in night.sends(night.cal)), "it counts as failed"
    )
    night.stack.company.all_well()
    night.passes(seconds=15)
    night.wait_for(
        lambda: any(s["channel"] == "sms" and s["state"] in ("accepted", "delivered") for s in night.sends(night.cal)),
        "it counts as accepted",
    )
    assert len(night.cal.texts) == 1


def test_late_doubled_and_shuffled_receipts_move_nothing_backwards(night: Night) -> None:
    night.stack.company.switch(sms=["late_receipts:1", "doubled_receipts", "shuffled_receipts"])
    night.ana.answers("6", "not safe")
    code = night.cal.code()
    night.cal.replies(code)
    night.wait_for(
        lambda: (
            [s["state"] for s in night.sends(night.cal) if s["channel"] == "sms" and s["for_what"] == "page"]
            == ["delivered"]
        ),
        "the receipts came",
    )
    assert night.owner == "Cal Reyes"
    assert night.asked == ["Cal"]


def test_a_forged_webhook_is_refused_and_alarms(night: Night) -> None:
    night.ana.answers("6", "not safe")
    code = night.cal.code()
    forged = httpx.post(
        f"{night.stack.url}/hooks/{night.cast['program']['uid']}/twilio/sms",
        data={"From": night.cal.phone, "Body": code, "MessageSid": "SM" + "0" * 32},
        headers={"X-Twilio-Signature": "bm90IG91cnM="},
        timeout=30,
    )
    assert forged.status_code == 403
    assert night.owner is None
    trouble = night.stack.rows("select * from notify_trouble where until is null")
    assert [(t["channel"], t["why"]) for t in trouble] == [("sms", "refused_webhook")]
    night.wait_for(lambda: "A way to reach staff does not work" in night.cal.opens("/team/"), "the board says so")
    night.wait_for(lambda: CLIENT_SENTENCE in night.ana.reads("/help"), "the help page says so")
    # A good one from the carrier ends it.
    night.cal.replies(code)
    assert night.owner == "Cal Reyes"
    night.wait_for(
        lambda: "A way to reach staff does not work" not in night.cal.opens("/team/"), "the board is calm again"
    )


def test_receipts_that_are_forged_alarm_too(night: Night) -> None:
    night.stack.company.switch(sms="forged_receipts")
    night.ana.answers("6", "not safe")
    night.wait_for(
        lambda: night.stack.rows("select 1 from notify_trouble where until is null"), "it counts as a trouble"
    )
    assert code_in(night.cal.text())


def test_a_channel_that_fails_three_times_is_said_aloud_until_it_works(night: Night) -> None:
    night.stack.company.switch(sms="500")
    night.ana.answers("6", "not safe")
    for _ in range(3):
        night.passes(seconds=15)
        night.wait_for(
            lambda: not any(s["channel"] == "sms" and s["state"] == "queued" for s in night.sends()), "it was tried"
        )
    night.wait_for(
        lambda: night.stack.rows("select 1 from notify_trouble where why = 'cannot_send'"), "the channel is in trouble"
    )
    night.wait_for(lambda: "A way to reach staff does not work" in night.cal.opens("/team/"), "the board says so")
    night.stack.company.all_well()
    night.passes(minutes=2)
    night.wait_for(lambda: not night.stack.rows("select 1 from notify_trouble where until is null"), "it works again")


def test_a_watchdog_that_dies_is_missed(night: Night) -> None:
    """Whoever is silent for 20 seconds vouches for nothing."""
    night.falls_silent("watchdog")
    with night.stack.browser() as anybody:
        health = anybody.get("/healthz")
    assert health.status_code == 200
    assert health.json()["promises"]["the_watch_is_looking"] is False
    assert set(health.json()) == {"promises"}
    page = night.cal.opens("/team/")
    assert "Nobody checks right now whether our alarms work" in page
    assert "By hand:" in page
    assert CLIENT_SENTENCE in night.ana.reads("/help")


def test_a_worker_that_dies_is_missed(night: Night) -> None:
    night.falls_silent("worker")
    page = night.cal.opens("/team/")
    assert "Calls and texts to staff may not be going out" in page
    assert "Cal Reyes" in page
    assert CLIENT_SENTENCE in night.ana.reads("/help")


def test_an_empty_rota_is_said_before_it_is_needed(bare_night: Night) -> None:
    night = bare_night
    night.wait_for(lambda: "Nobody is on duty" in night.dia.opens("/team/"), "the board says so")
    assert "Nobody from our team is on right now" in night.ana.reads("/help/juniper")


def test_unsafe_cover_is_refused_in_words(night: Night) -> None:
    assert "at least one step" in night.stack.act("tests.flows.deeds:empty_policy")
    assert "Cal Reyes already has a shift in that time" in night.stack.act("tests.flows.deeds:overlapping")
