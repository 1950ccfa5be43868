"""One sealed text that will not open takes no page from anybody, and its name is said to be unreadable."""

import logging
from datetime import timedelta

import pytest
from django.test import Client as Browser

from holdfast.assessment import actions as assessment
from holdfast.assessment.models import RiskFinding
from holdfast.care.models import Task
from holdfast.crisis.models import Episode
from holdfast.ledger import vouch
from holdfast.ledger.scope import enter
from holdfast.people.actions import add_contact, enrol
from holdfast.people.models import Client, Contact, Staff
from holdfast.people.rules import ContactKind
from holdfast.people.tests.cast import Cast, make_cast
from holdfast.web.team.finding import phones_of

MOVED, OTHER_KEY = b"\x01" + b"x" * 40, b"\x02" + b"x" * 40  # InvalidTag, and ValueError
ALL_SEALED = ("name", "preferred_name", "phone", "other_phone", "wishes")
NO_NAME = "A name that cannot be read"


@pytest.fixture
def cast(db: None) -> Cast:
    made = make_cast()
    made.night_shift()
    return made


@pytest.fixture(params=[MOVED, OTHER_KEY], ids=["moved", "other-key"])
def broken(request: pytest.FixtureRequest) -> bytes:
    return bytes(request.param)


def page(person: Staff, address: str) -> str:
    browser = Browser()
    browser.force_login(person.user, "allauth.account.auth_backends.AuthenticationBackend")
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_board_shows_everybody_else_and_says_which_name_cannot_be_read(
    cast: Cast, broken: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    other = enrol(cast.program.id, name="Gus Hale", state="AZ", timezone="America/Phoenix", now=cast.now)
    for client in (cast.ana, other):
        assessment.ask_for_help(client, "session", cast.now)
    Client.objects.filter(id=cast.ana.id).update(**dict.fromkeys(ALL_SEALED, broken))
    with caplog.at_level(logging.ERROR, "holdfast.web"):
        board = page(cast.bea, "/team/")
    assert NO_NAME in board
    assert "Gus H." in board
    said = [record for record in caplog.records if record.message == "a sealed text cannot be opened"]
    assert {(record.table, record.row) for record in said} == {("people_client", cast.ana.id)}
    assert all(not record.exc_info for record in said)


@pytest.mark.parametrize(("field", "shown"), [("name", "Ana"), ("preferred_name", "Ana M.")])
def test_what_can_be_read_of_a_name_is_shown(cast: Cast, field: str, shown: str) -> None:
    assessment.ask_for_help(cast.ana, "session", cast.now)
    Client.objects.filter(id=cast.ana.id).update(**{field: MOVED})
    board = page(cast.bea, "/team/")
    assert f">{shown}</a>" in board
    assert NO_NAME not in board


def test_the_crisis_itself_opens_and_says_that_something_is_missing(cast: Cast, broken: bytes) -> None:
    assessment.ask_for_help(cast.ana, "session", cast.now)
    there = f"/team/crisis/{Episode.objects.get().uid}"
    assert "cannot be read on this machine" not in page(cast.bea, there)
    enter(cast.program.id)
    Client.objects.filter(id=cast.ana.id).update(**dict.fromkeys(ALL_SEALED, broken))
    shown = page(cast.bea, there)
    assert NO_NAME in shown
    assert "cannot be read on this machine" in shown
    assert "I have this" in shown


def test_a_caller_whose_lines_will_not_open_still_stands_on_the_board(cast: Cast, broken: bytes) -> None:
    assessment.receive_concern(
        cast.program.id, name="Frank", phone="520 555 0199", words="My sister", place="12 Elm St", now=cast.now
    )
    episode = Episode.objects.get()
    type(episode.concern).objects.update(name=broken, phone=broken, words=broken, place=broken)
    board, crisis = page(cast.bea, "/team/"), page(cast.bea, f"/team/crisis/{episode.uid}")
    assert "A caller: a name that cannot be read" in board
    assert "What the caller wrote of the place cannot be read. Ask first." in board
    assert "A caller: a name that cannot be read" in crisis
    assert "cannot be read on this machine" in crisis


def test_tasks_are_listed_all_the_same(cast: Cast, broken: bytes) -> None:
    assessment.ask_for_help(cast.ana, "session", cast.now)
    soon = cast.now + timedelta(seconds=5)
    Task.objects.create(
        program=cast.program,
        client=cast.ana,
        finding=RiskFinding.objects.get(),
        why="A number rose",
        urgency="same_day",
        opened_at=cast.now,
        due_at=soon,
        look_again_at=soon,
    )
    Client.objects.filter(id=cast.ana.id).update(**dict.fromkeys(ALL_SEALED, broken))
    for address in ("/team/tasks/", "/team/"):
        shown = page(cast.dia, address)
        assert "A number rose" in shown
        assert NO_NAME in shown


def test_numbers_to_ring_by_hand_survive_one_that_will_not_open(cast: Cast, broken: bytes) -> None:
    add_contact(cast.cal, ContactKind.PHONE, "520 555 0177", tested_at=cast.now)
    first = Contact.objects.filter(staff=cast.cal, kind=ContactKind.PHONE).earliest("id")
    Contact.objects.filter(id=first.id).update(address=broken)
    assert phones_of([cast.cal.id, cast.bea.id]) == {cast.cal.id: ("+15205550177",), cast.bea.id: ("+15205550101",)}
    vouch.vouch(vouch.WATCHDOG, {"someone_is_always_sought": False})
    assert page(cast.bea, "/team/")


def test_looking_for_a_client_passes_over_a_name_that_will_not_open(cast: Cast, broken: bytes) -> None:
    enrol(
        cast.program.id, name="Anatol Hale", state="AZ", timezone="America/Phoenix", now=cast.now, phone="520 555 0199"
    )
    assessment.receive_concern(
        cast.program.id, name="Frank", phone="520 555 0199", words="My sister", place="", now=cast.now
    )
    Client.objects.filter(id=cast.ana.id).update(**dict.fromkeys(ALL_SEALED, broken))
    shown = page(cast.bea, f"/team/crisis/{Episode.objects.get().uid}?find=ana")
    assert "Anatol Hale" in shown
    assert "the same number as the caller left" in shown
    assert "1 name here cannot be read, so it was not compared." in shown
