"""The team's pages: who may open what, and that a refusal loses nothing."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client as Browser

from holdfast.assessment import actions as assessment
from holdfast.care.models import Task
from holdfast.crisis import actions as crisis
from holdfast.crisis.models import Episode, Try
from holdfast.crisis.rules import Result, State
from holdfast.ledger import vouch
from holdfast.ledger.models import Vouch
from holdfast.ledger.scope import enter
from holdfast.oncall.models import Page, Paging
from holdfast.oncall.rules import Level
from holdfast.people.models import Client, Contact, Staff
from holdfast.people.tests.cast import Cast, make_cast
from holdfast.plans import actions as plans
from holdfast.plans.rules import Part, Someone
from holdfast.web.team.words import PROMISES

PAGES = ("/team/", "/team/rota/", "/team/tasks/", "/team/me/")
CROSS = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def cast(db: None) -> Cast:
    made = make_cast()
    made.night_shift()
    return made


@pytest.fixture
def well(cast: Cast) -> None:
    """The watch vouches for everything."""
    vouch.vouch(vouch.WATCHDOG, dict.fromkeys(PROMISES, True))
    vouch.vouch(vouch.WORKER, {})


@pytest.fixture
def episode(cast: Cast) -> Episode:
    assessment.ask_for_help(cast.ana, "session", cast.now)
    return Episode.objects.get(client=cast.ana)


def as_(person: Staff | Client) -> Browser:
    browser = Browser()
    browser.force_login(person.user, CROSS)
    return browser


def here(episode: Episode) -> str:
    return f"/team/crisis/{episode.uid}"


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def again(cast: Cast, episode: Episode) -> Episode:
    enter(cast.program.id)
    return Episode.objects.get(id=episode.id)


def press(person: Staff, episode: Episode, do: str, **fields: Any) -> HttpResponse:
    return as_(person).post(here(episode), {"do": do, **fields})


# --- who may open what ---------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_every_role_of_the_team_has_these_pages(cast: Cast, page: str) -> None:
    for person in (cast.bea, cast.cal, cast.dia, cast.adam):
        assert as_(person).get(page).status_code == 200, person.name


@pytest.mark.parametrize("page", PAGES)
def test_nobody_else_has_them(cast: Cast, page: str) -> None:
    assert as_(cast.ana).get(page).status_code == 403
    assert Browser().get(page).url.startswith("/sign-in/")


def test_everyone_who_works_with_clients_opens_any_crisis(cast: Cast, episode: Episode) -> None:
    for person in (cast.bea, cast.cal, cast.priya, cast.dia):
        assert as_(person).get(here(episode)).status_code == 200


def test_an_administrator_opens_only_a_crisis_they_were_paged_for(cast: Cast, episode: Episode) -> None:
    assert as_(cast.adam).get(here(episode)).status_code == 404
    assert "Ana" not in text(as_(cast.adam).get("/team/"))
    enter(cast.program.id)
    paging = Paging.objects.get()
    Page.objects.create(
        program=cast.program,
        paging=paging,
        staff=cast.adam,
        turn=2,
        at=cast.now,
        licensed=False,
        code="1234",
        digit="3",
        cannot_digit="4",
    )
    assert as_(cast.adam).get(here(episode)).status_code == 200
    assert "Ana M." in text(as_(cast.adam).get("/team/"))


def test_an_administrator_who_is_paged_with_no_cover_opens_the_crisis_and_no_page_behind_it(db: None) -> None:
    """Whoever is awake must be able to help; no link on that page leads to a refusal."""
    cast = make_cast()
    plans.write(cast.ana, cast.bea, {}, (Someone(Part.HELPERS, "Frank", "520 555 0142"),), "moderate", cast.now)
    assessment.ask_for_help(cast.ana, "session", cast.now)
    episode = Episode.objects.get(client=cast.ana)
    seen = {}
    for person in (cast.adam, cast.bea):
        page = text(as_(person).get(here(episode)))
        assert "Ana M" in page
        assert "Whom you may call" in page
        links = set(re.findall(r'href="(/team/(?:people|client)/[^"#?]+)', page))
        assert {as_(person).get(link).status_code for link in links} <= {200}
        seen[person.name] = links
    assert seen[cast.adam.name] == set()
    assert len(seen[cast.bea.name]) >= 4


def test_before_anybody_in_the_plan_is_called_the_page_leads_to_whom_one_may_call(cast: Cast, episode: Episode) -> None:
    plans.write(cast.ana, cast.bea, {}, (Someone(Part.HELPERS, "Frank", "520 555 0142"),), "moderate", cast.now)
    page = text(as_(cast.cal).get(here(episode)))
    assert "Before you call anybody in it:" in page
    assert '<a href="#may-call">' in page
    assert 'id="may-call"' in page


def test_eve_of_another_program_sees_nothing(cast: Cast, episode: Episode) -> None:
    page = Page.objects.get()
    eve = as_(cast.eve)
    assert eve.get(here(episode)).status_code == 404
    assert eve.post(here(episode), {"do": "take"}).status_code == 404
    assert eve.get(f"/team/page/{page.uid}").status_code == 404
    for address in PAGES:
        assert "Ana" not in text(eve.get(address)), address
        assert "Cal Reyes" not in text(eve.get(address)), address
    assert again(cast, episode).state == State.RAISED


def test_a_page_belongs_to_the_person_it_was_sent_to(cast: Cast, episode: Episode) -> None:
    page = Page.objects.get()
    assert page.staff_id == cast.cal.id
    assert as_(cast.bea).get(f"/team/page/{page.uid}").status_code == 404
    assert as_(cast.cal).get(f"/team/page/{page.uid}").status_code == 200


# --- the board -----------------------------------------------------------------------------------


def test_the_board_names_who_is_being_rung_and_has_one_main_button(cast: Cast, well: None, episode: Episode) -> None:
    page = text(as_(cast.bea).get("/team/"))
    assert "Nobody has this yet" in page
    assert "Asking Cal Reyes. No answer yet." in page
    assert page.count("btn main") == 1
    assert "I cannot" not in page  # Bea is not being asked
    assert "I cannot" in text(as_(cast.cal).get("/team/"))


def test_an_empty_board_names_the_good_news(cast: Cast, well: None) -> None:
    page = text(as_(cast.bea).get("/team/"))
    assert "No open crises" in page
    assert "First call" in page


def test_no_cover_is_said_aloud(db: None) -> None:
    cast = make_cast()
    assessment.ask_for_help(cast.ana, "session", cast.now)
    page = text(as_(cast.dia).get("/team/"))
    assert "No cover." in page
    assert "Asking everyone" in page


def test_trouble_stands_on_every_page_with_the_way_by_hand(cast: Cast) -> None:
    vouch.vouch(vouch.WATCHDOG, {**dict.fromkeys(PROMISES, True), "channels_work": False})
    vouch.vouch(vouch.WORKER, {})
    for address in PAGES:
        page = text(as_(cast.bea).get(address))
        assert "A way to reach staff does not work right now" in page
        assert 'href="tel:988"' in page
        assert 'href="tel:911"' in page
        assert "(520) 555-0102" in page  # Cal, who is on first call


def test_a_silent_watch_is_one_sentence_not_twelve(cast: Cast) -> None:
    page = text(as_(cast.bea).get("/team/"))
    assert "Nobody checks right now whether our alarms work" in page
    assert "Some answers of clients have not been read yet" not in page


def test_every_promise_has_words_for_staff() -> None:
    from holdfast import wiring

    assert {promise.name for promise in wiring.PROMISES} <= set(PROMISES)


def test_what_nobody_checks_is_not_called_broken(cast: Cast, well: None) -> None:
    Vouch.objects.filter(who=vouch.WATCHDOG).update(at=cast.now - timedelta(minutes=5))
    page = text(as_(cast.bea).get("/team/"))
    assert "<b>Not checked:</b> Somebody is on duty" in page
    assert "<b>This does not hold now:</b> “Somebody checks the alarms”" in page


def test_nothing_is_said_while_all_is_well(cast: Cast, well: None) -> None:
    assert "By hand:" not in text(as_(cast.bea).get("/team/"))


def test_the_board_asks_the_same_number_of_questions_however_many_rows(
    cast: Cast, well: None, episode: Episode, django_assert_max_num_queries: Any
) -> None:
    browser = as_(cast.bea)
    with django_assert_max_num_queries(40):
        browser.get("/team/")


# --- taking it -----------------------------------------------------------------------------------


def test_opening_a_link_answers_nothing(cast: Cast, episode: Episode) -> None:
    page = Page.objects.get()
    answer = as_(cast.cal).get(f"/team/page/{page.uid}")
    assert "Opening this page answers nothing" in text(answer)
    assert again(cast, episode).owner_id is None
    assert Page.objects.get().answer is None


def test_i_have_this_on_the_page_behind_the_link(cast: Cast, episode: Episode) -> None:
    page = Page.objects.get()
    answer = as_(cast.cal).post(f"/team/page/{page.uid}", {"do": "have"})
    assert answer.url == here(episode)
    now = again(cast, episode)
    assert (now.owner_id, now.owned_via) == (cast.cal.id, "page")
    assert Page.objects.get().answer == "have"


def test_i_cannot_asks_the_next_at_once(cast: Cast, episode: Episode) -> None:
    page = Page.objects.get()
    assert as_(cast.cal).post(f"/team/page/{page.uid}", {"do": "cannot"}).status_code == 302
    enter(cast.program.id)
    assert {p.staff.first_name for p in Page.objects.filter(answer=None)} == {"Priya"}
    assert Page.objects.get(id=page.id).answer == "cannot"


def test_the_second_to_take_it_is_told_who_has_it(cast: Cast, episode: Episode) -> None:
    assert press(cast.cal, episode, "take").status_code == 302
    answer = press(cast.priya, episode, "take")
    assert answer.status_code == 409
    assert "Cal Reyes has this already." in text(answer)
    assert again(cast, episode).owner_id == cast.cal.id


def test_taking_it_twice_is_taking_it_once(cast: Cast, episode: Episode) -> None:
    for _ in range(2):
        assert press(cast.cal, episode, "take").status_code == 302
    assert again(cast, episode).owned_via == "board"
    assert Page.objects.get().answer == "have"


def test_the_owner_is_there_when_they_open_it_and_not_when_it_refreshes_itself(cast: Cast, episode: Episode) -> None:
    crisis.take(episode.id, cast.cal, "sms", cast.now)
    browser = as_(cast.cal)
    browser.get(here(episode), headers={"HX-Request": "true"})
    assert again(cast, episode).owner_acted_at is None
    as_(cast.bea).get(here(episode))
    assert again(cast, episode).owner_acted_at is None
    browser.get(here(episode))
    assert again(cast, episode).owner_acted_at is not None


# --- what is typed is never lost -----------------------------------------------------------------


def test_a_try_without_a_result_says_so_and_keeps_the_note(cast: Cast, episode: Episode) -> None:
    press(cast.cal, episode, "take")
    answer = press(cast.cal, episode, "try", how="video", note="She was on a bus.", once=str(uuid4()))
    assert answer.status_code == 400
    assert "Say what came of it" in text(answer)
    assert "She was on a bus." in text(answer)
    assert '<option value="video" selected>' in text(answer)


def test_a_try_pressed_twice_is_one_try(cast: Cast, episode: Episode) -> None:
    press(cast.cal, episode, "take")
    once = str(uuid4())
    for _ in range(2):
        press(cast.cal, episode, "try", how="phone", result="no_answer", note="", once=once)
    enter(cast.program.id)
    assert Try.objects.count() == 1


def test_a_try_before_anybody_has_it_is_refused_and_kept(cast: Cast, episode: Episode) -> None:
    answer = press(cast.cal, episode, "try", how="phone", result="reached", note="We spoke.")
    assert answer.status_code == 409
    assert "Take it first" in text(answer)


def reached(cast: Cast, episode: Episode) -> None:
    crisis.take(episode.id, cast.cal, "board", cast.now)
    crisis.log_try(episode.id, cast.cal, Result.REACHED, "phone", "", None, cast.now)


SETTLED = {"disposition": "safe_with_plan", "hour": "14:30", "words": "With her sister tonight."}


@pytest.mark.parametrize(
    ("day", "hour", "sentence"),
    [
        ("2020-01-01", "14:30", "That time has passed already"),
        ("the day after", "14:30", "We could not read the day"),
        ("2099-02-31", "14:30", "We could not read the day"),
        ("2099-02-01", "half past", "We could not read the time"),
        ("2099-02-01", "", "Give the time"),
        ("", "14:30", "Give the day"),
        ("2099-02-01", "14:30", "more than 14 days away"),
        ("", "", "name the next contact"),
    ],
)
def test_a_time_that_cannot_be_is_a_sentence_and_nothing_is_lost(
    cast: Cast, episode: Episode, day: str, hour: str, sentence: str
) -> None:
    reached(cast, episode)
    answer = press(cast.cal, episode, "settle", **{**SETTLED, "day": day, "hour": hour, "by": str(cast.bea.uid)})
    assert answer.status_code in (400, 409)
    assert sentence in text(answer)
    assert "With her sister tonight." in text(answer)
    assert f'value="{cast.bea.uid}" selected' in text(answer)
    assert again(cast, episode).state == State.REACHED


def test_a_crisis_walked_to_its_end_on_the_pages(cast: Cast, episode: Episode) -> None:
    press(cast.cal, episode, "take")
    press(cast.cal, episode, "try", how="phone", result="reached", note="", once=str(uuid4()))
    day = (cast.now + timedelta(days=2)).date().isoformat()
    fields = {**SETTLED, "day": day, "by": str(cast.bea.uid)}
    assert press(cast.cal, episode, "settle", **fields).status_code == 302
    settled = again(cast, episode)
    assert settled.state == State.SETTLED
    assert settled.next_contact_at is not None
    assert settled.next_contact_at.hour == 21  # 14:30 where Ana is, in Arizona
    assert press(cast.cal, episode, "settle", **fields).status_code == 302  # a thumb that pressed twice
    refused = press(cast.cal, episode, "close", risk="low", plan="yes")
    assert "the next contact has not been made" in text(refused)
    assert 'value="low" checked' in text(refused)
    press(cast.cal, episode, "try", how="phone", result="reached", note="", once=str(uuid4()))
    too_soon = text(press(cast.cal, episode, "close", risk="low", plan="yes"))
    assert "a talk counts as it from half-way on" in too_soon
    assert again(cast, episode).state == State.SETTLED
    earlier = cast.now - timedelta(days=3)  # three days pass
    Episode.objects.filter(id=episode.id).update(settled_at=earlier, reached_at=earlier)
    press(cast.cal, episode, "try", how="phone", result="reached", note="", once=str(uuid4()))
    assert press(cast.cal, episode, "close", risk="low", plan="yes").status_code == 302
    assert again(cast, episode).state == State.CLOSED
    assert "Risk low" in text(as_(cast.cal).get(here(episode)))


def test_giving_it_back_needs_a_reason_and_keeps_nobody_waiting(cast: Cast, episode: Episode) -> None:
    press(cast.cal, episode, "take")
    refused = press(cast.cal, episode, "give_back", reason="  ")
    assert refused.status_code == 409
    assert "Say in a few words" in text(refused)
    assert press(cast.cal, episode, "give_back", reason="My own child is ill").status_code == 302
    assert again(cast, episode).state == State.RAISED
    assert Paging.objects.filter(stopped_at=None).count() == 1
    assert "Only the person who has this" in text(press(cast.priya, episode, "give_back", reason="x"))


def test_only_the_owner_lowers_the_urgency_and_says_why(cast: Cast, episode: Episode) -> None:
    press(cast.cal, episode, "take")
    assert "Only the person who has this can lower" in text(
        press(cast.bea, episode, "urgency", urgency="urgent", reason="calmer")
    )
    assert "Say why the urgency is lower" in text(press(cast.cal, episode, "urgency", urgency="urgent", reason=""))
    assert press(cast.cal, episode, "urgency", urgency="urgent", reason="She is with her sister").status_code == 302
    assert press(cast.bea, episode, "urgency", urgency="emergency", reason="").status_code == 302
    assert again(cast, episode).urgency == "emergency"


@pytest.mark.parametrize(
    "fields",
    [
        {"do": ""},
        {},
        {"do": "drop"},
        {"do": "try\x00"},
        {"do": "urgency", "urgency": "none"},
        {"do": "match", "client": "x"},
    ],
)
def test_odd_presses_are_answered_in_words(cast: Cast, episode: Episode, fields: dict[str, str]) -> None:
    answer = as_(cast.cal).post(here(episode), fields)
    assert answer.status_code in (400, 409)
    assert 'role="alert"' in text(answer)


def test_too_many_words_are_kept_and_counted(cast: Cast, episode: Episode) -> None:
    press(cast.cal, episode, "take")
    answer = press(cast.cal, episode, "try", how="phone", result="no_answer", note="word " * 1000)
    assert answer.status_code == 400
    assert "At most 4000 fit" in text(answer)


# --- a caller whom we do not know ------------------------------------------------------------------


@pytest.fixture
def stranger(cast: Cast) -> Episode:
    assessment.receive_concern(
        cast.program.id,
        name="Frank",
        phone="+15205550199",
        words="My sister does not answer.",
        place="12 Elm St",
        now=cast.now,
    )
    return Episode.objects.get(client=None)


def test_a_caller_is_matched_by_the_name_that_staff_look_for(cast: Cast, stranger: Episode) -> None:
    found = text(as_(cast.cal).get(here(stranger), {"find": "mor"}))
    assert "Ana Morales" in found
    assert "My sister does not answer." in found
    assert press(cast.cal, stranger, "match", client=str(cast.ana.uid)).status_code == 302
    assert again(cast, stranger).client_id == cast.ana.id


def test_one_letter_finds_nobody(cast: Cast, stranger: Episode) -> None:
    assert "Ana Morales" not in text(as_(cast.cal).get(here(stranger), {"find": "m"}))


def test_matched_to_a_client_in_crisis_the_two_become_one(cast: Cast, episode: Episode, stranger: Episode) -> None:
    answer = press(cast.cal, stranger, "match", client=str(cast.ana.uid))
    assert answer.url == here(episode) + "?said=joined"
    assert again(cast, stranger).state == State.CLOSED


# --- tasks, rota, contacts -------------------------------------------------------------------------


def same_day(cast: Cast) -> Task:
    from holdfast.assessment.models import RiskFinding

    finding = RiskFinding.objects.create(
        program=cast.program,
        client=cast.ana,
        rule="r",
        rule_version="1",
        input="mood",
        why="Mood is low.",
        urgency="same_day",
        at=cast.now,
    )
    later = cast.now + timedelta(hours=4)
    return Task.objects.create(
        program=cast.program,
        client=cast.ana,
        finding=finding,
        owner=cast.bea,
        why=finding.why,
        urgency="same_day",
        opened_at=cast.now,
        due_at=later,
        look_again_at=later,
    )


def test_a_task_is_finished_with_words_and_only_with_words(cast: Cast) -> None:
    task = same_day(cast)
    bea = as_(cast.bea)
    assert "Mood is low." in text(bea.get("/team/tasks/"))
    assert "Say what came of it" in text(bea.post("/team/tasks/", {"task": str(task.uid), "outcome": " "}))
    for _ in range(2):
        done = bea.post("/team/tasks/", {"task": str(task.uid), "outcome": "We talked."})
        assert done.status_code == 302
    enter(cast.program.id)
    assert Task.objects.get().done_by_id == cast.bea.id


def test_somebody_elses_task_cannot_be_finished_by_its_number(cast: Cast) -> None:
    task = same_day(cast)
    for person in (cast.cal, cast.adam, cast.eve):
        assert as_(person).post("/team/tasks/", {"task": str(task.uid), "outcome": "x"}).status_code == 400
    enter(cast.program.id)
    assert Task.objects.get().done_at is None


def test_the_rota_names_each_gap_in_words(cast: Cast) -> None:
    page = text(as_(cast.cal).get("/team/rota/"))
    assert "Not every minute is covered" in page
    assert "Cal Reyes" in page
    assert "My shifts" in page


@pytest.mark.parametrize("week", ["2026-03-09", "nonsense", "0001-01-01", "9999-12-31", "2026-11-02"])
def test_any_week_can_be_asked_for(cast: Cast, week: str) -> None:
    assert as_(cast.cal).get("/team/rota/", {"week": week}).status_code == 200


def test_a_new_phone_counts_once_it_was_answered_on(cast: Cast) -> None:
    cal = as_(cast.cal)
    assert "does not look like a phone number" in text(
        cal.post("/team/me/", {"do": "add", "kind": "phone", "address": "call me"})
    )
    assert (
        cal.post("/team/me/", {"do": "add", "kind": "phone", "address": "(520) 555-0177", "label": "home"}).status_code
        == 302
    )
    assert "Not tested yet" in text(cal.get("/team/me/"))
    enter(cast.program.id)
    contact = Contact.objects.get(label="home")
    assert "Answer the text" in text(cal.post("/team/me/", {"do": "arrived", "contact": str(contact.uid)}))
    assert cal.post("/team/me/", {"do": "test", "contact": str(contact.uid)}).status_code == 302


def test_somebody_elses_contact_is_not_mine_to_stop(cast: Cast) -> None:
    contact = Contact.objects.filter(staff=cast.cal).first()
    assert contact is not None
    assert as_(cast.bea).post("/team/me/", {"do": "end", "contact": str(contact.uid)}).status_code == 400
    enter(cast.program.id)
    assert Contact.objects.get(id=contact.id).ended_at is None


@pytest.mark.parametrize(
    "told",
    [
        "",
        "{}",
        "[]",
        '"x"',
        '{"endpoint": "ftp://x", "keys": {"p256dh": "a", "auth": "b"}}',
        '{"endpoint": 1, "keys": 2}',
    ],
)
def test_a_browser_that_gives_no_address_is_told_so(cast: Cast, told: str) -> None:
    assert as_(cast.cal).post("/team/me/", {"do": "push", "subscription": told}).status_code == 400


def test_a_subscription_is_kept_as_a_contact(cast: Cast) -> None:
    told = '{"endpoint": "https://push.example/1", "keys": {"p256dh": "a", "auth": "b"}}'
    assert as_(cast.cal).post("/team/me/", {"do": "push", "subscription": told, "label": "Phone"}).status_code == 302
    enter(cast.program.id)
    assert Contact.objects.get(kind="push").staff_id == cast.cal.id


def test_gaps_are_where_nobody_of_a_level_is() -> None:
    from datetime import UTC, datetime

    from holdfast.oncall.rules import Stint, Swap
    from holdfast.web.team.stretches import gaps

    def at(hour: int) -> datetime:
        return datetime(2026, 11, 23, hour, tzinfo=UTC)

    stints = [
        Stint(1, Level.FIRST, at(0), at(8)),
        Stint(2, Level.FIRST, at(9), at(20)),
        Stint(3, Level.BACKUP, at(0), at(12)),
    ]
    swaps = [Swap(2, None, Level.FIRST, at(12), at(13))]
    found = [(gap.since.hour, gap.until.hour) for gap in gaps(stints, swaps, at(0), at(20), (Level.FIRST,))]
    assert found == [(8, 9), (12, 13)]
    assert [(gap.since.hour, gap.until.hour) for gap in gaps(stints, swaps, at(0), at(20), tuple(Level))] == [(12, 13)]
