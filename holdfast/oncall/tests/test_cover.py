"""The cover proof against a slow look at every minute, and the cases that people trip over."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.oncall.cover import (
    Gap,
    Person,
    Rota,
    Why,
    can_fill,
    gaps,
    part_to_take,
    tell_at,
    why_not_take,
)
from holdfast.oncall.rules import STEPS, Level, Stint, Swap, on_shift

LONG_AGO, FAR = date(2020, 1, 1), date(9999, 12, 31)
PHOENIX, DENVER = ZoneInfo("America/Phoenix"), ZoneInfo("America/Denver")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2026, 11, 23, 7, tzinfo=UTC)  # midnight in Phoenix
CAL, PRIYA, DIA, SUE = 1, 2, 3, 4


def person(who: int, *states: str, contacts: int = 2, until: date | None = None, leads: str = "") -> Person:
    return Person(who, tuple((state, LONG_AGO, FAR) for state in states), contacts, LONG_AGO, until, leads)


TEAM = (person(CAL, "AZ"), person(PRIYA, "AZ", "NV"), person(DIA, "AZ", "NV", leads="director"))


def shift(who: int, since: float, until: float, level: Level = Level.FIRST) -> Stint:
    return Stint(who, level, MONDAY + since * HOUR, MONDAY + until * HOUR)


def rota(
    *stints: Stint,
    people: tuple[Person, ...] = TEAM,
    states: tuple[str, ...] = ("AZ",),
    swaps: tuple[Swap, ...] = (),
    here: ZoneInfo = PHOENIX,
    steps: tuple[str, ...] = STEPS,
) -> Rota:
    return Rota({each.id: each for each in people}, stints, swaps, states, here, steps)


def of_a_day(which: Rota) -> list[Gap]:
    return gaps(which, MONDAY, MONDAY + DAY)


def said(found: list[Gap]) -> list[tuple[float, float, str, tuple[str, ...]]]:
    return [((g.since - MONDAY) / HOUR, (g.until - MONDAY) / HOUR, g.why, g.states) for g in found]


def test_an_empty_rota_is_one_gap_for_every_state() -> None:
    assert said(of_a_day(rota(states=("AZ", "NV")))) == [(0, 24, Why.NOBODY, ("AZ", "NV"))]


def test_a_gap_of_one_minute_is_listed() -> None:
    found = of_a_day(rota(shift(CAL, 0, 8), Stint(PRIYA, Level.FIRST, MONDAY + 8 * HOUR + MINUTE, MONDAY + DAY)))
    assert [(g.since, g.until, g.why) for g in found] == [
        (MONDAY + 8 * HOUR, MONDAY + 8 * HOUR + MINUTE, Why.NOBODY),
    ]


def test_a_handover_of_some_seconds_is_no_gap() -> None:
    late = MONDAY + 8 * HOUR + timedelta(seconds=40)
    assert of_a_day(rota(shift(CAL, 0, 8), Stint(PRIYA, Level.FIRST, late, MONDAY + DAY))) == []


def test_a_whole_day_with_somebody_has_no_gap() -> None:
    assert of_a_day(rota(shift(CAL, -3, 30))) == []


def test_nobody_is_licensed_in_nevada() -> None:
    found = of_a_day(rota(shift(CAL, 0, 12), shift(PRIYA, 12, 24), states=("AZ", "NV")))
    assert said(found) == [(0, 12, Why.NO_LICENCE, ("NV",))]


def test_a_licence_that_ends_in_the_middle_is_good_to_the_end_of_its_day_where_the_program_is() -> None:
    cal = Person(CAL, (("AZ", LONG_AGO, date(2026, 11, 23)),), 2, LONG_AGO)
    found = gaps(rota(shift(CAL, 0, 48), people=(cal, TEAM[2])), MONDAY, MONDAY + 2 * DAY)
    assert said(found) == [(24, 48, Why.NO_LICENCE, ("AZ",))]


def test_a_licence_that_ended_yesterday_counts_no_more() -> None:
    cal = Person(CAL, (("AZ", LONG_AGO, date(2026, 11, 22)),), 2, LONG_AGO)
    assert said(of_a_day(rota(shift(CAL, 0, 24), people=(cal, TEAM[2])))) == [(0, 24, Why.NO_LICENCE, ("AZ",))]


def test_one_tested_contact_is_not_enough() -> None:
    found = of_a_day(rota(shift(CAL, 0, 24), people=(person(CAL, "AZ", contacts=1), TEAM[2])))
    assert said(found) == [(0, 24, Why.ONE_CONTACT, ("AZ",))]
    assert found[0].people == {CAL}


def test_a_shift_of_somebody_who_has_left_covers_nothing() -> None:
    leaves = person(CAL, "AZ", until=date(2026, 11, 23))
    found = gaps(rota(shift(CAL, 0, 48), people=(leaves, TEAM[2])), MONDAY, MONDAY + 2 * DAY)
    assert said(found) == [(24, 48, Why.LEFT, ("AZ",))]


def test_a_shift_of_somebody_unknown_covers_nothing() -> None:
    assert said(of_a_day(rota(shift(99, 0, 24)))) == [(0, 24, Why.LEFT, ("AZ",))]


def test_who_is_all_alone_would_be_first_in_two_emergencies_at_once() -> None:
    alone = rota(shift(CAL, 0, 24), people=(TEAM[0], TEAM[1]))
    assert said(of_a_day(alone)) == [(0, 24, Why.ALONE, ("AZ",))]
    both = rota(shift(CAL, 0, 24), shift(PRIYA, 0, 24, Level.BACKUP), people=(TEAM[0], TEAM[1]))
    assert of_a_day(both) == []


def test_a_director_off_shift_is_a_second_only_where_the_policy_asks_one() -> None:
    assert of_a_day(rota(shift(CAL, 0, 24))) == []
    assert said(of_a_day(rota(shift(CAL, 0, 24), steps=("first", "backup")))) == [(0, 24, Why.ALONE, ("AZ",))]


def test_a_supervisor_off_shift_is_a_second_only_while_none_is_on_duty() -> None:
    sue = person(SUE, "AZ", leads="supervisor")
    people = (TEAM[0], TEAM[1], sue)
    assert of_a_day(rota(shift(CAL, 0, 24), people=people)) == []
    assert said(of_a_day(rota(shift(CAL, 0, 24, Level.SUPERVISOR), people=people))) == [(0, 24, Why.ALONE, ("AZ",))]


def test_one_person_who_stands_on_two_levels_by_a_swap_is_a_gap() -> None:
    swap = Swap(PRIYA, CAL, Level.BACKUP, MONDAY + 2 * HOUR, MONDAY + 5 * HOUR)
    found = of_a_day(rota(shift(CAL, 0, 24), shift(PRIYA, 0, 24, Level.BACKUP), swaps=(swap,)))
    assert said(found) == [(2, 5, Why.TWO_LEVELS, ("AZ",))]


def test_a_swap_that_leaves_the_place_open_is_a_gap_to_the_minute() -> None:
    swap = Swap(CAL, None, Level.FIRST, MONDAY + 2 * HOUR, MONDAY + 2.5 * HOUR)
    assert said(of_a_day(rota(shift(CAL, 0, 24), swaps=(swap,)))) == [(2, 2.5, Why.NOBODY, ("AZ",))]


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 11, 1), 25), (date(2026, 3, 8), 23)])
def test_a_night_in_which_the_clocks_change_is_covered_for_all_its_hours(day: date, hours: int) -> None:
    begin = datetime(day.year, day.month, day.day, tzinfo=DENVER).astimezone(UTC)
    end = (datetime(day.year, day.month, day.day, tzinfo=DENVER) + DAY).astimezone(UTC)
    assert (end - begin) / HOUR == hours
    whole = rota(Stint(CAL, Level.FIRST, begin, end), here=DENVER)
    assert gaps(whole, begin, end) == []
    by_hours = rota(Stint(CAL, Level.FIRST, begin, begin + min(hours, 24) * HOUR), here=DENVER)
    left = [(g.since, g.until) for g in gaps(by_hours, begin, end)]
    assert left == ([(begin + 24 * HOUR, end)] if hours == 25 else [])


def test_a_licence_ends_at_midnight_there_on_the_day_of_25_hours() -> None:
    begin = datetime(2026, 11, 1, tzinfo=DENVER).astimezone(UTC)
    cal = Person(CAL, (("CO", LONG_AGO, date(2026, 11, 1)),), 2, LONG_AGO)
    dia = person(DIA, "CO", leads="director")
    which = rota(Stint(CAL, Level.FIRST, begin, begin + 3 * DAY), people=(cal, dia), states=("CO",), here=DENVER)
    (found,) = gaps(which, begin, begin + 3 * DAY)
    assert found.since == begin + 25 * HOUR


# ---- every minute, slowly ---------------------------------------------------------------------------------

days = st.dates(date(2026, 10, 30), date(2026, 11, 4))
START = datetime(2026, 10, 31, 6, tzinfo=UTC)
MINUTES = 3 * 24 * 60
moments = st.integers(-200, MINUTES + 200).map(lambda n: START + n * MINUTE)
levels = st.sampled_from(list(Level))
who = st.integers(1, 4)
licences = st.tuples(st.sampled_from(["CO", "NV"]), days, days).filter(lambda each: each[1] <= each[2])
people = st.builds(
    Person,
    who,
    st.lists(licences, max_size=3).map(tuple) | st.just((("CO", LONG_AGO, FAR), ("NV", LONG_AGO, FAR))),
    st.integers(1, 3),
    st.just(LONG_AGO) | days,
    st.none() | days,
    st.sampled_from(["", "", "supervisor", "director"]),
)
stretches = st.tuples(moments, moments).filter(lambda each: each[0] < each[1])
stints = st.tuples(who, levels, stretches).map(lambda x: Stint(x[0], x[1], *x[2]))
swaps = st.tuples(who, st.none() | who, levels, stretches).map(lambda x: Swap(x[0], x[1], x[2], *x[3]))
rotas = st.builds(
    Rota,
    st.lists(people, max_size=4).map(lambda all_: {each.id: each for each in all_}),
    st.lists(stints, max_size=6),
    st.lists(swaps, max_size=3),
    st.just(("CO", "NV")),
    st.just(DENVER),
    st.sampled_from([STEPS, ("first", "backup"), ("first", "director")]),
)


def slowly(which: Rota, state: str, minute: datetime) -> Why | None:
    """What is so in this one minute: written down straight from the words of the promise."""
    today = minute.astimezone(which.here).date()

    def may(one: Person) -> bool:
        return any(where == state and a <= today <= b for where, a, b in one.licences)

    def works(one: Person) -> bool:
        return one.since <= today and (one.until is None or today <= one.until)

    by_level = on_shift(which.stints, which.swaps, minute)
    on_rota = {one for people_ in by_level.values() for one in people_}
    here = {one for one in on_rota if one in which.people and works(which.people[one])}
    if not here:
        return Why.LEFT if on_rota else Why.NOBODY
    licensed = {one for one in here if may(which.people[one])}
    if not licensed:
        return Why.NO_LICENCE
    can = {one for one in licensed if which.people[one].contacts >= 2}
    if not can:
        return Why.ONE_CONTACT
    only = [next(iter(people_ & can)) for people_ in by_level.values() if len(people_ & can) == 1]
    if len(set(only)) < len(only):
        return Why.TWO_LEVELS
    others = {
        one.id
        for one in which.people.values()
        if one.leads in which.steps
        and one.leads
        and one.contacts >= 2
        and works(one)
        and may(one)
        and (one.leads == "director" or not (by_level[Level.SUPERVISOR] & licensed))
    }
    return Why.ALONE if len(can | others) < 2 else None


@settings(max_examples=60, deadline=None)
@given(rotas)
def test_the_proof_says_of_every_minute_what_a_slow_look_says(which: Rota) -> None:
    found = gaps(which, START, START + MINUTES * MINUTE)
    by_minute: dict[tuple[str, datetime], Why] = {}
    for gap in found:
        at = gap.since
        while at < gap.until:
            for state in gap.states:
                assert (state, at) not in by_minute  # no minute is listed twice
                by_minute[state, at] = gap.why
            at += MINUTE
    for n in range(0, MINUTES, 7):
        for at in (START + n * MINUTE,):
            for state in which.states:
                assert by_minute.get((state, at)) == slowly(which, state, at), (state, at)
    for gap in found:  # and on both sides of each edge, to the minute
        for at in (gap.since - MINUTE, gap.since, gap.until - MINUTE, gap.until):
            if START <= at < START + MINUTES * MINUTE:
                for state in which.states:
                    assert by_minute.get((state, at)) == slowly(which, state, at), (state, at)


# ---- who can fill it, and when they are told ----------------------------------------------------------------

GAP = Gap(MONDAY + 8 * HOUR, MONDAY + 40 * HOUR, ("AZ", "NV"), Why.NOBODY)


def test_those_can_fill_a_gap_who_are_licensed_reachable_and_not_on_duty() -> None:
    weak = person(SUE, "AZ", contacts=1)
    which = rota(shift(CAL, 8, 40), people=(*TEAM, weak, person(9, "TX")))
    assert can_fill(which, GAP) == {PRIYA, DIA}


def test_whose_second_contact_is_missing_can_mend_it() -> None:
    weak = person(SUE, "AZ", contacts=1)
    gap = Gap(GAP.since, GAP.until, ("AZ",), Why.ONE_CONTACT, frozenset({SUE}))
    assert can_fill(rota(people=(weak,)), gap) == {SUE}


def test_one_press_takes_twelve_hours_at_most_and_nothing_that_is_over() -> None:
    assert part_to_take(GAP, MONDAY) == (GAP.since, GAP.since + 12 * HOUR)
    late = MONDAY + 39.5 * HOUR + timedelta(seconds=30)
    assert part_to_take(GAP, late) == (MONDAY + 39.5 * HOUR, GAP.until)
    assert part_to_take(GAP, GAP.until) is None


def test_taking_is_refused_in_a_sentence() -> None:
    a, b = GAP.since, GAP.since + 12 * HOUR
    which = rota(shift(CAL, 10, 12), people=(*TEAM, person(SUE, "AZ", contacts=1), person(9, "TX")))
    assert why_not_take(which, PRIYA, GAP, a, b) is None
    assert "already have a shift" in str(why_not_take(which, CAL, GAP, a, b))
    assert "two tested contacts" in str(why_not_take(which, SUE, GAP, a, b))
    assert "does not cover AZ, NV" in str(why_not_take(which, 9, GAP, a, b))
    assert "do not work here" in str(why_not_take(which, 77, GAP, a, b))


def hour(day: int, at: int) -> datetime:
    return datetime(2026, 11, day, at, tzinfo=PHOENIX).astimezone(UTC)


def all_tellings(found: datetime, begins: datetime) -> list[datetime]:
    told: list[datetime] = []
    while (at := tell_at(found, begins, told[-1] if told else None, PHOENIX)) is not None:
        told.append(at)
    return told


def test_a_gap_is_told_when_found_and_48_12_and_2_hours_before() -> None:
    told = all_tellings(hour(10, 9), hour(20, 20))
    assert told == [hour(10, 9), hour(18, 20), hour(20, 8), hour(20, 18)]


def test_nobody_is_woken_for_a_gap_that_is_not_near() -> None:
    assert all_tellings(hour(10, 23), hour(20, 20))[0] == hour(11, 7)
    assert all_tellings(hour(10, 2), hour(20, 14)) == [hour(10, 7), hour(18, 14), hour(20, 7), hour(20, 12)]


def test_a_gap_that_begins_within_a_few_hours_is_told_at_once_even_at_night() -> None:
    assert all_tellings(hour(10, 23), hour(11, 2))[0] == hour(10, 23)
    # found at ten, begins at five: waiting for the morning would be too late, so four hours before it is told
    assert all_tellings(hour(10, 22), hour(11, 5)) == [hour(11, 1), hour(11, 3)]
    assert all_tellings(hour(10, 23), hour(10, 22)) == [hour(10, 23)]


# ---- speed ----------------------------------------------------------------------------------------------------


def big() -> Rota:
    """60 staff, 20 states, 14 days: three levels in shifts of eight hours, and a swap every day."""
    states = tuple(f"{a}{b}" for a in "ABCD" for b in "VWXYZ")
    team = {
        n: Person(
            n,
            tuple((states[(n + k) % 20], LONG_AGO, date(2026, 11, 24 + (n + k) % 14 % 6)) for k in range(8)),
            2,
            LONG_AGO,
        )
        for n in range(60)
    }
    shifts = [
        Stint(
            (day * 9 + part * 3 + at) % 60,
            level,
            MONDAY + day * DAY + part * 8 * HOUR,
            MONDAY + day * DAY + (part + 1) * 8 * HOUR,
        )
        for day in range(14)
        for part in range(3)
        for at, level in enumerate(Level)
    ]
    out = [
        Swap(each.staff, (each.staff + 30) % 60, each.level, each.since + HOUR, each.until - HOUR)
        for each in shifts[::9]
    ]
    return Rota(team, shifts, out, states, PHOENIX)


def test_the_big_program_is_looked_at_piece_by_piece() -> None:
    """The measurement itself is in bench; here only that the answer is right on every hour."""
    which = big()
    found = gaps(which, MONDAY, MONDAY + 14 * DAY)
    for n in range(0, 14 * 24, 5):
        at = MONDAY + n * HOUR + 30 * MINUTE
        for state in which.states:
            listed = [g.why for g in found if g.since <= at < g.until and state in g.states]
            assert listed == [why for why in [slowly(which, state, at)] if why]
