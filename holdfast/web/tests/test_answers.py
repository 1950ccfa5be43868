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
from holdfast.people.actions import enrol
from holdfast.people.models import User
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


def test_two_answers_to_one_question_are_asked_again_and_neither_is_guessed(cast: Cast) -> None:
    response, url = form_for_ana(cast, "check-in")
    answer = Browser().post(url, b"item-1=3&item-6=2&item-6=0", content_type=FORM)
    assert answer.status_code == 400
    assert "look at it and send it again" in answer.content.decode()
    assert kept(response) == {"1": 3}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"&".join([b"item-1=3", *(b"x%d=1" % n for n in range(300)), b"item-6=2"]), FORM),
        (b'{"item-1": 3}', "application/json"),
        (b"item-1=3", "text/plain"),
    ],
)
def test_what_was_not_read_is_never_said_to_be_received(cast: Cast, body: bytes, kind: str) -> None:
    _, url = form_for_ana(cast, "check-in")
    answer = Browser().post(url, body, content_type=kind)
    assert answer.status_code == 400
    assert "did not reach us" in answer.content.decode()


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


def signed_in(person: object) -> Browser:
    browser = Browser()
    browser.force_login(person.user, "allauth.account.auth_backends.AuthenticationBackend")
    return browser


def test_back_shows_what_was_picked_to_the_signed_in_client(cast: Cast) -> None:
    _response, url = form_for_ana(cast, "phq-9")
    Browser().post(url, {"item-1": "2"})
    page = signed_in(cast.ana).get(url + "?q=1").content.decode()
    assert 'value="2" checked' in page
    assert "It is not shown here" not in page
    assert Browser().get(url + "?q=" + quote("9" * 400)).status_code == 200


SECRET = "I am afraid of him"


def words_of_ana(cast: Cast) -> tuple[Response, str, str, str]:
    """A form in which Ana wrote something: with its item and its place in the form."""
    response, url = form_for_ana(cast, "check-in")
    item = text_item(response)
    Browser().post(url, {"asked": item, f"item-{item}": SECRET})
    ids = [each.id for each in questionnaire(response.instrument, response.version).items]
    return response, url, item, f"{url}?q={ids.index(item) + 1}"


def test_earlier_words_are_shown_to_nobody_else(cast: Cast) -> None:
    """Guards the shared phone: its history holds the address for a day."""
    _response, _url, _item, back = words_of_ana(cast)
    other = enrol(
        cast.program.id,
        name="Gus Hale",
        state="AZ",
        timezone="America/Phoenix",
        now=cast.now,
        user=User.objects.create_user("gus@example.org"),
    )
    for browser in (Browser(), signed_in(other), signed_in(cast.bea), signed_in(cast.eve)):
        page = browser.get(back).content.decode()
        assert SECRET not in page
        assert 'name="shown"' not in page
        assert "It is not shown here" in page
    stale = Browser()
    stale.cookies["sessionid"] = "abcdefghijklmnopqrstuvwxyz"
    assert SECRET not in stale.get(back).content.decode()
    page = signed_in(cast.ana).get(back).content.decode()
    assert SECRET in page
    assert 'name="shown"' in page


def test_an_earlier_pick_is_shown_to_nobody_else(cast: Cast) -> None:
    _response, url = form_for_ana(cast, "phq-9")
    Browser().post(url, {"item-9": "3"})
    assert "checked" not in Browser().get(url + "?q=9").content.decode()


def test_whether_a_question_was_skipped_is_not_told_either(cast: Cast) -> None:
    _response, url = form_for_ana(cast, "phq-9")
    Browser().post(url, {"asked": "1"})
    Browser().post(url, {"item-2": "0"})
    assert all("It is not shown here" in Browser().get(f"{url}?q={n}").content.decode() for n in (1, 2))


@pytest.mark.parametrize("empty", ["", "  \r\n "])
def test_an_empty_page_takes_no_words_back(cast: Cast, empty: str) -> None:
    """The page did not show them, so leaving it empty says nothing about them."""
    response, url, item, _back = words_of_ana(cast)
    sent = Browser().post(url, {"asked": item, f"item-{item}": empty})
    assert sent.status_code == 302
    kept_words = [answer.words for answer in Answer.objects.filter(response=response, item=item)]
    assert kept_words == [SECRET]


def test_an_empty_page_takes_no_pick_back_and_goes_on(cast: Cast) -> None:
    response, url = form_for_ana(cast, "phq-9")
    Browser().post(url, {"asked": "9", "item-9": "1"})
    sent = Browser().post(url, {"asked": "9", "item-1": "2"})
    assert kept(response) == {"9": 1, "1": 2}
    assert b"Question 2 of" in Browser().get(sent.url).content
    Browser().post(url, {f"item-{n}": "0" for n in range(2, 9)} | {"item-10": "0"})
    again = Browser().post(url, {"asked": "9"})
    assert kept(response)["9"] == 1
    assert again.url != url + "sent"  # the screen that a yes led to is still asked
    assert b"Question 1 of" in Browser().get(again.url).content


def test_another_page_that_was_opened_before_takes_nothing_back(cast: Cast) -> None:
    """Two tabs: the answer came from one, the other still shows the question empty."""
    response, url = form_for_ana(cast, "phq-9")
    Browser().get(url)
    Browser().post(url, {"asked": "1", "item-1": "3"})
    Browser().post(url, {"asked": "1"})
    assert kept(response) == {"1": 3}


def test_words_that_were_shown_can_be_changed_and_taken_back(cast: Cast) -> None:
    response, url, item, _back = words_of_ana(cast)
    Browser().post(url, {"asked": item, "shown": item, f"item-{item}": "I am fine"})
    Browser().post(url, {"asked": item, "shown": item, f"item-{item}": ""})
    every = [answer.words for answer in Answer.objects.filter(response=response, item=item).order_by("id")]
    assert every == [SECRET, "I am fine", None]  # added, never overwritten


def test_a_skip_can_be_answered_later_and_skipped_again(cast: Cast) -> None:
    response, url = form_for_ana(cast, "phq-9")
    for _ in range(2):
        Browser().post(url, {"asked": "1"})
    assert Answer.objects.filter(response=response).count() == 1
    Browser().post(url, {"asked": "1", "item-1": "2"})
    assert kept(response) == {"1": 2}


def test_words_that_will_not_open_leave_the_question_empty(cast: Cast) -> None:
    response, url, item, back = words_of_ana(cast)
    Answer.objects.filter(response=response, item=item).update(words=b"\x01" + b"x" * 40)
    answer = signed_in(cast.ana).get(back)
    assert answer.status_code == 200
    assert 'name="shown"' not in answer.content.decode()
    Browser().post(url, {"asked": item, f"item-{item}": ""})
    assert Answer.objects.filter(response=response, item=item).count() == 1


def test_no_posting_asks_who_is_signed_in(cast: Cast) -> None:
    """Not even from a browser with a session, with a skip, or with a refusal."""
    _response, url, item, _back = words_of_ana(cast)
    ana = signed_in(cast.ana)
    for body in ({"item-1": "7"}, {"asked": item, f"item-{item}": ""}, {"asked": "2"}, {}):
        with CaptureQueriesContext(connection) as queries:
            ana.post(url, body)
        asked = " ".join(q["sql"] for q in queries.captured_queries)
        for table in ("django_session", "people_user", "people_client", "holdfast_memberships"):
            assert table not in asked, body


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
