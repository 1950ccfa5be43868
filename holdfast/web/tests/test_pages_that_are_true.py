"""What the team's pages say of a crisis is so: its clocks, who had it, how it may end, and whom one may ask."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from holdfast.assessment import actions as assessment
from holdfast.content.shapes import Urgency
from holdfast.crisis import actions as crisis
from holdfast.crisis import guide, handing, landing, leaving
from holdfast.crisis.afterwards import look_back
from holdfast.crisis.course import Asked
from holdfast.crisis.models import Entry, Episode
from holdfast.crisis.queries import whole
from holdfast.crisis.rules import Disposition, Ground, Result, Said, State
from holdfast.crisis.tests.course import MINUTE, fresh, rings
from holdfast.crisis.voices import say
from holdfast.ledger import vouch
from holdfast.ledger.scope import enter
from holdfast.oncall import actions as oncall
from holdfast.oncall.rules import Level
from holdfast.people.models import Licence, Staff
from holdfast.people.queries import actor_of
from holdfast.people.rules import Standing
from holdfast.people.tests.cast import Cast, make_cast
from holdfast.plans import actions as plans
from holdfast.plans.models import SafetyPlan
from holdfast.plans.rules import Part, Someone
from holdfast.web.team.board import few
from holdfast.web.team.words import PROMISES
from holdfast.web.tests.test_team import as_, here, press, text

HOUR = 60 * MINUTE
SOON = timedelta(hours=2)


@pytest.fixture
def cast(db: None) -> Cast:
    made = make_cast()
    made.night_shift()
    return made


@pytest.fixture
def taken(cast: Cast) -> Episode:
    assessment.ask_for_help(cast.ana, "session", cast.now)
    return crisis.take(Episode.objects.get().id, cast.cal, "board", cast.now)


def reach(cast: Cast, episode: Episode, after: timedelta, by: Staff | None = None) -> None:
    crisis.log_try(episode.id, by or cast.cal, Result.REACHED, "phone", "", uuid4(), cast.now + after)


def settle(cast: Cast, episode: Episode, after: timedelta) -> Episode:
    return landing.settle(
        episode.id,
        cast.cal,
        disposition=Disposition.SAFE_WITH_PLAN,
        next_contact_at=cast.now + after + SOON,
        next_contact_by=cast.bea.id,
        words="At her sister's.",
        now=cast.now + after,
    )


def close(cast: Cast, episode: Episode, after: timedelta) -> None:
    reach(cast, episode, after, cast.bea)
    landing.close(episode.id, cast.bea, risk_level="low", plan_reviewed=True, waivers={}, now=cast.now + after + MINUTE)


def sees(person: Staff, episode: Episode) -> str:
    page = text(as_(person).get(here(episode)))
    enter(episode.program_id)
    return page


# --- clocks ----------------------------------------------------------------------------------------


def test_head_and_step_show_one_clock_for_the_first_try(cast: Cast, taken: Episode) -> None:
    crisis.change_urgency(taken.id, cast.cal, Urgency.URGENT, "with her sister", cast.now)
    found = whole(actor_of(cast.cal), taken.uid)
    assert found is not None
    line = found.story.step("reach")
    assert line is not None
    assert found.row.clock_at == line.due_at == cast.now + 15 * MINUTE
    page = sees(cast.cal, fresh(taken))
    assert "Without a try it goes back to paging 30 minutes later." in page
    assert "of 5 minutes" not in page
    assert "this is taken away at" in page


def test_the_step_is_late_when_its_clock_says_so_and_is_said_to_be_once(cast: Cast, taken: Episode) -> None:
    crisis.change_urgency(taken.id, cast.cal, Urgency.URGENT, "with her sister", cast.now)
    assert rings(cast.now + 14 * MINUTE) == []
    assert sorted(rings(cast.now + 15 * MINUTE)) == ["first_try", "step"]
    crisis.log_try(taken.id, cast.cal, Result.NO_ANSWER, "phone", "", uuid4(), cast.now + 16 * MINUTE)
    rings(cast.now + 17 * MINUTE)
    assert Entry.objects.filter(kind="late_step").count() == 1


def test_a_next_contact_is_shown_by_its_own_time_and_taken_away_after_there_was_time_to_dial(
    cast: Cast, taken: Episode
) -> None:
    reach(cast, taken, MINUTE)
    episode = settle(cast, taken, 2 * MINUTE)
    found = whole(actor_of(cast.cal), episode.uid)
    assert found is not None
    assert found.row.clock_at == episode.next_contact_at == cast.now + 2 * MINUTE + SOON
    assert not crisis.look(episode.id, cast.now + 2 * MINUTE + SOON + 4 * MINUTE)
    assert crisis.look(episode.id, cast.now + 2 * MINUTE + SOON + 5 * MINUTE)


def test_duty_without_an_end_in_sight_names_no_day(cast: Cast) -> None:
    oncall.add_shift(cast.program.id, cast.dia, Level.SUPERVISOR, cast.now - HOUR, cast.now + timedelta(days=30))
    page = text(as_(cast.dia).get("/team/"))
    assert "Supervisor</span>" in page
    assert not re.search(r"Supervisor, until", page)
    assert re.search(r"First call, until", page), "an end within sight is named"


# --- how it may end --------------------------------------------------------------------------------


def test_it_got_worse_after_the_talk_is_refused_in_a_sentence_and_stands_on_the_page(
    cast: Cast, taken: Episode
) -> None:
    reach(cast, taken, -MINUTE)
    say(cast.ana, Said.WORSE, "session", cast.now)
    day = (cast.now + timedelta(days=1)).date().isoformat()
    form = {"disposition": "safe_with_plan", "day": day, "hour": "10:00", "by": str(cast.bea.uid), "words": "Calmer."}
    refused = press(cast.cal, taken, "settle", **form)
    assert refused.status_code == 409
    assert "Talk with the client again" in text(refused)
    assert "Calmer." in text(refused)
    enter(cast.program.id)
    page = sees(cast.cal, taken)
    assert "after you talked. Talk with them again and log it" in page
    assert "talk with the client again" in page


def test_two_settles_that_differ_are_two_and_the_second_is_told(cast: Cast) -> None:
    assessment.ask_for_help(cast.ana, "session", cast.now - 3 * MINUTE)
    taken = crisis.take(Episode.objects.get().id, cast.cal, "board", cast.now - 2 * MINUTE)
    reach(cast, taken, -MINUTE)
    day = (cast.now + timedelta(days=1)).date().isoformat()
    form = {"disposition": "safe_with_plan", "day": day, "hour": "10:00", "by": str(cast.bea.uid), "words": "Calmer."}
    assert press(cast.cal, taken, "settle", **form).status_code == 302
    assert press(cast.cal, taken, "settle", **form).status_code == 302, "a thumb that pressed twice"
    second = press(cast.cal, taken, "settle", **{**form, "disposition": "emergency_room"})
    assert second.status_code == 409


def test_grounds_that_are_not_so_are_not_offered(cast: Cast, taken: Episode) -> None:
    reach(cast, taken, MINUTE)
    settle(cast, taken, 2 * MINUTE)
    page = sees(cast.cal, taken)
    assert 'name="ground" value="refused"' in page
    assert 'value="died"' not in page.partition('id="f-close"')[2].partition("</form>")[0]
    assert 'name="ground" value="admitted"' not in page
    waived = {"ground": "died", "waive_next_contact": "x", "waive_reassessment": "y", "waive_plan": "z"}
    assert "not recorded that the client has died" in text(press(cast.cal, taken, "close", **waived))


def test_a_closed_crisis_says_who_had_it_and_when_each_thing_was(cast: Cast, taken: Episode) -> None:
    reach(cast, taken, 4 * MINUTE)
    settle(cast, taken, 9 * MINUTE)
    close(cast, taken, 9 * MINUTE + SOON)
    page = sees(cast.bea, taken)
    head = page.partition('class="line"')[2].partition("</ol>")[0]
    found = whole(actor_of(cast.bea), taken.uid)
    assert found is not None
    assert found.held is not None
    assert "Cal, " in head
    times = re.findall(r"(\d+):(\d\d) (am|pm)", head)
    assert times[2] != times[4], "reached is the talk before it was settled, not the contact that followed"
    assert "not reached yet" not in page
    assert "Closed " in page
    assert 'id="call"' not in page


def test_a_client_who_has_died_is_not_called_and_nobody_is_asked_to_worry(cast: Cast, taken: Episode) -> None:
    leaving.change_standing(cast.ana, Standing.DIED, cast.dia, "her sister told us", cast.now + MINUTE)
    page = text(as_(cast.dia).get(f"/team/client/{cast.ana.uid}"))
    assert "I am worried about them" not in page
    assert "tel:+15205550118" not in page
    enter(cast.program.id)
    assert 'id="call"' not in sees(cast.dia, taken)


def test_looking_back_tells_what_it_went_through_and_takes_no_waived_contact_for_made(
    cast: Cast, taken: Episode
) -> None:
    reach(cast, taken, MINUTE)
    asked = handing.ask(taken.id, cast.cal, Asked.HAND_OVER, cast.priya, "", cast.now + MINUTE)
    handing.accept(asked.uid, cast.priya, cast.now + 2 * MINUTE)
    back = handing.ask(taken.id, cast.priya, Asked.HAND_OVER, cast.cal, "", cast.now + 3 * MINUTE)
    handing.accept(back.uid, cast.cal, cast.now + 4 * MINUTE)
    settle(cast, taken, 5 * MINUTE)
    say(cast.ana, Said.WORSE, "session", cast.now + 10 * MINUTE)
    crisis.take(taken.id, cast.cal, "board", cast.now + 11 * MINUTE)
    reach(cast, taken, 12 * MINUTE)
    settle(cast, taken, 13 * MINUTE)
    reach(cast, taken, 13 * MINUTE + SOON)
    Episode.objects.filter(id=taken.id).update(reached_at=cast.now + 12 * MINUTE)
    landing.close(
        taken.id,
        cast.cal,
        risk_level="low",
        plan_reviewed=True,
        waivers={"next_contact": "does not want it"},
        ground=Ground.REFUSED,
        now=cast.now + 14 * MINUTE + SOON,
    )
    found = look_back(actor_of(cast.cal), taken.uid)
    assert found is not None
    marks = [mark.name for mark in found.marks]
    assert marks.count("handed_over") == 2
    assert {"settled_before", "came_back"} <= set(marks)
    assert next(mark for mark in found.marks if mark.name == "next_contact").at is None
    page = text(as_(cast.cal).get(f"{here(taken)}/after"))
    assert "Came back" in page


# --- steps, protocols, the plan --------------------------------------------------------------------


def test_a_step_with_nothing_written_is_asked_about_once(cast: Cast, taken: Episode) -> None:
    reach(cast, taken, MINUTE)
    answer = press(cast.cal, taken, "step", step="place", once=str(uuid4()))
    assert answer.status_code == 400
    assert "Nothing is written down of this step" in text(answer)
    assert 'name="nothing" value="yes"' in text(answer)
    enter(cast.program.id)
    assert press(cast.cal, taken, "step", step="place", nothing="yes", once=str(uuid4())).status_code == 302


def test_no_protocol_chosen_says_choose(cast: Cast, taken: Episode) -> None:
    answer = text(press(cast.cal, taken, "protocol", reason="she says so"))
    assert "Choose which protocol fits better." in answer
    assert "There is no such protocol" not in answer
    assert "she says so" in answer


def test_going_through_the_plan_moves_its_review_on_and_a_list_names_the_day(cast: Cast, taken: Episode) -> None:
    people = (Someone(Part.HELPERS, "Frank", "520 555 0142"),)
    plan = plans.write(cast.ana, cast.bea, {Part.SIGNS: "Not sleeping."}, people, "high", cast.now - timedelta(days=6))
    reach(cast, taken, MINUTE)
    guide.plan_reviewed(taken.id, cast.cal, "", uuid4(), cast.now + 2 * MINUTE)
    again = SafetyPlan.objects.get(id=plan.id)
    assert again.review_at - plan.review_at == timedelta(days=6) + 2 * MINUTE
    assert again.signs == "Not sleeping."
    page = text(as_(cast.bea).get("/team/people/"))
    assert "Plan to be reviewed by" in page
    assert "Plan reviewed by" not in page


# --- whom to ask, who is asked ---------------------------------------------------------------------


def test_the_list_for_handing_over_says_who_is_on_duty_and_who_holds_no_licence_there(
    cast: Cast, taken: Episode
) -> None:
    Licence.objects.filter(staff=cast.bea).update(state="NV")
    form = sees(cast.cal, taken).partition('id="f-hand_over"')[2].partition("</form>")[0]
    on, _, off = form.partition("Not on duty")
    assert f"{cast.priya.name}, backup, licensed there" in on
    assert f"{cast.bea.name}, no licence for AZ" in off


def test_of_many_who_are_asked_three_are_named() -> None:
    assert few(("a", "b", "c", "d", "e", "f")) == ("a", "b", "c", "3 more")
    assert few(("a", "b", "c", "d")) == ("a", "b", "c", "d")


def test_a_caller_stands_before_protocol_and_notes(cast: Cast) -> None:
    assessment.receive_concern(
        cast.program.id, name="Frank", phone="520 555 0118", words="My sister", place="Elm 4", now=cast.now
    )
    episode = Episode.objects.get(client=None)
    page = sees(cast.cal, episode)
    for words in ("(520) 555-0118", "Elm 4", "My sister"):
        assert page.index(words) < page.index('id="protocol"'), words


def test_what_does_not_hold_is_said_so_that_it_can_be_read(cast: Cast) -> None:
    vouch.vouch(vouch.WORKER, {})
    vouch.vouch(vouch.WATCHDOG, {**dict.fromkeys(PROMISES, True), "channels_work": False})
    assert "<b>This does not hold now:</b> “Texts, calls and e-mail work”" in text(as_(cast.cal).get("/team/"))


def test_what_happened_stands_on_the_clients_page(cast: Cast, taken: Episode) -> None:
    form = assessment.start_response(cast.program.id, cast.ana.id, "check-in", cast.now - timedelta(days=2))
    assessment.save_answers(form.uid, {"1": "5"}, "web", cast.now - timedelta(days=2))
    say(cast.ana, Said.WORSE, "session", cast.now)
    reach(cast, taken, MINUTE)
    settle(cast, taken, 2 * MINUTE)
    close(cast, taken, 2 * MINUTE + SOON)
    assert fresh(taken).state == State.CLOSED
    page = text(as_(cast.bea).get(f"/team/client/{cast.ana.uid}"))
    for words in ("A crisis was opened", "A crisis was closed", "The risk was judged", "It got worse"):
        assert words in page, words
