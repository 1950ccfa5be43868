"""The watch may ask every promise, and is told of a client and of a worry that nobody has looked at for long."""

from datetime import timedelta

import pytest

from holdfast.assessment.models import RiskFinding
from holdfast.ledger.promises import Promise, violators
from holdfast.people.models import Client
from holdfast.people.tests.cast import Cast, make_cast
from holdfast.wiring import PROMISES

NAMED = {promise.name: promise for promise in PROMISES}


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.mark.role("watchdog")
@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.name)
def test_the_watch_may_ask_every_promise(transactional_db: None, promise: Promise) -> None:
    assert violators(promise).holds


def test_a_client_at_whom_nobody_ever_looked_is_told_of(cast: Cast) -> None:
    promise = NAMED["silence_is_looked_at"]
    assert violators(promise).holds
    since = cast.now - timedelta(minutes=10)
    Client.objects.filter(id=cast.ana.id).update(standing_since=since, silence_look_at=None)
    assert violators(promise).rows == ((cast.program.id, cast.ana.id),)


@pytest.mark.parametrize(("days", "told"), [(2, True), (29, True), (31, False)])
def test_a_worry_that_was_lost_is_told_of_for_a_month(cast: Cast, days: int, told: bool) -> None:
    lost = RiskFinding.objects.create(
        program=cast.program, client=cast.ana, rule="help-now", urgency="urgent", at=cast.now - timedelta(days=days)
    )
    rows = violators(NAMED["every_worry_has_a_crisis"]).rows
    assert rows == (((cast.program.id, lost.id),) if told else ())
