"""What a call says and what a key means; the addresses themselves are tested with the web's hooks."""

import re
import xml.etree.ElementTree as ET
from datetime import datetime
from uuid import uuid4

import pytest

from holdfast.notify import actions, webhooks
from holdfast.notify.models import Attempt
from holdfast.notify.webhooks import Heard, Word
from holdfast.people.models import Contact
from holdfast.people.tests.cast import Cast
from telephone import twiml

PAGES = (("4821", "7", "4"), ("7730", "3", "9"))


class Answers:
    """Stands in for the on-call module: remembers what was answered."""

    def __init__(self, heard: Heard | None = None) -> None:
        self.heard = heard
        self.given: list[tuple[int, Word, str]] = []

    def __call__(self, page: int, word: Word, via: str, now: datetime) -> Heard:
        self.given.append((page, word, via))
        return self.heard or Heard(word)


def unheard(number: str, words: str, now: datetime) -> str:
    """Staff write here, and nobody else."""
    raise AssertionError("only texts of others are heard")


@pytest.fixture
def call(cast: Cast) -> Attempt:
    """A call to Cal about two people."""
    pages = [actions.PageToSend(number, cast.cal.id, *page) for number, page in enumerate(PAGES, start=1)]
    actions.send_pages(cast.program.id, pages, rank=0, no_cover=False, again=False, now=cast.now)
    # Both still have to be asked: they stand for things that no paging knows.
    Attempt.objects.update(for_what="other")
    first, second = Attempt.objects.filter(channel="voice").order_by("for_id")
    Attempt.objects.filter(id=second.id).update(together_with=first.uid)
    return first


def heard_in(document: str) -> str:
    assert twiml.read(document), "the telephone company can follow it"
    return " ".join(ET.fromstring(document).itertext())  # noqa: S314 (our own document)


def test_the_call_asks_about_one_person_after_the_other(cast: Cast, call: Attempt) -> None:
    """Two emergencies for one handset are one call, answered one by one."""
    answers = Answers()
    document = webhooks.call_opening(cast.program, call.uid)
    assert heard_in(document).startswith("This is JP Desk. 2 people need you.")
    assert "Number 1 of 2. Press 7 if you have this. Press 4 if you cannot." in heard_in(document)
    assert f"/hooks/{cast.program.uid}/twilio/voice-digits/{call.uid}?n=0" in document
    document = webhooks.call_digits(cast.program, call.uid, 0, {"Digits": "7"}, answers, cast.now)
    assert heard_in(document).startswith("Thank you. You have this.")
    assert "Number 2 of 2. Press 3 if you have this. Press 9 if you cannot." in heard_in(document)
    assert "?n=1" in document
    document = webhooks.call_digits(cast.program, call.uid, 1, {"Digits": "9"}, answers, cast.now)
    assert "We ask somebody else." in heard_in(document)
    assert "<Hangup/>" in document
    assert answers.given == [(1, "have", "voice"), (2, "cannot", "voice")]


@pytest.mark.parametrize("digits", ["", "1", "3", "77", "*", "x"])
def test_any_other_key_is_no_answer_and_the_question_is_asked_again(cast: Cast, call: Attempt, digits: str) -> None:
    answers = Answers()
    document = webhooks.call_digits(cast.program, call.uid, 0, {"Digits": digits}, answers, cast.now)
    assert answers.given == []
    assert "That was neither of the two." in heard_in(document)
    assert "?n=0" in document


def test_without_a_key_the_call_asks_three_times_and_says_goodbye(cast: Cast, call: Attempt) -> None:
    document = webhooks.call_opening(cast.program, call.uid)
    assert len(re.findall("<Gather ", document)) == 3
    assert heard_in(document).endswith("We go on asking. Goodbye.")


def test_whoever_is_second_hears_who_has_it(cast: Cast, call: Attempt) -> None:
    answers = Answers(Heard("taken", "Bea"))
    document = webhooks.call_digits(cast.program, call.uid, 1, {"Digits": "3"}, answers, cast.now)
    assert "Bea already has this." in heard_in(document)


def test_a_call_about_something_that_is_over_says_so(cast: Cast, call: Attempt) -> None:
    Attempt.objects.filter(channel="voice").update(for_what="page")  # no such page is being sought
    document = webhooks.call_opening(cast.program, call.uid)
    assert "This is over; nobody is needed any more." in heard_in(document)
    assert "<Gather" not in document


@pytest.mark.parametrize("position", [-1, 2, 999])
def test_a_question_that_was_never_asked_is_not_answered(cast: Cast, call: Attempt, position: int) -> None:
    answers = Answers()
    webhooks.call_digits(cast.program, call.uid, position, {"Digits": "7"}, answers, cast.now)
    assert answers.given == []


def test_a_call_we_do_not_know_ends_politely(cast: Cast) -> None:
    assert "Goodbye." in heard_in(webhooks.call_opening(cast.program, uuid4()))


def test_a_key_makes_the_phone_a_tested_contact(cast: Cast, call: Attempt) -> None:
    Contact.objects.update(tested_at=None)
    webhooks.call_digits(cast.program, call.uid, 0, {"Digits": "4"}, Answers(), cast.now)
    assert Contact.objects.get(id=call.contact_id).tested_at == cast.now


def test_a_text_answers_several_pages_at_once(cast: Cast, call: Attempt) -> None:
    Attempt.objects.update(for_what="page")
    answers = Answers()
    form = {"From": "+15205550102", "Body": "4821 and 7730"}
    document = webhooks.text_from_handset(form, answers, unheard, cast.now)
    assert answers.given == [(1, "have", "sms"), (2, "have", "sms")]
    assert heard_in_text(document) == "Thank you. You have this. Please open your page now."


def heard_in_text(document: str) -> str:
    return " ".join(ET.fromstring(document).itertext())  # noqa: S314 (our own document)


def test_what_somebody_writes_who_is_not_staff_is_heard(cast: Cast) -> None:
    """Somebody in danger may write to the number that pages staff; what is said back is for whoever hears it."""
    heard: list[tuple[str, str]] = []

    def hear(number: str, words: str, now: datetime) -> str:
        heard.append((number, words))
        return "A person is being asked to read this."

    form = {"From": "+15205550199", "Body": "HELP"}
    assert "asked to read" in heard_in_text(webhooks.text_from_handset(form, Answers(), hear, cast.now))
    assert heard == [("+15205550199", "HELP")]
    assert heard_in_text(webhooks.text_from_handset({**form, "Body": "STOP"}, Answers(), unheard, cast.now)) == ""


def test_a_test_is_answered_by_its_number(cast: Cast) -> None:
    phone = Contact.objects.get(staff=cast.cal, kind="phone")
    Contact.objects.update(tested_at=None)
    actions.test_contact(phone, "9034", cast.now)
    answers = Answers()
    form = {"From": "+15205550102", "Body": "9034"}
    assert "This phone works" in heard_in_text(webhooks.text_from_handset(form, answers, unheard, cast.now))
    assert answers.given == []
    phone.refresh_from_db()
    assert phone.tested_at == cast.now


def test_stop_makes_the_phone_unreachable_and_start_mends_it(cast: Cast, call: Attempt) -> None:
    for body, unreachable in (("STOP", True), ("START", False)):
        webhooks.text_from_handset({"From": "+15205550102", "Body": body}, Answers(), unheard, cast.now)
        phone = Contact.objects.get(id=call.contact_id)
        assert (phone.unreachable_since is not None) is unreachable
