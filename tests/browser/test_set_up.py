"""Dia sets a program up: a file of staff from the choosing to the report, and a test page to everyone."""

from __future__ import annotations

import re

import pytest

from tests.browser.visitor import DESK, PHONE, Chromium
from tests.flows.night import Night

WIDTHS = pytest.mark.parametrize("width", [PHONE, DESK])
FILE = """name,email,role,discipline,since,licences,phone,second contact
Nora Bell,nora@juniper.example,clinician,nurse,2024-01-02,AZ:RN1:2099-01-31,520 555 0161,nora@desk.example
Otto Kay,otto@juniper.example,clinician,therapist,2024-01-02,NV:T1:2020-01-31,520 555 0162,
Bea Lindqvist,{bea},clinician,therapist,2024-01-02,,520 555 0163,
Pat Quill,pat@juniper.example,wizard,peer,03/04/2025,,12,
"""


@WIDTHS
def test_staff_come_in_from_a_file_and_the_report_says_who_did_not(
    night: Night, chromium: Chromium, width: int
) -> None:
    dia = chromium.person(night.stack, night.dia.email, width=width)
    dia.goes_to("/program/")
    dia.looks_well("the sections of the program")
    dia.follows("Staff")
    dia.title_is("Staff")
    dia.looks_well("the list of staff")
    dia.follows("From a file")
    dia.looks_well("choosing a file")
    dia.expected_status.add(400)
    dia.presses("Read it")
    dia.sees("Choose a file first.")
    dia.looks_well("choosing a file, refused")
    text = FILE.format(bea=night.bea.email)
    dia.page.get_by_label("A CSV file").set_input_files(
        {"name": "staff.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    dia.presses("Read it")
    dia.sees("2 lines can be brought in.")
    dia.sees("2 lines are refused and stay out.")
    dia.sees("They are on the list of staff already.")
    dia.sees("“03/04/2025” can be read in two ways")
    dia.sees("may not be asked for NV")
    dia.looks_well("the preview of a file")
    dia.presses("Bring in 2 lines")
    dia.sees("2 lines were brought in. 2 were refused.")
    dia.looks_well("the report of a file")
    with dia.page.expect_download() as taken:
        dia.follows("As a file")
    assert "wizard" in taken.value.path().read_text()
    dia.follows("See who is here")
    dia.sees("Nora Bell")
    dia.follows("Otto Kay")
    dia.sees(re.compile(r"Ended: may not be asked for NV"))
    dia.looks_well("one of the staff")


@WIDTHS
def test_a_test_page_to_everyone_is_answered_by_text_and_seen(night: Night, chromium: Chromium, width: int) -> None:
    dia = chromium.person(night.stack, night.dia.email, width=width)
    dia.goes_to("/program/test")
    dia.looks_well("a test page, before it is sent")
    dia.page.get_by_label("They may be woken").check()
    dia.presses("Send a test to everyone")
    dia.sees("0 of 5 have answered")
    text = night.stack.company.text_to(night.cal.phone)["text"]
    assert "This is a test. Nobody needs you." in text
    night.stack.company.reply(night.cal.phone, re.search(r"reply (\d{4})", text)[1])
    dia.goes_to("/program/test")
    dia.sees("1 of 5 have answered")
    dia.looks_well("a test page, with answers")


@WIDTHS
def test_the_other_pages_of_a_set_up_look_well(night: Night, chromium: Chromium, width: int) -> None:
    dia = chromium.person(night.stack, night.dia.email, width=width)
    for path, name in (("/program/names", "names and hours"), ("/program/clients/", "the clients of the program")):
        dia.goes_to(path)
        dia.looks_well(name)
    dia.follows("Ana Morales")
    dia.looks_well("a client for those who run the program")
