"""How long something is kept, and when a request is due: pure decisions."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.content.retention import Kind, Line, retention
from holdfast.content.shapes import Status
from holdfast.records import rules
from holdfast.records.rules import Life, kept_until, lines_for, years_later

POLICY = retention()
ENDED, BEGAN = date(2026, 3, 1), date(2025, 9, 1)
ADULT, CHILD = date(1990, 5, 5), date(2012, 6, 15)


def until(state: str, born: date | None, kind: Kind = Kind.RECORD) -> date:
    return kept_until(POLICY, kind, Life(state, BEGAN, ENDED, born)).kept_until


def test_the_policy_is_a_draft_until_counsel_says_otherwise() -> None:
    assert POLICY.status is Status.DRAFT
    assert POLICY.counsel is Status.DRAFT
    assert all(line.law and line.because and line.source for line in POLICY.lines)


@pytest.mark.parametrize(
    ("state", "born", "expected"),
    [
        ("AZ", ADULT, date(2033, 3, 1)),  # Medicare's seven years are longer than Arizona's six
        ("AZ", CHILD, date(2033, 6, 15)),  # three years after the 18th birthday
        ("CA", CHILD, date(2033, 3, 1)),  # seven years are longer than one year after the 18th birthday
        ("TX", CHILD, date(2035, 6, 15)),
        ("WA", CHILD, date(2033, 6, 15)),
        ("ID", ADULT, date(2036, 3, 1)),  # a state without a line of its own
        ("ID", CHILD, date(2040, 6, 15)),
        ("AZ", None, date(2034, 9, 1)),  # counted as having been twelve on the first day
    ],
)
def test_of_all_lines_the_one_that_holds_longest_holds(state: str, born: date | None, expected: date) -> None:
    """H-163"""
    assert until(state, born) == expected


def test_what_holds_longest_is_named_with_its_law() -> None:
    assert kept_until(POLICY, Kind.RECORD, Life("AZ", BEGAN, ENDED, ADULT)).line.law == "42 CFR 424.516(f)"
    assert kept_until(POLICY, Kind.RECORD, Life("AZ", BEGAN, ENDED, CHILD)).line.law == "A.R.S. 12-2297"


@given(
    st.sampled_from(["AZ", "CA", "TX", "WA", "ID", "NY"]),
    st.dates(date(2000, 1, 1), date(2030, 1, 1)),
    st.integers(0, 4000),
    st.one_of(st.none(), st.dates(date(1930, 1, 1), date(2000, 1, 1))),
    st.sampled_from(list(Kind)),
)
def test_nothing_goes_before_every_line_allows_it(
    state: str, first: date, days: int, born: date | None, kind: Kind
) -> None:
    """H-163: not before any line that holds, and a birth date that is not known never shortens anything."""
    last = first + timedelta(days=days)
    found = kept_until(POLICY, kind, Life(state, first, last, born))
    for line in lines_for(POLICY, kind, state):
        assert found.kept_until >= years_later(last, line.years)
    assert found.goes_on == found.kept_until + timedelta(days=1)
    assert kept_until(POLICY, kind, Life(state, first, last)).kept_until >= years_later(
        last, max(line.years for line in lines_for(POLICY, kind, state))
    )


def test_a_leap_day_is_the_first_of_march_in_other_years() -> None:
    assert years_later(date(2024, 2, 29), 7) == date(2031, 3, 1)


@pytest.mark.parametrize(
    ("standing", "against", "words"),
    [
        ("active", {}, "They are in our care."),
        ("paused", {}, "They are in our care."),
        ("discharged", {"crisis": True}, "A crisis of theirs is open."),
        ("discharged", {"hold": True}, "A legal hold is set."),
        ("died", {"correction": True}, "They have asked for a correction that nobody has answered yet."),
        ("discharged", {}, ""),
    ],
)
def test_what_stands_against_it_is_said(standing: str, against: dict[str, bool], words: str) -> None:
    given = {"crisis": False, "hold": False, "correction": False, **against}
    assert rules.why_not_delete(standing, **given) == words


def test_a_request_is_due_at_the_end_of_the_day_where_the_client_is() -> None:
    now = datetime(2026, 11, 26, 4, tzinfo=UTC)  # still the 25th in Phoenix
    at = rules.due(60, "America/Phoenix", now)
    assert (at.date(), at.hour, at.minute) == (date(2027, 1, 24), 23, 59)


def test_somebody_is_told_at_the_wished_day_at_the_day_of_the_law_and_then_each_week() -> None:
    now = datetime(2026, 11, 26, tzinfo=UTC)
    wish, law = now + timedelta(days=14), now + timedelta(days=60)
    assert rules.next_look(wish, law, now) == wish
    assert rules.next_look(wish, law, wish) == law
    assert rules.next_look(wish, law, law) == law + timedelta(days=7)


def test_an_answer_says_enough() -> None:
    assert rules.why_not_answer("", "", "") == "Say whether you accept it or not."
    assert rules.why_not_answer("denied", "", "Because we looked") == "Choose on which ground you refuse it."
    assert "what was changed" in rules.why_not_answer("accepted", "", "ok")
    assert "the client reads" in rules.why_not_answer("denied", "right_and_whole", "no")
    assert rules.why_not_answer("accepted", "", "The pronouns were changed.") == ""
    assert "4000" in rules.why_not_answer("accepted", "", "x" * 4001)


def test_a_line_for_a_state_stands_in_the_place_of_that_for_others() -> None:
    lines = lines_for(POLICY, Kind.RECORD, "AZ")
    assert {line.where for line in lines} == {"US", "AZ"}
    assert {line.where for line in lines_for(POLICY, Kind.RECORD, "NM")} == {"US", "other"}
    assert all(isinstance(line, Line) for line in lines)
