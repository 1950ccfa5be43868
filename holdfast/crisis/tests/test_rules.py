"""The table of a crisis, its guards and its clocks: no database."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.content.shapes import Urgency
from holdfast.crisis.rules import (
    ARRIVES_SOMEWHERE,
    HAS_OWNER,
    MOVES,
    OPEN,
    Disposition,
    Ground,
    Landing,
    Look,
    Move,
    News,
    NotAllowed,
    State,
    Waits,
    after,
    higher,
    look_again,
    why_give_back,
    why_not_close,
    why_not_lower,
    why_not_settle,
)

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WAITS = Waits(
    next_turn=2 * MINUTE,
    first_try=5 * MINUTE,
    owner_silent=10 * MINUTE,
    phone_hold=5 * MINUTE,
    reached_silent=60 * MINUTE,
)


@pytest.mark.parametrize(("state", "move"), list(product(State, Move)))
def test_every_pair_is_in_the_table_or_refused(state: State, move: Move) -> None:
    if (state, move) in MOVES:
        assert after(state, move) == MOVES[state, move]
    else:
        with pytest.raises(NotAllowed, match=f"{state} cannot {move.replace('_', ' ')}"):
            after(state, move)


@pytest.mark.parametrize("state", sorted(OPEN - {State.CLOSED}))
def test_every_open_state_hears_a_new_signal(state: State) -> None:
    assert after(state, Move.NEW_SIGNAL) in OPEN


def reachable(state: State) -> set[State]:
    seen, ahead = set(), [state]
    while ahead:
        here = ahead.pop()
        seen.add(here)
        ahead += [there for (start, _), there in MOVES.items() if start == here and there not in seen]
    return seen


@pytest.mark.parametrize("state", State)
def test_every_state_can_come_to_an_end(state: State) -> None:
    assert State.CLOSED in reachable(state)


def test_nothing_follows_an_end() -> None:
    assert not [move for (state, move) in MOVES if state == State.CLOSED]


def test_nobody_closes_what_has_not_settled() -> None:
    assert [state for (state, move) in MOVES if move == Move.CLOSE] == [State.SETTLED]


@given(st.sampled_from(Urgency), st.sampled_from(Urgency))
def test_the_higher_urgency_never_loses(one: Urgency, other: Urgency) -> None:
    assert higher(one, other).weight == max(one.weight, other.weight)


def look(state: State, **more: object) -> Look:
    usual: dict[str, object] = {
        "owned_at": NOW,
        "by_phone": False,
        "acted_at": None,
        "signal_at": NOW - MINUTE,
        "next_contact_at": None,
    }
    return Look(state=state, **(usual | more))


@pytest.mark.parametrize(
    ("what", "due"),
    [
        (look(State.OWNED, by_phone=True), 5),
        (look(State.OWNED, by_phone=True, acted_at=NOW + MINUTE), 11),
        (look(State.OWNED), 10),
        (look(State.OWNED, acted_at=NOW + 4 * MINUTE), 14),
        (look(State.OWNED, acted_at=NOW, signal_at=NOW + 3 * MINUTE), 5),
        (look(State.REACHED, acted_at=NOW), 60),
        (look(State.SETTLED, next_contact_at=NOW + 90 * MINUTE), 95),
        (look(State.SETTLED, next_contact_at=NOW + 90 * MINUTE, followed_up_at=NOW + 10 * MINUTE), 95),
        (look(State.SETTLED, next_contact_at=NOW + 90 * MINUTE, followed_up_at=NOW + 80 * MINUTE), 140),
        (look(State.RAISED), 1),
    ],
)
def test_when_it_is_looked_at_again(what: Look, due: int) -> None:
    assert look_again(what, WAITS, NOW) == NOW + due * MINUTE


@pytest.mark.parametrize(
    "what", [look(State.OWNED, by_phone=True), look(State.OWNED), look(State.REACHED, acted_at=NOW)]
)
def test_a_silent_owner_loses_it_exactly_when_the_time_is_up(what: Look) -> None:
    due = look_again(what, WAITS, NOW)
    assert why_give_back(what, WAITS, due - timedelta(seconds=1)) is None
    assert why_give_back(what, WAITS, due)


@pytest.mark.parametrize("state", sorted(set(State) - HAS_OWNER))
def test_what_nobody_owns_cannot_be_given_back(state: State) -> None:
    assert why_give_back(look(state), WAITS, NOW + timedelta(days=9)) is None


SOON = NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("state", "disposition", "at", "by", "says"),
    [
        (State.OWNED, Disposition.SAFE_WITH_PLAN, SOON, 1, "nobody has spoken with the client"),
        (State.RAISED, Disposition.SAFE_WITH_PLAN, SOON, 1, "is raised"),
        (State.REACHED, None, SOON, 1, "say how it ended"),
        (State.REACHED, Disposition.JOINED_ANOTHER, SOON, 1, "say how it ended"),
        (State.REACHED, Disposition.SAFE_WITH_PLAN, None, 1, "name the next contact"),
        (State.REACHED, Disposition.SAFE_WITH_PLAN, SOON, None, "name the next contact"),
        (State.REACHED, Disposition.SAFE_WITH_PLAN, NOW, 1, "in the past"),
        (State.REACHED, Disposition.SAFE_WITH_PLAN, NOW + timedelta(days=365), 1, "more than 14 days"),
    ],
)
def test_why_not_settle(
    state: State, disposition: Disposition | None, at: datetime | None, by: int | None, says: str
) -> None:
    assert says in (why_not_settle(state, disposition, at, by, NOW) or "")


def test_settle() -> None:
    assert why_not_settle(State.REACHED, Disposition.NO_DANGER_FOUND, SOON, 1, NOW) is None


@pytest.mark.parametrize(
    ("state", "landing", "says"),
    [
        (State.REACHED, Landing(True, "low", True, {}), "is reached"),
        (State.SETTLED, Landing(False, "low", True, {}), "next contact"),
        (State.SETTLED, Landing(True, None, True, {}), "assessed again"),
        (State.SETTLED, Landing(True, "low", False, {}), "safety plan"),
    ],
)
def test_why_not_close(state: State, landing: Landing, says: str) -> None:
    assert says in (why_not_close(state, landing) or "")


ALL_WAIVED = dict.fromkeys(("next_contact", "reassessment", "plan"), "she moved away")


@pytest.mark.parametrize("ground", Ground)
def test_each_thing_missing_may_be_waived_with_a_reason(ground: Ground) -> None:
    landing = Landing(
        False, None, False, ALL_WAIVED, ground, disposition=Disposition.EMERGENCY_ROOM, died=ground is Ground.DIED
    )
    assert why_not_close(State.SETTLED, landing) is None


def test_a_living_clients_crisis_is_not_closed_on_the_ground_that_they_died() -> None:
    landing = Landing(False, None, False, ALL_WAIVED, Ground.DIED)
    assert "not recorded that the client has died" in (why_not_close(State.SETTLED, landing) or "")


@pytest.mark.parametrize("ended", set(Disposition) - ARRIVES_SOMEWHERE)
def test_admitted_is_a_ground_only_where_the_client_went_somewhere(ended: Disposition) -> None:
    landing = Landing(False, None, False, ALL_WAIVED, Ground.ADMITTED, disposition=ended)
    assert "did not end with the client going anywhere" in (why_not_close(State.SETTLED, landing) or "")


@pytest.mark.parametrize("name", ["next_contact", "reassessment", "plan"])
def test_a_reason_of_a_letter_is_no_reason(name: str) -> None:
    landing = Landing(False, None, False, {**ALL_WAIVED, name: "x y z"}, Ground.REFUSED)
    assert "Write a little more" in (why_not_close(State.SETTLED, landing) or "")


def test_after_it_got_worse_nobody_settles_before_they_have_talked_again() -> None:
    def said(news: News) -> str:
        return why_not_settle(State.REACHED, Disposition.SAFE_WITH_PLAN, SOON, 1, NOW, news) or ""

    assert "Talk with the client again" in said(News(talked_at=NOW - 8 * MINUTE, news_at=NOW - MINUTE))
    assert said(News(talked_at=NOW - MINUTE, news_at=NOW - 8 * MINUTE)) == ""


@pytest.mark.parametrize(
    ("news", "says"),
    [
        (News(pressed=True, answered=True), "an answer of the client raised this"),
        (News(pressed=False), "no press raised this"),
        (News(level="high"), "was judged high"),
        (News(level="low"), ""),
    ],
)
def test_a_wrong_press_is_one_only_where_a_press_and_nothing_else_raised_it(news: News, says: str) -> None:
    said = why_not_settle(State.REACHED, Disposition.NO_DANGER_FOUND, SOON, 1, NOW, news) or ""
    assert (says in said) if says else said == ""


def test_the_next_contact_is_waived_on_three_grounds_only() -> None:
    assert "only when the client died" in (why_not_close(State.SETTLED, Landing(False, "low", True, ALL_WAIVED)) or "")
    assert "has not been made" in (why_not_close(State.SETTLED, Landing(False, "low", True, {}, Ground.DIED)) or "")


def test_a_wrong_press_is_not_settled_without_a_human_contact() -> None:
    said = why_not_settle(State.OWNED, Disposition.NO_DANGER_FOUND, SOON, 1, NOW)
    assert "even a wrong press" in (said or "")


def test_that_a_client_died_is_never_how_somebody_settles_it() -> None:
    assert "say how it ended" in (why_not_settle(State.REACHED, Disposition.DIED, SOON, 1, NOW) or "")


@pytest.mark.parametrize("state", sorted(OPEN))
def test_a_death_ends_every_open_crisis(state: State) -> None:
    assert after(state, Move.DIED) is State.CLOSED


@pytest.mark.parametrize("state", State)
def test_handing_over_changes_the_owner_and_never_the_state(state: State) -> None:
    assert MOVES.get((state, Move.HAND_OVER)) == (state if state in HAS_OWNER else None)


def test_why_not_lower() -> None:
    assert "Nobody has this" in (why_not_lower(False, State.RAISED, "calmer") or "")
    assert "Only the person" in (why_not_lower(False, State.OWNED, "calmer") or "")
    assert "Say why" in (why_not_lower(True, State.OWNED, "  ") or "")
    assert why_not_lower(True, State.REACHED, "calmer") is None
