"""What the client says: told at once, shown first, and it never closes, lowers or puts off anything."""

from datetime import timedelta

import pytest

from holdfast.assessment import actions as assessment
from holdfast.content.shapes import Urgency
from holdfast.crisis import actions
from holdfast.crisis.heard import heard_in
from holdfast.crisis.models import Episode, Move, Signal, Voice
from holdfast.crisis.queries import whole
from holdfast.crisis.rules import Result, Said, State
from holdfast.crisis.voices import ONE_PRESS, say
from holdfast.ledger.scope import enter
from holdfast.notify.models import Attempt
from holdfast.people.access import Actor, Kind
from holdfast.people.rules import Role
from holdfast.people.tests.cast import Cast

MINUTE = timedelta(minutes=1)


@pytest.fixture
def episode(cast: Cast) -> Episode:
    cast.night_shift()
    assessment.ask_for_help(cast.ana, "session", cast.now)
    return Episode.objects.get()


def again(episode: Episode) -> Episode:
    return Episode.objects.get(id=episode.id)


def told(cast: Cast) -> int:
    return Attempt.objects.filter(words="new_signal", staff=cast.cal, channel="in_app").count()


def test_it_got_worse_joins_the_open_crisis_as_a_signal(cast: Cast, episode: Episode) -> None:
    say(cast.ana, Said.WORSE, "page", cast.now + MINUTE)
    assert Episode.objects.count() == 1
    assert Signal.objects.filter(episode=episode, finding__rule="got-worse").count() == 1


def test_it_got_worse_raises_an_urgent_crisis_to_an_emergency(cast: Cast, episode: Episode) -> None:
    actions.take(episode.id, cast.cal, "board", cast.now)
    actions.change_urgency(episode.id, cast.cal, Urgency.URGENT, "calmer", cast.now)
    say(cast.ana, Said.WORSE, "page", cast.now + MINUTE)
    assert again(episode).urgency == Urgency.EMERGENCY
    assert told(cast) == 1


def test_it_got_worse_never_puts_off_the_next_look(cast: Cast, episode: Episode) -> None:
    actions.take(episode.id, cast.cal, "board", cast.now)
    before = again(episode).look_again_at
    say(cast.ana, Said.WORSE, "page", cast.now + MINUTE)
    after = again(episode).look_again_at
    assert before is not None
    assert after is not None
    assert after <= before


def test_it_got_worse_after_it_was_settled_seeks_somebody_again(cast: Cast, episode: Episode) -> None:
    actions.take(episode.id, cast.cal, "board", cast.now)
    actions.log_try(episode.id, cast.cal, Result.REACHED, "phone", "", None, cast.now)
    Episode.objects.filter(id=episode.id).update(
        state=State.SETTLED, settled_at=cast.now, next_contact_at=cast.now + MINUTE
    )
    say(cast.ana, Said.WORSE, "page", cast.now + MINUTE)
    assert again(episode).state == State.RAISED


def test_it_got_worse_with_no_open_crisis_opens_one(cast: Cast) -> None:
    cast.night_shift()
    say(cast.ana, Said.WORSE, "page", cast.now)
    opened = Episode.objects.get()
    assert (opened.state, opened.urgency) == (State.RAISED, Urgency.EMERGENCY)
    assert Voice.objects.get().episode == opened


@pytest.mark.parametrize("said", [Said.SAFE, Said.TEXT])
@pytest.mark.parametrize("owned", [True, False])
def test_the_other_words_move_nothing(cast: Cast, episode: Episode, said: Said, owned: bool) -> None:
    if owned:
        actions.take(episode.id, cast.cal, "board", cast.now)
    before = again(episode)
    moves = Move.objects.count()
    say(cast.ana, said, "page", cast.now + MINUTE)
    after = again(episode)
    assert (after.state, after.urgency, after.owner_id, after.look_again_at) == (
        before.state,
        before.urgency,
        before.owner_id,
        before.look_again_at,
    )
    assert Move.objects.count() == moves
    assert told(cast) == owned


@pytest.mark.parametrize("said", list(Said))
def test_pressed_twice_is_said_once(cast: Cast, episode: Episode, said: Said) -> None:
    actions.take(episode.id, cast.cal, "board", cast.now)
    for seconds in (0, 5):
        say(cast.ana, said, "page", cast.now + timedelta(seconds=seconds))
    assert Voice.objects.count() == 1
    assert told(cast) == 1
    say(cast.ana, said, "page", cast.now + ONE_PRESS)
    assert Voice.objects.count() == 2


def test_all_of_it_stands_on_the_timeline_and_first_on_the_page(cast: Cast, episode: Episode) -> None:
    for number, said in enumerate(Said):
        say(cast.ana, said, "page", cast.now + number * MINUTE)
    cal = Actor(Kind.STAFF, cast.program.id, cast.cal.id, Role.CLINICIAN, cast.cal.name)
    words = " ".join(line.words for line in whole(cal, episode.uid).timeline)
    for each in ("It got worse", "I am safe now", "Please text, I cannot talk"):
        assert each in words
    found = heard_in(episode.uid)
    assert (found.worse_at, found.safe_at, found.text_since) == (
        cast.now,
        cast.now + MINUTE,
        cast.now + 2 * MINUTE,
    )


def test_another_program_hears_nothing(cast: Cast, episode: Episode) -> None:
    say(cast.ana, Said.TEXT, "page", cast.now)
    enter(cast.other.id)
    assert not Voice.objects.exists()
