"""After a death no consent opens anything, as of the moment it is recorded; before that moment all stands as it was."""

from datetime import timedelta

import pytest

from holdfast.consent import actions, queries
from holdfast.consent.actions import NotComplete
from holdfast.consent.sentences import DIED
from holdfast.consent.words import How, Info, Kind, Now, Recipient
from holdfast.people import reaching
from holdfast.people.actions import change_standing
from holdfast.people.models import Client, Supporter
from holdfast.people.rules import Standing
from holdfast.people.tests.cast import Cast

HOUR = timedelta(hours=1)
SIGNED = {"signature": "Ana Morales", "how": How.IN_APP, "language": "en"}


@pytest.fixture
def rosa(cast: Cast) -> Supporter:
    cast.ana.born = "1990-04-30"
    cast.ana.save()
    rosa = reaching.name_supporter(cast.ana, name="Rosa", relation="sister", phone="", by=cast.bea, now=cast.now)
    assert rosa is not None
    actions.agree(cast.ana, Kind.SUPPORTER, scopes=("here", "danger"), supporter=rosa, now=cast.now, **SIGNED)
    return rosa


def fresh(cast: Cast) -> Client:
    return Client.objects.get(id=cast.ana.id)


def test_it_is_judged_as_of_the_moment_before_and_after(cast: Cast, rosa: Supporter) -> None:
    actions.agree(cast.ana, Kind.EMERGENCY, scopes=("danger", "substances"), now=cast.now, **SIGNED)
    change_standing(cast.ana, Standing.DIED, cast.now + HOUR)
    known = queries.known_of(fresh(cast), cast.now + 2 * HOUR, every=True)
    assert known.died
    asked = (
        (Recipient.SUPPORTER, Info.HERE, (), rosa.id),
        (Recipient.EMERGENCY_MEDICAL, Info.DANGER, (Now.DANGER,), None),
    )
    for whom, what, now, person in asked:
        assert known.may_tell(whom, what, now, person).reason == DIED
        assert known.when(cast.now).may_tell(whom, what, now, person).told, "what was told while they lived"
    ((_row, seen),) = known.glances()
    assert seen.nothing
    _reach, on_a_crisis = queries.reach_and_known(fresh(cast), cast.now + 2 * HOUR)
    assert on_a_crisis.died


def test_a_death_recorded_by_mistake_closes_nothing_once_it_is_taken_back(cast: Cast, rosa: Supporter) -> None:
    change_standing(cast.ana, Standing.DIED, cast.now + HOUR)
    change_standing(cast.ana, Standing.ACTIVE, cast.now + 2 * HOUR)
    known = queries.known_of(fresh(cast), cast.now + 3 * HOUR)
    assert known.may_tell(Recipient.SUPPORTER, Info.HERE, (), rosa.id).told


def test_nothing_is_taken_back_in_the_name_of_somebody_who_died(cast: Cast, rosa: Supporter) -> None:
    row = actions.agree(cast.ana, Kind.EMERGENCY, scopes=("danger",), now=cast.now, **SIGNED)
    change_standing(cast.ana, Standing.DIED, cast.now)
    with pytest.raises(NotComplete, match="nothing is taken back in their name"):
        actions.take_back(row, cast.bea, "she said so last week", cast.now)
    row.refresh_from_db()
    assert row.revoked_at is None
