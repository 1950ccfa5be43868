""" "I need help now": signed in, from an installed phone and as a stranger; each with and without JavaScript."""

import re

import pytest

from tests.browser.visitor import DESK, PHONE, Chromium, Visitor
from tests.flows.night import Night

UNKNOWN = "We do not know who you are, so nobody has been told yet"
both = pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
widths = pytest.mark.parametrize("width", [PHONE, DESK])


def well(visitor: Visitor, script: bool, name: str) -> None:
    """axe is a script; without any the page is the same."""
    if script:
        visitor.looks_well(name)


def calls(visitor: Visitor, night: Night) -> None:
    """Press the button, and see on the page that refreshes itself who is called and who has it."""
    visitor.sees(re.compile(r"Someone is here until .*: Cal"))
    visitor.presses("I need help now: tell Cal")
    visitor.title_is("Thank you for telling us, Ana")
    visitor.sees("We are calling Cal now")
    assert night.crisis["urgency"] == "emergency"
    night.cal.replies(night.cal.code())
    visitor.title_is("Cal has this")
    assert night.owner == "Cal Reyes"


@widths
@both
def test_signed_in(night: Night, chromium: Chromium, script: bool, width: int) -> None:
    ana = chromium.person(night.stack, night.cast["ana"]["email"], width=width, script=script)
    ana.goes_to("/today")
    ana.follows("I need help now")
    ana.title_is("We’re glad you reached out")
    ana.does_not_see(UNKNOWN)
    well(ana, script, "help, signed in")
    calls(ana, night)


@widths
@both
def test_from_an_installed_phone(night: Night, chromium: Chromium, script: bool, width: int) -> None:
    ana = chromium.person(night.stack, night.cast["ana"]["email"], width=width, script=script)
    ana.goes_to("/settings/devices")
    well(ana, script, "settings")
    ana.presses("Keep the help button on this phone")
    ana.sees("The button knows you, even when you are signed out.")
    well(ana, script, "settings, kept")
    ana.presses("Sign out")
    ana.page.wait_for_load_state()
    ana.goes_to("/today")
    ana.title_is("Sign in")
    ana.goes_to("/help")
    calls(ana, night)


@widths
@both
def test_as_a_stranger(night: Night, chromium: Chromium, script: bool, width: int) -> None:
    frank = chromium.person(night.stack, width=width, script=script)
    frank.goes_to("/help/juniper")
    frank.sees(UNKNOWN)
    frank.sees("Call 988")
    frank.sees("Call 911")
    well(frank, script, "help, a stranger")
    assert not night.crises
    frank.expected_status.add(400)
    frank.presses("Send, and call me")
    frank.sees("Nobody has been told yet")
    well(frank, script, "help, an empty form")
    frank.writes("Your name", "Frank")
    frank.writes("Phone that reaches you now", "520 555 0199")
    frank.writes("What is happening?", "My niece does not answer the door")
    frank.writes("Where are you, or the person you worry about?", "5th Street")
    frank.presses("Send, and call me")
    frank.title_is("Thank you for telling us")
    frank.sees("We are calling Cal now")
    well(frank, script, "a concern, being called")
    assert night.crisis["urgency"] == "urgent"
    night.cal.replies(night.cal.code())
    frank.title_is("Cal has this")


def test_a_phone_that_was_taken_away_is_a_stranger(night: Night, chromium: Chromium) -> None:
    ana = chromium.person(night.stack, night.cast["ana"]["email"])
    ana.goes_to("/settings/devices")
    ana.presses("Keep the help button on this phone")
    ana.sees("The button knows you")
    ana.presses("Stop keeping it here")
    ana.sees("reaches us from this phone without signing in")
    ana.presses("Sign out")
    ana.page.wait_for_load_state()
    ana.goes_to("/help/juniper")
    ana.sees(UNKNOWN)


@widths
@both
def test_nobody_on_duty(bare_night: Night, chromium: Chromium, script: bool, width: int) -> None:
    night = bare_night
    ana = chromium.person(night.stack, night.cast["ana"]["email"], width=width, script=script)
    ana.goes_to("/help")
    ana.sees("Nobody from our team is on right now")
    well(ana, script, "help, nobody on duty")
    ana.presses("I need help now: ring your team")
    assert night.crisis["urgency"] == "emergency"
    assert "No cover: someone needs you" in night.dia.text()
    night.passes(seconds=10)
    ana.title_is("Nobody has answered yet")
    first = ana.part("main").inner_text()
    assert first.index("988") < first.index("Nobody has answered yet")
    well(ana, script, "nobody has answered yet")
    dia = chromium.person(night.stack, night.dia.email, width=width)
    dia.goes_to("/team/")
    dia.sees("No cover.")
    dia.sees("Nobody is on duty")
    dia.looks_well("board, no cover")
    dia.takes()
    ana.title_is("Dia has this")
    assert night.owner == "Dia Okafor"
