"""Until when somebody is to have tried: nothing that was in time is late afterwards."""

from datetime import UTC, datetime

import pytest

from holdfast.assessment import actions as assessment
from holdfast.assessment.models import HelpCall
from holdfast.content.shapes import Urgency
from holdfast.crisis import actions, voices
from holdfast.crisis.afterwards import look_back
from holdfast.crisis.models import Clock, Episode
from holdfast.crisis.queries import Standing, what_became_of_call
from holdfast.crisis.rules import Result, Said
from holdfast.crisis.tests.course import MINUTE, fresh, rings
from holdfast.crisis.tests.test_after import who
from holdfast.crisis.trying import due_by
from holdfast.people.tests.cast import Cast

TWO = datetime(2026, 11, 24, 2, tzinfo=UTC)
WAITS = {Urgency.EMERGENCY: 5 * MINUTE, Urgency.URGENT: 15 * MINUTE}


def at(minute: int) -> datetime:
    return TWO + minute * MINUTE


@pytest.mark.parametrize(
    ("steps", "due"),
    [
        ([(-3, Urgency.URGENT)], 15),
        ([(-3, Urgency.URGENT), (-1, Urgency.EMERGENCY)], 5),
        ([(-3, Urgency.URGENT), (4, Urgency.EMERGENCY)], 9),
        ([(-3, Urgency.URGENT), (12, Urgency.EMERGENCY)], 15),
        ([(-3, Urgency.EMERGENCY), (4, Urgency.EMERGENCY)], 5),
        ([(-3, Urgency.EMERGENCY), (1, Urgency.URGENT)], 15),
        ([(-3, Urgency.EMERGENCY), (1, Urgency.URGENT), (2, Urgency.EMERGENCY)], 7),
    ],
)
def test_a_graver_clock_counts_from_when_it_became_graver(steps: list[tuple[int, Urgency]], due: int) -> None:
    assert due_by(TWO, [(at(minute), urgency) for minute, urgency in steps], WAITS.__getitem__) == at(due)


def urgent_and_taken(cast: Cast) -> Episode:
    cast.night_shift()
    assessment.ask_for_help(cast.ana, "session", cast.now)
    episode = actions.take(Episode.objects.get().id, cast.cal, "board", cast.now)
    return actions.change_urgency(episode.id, cast.cal, Urgency.URGENT, "with her sister", cast.now)


def test_a_try_made_in_time_is_not_late_after_it_got_worse(cast: Cast) -> None:
    episode = urgent_and_taken(cast)
    actions.log_try(episode.id, cast.cal, Result.NO_ANSWER, "phone", "", None, cast.now + 8 * MINUTE)
    voices.say(cast.ana, Said.WORSE, "page", cast.now + 9 * MINUTE)
    assert fresh(episode).urgency == Urgency.EMERGENCY
    back = look_back(who(cast.dia), episode.uid)
    assert back is not None
    first_try = next(mark for mark in back.marks if mark.name == "first_try")
    assert first_try.due == cast.now + 15 * MINUTE
    assert not first_try.late(cast.now + 10 * MINUTE)


def test_a_graver_signal_rings_no_clock_that_began_before_it(cast: Cast) -> None:
    episode = urgent_and_taken(cast)
    voices.say(cast.ana, Said.WORSE, "page", cast.now + 8 * MINUTE)
    assert Clock.objects.get(timer="first_try").due_at == cast.now + 13 * MINUTE
    assert "first_try" not in rings(cast.now + 12 * MINUTE)
    assert "first_try" in rings(cast.now + 13 * MINUTE)
    back = look_back(who(cast.dia), episode.uid)
    assert back is not None
    assert back.whole.story.first_try_due == cast.now + 13 * MINUTE


def test_the_client_is_told_of_a_try_that_was_made(cast: Cast) -> None:
    episode = urgent_and_taken(cast)
    call = HelpCall.objects.get()
    before = what_became_of_call(call, cast.now + MINUTE)
    assert (before.call_by, before.tried_at) == (cast.now + 15 * MINUTE, None)
    actions.log_try(episode.id, cast.cal, Result.NO_ANSWER, "phone", "", None, cast.now + 8 * MINUTE)
    voices.say(cast.ana, Said.WORSE, "page", cast.now + 9 * MINUTE)
    voices.say(cast.ana, Said.TEXT, "page", cast.now + 10 * MINUTE)
    so = what_became_of_call(call, cast.now + 20 * MINUTE)
    assert (so.state, so.tried_at, so.text) == (Standing.TAKEN, cast.now + 8 * MINUTE, True)
