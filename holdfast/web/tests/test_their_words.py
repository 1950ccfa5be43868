"""What a client or a colleague wrote is before whoever acts on it: on the task, the client's page and the crisis page."""

from datetime import timedelta
from uuid import uuid4

import pytest

from holdfast.assessment import actions as assessment
from holdfast.assessment.concerns import raise_concern
from holdfast.assessment.models import Answer, Response
from holdfast.care.models import Task
from holdfast.crisis import actions as crisis
from holdfast.crisis import guide, handing, landing
from holdfast.crisis.course import Asked
from holdfast.crisis.models import Episode
from holdfast.crisis.rules import Disposition, Result, State
from holdfast.crisis.tests.course import MINUTE
from holdfast.ledger.scope import enter
from holdfast.people.models import Staff
from holdfast.people.rating import set_risk_level
from holdfast.people.rules import RiskLevel
from holdfast.people.tests.cast import Cast, make_cast
from holdfast.web.tests.test_crisis_page_cost import MOST, asked_by
from holdfast.web.tests.test_team import as_, here, text

NOTE = "My brother moved out and I sit in the dark."
MORE = "I have not slept since Sunday."
WORRY = "She gave her dog away this morning."
TASKS = "/team/tasks/"


@pytest.fixture
def cast(db: None) -> Cast:
    made = make_cast()
    made.night_shift()
    return made


def writes(cast: Cast, words: str, *, safe: bool = True) -> Response:
    form = assessment.start_response(cast.program.id, cast.ana.id, "check-in", cast.now)
    answers = {"7": words} if safe else {"6": "1", "7": words}
    assessment.save_answers(form.uid, answers, "web", cast.now)
    assessment.judge_response(form.id, cast.now)
    return form


def client_page(cast: Cast) -> str:
    return f"/team/client/{cast.ana.uid}"


def finishes(person: Staff, task: Task, **more: str) -> int:
    return as_(person).post(TASKS, {"task": str(task.uid), "outcome": "We talked.", **more}).status_code


def test_the_task_shows_the_words_and_leads_to_the_client(cast: Cast) -> None:
    writes(cast, NOTE)
    for person in (cast.bea, cast.dia):
        page = text(as_(person).get(TASKS))
        assert NOTE in page
        assert client_page(cast) in page
    assert NOTE not in text(as_(cast.eve).get(TASKS))


def test_a_note_is_finished_only_by_whoever_has_its_words_before_them(cast: Cast) -> None:
    writes(cast, NOTE)
    task, first = Task.objects.get(), Answer.objects.get(words__isnull=False)
    assert finishes(cast.bea, task) == 400
    enter(cast.program.id)
    writes(cast, MORE)  # while Bea reads
    assert finishes(cast.bea, task, read=str(first.uid)) == 400
    enter(cast.program.id)
    assert Task.objects.get().done_at is None
    page = text(as_(cast.bea).get(TASKS))
    assert NOTE in page, "what was changed was written all the same"
    assert MORE in page
    enter(cast.program.id)
    newest = Answer.objects.filter(words__isnull=False).order_by("-id")[0]
    assert finishes(cast.bea, task, read=str(newest.uid)) == 302


def test_words_that_will_not_open_are_said_to_be_shut_and_finish_nothing(cast: Cast) -> None:
    writes(cast, NOTE)
    Answer.objects.filter(words__isnull=False).update(uid=uuid4())  # sealed to another row
    page = text(as_(cast.bea).get(TASKS))
    assert "cannot be finished here" in page
    assert 'name="read"' not in page


def test_the_clients_page_shows_what_they_wrote(cast: Cast) -> None:
    writes(cast, NOTE)
    assert NOTE in text(as_(cast.bea).get(client_page(cast)))


def test_the_crisis_page_shows_the_note_of_the_same_check_in(cast: Cast) -> None:
    writes(cast, NOTE, safe=False)
    episode = Episode.objects.get()
    page = text(as_(cast.cal).get(here(episode)))
    assert NOTE in page
    assert "They wrote a note" in page
    assert "#why" in page.partition('hx-select-oob="')[2].partition('"')[0], "and it is news on an open page"


def test_a_note_of_last_week_is_not_todays(cast: Cast) -> None:
    writes(cast, NOTE)
    Answer.objects.update(at=cast.now - timedelta(days=7))
    assessment.ask_for_help(cast.ana, "session", cast.now)
    assert NOTE not in text(as_(cast.cal).get(here(Episode.objects.get())))


def test_a_colleagues_worry_reaches_the_owner_with_words_and_name(cast: Cast) -> None:
    raise_concern(cast.ana, cast.bea, "panic", cast.now, words=WORRY)
    page = text(as_(cast.cal).get(here(Episode.objects.get())))
    assert WORRY in page
    assert cast.bea.name in page


def test_the_owner_and_helpers_of_an_open_crisis_open_the_clients_page_and_nobody_else_of_the_crisis(
    cast: Cast,
) -> None:
    assessment.ask_for_help(cast.ana, "session", cast.now)
    episode = Episode.objects.get()

    def opens(person: Staff) -> bool:
        found = as_(person).get(client_page(cast)).status_code
        enter(cast.program.id)
        return found == 200

    assert not opens(cast.cal)
    crisis.take(episode.id, cast.cal, "board", cast.now)
    assert opens(cast.cal)
    assert not opens(cast.priya)
    assert client_page(cast) not in text(as_(cast.priya).get(here(episode)))
    enter(cast.program.id)
    asked = handing.ask(episode.id, cast.cal, Asked.SECOND, cast.priya, "", cast.now)
    assert not opens(cast.priya), "asked is not called in"
    handing.accept(asked.uid, cast.priya, cast.now + MINUTE)
    assert opens(cast.priya)
    assert client_page(cast) in text(as_(cast.priya).get(here(episode)))
    enter(cast.program.id)
    assert not opens(cast.adam)
    crisis.give_back(episode.id, cast.cal, "my shift ends", cast.now + 2 * MINUTE)
    assert not opens(cast.cal)
    assert not opens(cast.priya)


def test_a_closed_crisis_opens_the_clients_page_to_nobody(cast: Cast) -> None:
    assessment.ask_for_help(cast.ana, "session", cast.now)
    episode = Episode.objects.get()
    crisis.take(episode.id, cast.cal, "board", cast.now)
    Episode.objects.filter(id=episode.id).update(state=State.CLOSED, look_again_at=None, closed_at=cast.now, owner=None)
    assert as_(cast.cal).get(client_page(cast)).status_code == 403


def test_a_risk_that_was_judged_before_is_never_called_not_rated(cast: Cast) -> None:
    set_risk_level(cast.ana, RiskLevel.HIGH, cast.bea, cast.now - MINUTE, "Means at home.")
    assessment.ask_for_help(cast.ana, "session", cast.now)
    for address in ("/team/", here(Episode.objects.get())):
        page = text(as_(cast.cal).get(address))
        assert "Risk was high" in page, address
        assert "Judge again." in page
        assert "Risk not rated yet" not in page
        enter(cast.program.id)


def test_with_notes_and_worries_the_page_still_asks_at_most_twenty_times(cast: Cast) -> None:
    for number in range(5):
        writes(cast, f"{NOTE} {number}", safe=False)
        raise_concern(cast.ana, (cast.bea, cast.dia)[number % 2], "panic", cast.now + number * MINUTE, words=WORRY)
    episode = Episode.objects.get()
    crisis.take(episode.id, cast.cal, "board", cast.now)
    guide.note(episode.id, cast.cal, "Her sister is with her.", uuid4(), cast.now)
    for person in (cast.cal, cast.bea, cast.priya, cast.dia):
        assert len(asked_by(person, episode)) <= MOST
        enter(cast.program.id)


def test_the_clients_page_leads_to_plan_reaching_and_every_crisis(cast: Cast) -> None:
    assessment.ask_for_help(cast.ana, "session", cast.now)
    first = Episode.objects.get()
    crisis.take(first.id, cast.cal, "board", cast.now)
    crisis.log_try(first.id, cast.cal, Result.REACHED, "phone", "", uuid4(), cast.now)
    landing.settle(
        first.id,
        cast.cal,
        disposition=Disposition.SAFE_WITH_PLAN,
        next_contact_at=cast.now + timedelta(hours=2),
        next_contact_by=cast.bea.id,
        words="",
        now=cast.now,
    )
    Episode.objects.filter(id=first.id).update(state=State.CLOSED, look_again_at=None, closed_at=cast.now, owner=None)
    page = text(as_(cast.bea).get(client_page(cast)))
    for there in (here(first), f"/team/people/{cast.ana.uid}/plan", f"/team/people/{cast.ana.uid}/reach"):
        assert there in page, there
    assert "Safe for now, with a plan" in page


def test_whoever_is_asked_to_take_over_sees_it_on_their_board_and_on_their_day(cast: Cast) -> None:
    assessment.ask_for_help(cast.ana, "session", cast.now)
    episode = Episode.objects.get()
    crisis.take(episode.id, cast.cal, "board", cast.now)
    handing.ask(episode.id, cast.cal, Asked.HAND_OVER, cast.priya, "", cast.now)
    for address in ("/team/", "/team/work/mine"):
        assert "You are asked to take this over." in text(as_(cast.priya).get(address)), address
        enter(cast.program.id)
        assert "You are asked to take this over." not in text(as_(cast.dia).get(address)), address
        enter(cast.program.id)
