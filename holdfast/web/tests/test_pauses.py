"""A pause is given its day on the page of a crisis too, and stands with it wherever a client's standing does."""

from datetime import timedelta

import pytest

from holdfast.crisis.models import Ask
from holdfast.crisis.tests.course import reached_by_cal
from holdfast.ledger.scope import enter
from holdfast.people.actions import change_standing
from holdfast.people.models import Client
from holdfast.people.rules import Pause, Standing
from holdfast.people.tests.cast import Cast, make_cast
from holdfast.web.tests.test_team import as_, here, press, text


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def test_on_the_page_of_a_crisis_a_pause_needs_a_day_and_keeps_what_was_typed(cast: Cast) -> None:
    episode = reached_by_cal(cast)
    typed = {"standing": "paused", "why": "Her mother is ill", "to": str(cast.bea.uid)}
    refused = press(cast.cal, episode, "standing", **typed, until="2001-01-01")
    page = text(refused)
    assert refused.status_code == 400
    assert "A pause ends on a day that is still to come" in page
    assert 'value="2001-01-01" aria-describedby="st-until-h why-standing" aria-invalid="true"' in page
    assert 'value="Her mother is ill"' in page
    enter(cast.program.id)
    assert not Ask.objects.exists()
    day = cast.now.date() + timedelta(days=20)
    assert press(cast.cal, episode, "standing", **typed, until=day.isoformat()).status_code == 302
    enter(cast.program.id)
    assert Client.objects.get(id=cast.ana.id).standing == "paused"
    assert f"<b>Paused until {day:%b} {day.day}</b>" in text(as_(cast.cal).get(here(episode)))


def test_the_list_of_clients_says_until_when_and_a_pause_of_an_older_release_only_that_it_is_one(cast: Cast) -> None:
    day = cast.now.date() + timedelta(days=20)
    change_standing(cast.ana, Standing.PAUSED, cast.now, Pause(day, "away"))
    assert f"Paused until {day:%b} {day.day}" in text(as_(cast.bea).get("/team/people/"))
    enter(cast.program.id)
    Client.objects.filter(id=cast.ana.id).update(pause_ends_at=None)
    assert ">Paused<" in text(as_(cast.bea).get("/team/people/"))
