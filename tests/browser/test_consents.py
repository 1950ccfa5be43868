"""Journeys J2, J8, J9: a client signs, takes back and takes home on a phone; a clinician sees whom they may tell what."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from holdfast.consent.sentences import LISTEN
from tests.browser.visitor import DESK, PHONE, Chromium, Visitor
from tests.flows.night import Night

PICTURES = os.environ.get("PICTURES_TO", "")


def drawn(person: Visitor, name: str) -> None:
    """A picture for whoever wants to look, where a folder is named."""
    if PICTURES:
        for scheme in ("light", "dark"):
            person.page.emulate_media(color_scheme=scheme)
            person.page.screenshot(path=Path(PICTURES) / f"{name}-{person.width}-{scheme}.png", full_page=True)
        person.page.emulate_media(color_scheme="light")


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_client_signs_takes_back_and_takes_home(night: Night, chromium: Chromium, width: int) -> None:
    people = night.stack.act("tests.flows.consents:name_people")
    ana = chromium.person(night.stack, night.cast["ana"]["email"], width=width)
    ana.goes_to("/settings/devices")
    ana.looks_well("settings with consents")
    ana.follows("What I have agreed to")
    ana.sees("Help and check-ins never wait for any of this.")
    ana.looks_well("agreed")
    drawn(ana, "agreed")
    ana.goes_to(f"/agreed/person/{people['Rosa Peña']}")
    ana.looks_well("agreed, one person")
    ana.page.get_by_label("When I am in danger: that I am, and where").check()
    ana.expected_status.add(400)
    ana.presses("I agree")
    ana.sees("Type your name to sign.")
    assert ana.page.get_by_label("When I am in danger: that I am, and where").is_checked()
    ana.looks_well("agreed, refused")
    ana.writes("Your name", "Ana Morales")
    drawn(ana, "agreed-form")
    ana.presses("I agree")
    ana.sees("It ends on")
    ana.looks_well("agreed, signed")
    drawn(ana, "agreed-signed")
    for link, begins in (("Download as PDF", b"%PDF"), ("Download as a page", b"<!doctype html>")):
        with ana.page.expect_download() as coming:
            ana.follows(link)
        assert Path(coming.value.path()).read_bytes().startswith(begins)
    ana.sees("we tell this person nothing from that moment")
    ana.presses("Take it back")
    ana.sees("Taken back on")
    ana.looks_well("agreed, taken back")
    ana.goes_to("/told")
    ana.sees("Nobody was told anything")
    ana.looks_well("told, nobody")


def test_a_client_signs_by_keyboard_and_without_script(night: Night, chromium: Chromium) -> None:
    ana = chromium.person(night.stack, night.cast["ana"]["email"], width=PHONE, script=False)
    ana.goes_to("/agreed/telehealth")
    ana.page.get_by_label("Your name", exact=True).fill("Ana Morales")
    ana.page.keyboard.press("Enter")
    ana.sees("Agreed to on")
    keys = chromium.person(night.stack, night.cast["ana"]["email"], width=DESK)
    keys.goes_to("/agreed/emergency")
    keys.tabs_to("What the danger is, and where I am", "checkbox")
    keys.keys("Space")
    keys.tabs_to("Your name", "input")
    keys.page.keyboard.type("Ana Morales")
    keys.tabs_to("I agree", "button")
    keys.keys("Enter")
    keys.sees("It ends on")
    keys.tabs_to("Take it back", "button")
    keys.keys("Enter")
    keys.sees("Taken back on")


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_clinician_sees_whom_to_call_and_writes_down_who_was_told(
    night: Night, chromium: Chromium, width: int
) -> None:
    night.stack.act("tests.flows.consents:name_people")
    night.stack.act("tests.flows.consents:agree_for_rosa")
    bea = chromium.person(night.stack, night.cast["staff"]["bea"]["email"], width=width)
    uid = night.cast["ana"]["uid"]
    bea.goes_to(f"/team/client/{uid}")
    bea.sees("In danger you may say: that they are in danger, where they are")
    bea.sees(LISTEN[0].what)
    bea.looks_well("client with whom one may call")
    drawn(bea, "client")
    bea.goes_to(f"/team/people/{uid}/consents")
    bea.looks_well("consents of a client")
    drawn(bea, "consents")
    bea.goes_to(f"/team/people/{uid}/reach")
    bea.looks_well("reach with consents")
    bea.goes_to(f"/team/people/{uid}/tell")
    bea.page.get_by_label("Whom", exact=True).select_option(label="Police")
    bea.page.get_by_label("Where they are", exact=True).check()
    bea.page.get_by_label("Alcohol and drugs", exact=True).check()
    bea.page.get_by_label("Overdose or withdrawal", exact=True).check()
    bea.presses("May I?")
    bea.sees("Alcohol and drugs: No. The police never hear this from us.")
    bea.sees("To whoever sends or brings medical help")
    bea.looks_well("may I tell, no")
    drawn(bea, "tell-no")
    bea.page.get_by_label("Whom", exact=True).select_option(label="Whoever sends or brings medical help")
    bea.presses("May I?")
    bea.sees("A medical emergency: tell those who treat them as much as they need for it.")
    bea.page.get_by_label("Name of whoever was told", exact=True).fill("Lee Ortiz")
    bea.page.get_by_label("Nature of the emergency", exact=True).fill("Slow breathing after pills")
    bea.page.get_by_label("What you said", exact=True).fill("What she took, and where she is")
    bea.expected_status.add(400)
    bea.presses("Write it down")
    bea.sees("Write where they work")
    bea.looks_well("may I tell, refused")
    drawn(bea, "tell-refused")
    bea.page.get_by_label(re.compile("^Where they work")).fill("County Ambulance")
    bea.presses("Write it down")
    bea.sees("Lee Ortiz, County Ambulance")
    ana = chromium.person(night.stack, night.cast["ana"]["email"], width=PHONE)
    ana.goes_to("/told")
    ana.sees("Lee Ortiz, County Ambulance")
    ana.looks_well("told")
    drawn(ana, "told")


def test_a_clinician_writes_down_a_guardian_with_the_tick_of_the_form(night: Night, chromium: Chromium) -> None:
    """Of Ana nobody knows how old she is."""
    night.stack.act("tests.flows.consents:name_people")
    bea = chromium.person(night.stack, night.cast["staff"]["bea"]["email"], width=PHONE)
    bea.goes_to(f"/team/people/{night.cast['ana']['uid']}/reach")
    bea.page.get_by_text("Add a person").click()
    bea.writes("Name", "Luz Morales")
    bea.page.get_by_label("By law their parent or guardian").check()
    bea.looks_well("reach with a guardian to add")
    drawn(bea, "reach-form")
    bea.presses(re.compile("^Add"))
    bea.sees("guardian by law")
    bea.looks_well("reach with a guardian")
    drawn(bea, "reach")
    bea.presses("Is a guardian by law Rosa Peña")
    bea.presses("Not a guardian by law Rosa Peña")
    bea.page.get_by_role("button", name="Is a guardian by law Rosa Peña").wait_for()


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_after_a_death_a_clinician_reads_whom_to_ask(night: Night, chromium: Chromium, width: int) -> None:
    night.stack.act("tests.flows.consents:name_people")
    night.stack.act("tests.flows.consents:agree_for_rosa")
    night.stack.act("tests.flows.deeds:has_died")
    bea = chromium.person(night.stack, night.cast["staff"]["bea"]["email"], width=width)
    uid = night.cast["ana"]["uid"]
    bea.goes_to(f"/team/client/{uid}")
    bea.sees("The client has died, so no consent of theirs opens anything")
    bea.looks_well("client who has died, with whom to ask")
    drawn(bea, "client-died")
    bea.goes_to(f"/team/people/{uid}/tell")
    bea.page.get_by_label("Whom", exact=True).select_option(label="Rosa Peña, mother")
    bea.page.get_by_label("How they are doing, in general", exact=True).check()
    bea.presses("May I?")
    bea.sees("Never: Say anything about the client before that")
    bea.looks_well("may I tell, after a death")
    drawn(bea, "tell-died")


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_on_the_crisis_page_it_is_one_line_that_unfolds(night: Night, chromium: Chromium, width: int) -> None:
    night.stack.act("tests.flows.consents:name_people")
    night.stack.act("tests.flows.consents:agree_for_rosa")
    night.ana.answers("6", "not safe")
    (crisis,) = night.crises
    cal = chromium.person(night.stack, night.cast["staff"]["cal"]["email"], width=width)
    cal.goes_to(f"/team/crisis/{crisis['uid']}")
    cal.sees("In danger you may call Rosa Peña. No consent to tell Frank. What you may still do")
    cal.looks_well("crisis with whom one may call")
    cal.page.get_by_text("In danger you may call Rosa Peña.").click()
    cal.sees("In danger you may say: that they are in danger, where they are")
    cal.page.get_by_text("To the police").click()
    cal.sees("Any diagnosis, treatment or medicine.")
    cal.looks_well("crisis, unfolded")
    drawn(cal, "crisis")


def test_whoever_leads_sees_what_was_told_against_a_no(night: Night, chromium: Chromium) -> None:
    night.stack.act("tests.flows.consents:name_people")
    uid = night.cast["ana"]["uid"]
    bea = chromium.person(night.stack, night.cast["staff"]["bea"]["email"], width=DESK)
    bea.goes_to(f"/team/people/{uid}/tell")
    bea.page.get_by_label("Whom", exact=True).select_option(label="Frank, brother")
    bea.page.get_by_label("That they are a client here", exact=True).check()
    bea.presses("May I?")
    bea.sees("Those who lead see it, and so does the client.")
    bea.page.locator("#f-told").get_by_label("That they are a client here", exact=True).check()
    bea.page.get_by_label("The facts you relied on, or why you told them", exact=True).fill("He knew already")
    bea.page.get_by_label("What you said", exact=True).fill("Yes, she is with us")
    bea.presses("Write it down")
    bea.sees("Told against a no.")
    dia = chromium.person(night.stack, night.cast["staff"]["dia"]["email"], width=DESK)
    dia.goes_to("/team/")
    dia.page.locator("summary", has_text="Oversight").click()
    dia.follows(re.compile("Told against a no"))
    dia.sees("He knew already")
    dia.looks_well("told against a no")
    drawn(dia, "told-against")
    dia.presses(re.compile("^Seen"))
    dia.sees("Seen by")
