"""What clients and strangers are told while somebody is sought: never more than is so, and 988 where they look first."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.http import HttpResponse
from django.template import Context, Template
from django.test import Client as Browser
from django.urls import reverse

from holdfast.assessment import actions as assessment
from holdfast.assessment.models import HelpCall
from holdfast.crisis import actions as crisis
from holdfast.crisis import voices
from holdfast.crisis.models import Episode
from holdfast.crisis.queries import BEGINS_WITHIN, Standing, what_became_of_call
from holdfast.crisis.rules import Result, Said
from holdfast.crisis.tests.course import MINUTE, settle
from holdfast.ledger import vouch
from holdfast.ledger.scope import enter
from holdfast.notify.models import Attempt
from holdfast.oncall.models import Paging
from holdfast.people.tests.cast import Cast, make_cast
from holdfast.web import signed
from holdfast.web.client import seen
from holdfast.web.client.answers import address
from holdfast.web.client.so import told

CROSS = "allauth.account.auth_backends.AuthenticationBackend"
OURS = {"HTTP_SEC_FETCH_SITE": "same-origin"}
WATCHED = ("pages_begin", "somebody_is_on_duty", "records_can_be_written")


@pytest.fixture
def cast(db: None) -> Cast:
    """Everything works, and Cal is on call."""
    made = make_cast()
    vouch.vouch(vouch.WATCHDOG, dict.fromkeys(WATCHED, True))
    vouch.vouch(vouch.WORKER, {})
    return made


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    seen.DOOR.open()
    seen._remembered.clear()
    yield
    seen.DOOR.open()


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def as_ana(cast: Cast) -> Browser:
    browser = Browser()
    browser.force_login(cast.ana.user, CROSS)
    return browser


def called(cast: Cast) -> HelpCall:
    return assessment.ask_for_help(cast.ana, "session", cast.now)


def page_of(cast: Cast, call: HelpCall) -> str:
    token = signed.write("help", signed.Token(cast.program.id, cast.ana.id, call.uid, cast.now))
    return text(Browser().get(reverse("help_call", args=[token])))


def began(cast: Cast, at: datetime) -> None:
    enter(cast.program.id)
    Attempt.objects.filter(for_what="page").update(began_at=at)


# --- a press that reached nobody -----------------------------------------------------------------


def test_a_press_without_a_session_says_first_of_all_that_nobody_was_told(cast: Cast) -> None:
    cast.night_shift()
    page = text(Browser().post("/help/now", **OURS))
    assert "<h1>Nobody has been told yet</h1>" in page
    assert "We’re glad you reached out" not in page
    assert page.index("Nobody has been told yet") < page.index("These numbers answer")
    assert page.count(reverse("account_login")) == 2  # at the top, and where the form is


def test_an_empty_form_leads_to_what_is_missing(cast: Cast) -> None:
    answer = Browser().post("/help/stranger", {"name": "Frank", "program": "juniper"})
    page = text(answer)
    assert "a phone number, what is happening, or where" in page
    assert page.count("autofocus") == 1
    phone = page[page.index('name="phone"') :].split(">", 1)[0]
    assert "autofocus" in phone
    assert 'aria-describedby="e"' in phone
    assert "autofocus" not in text(Browser().get("/help/juniper"))


def test_where_alone_is_enough_as_the_page_says(cast: Cast) -> None:
    cast.night_shift()
    assert Browser().post("/help/stranger", {"place": "12 Elm St", "program": "juniper"}).status_code == 302


@pytest.mark.parametrize("page", ["account_reset_password", "account_reset_password_done"])
def test_a_lost_password_does_not_keep_anybody_from_help(cast: Cast, page: str) -> None:
    shown = text(Browser().get(reverse(page)))
    for there in (f'href="{reverse("help")}"', "tel:988", "tel:911"):
        assert there in shown


# --- a stranger who left no number ----------------------------------------------------------------


@pytest.mark.parametrize("phone", ["", "   ", "not a phone"])
def test_a_stranger_without_a_number_is_not_told_that_we_call(cast: Cast, phone: str) -> None:
    cast.night_shift()
    cast.program.phone = "+15205550111"
    cast.program.save()
    there = Browser().post("/help/stranger", {"phone": phone, "words": "On the bridge", "program": "juniper"}).url
    began(cast, cast.now)
    for _ in range(2):
        page = text(Browser().get(there))
        for promise in ("calls you", "They call you", "that is the one we call"):
            assert promise not in page
        assert "We can’t call you" in page
        assert page.index("tel:+15205550111") < page.index("tel:988") < page.index("<h1>")
        enter(cast.program.id)
        crisis.take(Episode.objects.get().id, cast.cal, "board", cast.now)


def test_words_where_a_number_is_asked_for_are_no_link_to_dial(cast: Cast) -> None:
    cast.night_shift()
    Browser().post("/help/stranger", {"phone": "not a phone", "words": "On the bridge", "program": "juniper"})
    enter(cast.program.id)
    episode = crisis.take(Episode.objects.get().id, cast.cal, "board", cast.now)
    browser = Browser()
    browser.force_login(cast.cal.user, CROSS)
    page = text(browser.get(reverse("crisis", args=[episode.uid])))
    assert 'href="tel:"' not in page
    assert "“not a phone”" in page


def test_a_stranger_with_a_number_is_called(cast: Cast) -> None:
    cast.night_shift()
    there = Browser().post("/help/stranger", {"phone": "520 555 0199", "program": "juniper"}).url
    began(cast, cast.now)
    page = text(Browser().get(there))
    assert "They call you" in page
    assert "We can’t call you" not in page


# --- while somebody is sought ----------------------------------------------------------------------


def test_nobody_is_said_to_be_called_while_nothing_leaves(cast: Cast) -> None:
    cast.night_shift()
    call = called(cast)
    early, late = (what_became_of_call(call, cast.now + after) for after in (timedelta(), BEGINS_WITHIN))
    assert (early.calling, late.calling) == (None, False)
    assert "We are calling Cal now" in told(early, "Ana", cast.now).words
    for said in (told(late, "Ana", cast.now), told(early, "Ana", cast.now, ("pages_begin",))):
        assert "calling" not in said.words.lower()
        assert said.numbers_first
    began(cast, cast.now)
    assert what_became_of_call(call, cast.now + BEGINS_WITHIN).calling


def test_the_alarm_in_doubt_is_said_in_the_part_that_refreshes_itself(cast: Cast) -> None:
    cast.night_shift()
    call = called(cast)
    vouch.vouch(vouch.WATCHDOG, dict.fromkeys(WATCHED, False))
    page = page_of(cast, call)
    part = page[page.index('id="so"') : page.index("</main>")]
    assert part.count("We can’t be sure our alarm works right now.") == 1
    assert page.count("We can’t be sure our alarm works right now.") == 1
    assert "We are calling" not in page


def test_with_nobody_on_duty_the_numbers_stand_first_at_once_and_nobody_is_listed(cast: Cast) -> None:
    call = called(cast)
    assert Paging.objects.get().no_cover_since == cast.now
    so = what_became_of_call(call, cast.now)
    said = told(so, "Ana", cast.now)
    assert so.state is Standing.NOBODY_YET
    assert said.numbers_first
    assert "Nobody from our team is on right now" in said.words
    for name in ("Cal", "Bea", "Dia", "Priya"):
        assert name not in said.words


def test_while_somebody_is_called_988_and_911_stand_right_under_the_words(cast: Cast) -> None:
    cast.night_shift()
    call = called(cast)
    began(cast, cast.now)
    page = page_of(cast, call).partition("<main")[2]
    for number in ("tel:988", "tel:911"):
        assert page.index(number) < page.index("What is happening now")


def test_after_please_text_nobody_is_said_to_call(cast: Cast) -> None:
    cast.night_shift()
    call = called(cast)
    crisis.take(Episode.objects.get().id, cast.cal, "board", cast.now)
    voices.say(cast.ana, Said.TEXT, "page", cast.now)
    page = page_of(cast, call)
    assert "Cal texts you" in page
    assert "calls you" not in page


def test_a_try_that_was_made_is_said_and_not_that_it_was_to_come(cast: Cast) -> None:
    cast.night_shift()
    call = called(cast)
    episode = Episode.objects.get()
    crisis.take(episode.id, cast.cal, "board", cast.now)
    crisis.log_try(episode.id, cast.cal, Result.NO_ANSWER, "phone", "", None, cast.now + MINUTE)
    so = what_became_of_call(call, cast.now + 9 * MINUTE)
    said = told(so, "Ana", cast.now + 9 * MINUTE)
    assert "Cal tried to reach you at" in said.words
    assert "was to call" not in said.words


# --- Today and the help page beside it ---------------------------------------------------------------


def test_where_nobody_answers_no_page_says_that_somebody_is_here(cast: Cast) -> None:
    cast.night_shift()
    called(cast)
    Paging.objects.update(round=3)
    for path in ("/today", "/help"):
        page = text(as_ana(cast).get(path))
        assert "Nobody has answered yet" in page
        assert "Someone is here" not in page
        assert "tell Cal" not in page


def test_today_is_not_said_to_be_empty_before_a_crisis_is_over(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    cast.night_shift()
    monkeypatch.setattr("holdfast.web.client.today.due_forms", lambda *_: [])
    assert "Nothing planned" in text(as_ana(cast).get("/today"))
    enter(cast.program.id)
    called(cast)
    episode = Episode.objects.get()
    crisis.take(episode.id, cast.cal, "board", cast.now)
    crisis.log_try(episode.id, cast.cal, Result.REACHED, "phone", "", None, cast.now)
    page = text(as_ana(cast).get("/today"))
    assert "You and Cal have talked" in page
    assert "Nothing planned" not in page
    enter(cast.program.id)
    settle(cast, Episode.objects.get())
    page = text(as_ana(cast).get("/today"))
    assert "What comes next" in page
    assert "Nothing planned" not in page


# --- a worrying answer on the way --------------------------------------------------------------------


def test_after_a_worrying_answer_the_next_question_says_that_a_person_is_being_told(cast: Cast) -> None:
    cast.night_shift()
    response = assessment.start_response(cast.program.id, cast.ana.id, "phq-9", cast.now)
    url = address(cast.program.id, cast.ana.id, response.uid, cast.now)
    Browser().post(url, {"item-1": "1"})
    assert "We are telling a person on our team now" not in text(Browser().get(url))
    answer = Browser().post(url, {"item-9": "2"})
    page = text(Browser().get(answer.url))
    assert page.index("We are telling a person on our team now") < page.index("<form")
    assert page.index("tel:988") < page.index("<form")
    assert "See what is happening" in page


def asked_on(url: str) -> str:
    return text(Browser().get(url))


def test_the_next_question_says_what_became_of_a_worrying_answer_meanwhile(cast: Cast) -> None:
    cast.night_shift()
    response = assessment.start_response(cast.program.id, cast.ana.id, "phq-9", cast.now)
    url = address(cast.program.id, cast.ana.id, response.uid, cast.now)
    Browser().post(url, {"item-9": "2"})
    enter(cast.program.id)
    assessment.judge_response(response.id, cast.now)
    episode = Episode.objects.get()
    assert "We are telling a person on our team now." in asked_on(url)
    enter(cast.program.id)
    crisis.take(episode.id, cast.cal, "board", cast.now)
    page = asked_on(url)
    assert "Cal has this." in page
    assert "We are telling a person" not in page
    enter(cast.program.id)
    crisis.log_try(episode.id, cast.cal, Result.REACHED, "phone", "", None, cast.now)
    page = asked_on(url)
    assert "You and Cal have talked." in page
    assert "We are telling a person" not in page
    enter(cast.program.id)
    settle(cast, Episode.objects.get())
    page = asked_on(url)
    assert "Thank you for telling us" not in page
    assert "<form" in page


def test_what_became_of_it_is_said_in_spanish_too(cast: Cast) -> None:
    cast.ana.language = "es"
    cast.ana.save()
    response = assessment.start_response(cast.program.id, cast.ana.id, "phq-9", cast.now)
    url = address(cast.program.id, cast.ana.id, response.uid, cast.now)
    Browser().post(url, {"item-9": "2"})
    assert "Estamos avisando ahora a una persona de nuestro equipo. Puedes seguir aquí" in asked_on(url)


def test_a_check_in_in_the_middle_is_gone_on_with_and_one_that_was_only_opened_is_started(cast: Cast) -> None:
    response = assessment.start_response(cast.program.id, cast.ana.id, "check-in", cast.now)
    url = address(cast.program.id, cast.ana.id, response.uid, cast.now)
    page = text(as_ana(cast).get("/today"))
    assert ">Go on<" not in page
    assert "7 questions</span></div>" in page
    Browser().post(url, {"asked": "1", "item-1": "6"})
    page = text(as_ana(cast).get("/today"))
    assert ">Go on<" in page
    assert "6 questions left" in page
    assert "7 questions</span></div>" not in page


# --- addresses, icons, breathing -----------------------------------------------------------------------


def test_an_address_that_was_changed_is_not_said_to_be_old(cast: Cast) -> None:
    response = assessment.start_response(cast.program.id, cast.ana.id, "check-in", cast.now)
    url = address(cast.program.id, cast.ana.id, response.uid, cast.now)
    changed = text(Browser().get(url.replace("/answer/", "/answer/9")))
    assert "This link does not work" in changed
    assert "run out" not in changed
    old = text(Browser().get(address(cast.program.id, cast.ana.id, response.uid, cast.now - timedelta(days=2))))
    assert "This form has run out" in old


def test_a_page_that_refreshes_itself_carries_every_icon_that_may_come() -> None:
    head = "{% load holdfast %}{% collect_icons %}{% icon 'phone' %}"
    live = Template(head + "<p {% live 'a' '/x' '#x' %}></p>{% icon_symbols %}").render(Context())
    still = Template(head + "{% icon_symbols %}").render(Context())
    assert 'id="i-bell-ring"' in live
    assert 'id="i-bell-ring"' not in still


def test_everywhere_the_breath_is_as_long_as_beside_the_circle(cast: Cast) -> None:
    cast.night_shift()
    call = called(cast)
    for page in (text(as_ana(cast).get("/today")), text(Browser().get("/help")), page_of(cast, call)):
        assert "Breathe in and count to 4. Breathe out and count to 6." in page
    calm = text(Browser().get("/calm"))
    assert "count to 4" in calm
    assert "count to 6" in calm


def test_a_form_left_after_a_worrying_answer_leads_back_to_who_is_being_called(cast: Cast) -> None:
    cast.night_shift()
    response = assessment.start_response(cast.program.id, cast.ana.id, "phq-9", cast.now)
    assessment.save_answers(response.uid, {"9": "2"}, "web", cast.now)
    assert "See what is happening" not in text(as_ana(cast).get("/today"))
    enter(cast.program.id)
    assessment.judge_response(response.id, cast.now)
    began(cast, cast.now)
    for path in ("/today", "/help"):
        page = text(as_ana(cast).get(path))
        assert "We are calling Cal now" in page
        assert "See what is happening" in page
