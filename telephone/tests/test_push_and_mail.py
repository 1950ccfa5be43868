"""Web push through pywebpush, mail through smtplib."""

from __future__ import annotations

import base64
import smtplib
from email.message import EmailMessage

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02
from pywebpush import WebPushException, webpush


@pytest.fixture
def vapid() -> Vapid02:
    raw = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value.to_bytes(32, "big")
    return Vapid02.from_raw(base64.urlsafe_b64encode(raw).rstrip(b"="))


def push(line, vapid, **given):
    device = line.post("/company/push-devices", given).json()
    return webpush(
        {"endpoint": device["endpoint"], "keys": device["keys"]},
        "Someone needs you.",
        vapid_private_key=vapid,
        vapid_claims={"sub": "mailto:ops@holdfast.example"},
        ttl=60,
        timeout=5,
    )


def test_a_push_is_decrypted_as_a_browser_would(line, vapid):
    assert push(line, vapid, id="bea-laptop", label="Bea's laptop").status_code == 201
    (entry,) = line.get("/company/log?channel=push")
    assert (entry["to"], entry["text"], entry["state"]) == ("bea-laptop", "Someone needs you.", "delivered")
    (handset,) = line.get("/company/handsets")
    assert handset["label"] == "Bea's laptop"


def test_an_expired_subscription_is_gone(line, vapid):
    line.switch(**{"old-phone": "gone"})
    with pytest.raises(WebPushException) as refused:
        push(line, vapid, id="old-phone")
    assert refused.value.status_code == 410


def test_a_push_encrypted_for_another_browser_is_refused(line, vapid):
    other = line.post("/company/push-devices", {"id": "b"}).json()
    device = line.post("/company/push-devices", {"id": "a"}).json()
    with pytest.raises(WebPushException) as refused:
        webpush(
            {"endpoint": device["endpoint"], "keys": other["keys"]},
            "hello",
            vapid_private_key=vapid,
            vapid_claims={"sub": "mailto:ops@holdfast.example"},
        )
    assert refused.value.status_code == 400


def test_a_push_without_a_sender_is_refused(line):
    device = line.post("/company/push-devices", {"id": "a"}).json()
    with pytest.raises(WebPushException) as refused:
        webpush({"endpoint": device["endpoint"], "keys": device["keys"]}, "hello")
    assert refused.value.status_code == 401


def mail(line, to):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "harbor@holdfast.example", to, "Please look"
    message.set_content("https://holdfast.example/p/1")
    with smtplib.SMTP("127.0.0.1", line.smtp_port, timeout=5) as server:
        server.send_message(message)


def test_a_mail_is_listed(line):
    mail(line, "bea@holdfast.example")
    (entry,) = line.get("/company/log?channel=email")
    assert entry["to"] == "bea@holdfast.example"
    assert entry["text"] == "Please look\nhttps://holdfast.example/p/1"


@pytest.mark.parametrize(("switch", "code"), [("gone", 550), ("500", 451)])
def test_a_mail_is_refused_for_good_or_for_now(line, switch, code):
    line.switch(email=switch)
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        mail(line, "bea@holdfast.example")
    assert refused.value.recipients["bea@holdfast.example"][0] == code
