"""J7, cover: gaps are told and taken; fifteen minutes before a shift its person is asked, and then those above."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.flows.night import Colleague, Night

THERE = re.compile(r"Your shift starts at \d+:\d\d [ap]m\. Reply (\d{4}) to say you are there\.")
ABOVE = re.compile(r"nobody has said yet that they are there\. Reply (\d{4}) if you see to it, NO \1 if you cannot\.")
DIGIT = re.compile(r"Press (\d) to say you are there\. Press (\d) if you cannot\.")


@pytest.fixture
def before(bare_night: Night) -> Night:
    """Bea is on call until Cal's shift begins, 30 minutes from now; Priya is backup all the while."""
    bare_night.stack.act("tests.acts:before_cals_shift")
    return bare_night


def starts(night: Night) -> list[dict[str, Any]]:
    found = "select c.*, s.name from oncall_canary c join people_staff s on s.id = c.staff_id order by c.id"
    return [dict(row) for row in night.stack.rows(found)]


def text_like(who: Colleague, words: re.Pattern[str], night: Night) -> str:
    """The number in the first text of this kind, as soon as it is there."""

    def found() -> str | None:
        return next((match[1] for text in reversed(who.all_texts) if (match := words.search(text))), None)

    code: str = night.wait_for(found, f"{who.first_name} is asked")
    return code


def about_starts(who: Colleague) -> list[str]:
    return [text for text in who.all_texts if "shift" in text]


def test_fifteen_minutes_before_his_shift_cal_is_asked_and_answers_by_text(before: Night) -> None:
    before.passes(minutes=14)
    assert about_starts(before.cal) == []
    before.passes(minutes=1, seconds=30)
    code = text_like(before.cal, THERE, before)
    assert before.cal.replies(code) == "Thank you. We know now that you are there."
    (canary,) = starts(before)
    assert (canary["name"], canary["via"]) == ("Cal Reyes", "sms")
    before.passes(minutes=12)
    before.wait_for(lambda: before.paging["stopped_at"] is not None, "the asking has stopped")
    assert all(about_starts(one) == [] for one in (before.bea, before.priya, before.dia))
    assert before.broken() == set()


def test_a_key_in_the_call_answers_too(before: Night) -> None:
    before.passes(minutes=15, seconds=30)
    heard = before.cal.hears()
    assert "Your shift starts at" in heard
    assert "need" not in heard  # nobody needs him: he is only asked whether he is there
    keys = DIGIT.search(heard)
    assert keys, heard
    assert "We know now that you are there" in before.cal.presses(keys[1])
    assert starts(before)[0]["via"] == "voice"


def test_unanswered_it_pages_backup_and_supervisor_shows_a_gap_and_wakes_nobody_else(before: Night) -> None:
    before.passes(minutes=15, seconds=30)
    text_like(before.cal, THERE, before)
    before.passes(minutes=10, seconds=5)
    code = text_like(before.priya, ABOVE, before)
    assert "Cal Reyes has not said that they are there." in before.dia.opens("/team/rota/")
    assert "You see to it" in before.priya.replies(code)
    before.passes(minutes=25)
    before.wait_for(lambda: starts(before)[0]["missed_at"], "it is written down")
    assert about_starts(before.bea) == about_starts(before.dia) == []
    late = text_like(before.cal, THERE, before)  # and he may still come
    before.cal.replies(late)
    before.wait_for(lambda: starts(before)[0]["answered_at"], "he is there")
    assert "has not said" not in before.dia.opens("/team/rota/")
    assert before.broken() == set()


def test_a_gap_is_told_to_those_who_can_fill_it_and_taken_with_one_press(before: Night) -> None:
    """The rota ends in the morning. At two at night nobody is woken for it; in the morning they are told."""

    def told(who: Colleague) -> bool:
        return any("Some hours ahead" in text for text in who.all_texts)

    before.wait_for(lambda: before.stack.rows("select * from oncall_covergap"), "the gap is found")
    assert not any(told(who) for who in (before.bea, before.priya, before.dia))
    before.passes(hours=5, minutes=5)
    before.wait_for(lambda: told(before.bea) and told(before.dia), "those who can fill it are told")
    assert not told(before.adam)
    page = before.bea.browser.get("/team/rota/").text
    found = re.findall(r'name="since" value="([^"]+)"><input type="hidden" name="until" value="([^"]+)"', page)
    assert found, page[:500]
    since, until = found[-1]
    taken = before.bea.posts("/team/rota/", do="take", since=since, until=until)
    assert taken.status_code == 302, taken.text[:2000]
    late = before.dia.posts("/team/rota/", do="take", since=since, until=until)
    assert (late.status_code, "somebody was quicker" in late.text) == (409, True)
