"""A chart that is shut, and how it is opened: pages, banner, the line that says why, the review, the day."""

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
from holdfast.crisis import actions as crisis
from holdfast.crisis.models import Episode
from holdfast.ledger import clock
from holdfast.ledger.models import ChartRead
from holdfast.ledger.scope import enter
from holdfast.people import opening, setting_up
from holdfast.people.charts import Right
from holdfast.people.models import ChartOpening, Staff
from holdfast.people.queries import actor_of
from holdfast.people.rules import Role
from holdfast.people.tests.cast import Cast
from holdfast.web.chart import CHARTS
from holdfast.web.looked import PAGES, RIGHTS, page_words
from holdfast.web.team.because import OF_ONE, because
from holdfast.web.team.person import client_of
from holdfast.web.tests.test_team import as_

WHY = "She rang the desk at 2 and nobody of her team answers."


def page(cast: Cast, name: str = "team_client") -> str:
    return reverse(name, args=[cast.ana.uid])


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def opens(cast: Cast, person: Staff | None = None, **more: Any) -> HttpResponse:
    return as_(person or cast.cal).post(page(cast, "open_chart"), {"why": WHY, **more})


def opened(cast: Cast) -> ChartOpening:
    enter(cast.program.id)
    return ChartOpening.objects.get()


# ---------------------------------------------------------------- a chart that is shut


@pytest.mark.parametrize("name", ["team_client", "client_plan", "client_plan_change", "client_reach"])
def test_a_shut_chart_says_so_and_how_it_is_opened_to_who_works_with_clients(cast: Cast, name: str) -> None:
    answer = as_(cast.cal).get(page(cast, name))
    assert answer.status_code == 403
    assert "The chart of Ana Morales is not open to you" in text(answer)
    assert "Dia Okafor is told at once" in text(answer)
    assert "555-0118" not in text(answer), "a name, and nothing else of her"
    enter(cast.program.id)
    assert not ChartRead.objects.exists()


def test_to_everybody_else_there_is_no_such_person(cast: Cast) -> None:
    """H-146"""
    for name in ("team_client", "open_chart"):
        nobody = reverse(name, args=[uuid4()])
        for person, status in ((cast.eve, 404), (cast.adam, 403)):
            theirs, made_up = as_(person).get(page(cast, name)), as_(person).get(nobody)
            assert theirs.status_code == made_up.status_code == status
            assert "Ana" not in text(theirs)
        assert as_(cast.cal).get(nobody).status_code == 404
    for person, status in ((cast.eve, 404), (cast.adam, 403)):
        assert opens(cast, person).status_code == status
    enter(cast.program.id)
    assert not ChartOpening.objects.exists()


def test_a_client_is_found_by_name_and_no_address_holds_it(cast: Cast) -> None:
    find = reverse("find_client")
    found = text(as_(cast.cal).post(find, {"name": "ana mo"}))
    assert page(cast, "open_chart") in found
    assert "555-0118" not in found
    assert page(cast) in text(as_(cast.bea).post(find, {"name": "Ana"}))
    assert "Ana" not in text(as_(cast.eve).post(find, {"name": "Ana"})).replace("“Ana”", "").replace('"Ana"', "")
    assert "Ana Morales" not in text(as_(cast.cal).get(find + "?name=Ana"))
    assert as_(cast.adam).post(find, {"name": "Ana"}).status_code == 403


# ---------------------------------------------------------------- opened


def test_it_opens_at_once_and_every_page_says_so_with_why_and_who_was_told(cast: Cast) -> None:
    """H-140"""
    answer = opens(cast, next="client_plan")
    assert answer.url == page(cast, "client_plan")
    for name in ("team_client", "client_plan", "client_plan_change", "client_reach"):
        said = text(as_(cast.cal).get(page(cast, name)))
        assert "You opened this chart yourself until" in said
        assert WHY in said
        assert "Dia was told." in said
        assert "You see this because: you opened it with a reason until" in said
    enter(cast.program.id)
    assert set(ChartRead.objects.values_list("by_right", flat=True)) == {Right.BREAK_GLASS.value}


def test_the_banner_stands_on_the_page_of_a_crisis_of_theirs_too(cast: Cast) -> None:
    opens(cast)
    enter(cast.program.id)
    assessment.ask_for_help(cast.ana, "session", cast.now)
    episode = Episode.objects.get()
    crisis.take(episode.id, cast.cal, "board", cast.now)
    said = text(as_(cast.cal).get(reverse("crisis", args=[episode.uid])))
    assert "You opened this chart yourself until" in said
    assert "You see this because: you have this crisis" in said


def test_no_reason_and_a_long_one_are_refused_and_nothing_typed_is_lost(cast: Cast) -> None:
    refused = opens(cast, why="night")
    assert refused.status_code == 400
    assert ">night</textarea>" in text(refused)
    assert opens(cast, why="x" * 401).status_code == 400
    enter(cast.program.id)
    assert not ChartOpening.objects.exists()
    assert opens(cast, next="https://elsewhere.example/").url == page(cast)


def test_whoever_may_see_it_needs_no_reason(cast: Cast) -> None:
    for person in (cast.bea, cast.dia):
        assert opens(cast, person).url == page(cast)
    enter(cast.program.id)
    assert not ChartOpening.objects.exists()


def test_it_is_closed_by_a_press_and_after_an_hour_by_the_clock(cast: Cast) -> None:
    opens(cast)
    press = reverse("opened", args=[opened(cast).uid])
    for person in (cast.bea, cast.priya, cast.eve):
        assert as_(person).post(press, {"do": "close"}).status_code == 404, "nobody's but theirs"
    assert as_(cast.cal).post(press, {"do": "close"}).status_code == 302
    assert as_(cast.cal).get(page(cast)).status_code == 403
    opens(cast)
    assert as_(cast.cal).get(page(cast)).status_code == 200
    enter(cast.program.id)
    clock.move(timedelta(minutes=60))
    assert as_(cast.cal).get(page(cast)).status_code == 403


@pytest.mark.parametrize("name", ["client_plan_change", "own_notes"])
def test_what_was_typed_into_a_chart_that_closed_meanwhile_is_shown_again(cast: Cast, name: str) -> None:
    opens(cast)
    assert as_(cast.cal).get(page(cast, name)).status_code == 200
    enter(cast.program.id)
    clock.move(timedelta(minutes=60))
    note = str(uuid4())
    typed = {"words": "She walks by the river.", "friends-1-phone": "5205550177", "note": note, "after": "0"}
    shut = as_(cast.cal).post(page(cast, name), typed)
    assert shut.status_code == 403
    assert "This was not kept. Copy it:" in text(shut)
    kept = "She walks by the river.\n5205550177"
    assert f">{kept}</textarea>" in text(shut)
    assert note not in text(shut)
    refused = opens(cast, why="night", next=name, not_kept=kept)
    assert f">{kept}</textarea>" in text(refused), "nor does a refused reason lose it"
    assert opens(cast, next=name).url == page(cast, name), "and it leads back there"


def test_whoever_leads_ends_it_from_the_list(cast: Cast) -> None:
    opens(cast)
    assert "Close it now" in text(as_(cast.dia).get(reverse("openings")))
    assert (
        as_(cast.dia).post(reverse("opened", args=[opened(cast).uid]), {"do": "close"}).url.startswith("/team/openings")
    )
    assert as_(cast.cal).get(page(cast)).status_code == 403
    assert "Close it now" not in text(as_(cast.dia).get(reverse("openings")))


def test_where_there_is_a_crisis_it_leads_there_without_a_reason(cast: Cast) -> None:
    assessment.ask_for_help(cast.ana, "session", cast.now)
    episode = Episode.objects.get()
    said = text(as_(cast.priya).get(page(cast)))
    assert reverse("crisis", args=[episode.uid]) in said
    assert "need no reason" in said


def test_where_nobody_else_leads_the_page_says_what_happens(cast: Cast) -> None:
    Staff.objects.filter(id=cast.dia.id).update(role=Role.CLINICIAN)
    assert "Nobody else leads here now who could be told" in text(as_(cast.cal).get(page(cast)))
    opens(cast)
    assert "the first who does is told" in text(as_(cast.cal).get(page(cast)))


# ---------------------------------------------------------------- reviewed


def test_the_review_says_who_why_and_what_they_saw_and_its_outcome_stands_on_their_day(cast: Cast) -> None:
    """H-143"""
    opens(cast)
    as_(cast.cal).get(page(cast, "client_plan"))
    row = opened(cast)
    rail = text(as_(cast.dia).get("/team/"))
    assert 'href="/team/openings/"' in rail
    here = as_(cast.dia).get(reverse("openings"))
    for words in ("Cal Reyes opened it", WHY, "Safety plan", "Dia Okafor was told."):
        assert words in text(here)
    refused = as_(cast.dia).post(reverse("openings"), {"opening": str(row.uid), "words": "Bea was asleep."})
    assert refused.status_code == 400
    assert "Bea was asleep." in text(refused)
    said = {"opening": str(row.uid), "verdict": "right", "words": "Bea was asleep."}
    assert as_(cast.bea).post(reverse("openings"), said).status_code == 403
    assert as_(cast.dia).post(reverse("openings"), said).status_code == 302
    assert as_(cast.dia).post(reverse("openings"), {**said, "verdict": "not_right"}).status_code == 409
    day = text(as_(cast.cal).get("/team/work/mine"))
    assert "It was right" in day
    assert "Bea was asleep." in day
    as_(cast.cal).post(reverse("opened", args=[row.uid]), {"do": "read"})
    assert "Bea was asleep." not in text(as_(cast.cal).get("/team/work/mine"))


def test_a_late_review_is_said_on_the_list_and_in_the_rail(cast: Cast) -> None:
    opens(cast)
    row = opened(cast)
    clock.move(row.review_by - cast.now + timedelta(minutes=1))
    said = text(as_(cast.dia).get(reverse("openings")))
    assert "Late</b>" in said
    assert "to be reviewed" in said
    assert "1 review is late" in text(as_(cast.dia).get("/team/work/overdue"))
    assert "review is late" not in text(as_(cast.cal).get("/team/work/overdue"))


def test_words_that_are_no_number_are_refused_in_a_sentence(cast: Cast) -> None:
    for sent in ({}, {"opening": "x"}, {"opening": str(uuid4()), "verdict": "right", "words": "x"}):
        assert as_(cast.dia).post(reverse("openings"), sent).status_code == 409
    assert as_(cast.cal).post(reverse("opened", args=[uuid4()]), {"do": "close"}).status_code == 404


# ---------------------------------------------------------------- why somebody may see a chart


def test_every_page_says_why_it_is_seen_by_the_right_that_is_written_down(cast: Cast) -> None:
    """One place decides: what stands on the page and what stands in the record are the same."""
    assessment.ask_for_help(cast.ana, "session", cast.now)
    episode = Episode.objects.get()
    crisis.take(episode.id, cast.cal, "board", cast.now)
    address = reverse("crisis", args=[episode.uid])
    for person, words, right in (
        (cast.bea, "care team since Jan 1, 2020", Right.CARE_TEAM),
        (cast.cal, "you have this crisis", Right.HAS_IT),
        (cast.dia, "you lead here", Right.LEADS),
        (cast.priya, "open crisis", Right.OPEN_CRISIS),
    ):
        assert f"You see this because: {words}<" in text(as_(person).get(address)), person.name
        enter(cast.program.id)
        assert ChartRead.objects.order_by("-id").first().by_right == right


def test_every_right_and_every_page_of_a_chart_has_words() -> None:
    assert set(RIGHTS) == set(Right)
    assert set(PAGES) >= CHARTS
    assert OF_ONE <= CHARTS
    assert page_words("an_old_page") == "an old page"


def a_look(cast: Cast, person: Staff) -> Any:
    """A request of this person for Ana's plan, inside the program."""
    request: Any = RequestFactory().get(page(cast, "client_plan"))
    request.actor, request.now = actor_of(person), cast.now
    request.resolver_match = ResolverMatch(lambda: None, (), {}, url_name="client_plan")
    return request


@pytest.mark.parametrize("who", ["bea", "dia", "cal"])
def test_the_access_check_of_a_chart_page_costs_at_most_two_queries_beyond_the_data(cast: Cast, who: str) -> None:
    """The client's row comes in one query that asks for nothing but what may be seen; why it is, in at most two more."""
    if who == "cal":
        opening.open_chart(actor_of(cast.cal), cast.ana, WHY, cast.now)
    request = a_look(cast, getattr(cast, who))
    with CaptureQueriesContext(connection) as data:
        client_of(request, cast.ana.uid)
    with CaptureQueriesContext(connection) as check:
        assert because(request)
    assert len(data) == 1
    assert len(check) == (2 if who == "cal" else 1)


# ---------------------------------------------------------------- who gives rights is seen


def test_a_director_sees_on_their_day_who_was_given_rights_until_they_say_so(cast: Cast) -> None:
    """H-144"""
    setting_up.put_on_team(cast.ana, cast.cal, "case_manager", cast.now.date(), cast.adam, cast.now)
    setting_up.add_contact_for(cast.bea, "+15205550177", cast.adam, cast.now)
    day = text(as_(cast.dia).get("/team/work/mine"))
    assert "2 changes of staff, care teams, contacts or how clients sign in that no director made" in day
    assert "no director made" not in text(as_(cast.adam).get("/team/work/mine"))
    changes = reverse("program_changes")
    listed = text(as_(cast.dia).get(changes))
    up_to = listed.partition('name="up_to" value="')[2].partition('"')[0]
    assert as_(cast.adam).post(changes, {"up_to": up_to}).status_code == 302, "it changes nothing of theirs"
    assert "no director made" in text(as_(cast.dia).get("/team/work/mine"))
    enter(cast.program.id)
    setting_up.note_staff(cast.priya, "added", cast.adam, cast.now)
    as_(cast.dia).post(changes, {"up_to": up_to})
    assert "1 change of staff" in text(as_(cast.dia).get("/team/work/mine")), "what came meanwhile is still to be seen"
    for nonsense in ("", "x", "9" * 40):
        assert as_(cast.dia).post(changes, {"up_to": nonsense}).status_code == 302
