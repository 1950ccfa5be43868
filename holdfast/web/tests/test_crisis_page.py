"""The crisis page: what each press does and refuses, who may, how much it reads, and how heavy it is."""

import gzip
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from holdfast.assessment import actions as assessment
from holdfast.assessment.models import Answer, Response
from holdfast.content.shapes import Urgency
from holdfast.crisis import actions as crisis
from holdfast.crisis import guide, handing, landing
from holdfast.crisis.course import Asked
from holdfast.crisis.models import Ask, Entry, Episode, Formulation, Review, StepAnswer
from holdfast.crisis.rules import Disposition, Result, State
from holdfast.crisis.tests.course import MINUTE, rings
from holdfast.ledger import vouch
from holdfast.ledger.scope import enter
from holdfast.oncall.models import Page, Paging
from holdfast.people.models import Client, Staff
from holdfast.people.tests.cast import Cast, make_cast
from holdfast.web.team.words import PROMISES
from holdfast.web.tests.test_team import as_, here, press, text


@pytest.fixture
def cast(db: None) -> Cast:
    made = make_cast()
    made.night_shift()
    return made


@pytest.fixture
def taken(cast: Cast) -> Episode:
    assessment.ask_for_help(cast.ana, "session", cast.now)
    episode = Episode.objects.get(client=cast.ana)
    return crisis.take(episode.id, cast.cal, "board", cast.now)


@pytest.fixture
def reached(cast: Cast, taken: Episode) -> Episode:
    crisis.log_try(taken.id, cast.cal, Result.REACHED, "phone", "", None, cast.now)
    return taken


def sees(person: Staff, episode: Episode) -> str:
    answer = as_(person).get(here(episode))
    assert answer.status_code == 200
    return text(answer)


def went(cast: Cast, answer: HttpResponse) -> None:
    assert answer.status_code == 302, text(answer)[:3000]
    enter(cast.program.id)


# --- how much it reads, how heavy it is ----------------------------------------------------------


def long_story(cast: Cast, episode: Episode) -> None:
    """Two years of forms, and a crisis of many days."""
    Response.objects.bulk_create(
        Response(
            program_id=cast.program.id,
            client=cast.ana,
            instrument="phq-9",
            version="1",
            opened_at=cast.now - timedelta(days=n),
            done_at=cast.now - timedelta(days=n),
            total=n % 27,
        )
        for n in range(700)
    )
    for n in range(60):
        at = cast.now + n * MINUTE
        guide.note(episode.id, cast.cal, f"note {n}", uuid4(), at)
        crisis.log_try(episode.id, cast.cal, Result.NO_ANSWER, "phone", f"try {n}", uuid4(), at)
        assessment.ask_for_help(cast.ana, "session", at)
    for n in range(30):
        asked = handing.ask(episode.id, cast.cal, Asked.HAND_OVER, cast.priya, "", cast.now)
        handing.decline(asked.uid, cast.priya, cast.now + n * MINUTE)


def queries(person: Staff, episode: Episode) -> int:
    browser = as_(person)
    vouch.vouch(vouch.WATCHDOG, dict.fromkeys(PROMISES, True))
    vouch.vouch(vouch.WORKER, {})
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert browser.get(here(episode)).status_code == 200
    asked = [q["sql"] for q in seen.captured_queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(asked) <= 21, "\n".join(one[:110] for one in asked)
    return len(asked)


def test_the_page_asks_at_most_so_many_times_however_long_the_story(cast: Cast, taken: Episode) -> None:
    short = queries(cast.cal, taken)
    enter(cast.program.id)
    long_story(cast, taken)
    assert queries(cast.cal, taken) <= short
    assert short <= 21


def test_the_page_is_at_most_sixty_kilobytes_over_the_wire(cast: Cast, taken: Episode) -> None:
    long_story(cast, taken)
    answer = as_(cast.cal).get(here(taken))
    page = gzip.compress(answer.content, 6)
    assert len(page) <= 60_000
    assert "earlier lines" in text(answer)
    assert len(text(as_(cast.cal).get(here(taken) + "?timeline=all"))) > len(text(answer))


# --- what each press does ------------------------------------------------------------------------


def test_a_step_is_done_by_a_press_and_shown_with_name_and_words(cast: Cast, reached: Episode) -> None:
    went(cast, press(cast.cal, reached, "step", step="place", noted="5th Street, door 14", once=str(uuid4())))
    assert StepAnswer.objects.get(step="place").by == cast.cal
    page = sees(cast.cal, reached)
    assert "5th Street, door 14" in page
    assert page.count('data-s="done"') >= 2


def test_leaving_a_step_out_without_a_reason_is_refused_and_the_page_says_so(cast: Cast, reached: Episode) -> None:
    answer = press(cast.cal, reached, "leave_out", step="place", noted=" ")
    assert answer.status_code == 409
    assert "Say why this step is left out" in text(answer)


def test_somebody_else_cannot_answer_steps_and_does_not_see_the_buttons(cast: Cast, reached: Episode) -> None:
    assert press(cast.priya, reached, "step", step="place").status_code == 409
    enter(cast.program.id)
    assert 'value="step"' not in sees(cast.priya, reached)


def test_an_administrator_who_was_not_asked_and_another_program_see_nothing(cast: Cast, reached: Episode) -> None:
    for person in (cast.adam, cast.eve):
        assert as_(person).get(here(reached)).status_code == 404
        assert press(person, reached, "note", note="hello").status_code == 404
        enter(cast.program.id)


def test_the_clock_of_a_step_and_a_late_one_are_shown(cast: Cast, reached: Episode) -> None:
    rings(cast.now + 6 * MINUTE)
    page = sees(cast.cal, reached)
    assert "Late: “" in page
    assert "of 5 minutes" in page


def test_another_protocol_is_chosen_from_a_list_with_a_reason(cast: Cast, reached: Episode) -> None:
    bad = press(cast.cal, reached, "protocol", protocol="suicidal-thoughts", reason="")
    assert bad.status_code == 409
    assert "Say why another protocol" in text(bad)
    enter(cast.program.id)
    went(cast, press(cast.cal, reached, "protocol", protocol="suicidal-thoughts", reason="she says so"))
    assert Episode.objects.get(id=reached.id).protocol == "suicidal-thoughts"
    enter(cast.program.id)
    assert "Another protocol, instead of i need help now" in sees(cast.cal, reached)


def test_a_version_that_is_missing_is_said_in_a_sentence(cast: Cast, reached: Episode) -> None:
    Episode.objects.filter(id=reached.id).update(protocol_version="99")
    assert "version 99, is not on this machine" in sees(cast.cal, reached)


def test_cannot_reach_stands_before_the_owner_with_what_comes_next(cast: Cast, taken: Episode) -> None:
    for _ in range(2):
        went(cast, press(cast.cal, taken, "try", result="no_answer", how="phone", once=str(uuid4())))
    page = sees(cast.cal, taken)
    for words in ("Cannot reach the client", "Ask for a welfare check", "Consent: not recorded yet", "Go on calling"):
        assert words in page
    assert 'id="f-choose"' not in sees(cast.dia, taken)
    enter(cast.program.id)
    refused = press(cast.cal, taken, "choose", choice="welfare_check", why="")
    assert refused.status_code == 409
    assert "Say why, and what you tell them" in text(refused)
    assert 'value="welfare_check" checked' in text(refused)
    enter(cast.program.id)
    went(cast, press(cast.cal, taken, "choose", choice="welfare_check", why="no answer, twice", once=str(uuid4())))
    assert Entry.objects.get(kind="choice").words == "no answer, twice"
    enter(cast.program.id)
    assert "Decided to ask for a welfare check" in sees(cast.cal, taken)


def test_the_first_try_is_shown_with_its_clock_and_then_as_late(cast: Cast, taken: Episode) -> None:
    assert "to try to reach the client" in sees(cast.cal, taken)
    enter(cast.program.id)
    Episode.objects.filter(id=taken.id).update(owned_at=cast.now - 6 * MINUTE)
    assert "The first try is late" in sees(cast.cal, taken)


def test_handing_over_by_name_from_the_page(cast: Cast, taken: Episode) -> None:
    empty = press(cast.cal, taken, "hand_over", to="", why="my shift ends")
    assert empty.status_code == 409
    assert "my shift ends" in text(empty)
    enter(cast.program.id)
    went(cast, press(cast.cal, taken, "hand_over", to=str(cast.priya.uid), why="my shift ends"))
    asked = Ask.objects.get()
    enter(cast.program.id)
    page = sees(cast.priya, taken)
    assert "Cal Reyes asks you to take this over" in page
    assert "my shift ends" in page
    enter(cast.program.id)
    assert press(cast.dia, taken, "accept", ask=str(asked.uid)).status_code == 409
    enter(cast.program.id)
    went(cast, press(cast.priya, taken, "accept", ask=str(asked.uid)))
    assert Episode.objects.get(id=taken.id).owner == cast.priya
    enter(cast.program.id)
    assert "Handed over" in sees(cast.cal, taken)


def test_a_second_person_is_paged_and_answers_on_the_page_behind_the_link(cast: Cast, taken: Episode) -> None:
    went(cast, press(cast.cal, taken, "call_in", to="on-call", why="I stay on the line"))
    page = Page.objects.get(paging__what="second", staff=cast.priya)
    browser = as_(cast.priya)
    assert "Can you help Cal Reyes?" in text(browser.get(f"/team/page/{page.uid}"))
    went(cast, browser.post(f"/team/page/{page.uid}", {"do": "have"}))
    assert Ask.objects.get().answered_by == cast.priya
    assert not Paging.objects.filter(what="second", stopped_at=None).exists()
    enter(cast.program.id)
    assert "called in as second person" in sees(cast.cal, taken)
    enter(cast.program.id)
    went(cast, press(cast.priya, taken, "note", note="I call her sister", once=str(uuid4())))


def test_the_second_to_press_is_told_and_their_answer_stands_on_the_timeline(cast: Cast, taken: Episode) -> None:
    answer = press(cast.priya, taken, "take")
    assert answer.status_code == 409
    assert "Cal Reyes has this already" in text(answer)
    enter(cast.program.id)
    assert Entry.objects.get(kind="second_answer").by == cast.priya


def test_two_hundred_kilobytes_are_a_sentence_and_nothing_is_lost(cast: Cast, taken: Episode) -> None:
    long = "she said " * 22_000
    answer = press(cast.cal, taken, "note", note=long)
    assert answer.status_code == 400
    assert "At most 4000 fit" in text(answer)
    assert long.strip() in text(answer)
    enter(cast.program.id)
    assert not Entry.objects.exists()


def test_a_note_pressed_twice_is_one(cast: Cast, taken: Episode) -> None:
    once = str(uuid4())
    for _ in range(2):
        went(cast, press(cast.cal, taken, "note", note="her sister comes", once=once))
    assert Entry.objects.filter(kind="note").count() == 1


def test_the_level_is_the_clinicians_and_may_raise_the_urgency(cast: Cast, reached: Episode) -> None:
    crisis.change_urgency(reached.id, cast.cal, Urgency.URGENT, "calmer", cast.now)
    bad = press(cast.cal, reached, "formulate", level="", rationale="two losses", plan="call at nine")
    assert bad.status_code == 409
    assert "nothing computes it" in text(bad)
    assert "two losses" in text(bad)
    enter(cast.program.id)
    fields = {"level": "high", "rationale": "two losses", "plan": "call at nine", "raise": "yes", "once": str(uuid4())}
    for _ in range(2):
        went(cast, press(cast.cal, reached, "formulate", **fields))
    found = Episode.objects.get(id=reached.id)
    assert (found.risk_level, found.urgency, Formulation.objects.count()) == ("high", "emergency", 1)
    enter(cast.program.id)
    assert 'Risk high, <span class="who">Cal Reyes' in sees(cast.dia, reached)


def test_a_low_level_never_lowers_the_urgency(cast: Cast, reached: Episode) -> None:
    went(cast, press(cast.cal, reached, "formulate", level="low", rationale="a", plan="b", once=str(uuid4())))
    assert Episode.objects.get(id=reached.id).urgency == "emergency"


def test_the_asq_is_asked_aloud_and_kept_as_said_to_staff(cast: Cast, reached: Episode) -> None:
    assert press(cast.cal, reached, "asq").status_code == 400
    enter(cast.program.id)
    went(cast, press(cast.cal, reached, "asq", asq_1="1", asq_2="0", asq_3="0", asq_4="0"))
    answers = Answer.objects.filter(response__instrument="asq", response__client=cast.ana)
    assert {(a.item, a.value, a.via) for a in answers} >= {("1", 1, "staff"), ("2", 0, "staff")}


def test_who_is_not_in_it_does_not_assess(cast: Cast, reached: Episode) -> None:
    for do in ("asq", "formulate", "plan"):
        answer = press(cast.dia, reached, do, asq_1="0", level="low", rationale="a", plan="b")
        assert answer.status_code == 409, do
        enter(cast.program.id)


def test_the_next_contact_is_left_out_on_a_ground_only(cast: Cast, reached: Episode) -> None:
    landing.settle(
        reached.id,
        cast.cal,
        disposition=Disposition.EMERGENCY_ROOM,
        next_contact_at=cast.now + timedelta(days=1),
        next_contact_by=cast.bea.id,
        words="",
        now=cast.now,
    )
    fields = {"risk": "high", "plan": "yes", "waive_next_contact": "She is on ward 4, they confirmed"}
    refused = press(cast.cal, reached, "close", **fields)
    assert refused.status_code == 409
    assert "only when the client died" in text(refused)
    assert "She is on ward 4" in text(refused)
    enter(cast.program.id)
    went(cast, press(cast.cal, reached, "close", ground="admitted", **fields))
    assert Episode.objects.get(id=reached.id).waivers == {"next_contact": "admitted"}
    assert Entry.objects.get(kind="waiver").words == "She is on ward 4, they confirmed"


@pytest.mark.parametrize(("day", "says"), [(-1, "passed already"), (365, "more than 14 days")])
def test_a_mistyped_next_contact_is_a_sentence_and_kept(cast: Cast, reached: Episode, day: int, says: str) -> None:
    on = (cast.now + timedelta(days=day)).date().isoformat()
    answer = press(
        cast.cal,
        reached,
        "settle",
        disposition="safe_with_plan",
        day=on,
        hour="15:00",
        by=str(cast.bea.uid),
        words="ok",
    )
    assert answer.status_code in (400, 409)
    assert says in text(answer)
    assert f'value="{on}"' in text(answer)


def test_a_standing_is_changed_with_the_crisis_handed_on_by_name(cast: Cast, reached: Episode) -> None:
    refused = press(cast.cal, reached, "standing", standing="other_care", why="admitted at noon")
    assert refused.status_code == 409
    assert "name who takes it over" in text(refused)
    assert "admitted at noon" in text(refused)
    enter(cast.program.id)
    fields = {"standing": "other_care", "why": "admitted at noon", "to": str(cast.bea.uid)}
    went(cast, press(cast.cal, reached, "standing", **fields))
    assert Client.objects.get(id=cast.ana.id).standing == "other_care"


def test_only_those_who_lead_record_a_death_and_they_confirm_it(cast: Cast, reached: Episode) -> None:
    assert press(cast.cal, reached, "standing", standing="died", why="x", sure="yes").status_code == 409
    enter(cast.program.id)
    assert press(cast.dia, reached, "standing", standing="died", why="The county called").status_code == 400
    enter(cast.program.id)
    went(cast, press(cast.dia, reached, "standing", standing="died", why="The county called", sure="yes"))
    assert Episode.objects.get(id=reached.id).state == State.CLOSED
    enter(cast.program.id)
    assert "What follows a death" in sees(cast.dia, reached)
    enter(cast.program.id)
    review = Review.objects.get(kind="postvention")
    browser = as_(cast.bea)
    assert "Ana Morales" in text(browser.get("/team/reviews/"))
    went(cast, browser.post("/team/reviews/", {"review": str(review.uid), "item": "family", "words": "Dia calls them"}))
    assert "Dia calls them" in text(browser.get("/team/reviews/"))
    assert as_(cast.adam).get("/team/reviews/").status_code == 403


def test_a_shift_does_not_end_with_an_open_crisis_and_the_sentence_names_it(cast: Cast, taken: Episode) -> None:
    answer = as_(cast.cal).post("/team/me/", {"do": "end_shift"})
    assert answer.status_code == 409
    assert "Hand it over by name first" in text(answer)
    assert f"{here(taken)}#hand" in text(answer)
    assert "Hand over Ana M." in text(answer)
    enter(cast.program.id)
    assert as_(cast.priya).post("/team/me/", {"do": "end_shift"}).status_code == 302
    enter(cast.program.id)
    assert as_(cast.dia).post("/team/me/", {"do": "end_shift"}).status_code == 409


def test_a_bad_number_of_a_question_is_a_sentence(cast: Cast, taken: Episode) -> None:
    for do in ("accept", "decline", "withdraw"):
        assert press(cast.cal, taken, do, ask="nonsense").status_code == 400
        enter(cast.program.id)


def test_one_answer_of_the_asq_that_cannot_be_read_loses_none_of_the_others(cast: Cast, reached: Episode) -> None:
    assert press(cast.cal, reached, "asq", asq_1="1", asq_2="9").status_code == 400
    enter(cast.program.id)
    assert set(Answer.objects.values_list("item", "value")) == {("1", 1)}


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_next_contact_that_cannot_be_is_refused_with_what_was_typed(cast: Cast, reached: Episode, day: str) -> None:
    answer = press(cast.cal, reached, "settle", day=day, hour="23:30", words="Slept a little.")
    assert answer.status_code == 400
    assert "Slept a little." in text(answer)
    assert day in text(answer)


def test_a_closed_crisis_is_not_shown_to_who_had_no_part_in_it(cast: Cast, reached: Episode) -> None:
    assert as_(cast.priya).get(here(reached)).status_code == 200
    enter(cast.program.id)
    went(cast, press(cast.dia, reached, "standing", standing="died", sure="yes", why="The county called"))
    for person, status in ((cast.priya, 404), (cast.cal, 200), (cast.bea, 200), (cast.dia, 200)):
        assert as_(person).get(here(reached)).status_code == status, person.name
        assert as_(person).get(f"{here(reached)}/course").status_code == status, person.name
