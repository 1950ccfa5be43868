"""Two in the morning: Cal, who is not on Ana's team, needs her chart. From finding her to the review, on two widths."""

from __future__ import annotations

import re

import pytest

from tests.browser.visitor import DESK, PHONE, Chromium, Visitor
from tests.flows.night import Night

WIDTHS = pytest.mark.parametrize("width", [PHONE, DESK])
WHY = "She rang the desk at 2 and asked for Bea, who does not answer."


def finds_and_opens(night: Night, chromium: Chromium, width: int, *, script: bool = True) -> Visitor:
    cal = chromium.person(night.stack, night.cal.email, width=width, script=script)
    cal.goes_to("/team/people/")
    cal.writes("Name of a client", "ana mor")
    cal.presses("Find")
    cal.title_is("Find a client")
    if script:
        cal.looks_well("a client who was found")
    cal.follows(re.compile("Open their chart"))
    cal.title_is("The chart of Ana Morales is not open to you")
    cal.sees("Dia Okafor is told at once. They are not asked.")
    if script:
        cal.looks_well("a chart that is shut")
    cal.expected_status.add(400)
    cal.writes("Why do you need it now?", "night")
    cal.presses("Open their chart for 60 minutes")
    cal.sees("Say in a few words why you need this chart now.")
    assert cal.page.get_by_label("Why do you need it now?").input_value() == "night"
    cal.writes("Why do you need it now?", WHY)
    cal.presses("Open their chart for 60 minutes")
    cal.title_is("Ana Morales")
    return cal


@WIDTHS
def test_cal_opens_anas_chart_at_two_and_dia_reviews_it(night: Night, chromium: Chromium, width: int) -> None:
    """H-140, H-142, H-143"""
    cal = finds_and_opens(night, chromium, width)
    cal.sees("You opened this chart yourself until")
    cal.sees(WHY)
    cal.sees("Dia was told.")
    cal.sees("You see this because: you opened it with a reason until")
    cal.looks_well("a chart that somebody opened")
    cal.follows("Safety plan")
    cal.sees("You opened this chart yourself until")
    cal.looks_well("the plan of a chart that somebody opened")

    night.wait_for(
        lambda: any("Cal has written down something that you should see." in text for text in night.dia.texts),
        "Dia is told by text",
    )
    assert not [text for text in night.dia.texts if "Ana" in text or "chart" in text]

    night.passes(minutes=61)
    cal.goes_to(f"/team/client/{night.cast['ana']['uid']}", status=403)
    cal.title_is("The chart of Ana Morales is not open to you")

    dia = chromium.person(night.stack, night.dia.email, width=width)
    dia.goes_to("/team/work/mine")
    dia.sees("1 waits for a review by somebody who leads")
    dia.looks_well("Dia’s day, with a chart to review")
    dia.follows("Read and review")
    dia.sees("Cal Reyes opened it")
    dia.sees(WHY)
    dia.page.get_by_text("2 looks are written down").click()
    dia.sees("Safety plan")
    dia.looks_well("a chart to review")
    dia.expected_status.add(400)
    dia.presses("Save the review")
    dia.sees("Say whether it was right.")
    dia.page.get_by_label("It was right").check()
    dia.writes("Why you see it so. Cal reads it.", "Bea was asleep, and Ana needed somebody.")
    dia.looks_well("a review that is written")
    dia.presses("Save the review")
    dia.sees("Saved. They read it on their day.")
    dia.sees("Nothing waits for a review")
    dia.looks_well("a chart that was reviewed")

    cal.goes_to("/team/work/mine")
    cal.sees("It was right")
    cal.sees("Bea was asleep, and Ana needed somebody.")
    cal.looks_well("Cal’s day, with what the review found")
    cal.presses("I have read this")
    cal.does_not_see("Bea was asleep")


@WIDTHS
def test_without_javascript_a_chart_is_opened_and_closed_again(night: Night, chromium: Chromium, width: int) -> None:
    cal = finds_and_opens(night, chromium, width, script=False)
    cal.presses("I need it no more: close it")
    cal.sees("The chart is closed again. Thank you.")
    cal.goes_to(f"/team/client/{night.cast['ana']['uid']}", status=403)


@WIDTHS
def test_bea_keeps_notes_of_her_own(night: Night, chromium: Chromium, width: int) -> None:
    """H-147"""
    bea = chromium.person(night.stack, night.bea.email, width=width)
    bea.goes_to("/team/people/")
    bea.follows("Ana Morales")
    bea.sees(re.compile("You see this because: care team since"))
    bea.follows("Open your own notes")
    bea.sees("Only you read these")
    bea.looks_well("own notes, none yet")
    bea.expected_status.add(400)
    bea.presses("Save the note")
    bea.sees("Write the note first.")
    bea.writes("A new note", "The heron came up again.")
    bea.presses("Save the note")
    bea.page.get_by_text("Correct it").click()
    bea.page.get_by_label("As it should read").fill("The heron came up again; her grandmother's kitchen.")
    bea.presses("Save as the next version")
    bea.page.get_by_text("Earlier versions").click()
    bea.sees("her grandmother's kitchen")
    bea.looks_well("own notes, corrected")
    dia = chromium.person(night.stack, night.dia.email, width=width)
    dia.goes_to(f"/team/people/{night.cast['ana']['uid']}/notes")
    dia.sees("Only you read these")
    dia.does_not_see("heron")


@WIDTHS
def test_dia_sees_who_was_given_rights(night: Night, chromium: Chromium, width: int) -> None:
    """H-144"""
    adam = chromium.person(night.stack, night.adam.email, width=width)
    adam.goes_to("/program/staff/")
    # Not the number by which he is rung by hand while something does not work.
    adam.page.locator("a[href*='/program/staff/']").filter(has_text="Cal Reyes").first.click()
    adam.page.locator("input[name=address]").fill("520 555 0177")
    adam.page.locator("form:has(input[name=address]) button").click()
    adam.sees("Saved. It counts once they have answered on it.")
    dia = chromium.person(night.stack, night.dia.email, width=width)
    dia.goes_to("/team/work/mine")
    dia.sees("1 change of staff, care teams, contacts or how clients sign in that no director made")
    dia.looks_well("Dia’s day, with a change of the set-up")
    dia.follows("Look at them")
    dia.sees("Cal Reyes: a contact was added or taken off")
    dia.looks_well("what was changed, to be seen")
    dia.presses("I have seen these")
    dia.goes_to("/team/work/mine")
    dia.does_not_see("that no director made")
