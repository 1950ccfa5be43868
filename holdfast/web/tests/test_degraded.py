"""What is said when something does not work, to staff and to clients, each by breaking it."""

from collections.abc import Callable

import pytest
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import Client as Browser
from django.test import override_settings
from django.urls import reverse

from holdfast.assessment import actions as assessment
from holdfast.crisis.models import Episode, Voice
from holdfast.ledger import vouch
from holdfast.ledger.scope import enter
from holdfast.oncall.models import Shift
from holdfast.people.models import Client, Staff
from holdfast.people.tests.cast import Cast, make_cast
from holdfast.web.client.answers import address
from holdfast.web.team.words import PROMISES
from holdfast.web.trouble import ALARM, NOBODY_ON_DUTY, SENTENCES, THEIR_OWN, sentence

CROSS = "allauth.account.auth_backends.AuthenticationBackend"
WATCHED = [name for name in PROMISES if name not in ("the_watch_is_looking", "the_worker_is_working")]


@pytest.fixture
def cast(db: None) -> Cast:
    made = make_cast()
    made.night_shift()
    vouch.vouch(vouch.WATCHDOG, dict.fromkeys(WATCHED, True))
    vouch.vouch(vouch.WORKER, {})
    return made


def as_(person: Staff | Client) -> Browser:
    browser = Browser(raise_request_exception=False)
    browser.force_login(person.user, CROSS)
    return browser


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def silent(who: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("update ledger_vouch set at = at - interval '1 minute' where who = %s", [who])


def broken(name: str) -> None:
    vouch.vouch(vouch.WATCHDOG, {**dict.fromkeys(WATCHED, True), name: False})


def test_while_everything_works_nothing_is_said(cast: Cast) -> None:
    assert "trouble-now" not in text(as_(cast.cal).get("/team/"))
    assert 'data-kind="degraded"' not in text(as_(cast.ana).get("/today"))


@pytest.mark.parametrize(
    ("who", "staff"),
    [
        ("watchdog", "Nobody checks right now whether our alarms work"),
        ("worker", "Calls and texts to staff may not be going out"),
    ],
)
def test_the_watch_and_paging_that_are_silent_are_said(cast: Cast, who: str, staff: str) -> None:
    silent(who)
    assert staff in text(as_(cast.cal).get("/team/"))
    page = text(as_(cast.ana).get("/today"))
    assert ALARM in page
    assert page.index("tel:988") < page.index("<h1>")
    assert "tel:911" in page


@pytest.mark.parametrize(
    ("promise", "staff", "client"),
    [
        ("channels_work", "A way to reach staff does not work right now", SENTENCES["channels_work"]),
        ("somebody_is_on_duty", "Nobody is on duty", SENTENCES["somebody_is_on_duty"]),
        ("received_is_judged", "Some answers of clients have not been read yet", SENTENCES["received_is_judged"]),
        ("due_sends_begin", "Pages wait and do not leave", ALARM),
        ("every_crisis_without_an_owner_is_being_paged", "A crisis that nobody has is not being paged", ALARM),
    ],
)
def test_each_broken_thing_says_what_it_means_for_whoever_reads(
    cast: Cast, promise: str, staff: str, client: str
) -> None:
    if promise == NOBODY_ON_DUTY:
        Shift.objects.update(ended_at=cast.now)
    broken(promise)
    page = text(as_(cast.cal).get("/team/"))
    assert staff in page
    assert "By hand:" in page
    for where in ("/today", "/help", "/plan"):
        told = text(as_(cast.ana).get(where))
        assert client in told, where
        assert "tel:988" in told
        assert "tel:911" in told


def test_a_gap_in_another_programs_cover_is_not_said_here(cast: Cast) -> None:
    broken(NOBODY_ON_DUTY)  # the watch looks at every program, and Harbor Oak has nobody
    assert "Nobody is on duty" not in text(as_(cast.cal).get("/team/"))
    for where in ("/today", "/help", "/plan"):
        assert SENTENCES[NOBODY_ON_DUTY] not in text(as_(cast.ana).get(where)), where


def test_what_is_only_the_teams_is_not_told_to_clients(cast: Cast) -> None:
    for name in THEIR_OWN:
        broken(name)
        assert 'data-kind="degraded"' not in text(as_(cast.ana).get("/today")), name
    with override_settings(HOLDFAST_DOWNTIME_FOLDER="/somewhere"):
        assert "The downtime sheet is older than two hours" in text(as_(cast.cal).get("/team/"))


def test_the_gravest_sentence_is_the_one_that_is_said() -> None:
    assert sentence(["somebody_is_on_duty", "channels_work"]) == SENTENCES["channels_work"]
    assert sentence(["somebody_is_on_duty", "something_new"]) == ALARM
    assert sentence(["the_watch_is_looking", "records_can_be_written"]) == SENTENCES["records_can_be_written"]
    assert sentence([]) == ""


# --- a database that can be read and not written ---------------------------------------------------------


def test_pages_that_read_still_work_and_say_that_nothing_is_kept(cast: Cast, read_only: Callable[[], None]) -> None:
    assessment.ask_for_help(cast.ana, "session", cast.now)
    crisis = f"/team/crisis/{Episode.objects.get().uid}"
    cal, ana = as_(cast.cal), as_(cast.ana)
    read_only()
    for page in ("/team/", crisis, "/team/people/", "/team/work/", "/team/rota/"):
        answer = cal.get(page)
        assert answer.status_code == 200, page
        assert "Nothing can be saved right now" in text(answer), page
    for page in ("/today", "/plan", "/help", "/numbers", "/calm"):
        answer = ana.get(page)
        assert answer.status_code == 200, page
        assert "tel:988" in text(answer), page
    assert SENTENCES["records_can_be_written"] in text(ana.get("/today"))


def test_an_answer_that_could_not_be_saved_says_so_and_gives_the_words_back(
    cast: Cast, read_only: Callable[[], None]
) -> None:
    response = assessment.start_response(cast.program.id, cast.ana.id, "check-in", cast.now)
    here = address(cast.program.id, cast.ana.id, response.uid, cast.now)
    browser = Browser(raise_request_exception=False)
    read_only()
    answer = browser.post(here, {"q7": "I can’t sleep <b>at all</b>", "asked": "7"})
    assert answer.status_code == 503
    page = text(answer)
    assert "it has not reached us" in page
    assert "What you wrote is still here" in page
    assert "I can’t sleep &lt;b&gt;at all&lt;/b&gt;" in page
    assert "tel:988" in page
    assert "tel:911" in page


def test_a_call_for_help_that_could_not_be_saved_says_that_nobody_was_told(
    cast: Cast, read_only: Callable[[], None]
) -> None:
    browser = as_(cast.ana)
    read_only()
    answer = browser.post("/help/now", headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 503
    assert "Nobody has been told." in text(answer)
    assert "tel:988" in text(answer)


def test_what_staff_typed_comes_back_when_it_could_not_be_saved(cast: Cast, read_only: Callable[[], None]) -> None:
    browser = as_(cast.bea)
    read_only()
    here = reverse("client_plan_change", args=[cast.ana.uid])
    answer = browser.post(here, {"after": "0", "signs": "I stop answering texts."})
    assert answer.status_code == 503
    assert "I stop answering texts." in text(answer)


def test_a_press_of_the_client_that_met_no_database_is_not_said_to_be_received(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr("holdfast.web.client.voices.say", away)
    call = assessment.ask_for_help(cast.ana, "session", cast.now)
    from holdfast.web.tests.test_voices import address as call_address

    answer = Browser(raise_request_exception=False).post(call_address(cast, call), {"say": "worse"})
    assert answer.status_code == 503
    assert "it has not reached us" in text(answer)
    enter(cast.program.id)
    assert not Voice.objects.exists()


def test_a_password_is_never_shown_back() -> None:
    from django.test import RequestFactory

    from holdfast.web.errors import what_was_typed

    sent = RequestFactory().post("/sign-in/", {"login": "ana@example.org", "password": "tea with honey"})
    assert what_was_typed(sent) == ["ana@example.org"]
    proof = {"once_more": "prove", "once_more_code": "ab12-cd34", "once_more_carried": "c2VhbGVk"}
    assert what_was_typed(RequestFactory().post("/team/me/", proof)) == []


def test_a_page_of_the_team_has_words_for_a_line_that_is_broken(cast: Cast) -> None:
    page = text(as_(cast.cal).get("/team/"))
    assert "data-live-slow hidden" in page
    assert "News comes late on this page." in page
