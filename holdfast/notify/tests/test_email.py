"""A mail that cannot be written is the fault of that mail; the carrier is not blamed for it."""

import smtplib
from uuid import uuid4

import pytest

from holdfast.notify.channels.base import Batch, Outside
from holdfast.notify.channels.email import Email
from holdfast.notify.rules import News

OUTSIDE = Outside(
    public_url="http://127.0.0.1:9",
    twilio={},
    smtp_url="smtp://127.0.0.1:9",
    mail_from="desk@juniper.example",
    vapid_key="",
    demo=True,
)


class Server:
    """A mail server that takes a connection, and then says this."""

    def __init__(self, trouble: Exception) -> None:
        self.trouble = trouble

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def send_message(self, _message: object) -> None:
        raise self.trouble


def batch(address: str) -> Batch:
    return Batch(uuid4(), uuid4(), "JP Desk", address, ())


@pytest.mark.parametrize(
    ("trouble", "carrier"),
    [
        (smtplib.SMTPNotSupportedError("no SMTPUTF8 here"), False),
        (ValueError("a header of two lines"), False),
        (smtplib.SMTPServerDisconnected("gone"), True),
        (ConnectionResetError(), True),
    ],
)
def test_a_mail_that_cannot_be_sent_blames_whose_fault_it_is(
    monkeypatch: pytest.MonkeyPatch, trouble: Exception, carrier: bool
) -> None:
    monkeypatch.setattr(Email, "_connect", lambda _self: Server(trouble))
    result = Email(OUTSIDE).send(batch("ana@home.example"))
    assert (result.news, result.carrier_trouble) == (News.FAILED, carrier)


def test_an_address_of_two_lines_reaches_nobody_and_blames_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Email, "_connect", lambda _self: Server(AssertionError("sent")))
    result = Email(OUTSIDE).send(batch("a@b.example\nBcc: eve@harbor.example"))
    assert (result.news, result.carrier_trouble) == (News.FAILED, False)
