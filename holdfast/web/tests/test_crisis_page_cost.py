"""The crisis page asks the database at most 21 times: whoever looks, whatever the state, trouble or not."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from holdfast.assessment import actions as assessment
from holdfast.consent.actions import Telling, told
from holdfast.consent.queries import known_of
from holdfast.consent.words import Field, Info, Now, Recipient
from holdfast.content.shapes import Urgency
from holdfast.crisis import actions as crisis
from holdfast.crisis import guide, handing, landing
from holdfast.crisis.course import Asked
from holdfast.crisis.models import Episode
from holdfast.crisis.rules import Disposition, Result
from holdfast.crisis.tests.course import MINUTE
from holdfast.ledger import vouch
from holdfast.ledger.scope import enter
from holdfast.oncall import actions as oncall
from holdfast.oncall.rules import Level
from holdfast.people import reaching
from holdfast.people.models import Staff
from holdfast.people.reaching import Wishes
from holdfast.people.tests.cast import Cast
from holdfast.plans import actions as plans
from holdfast.plans.rules import Part, Someone
from holdfast.web.team.words import PROMISES
from holdfast.web.tests.test_team import as_, here, text

MOST = 21  # twenty, and one why this person may see it
Story = Callable[[Cast, Episode], None]


def asked_by(person: Staff, episode: Episode) -> list[str]:
    browser = as_(person)
    with CaptureQueriesContext(connection) as seen:
        answer = browser.get(here(episode))
    assert answer.status_code == 200
    every = [q["sql"] for q in seen.captured_queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    looks = [one for one in every if "insert into ledger_chartread" in one]
    assert len(looks) == 1, "that somebody looked is written down once, beside what is asked"
    return [one for one in every if one not in looks]


@pytest.fixture
def episode(cast: Cast) -> Episode:
    """Ana has a plan, wishes, somebody she named, and a crisis; everybody of the team is on duty, an administrator too."""
    cast.night_shift()
    for person, level in ((cast.dia, Level.SUPERVISOR), (cast.adam, Level.BACKUP)):
        oncall.add_shift(cast.program.id, person, level, cast.now - MINUTE, cast.now + timedelta(hours=8))
    reaching.write_reaching(cast.ana, Wishes(caller_says="The bookshop"), cast.bea, cast.now)
    reaching.name_supporter(cast.ana, name="Frank", relation="", phone="520 555 0142", by=cast.bea, now=cast.now)
    people = (Someone(Part.HELPERS, "Frank", "520 555 0142"),)
    plans.write(cast.ana, cast.bea, {Part.SIGNS: "Not sleeping."}, people, "moderate", cast.now)
    assessment.ask_for_help(cast.ana, "session", cast.now)
    return Episode.objects.get(client=cast.ana)


def raised(cast: Cast, episode: Episode) -> None:
    """Nobody has it yet."""


def owned(cast: Cast, episode: Episode) -> None:
    crisis.take(episode.id, cast.cal, "board", cast.now)
    guide.note(episode.id, cast.cal, "Her sister is with her.", uuid4(), cast.now)


def owned_by_the_director(cast: Cast, episode: Episode) -> None:
    crisis.take(episode.id, cast.dia, "board", cast.now)


def not_reached(cast: Cast, episode: Episode) -> None:
    owned(cast, episode)
    for _ in range(2):
        crisis.log_try(episode.id, cast.cal, Result.NO_ANSWER, "phone", "", uuid4(), cast.now)


def handed_over_and_a_second_called(cast: Cast, episode: Episode) -> None:
    owned(cast, episode)
    handing.ask(episode.id, cast.cal, Asked.HAND_OVER, cast.dia, "my shift ends", cast.now)
    handing.ask(episode.id, cast.cal, Asked.SECOND, cast.priya, "I stay on the line", cast.now)


def reached(cast: Cast, episode: Episode) -> None:
    owned(cast, episode)
    crisis.log_try(episode.id, cast.cal, Result.REACHED, "phone", "she is calmer", uuid4(), cast.now)
    crisis.change_urgency(episode.id, cast.cal, Urgency.URGENT, "calmer", cast.now)


def somebody_told(cast: Cast, episode: Episode) -> None:
    owned(cast, episode)
    said = {Field.RECIPIENT: "Officer Lund", Field.BELIEF: "She will die", Field.FACTS: "She wrote goodbye"}
    telling = Telling(Recipient.POLICE, (Info.DANGER,), "Where she is", said, notice_given=False, at=cast.now)
    answer = known_of(cast.ana, cast.now).may_tell(Recipient.POLICE, Info.DANGER, (Now.DANGER,))
    told(cast.ana, telling, answer, cast.cal, cast.now, uuid4())


def settled(cast: Cast, episode: Episode) -> None:
    reached(cast, episode)
    landing.settle(
        episode.id,
        cast.cal,
        disposition=Disposition.SAFE_WITH_PLAN,
        next_contact_at=cast.now + timedelta(hours=2),
        next_contact_by=cast.bea.id,
        words="She sleeps at her sister's.",
        now=cast.now,
    )


STORIES: tuple[Story, ...] = (
    *(raised, owned, owned_by_the_director, not_reached, handed_over_and_a_second_called, reached, settled),
    somebody_told,
)


@pytest.mark.parametrize("story", STORIES)
def test_the_page_asks_at_most_so_many_times_whoever_looks_in_every_state(
    cast: Cast, episode: Episode, story: Story
) -> None:
    story(cast, episode)
    for person in (cast.cal, cast.bea, cast.priya, cast.dia):
        vouch.vouch(vouch.WATCHDOG, dict.fromkeys(PROMISES, True))
        vouch.vouch(vouch.WORKER, {})
        calm = asked_by(person, episode)
        enter(cast.program.id)
        vouch.vouch(vouch.WATCHDOG, {**dict.fromkeys(PROMISES, True), "channels_work": False})
        trouble = asked_by(person, episode)
        enter(cast.program.id)
        assert len(calm) == len(trouble), "that there is trouble costs nothing more"
        assert len(trouble) <= MOST, person.name + "\n" + "\n".join(one[:110] for one in trouble)


def test_with_trouble_and_nobody_on_duty_it_names_who_leads_and_asks_no_more(cast: Cast) -> None:
    assessment.ask_for_help(cast.ana, "session", cast.now)
    episode = Episode.objects.get(client=cast.ana)
    vouch.vouch(vouch.WATCHDOG, {**dict.fromkeys(PROMISES, True), "channels_work": False})
    vouch.vouch(vouch.WORKER, {})
    for person in (cast.adam, cast.cal, cast.dia):  # everybody is paged, an administrator too
        assert len(asked_by(person, episode)) <= MOST
        enter(cast.program.id)
    crisis.take(episode.id, cast.cal, "board", cast.now)
    assert len(asked_by(cast.cal, episode)) <= MOST
    enter(cast.program.id)
    page = text(as_(cast.cal).get(here(episode)))
    assert "By hand: <a" in page
    assert f"{cast.dia.name} (520)" in page


def test_the_page_of_a_caller_whom_we_do_not_know_asks_at_most_so_many_times(cast: Cast) -> None:
    cast.night_shift()
    assessment.receive_concern(
        cast.program.id, name="Frank", phone="520 555 0118", words="My sister", place="", now=cast.now
    )
    episode = Episode.objects.get(client=None)
    for person in (cast.cal, cast.dia):
        assert len(asked_by(person, episode)) <= MOST
        enter(cast.program.id)
