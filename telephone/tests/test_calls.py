"""Calls through Twilio's own SDK, picked up and answered at the handset."""

from __future__ import annotations

import pytest
from twilio.base.exceptions import TwilioRestException

PHONE = "+15550100001"
ASK = (
    '<Response><Gather numDigits="1" timeout="20" action="/digits"><Say>This is Harbor. Press 7 if you have '
    "this. Press 2 if you cannot.</Say></Gather><Redirect>/voice</Redirect></Response>"
)
THANKS = "<Response><Say>Thank you.</Say><Hangup/></Response>"


def statuses(forms):
    return [form["CallStatus"] for form in forms if "CallbackSource" in form]


def ringing(line, to=PHONE):
    """The call that rings at a handset, once it does."""
    return line.get(f"/company/log?wait=10&state=ringing&to={to}")[-1]["id"]


def test_a_call_rings_is_picked_up_and_answered_by_a_digit(line):
    line.webhook.answers |= {"/voice": ASK, "/digits": THANKS}
    call = line.call()
    assert call.sid.startswith("CA")
    sid = ringing(line)
    heard = line.post(f"/company/calls/{sid}/pick-up").json()
    assert heard["waiting_for_digits"]
    assert "Press 7 if you have this." in heard["said"][0]
    heard = line.post(f"/company/calls/{sid}/digits", {"digits": "7"}).json()
    assert (heard["said"], heard["state"]) == (["Thank you."], "completed")
    forms = line.webhook.wait(lambda posts: "completed" in statuses(posts))
    assert statuses(forms) == ["initiated", "ringing", "in-progress", "completed"]
    assert next(form["Digits"] for path, form, _ in line.webhook.posts if path == "/digits") == "7"
    assert line.client.calls(sid).fetch().status == "completed"


@pytest.mark.parametrize(
    ("switch", "end"), [("busy", "busy"), ("no_answer:0.01", "no-answer"), ("voicemail", "completed")]
)
def test_a_call_that_no_human_takes(line, switch, end):
    line.webhook.answers["/voice"] = (
        '<Response><Gather numDigits="1" action="/digits"><Say>Press 7.</Say></Gather><Hangup/></Response>'
    )
    line.switch(**{PHONE: switch})
    line.call()
    forms = line.webhook.wait(lambda posts: bool({"busy", "no-answer", "completed"} & set(statuses(posts))))
    assert statuses(forms)[-1] == end
    assert "/digits" not in [path for path, _, _ in line.webhook.posts]


def test_a_call_rings_no_longer_than_asked(line):
    line.client.calls.create(to="+15550100002", from_="+15550199999", twiml=THANKS, timeout=1)
    assert line.get("/company/log?wait=10&state=no-answer&to=%2B15550100002")[0]["state"] == "no-answer"


def test_two_calls_at_once_to_one_phone_find_it_busy(line):
    line.call()
    ringing(line)
    line.call()
    second = line.get("/company/log?wait=10&state=busy")[-1]
    assert second["collided"]


def test_hanging_up_ends_the_call(line):
    line.webhook.answers["/voice"] = ASK
    line.call()
    sid = ringing(line)
    line.post(f"/company/calls/{sid}/pick-up")
    assert line.post(f"/company/calls/{sid}/hang-up").json()["state"] == "completed"
    assert line.post(f"/company/calls/{sid}/digits", {"digits": "7"}).status_code == 409
    line.webhook.wait(lambda posts: "completed" in statuses(posts))


def test_a_ringing_call_can_be_refused_or_cancelled(line):
    line.call()
    assert line.post(f"/company/calls/{ringing(line)}/hang-up").json()["state"] == "busy"
    line.call(to="+15550100002")
    sid = ringing(line, "%2B15550100002")
    assert line.client.calls(sid).update(status="canceled").status == "canceled"


def test_no_digits_leads_on_in_the_document(line):
    line.webhook.answers |= {
        "/voice": '<Response><Gather timeout="0.01" action="/digits"><Say>Press 7.</Say></Gather>'
        "<Say>Nobody pressed.</Say></Response>"
    }
    line.call()
    sid = ringing(line)
    line.post(f"/company/calls/{sid}/pick-up")
    entry = line.get("/company/log?wait=10&state=completed")[-1]
    assert entry["text"].endswith("Nobody pressed.")


def test_a_broken_document_fails_the_call_aloud(line):
    line.webhook.answers["/voice"] = "<Response><Dance/></Response>"
    line.call()
    assert "<Dance>" in line.post(f"/company/calls/{ringing(line)}/pick-up").json()["said"][-1]
    assert line.get("/company/log")[-1]["state"] == "failed"


def test_a_simulated_person_picks_up_and_presses_what_was_said(line):
    line.webhook.answers |= {"/voice": ASK, "/digits": THANKS}
    line.switch(voice="auto:0.01", **{PHONE: "auto:0.01:cannot"})
    line.call()
    line.call(to="+15550100002")
    line.get("/company/log?wait=10&state=completed&at_least=2")
    digits = {form["To"]: form["Digits"] for path, form, _ in line.webhook.posts if path == "/digits"}
    assert digits == {PHONE: "2", "+15550100002": "7"}


def test_a_gone_number_is_refused_for_calls_too(line):
    line.switch(voice="gone")
    with pytest.raises(TwilioRestException) as refused:
        line.call()
    assert refused.value.code == 21211


def test_handsets_show_what_rings_and_what_came(line):
    line.text(body="hello")
    line.call()
    ringing(line)
    (handset,) = line.get("/company/handsets")
    assert handset["call"]["state"] == "ringing"
    assert [item["text"] for item in handset["screen"]] in (["hello"], [])
