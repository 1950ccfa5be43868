"""Two people approve clinical content, in a real browser; a licence is attested; a protocol is worded anew."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import DESK, PHONE, Chromium, Visitor
from tests.flows.night import Night

PHQ = "/program/content/unit/questionnaires/phq-9/1"
PICTURES = os.environ.get("PICTURES")


def pictured(who: Visitor, name: str) -> None:
    """For the eyes of whoever builds this: pictures where PICTURES says, in light and dark."""
    if PICTURES:
        for scheme in ("light", "dark"):
            who.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            who.page.screenshot(path=str(Path(PICTURES) / f"{name}-{who.width}-{scheme}.png"), full_page=True)
        who.page.emulate_media(color_scheme="light")


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_director_approves_and_a_second_person_confirms(night: Night, chromium: Chromium, width: int) -> None:
    dia = chromium.person(night.stack, night.dia.email, width=width)
    dia.goes_to("/program/")
    dia.follows("Clinical content")
    dia.sees("wait for you")
    dia.looks_well("content, list")
    pictured(dia, "list")
    dia.goes_to(PHQ)
    dia.sees("Feeling down, depressed, or hopeless")
    dia.looks_well("content, a form")
    pictured(dia, "unit")
    dia.page.locator("#from").fill("2020-01-01")
    dia.expected_status.add(409)
    dia.presses("I approve this")
    dia.sees("The day from which it counts has passed. Choose today or a day to come.")
    expect(dia.page.locator("#from")).to_have_value("2020-01-01")
    dia.looks_well("content, refused")
    pictured(dia, "refused")
    dia.page.locator("#from").fill(night.now.astimezone().date().isoformat())
    dia.goes_to(PHQ)
    dia.presses("I approve this")
    dia.sees("Give them its address")

    bea = chromium.person(night.stack, night.bea.email, width=width)
    bea.goes_to("/program/content/")
    bea.sees("1 waits for you")
    bea.follows("PHQ-9")
    bea.sees("Confirm it, as the second person")
    bea.looks_well("content, to confirm")
    pictured(bea, "confirm")
    bea.page.get_by_text("I have read all of it, and I agree.").click()
    bea.presses("I confirm this")
    bea.sees("Approved by Dia Okafor, confirmed by Bea Lindqvist")
    dia.goes_to("/program/content/journal/")
    dia.sees("Confirmed by Bea Lindqvist")
    dia.looks_well("content, journal")
    pictured(dia, "journal")


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_licence_is_attested_and_a_protocol_worded_anew(night: Night, chromium: Chromium, width: int) -> None:
    dia = chromium.person(night.stack, night.dia.email, width=width)
    dia.goes_to("/program/content/unit/questionnaires/c-ssrs/1")
    dia.sees("It is off: not offered, not answerable, not scored")
    dia.looks_well("content, a pack")
    pictured(dia, "pack")
    dia.page.locator("#holder").fill("The foundation")
    dia.page.locator("#licence").fill("Permission by letter, 3 May 2026")
    dia.page.locator("#reference").fill("Office, folder 12")
    dia.page.get_by_text("I attest that this program may use this form").click()
    dia.presses("Attest, with my name")
    dia.sees("Dia Okafor attested")
    dia.sees("holdfast content load-wording c-ssrs FILE")

    dia.goes_to("/program/content/unit/protocols/panic/1")
    dia.presses("Edit a copy")
    dia.sees("Nothing yet.")
    dia.presses(re.compile("Add a step below"))
    dia.sees("New step")
    dia.looks_well("content, a copy")
    pictured(dia, "copy")
    dia.page.get_by_role("link", name=re.compile("Edit New step")).click()
    dia.page.locator("#title_en").fill("Open a window")
    dia.page.locator("#limit_minutes").fill("soon")
    dia.expected_status.add(400)
    dia.presses("Save this step")
    dia.sees("The limit is a number of minutes, or empty.")
    expect(dia.page.locator("#title_en")).to_have_value("Open a window")
    dia.looks_well("content, a step")
    pictured(dia, "step")
    dia.page.locator("#limit_minutes").fill("5")
    dia.presses("Save this step")
    dia.sees("Open a window")
    dia.presses("Send it")
    dia.sees("sent, waits for the director")
    dia.sees("Paso nuevo")
    dia.presses("I approve this")
    dia.sees("waits for a second person")
    dia.looks_well("content, a copy that was sent")
    pictured(dia, "copy-sent")
