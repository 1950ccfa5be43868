"""Clients sign in as they like, and are never locked out: a lost phone costs them nothing."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core import mail as outbox
from django.test import Client as Browser
from django.test import TestCase

from holdfast.ledger.scope import enter
from holdfast.people import signing_in as actions
from holdfast.people.models import FactorReset
from holdfast.people.tests.cast import Cast
from holdfast.web import marks
from holdfast.web.tests.signing_in import with_password_only
from holdfast.web.tests.test_signing_in import (
    _carried,
    _works_for_a_while,
    as_,
    by_password,
    code_now,
    facts,
    has_app,
    later,
    mail_leaves,
    real,
)

__all__ = ["later", "mail_leaves", "real"]  # fixtures


def has_passkey(person: Any) -> None:
    Authenticator.objects.create(user=person.user, type=Authenticator.Type.WEBAUTHN, data={})


def mailed_code() -> str:
    found = re.search(r"\b\d{6}\b", outbox.outbox[-1].body)
    assert found
    return found[0]


def by_mailed_code(person: Any) -> tuple[Browser, Any]:
    browser = Browser()
    browser.post("/sign-in/code/", {"email": person.user.email})
    return browser, browser.post("/sign-in/code/sent/", {"code": mailed_code()})


# ---- a passkey, or an app, that is lost ------------------------------------------------------------------------


def test_a_client_whose_phone_with_the_passkey_is_lost_comes_in_another_way(cast: Cast) -> None:
    has_passkey(cast.ana)
    for browser, _answer in (by_password(cast.ana), by_mailed_code(cast.ana)):
        assert browser.get("/today").status_code == 200


def test_a_passkey_of_staff_is_asked_for_after_their_password(cast: Cast) -> None:
    has_passkey(cast.bea)
    browser, answer = by_password(cast.bea)
    assert answer.url == "/sign-in/second/"
    assert browser.get("/team/").url.startswith("/sign-in/")


def test_a_client_who_set_up_an_app_is_asked_for_its_code_or_for_one_from_the_mail(cast: Cast) -> None:
    has_app(cast.ana)
    with_app, answer = by_password(cast.ana)
    assert answer.url == "/sign-in/second/"
    assert with_app.post("/sign-in/second/", {"code": code_now()}).status_code == 302
    assert with_app.get("/today").status_code == 200

    lost, _answer = by_password(cast.ana)
    page = lost.get("/sign-in/second/").content.decode()
    assert "Send me a code by e-mail instead" in page
    assert "I need help now" in page
    assert "without signing in" not in page.replace("Links to your check-in work without signing in.", "")
    sent = lost.post("/sign-in/second/", {"do": "mail"}, follow=True)
    assert sent.status_code == 200
    assert "six digits from the mail" in sent.content.decode()
    assert lost.get("/today").url.startswith("/sign-in/")
    assert "That code is not right" in lost.post("/sign-in/second/", {"code": "12"}).content.decode()
    assert lost.post("/sign-in/second/", {"code": mailed_code()}).status_code == 302
    assert lost.get("/today").status_code == 200
    enter(cast.program.id)
    said = {"kind": "client", "whose": cast.ana.id, "how": "password"}
    assert facts("SignedIn") == [("SignedIn", {**said, "second": one}) for one in ("totp", "mailed")]


def test_a_code_from_the_mail_as_second_step_belongs_to_who_is_signing_in_and_works_once(cast: Cast) -> None:
    has_app(cast.ana)
    hers, _answer = by_password(cast.ana)
    hers.post("/sign-in/second/", {"do": "mail"})
    elsewhere, _answer = by_password(cast.ana)
    assert "not right" in elsewhere.post("/sign-in/second/", {"code": mailed_code()}).content.decode()
    assert hers.post("/sign-in/second/", {"code": mailed_code()}).status_code == 302
    hers.post("/sign-out/")
    again, _answer = by_password(cast.ana, hers)
    assert "not right" in again.post("/sign-in/second/", {"code": mailed_code()}).content.decode()


def test_staff_are_sent_no_code_by_mail_as_their_second_step(cast: Cast) -> None:
    has_app(cast.bea)
    bea, _answer = by_password(cast.bea)
    assert "by e-mail instead" not in bea.get("/sign-in/second/").content.decode()
    bea.post("/sign-in/second/", {"do": "mail"})
    assert outbox.outbox == []


def test_a_second_step_that_a_client_lost_is_reset_with_a_reason_and_they_are_written_to(
    cast: Cast, later: Any
) -> None:
    has_app(cast.ana)
    held, _answer = by_password(cast.ana)
    held.post("/sign-in/second/", {"code": code_now()})
    dia, at = as_(cast.dia), f"/program/clients/{cast.ana.uid}"
    assert "Say how you know" in dia.post(at, {"do": "reset_second", "reason": " "}).content.decode()
    _works_for_a_while(dia, at, later)
    asked = dia.post(at, {"do": "reset_second", "reason": "Rang her: the phone fell into the lake."})
    assert asked.status_code == 403  # once more, before
    assert Authenticator.objects.filter(user=cast.ana.user).exists()
    proof = {"once_more": "prove", "once_more_password": "tea with honey at nine"}
    with TestCase.captureOnCommitCallbacks(execute=True):
        done = dia.post(at, {**proof, "once_more_carried": _carried(asked.content.decode())})
    assert done.url.endswith("?said=second-off")
    assert not Authenticator.objects.filter(user=cast.ana.user).exists()
    assert held.get("/today").url.startswith("/sign-in/")
    assert [one.to[0] for one in outbox.outbox] == [cast.ana.user.email, cast.dia.user.email]
    assert all("lake" not in one.body for one in outbox.outbox)
    assert all("Ana" not in one.body for one in outbox.outbox)  # a letter names no client
    browser, _answer = by_password(cast.ana)
    assert browser.get("/today").status_code == 200
    enter(cast.program.id)
    reset = FactorReset.objects.get()
    assert (reset.client_id, reset.staff_id) == (cast.ana.id, None)
    assert reset.reason == "Rang her: the phone fell into the lake."
    listed = dia.get("/program/changes").content.decode()
    assert "Ana Morales: the second factor was reset" in listed
    assert "fell into the lake" in listed


def test_whoever_runs_the_machine_resets_a_clients_second_step_too(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from holdfast.entry import second_factor_command as command

    monkeypatch.setattr(command, "become", lambda role: None)
    has_app(cast.ana)
    said = CliRunner().invoke(command.second_factor, ["reset", cast.ana.user.email, "--reason", "Rang her."])
    assert said.exit_code == 0, said.output
    assert "Ana" not in said.output  # the terminal's history holds no name of a client
    assert not Authenticator.objects.filter(user=cast.ana.user).exists()
    assert {one.to[0] for one in outbox.outbox} == {cast.ana.user.email, cast.dia.user.email}
    assert actions.FactorReset.objects.get().by is None


# ---- links, and the language of letters ------------------------------------------------------------------------


def test_a_link_that_was_taken_back_is_not_got_by_asking_for_a_new_password(cast: Cast) -> None:
    """H-125: neither by a link for a forgotten password nor, for staff, by a code."""
    cast.bea.user.set_unusable_password()
    cast.bea.user.save()
    dia, at = as_(cast.dia), f"/program/staff/{cast.bea.uid}"
    dia.post(at, {"do": "invite"})
    assert "ask whoever invited you for a new one" in outbox.outbox[-1].body
    dia.post(at, {"do": "take_back"})
    assert Browser().post("/password/reset/", {"email": cast.bea.user.email}).url == "/password/reset/sent/"
    letter = outbox.outbox[-1]
    assert letter.to == [cast.bea.user.email]
    assert "Ask whoever invited you" in letter.body
    assert "http" not in letter.body

    browser = Browser()
    assert browser.post("/sign-in/code/", {"email": cast.bea.user.email}).url == "/sign-in/code/sent/"
    assert "Ask whoever invited you" in outbox.outbox[-1].body
    assert not re.search(r"\d{6}", outbox.outbox[-1].body)


def test_letters_to_a_client_are_in_their_language_and_letters_to_staff_in_english(cast: Cast) -> None:
    enter(cast.program.id)
    cast.ana.language = "es"
    cast.ana.save()
    spanish = {"HTTP_ACCEPT_LANGUAGE": "es"}
    Browser().post("/password/reset/", {"email": cast.ana.user.email})
    Browser().post("/sign-in/code/", {"email": cast.ana.user.email})
    as_(cast.dia).post(f"/program/clients/{cast.ana.uid}", {"do": "invite"})
    for letter, said in zip(outbox.outbox, ("Una contraseña nueva", "Tu código", "Tu contraseña"), strict=True):
        assert letter.subject.startswith(said)
    Browser().post("/sign-in/code/", {"email": cast.bea.user.email}, **spanish)
    assert outbox.outbox[-1].subject == "Your code"
    enter(cast.program.id)
    assert facts("LinkSent")[0][1]["whose"] == cast.ana.id  # the page stayed in its own program


def test_a_letter_to_a_closed_account_says_so_and_the_page_says_the_same_as_ever(cast: Cast) -> None:
    cast.ana.user.is_active = False
    cast.ana.user.save()
    for at, then in (("/password/reset/", "/password/reset/sent/"), ("/sign-in/code/", "/sign-in/code/sent/")):
        assert Browser().post(at, {"email": cast.ana.user.email}).url == then
        letter = outbox.outbox[-1]
        assert letter.to == [cast.ana.user.email]
        assert letter.subject == "This account is closed"
        assert "Call us" in letter.body
        assert cast.program.name not in letter.subject + letter.body


# ---- an account for somebody who is here already ---------------------------------------------------------------


def test_a_client_without_an_account_is_given_one_on_their_page_and_invited(cast: Cast) -> None:
    enter(cast.program.id)
    cast.ana.user = None
    cast.ana.save()
    dia, at = as_(cast.dia), f"/program/clients/{cast.ana.uid}"
    assert 'name="email"' in dia.get(at).content.decode()
    for wrong, said in (
        ("", "The e-mail address is missing"),
        ("ana at home", "does not look like"),
        (cast.bea.user.email.upper(), "has an account already"),
    ):
        refused = dia.post(at, {"do": "invite", "email": wrong})
        assert refused.status_code == 400
        assert said in refused.content.decode()
        assert f'value="{wrong}"' in refused.content.decode()  # what was typed is kept
    assert outbox.outbox == []
    assert dia.post(at, {"do": "invite", "email": "Ana.New@home.example"}).url.endswith("?said=invited")
    assert outbox.outbox[-1].to == ["ana.new@home.example"]
    enter(cast.program.id)
    cast.ana.refresh_from_db()
    assert cast.ana.user.email == "ana.new@home.example"
    assert [kind for kind, _said in facts("ClientChanged", "LinkSent")] == ["ClientChanged", "LinkSent"]


def test_an_account_that_cannot_be_invited_is_not_made(cast: Cast, settings: Any) -> None:
    settings.HOLDFAST_SMTP_URL = ""
    enter(cast.program.id)
    cast.ana.user = None
    cast.ana.save()
    at = f"/program/clients/{cast.ana.uid}"
    assert as_(cast.dia).post(at, {"do": "invite", "email": "ana.new@home.example"}).status_code == 400
    enter(cast.program.id)
    cast.ana.refresh_from_db()
    assert cast.ana.user is None


# ---- devices -----------------------------------------------------------------------------------------------------


def test_a_device_says_its_day_and_hour_where_the_person_is(cast: Cast) -> None:
    enter(cast.program.id)
    cast.ana.timezone = "Pacific/Honolulu"
    cast.ana.save()
    ana, _answer = by_password(cast.ana)
    UserSession.objects.update(
        created_at=datetime(2026, 11, 26, 5, 58, tzinfo=UTC), last_seen_at=datetime(2026, 11, 26, 7, 3, tzinfo=UTC)
    )
    page = ana.get("/security/devices/").content.decode()
    assert "Wednesday, November 25, 7:58 pm" in page
    assert "last used Wednesday, November 25, 9:03 pm" in page
    has_app(cast.bea)
    bea = by_password(cast.bea)[0]
    bea.post("/sign-in/second/", {"code": code_now()})
    UserSession.objects.filter(user=cast.bea.user).update(created_at=datetime(2026, 11, 26, 5, 58, tzinfo=UTC))
    assert "Wednesday, November 25, 10:58 pm" in bea.get("/security/devices/").content.decode()  # Phoenix


# ---- the rest ------------------------------------------------------------------------------------------------------


def test_a_page_that_was_locked_by_hand_does_not_say_that_nobody_was_there(cast: Cast, later: Any) -> None:
    bea = as_(cast.bea)
    bea.post("/sign-in/lock/")
    page = bea.get("/team/").content.decode()
    assert "You locked this page" in page
    assert "Nothing was done" not in page
    cal = as_(cast.cal)
    cal.post("/sign-in/lock/", {"idle": "1"}, headers={"X-Requested-With": "XMLHttpRequest"})
    assert "Nothing was done" in cal.get("/team/").content.decode()
    dia = as_(cast.dia)
    dia.get("/team/")
    later(minutes=16)
    assert "Nothing was done" in dia.get("/team/").content.decode()


def test_whoever_sets_up_a_second_step_goes_on_to_a_page_that_is_theirs(cast: Cast) -> None:
    for at, then in (("/program/staff/", "/"), ("/today", "/"), ("/team/people/", "/team/people/")):
        bea = with_password_only(Browser(), cast.bea.user)
        bea.get("/team/")
        session = bea.session
        session["holdfast_after"] = at
        marks.did_second(session, "totp")
        session.save()
        assert bea.get("/security/").url == then


def test_whoever_is_a_client_here_and_staff_elsewhere_keeps_their_second_factor(cast: Cast) -> None:
    """H-126: an administrator of one program takes nothing from the staff of another."""
    has_app(cast.eve)
    cast.ana.user = cast.eve.user
    cast.ana.save()
    with pytest.raises(ValueError, match="work for a program too"):
        actions.reset_second_factor(cast.ana, "She rang and I know her voice", cast.adam, cast.now)
    assert Authenticator.objects.filter(user=cast.eve.user).exists()
