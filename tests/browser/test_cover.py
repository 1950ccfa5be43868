"""J7, cover, in a real browser: gaps that are read and taken, a shift put on the rota, a canary answered on its page."""

import re
from datetime import timedelta

import pytest

from tests.browser.visitor import DESK, PHONE, Chromium
from tests.flows.night import Night

widths = pytest.mark.parametrize("width", [PHONE, DESK])
scripts = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])


@pytest.fixture
def week(bare_night: Night) -> Night:
    """A rota with people at three levels, a hole tonight, a client in Nevada whom Priya alone may treat, and no end."""
    act = bare_night.stack.act
    for day in range(10):
        at = day * 24
        act("tests.acts:shift", cal="first", priya="backup", since_hours=at - 2, hours=12)
        act("tests.acts:shift", bea="first", since_hours=at + 10, hours=9 if day == 0 else 12)
        act("tests.acts:shift", dia="supervisor", since_hours=at - 2, hours=24)
    return bare_night


@widths
def test_the_rota_looks_well_with_gaps(week: Night, chromium: Chromium, width: int) -> None:
    for who, name in ((week.cal, "cover"), (week.dia, "cover, for who leads")):
        visitor = chromium.person(week.stack, who.email, width=width)
        visitor.goes_to("/team/rota/")
        visitor.sees("Not every minute is covered")
        visitor.sees("Nobody is on the rota.")
        visitor.looks_well(name)


@scripts
def test_a_gap_is_taken_with_one_press(week: Night, chromium: Chromium, script: bool) -> None:
    priya = chromium.person(week.stack, week.priya.email, script=script)
    priya.goes_to("/team/rota/")
    before = priya.part("#verdict").inner_text()
    priya.page.get_by_role("button", name=re.compile("^Take ")).first.click()
    priya.sees("Thank you. It is yours, and stands under your shifts.")
    assert priya.part("#verdict").inner_text() != before
    night = week.stack.rows("select * from oncall_shift where staff_id = %s order by id desc limit 1", week.priya.id)
    assert night[0]["level"] == "first"


def test_a_shift_is_put_on_the_rota_and_a_refusal_keeps_what_was_typed(week: Night, chromium: Chromium) -> None:
    dia = chromium.person(week.stack, week.dia.email, width=DESK)
    dia.goes_to("/team/rota/")
    at = (week.now + timedelta(days=11)).strftime("%Y-%m-%dT")
    form = dia.part("#keep")
    form.get_by_label("Who", exact=True).select_option(label="Bea Lindqvist")
    form.get_by_label("From", exact=True).fill(at + "20:00")
    form.get_by_label("To", exact=True).fill(at + "08:00")
    dia.expected_status.add(409)
    form.get_by_role("button", name="Put it on the rota").click()
    dia.sees("A shift must end after it begins.")
    assert dia.part("#put-since").input_value() == at + "20:00"
    dia.part("#put-until").fill(at + "23:30")
    dia.looks_well("a refused shift")
    dia.presses("Put it on the rota")
    dia.sees("It is on the rota.")


@widths
def test_the_page_before_a_shift_says_when_and_one_press_answers(
    bare_night: Night, chromium: Chromium, width: int
) -> None:
    bare_night.stack.act("tests.acts:shift", cal="first", since_hours=0.2, hours=8)
    bare_night.wait_for(lambda: bare_night.stack.rows("select * from oncall_page"), "Cal is asked")
    page = bare_night.stack.one("select uid from oncall_page")
    cal = chromium.person(bare_night.stack, bare_night.cal.email, width=width)
    cal.goes_to("/team/rota/")
    cal.sees(re.compile(r"Your shift starts at .* Are you there\?"))
    cal.looks_well("the rota before my shift")
    cal.goes_to(f"/team/page/{page}")
    cal.sees("Are you there?")
    cal.looks_well("before my shift")
    cal.presses("I am there")
    cal.sees("Thank you. We know now that you are there.")
    cal.goes_to(f"/team/page/{page}")
    cal.sees("Nobody asks about this any more")
