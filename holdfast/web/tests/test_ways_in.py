"""Nobody becomes the holder of a client's sign-in unseen: not by the phone, nor by a first account."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.test import TestCase

from holdfast.ledger.scope import enter
from holdfast.people.actions import enrol
from holdfast.people.looks import rights_changed
from holdfast.people.models import Client
from holdfast.people.queries import actor_of
from holdfast.people.rules import NUMBER_STANDS, may_be_sent_a_code
from holdfast.people.tests.cast import Cast
from holdfast.web.tests.test_code_by_text import PHONE, asks, texts
from holdfast.web.tests.test_set_up import words
from holdfast.web.tests.test_signing_in import as_, facts, mail_leaves

__all__ = ["mail_leaves", "texts"]  # fixtures

ANOTHER = "+15205559999"


def changes(cast: Cast, by: Any = None, **fields: str) -> Any:
    """Somebody who runs the program writes down what a client is called and where they are reached."""
    form = {"do": "change", "name": "Ana Morales", "preferred": "Ana", "pronouns": "she/her", "language": "en",
            "state": "AZ", "timezone": "America/Phoenix", "phone": PHONE, "other_phone": "", "born": ""}  # fmt: skip
    with TestCase.captureOnCommitCallbacks(execute=True):
        return as_(by or cast.adam).post(f"/program/clients/{cast.ana.uid}", form | fields)


def unseen(cast: Cast) -> list[tuple[str, str]]:
    enter(cast.program.id)
    rows = rights_changed(actor_of(cast.dia), cast.now + timedelta(minutes=1))
    return [(one.kind, one.data["what"]) for one in rows]


def ago(cast: Cast, gone: timedelta) -> None:
    enter(cast.program.id)
    changed = Client.objects.get(id=cast.ana.id)
    assert changed.phone_changed_at is not None
    Client.objects.filter(id=cast.ana.id).update(phone_changed_at=changed.phone_changed_at - gone)


# ---- the phone -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["adam", "dia"])
def test_a_code_goes_by_mail_until_a_number_that_staff_wrote_down_has_stood_for_three_days(
    cast: Cast, texts: list[Any], by: str
) -> None:
    assert changes(cast, getattr(cast, by), phone=ANOTHER).status_code == 302
    texts.clear()
    outbox.outbox.clear()
    browser, _answer = asks(cast.ana.user.email)
    assert texts == []
    (letter,) = outbox.outbox
    assert letter.to == [cast.ana.user.email]
    code = next(word for word in letter.body.split() if word.isdigit() and len(word) == 6)
    assert browser.post("/sign-in/code/sent/", {"code": code}).status_code == 302

    ago(cast, NUMBER_STANDS)
    asks(cast.ana.user.email)
    assert [batch.address for batch, _words in texts] == [ANOTHER]


def test_a_number_stands_after_seventy_two_hours_and_not_a_minute_before(cast: Cast) -> None:
    now, minute = cast.now, timedelta(minutes=1)
    assert may_be_sent_a_code(None, now)
    assert not may_be_sent_a_code(now - timedelta(hours=72) + minute, now)
    assert may_be_sent_a_code(now - timedelta(hours=72), now)


def test_a_client_whose_number_is_changed_is_written_to_and_no_number_is_texted(cast: Cast, texts: list[Any]) -> None:
    """The old number may lie with somebody they left, the new one may be wrong."""
    changes(cast, phone=ANOTHER)
    (letter,) = outbox.outbox
    assert letter.to == [cast.ana.user.email]
    assert cast.program.neutral_name in letter.from_email
    assert texts == []
    told = f"{letter.subject} {letter.body}"
    assert "number" in told
    assert "call us today" in told
    assert all(one not in told for one in (cast.program.name, "Ana", PHONE, ANOTHER, "Adam"))
    assert unseen(cast) == [("ClientChanged", "phone")]
    assert "Ana Morales: phone number changed Adam Frey" in words(as_(cast.dia).get("/program/changes"))


def test_a_client_whose_number_is_changed_reads_of_it_in_their_language(cast: Cast) -> None:
    changes(cast, phone=ANOTHER, language="es")
    assert outbox.outbox[-1].subject == "Cambió tu número de teléfono"
    assert "lámanos hoy" in outbox.outbox[-1].body


def test_what_is_changed_beside_the_number_writes_to_nobody_and_asks_no_director(cast: Cast, texts: list[Any]) -> None:
    changes(cast, name="Ana Maria Morales", other_phone="+15205550777")
    changes(cast, name="Ana Maria Morales", other_phone="+15205550777")
    assert outbox.outbox == texts == []
    assert unseen(cast) == []
    assert [said["what"] for _kind, said in facts("ClientChanged")] == ["details"]  # the second time nothing changed
    asks(cast.ana.user.email)
    assert [batch.address for batch, _words in texts] == [PHONE]


def test_a_fact_of_a_client_who_was_changed_says_which_kinds_and_no_values(cast: Cast, texts: list[Any]) -> None:
    changes(cast, name="Ana Maria Morales", phone=ANOTHER)
    enter(cast.program.id)
    said = {"client": cast.ana.id, "by": cast.adam.id}
    assert facts("ClientChanged") == [("ClientChanged", {**said, "what": one}) for one in ("phone", "details")]


# ---- a first account -----------------------------------------------------------------------------------------


def given(cast: Cast, by: Any) -> Client:
    """Ben is here without an account, and is given one."""
    enter(cast.program.id)
    ben = enrol(cast.program.id, name="Ben Soto", state="AZ", timezone="UTC", now=cast.now)
    with TestCase.captureOnCommitCallbacks(execute=True):
        form = {"do": "invite", "email": "ben@home.example"}
        assert as_(by).post(f"/program/clients/{ben.uid}", form).status_code == 302
    return ben


def test_directors_hear_at_once_of_a_first_account_that_an_administrator_gave(cast: Cast) -> None:
    given(cast, cast.adam)
    invitation, letter = outbox.outbox
    assert invitation.to == ["ben@home.example"]
    assert letter.to == [cast.dia.user.email]
    assert letter.subject == "A client was given an account"
    assert all(one not in letter.subject + letter.body for one in ("Ben", "home.example", "Adam"))  # names nobody
    assert unseen(cast) == [("ClientChanged", "account")]
    listed = words(as_(cast.dia).get("/program/changes"))
    assert "Ben Soto was given an account to sign in with Adam Frey" in listed


def test_an_account_that_a_director_gives_is_written_to_nobody_else(cast: Cast) -> None:
    given(cast, cast.dia)
    assert [one.to for one in outbox.outbox] == [["ben@home.example"]]
    assert unseen(cast) == []


def test_a_client_who_is_added_with_an_account_stands_among_what_directors_look_at(cast: Cast) -> None:
    form = {"name": "Kim Ode", "state": "AZ", "timezone": "America/Phoenix", "phone": "520 555 0171", "language": "en",
            "since": f"{cast.now:%Y-%m-%d}"}  # fmt: skip
    as_(cast.adam).post("/program/clients/", form)
    assert unseen(cast) == []
    assert as_(cast.adam).post("/program/clients/", form | {"name": "Lee Ode", "email": "lee@home.example"}).status_code == 302  # fmt: skip
    assert unseen(cast) == [("ClientChanged", "account")]
