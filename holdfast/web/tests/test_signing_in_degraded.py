"""Showing who one is while the database takes no writes: a full disk or a standby, at two in the morning."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.webauthn.internal import auth as webauthn
from django.core.cache import cache
from django.test import Client as Browser

from holdfast.people.tests.cast import PASSWORD, Cast
from holdfast.web.marks import AWAKE
from holdfast.web.sessions import BESIDE
from holdfast.web.signin import factors
from holdfast.web.signin.limits import UNLOCKING
from holdfast.web.tests.test_signing_in import MINUTE, _carried, as_, code_now, has_app, signing

AGAIN = {"once_more": "prove", "once_more_password": PASSWORD}


@pytest.fixture(autouse=True)
def counted_anew() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """True time goes on by so many minutes."""
    true = signing.time.time

    def pass_(minutes: int) -> None:
        class Clock:
            @staticmethod
            def time() -> float:
                return float(true() + minutes * MINUTE)

        monkeypatch.setattr(signing, "time", Clock)

    return pass_


def quiet(person: Any) -> Browser:
    browser = as_(person)
    browser.raise_request_exception = False
    return browser


def test_a_desk_that_locked_itself_opens_while_nothing_can_be_written(
    cast: Cast, read_only: Callable[[], None], idle: Callable[[int], None]
) -> None:
    cal = quiet(cast.cal)
    idle(16)
    read_only()
    assert "<title>Locked</title>" in cal.get("/team/").content.decode()
    assert cal.post("/team/", AGAIN).url == "/team/"
    board = cal.get("/team/")
    assert board.status_code == 200
    assert "Nothing can be saved right now" in board.content.decode()


def test_a_desk_that_was_locked_by_hand_opens_and_stays_open_and_locks_again(
    cast: Cast, read_only: Callable[[], None]
) -> None:
    cal = quiet(cast.cal)
    cal.post("/sign-in/lock/")
    read_only()
    assert cal.get("/team/").status_code == 403
    assert cal.post("/sign-in/unlock/", {"once_more_password": PASSWORD}).status_code == 200
    assert [cal.get("/team/").status_code for _ in range(3)] == [200, 200, 200]
    assert cal.post("/sign-in/lock/", headers={"X-Requested-With": "XMLHttpRequest"}).status_code == 204
    assert cal.get("/team/").status_code == 403


def test_staying_awake_needs_no_write(cast: Cast, read_only: Callable[[], None]) -> None:
    cal = quiet(cast.cal)
    read_only()
    assert cal.post("/sign-in/awake/").status_code == 204
    assert cal.cookies[AWAKE].value


def test_a_step_up_goes_on_to_the_press_and_the_words_come_back_when_it_cannot_be_saved(
    cast: Cast, read_only: Callable[[], None], idle: Callable[[int], None]
) -> None:
    cal = quiet(cast.cal)
    idle(16)
    read_only()
    typed = {"do": "add", "kind": "phone", "address": "+1 520 555 0177", "label": "the words of a clinician"}
    locked = cal.post("/team/me/", typed).content.decode()
    wrong = cal.post("/team/me/", {**AGAIN, "once_more_password": "no", "once_more_carried": _carried(locked)})
    assert "That password is not right" in wrong.content.decode()
    answer = cal.post("/team/me/", {**AGAIN, "once_more_carried": _carried(wrong.content.decode())})
    assert answer.status_code == 503
    assert "the words of a clinician" in answer.content.decode()


def test_codes_open_while_nothing_can_be_written_and_each_of_them_once(
    cast: Cast, read_only: Callable[[], None]
) -> None:
    has_app(cast.bea)
    with factors.of(cast.bea.user):
        recovery = RecoveryCodes.activate(cast.bea.user).get_unused_codes()[0]
    bea = quiet(cast.bea)
    bea.post("/sign-in/lock/")
    read_only()
    for code in (code_now(), recovery):
        assert bea.post("/sign-in/unlock/", {"once_more_code": code}).status_code == 200
        assert bea.post("/sign-in/unlock/", {"once_more_code": code}).status_code == 403


def test_a_passkey_is_asked_for_and_taken_while_nothing_can_be_written(
    cast: Cast, read_only: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was asked of the passkey is kept in the session until it answers."""
    one = Authenticator.objects.create(user=cast.bea.user, type=Authenticator.Type.WEBAUTHN, data={})
    monkeypatch.setattr(webauthn, "get_credentials", lambda user: [])
    monkeypatch.setattr(webauthn, "parse_authentication_response", lambda response: response)

    def complete(user: object, response: dict[str, str]) -> Authenticator:
        if webauthn.get_state()["challenge"] != response["challenge"]:
            raise ValueError("another challenge")
        return one

    monkeypatch.setattr(webauthn, "complete_authentication", complete)
    bea = quiet(cast.bea)
    bea.post("/sign-in/lock/")
    read_only()
    asked = bea.get("/sign-in/passkey/again/")
    assert asked.status_code == 200
    challenge = asked.json()["request_options"]["publicKey"]["challenge"]
    answer = bea.post("/sign-in/unlock/", {"once_more_credential": json.dumps({"challenge": challenge})})
    assert answer.status_code == 200
    assert bea.get("/team/").status_code == 200


def test_guessing_ends_also_while_nothing_can_be_written(cast: Cast, read_only: Callable[[], None]) -> None:
    bea = quiet(cast.bea)
    bea.post("/sign-in/lock/")
    read_only()
    said = [bea.post("/sign-in/unlock/", {"once_more_password": "no"}).json()["refused"] for _ in range(UNLOCKING[0])]
    assert set(said) == {"That password is not right."}
    assert "Too many tries" in bea.post("/sign-in/unlock/", {"once_more_password": PASSWORD}).json()["refused"]


def test_what_stood_beside_a_session_is_saved_when_writes_come_back_and_opens_no_other(
    cast: Cast, read_only: Callable[[], None]
) -> None:
    from django.db import connection

    bea, cal = quiet(cast.bea), quiet(cast.cal)
    for browser in (bea, cal):
        browser.post("/sign-in/lock/")
    read_only()
    bea.post("/sign-in/unlock/", {"once_more_password": PASSWORD})
    cal.cookies[BESIDE] = bea.cookies[BESIDE].value
    assert cal.get("/team/").status_code == 403
    with connection.cursor() as cursor:
        cursor.execute("rollback to savepoint readable")
    assert bea.get("/team/").status_code == 200
    assert bea.cookies[BESIDE].value == ""
    assert bea.get("/team/").status_code == 200


def test_a_session_that_was_ended_from_afar_stays_ended_whatever_stands_beside_it(
    cast: Cast, read_only: Callable[[], None]
) -> None:
    from django.contrib.sessions.models import Session
    from django.db import connection

    bea = quiet(cast.bea)
    bea.post("/sign-in/lock/")
    read_only()
    bea.post("/sign-in/unlock/", {"once_more_password": PASSWORD})
    with connection.cursor() as cursor:
        cursor.execute("rollback to savepoint readable")
    Session.objects.all().delete()
    assert bea.get("/team/").url.startswith("/sign-in/")
