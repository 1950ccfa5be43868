"""A risk level is offered to those alone who may judge a risk; anybody else is told whom to ask."""

from datetime import timedelta

import pytest

from holdfast.crisis import landing
from holdfast.crisis.course import WHO_JUDGES
from holdfast.crisis.models import Episode
from holdfast.crisis.rules import Disposition
from holdfast.crisis.tests.course import fresh, reached_by_cal
from holdfast.ledger.scope import enter
from holdfast.people.models import Staff
from holdfast.people.rules import Role
from holdfast.people.tests.cast import Cast, make_cast
from holdfast.web.tests.test_team import as_, here, press, text

LEVELS = ('name="risk"', 'name="level"', "Write your judgement")


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def settled(cast: Cast) -> Episode:
    return landing.settle(
        reached_by_cal(cast).id,
        cast.cal,
        disposition=Disposition.SAFE_WITH_PLAN,
        next_contact_at=cast.now + timedelta(days=1),
        next_contact_by=cast.bea.id,
        words="",
        now=cast.now,
    )


@pytest.mark.parametrize(
    ("role", "judges"),
    [(Role.CLINICIAN, True), (Role.SUPERVISOR, True), (Role.DIRECTOR, True), (Role.CARE_STAFF, False)],
)
@pytest.mark.parametrize("state", ["reached", "settled"])
def test_a_level_is_offered_to_those_who_may_judge_and_others_read_whom_to_ask(
    cast: Cast, role: Role, judges: bool, state: str
) -> None:
    episode = settled(cast) if state == "settled" else reached_by_cal(cast)
    Staff.objects.filter(id=cast.cal.id).update(role=role)
    page = text(as_(cast.cal).get(here(episode)))
    offered = [each for each in LEVELS if each in page]
    assert offered == ([each for each in LEVELS if each != 'name="risk"' or state == "settled"] if judges else [])
    assert page.count(WHO_JUDGES) == (0 if judges else 2 if state == "settled" else 1)


def test_who_may_not_judge_can_close_what_somebody_else_has_judged_or_say_why_not(cast: Cast) -> None:
    episode = settled(cast)
    Staff.objects.filter(id=cast.cal.id).update(role=Role.CARE_STAFF)
    why = {"plan": "yes", "ground": "refused", "waive_next_contact": "She said: please do not call"}
    sent = press(cast.cal, episode, "close", risk="low", **why)
    assert (sent.status_code, WHO_JUDGES in text(sent)) == (409, True)
    enter(cast.program.id)
    assert (
        press(cast.cal, episode, "close", waive_reassessment="Bea judges it in the morning", **why).status_code == 302
    )
    enter(cast.program.id)
    assert fresh(episode).state == "closed"
