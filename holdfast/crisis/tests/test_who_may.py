"""Who changes where a client stands, and who may open a crisis that is over."""

from datetime import date, timedelta

import pytest

from holdfast.crisis import handing, landing, leaving
from holdfast.crisis.course import Asked
from holdfast.crisis.models import Episode
from holdfast.crisis.queries import visible_to
from holdfast.crisis.rules import Ground, NotAllowed
from holdfast.crisis.tests.course import MINUTE, fresh, settled_by_cal, taken_by_cal
from holdfast.people.models import Client, Staff
from holdfast.people.queries import actor_of
from holdfast.people.rules import Standing
from holdfast.people.tests.cast import Cast


def standing(cast: Cast) -> str:
    return Client.objects.get(id=cast.ana.id).standing


def closed(cast: Cast) -> Episode:
    episode = settled_by_cal(cast)
    waivers = dict.fromkeys(("next_contact", "reassessment", "plan"), "in her own words")
    landing.close(
        episode.id,
        cast.cal,
        risk_level=None,
        plan_reviewed=False,
        waivers=waivers,
        now=cast.now + 20 * MINUTE,
        ground=Ground.REFUSED,
    )
    return fresh(episode)


def may_open(staff: Staff, episode: Episode) -> bool:
    return visible_to(actor_of(staff)).filter(id=episode.id).exists()


def soon(cast: Cast) -> date:
    return cast.now.date() + timedelta(days=14)


def test_nobody_but_their_team_who_leads_or_who_is_in_it_changes_a_standing(cast: Cast) -> None:
    with pytest.raises(NotAllowed, match="Only the client's own team"):
        leaving.change_standing(cast.ana, Standing.PAUSED, cast.priya, "bored", cast.now, until=soon(cast))
    assert standing(cast) == Standing.ACTIVE
    for staff, to in ((cast.bea, Standing.PAUSED), (cast.dia, Standing.ACTIVE)):
        leaving.change_standing(cast.ana, to, staff, "as agreed", cast.now, until=soon(cast))
        assert standing(cast) == to


def test_who_had_a_crisis_that_is_closed_changes_no_standing_any_more(cast: Cast) -> None:
    closed(cast)
    with pytest.raises(NotAllowed, match="Only the client's own team"):
        leaving.change_standing(cast.ana, Standing.DISCHARGED, cast.cal, "gone", cast.now + 30 * MINUTE)


def test_who_is_in_the_open_crisis_may(cast: Cast) -> None:
    taken_by_cal(cast)
    leaving.change_standing(cast.ana, Standing.OTHER_CARE, cast.cal, "admitted", cast.now, cast.bea)
    assert standing(cast) == Standing.OTHER_CARE


def test_only_who_leads_takes_back_that_a_client_has_died(cast: Cast) -> None:
    leaving.change_standing(cast.ana, Standing.DIED, cast.dia, "The county called", cast.now)
    with pytest.raises(NotAllowed, match="A supervisor or the director"):
        leaving.change_standing(cast.ana, Standing.ACTIVE, cast.bea, "It was somebody else", cast.now)
    leaving.change_standing(cast.ana, Standing.ACTIVE, cast.dia, "It was somebody else", cast.now)
    assert standing(cast) == Standing.ACTIVE


def test_the_same_standing_again_moves_no_date(cast: Cast) -> None:
    leaving.change_standing(cast.ana, Standing.PAUSED, cast.bea, "two weeks", cast.now, until=soon(cast))
    leaving.change_standing(cast.ana, Standing.PAUSED, cast.bea, "two weeks", cast.now + MINUTE, until=soon(cast))
    assert Client.objects.get(id=cast.ana.id).standing_since == cast.now


def test_a_closed_crisis_is_for_their_team_who_leads_and_who_took_part(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    assert may_open(cast.priya, episode), "an open one is for everybody who may help"
    episode = fresh(episode)
    leaving.change_standing(cast.ana, Standing.DIED, cast.dia, "The county called", cast.now)
    seen = {staff.name for staff in (cast.bea, cast.cal, cast.dia, cast.priya, cast.adam) if may_open(staff, episode)}
    assert seen == {cast.bea.name, cast.cal.name, cast.dia.name}


def test_who_was_called_in_may_read_it_afterwards(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    asked = handing.ask(episode.id, cast.cal, Asked.SECOND, cast.priya, "", cast.now)
    handing.accept(asked.uid, cast.priya, cast.now)
    leaving.change_standing(cast.ana, Standing.DIED, cast.dia, "The county called", cast.now)
    assert may_open(cast.priya, episode)
