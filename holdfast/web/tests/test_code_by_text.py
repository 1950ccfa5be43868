"""A client asks for a code by text: where it goes, when it goes by mail instead, and that staff get none."""

import logging
from datetime import time
from typing import Any

import pytest
from django.core import mail as outbox
from django.test import Client as Browser

from holdfast.consent import actions as consents
from holdfast.consent.words import How, Kind
from holdfast.ledger.scope import enter
from holdfast.notify.channels.base import Batch
from holdfast.people import reaching
from holdfast.people.reaching import Wishes
from holdfast.people.rules import Way
from holdfast.people.tests.cast import Cast
from holdfast.web.signin import texting
from holdfast.web.tests.test_signing_in import mail_leaves

__all__ = ["mail_leaves"]  # a fixture

PHONE = "+15205550118"


@pytest.fixture
def texts(cast: Cast, monkeypatch: pytest.MonkeyPatch, mail_leaves: None) -> list[tuple[Batch, str]]:
    """What left by text. Nothing is done beside: it would not see what this test has not committed."""
    left: list[tuple[Batch, str]] = []

    def leaves(batch: Batch, words: str) -> bool:
        left.append((batch, words))
        return True

    monkeypatch.setattr(texting, "beside", lambda work: work())
    monkeypatch.setattr(texting, "_delivered", leaves)
    cast.ana.phone = PHONE
    cast.ana.save()
    return left


def asks(email: str) -> tuple[Browser, Any]:
    browser = Browser()
    return browser, browser.post("/sign-in/code/", {"email": email, "by": "text"}, follow=True)


def test_a_code_goes_to_the_number_that_we_have_and_signs_her_in(cast: Cast, texts: list[tuple[Batch, str]]) -> None:
    browser, answer = asks(cast.ana.user.email)
    assert "to your phone if you asked for a text" in answer.content.decode()
    ((batch, words),) = texts
    assert (batch.address, batch.sender) == (PHONE, cast.program.neutral_name)
    assert words.endswith("is your code. It works for ten minutes.")
    assert outbox.outbox == []
    assert browser.post("/sign-in/code/sent/", {"code": words[:6]}).status_code == 302
    assert browser.get("/today").status_code == 200


def test_it_speaks_her_language(cast: Cast, texts: list[tuple[Batch, str]]) -> None:
    cast.ana.language = "es"
    cast.ana.save()
    asks(cast.ana.user.email)
    assert "es tu código" in texts[0][1]


def unsafe_now(cast: Cast) -> None:
    always = (time(0, 0), time(23, 59))
    reaching.write_reaching(cast.ana, Wishes(way=Way.CALL, not_safe=always), cast.bea, cast.now)


def messages(cast: Cast, *scopes: str) -> Any:
    return consents.agree(
        cast.ana,
        Kind.MESSAGES,
        scopes=scopes,
        signature="Ana Morales",
        how=How.IN_APP,
        language="en",
        now=cast.now,
    )


def took_texts_back(cast: Cast) -> None:
    consents.take_back(messages(cast, "sms"), None, "", cast.now)


def without_a_number(cast: Cast) -> None:
    cast.ana.phone = ""
    cast.ana.save()


@pytest.mark.parametrize(
    "why",
    [
        lambda cast: messages(cast, "email"),
        took_texts_back,
        unsafe_now,
        without_a_number,
    ],
    ids=["agreed to e-mail alone", "took texts back", "not safe now", "no number"],
)
def test_where_no_text_may_go_the_mail_goes(cast: Cast, texts: list[tuple[Batch, str]], why: Any) -> None:
    why(cast)
    browser, _answer = asks(cast.ana.user.email)
    assert texts == []
    (letter,) = outbox.outbox
    code = next(word for word in letter.body.split() if word.isdigit() and len(word) == 6)
    assert browser.post("/sign-in/code/sent/", {"code": code}).status_code == 302


def test_where_the_carrier_does_not_take_it_the_mail_goes(
    cast: Cast, texts: list[tuple[Batch, str]], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(texting, "_delivered", lambda batch, words: False)
    asks(cast.ana.user.email)
    assert len(outbox.outbox) == 1

    def breaks(batch: Batch, words: str) -> bool:
        raise OSError(words)

    monkeypatch.setattr(texting, "_delivered", breaks)
    with caplog.at_level(logging.DEBUG):
        asks(cast.ana.user.email)
    assert len(outbox.outbox) == 2
    assert "is your code" not in caplog.text


def test_staff_and_strangers_are_sent_no_text_and_read_the_same(cast: Cast, texts: list[tuple[Batch, str]]) -> None:
    pages = [asks(email)[1].content.decode() for email in (cast.bea.user.email, "nobody@example.org")]
    assert texts == []
    assert all("to your phone if you asked for a text" in page for page in pages)
    enter(cast.program.id)


def test_no_text_goes_to_an_account_that_is_closed(cast: Cast, texts: list[tuple[Batch, str]]) -> None:
    cast.ana.user.is_active = False
    cast.ana.user.save()
    asks(cast.ana.user.email)
    assert texts == []
