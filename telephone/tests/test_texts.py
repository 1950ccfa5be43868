"""Texts through Twilio's own SDK."""

from __future__ import annotations

import json

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from telephone.company import DEFAULT_TOKEN

PHONE = "+15550100001"


def statuses(forms):
    return [form["MessageStatus"] for form in forms if "MessageStatus" in form]


def test_a_text_arrives_and_its_receipts_are_signed(line):
    message = line.text(body="Please look at Holdfast.")
    assert message.sid.startswith("SM")
    assert message.status == "queued"
    forms = line.webhook.wait(lambda posts: "delivered" in statuses(posts))
    assert statuses(forms) == ["sent", "delivered"]
    path, form, signature = line.webhook.posts[0]
    assert RequestValidator(DEFAULT_TOKEN).validate(line.webhook.url + path, form, signature)
    (entry,) = line.get("/company/log")
    assert (entry["to"], entry["text"], entry["state"]) == (PHONE, "Please look at Holdfast.", "delivered")
    assert line.client.messages(message.sid).fetch().status == "delivered"


def test_waiting_for_the_log_needs_no_sleep(line):
    line.text(body="one")
    entries = line.get("/company/log?wait=10&state=delivered&at_least=1")
    assert [entry["text"] for entry in entries] == ["one"]


def test_the_same_token_is_the_same_text(line):
    line.http.token = "attempt-1"
    first, second = line.text(), line.text()
    assert first.sid == second.sid
    assert len(line.get("/company/log")) == 1


def test_a_reply_reaches_the_webhook_signed(line):
    line.text(body="Answer 4821")
    answer = line.post(f"/company/handsets/{PHONE}/reply", {"body": "4821"}).json()
    assert answer["webhook_status"] == 200
    path, form, signature = next(post for post in line.webhook.posts if post[0] == "/sms")
    assert (form["From"], form["To"], form["Body"]) == (PHONE, "+15550199999", "4821")
    assert RequestValidator(DEFAULT_TOKEN).validate(line.webhook.url + path, form, signature)
    assert line.get("/company/log")[0]["answered"] == "4821"


def test_words_in_the_webhooks_answer_come_back_as_a_text(line):
    line.webhook.answers["/sms"] = "<Response><Message>Thank you.</Message></Response>"
    line.text()
    line.post(f"/company/handsets/{PHONE}/reply", {"body": "1234"})
    assert line.get("/company/log")[-1]["text"] == "Thank you."
    assert [shown["text"] for shown in line.get("/company/handsets")[0]["screen"]][-1] == "Thank you."


def test_after_stop_texts_are_refused_until_start(line):
    line.text()
    line.post(f"/company/handsets/{PHONE}/reply", {"body": "stop"})
    with pytest.raises(TwilioRestException) as refused:
        line.text()
    assert (refused.value.status, refused.value.code) == (400, 21610)
    line.post(f"/company/handsets/{PHONE}/reply", {"body": "START"})
    assert line.text().status == "queued"


@pytest.mark.parametrize(
    ("to", "switch", "code"),
    [
        ("12", "ok", 21211),
        ("+15005550001", "ok", 21211),
        ("+15005550009", "ok", 21614),
        (PHONE, "gone", 21211),
        (PHONE, "landline", 21614),
        (PHONE, "stop", 21610),
    ],
)
def test_numbers_that_cannot_be_reached_are_refused_with_twilios_code(line, to, switch, code):
    line.switch(**{to: switch})
    with pytest.raises(TwilioRestException) as refused:
        line.text(to=to)
    assert refused.value.code == code
    assert line.get("/company/log") == []


def test_a_wrong_password_is_refused(line):
    stranger = Client(line.client.username, "wrong", http_client=line.http)
    with pytest.raises(TwilioRestException) as refused:
        stranger.messages.create(to=PHONE, from_="+15550199999", body="hello")
    assert (refused.value.status, refused.value.code) == (401, 20003)


@pytest.mark.parametrize(
    ("switch", "expected"),
    [
        ("doubled_receipts", ["sent", "sent", "delivered", "delivered"]),
        ("shuffled_receipts", ["delivered", "sent"]),
        ("undelivered", ["sent", "undelivered"]),
        ("late_receipts:0.05", ["sent", "delivered"]),
    ],
)
def test_receipts_misbehave_as_switched(line, switch, expected):
    line.switch(**{PHONE: switch})
    line.text()
    forms = line.webhook.wait(lambda posts: len(statuses(posts)) >= len(expected))
    assert statuses(forms) == expected
    assert forms[-1].get("ErrorCode") == ("30003" if switch == "undelivered" else None)


def test_forged_receipts_do_not_validate(line):
    line.switch(sms="forged_receipts")
    line.text()
    line.webhook.wait(lambda posts: len(posts) >= 1)
    path, form, signature = line.webhook.posts[0]
    assert not RequestValidator(DEFAULT_TOKEN).validate(line.webhook.url + path, form, signature)


def test_accepted_and_lost_means_no_arrival_and_no_receipt(line):
    line.switch(**{PHONE: "accepted_lost"})
    assert line.text().status == "queued"
    line.text(to="+15550100002")
    line.webhook.wait(lambda posts: len(posts) >= 2)
    assert {form["To"] for _, form, _ in line.webhook.posts} == {"+15550100002"}
    assert line.get(f"/company/log?to={PHONE}")[0]["state"] == "queued"


def test_an_outage_answers_500_and_does_nothing(line):
    line.switch(sms="500")
    with pytest.raises(TwilioRestException) as refused:
        line.text()
    assert refused.value.status == 500
    line.switch(sms="ok")
    assert len(line.get("/company/log")) == 0


def test_a_hanging_interface_never_answers(line):
    line.switch(sms="hang")
    line.http.timeout = 0.3
    with pytest.raises(requests.exceptions.ReadTimeout):
        line.text()
    assert line.get("/company/log") == []


def test_a_lost_answer_has_arrived_all_the_same_and_a_repeat_is_no_second_text(line):
    line.switch(sms="answer_lost")
    line.http.token = "attempt-2"
    with pytest.raises(requests.exceptions.RequestException):
        line.text()
    line.switch(sms="ok")
    line.text()
    assert len(line.get("/company/log")) == 1


def test_a_dripping_answer_comes_byte_by_byte(line):
    line.switch(sms="drip:0.0005")
    assert line.text().status == "queued"


def test_an_unknown_switch_is_refused_with_a_sentence(line):
    answer = line.post("/company/switches", {PHONE: "explode"})
    assert answer.status_code == 400
    assert "There is no switch 'explode'" in answer.json()["error"]


def test_a_simulated_person_answers_with_the_code(line):
    line.switch(**{PHONE: "auto:0.01"})
    line.text(body="3 people need you. Answer 4821 if you have this.")
    forms = line.webhook.wait(lambda posts: any("Body" in form for form in posts))
    assert next(form["Body"] for form in forms if "Body" in form) == "4821"


def test_a_text_with_certain_words_is_answered_by_its_handset_and_no_other(line):
    line.post("/company/configure", {"answered_alone": "Your shift starts"})
    line.text(body="2 people need you. Answer 1111 if you have this.")
    line.text(body="Your shift starts at 20:00. Reply 4822 to say you are there.")
    forms = line.webhook.wait(lambda posts: any("Body" in form for form in posts))
    assert [form["Body"] for form in forms if "Body" in form] == ["4822"]


def test_every_event_is_kept_in_the_file(line, file):
    sid = line.text(body="kept").sid
    line.webhook.wait(lambda posts: "delivered" in statuses(posts))
    lines = [row for row in map(json.loads, file.read_text().splitlines()) if row["id"] == sid]
    assert [row["event"] for row in lines][:3] == ["received", "state", "state"]
    assert lines[0]["text"] == "kept"
    assert lines[0]["mono"] > 0


def test_another_public_address_is_signed_as_such(line):
    line.post("/company/configure", {"public_url": "https://holdfast.example", "deliver_to": line.webhook.url})
    line.client.messages.create(
        to=PHONE, from_="+15550199999", body="hi", status_callback="https://holdfast.example/hooks/a?b=1"
    )
    line.webhook.wait(lambda posts: len(posts) >= 1)
    path, form, signature = line.webhook.posts[0]
    assert path == "/hooks/a?b=1"
    assert RequestValidator(DEFAULT_TOKEN).validate("https://holdfast.example/hooks/a?b=1", form, signature)
