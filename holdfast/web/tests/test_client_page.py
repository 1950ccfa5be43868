"""A client's page for the team, a colleague's worry in two clicks, and charts that say what they show."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from holdfast.assessment import actions as assessment
from holdfast.assessment.models import RiskFinding, StaffConcern
from holdfast.assessment.queries import course
from holdfast.care.models import Task
from holdfast.consent import actions as consents
from holdfast.consent.models import Consent
from holdfast.consent.words import How, Kind
from holdfast.crisis.models import Episode
from holdfast.ledger.scope import enter
from holdfast.people.actions import change_standing, set_risk_level
from holdfast.people.models import Client, ReminderWish, RiskRating, Staff
from holdfast.people.rules import RiskLevel, Standing, zone
from holdfast.people.tests.cast import Cast, make_cast
from holdfast.web.team.charts import charts_of

CROSS = "allauth.account.auth_backends.AuthenticationBackend"
DAY = timedelta(days=1)


@pytest.fixture
def cast(db: None) -> Cast:
    made = make_cast()
    made.night_shift()
    return made


def as_(person: Staff | Client) -> Browser:
    browser = Browser()
    browser.force_login(person.user, CROSS)
    return browser


def here(cast: Cast) -> str:
    return f"/team/client/{cast.ana.uid}"


def check_in(cast: Cast, days_ago: int, mood: int, used: int = 0) -> None:
    at = cast.now - days_ago * DAY
    response = assessment.start_response(cast.program.id, cast.ana.id, "check-in", at)
    answers = {"1": str(mood), "2": "0", "3": "7", "4": "0", "5": str(used), "6": "0", "7": ""}
    assessment.save_answers(response.uid, answers, "web", at)
    assessment.judge_response(response.id, at)


def phq9(cast: Cast, days_ago: int, value: int) -> None:
    at = cast.now - days_ago * DAY
    response = assessment.start_response(cast.program.id, cast.ana.id, "phq-9", at)
    assessment.save_answers(response.uid, {str(n): str(value) if n < 9 else "0" for n in range(1, 11)}, "web", at)
    assessment.judge_response(response.id, at)


# --- who may open what ---------------------------------------------------------------------------


def test_the_care_team_and_who_leads_see_the_page_and_nobody_else(cast: Cast) -> None:
    for person, status in ((cast.bea, 200), (cast.dia, 200), (cast.cal, 403), (cast.adam, 403), (cast.eve, 404)):
        assert as_(person).get(here(cast)).status_code == status, person.name
    assert as_(cast.ana).get(here(cast)).status_code == 403
    assert Browser().get(here(cast)).status_code == 302


def test_everybody_who_works_with_clients_may_be_worried_and_nobody_else(cast: Cast) -> None:
    for person, status in ((cast.bea, 200), (cast.cal, 200), (cast.dia, 200), (cast.adam, 403), (cast.eve, 404)):
        answer = as_(person).get(here(cast) + "/worried")
        assert answer.status_code == status, person.name
    assert "Mood" not in as_(cast.cal).get(here(cast) + "/worried").content.decode()
    assert as_(cast.eve).post(here(cast) + "/worried", {"kind": "panic"}).status_code == 404
    enter(cast.program.id)
    assert not RiskFinding.objects.exists()


# --- a worry -------------------------------------------------------------------------------------


def test_two_clicks_ring_somebody(cast: Cast) -> None:
    page = as_(cast.bea).get(here(cast)).content.decode()
    assert f'href="{here(cast)}/worried"' in page  # the first
    answer = as_(cast.bea).post(here(cast) + "/worried", {"kind": "psychosis", "urgency": "urgent"})  # the second
    enter(cast.program.id)
    episode = Episode.objects.get()
    assert (episode.protocol, episode.urgency) == ("psychosis", "urgent")
    assert answer.headers["Location"] == f"/team/crisis/{episode.uid}"


def test_urgent_is_what_it_is_unless_somebody_says_otherwise(cast: Cast) -> None:
    assert 'value="urgent" checked' in as_(cast.bea).get(here(cast) + "/worried").content.decode()
    as_(cast.cal).post(here(cast) + "/worried", {"kind": "panic"})
    enter(cast.program.id)
    assert Episode.objects.get().urgency == "urgent"


def test_what_can_wait_leads_to_a_task_and_says_so(cast: Cast) -> None:
    answer = as_(cast.bea).post(here(cast) + "/worried", {"kind": "panic", "urgency": "same_day", "words": "Shaky."})
    assert answer.headers["Location"] == here(cast) + "?saved=worried"
    page = as_(cast.bea).get(answer.headers["Location"]).content.decode()
    assert "with an owner and a time" in page
    assert "Shaky." in page
    enter(cast.program.id)
    assert Task.objects.get().urgency == "same_day"


@pytest.mark.parametrize(
    "form", [{}, {"kind": "gossip"}, {"kind": "panic", "urgency": "none"}, {"kind": "panic", "words": "x" * 200_000}]
)
def test_a_worry_that_cannot_be_read_is_refused_with_what_was_typed(cast: Cast, form: dict[str, str]) -> None:
    answer = as_(cast.bea).post(here(cast) + "/worried", {"words": "She was silent.", **form})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert form.get("words", "She was silent.")[:50] in answer.content.decode()
    enter(cast.program.id)
    assert not StaffConcern.objects.exists()


def test_nobody_is_rung_about_a_client_who_has_died(cast: Cast) -> None:
    change_standing(cast.ana, Standing.DIED, cast.now)
    assert as_(cast.bea).post(here(cast) + "/worried", {"kind": "panic"}).status_code == 400
    enter(cast.program.id)
    assert not Episode.objects.exists()


# --- the risk level and reminders -----------------------------------------------------------------


def test_a_risk_that_nobody_judged_is_never_shown_as_low(cast: Cast) -> None:
    page = as_(cast.bea).get(here(cast)).content.decode()
    assert "Risk not rated yet" in page
    assert "That does not mean low" in page


def test_a_clinician_judges_the_risk_with_a_reason_and_the_page_says_who_and_when(cast: Cast) -> None:
    refused = as_(cast.bea).post(here(cast), {"do": "risk", "level": "high"})
    assert refused.status_code == 400
    assert 'value="high" checked' in refused.content.decode()
    answer = as_(cast.bea).post(here(cast), {"do": "risk", "level": "high", "why": "No sleep for three days."})
    page = as_(cast.bea).get(answer.headers["Location"]).content.decode()
    assert "Risk high" in page
    assert "Judged by Bea Lindqvist" in page
    assert "No sleep for three days." in page
    assert "Judge the risk again" in page  # the task


def test_who_is_not_a_clinician_does_not_judge(cast: Cast) -> None:
    Staff.objects.filter(id=cast.bea.id).update(role="care_staff")
    answer = as_(cast.bea).post(here(cast), {"do": "risk", "level": "low", "why": "fine"})
    assert answer.status_code == 400
    assert "A clinician judges the risk" in answer.content.decode()
    enter(cast.program.id)
    assert not RiskRating.objects.exists()


def test_reminders_are_written_down_as_the_client_said_and_a_bad_number_stays_in_the_form(cast: Cast) -> None:
    bad = as_(cast.bea).post(here(cast), {"do": "reminders", "by": "sms", "address": "520 55"})
    assert bad.status_code == 400
    assert "520 55" in bad.content.decode()
    as_(cast.bea).post(here(cast), {"do": "reminders", "by": "sms", "address": "520 555 0118"})
    enter(cast.program.id)
    assert ReminderWish.objects.get().address == "+15205550118"
    as_(cast.bea).post(here(cast), {"do": "reminders", "by": "none"})
    enter(cast.program.id)
    assert not ReminderWish.objects.filter(ended_at=None).exists()


def agrees_to_messages(cast: Cast, *ways: str) -> Consent:
    return consents.agree(
        cast.ana,
        Kind.MESSAGES,
        scopes=ways,
        signature="Ana Morales",
        how=How.IN_APP,
        language="en",
        now=cast.now,
    )


def test_nobody_switches_texts_on_again_after_the_client_took_them_back_or_left_them_out(cast: Cast) -> None:
    consents.take_back(agrees_to_messages(cast, "sms"), None, "", cast.now)
    form = {"do": "reminders", "by": "sms", "address": "520 555 0118"}
    for _again in ("taken back", "left out"):
        refused = as_(cast.bea).post(here(cast), form)
        assert refused.status_code == 400
        assert "They agree to messages anew first." in refused.content.decode()
        assert "520 555 0118" in refused.content.decode()
        enter(cast.program.id)
        assert not ReminderWish.objects.exists()
        agrees_to_messages(cast, "email")
    mail = {"do": "reminders", "by": "email", "address": "ana@home.example"}
    assert as_(cast.bea).post(here(cast), mail).status_code == 302
    enter(cast.program.id)
    agrees_to_messages(cast, "sms", "email")
    assert as_(cast.bea).post(here(cast), form).status_code == 302


def test_a_press_that_we_do_not_know_is_refused_in_a_sentence(cast: Cast) -> None:
    answer = as_(cast.bea).post(here(cast), {"do": "erase"})
    assert answer.status_code == 400
    assert "press it again" in answer.content.decode()


# --- charts ---------------------------------------------------------------------------------------


def test_missing_days_are_open_rings_and_never_zero(cast: Cast) -> None:
    for days_ago in (12, 11, 9, 8, 3, 1, 0):
        check_in(cast, days_ago, 6)
    mood = course(cast.ana, cast.now).series[0]
    assert len(mood.missing) == 6
    assert {point.value for point in mood.points} == {6}
    chart = charts_of(cast.ana, cast.now).charts[0]
    assert len(chart.wide.rings) == 6
    assert len(chart.wide.broken) == 3
    assert [row.value for row in chart.rows].count("–") == 6


def test_the_last_result_is_told_beside_their_own_usual(cast: Cast) -> None:
    for weeks, value in ((5, 1), (4, 1), (3, 1), (2, 1), (0, 2)):
        phq9(cast, weeks * 7, value)
    phq = next(one for one in charts_of(cast.ana, cast.now).charts if one.id == "phq-9")
    assert "Last 16 (moderately severe)" in phq.sentence
    assert "usual is 8" in phq.sentence
    assert phq.rows[0].word == "moderately severe"
    assert phq.wide.band is not None
    assert [mark.text for mark in phq.wide.thresholds] == ["moderate", "moderately severe", "severe"]


def test_of_few_results_the_page_does_not_say_what_is_usual(cast: Cast) -> None:
    check_in(cast, 0, 4)
    assert "Too few" in charts_of(cast.ana, cast.now).charts[0].sentence


def test_what_happened_stands_beside_the_line_with_the_rules_words(cast: Cast) -> None:
    for days_ago in range(9, 0, -1):
        check_in(cast, days_ago, 5, used=1 if days_ago == 4 else 0)
    assessment.ask_for_help(cast.ana, "session", cast.now)
    found = charts_of(cast.ana, cast.now)
    assert [event.words for event in found.events] == ["Pressed “I need help now”", "Return to use reported"]
    assert [mark.text for mark in found.charts[0].wide.events] == ["1", "2"]


def test_a_client_without_a_single_result_has_a_page_too(cast: Cast) -> None:
    page = as_(cast.bea).get(here(cast)).content.decode()
    assert "Missing is not fine: ask." in page


def test_charts_are_three_reads_and_a_long_history_adds_none_to_the_page(cast: Cast) -> None:
    def counted() -> int:
        browser = as_(cast.bea)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert browser.get(here(cast)).status_code == 200
        enter(cast.program.id)
        return len(queries)

    check_in(cast, 30, 5)
    few = counted()
    for days_ago in range(29, 0, -1):
        check_in(cast, days_ago, 5)
    for weeks in range(20, 0, -1):
        phq9(cast, weeks * 7, 1)
    with CaptureQueriesContext(connection) as reads:
        charts_of(cast.ana, cast.now)
    assert len(reads) <= 3
    assert counted() <= few
    set_risk_level(cast.ana, RiskLevel.LOW, cast.bea, cast.now)
    assert counted() <= few + 2


# --- where they stand -----------------------------------------------------------------------------


def test_where_they_stand_is_changed_on_their_page(cast: Cast) -> None:
    assert "Change their standing" in as_(cast.bea).get(here(cast)).content.decode()
    pause = {"do": "standing", "standing": "paused", "why": "Two weeks with family"}
    until = cast.now.date() + timedelta(days=14)
    answer = as_(cast.bea).post(here(cast), {**pause, "until": until.isoformat()})
    assert answer.status_code == 302
    enter(cast.program.id)
    assert Client.objects.get(id=cast.ana.id).standing == "paused"
    page = as_(cast.bea).get(here(cast)).content.decode()
    assert f"Paused until {until:%b} {until.day}: Two weeks with family" in page


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (None, "Say on which day the pause ends."),
        (0, "A pause ends on a day that is still to come"),
        (-3, "A pause ends on a day that is still to come"),
        (91, "A pause is 90 days at most."),
        (3000000, "A pause is 90 days at most."),
        ("soon", "We could not read the day"),
    ],
)
def test_a_pause_without_a_day_that_can_be_is_refused_and_keeps_what_was_typed(
    cast: Cast, days: int | str | None, sentence: str
) -> None:
    here_today = cast.now.astimezone(zone(cast.ana.timezone)).date()
    until = days if isinstance(days, str) else "" if days is None else "9999-12-31"
    if isinstance(days, int) and days < 1000:
        until = (here_today + timedelta(days=days)).isoformat()
    form = {"do": "standing", "standing": "paused", "why": "Two weeks with family", "until": until}
    answer = as_(cast.bea).post(here(cast), form)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert sentence in page
    assert "Two weeks with family" in page
    assert 'aria-describedby="st-until-h e-until"' in page
    enter(cast.program.id)
    assert Client.objects.get(id=cast.ana.id).standing == "active"


def test_a_death_is_recorded_there_by_who_leads_who_confirms_it(cast: Cast) -> None:
    died = {"do": "standing", "standing": "died", "why": "The county called"}
    for person, more, status in (
        (cast.bea, {"sure": "yes"}, 409),
        (cast.dia, {}, 400),
        (cast.dia, {"sure": "yes"}, 302),
    ):
        answer = as_(person).post(here(cast), {**died, **more})
        assert answer.status_code == status
        assert status == 302 or "The county called" in answer.content.decode()
        enter(cast.program.id)
        assert (Client.objects.get(id=cast.ana.id).standing == "died") == (status == 302)
    assert 'value="died"' not in as_(cast.bea).get(here(cast)).content.decode()


@pytest.mark.parametrize("form", [{}, {"standing": "invited"}, {"standing": "gone"}, {"standing": "paused"}])
def test_a_standing_that_cannot_be_read_is_refused_in_a_sentence(cast: Cast, form: dict[str, str]) -> None:
    answer = as_(cast.bea).post(here(cast), {"do": "standing", "why": "", **form})
    assert answer.status_code in (400, 409)
    assert 'role="alert"' in answer.content.decode()
    enter(cast.program.id)
    assert Client.objects.get(id=cast.ana.id).standing == "active"


def test_with_an_open_crisis_they_leave_only_when_it_is_handed_on(cast: Cast) -> None:
    assessment.ask_for_help(cast.ana, "session", cast.now)
    answer = as_(cast.dia).post(here(cast), {"do": "standing", "standing": "discharged", "why": "moved"})
    assert answer.status_code == 409
    assert "open crisis that nobody has" in answer.content.decode()
