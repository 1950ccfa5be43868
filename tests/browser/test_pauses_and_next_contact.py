"""A pause that ends, a next contact that Ana can read, and a death without a crisis: in a real browser, on two widths."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.browser.test_after import settles
from tests.browser.visitor import DESK, PHONE, Chromium, Visitor
from tests.flows.night import HERE, Night

WIDTHS = pytest.mark.parametrize("width", [PHONE, DESK])


def ana_s_page(night: Night, chromium: Chromium, who: str, width: int) -> Visitor:
    visitor = chromium.person(night.stack, who, width=width)
    visitor.goes_to("/team/people/")
    visitor.follows("Ana Morales")
    return visitor


@WIDTHS
def test_a_pause_has_a_day_and_then_somebody_asks(night: Night, chromium: Chromium, width: int) -> None:
    bea = ana_s_page(night, chromium, night.bea.email, width)
    bea.page.get_by_text("Change their standing").click()
    form = bea.page.locator("#f-standing")
    form.locator("#st-new").select_option("paused")
    form.locator("#st-why").fill("Two weeks with family")
    bea.looks_well("the form of a standing")
    bea.expected_status.add(400)
    form.locator("button").click()
    bea.sees("Say on which day the pause ends.")
    assert form.locator("#st-why").input_value() == "Two weeks with family"
    bea.looks_well("the form of a standing, refused")
    ends = (night.now + timedelta(days=14)).astimezone(HERE)
    form.locator("#st-until").fill(ends.date().isoformat())
    form.locator("button").click()
    bea.sees(re.compile(rf"Paused until \w+ {ends.day}"))
    bea.sees("Two weeks with family")
    bea.looks_well("a paused client")
    ana = chromium.person(night.stack, night.cast["ana"]["email"], width=width)
    ana.goes_to("/today")
    ana.sees(f"You and your team agreed on a break until {ends:%A}, {ends:%B} {ends.day}.")
    ana.looks_well("Ana’s day in a pause")
    night.passes(hours=24 * 14 + 8)
    night.wait_for(lambda: "The pause has ended" in night.bea.opens("/team/work/mine"), "Bea has the task")
    bea = chromium.person(night.stack, night.bea.email, width=width)
    bea.goes_to("/team/work/mine")
    bea.sees("The pause has ended: are they back?")


@WIDTHS
def test_ana_reads_who_is_in_touch_next_and_when(night: Night, chromium: Chromium, width: int) -> None:
    settles(night, chromium, width)
    tomorrow = (night.now + timedelta(days=1)).astimezone(HERE)
    said = f"Bea will be in touch with you on {tomorrow:%A}, {tomorrow:%B} {tomorrow.day}, by 10:00 am."
    ana = chromium.person(night.stack, night.cast["ana"]["email"], width=width)
    ana.goes_to("/today")
    ana.sees(said)
    ana.looks_well("Ana’s day, with what comes next")
    ana.goes_to(night.ana.address + "sent")
    ana.title_is("This is settled for now")
    ana.sees(said)
    ana.sees("If it gets hard before then, press “I need help now” at any hour, or call or text 988.")
    ana.looks_well("Ana’s page, settled")


@WIDTHS
def test_a_death_without_a_crisis_is_looked_back_at(night: Night, chromium: Chromium, width: int) -> None:
    night.stack.act("tests.flows.deeds:has_died")
    dia = chromium.person(night.stack, night.dia.email, width=width)
    dia.goes_to("/team/reviews/")
    dia.page.get_by_text("Write on it, and save it").click()
    dia.page.locator("textarea[name=text]").fill("We had not called for a week.")
    dia.looks_well("what is written after a death")
    dia.presses("Save as the next version")
    dia.sees("version 1, Dia Okafor")
    dia.looks_well("what was written after a death")
