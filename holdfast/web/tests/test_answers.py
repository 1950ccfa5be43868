"""Answering a form by its signed address: kept item by item, nothing lost, nothing pretended."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from holdfast.assessment.actions import start_response
from holdfast.assessment.models import Answer, Response
from holdfast.content.load import questionnaire
from holdfast.crisis.models import Episode
from holdfast.people.tests.cast import Cast, make_cast
from holdfast.web.client.answers import address

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def form_for_ana(cast: Cast, name: str) -> tuple[Response, str]:
    response = start_response(cast.program.id, cast.ana.id, name, cast.now)
    return response, address(cast.program.id, cast.ana.id, response.uid, cast.now)


def kept(response: Response) -> dict[str, int | None]:
    return {a.item: a.value for a in Answer.objects.filter(response=response).order_by("id")}


def test_one_question_a_screen_and_then_the_next(cast: Cast) -> None:
    response, url = form_for_ana(cast, "phq-9")
    browser = Browser()
    first = browser.get(url)
    assert first.status_code == 200
    assert b"Question 1 of" in first.content
    sent = browser.post(url, {"asked": "1", "item-1": "2"})
    assert sent.status_code == 302
    assert sent.url == url
    assert b"Question 2 of" in browser.get(url).content
    assert kept(response) == {"1": 2}


def test_an_answer_needs_no_session(cast: Cast) -> None:
    """Guards the hazard that an expired sign-in swallows a yes."""
    response, url = form_for_ana(cast, "phq-9")
    browser = Browser(enforce_csrf_checks=True)
    assert browser.post(url, {"item-9": "3"}).status_code == 302
    assert kept(response) == {"9": 3}
    assert "sessionid" not in browser.cookies


def test_posting_asks_for_no_user_and_no_session(cast: Cast) -> None:
    _response, url = form_for_ana(cast, "check-in")
    with CaptureQueriesContext(connection) as queries:
        Browser().post(url, {"item-1": "7"})
    asked = " ".join(q["sql"] for q in queries.captured_queries)
    assert "django_session" not in asked
    assert "people_user" not in asked
    assert "people_client" not in asked


def test_a_skipped_question_is_an_answer_too(cast: Cast) -> None:
    response, url = form_for_ana(cast, "phq-9")
    Browser().post(url, {"asked": "1"})
    assert kept(response) == {"1": None}


def test_a_whole_form_in_one_post_is_kept(cast: Cast) -> None:
    response, url = form_for_ana(cast, "phq-9")
    sent = Browser().post(url, {f"item-{n}": "0" for n in range(1, 10)} | {"item-10": "0"})
    assert sent.status_code == 302
    assert len(kept(response)) == 10
    assert sent.url.endswith("/sent")


def test_phq9_item_9_above_0_asks_the_asq_next(cast: Cast) -> None:
    _response, url = form_for_ana(cast, "phq-9")
    sent = Browser().post(url, {"asked": "9", "item-9": "1"})
    asked = Response.objects.get(instrument="asq")
    assert sent.status_code == 302
    assert sent.url != url
    assert b"Question 1 of" in Browser().get(sent.url).content
    assert asked.client_id == cast.ana.id


def test_a_doubled_submit_is_one_answer(cast: Cast) -> None:
    response, url = form_for_ana(cast, "phq-9")
    one, two = (Browser().post(url, {"item-1": "1"}) for _ in range(2))
    assert (one.status_code, two.status_code) == (302, 302)
    assert Answer.objects.filter(response=response).count() == 1


def test_a_bad_value_is_refused_in_words_and_the_good_ones_are_kept(cast: Cast) -> None:
    response, url = form_for_ana(cast, "phq-9")
    answer = Browser().post(url, {"item-1": "7", "item-2": "1", "item-3": "many", "item-99": "1"})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "Please pick one of the answers." in page
    assert "This form has no such question." in page
    assert kept(response) == {"2": 1}


def text_item(response: Response) -> str:
    form = questionnaire(response.instrument, response.version)
    return next(item.id for item in form.items if item.kind == "text")


def test_too_many_words_are_refused_and_kept_on_the_page(cast: Cast) -> None:
    response, url = form_for_ana(cast, "check-in")
    item = text_item(response)
    words = "I cannot sleep. " * 400
    answer = Browser().post(url, {"item-1": "3", f"item-{item}": words})
    assert answer.status_code == 400
    assert words.strip() in answer.content.decode()
    assert kept(response)["1"] == 3


def test_a_huge_post_keeps_what_came_before_it(cast: Cast) -> None:
    response, url = form_for_ana(cast, "check-in")
    item = text_item(response)
    answer = Browser().post(url, f"item-1=3&item-{item}=" + "x" * 3_000_000, content_type=FORM)
    assert answer.status_code == 400
    assert "longer than we can keep" in answer.content.decode()
    assert kept(response) == {"1": 3}


def test_another_encoding_is_refused_in_words(cast: Cast) -> None:
    response, url = form_for_ana(cast, "check-in")
    item = text_item(response)
    answer = Browser().post(url, b"item-1=3&item-" + item.encode() + b"=caf%E9", content_type=FORM)
    assert answer.status_code == 400
    assert "could not be read" in answer.content.decode()
    assert "caf" in answer.content.decode()
    assert kept(response) == {"1": 3}


@pytest.mark.parametrize(
    "body", [b"", b"&&&", b"=", b"item-", b"%", b"item-1", b"\xff\xfe", b"item-1=1\x00", b"a=1&" * 5000]
)
def test_strange_bodies_never_break_it(cast: Cast, body: bytes) -> None:
    _response, url = form_for_ana(cast, "check-in")
    assert Browser().post(url, body, content_type=FORM).status_code in (302, 400)


def test_a_tampered_address_says_that_nothing_was_received(cast: Cast) -> None:
    response, url = form_for_ana(cast, "check-in")
    item = text_item(response)
    words = "please <b>help</b>"
    answer = Browser().post(url[:-4] + "AAA/", {f"item-{item}": words})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "We did not get this" in page
    assert "tel:988" in page
    assert escape(words) in page
    assert kept(response) == {}


def test_yesterdays_form_says_that_nothing_was_received(cast: Cast) -> None:
    response, _url = form_for_ana(cast, "phq-9")
    old = address(cast.program.id, cast.ana.id, response.uid, cast.now - timedelta(hours=25))
    answer = Browser().post(old, {"item-9": "3"})
    assert answer.status_code == 400
    assert "Nobody has been told what you just sent" in answer.content.decode()
    assert kept(response) == {}


def test_a_form_of_another_program_is_not_found_there(cast: Cast) -> None:
    response, _url = form_for_ana(cast, "phq-9")
    answer = Browser().post(address(cast.other.id, cast.ana.id, response.uid, cast.now), {"item-1": "1"})
    assert answer.status_code == 400


def test_a_clock_that_went_back_does_not_refuse_a_form(cast: Cast) -> None:
    response, _url = form_for_ana(cast, "phq-9")
    ahead = address(cast.program.id, cast.ana.id, response.uid, cast.now + timedelta(hours=1))
    assert Browser().post(ahead, {"item-1": "1"}).status_code == 302
    assert kept(response) == {"1": 1}


def test_back_shows_what_was_picked(cast: Cast) -> None:
    _response, url = form_for_ana(cast, "phq-9")
    Browser().post(url, {"item-1": "2"})
    page = Browser().get(url + "?q=1").content.decode()
    assert 'value="2" checked' in page
    assert Browser().get(url + "?q=" + quote("9" * 400)).status_code == 200


def test_after_the_last_answer_the_page_says_what_is_so(cast: Cast) -> None:
    _response, url = form_for_ana(cast, "asq")
    cast.night_shift()
    with TestCase.captureOnCommitCallbacks(execute=True):
        sent = Browser().post(url, {f"item-{n}": "1" for n in range(1, 7)})
    page = Browser().get(sent.url).content.decode()
    assert Episode.objects.filter(client=cast.ana).exists()
    assert "Cal" in page
    assert 'http-equiv="refresh"' in page
    assert "tel:988" in page
    assert "tel:911" in page


def test_before_it_is_read_nobody_is_named(cast: Cast) -> None:
    """No page implies that somebody was told before a crisis stands in the database."""
    _response, url = form_for_ana(cast, "asq")
    cast.night_shift()
    Browser().post(url, {f"item-{n}": "1" for n in range(1, 7)})
    page = Browser().get(reverse("sent", args=[url.split("/")[2]])).content.decode()
    assert "being read now" in page
    assert "calling" not in page.lower()
