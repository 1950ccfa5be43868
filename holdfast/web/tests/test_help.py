"""I need help now: for everyone, whatever is broken; and nobody is said to be told before it is so."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client as Browser
from django.test import TestCase
from django.utils import timezone

from holdfast.assessment.models import Concern, HelpCall
from holdfast.crisis import actions as crisis
from holdfast.crisis.models import Episode
from holdfast.ledger import vouch
from holdfast.ledger.scope import enter
from holdfast.people.actions import install_device, revoke_device
from holdfast.people.tests.cast import Cast, make_cast
from holdfast.web.client import help as help_page
from holdfast.web.client import seen
from holdfast.web.templatetags.holdfast import clock_time

OURS = {"HTTP_SEC_FETCH_SITE": "same-origin"}
NOBODY_TOLD = "We do not know who you are, so nobody has been told yet"
FOUR_LINES = {"name": "Frank", "phone": "520 555 0199", "words": "My sister does not answer.", "place": "12 Elm St"}


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    seen.DOOR.open()
    seen._remembered.clear()
    yield
    seen.DOOR.open()


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database does not answer."""

    def gone(*args: object, **kwargs: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(seen.DOOR, "is_shut", lambda: False)
    for name in ("program_of", "who"):
        monkeypatch.setattr(help_page, name, gone)
        monkeypatch.setattr(seen, name, gone)


def signed_in(cast: Cast) -> Browser:
    browser = Browser()
    browser.force_login(cast.ana.user, "allauth.account.auth_backends.AuthenticationBackend")
    return browser


def words(answer: HttpResponse) -> str:
    return answer.content.decode()


def test_it_renders_without_any_database() -> None:
    """No `db` fixture: any query would fail this test."""
    answer = Browser().get("/help")
    assert answer.status_code == 200
    assert "tel:988" in words(answer)
    assert "tel:911" in words(answer)
    assert "We can’t see who is on right now" in words(answer)


def test_it_renders_without_a_database_for_somebody_with_a_session() -> None:
    browser = Browser()
    browser.cookies["sessionid"] = "abcdefghijklmnopqrstuvwxyz"
    assert browser.get("/help").status_code == 200


def test_a_knock_at_a_closed_door_is_enough(monkeypatch: pytest.MonkeyPatch, settings: object) -> None:
    """Nobody in need waits until a pool of connections gives up."""
    monkeypatch.setitem(settings.DATABASES["default"], "HOST", "127.0.0.1")
    monkeypatch.setitem(settings.DATABASES["default"], "PORT", 9)
    assert seen.DOOR.is_shut()


def test_a_server_that_hangs_is_as_good_as_away(monkeypatch: pytest.MonkeyPatch, settings: object) -> None:
    """The kernel takes the connection of a frozen server; nothing answers."""
    with socket.create_server(("127.0.0.1", 0)) as frozen:
        monkeypatch.setattr(seen, "KNOCK_S", 0.1)
        monkeypatch.setitem(settings.DATABASES["default"], "HOST", "127.0.0.1")
        monkeypatch.setitem(settings.DATABASES["default"], "PORT", frozen.getsockname()[1])
        assert seen.DOOR.is_shut()


def test_a_server_that_answers_is_open() -> None:
    assert not seen.DOOR.is_shut()


def test_it_is_one_small_file_without_script(cast: Cast) -> None:
    for browser in (Browser(), signed_in(cast)):
        for language in ("en", "es"):
            answer = browser.get("/help", HTTP_ACCEPT_LANGUAGE=language)
            assert len(answer.content) < 8000
            page = words(answer)
            assert "<script" not in page
            assert '<link rel="stylesheet"' not in page
            assert 'src="' not in page


def test_its_one_style_goes_in_by_its_hash(cast: Cast) -> None:
    answer = Browser().get("/help")
    assert help_page.STYLE_HASH in answer["Content-Security-Policy"]
    assert f"<style>{help_page.STYLE}</style>" in words(answer)


def test_it_says_who_is_here_to_a_client(cast: Cast) -> None:
    cast.night_shift()
    page = words(signed_in(cast).get("/help"))
    assert "Someone is here until" in page
    assert "tell Cal" in page


def test_it_says_that_nobody_is_here(cast: Cast) -> None:
    page = words(signed_in(cast).get("/help"))
    assert "Nobody from our team is on right now" in page
    assert "ring your team" in page


def test_a_stranger_learns_no_names(cast: Cast) -> None:
    cast.night_shift()
    page = words(Browser().get("/help/juniper"))
    assert "Someone from our team is here" in page
    assert "Cal " not in page
    assert NOBODY_TOLD in page


def test_times_are_the_programs_own(cast: Cast) -> None:
    """Not the server's: somebody would wait for a call at the wrong hour."""
    cast.night_shift()
    with timezone.override(ZoneInfo(cast.program.timezone)):
        until = clock_time(cast.now + timedelta(hours=24))
    assert until in words(Browser().get("/help/juniper"))
    concern = Browser().post("/help/stranger", {**FOUR_LINES, "program": "juniper"})
    with timezone.override(ZoneInfo(cast.program.timezone)):
        received = clock_time(Concern.objects.get().at)
    assert received in words(Browser().get(concern.url))


def test_a_client_presses_and_an_emergency_stands_before_the_page_says_so(cast: Cast) -> None:
    cast.night_shift()
    vouch.vouch(vouch.WATCHDOG, {})
    vouch.vouch(vouch.WORKER, {})
    with TestCase.captureOnCommitCallbacks(execute=True):
        answer = signed_in(cast).post("/help/now", **OURS)
    assert answer.status_code == 302
    assert Episode.objects.get(client=cast.ana).urgency == "emergency"
    page = words(Browser().get(answer.url))
    assert "Calling Cal" in page
    assert "tel:988" in page


def test_nobody_on_duty_puts_the_numbers_first(cast: Cast) -> None:
    answer = signed_in(cast).post("/help/now", **OURS)
    assert answer.status_code == 302
    assert "tel:988" in words(Browser().get(answer.url))


@pytest.mark.parametrize(
    "sent_from",
    [{}, {"HTTP_SEC_FETCH_SITE": "cross-site"}, {"HTTP_ORIGIN": "https://elsewhere.example"}, {"HTTP_ORIGIN": "null"}],
)
def test_another_site_cannot_press_for_a_client(cast: Cast, sent_from: dict[str, str]) -> None:
    answer = signed_in(cast).post("/help/now", **sent_from)
    assert answer.status_code == 403
    assert NOBODY_TOLD in words(answer)
    assert not HelpCall.objects.exists()


def test_an_installed_phone_presses_without_a_session(cast: Cast) -> None:
    device, key = install_device(cast.ana.id, cast.program.id, "iPhone", cast.now)
    browser = Browser()
    browser.cookies[settings.HOLDFAST_DEVICE_COOKIE] = f"{cast.program.id}.{key}"
    assert browser.post("/help/now", **OURS).status_code == 302
    assert HelpCall.objects.get().via == "device"
    revoke_device(device, cast.now)
    assert browser.post("/help/now", **OURS).status_code == 403
    assert HelpCall.objects.count() == 1


@pytest.mark.parametrize("cookie", ["", ".", "1.", "x.y", "1.wrong", "99999999999999999999.k", "-1.k"])
def test_a_strange_device_cookie_is_a_stranger(cast: Cast, cookie: str) -> None:
    browser = Browser()
    browser.cookies[settings.HOLDFAST_DEVICE_COOKIE] = cookie
    assert browser.get("/help").status_code == 200
    assert browser.post("/help/now", **OURS).status_code == 403


def test_a_key_of_another_program_opens_nothing(cast: Cast) -> None:
    _device, key = install_device(cast.ana.id, cast.program.id, "iPhone", cast.now)
    browser = Browser()
    browser.cookies[settings.HOLDFAST_DEVICE_COOKIE] = f"{cast.other.id}.{key}"
    assert browser.post("/help/now", **OURS).status_code == 403


def test_a_browser_we_do_not_know_is_told_that_nobody_was_told(cast: Cast) -> None:
    answer = Browser().post("/help/now", **OURS)
    assert answer.status_code == 403
    assert NOBODY_TOLD in words(answer)


def test_four_lines_from_a_stranger_are_an_urgent_concern(cast: Cast) -> None:
    cast.night_shift()
    answer = Browser().post("/help/stranger", {**FOUR_LINES, "program": "juniper"})
    assert answer.status_code == 302
    concern = Concern.objects.get()
    assert (concern.name, concern.words) == ("Frank", "My sister does not answer.")
    assert Episode.objects.get(concern=concern).urgency == "urgent"
    assert "tel:988" in words(Browser().get(answer.url))


def test_an_impatient_second_press_is_one_concern(cast: Cast) -> None:
    for _ in range(2):
        Browser().post("/help/stranger", {**FOUR_LINES, "program": "juniper"})
    assert Concern.objects.count() == 1


def test_a_concern_that_will_not_open_does_not_stop_the_next(cast: Cast) -> None:
    sent = {**FOUR_LINES, "program": "juniper"}
    Browser().post("/help/stranger", sent)
    enter(cast.program.id)
    Concern.objects.update(name=b"\x01" + b"x" * 40)
    for _ in range(2):
        assert Browser().post("/help/stranger", sent).status_code == 302
    enter(cast.program.id)
    assert Concern.objects.count() == 2


def test_a_matched_concern_tells_the_stranger_that_it_was_read_and_nothing_more(cast: Cast) -> None:
    cast.night_shift()
    there = Browser().post("/help/stranger", {**FOUR_LINES, "program": "juniper"}).url
    enter(cast.program.id)
    episode = Episode.objects.get()
    crisis.take(episode.id, cast.cal, "board", cast.now)
    crisis.match(episode.id, cast.ana, cast.cal, cast.now)
    page = words(Browser().get(there))
    assert "A person has read this" in page
    for absent in ("Cal ", "Reyes", "Ana", "calls you", str(episode.uid)):
        assert absent not in page
    assert page.index("tel:988") < page.index("<h1>")


def test_an_empty_form_says_so_and_keeps_the_name(cast: Cast) -> None:
    answer = Browser().post("/help/stranger", {"name": "Frank", "program": "juniper"})
    assert answer.status_code == 400
    assert "Nobody has been told yet" in words(answer)
    assert 'value="Frank"' in words(answer)
    assert not Concern.objects.exists()


def test_an_unknown_program_says_so_and_keeps_the_words(cast: Cast) -> None:
    answer = Browser().post("/help/stranger", {**FOUR_LINES, "program": "no-such"})
    assert answer.status_code == 400
    assert "My sister does not answer." in words(answer)


def test_where_there_are_several_programs_a_stranger_picks_one(cast: Cast) -> None:
    page = words(Browser().get("/help"))
    assert f'<option value="{cast.program.slug}">' in page
    assert "These numbers answer at any hour." in page


def test_a_huge_concern_says_so(cast: Cast) -> None:
    answer = Browser().post("/help/stranger", {**FOUR_LINES, "program": "juniper", "words": "x" * 1_000_000})
    assert answer.status_code == 400
    assert "Nobody has been told yet" in words(answer)


def test_a_concern_in_another_encoding_is_taken_as_well_as_it_can_be_read(cast: Cast) -> None:
    body = b"program=juniper&phone=5205550199&words=Jos%E9+no+contesta"
    assert Browser().post("/help/stranger", body, content_type="application/x-www-form-urlencoded").status_code == 302
    assert Concern.objects.get().words.endswith("no contesta")


def test_with_the_database_away_a_press_says_that_it_did_not_reach_us(away: None) -> None:
    answer = Browser().post("/help/now", **OURS)
    assert answer.status_code == 503
    assert "This did not reach us" in words(answer)
    assert "tel:988" in words(answer)


def test_with_the_database_away_the_words_of_a_stranger_are_kept(away: None) -> None:
    answer = Browser().post("/help/stranger", FOUR_LINES)
    assert answer.status_code == 503
    assert "This did not reach us" in words(answer)
    assert "My sister does not answer." in words(answer)


def test_a_saved_page_has_no_form_and_no_name() -> None:
    for path in ("/help/saved", "/help/unsent"):
        page = words(Browser().get(path))
        assert "<form" not in page
        assert "tel:988" in page


def test_a_call_of_yesterday_leads_back_to_help(cast: Cast) -> None:
    assert Browser().get("/help/call/nonsense").url == "/help"
