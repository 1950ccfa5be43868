"""J14, the set-up: states, hours and channels, files with lines that are refused, the cover, and who answers a test."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.browser.visitor import DESK, PHONE, Chromium, Visitor
from tests.flows.night import HERE, Night

PICTURES = os.environ.get("PICTURES")
WIDTHS = pytest.mark.parametrize("width", [PHONE, DESK])
FILE = """name,email,role,discipline,since,licences,phone,second contact
Nora Bell,nora@juniper.example,clinician,nurse,2024-01-02,AZ:RN1:2099-01-31,520 555 0161,nora@desk.example
Otto Kay,otto@juniper.example,clinician,therapist,2024-01-02,NV:T1:2020-01-31,520 555 0162,
Bea Lindqvist,{bea},clinician,therapist,2024-01-02,,520 555 0163,
Pat Quill,pat@juniper.example,wizard,peer,03/04/2025,,12,
"""


def looks(who: Visitor, name: str) -> None:
    """axe, and the edges of the screen; pictures in light and dark where PICTURES says, for whoever builds this."""
    if PICTURES:
        for scheme in ("light", "dark"):
            who.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            who.page.screenshot(path=str(Path(PICTURES) / f"{name}-{who.width}-{scheme}.png"), full_page=True)
        who.page.emulate_media(color_scheme="light", reduced_motion="reduce")
    who.looks_well(name)


def reads(who: Visitor, kind: str, text: str) -> None:
    """Choose a file, and have it read."""
    who.goes_to(f"/program/files/{kind}/")
    file = {"name": f"{kind}.csv", "mimeType": "text/csv", "buffer": text.encode()}
    who.page.get_by_label("A CSV file").set_input_files(file)
    who.presses("Read it")


@WIDTHS
def test_staff_come_in_from_a_file_and_the_report_says_who_did_not(
    night: Night, chromium: Chromium, width: int
) -> None:
    dia = chromium.person(night.stack, night.dia.email, width=width)
    dia.goes_to("/program/")
    looks(dia, "the sections of the program")
    dia.follows("Staff")
    dia.title_is("Staff")
    looks(dia, "the list of staff")
    dia.follows("From a file")
    looks(dia, "choosing a file")
    dia.expected_status.add(400)
    dia.presses("Read it")
    dia.sees("Choose a file first.")
    looks(dia, "choosing a file, refused")
    text = FILE.format(bea=night.bea.email)
    reads(dia, "staff", text)
    dia.sees("2 lines can be brought in.")
    dia.sees("2 lines are refused and stay out.")
    dia.sees("They are on the list of staff already.")
    dia.sees("“03/04/2025” can be read in two ways")
    dia.sees("may not be asked for NV")
    looks(dia, "the preview of a file")
    dia.presses("Bring in 2 lines")
    dia.sees("2 lines were brought in. 2 were refused.")
    looks(dia, "the report of a file")
    with dia.page.expect_download() as taken:
        dia.follows("As a file")
    assert "wizard" in taken.value.path().read_text()
    dia.follows("See who is here")
    dia.sees("Nora Bell")
    dia.follows("Otto Kay")
    dia.sees(re.compile(r"Ended: may not be asked for NV"))
    looks(dia, "one of the staff")


@WIDTHS
def test_an_administrator_sets_a_program_up(bare_night: Night, chromium: Chromium, width: int) -> None:
    """J14: states, hours and channels; clients and a rota from files, some lines refused; the gaps that are left."""
    adam = chromium.person(bare_night.stack, bare_night.adam.email, width=width)
    adam.goes_to("/program/names")
    adam.writes("States served", "AZ, Nevada")
    adam.expected_status.add(400)
    adam.presses("Save hours")
    adam.sees("“NEVADA” is not a state. Write two letters, like AZ.")
    assert adam.page.get_by_label("States served").input_value() == "AZ, Nevada"
    looks(adam, "names, refused")
    adam.writes("States served", "AZ, NV")
    adam.presses("Save hours")
    adam.sees("Saved.")
    adam.sees("Heartbeat")
    looks(adam, "names and hours")

    clients = f"""name,state,time zone,phone,since,care team emails
Kim Ode,NV,America/Los_Angeles,702 555 0172,2026-01-31,{bare_night.bea.email}
Lee Ode,NV,America/Los_Angeles,702 555 0173,2026-01-31,nobody@juniper.example
"""
    reads(adam, "clients", clients)
    adam.sees("1 line is refused and stays out.")
    adam.sees("Nobody of the staff has the e-mail address “nobody@juniper.example”. Bring in staff first.")
    adam.presses("Bring in 1 line")
    adam.sees("Not every minute is covered")

    def at(days: int) -> str:
        return f"{(bare_night.now + timedelta(days=days)).astimezone(HERE):%Y-%m-%d %H:%M}"

    shifts = f"""email,level,from,to
{bare_night.cal.email},first,{at(-1)},{at(6)}
{bare_night.cal.email},backup,{at(5)},{at(7)}
{bare_night.priya.email},backup,{at(-1)},{at(6)}
gone@juniper.example,first,{at(6)},{at(12)}
"""
    reads(adam, "shifts", shifts)
    adam.sees("2 lines can be brought in.")
    adam.sees("It meets their shift in line 2. One person cannot answer twice.")
    adam.sees("Nobody of the staff has the e-mail address “gone@juniper.example”.")
    looks(adam, "the preview of shifts")
    adam.presses("Bring in 2 lines")
    adam.sees("2 lines were brought in. 2 were refused.")
    adam.sees("Not every minute is covered")
    adam.sees("Nobody is on the rota.")
    looks(adam, "the report of shifts")
    adam.follows("Look at the cover")
    adam.title_is("Cover")

    adam.goes_to("/program/order")
    adam.sees("The usual order counts")
    looks(adam, "who is asked first")
    adam.goes_to("/program/changes")
    adam.sees("Shifts from a file: 2 brought in, 2 refused")
    adam.does_not_see("Lee Ode")
    looks(adam, "who changed what")
    adam.goes_to("/program/clients/")
    adam.follows("Kim Ode")
    looks(adam, "a client for those who run the program")
    adam.does_not_see("Their page")
    adam.goes_to("/program/content/unit/questionnaires/c-ssrs/1")
    adam.sees("It is off: not offered, not answerable, not scored")
    adam.sees("I attest that this program may use this form")


def test_by_keyboard_alone_the_order_is_changed(bare_night: Night, chromium: Chromium) -> None:
    dia = chromium.person(bare_night.stack, bare_night.dia.email, width=DESK)
    dia.goes_to("/program/")
    dia.tabs_to("Who is asked first")
    dia.keys("Enter")
    dia.title_is("Who is asked first")
    dia.tabs_to("Change the order", "summary")
    dia.keys("Enter")
    dia.tabs_to("Asked as number 1", "select")
    dia.page.keyboard.type("First")
    dia.tabs_to("Asked as number 2", "select")
    dia.page.keyboard.type("Backup")
    for number in (3, 4, 5):
        dia.tabs_to(f"Asked as number {number}", "select")
        dia.page.keyboard.type("Nobody")
    dia.tabs_to("Save the order", "button")
    dia.keys("Enter")
    dia.sees("An order of your own counts")
    dia.sees("Left out: Who knows the client, Supervisor, Director.")


@WIDTHS
def test_a_test_page_to_everyone_is_answered_by_text_and_seen(night: Night, chromium: Chromium, width: int) -> None:
    dia = chromium.person(night.stack, night.dia.email, width=width)
    dia.goes_to("/program/test")
    looks(dia, "a test page, before it is sent")
    dia.page.get_by_label("They may be woken").check()
    dia.presses("Send a test to everyone")
    dia.sees("0 of 5 have answered")
    found = night.stack.company.log(
        channel="sms", to=night.cal.phone, text="This is a test", state="delivered", wait=30
    )
    text = found[-1]["text"]
    assert "This is a test. Nobody needs you." in text
    night.stack.company.reply(night.cal.phone, re.search(r"reply (\d{4})", text)[1])
    dia.goes_to("/program/test")
    dia.sees("1 of 5 have answered")
    looks(dia, "a test page, with answers")


@WIDTHS
def test_the_other_pages_of_a_set_up_look_well(night: Night, chromium: Chromium, width: int) -> None:
    dia = chromium.person(night.stack, night.dia.email, width=width)
    for path, name in (("/program/names", "names and hours"), ("/program/clients/", "the clients of the program")):
        dia.goes_to(path)
        looks(dia, name)
    dia.follows("Ana Morales")
    looks(dia, "a client for those who run the program")


@WIDTHS
def test_whoever_adds_a_client_chooses_the_care_team_from_a_list(night: Night, chromium: Chromium, width: int) -> None:
    dia = chromium.person(night.stack, night.dia.email, width=width)
    dia.goes_to("/program/clients/")
    dia.page.get_by_text("Add a client").click()
    dia.sees("Their care team comes next")
    looks(dia, "adding a client")
    dia.page.get_by_label("Name", exact=True).fill("Kim Ode")
    dia.page.get_by_label("Phone", exact=True).fill("520 555 0171")
    dia.presses("Add")
    dia.title_is("Kim Ode")
    dia.sees("Nobody: whoever is on call does not know them.")
    looks(dia, "a client whose care team is empty")
    dia.page.get_by_label("Who").select_option(label="Bea Lindqvist")
    dia.page.get_by_label("As", exact=True).select_option(label="primary clinician")
    dia.presses("Put on the team")
    dia.sees("primary clinician, since")
