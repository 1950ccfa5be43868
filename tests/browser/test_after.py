"""After a crisis, in a real browser: closed with something left out, seen by the director, looked back at, printed."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.browser.visitor import DESK, PHONE, Chromium, Visitor
from tests.flows.night import HERE, Night

WHY = "She said: no call, please."


def settles(night: Night, chromium: Chromium, width: int) -> Visitor:
    """Ana is not safe; Cal has it, reaches her, and names Bea for the next contact."""
    night.ana.answers("6", "not safe")
    night.cal.replies(night.cal.code())
    cal = chromium.person(night.stack, night.cal.email, width=width)
    cal.goes_to(f"/team/crisis/{night.crisis['uid']}")
    cal.page.locator("#f-try").get_by_text("Reached", exact=False).first.click()
    cal.page.locator("#f-try button[value=try]").click()
    cal.sees("Reached the client")
    cal.unfolds("#f-settle")
    cal.sees("How did it end?")
    form = cal.page.locator("#f-settle")
    form.get_by_text("Safe for now, with a plan").click()
    tomorrow = (night.now + timedelta(days=1)).astimezone(HERE)
    form.locator("#day").fill(tomorrow.date().isoformat())
    form.locator("#hour").fill("10:00")
    form.locator("#by").select_option(night.bea.uid)
    form.locator("button[value=settle]").click()
    cal.sees("Before this can be closed")
    return cal


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_from_settling_to_what_was_learned(night: Night, chromium: Chromium, width: int) -> None:
    cal = settles(night, chromium, width)
    bea = chromium.person(night.stack, night.bea.email, width=width)
    bea.goes_to("/team/work/mine")
    bea.sees("Next contact by Bea Lindqvist")
    night.wait_for(lambda: any("has named you for a next contact" in text for text in night.bea.texts), "Bea is told")

    cal.unfolds("#f-close")
    form = cal.page.locator("#f-close")
    form.get_by_text("Declined, in words written below").click()
    form.locator("#w1").fill(WHY)
    form.get_by_text("Low", exact=True).click()
    form.get_by_text("The safety plan was reviewed with them").click()
    form.locator("button[value=close]").click()
    cal.sees("Closed. Thank you.")

    night.passes(hours=24)
    dia = chromium.person(night.stack, night.dia.email, width=width)
    dia.goes_to("/team/work/mine")
    dia.page.locator("summary", has_text="Oversight 1 to be seen").click()
    dia.page.get_by_role("link", name="Left out at closing 1 to be seen").click()
    dia.sees(WHY)
    dia.looks_well("left out, waiting")
    dia.page.get_by_role("button", name="Seen").first.click()
    dia.sees("Nothing waits to be seen")
    dia.sees("Seen by Dia Okafor")
    dia.looks_well("left out, seen")

    dia.page.get_by_role("link", name="Looking back Ana Morales").click()
    dia.title_is("Looking back: Ana Morales")
    expect(dia.page.locator("#words")).to_have_value(re.compile("WHAT HAPPENED"))
    dia.looks_well("looking back, draft")
    dia.page.locator("#words").fill("The rota helped us. The map did not.")
    dia.page.get_by_role("button", name="Save as the next version").click()
    dia.sees("version 1, Dia Okafor")
    dia.page.get_by_text("Assign an action").click()
    dia.page.locator("#what").fill("Mend the map")
    dia.page.locator("#to").select_option(night.bea.uid)
    dia.page.locator("#due").fill(night.now.astimezone(HERE).date().isoformat())
    dia.page.get_by_role("button", name="Assign", exact=True).click()
    dia.sees("Mend the map")
    dia.looks_well("looking back, written")
    with dia.page.expect_download() as got:
        dia.page.locator("#pdf").click()
    said = "\n".join(sheet.extract_text() for sheet in PdfReader(BytesIO(Path(got.value.path()).read_bytes())).pages)
    assert "The map did not." in said
    assert "Mend the map: Bea Lindqvist" in said
    assert WHY in said

    night.passes(hours=24)
    bea.goes_to("/team/work/overdue")
    bea.sees("Mend the map")
    bea.looks_well("late, with an action")
    bea.page.get_by_role("button", name=re.compile("Done ?: Mend the map")).click()
    bea.sees("Done. It has left the list.")
    bea.does_not_see("Mend the map")


def test_two_write_at_once_and_both_keep_their_words(night: Night, chromium: Chromium) -> None:
    cal = settles(night, chromium, DESK)
    dia = chromium.person(night.stack, night.dia.email, width=PHONE)
    for one in (cal, dia):
        one.goes_to(f"/team/crisis/{night.crisis['uid']}/after")
    cal.page.locator("#words").fill("Cal was first.")
    cal.page.get_by_role("button", name="Save as the next version").click()
    cal.sees("version 1, Cal Reyes")
    dia.page.locator("#words").fill("Dia was second.")
    dia.expected_status.add(409)
    dia.page.get_by_role("button", name="Save as the next version").click()
    dia.sees("Cal Reyes saved version 1 while you were writing")
    dia.sees("Cal was first.")
    expect(dia.page.locator("#words")).to_have_value("Dia was second.")
    dia.looks_well("looking back, written meanwhile")
    dia.page.get_by_role("button", name="Save as the next version").click()
    dia.sees("version 2, Dia Okafor")


def test_the_checklists_after_a_death_at_both_widths(night: Night, chromium: Chromium) -> None:
    settles(night, chromium, DESK)
    night.stack.act("tests.flows.deeds:has_died")
    for width in (PHONE, DESK):
        dia = chromium.person(night.stack, night.dia.email, width=width)
        dia.goes_to("/team/reviews/")
        dia.sees("Looking back at their last crisis")
        dia.page.locator("summary").filter(has_text="Who sees to it, and by when").first.click()
        dia.looks_well("after a death")
