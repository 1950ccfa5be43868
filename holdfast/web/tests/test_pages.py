"""A client's own pages, and the small files that a browser asks for."""

import json
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client as Browser
from django.test import RequestFactory, TestCase
from django.utils.functional import SimpleLazyObject

from holdfast.assessment.models import Answer, Response
from holdfast.ledger.scope import enter
from holdfast.people.actions import change_standing
from holdfast.people.models import Client, Device
from holdfast.people.rules import Pause, Standing
from holdfast.people.tests.cast import Cast, make_cast
from holdfast.web import errors
from holdfast.web.phones import name_of_phone

FOLLOWED = {"Sec-Fetch-Site": "same-origin"}  # a link on one of our own pages


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def ana(cast: Cast) -> Browser:
    browser = Browser()
    browser.force_login(cast.ana.user, "allauth.account.auth_backends.AuthenticationBackend")
    return browser


def words(browser: Browser, page: str, **headers: str) -> str:
    answer = browser.get(page, **headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_today_says_who_answers_now(cast: Cast, ana: Browser) -> None:
    assert "Nobody from our team is on right now." in words(ana, "/today")
    cast.night_shift()
    assert "Cal answers until" in words(ana, "/today")


def test_today_greets_by_the_chosen_name_and_names_the_team(cast: Cast, ana: Browser) -> None:
    page = words(ana, "/today")
    assert ", Ana" in page
    assert "Bea Lindqvist" in page
    assert "Your therapist" in page


def test_starting_the_check_in_twice_takes_up_the_one_that_was_left(cast: Cast, ana: Browser) -> None:
    one, two = ana.get("/check-in", headers=FOLLOWED), ana.get("/check-in", headers=FOLLOWED)
    assert one.url.startswith("/answer/")
    assert two.url.startswith("/answer/")
    assert Response.objects.count() == 1


@pytest.mark.parametrize(
    "sent",
    [
        {"Sec-Fetch-Site": "cross-site", "Referer": "http://testserver/today"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Referer": "https://elsewhere.example/?http://testserver/"},
        {"Referer": "http://testserver.example/"},
        {},
    ],
)
def test_a_link_elsewhere_begins_no_form_in_her_name(cast: Cast, ana: Browser, sent: dict[str, str]) -> None:
    for ask in (ana.get, ana.head):
        assert ask("/check-in", headers=sent).url == "/today"  # where it is begun with one tap
    assert not Response.objects.exists()


@pytest.mark.parametrize("sent", [{"Sec-Fetch-Site": "same-origin"}, {"Referer": "http://testserver/plan"}])
def test_the_check_in_of_the_menu_begins_it_in_a_new_browser_and_an_old_one(
    cast: Cast, ana: Browser, sent: dict[str, str]
) -> None:
    assert ana.get("/check-in", headers=sent).url.startswith("/answer/")
    assert Response.objects.get().instrument == "check-in"


def test_a_form_that_is_not_offered_gives_the_check_in(cast: Cast, ana: Browser) -> None:
    ana.post("/check-in", {"form": "../../etc"})
    assert Response.objects.get().instrument == "check-in"


def stands(cast: Cast, standing: Standing) -> None:
    enter(cast.program.id)
    pause = Pause(cast.now.date() + timedelta(days=14), "away") if standing is Standing.PAUSED else None
    change_standing(cast.ana, standing, cast.now, pause)


@pytest.mark.parametrize("standing", [Standing.INVITED, Standing.ACTIVE])
def test_forms_are_offered_to_whoever_is_in_the_program(cast: Cast, ana: Browser, standing: Standing) -> None:
    stands(cast, standing)
    page = words(ana, "/today")
    assert page.count(">Start<") >= 2
    assert 'href="/check-in"' in page
    assert "I need help now" in page
    assert ana.post("/check-in", {"form": "phq-9"}).url.startswith("/answer/")


@pytest.mark.parametrize("standing", [Standing.PAUSED, Standing.OTHER_CARE, Standing.DISCHARGED])
def test_no_form_is_offered_to_anybody_else(cast: Cast, ana: Browser, standing: Standing) -> None:
    stands(cast, standing)
    page = words(ana, "/today")
    assert ">Start<" not in page
    assert 'href="/check-in"' not in page
    assert 'href="/check-in"' not in words(ana, "/settings/devices")
    assert "You have answered everything" not in page  # they were not asked anything
    assert "tel:988" in page
    assert ana.get("/check-in", headers=FOLLOWED).url == "/today"
    assert ana.post("/check-in", {"form": "phq-9"}).url == "/today"
    assert not Response.objects.exists()


@pytest.mark.parametrize("standing", [Standing.PAUSED, Standing.OTHER_CARE, Standing.DISCHARGED])
def test_the_help_button_stays_and_works(cast: Cast, ana: Browser, standing: Standing) -> None:
    stands(cast, standing)
    page = words(ana, "/today")
    assert 'class="lamp" href="/help"' in page
    assert "reaches us at any hour" in page
    assert "Hello, Ana" in page or "Good " in page
    assert "ring your team" in words(ana, "/help")
    assert ana.post("/help/now", HTTP_SEC_FETCH_SITE="same-origin").status_code == 302


def test_whoever_holds_the_phone_of_somebody_who_died_is_greeted_by_no_name(cast: Cast, ana: Browser) -> None:
    stands(cast, Standing.DIED)
    page = ana.get("/today").content.decode()
    for absent in ("Ana", "Bea", "lamp", "died", "sorry"):
        assert absent not in page.partition("<main")[2]
    assert 'class="lamp"' not in page
    assert "tel:988" in page
    helped = words(ana, "/help")
    assert "/help/stranger" in helped
    assert "ring your team" not in helped


def test_a_client_on_a_break_is_told_until_when_in_their_own_words(cast: Cast, ana: Browser) -> None:
    stands(cast, Standing.PAUSED)
    day = cast.now.date() + timedelta(days=14)
    assert f"agreed on a break until {day:%A}, {day:%B} {day.day}. Then we ask you again" in words(ana, "/today")
    enter(cast.program.id)
    Client.objects.filter(id=cast.ana.id).update(language="es")
    page = ana.get("/today", HTTP_ACCEPT_LANGUAGE="es").content.decode()
    assert "acordaron una pausa hasta el" in page


def test_a_form_that_was_given_before_a_pause_still_takes_answers(cast: Cast, ana: Browser) -> None:
    form = ana.get("/check-in", headers=FOLLOWED).url
    stands(cast, Standing.PAUSED)
    assert ana.post(form, {"asked": "1", "item-1": "7"}).status_code == 302
    enter(cast.program.id)
    assert Answer.objects.get().value == 7


def test_no_address_holds_the_name_of_a_form(cast: Cast, ana: Browser) -> None:
    for form in ("phq-9", "gad-7"):
        assert form not in ana.post("/check-in", {"form": form}).url


def test_today_leads_back_to_what_is_under_way(cast: Cast, ana: Browser) -> None:
    cast.night_shift()
    with TestCase.captureOnCommitCallbacks(execute=True):
        ana.post("/help/now", HTTP_SEC_FETCH_SITE="same-origin")
    for page in ("/today", "/help"):
        assert "See what is happening" in words(ana, page)


def test_a_client_reads_in_their_own_language_unless_they_pick_another(cast: Cast, ana: Browser) -> None:
    cast.ana.language = "es"
    cast.ana.save(update_fields=["language"])
    assert '<html lang="es"' in words(ana, "/today")
    ana.get("/language/en")
    assert '<html lang="en"' in words(ana, "/today")


def test_the_help_button_is_kept_and_stopped(cast: Cast, ana: Browser) -> None:
    kept = ana.post("/settings/devices", {"do": "keep"}, HTTP_USER_AGENT="Mozilla/5.0 (iPhone; x)")
    cookie = kept.cookies[settings.HOLDFAST_DEVICE_COOKIE]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    device = Device.objects.get()
    assert device.label == "iPhone"
    assert cookie.value.partition(".")[2] not in device.key_hash
    assert "this one" in words(ana, "/settings/devices")
    ana.post("/settings/devices", {"do": "stop", "device": str(device.uid)})
    assert Device.objects.get().revoked_at is not None


def test_nobody_stops_somebody_elses_phone(cast: Cast, ana: Browser) -> None:
    from holdfast.people.actions import enrol, install_device

    other = enrol(
        cast.program.id, name="Gus", state="AZ", timezone="America/Phoenix", now=cast.now, standing=Standing.ACTIVE
    )
    device, _key = install_device(other.id, cast.program.id, "Android", cast.now)
    ana.post("/settings/devices", {"do": "stop", "device": str(device.uid)})
    ana.post("/settings/devices", {"do": "stop", "device": "nonsense"})
    assert Device.objects.get().revoked_at is None


@pytest.mark.parametrize(
    ("agent", "name"), [("x Android y", "Android"), ("Macintosh", "Mac"), ("", "A phone or computer")]
)
def test_a_phone_has_a_name_its_owner_knows(agent: str, name: str) -> None:
    assert name_of_phone(agent) == name


def test_the_manifest_has_help_one_press_away() -> None:
    body = json.loads(Browser().get("/manifest.webmanifest").content)
    assert {"name": "I need help now", "url": "/help"} in body["shortcuts"]
    assert {icon["sizes"] for icon in body["icons"]} == {"192x192", "512x512"}


def test_the_worker_keeps_help_and_numbers_and_nothing_of_a_client() -> None:
    answer = Browser().get("/sw.js")
    assert answer["Content-Type"].startswith("text/javascript")
    script = answer.content.decode()
    assert '["/help/saved", "/help/unsent", "/numbers", "/calm"]' in script
    for private in ("/today", "/answer", "/settings", "/team"):
        assert f'"{private}' not in script
    # The plan is kept in a place of its own, by its owner's press alone: installing the worker keeps none.
    assert "/plan" not in script.split('addEventListener("install"')[1].split('addEventListener("activate"')[0]


def test_an_error_page_asks_nothing_of_a_program_it_cannot_load() -> None:
    """No `db` fixture: any query would fail this test."""

    def gone() -> None:
        raise AssertionError("an error page asked the database")

    request = RequestFactory().get("/today")
    request.program = SimpleLazyObject(gone)
    answer = errors.database_away(request)
    assert answer.status_code == 503
    assert b"it has not reached us" in answer.content
    assert b"tel:988" in answer.content


def test_every_error_page_is_drawn_and_warm() -> None:
    request = RequestFactory().get("/")
    for page in (errors.bad_request, errors.forbidden, errors.not_found, errors.server_error, errors.database_away):
        answer = page(request)
        assert answer.status_code >= 400
        assert b"tel:988" in answer.content
        assert b"We are" in answer.content or b"I need help now" in answer.content
        assert b"Error" not in answer.content


def test_the_exercises_need_no_database_and_say_what_we_are_not() -> None:
    """No `db` fixture: any query would fail this test."""
    page = Browser().get("/calm").content.decode()
    assert "Slow breathing" in page
    assert "<ol" in page
    assert "We are not an emergency service" in page
    assert "tel:988" in page
    assert "tel:911" in page


def test_exercises_that_cannot_be_read_leave_the_circle_and_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OSError

    monkeypatch.setattr("holdfast.web.public.views.exercises", broken)
    answer = Browser().get("/calm")
    assert answer.status_code == 200
    assert "Breathe with this circle" in answer.content.decode()
    assert "tel:988" in answer.content.decode()
