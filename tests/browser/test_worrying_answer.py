"""A worrying answer at 02:00, from the client's phone to "I have this": by text, by keypress and on the board."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import DESK, PHONE, Chromium, Visitor, answered
from tests.flows.night import Night, keys_in

QUIET = ("7", "1", "6", "Yes", "No")  # mood, urges, sleep, medicine, use


def tells_us(ana: Visitor) -> None:
    """The daily check-in, up to "Are you safe today?" and "No"."""
    ana.goes_to("/today")
    ana.title_is(re.compile("Ana"))
    ana.sees("Someone is here now. Cal answers until")
    ana.looks_well("today")
    ana.presses("Start")
    ana.sees("Question 1 of 7")
    ana.looks_well("a scale")
    answered(ana, QUIET)
    ana.sees("Are you safe today?")
    ana.looks_well("choices")
    answered(ana, ["No"])
    ana.sees("Is there anything you want to tell us?")
    ana.looks_well("a text")
    answered(ana, [""])
    ana.title_is("Thank you for telling us, Ana")
    ana.sees("We are calling Cal now")
    ana.sees("Call 988")
    ana.sees("Call 911")
    ana.looks_well("being called")


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("how", ["text", "keypress", "board"])
def test_from_the_answer_to_i_have_this(night: Night, chromium: Chromium, how: str, width: int) -> None:
    ana = chromium.person(night.stack, night.cast["ana"]["email"], width=width)
    tells_us(ana)
    board = chromium.person(night.stack, night.cal.email, width=width)
    board.goes_to("/team/")
    board.sees("Nobody has this yet")
    board.sees("Ana M.")
    board.sees("The client says they are not safe today")
    board.looks_well("board, nobody has it")

    if how == "text":
        assert night.cal.replies(night.cal.code()) == "Thank you. You have this. Please open your page now."
    elif how == "keypress":
        have, _cannot = keys_in(night.cal.hears())
        assert "You have this" in night.cal.presses(have)
    else:
        board.takes()
        board.title_is("Ana Morales")

    # Nobody reloads anything: both pages say by themselves what is so.
    ana.title_is("Cal has this")
    ana.sees(re.compile("calls you by"))
    ana.looks_well("taken")
    if how != "board":
        board.sees("Someone has these")
        board.sees("Has not opened this page yet.")
        board.looks_well("board, somebody has it")
        board.follows(re.compile("^Open Ana M"))
    board.sees("You.")
    # To reach her is the step that is on now, and the form for it stands in that step, open.
    expect(board.part("#protocol .steps [data-s=now] #f-try")).to_be_visible()
    board.sees("What came of it?")
    board.looks_well("crisis, owned")
    assert night.owner == "Cal Reyes"
    assert night.crisis["owned_via"] == {"text": "sms", "keypress": "voice", "board": "board"}[how]
    assert night.crisis["owner_acted_at"] is not None


def test_from_i_have_this_to_a_next_contact(night: Night, chromium: Chromium) -> None:
    night.ana.answers("6", "not safe")
    cal = chromium.person(night.stack, night.cal.email, width=DESK)
    cal.goes_to("/team/")
    cal.takes()
    cal.title_is("Ana Morales")
    cal.picks("Reached: we have talked")
    cal.writes("Note", "She is with her sister.")
    cal.presses("Log this try")
    cal.sees("Reached the client")
    cal.looks_well("crisis, reached")
    # A settling without a next contact is refused in words, with all that was typed still there.
    cal.expected_status.add(409)
    cal.unfolds("#f-settle")
    cal.picks("Safe for now, with a plan")
    cal.writes("In your words", "We made a plan for tonight.")
    cal.presses("Settle")
    cal.sees("name the next contact, who makes it and when")
    cal.looks_well("crisis, refused")
    assert cal.page.get_by_label("In your words").input_value() == "We made a plan for tonight."
    cal.writes("Day", (night.now).strftime("%Y-%m-%d"))
    cal.writes("Time", "23:00")
    cal.page.get_by_label("Who makes it").select_option(label="Bea Lindqvist")
    cal.presses("Settle")
    cal.sees("Next contact by Bea Lindqvist")
    cal.looks_well("crisis, settled")
    assert night.crisis["state"] == "settled"
    cal.goes_to("/team/")
    cal.sees("Landing")
    cal.looks_well("board, landing")


def test_two_clinicians_and_one_owner(night: Night, chromium: Chromium) -> None:
    """Both boards stand open. One presses; the other's page shows the owner, and a late press says who has it."""
    night.ana.answers("6", "not safe")
    night.cal.text()
    night.passes(minutes=2)
    night.priya.text()
    cal = chromium.person(night.stack, night.cal.email, width=DESK)
    priya = chromium.person(night.stack, night.priya.email, width=PHONE)
    cal.goes_to(f"/team/crisis/{night.crisis['uid']}")
    priya.goes_to("/team/")
    priya.takes()
    priya.title_is("Ana Morales")
    cal.sees("Priya Nair.")
    assert night.owner == "Priya Nair"
