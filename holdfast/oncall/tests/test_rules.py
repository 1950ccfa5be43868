"""Whom to page: always somebody, never too soon again, and everyone within a round."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.oncall.rules import (
    ROUND_AT_LEAST,
    STEPS,
    BadPolicy,
    Cover,
    Level,
    Policy,
    Stint,
    Swap,
    Turn,
    on_shift,
    turn,
)

TWO = timedelta(minutes=2)
CAL, PRIYA, SAM, DIA, BEA = 1, 2, 3, 4, 5


def cover(
    on_duty: set[int] | None = None, busy: set[int] | None = None, cannot: set[int] | None = None, **groups: set[int]
) -> Cover:
    asked = {step: frozenset(people) for step, people in groups.items()}
    duty = (
        frozenset().union(*(asked.get(s, frozenset()) for s in ("known", "first", "backup")))
        if on_duty is None
        else frozenset(on_duty)
    )
    everyone = frozenset().union(duty, *asked.values(), {CAL, PRIYA, SAM, DIA})
    return Cover(asked, duty, everyone, frozenset(busy or ()), frozenset(cannot or ()))


POLICY = Policy(STEPS, TWO)


def test_the_first_step_is_asked_first() -> None:
    found = turn(POLICY, 1, -1, cover(first={CAL}, backup={PRIYA}))
    assert found == Turn(frozenset({CAL}), TWO, 1, 1)


def test_an_empty_step_is_skipped_at_once() -> None:
    found = turn(POLICY, 1, -1, cover(backup={PRIYA}, director={DIA}))
    assert found.people == {PRIYA}


def test_somebody_already_asked_in_this_round_is_not_a_step_of_their_own() -> None:
    found = turn(POLICY, 1, 0, cover(known={CAL}, first={CAL}, backup={PRIYA}))
    assert found.people == {PRIYA}


def test_the_last_step_is_followed_by_the_first_again_louder() -> None:
    here = cover(first={CAL}, director={DIA})
    last = turn(POLICY, 1, STEPS.index("first"), here)
    again = turn(POLICY, last.round, last.at, here)
    assert last.people == {DIA}
    assert again.people == {CAL}
    assert (again.round, again.loud) == (2, True)


def test_a_louder_round_asks_everyone_asked_so_far_again() -> None:
    found = turn(POLICY, 2, STEPS.index("first"), cover(first={CAL}, backup={PRIYA}))
    assert found.people == {CAL, PRIYA}


def test_i_cannot_in_a_louder_round_rings_only_the_next_people_and_nobody_again() -> None:
    here = cover(first={CAL}, backup={PRIYA}, director={DIA}, cannot={PRIYA})
    assert turn(POLICY, 2, STEPS.index("backup"), here, moved_on=True).people == {DIA}
    assert turn(POLICY, 2, STEPS.index("backup"), here).people == {CAL, PRIYA, DIA}


def test_after_two_unheard_rounds_everybody_is_asked() -> None:
    alone = cover(first={CAL})
    assert turn(POLICY, 2, -1, alone).people == {CAL}
    assert turn(POLICY, 3, -1, alone).people == {CAL, PRIYA, SAM, DIA}


def test_nobody_on_duty_asks_everyone_at_once_and_says_so() -> None:
    found = turn(POLICY, 1, -1, cover(on_duty=set(), director={DIA}))
    assert found.no_cover
    assert found.people == {CAL, PRIYA, SAM, DIA}
    assert found.wait == ROUND_AT_LEAST


def test_whoever_holds_an_emergency_is_not_asked_alone() -> None:
    found = turn(POLICY, 1, -1, cover(first={CAL}, backup={PRIYA}, busy={CAL}))
    assert found.people == {CAL, PRIYA}


def test_whoever_cannot_is_left_out() -> None:
    assert turn(POLICY, 1, -1, cover(first={CAL}, backup={PRIYA}, cannot={CAL})).people == {PRIYA}


def test_when_everybody_on_duty_has_said_i_cannot_everyone_else_is_asked() -> None:
    """The only clinician of the night cannot: ringing them again and again would be seeking nobody."""
    found = turn(POLICY, 1, 0, cover(first={CAL}, cannot={CAL}))
    assert found.no_cover
    assert found.people == {PRIYA, SAM, DIA}
    assert turn(POLICY, 2, 3, cover(first={CAL}, cannot={CAL, PRIYA, SAM, DIA})).people == {CAL, PRIYA, SAM, DIA}


@pytest.mark.parametrize(
    ("steps", "wait", "says"),
    [
        ((), TWO, "at least one step"),
        (("first", "the cleaner"), TWO, "the cleaner"),
        (("first", "first"), TWO, "twice"),
        (("first",), timedelta(0), "longer than nothing"),
        (("first",), timedelta(hours=2), "at most an hour"),
    ],
)
def test_a_policy_that_could_ask_nobody_is_refused(steps: tuple[str, ...], wait: timedelta, says: str) -> None:
    with pytest.raises(BadPolicy, match=says):
        Policy(steps, wait)


people = st.frozensets(st.integers(1, 6), max_size=4)
steps = st.lists(st.sampled_from(STEPS), min_size=1, max_size=5, unique=True).map(tuple)
waits = st.integers(10, 3600).map(lambda s: timedelta(seconds=s))


@st.composite
def covers(draw: st.DrawFn) -> Cover:
    groups = {step: draw(people) for step in STEPS}
    duty = draw(people) & frozenset().union(*groups.values())
    anyone = frozenset().union(draw(people), *groups.values()) | {99}
    return Cover(groups, duty, anyone, draw(people), draw(people))


@given(steps, waits, covers(), st.integers(1, 4), st.integers(-1, 4))
def test_somebody_is_always_asked_and_never_waited_for_longer_than_the_policy(
    order: tuple[str, ...], wait: timedelta, here: Cover, round_: int, at: int
) -> None:
    found = turn(Policy(order, wait), round_, min(at, len(order) - 1), here)
    assert found.people
    assert timedelta(0) < found.wait <= max(wait, ROUND_AT_LEAST)
    assert found.round >= round_
    assert -1 < found.at < len(order)


@given(steps, waits, covers())
def test_each_person_on_call_is_reached_within_one_round_and_rounds_last_two_minutes(
    order: tuple[str, ...], wait: timedelta, here: Cover
) -> None:
    policy = Policy(order, wait)
    asked: set[int] = set()
    round_, at, lasted = 1, -1, timedelta()
    while True:
        found = turn(policy, round_, at, here)
        if found.round > 1:
            break
        asked |= found.people
        lasted += found.wait
        round_, at = found.round, found.at
        assert lasted < timedelta(hours=10), "a round must end"
    if here.on_duty and not found.no_cover:
        wanted = frozenset().union(*(here.groups[s] for s in order)) - here.cannot
        assert wanted <= asked
    assert lasted >= ROUND_AT_LEAST


AT_TWO = datetime(2026, 3, 8, 9, tzinfo=UTC)


def test_a_shift_covers_its_first_moment_and_not_its_last() -> None:
    stint = Stint(CAL, Level.FIRST, AT_TWO, AT_TWO + TWO)
    assert on_shift([stint], [], AT_TWO)[Level.FIRST] == {CAL}
    assert on_shift([stint], [], AT_TWO + TWO)[Level.FIRST] == frozenset()


def test_a_swap_puts_one_in_anothers_place_for_its_time() -> None:
    stint = Stint(CAL, Level.FIRST, AT_TWO, AT_TWO + 3 * TWO)
    swap = Swap(CAL, PRIYA, Level.FIRST, AT_TWO + TWO, AT_TWO + 2 * TWO)
    seen = [on_shift([stint], [swap], AT_TWO + n * TWO)[Level.FIRST] for n in range(3)]
    assert seen == [{CAL}, {PRIYA}, {CAL}]


def test_a_place_left_open_is_empty() -> None:
    stint = Stint(CAL, Level.FIRST, AT_TWO, AT_TWO + TWO)
    assert on_shift([stint], [Swap(CAL, None, Level.FIRST, AT_TWO, AT_TWO + TWO)], AT_TWO)[Level.FIRST] == frozenset()
