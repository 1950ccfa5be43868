"""Strangers with any number of network addresses guess nothing, and shut nobody out. H-120."""

import re
from typing import Any

import pytest
from django.core import mail as outbox
from django.test import Client as Browser

from holdfast.people.models import Client, Staff
from holdfast.people.tests.cast import Cast
from holdfast.web import marks
from holdfast.web.signin.limits import GUESSES, KNOWN_DEVICE, MAILS, MAILS_OF_STRANGERS, STRANGERS
from holdfast.web.tests.test_signing_in import (  # noqa: F401 (fixtures)
    _link,
    by_password,
    code_now,
    has_app,
    mail_leaves,
    real,
)

WORD = "another long word of hers"


def strange(number: int) -> Browser:
    """A device that nobody knows, at an address of its own."""
    return Browser(REMOTE_ADDR=f"198.51.{100 + number // 250}.{number % 250 + 1}")


def asks_code(browser: Browser, whose: Client | Staff) -> None:
    assert browser.post("/sign-in/code/", {"email": whose.user.email}).url == "/sign-in/code/sent/"


def mailed_codes() -> list[str]:
    return re.findall(r"^\d{6}$", "\n".join(one.body for one in outbox.outbox), re.MULTILINE)


def gives(browser: Browser, code: str) -> Any:
    return browser.post("/sign-in/code/sent/", {"code": code})


def test_guesses_at_other_codes_use_up_nobody_elses(cast: Cast) -> None:
    """A hundred guesses from as many addresses, and her own code still opens."""
    ana = Browser(REMOTE_ADDR="192.0.2.1")
    asks_code(ana, cast.ana)
    (hers,) = mailed_codes()
    for number in range(STRANGERS[0] // GUESSES[0] + 1):
        stranger = strange(number)
        asks_code(stranger, cast.ana)
        for _ in range(GUESSES[0]):
            gives(stranger, "nothing")
    assert gives(ana, hers).status_code == 302
    assert ana.get("/today").status_code == 200


def test_each_mailed_code_is_guessed_at_five_times_whatever_the_session_remembers(cast: Cast) -> None:
    """Many guesses sent at once would each read that none was made yet."""
    stranger = Browser()
    asks_code(stranger, cast.ana)
    (code,) = mailed_codes()
    kept = dict(stranger.session.items())
    for _ in range(GUESSES[0]):
        gives(stranger, "nothing")
        session = stranger.session
        session.update(kept)
        session.save()
    assert "Too many wrong tries" in gives(stranger, code).content.decode()


def test_a_code_that_was_not_sent_is_right_for_nothing(cast: Cast) -> None:
    for number in range(MAILS_OF_STRANGERS[0]):
        asks_code(strange(number), cast.ana)
    sent = len(mailed_codes())
    assert sent == MAILS_OF_STRANGERS[0]
    late = strange(MAILS_OF_STRANGERS[0])
    asks_code(late, cast.ana)
    assert len(mailed_codes()) == sent
    made = re.findall(r"'code': '(\d{6})'", str(late.session["account_login"]))[0]
    assert "That is not the code" in gives(late, made).content.decode()


def test_a_code_that_is_asked_for_again_is_the_same_so_that_every_mail_is_right(cast: Cast) -> None:
    ana = Browser()
    for _ in range(MAILS[0] + 2):
        asks_code(ana, cast.ana)
    codes = mailed_codes()
    assert len(codes) == MAILS[0]
    assert len(set(codes)) == 1
    assert gives(ana, codes[0]).status_code == 302
    assert ana.get("/today").status_code == 200


def test_a_code_of_ones_own_mailbox_is_worth_nothing_for_another_account(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser()
    asks_code(browser, cast.bea)
    (mine,) = mailed_codes()
    monkeypatch.setattr("allauth.account.adapter.DefaultAccountAdapter.generate_login_code", lambda self: "no digits")
    asks_code(browser, cast.ana)
    assert len(outbox.outbox) == 2
    assert "That is not the code" in gives(browser, mine).content.decode()


@pytest.mark.parametrize("way", ["Another code", "Sign in another way"])
def test_whoever_waits_for_a_code_that_never_comes_goes_back(cast: Cast, way: str) -> None:
    ana = Browser()
    asks_code(ana, cast.ana)
    page = ana.get("/sign-in/code/sent/").content.decode()
    back = re.findall(rf'href="([^"]+)">{way}<', page)
    assert ana.get(back[0]).status_code == 200
    asked = ana.get("/sign-in/passkey/", headers={"X-Requested-With": "XMLHttpRequest"})
    assert "request_options" in asked.json()
    assert by_password(cast.ana, ana)[1].status_code == 302
    assert ana.get("/today").status_code == 200


def test_whoever_lost_their_second_step_goes_back_to_another_way(cast: Cast) -> None:
    has_app(cast.cal)
    cal, _ = by_password(cast.cal)
    back = re.findall(r'href="([^"]+)">Sign in another way<', cal.get("/sign-in/second/").content.decode())
    assert cal.get(back[0]).status_code == 200


@pytest.fixture
def shut(cast: Cast) -> None:
    """Strangers use up everything that there is to use up: tries at her password, mails with codes and with links."""
    for number in range(STRANGERS[0]):
        strange(number).post("/sign-in/", {"login": cast.ana.user.email, "password": "guess"})
    for number in range(MAILS_OF_STRANGERS[0] + 2):
        asks_code(strange(number), cast.ana)
        strange(number).post("/password/reset/", {"email": cast.ana.user.email})


def test_strangers_cannot_shut_a_client_out_of_a_new_phone(cast: Cast, shut: None) -> None:
    before = len(outbox.outbox)
    assert before == 2 * MAILS_OF_STRANGERS[0]
    phone = Browser(REMOTE_ADDR="192.0.2.1")
    assert "Too many wrong tries" in by_password(cast.ana, phone)[1].content.decode()
    asked = phone.post("/password/reset/", {"email": cast.ana.user.email}, follow=True)
    assert "A link that we sent you before works for three days, or until you sign in" in asked.content.decode()
    assert len(outbox.outbox) == before
    at = phone.get(_link(), follow=True).redirect_chain[-1][0]
    assert phone.post(at, {"password1": WORD, "password2": WORD}).status_code == 302
    assert phone.post("/sign-in/", {"login": cast.ana.user.email, "password": WORD}).status_code == 302
    assert phone.get("/today").status_code == 200


def test_whoever_is_on_call_comes_in_by_a_link_and_their_second_step(cast: Cast) -> None:
    has_app(cast.cal)
    Browser().post("/password/reset/", {"email": cast.cal.user.email})
    link = _link()
    for number in range(STRANGERS[0]):
        thief, _ = by_password(cast.cal, strange(number))  # who knows the password, and guesses at the second step
        thief.post("/sign-in/second/", {"code": "000000"})
    phone = Browser(REMOTE_ADDR="192.0.2.1")
    phone.post("/sign-in/", {"login": cast.cal.user.email, "password": "wrong"})
    at = phone.get(link, follow=True).redirect_chain[-1][0]
    phone.post(at, {"password1": WORD, "password2": WORD})
    assert phone.post("/sign-in/", {"login": cast.cal.user.email, "password": WORD}).url == "/sign-in/second/"
    assert phone.get("/team/").status_code == 302  # the link is no second step
    assert phone.post("/sign-in/second/", {"code": code_now()}).status_code == 302
    assert phone.get("/team/").status_code == 200


def test_tries_on_a_known_device_are_counted_on_however_often_somebody_signs_in_there(cast: Cast) -> None:
    """Somebody at the family's computer guesses at Ana's password, and signs in as themselves in between."""
    shared, _ = by_password(cast.ana)
    shared.post("/sign-out/")
    said = ""
    for n in range(KNOWN_DEVICE[0] + 1):
        if n % 7 == 0:
            by_password(cast.bea, shared)
            shared.post("/sign-out/")
        wrong = {"login": cast.ana.user.email, "password": "guess"}
        said = shared.post("/sign-in/", wrong, REMOTE_ADDR=f"192.0.2.{n + 1}").content.decode()
    assert "Too many wrong tries" in said


def test_a_forged_or_old_mark_of_a_device_is_none(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ana, _ = by_password(cast.ana)
    email = cast.ana.user.email
    request = Browser().get("/sign-in/").wsgi_request
    request.COOKIES[marks.KNOWN] = ana.cookies[marks.KNOWN].value
    assert marks.known_device(request, email)
    assert not marks.known_device(request, cast.bea.user.email)
    request.COOKIES[marks.KNOWN] += "x"
    assert marks.known_device(request, email) == ""
    request.COOKIES[marks.KNOWN] = ana.cookies[marks.KNOWN].value
    monkeypatch.setattr(marks, "YEAR", -1)
    assert marks.known_device(request, email) == ""
