"""Who looked at whose chart is written down: every page that shows one, with the right by which it could be opened."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import ResolverMatch, reverse

from holdfast.assessment import actions as assessment
from holdfast.care.models import Task
from holdfast.consent.actions import Telling, agree, told
from holdfast.consent.rules import may_tell
from holdfast.consent.words import OF_AGE, Field, How, Info, Kind, Recipient
from holdfast.crisis import actions as crisis
from holdfast.crisis import landing, leaving
from holdfast.crisis.models import Episode
from holdfast.crisis.rules import Disposition, Result
from holdfast.ledger import vouch
from holdfast.ledger.models import ChartRead
from holdfast.ledger.scope import enter
from holdfast.oncall.models import Page
from holdfast.people import opening
from holdfast.people.access import system
from holdfast.people.actions import enrol
from holdfast.people.charts import Right
from holdfast.people.models import Client, Staff
from holdfast.people.queries import actor_of
from holdfast.people.rules import Standing
from holdfast.people.tests.cast import Cast
from holdfast.web import chart
from holdfast.web.downtime import sheet
from holdfast.web.team.words import PROMISES
from holdfast.web.tests.test_team import as_


@pytest.fixture
def episode(cast: Cast) -> Episode:
    """Ana pressed for help, and Cal has it."""
    cast.night_shift()
    vouch.vouch(vouch.WATCHDOG, dict.fromkeys(PROMISES, True))
    vouch.vouch(vouch.WORKER, {})
    assessment.ask_for_help(cast.ana, "session", cast.now)
    found = Episode.objects.get(client=cast.ana)
    crisis.take(found.id, cast.cal, "board", cast.now)
    return found


def looks(cast: Cast) -> list[tuple[int | None, int | None, str, str]]:
    enter(cast.program.id)
    return list(ChartRead.objects.order_by("id").values_list("staff", "client", "page", "by_right"))


def closed(cast: Cast, episode: Episode) -> None:
    crisis.log_try(episode.id, cast.cal, Result.REACHED, "phone", "", uuid4(), cast.now)
    landing.settle(
        episode.id,
        cast.cal,
        disposition=Disposition.SAFE_WITH_PLAN,
        next_contact_at=cast.now + timedelta(hours=2),
        next_contact_by=cast.cal.id,
        words="",
        now=cast.now,
    )


# ---------------------------------------------------------------- each page that shows a chart

Shown = Callable[[Cast, Episode], HttpResponse]


def of_crisis(name: str) -> Shown:
    return lambda cast, episode: as_(cast.cal).get(reverse(name, args=[episode.uid]))


def of_client(name: str) -> Shown:
    return lambda cast, _episode: as_(cast.cal).get(reverse(name, args=[cast.ana.uid]))


def own_page(cast: Cast, episode: Episode) -> HttpResponse:
    """Cal has it, so his own page leads on; Priya was never asked. He gives it back, and is asked anew."""
    crisis.give_back(episode.id, cast.cal, "I am on the road", cast.now)
    asked = Page.objects.filter(staff=cast.cal).order_by("-id").first()
    assert asked is not None
    return as_(cast.cal).get(reverse("page", args=[asked.uid]))


def landed(name: str) -> Shown:
    def show(cast: Cast, episode: Episode) -> HttpResponse:
        closed(cast, episode)
        return of_crisis(name)(cast, episode)

    return show


def a_task(cast: Cast, client: Client) -> Task:
    return Task.objects.create(
        program=cast.program,
        client=client,
        about="reassessment",
        owner=cast.cal,
        why="Judge the risk again",
        urgency="same_day",
        opened_at=cast.now,
        due_at=cast.now + timedelta(hours=2),
        look_again_at=cast.now + timedelta(hours=1),
    )


def tasks(cast: Cast, episode: Episode) -> HttpResponse:
    a_task(cast, cast.ana)
    return as_(cast.cal).get(reverse("tasks"))


def reviews(cast: Cast, episode: Episode) -> HttpResponse:
    leaving.change_standing(cast.ana, Standing.DIED, cast.dia, "The county called", cast.now)
    return as_(cast.cal).get(reverse("reviews"))


def figure_rows(name: str) -> Shown:
    return lambda cast, _episode: as_(cast.dia).get(reverse(name, args=["open"]))


def openings(cast: Cast, episode: Episode) -> HttpResponse:
    """Priya opened Ana's chart with a reason; whoever leads reads it."""
    opening.open_chart(actor_of(cast.priya), cast.ana, "Ana rang the desk.", cast.now)
    return as_(cast.dia).get(reverse("openings"))


def consent_paper(cast: Cast, episode: Episode) -> HttpResponse:
    row = agree(cast.ana, Kind.TELEHEALTH, scopes=(), signature="Ana", how=How.IN_APP, language="en", now=cast.now)
    return as_(cast.cal).get(reverse("client_consent_paper", args=[cast.ana.uid, row.uid]))


def told_against(cast: Cast, episode: Episode) -> HttpResponse:
    said = {Field.RECIPIENT: "Frank", Field.FACTS: "He asked"}
    telling = Telling(Recipient.UNINVITED, (Info.HERE,), "That she is here", said, False, cast.now)
    told(cast.ana, telling, may_tell("uninvited", "here", (), (), cast.now, OF_AGE), cast.cal, cast.now, uuid4())
    return as_(cast.dia).get(reverse("told_against"))


def copy_by_staff(cast: Cast, episode: Episode) -> HttpResponse:
    sent = {"form": "html", "asked": "on_paper", "words": "Her card"}
    return as_(cast.dia).post(reverse("client_record_copy", args=[cast.ana.uid]), sent)


BY_DIA = ("figure", "openings", "told", "client_record_copy")
SHOWN: dict[str, Shown] = {
    "crisis": of_crisis("crisis"),
    "crisis_course": of_crisis("crisis_course"),
    "page": own_page,
    "team_client": of_client("team_client"),
    "client_plan": of_client("client_plan"),
    "client_plan_change": of_client("client_plan_change"),
    "client_reach": of_client("client_reach"),
    "client_consents": of_client("client_consents"),
    "client_consent_paper": consent_paper,
    "client_tell": of_client("client_tell"),
    "told_against": told_against,
    "client_record": of_client("client_record"),
    "client_record_copy": copy_by_staff,
    "after": landed("after"),
    "after_paper": landed("after_paper"),
    "tasks": tasks,
    "reviews": reviews,
    "figure_rows": figure_rows("figure_rows"),
    "figure_rows_csv": figure_rows("figure_rows_csv"),
    "openings": openings,
    "own_notes": of_client("own_notes"),
}


@pytest.mark.parametrize("page", sorted(SHOWN))
def test_a_page_that_shows_a_chart_writes_down_who_looked(cast: Cast, episode: Episode, page: str) -> None:
    """H-112"""
    answer = SHOWN[page](cast, episode)
    assert answer.status_code == 200
    who = cast.dia if page.startswith(BY_DIA) else cast.cal
    assert [row[:3] for row in looks(cast)] == [(who.id, cast.ana.id, page)]
    assert ChartRead.objects.get().by_right in set(Right)


@pytest.mark.parametrize("page", sorted(SHOWN))
def test_it_costs_one_statement_at_most(cast: Cast, episode: Episode, page: str) -> None:
    with CaptureQueriesContext(connection) as seen:
        SHOWN[page](cast, episode)
    wrote = [q["sql"] for q in seen if "insert into ledger_chartread" in q["sql"]]
    assert len(wrote) == 1


# ---------------------------------------------------------------- by which right


def right_of(cast: Cast, person: Staff, address: str) -> str:
    assert as_(person).get(address).status_code == 200
    return looks(cast)[-1][3]


def test_the_right_is_named_by_which_somebody_looked(cast: Cast, episode: Episode) -> None:
    here = reverse("crisis", args=[episode.uid])
    assert right_of(cast, cast.bea, here) == Right.CARE_TEAM
    assert right_of(cast, cast.cal, here) == Right.HAS_IT
    assert right_of(cast, cast.dia, here) == Right.LEADS
    assert right_of(cast, cast.priya, here) == Right.OPEN_CRISIS
    of_client = reverse("team_client", args=[cast.ana.uid])
    assert right_of(cast, cast.bea, of_client) == Right.CARE_TEAM
    assert right_of(cast, cast.cal, of_client) == Right.HAS_IT
    assert right_of(cast, cast.dia, of_client) == Right.LEADS


def test_whoever_is_refused_saw_nothing(cast: Cast, episode: Episode) -> None:
    for person in (cast.adam, cast.eve):
        assert as_(person).get(reverse("team_client", args=[cast.ana.uid])).status_code in (403, 404)
    assert looks(cast) == []
    enter(cast.other.id)
    assert not ChartRead.objects.exists()


def test_a_press_that_leads_on_is_no_look_and_one_that_is_refused_is(cast: Cast, episode: Episode) -> None:
    here = reverse("crisis", args=[episode.uid])
    assert (
        as_(cast.cal).post(here, {"do": "note", "note": "Her sister is there.", "once": str(uuid4())}).status_code
        == 302
    )
    assert looks(cast) == []
    assert as_(cast.cal).post(here, {"do": "no such button"}).status_code == 400
    assert len(looks(cast)) == 1


def test_a_page_that_refreshes_itself_is_written_down_once_an_hour(cast: Cast, episode: Episode) -> None:
    """And nobody gets round it: a header alone writes the first look down all the same."""
    here, browser = reverse("crisis", args=[episode.uid]), as_(cast.cal)
    for _ in range(3):
        browser.get(here, HTTP_HX_REQUEST="true")
    assert len(looks(cast)) == 1
    browser.get(here)
    browser.get(here)
    assert len(looks(cast)) == 3


def test_a_client_who_reads_their_own_is_not_written_down(cast: Cast, episode: Episode) -> None:
    for address in ("/today", "/plan"):
        assert as_(cast.ana).get(address).status_code == 200
    assert looks(cast) == []


def test_several_clients_on_one_page_are_one_statement(cast: Cast, episode: Episode) -> None:
    other = enrol(cast.program.id, name="Ben", state="AZ", timezone="UTC", now=cast.now, phone="")
    for client in (cast.ana, other):
        a_task(cast, client)
    with CaptureQueriesContext(connection) as seen:
        as_(cast.cal).get(reverse("tasks"))
    assert sum("ledger_chartread" in q["sql"] for q in seen) == 1
    assert {row[1] for row in looks(cast)} == {cast.ana.id, other.id}


def test_who_stands_on_a_downtime_sheet_is_written_down_once_a_day(cast: Cast, episode: Episode) -> None:
    for hours in (0, 1, 2):
        sheet(cast.program, cast.now + timedelta(hours=hours), "a password of the tests")
    assert looks(cast) == [(None, cast.ana.id, chart.DOWNTIME, Right.PAPER)]
    sheet(cast.program, cast.now + timedelta(hours=24), "a password of the tests")
    assert len(looks(cast)) == 2


# ---------------------------------------------------------------- help goes before writing


def _request(cast: Cast, **more: Any) -> Any:
    request: Any = RequestFactory().get("/team/client/x")
    request.actor, request.now = system(cast.program.id), cast.now
    request.resolver_match = ResolverMatch(lambda: None, (), {}, url_name="team_client")
    for name, value in more.items():
        setattr(request, name, value)
    return request


def test_what_cannot_be_written_down_hides_no_chart(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    """H-113: a number that no column takes stands for a full disk."""
    request = _request(cast)
    chart.saw(request, 2**70, Right.LEADS)
    chart.keep(request, HttpResponse("her plan"))
    assert "could not be written down" in caplog.text
    assert looks(cast) == []


def test_a_database_that_takes_nothing_shows_charts_all_the_same(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    request = _request(cast, watch_word=vouch.Word({"records_can_be_written": False}))
    chart.saw(request, cast.ana.id, Right.LEADS)
    chart.keep(request, HttpResponse("her plan"))
    assert "while nothing can be written" in caplog.text


def test_a_view_that_forgot_to_say_whose_chart_it_shows_is_told_of(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    chart.keep(_request(cast), HttpResponse("her plan"))
    assert "shown and not written down" in caplog.text
