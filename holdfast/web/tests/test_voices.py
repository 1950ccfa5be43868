"""The client's buttons: without script, from a signed address, and never a promise that is not so."""

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client as Browser

from holdfast.assessment.actions import ask_for_help
from holdfast.assessment.models import HelpCall
from holdfast.crisis import actions as crisis
from holdfast.crisis.models import Episode, Voice
from holdfast.ledger.scope import enter
from holdfast.people.tests.cast import Cast, make_cast
from holdfast.web import signed
from holdfast.web.client.help import SALT

CROSS = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def cast(db: None) -> Cast:
    made = make_cast()
    made.night_shift()
    return made


@pytest.fixture
def call(cast: Cast) -> HelpCall:
    return ask_for_help(cast.ana, "session", cast.now)


def address(cast: Cast, call: HelpCall, ago: timedelta = timedelta()) -> str:
    return "/help/call/" + signed.write(SALT, signed.Token(cast.program.id, cast.ana.id, call.uid, cast.now - ago))


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


@pytest.mark.parametrize(
    ("say", "words"),
    [("worse", "that it got worse"), ("text", "because you can’t talk"), ("safe", "that you are safe")],
)
def test_a_press_is_kept_and_said_back_without_script_or_sign_in(
    cast: Cast, call: HelpCall, say: str, words: str
) -> None:
    here = address(cast, call)
    answer = Browser(enforce_csrf_checks=True).post(here, {"say": say})
    assert answer.url == here
    page = text(Browser().get(here))
    assert words in page
    assert "tel:988" in page
    enter(cast.program.id)
    assert Voice.objects.get().said == say


def test_a_press_that_we_cannot_tell_apart_changes_nothing(cast: Cast, call: HelpCall) -> None:
    assert Browser().post(address(cast, call), {"say": "fly"}).status_code == 302
    enter(cast.program.id)
    assert not Voice.objects.exists()


def test_a_press_from_an_address_that_is_too_old_is_told_that_it_reached_nobody(cast: Cast, call: HelpCall) -> None:
    answer = Browser().post(address(cast, call, timedelta(hours=25)), {"say": "worse"})
    assert answer.status_code == 400
    assert "Nobody has been told" in text(answer)
    assert "tel:988" in text(answer)
    enter(cast.program.id)
    assert not Voice.objects.exists()


def test_a_forged_address_reaches_nothing(cast: Cast, call: HelpCall) -> None:
    answer = Browser().post(address(cast, call) + "x", {"say": "worse"})
    assert "Nobody has been told" in text(answer)
    enter(cast.program.id)
    assert not Voice.objects.exists()


def test_the_owner_reads_first_that_they_should_text(cast: Cast, call: HelpCall) -> None:
    episode = Episode.objects.get()
    crisis.take(episode.id, cast.cal, "board", cast.now)
    Browser().post(address(cast, call), {"say": "text"})
    browser = Browser()
    browser.force_login(cast.cal.user, CROSS)
    page = text(browser.get(f"/team/crisis/{episode.uid}"))
    assert page.index("Text, do not call") < page.index('class="card line-card"')
    assert 'href="sms:+15205550118"' in page


def test_the_page_offers_no_buttons_to_a_stranger_or_when_it_is_over(cast: Cast) -> None:
    from holdfast.crisis.queries import Standing, WhatIsSo
    from holdfast.web.client.so import may_speak

    here = WhatIsSo(Standing.BEING_CALLED, cast.now, episode=cast.program.uid)
    assert may_speak(here, "call")
    assert not may_speak(here, "concern")
    assert not may_speak(WhatIsSo(Standing.NOTHING_NEEDED, cast.now), "answer")
