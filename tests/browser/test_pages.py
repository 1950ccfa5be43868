"""Every other page that is there: axe has nothing to say in light and dark, nothing is wider than the screen."""

import pytest

from tests.browser.visitor import DESK, PHONE, Chromium
from tests.flows.night import Night

widths = pytest.mark.parametrize("width", [PHONE, DESK])


@widths
def test_pages_open_to_everyone(night: Night, chromium: Chromium, width: int) -> None:
    anybody = chromium.person(night.stack, width=width)
    for path, name in (
        ("/", "front"),
        ("/numbers", "numbers"),
        ("/sign-in/", "sign in"),
        ("/password/reset/", "password reset"),
        ("/help/saved", "help, kept on the phone"),
    ):
        anybody.goes_to(path)
        anybody.looks_well(name)
    anybody.goes_to("/nothing-is-here", status=404)
    anybody.looks_well("404")


@widths
def test_pages_of_the_team(night: Night, chromium: Chromium, width: int) -> None:
    night.ana.answers("5", "yes")
    night.ana.answers("6", "not safe")
    cal = chromium.person(night.stack, night.cal.email, width=width)
    page = night.page_of(night.cal)
    for path, name in (
        (page, "my page"),
        (f"/team/crisis/{night.crisis['uid']}", "crisis, nobody has it"),
        ("/team/rota/", "rota"),
        ("/team/tasks/", "tasks"),
        ("/team/me/", "my contacts"),
    ):
        cal.goes_to(path)
        cal.looks_well(name)
    assert night.owner is None  # looking answers nothing


@widths
def test_the_page_of_a_client_and_a_worry_in_two_clicks(night: Night, chromium: Chromium, width: int) -> None:
    night.stack.act("tests.flows.deeds:weeks_of_answers")
    bea = chromium.person(night.stack, night.bea.email, width=width)
    uid = night.cast["ana"]["uid"]
    bea.goes_to(f"/team/client/{uid}")
    bea.sees("How they have been")
    bea.sees("Return to use reported")
    bea.looks_well("a client")
    bea.page.get_by_role("link", name="I am worried about them").click()
    bea.sees("What worries you?")
    bea.looks_well("a worry")
    bea.page.get_by_role("button", name="Severe depression").click()
    bea.sees("A colleague is worried about severe depression")
    assert night.crisis["protocol"] == "severe-depression"


@widths
def test_a_concern_on_the_teams_pages(night: Night, chromium: Chromium, width: int) -> None:
    with night.stack.browser() as phone:
        lines = {"name": "Frank", "phone": "520 555 0199", "words": "My niece does not answer", "place": "5th Street"}
        assert phone.post("/help/stranger", data={**lines, "program": "juniper"}).status_code == 302
    cal = chromium.person(night.stack, night.cal.email, width=width)
    cal.goes_to(f"/team/crisis/{night.crisis['uid']}")
    cal.sees("My niece does not answer")
    cal.looks_well("a concern")


@widths
def test_the_banner_when_nobody_watches(night: Night, chromium: Chromium, width: int) -> None:
    night.falls_silent("watchdog")
    cal = chromium.person(night.stack, night.cal.email, width=width)
    cal.goes_to("/team/")
    cal.sees("Nobody checks right now whether our alarms work")
    cal.looks_well("board, nobody watches")
    ana = chromium.person(night.stack, night.cast["ana"]["email"], width=width)
    ana.goes_to("/today")
    ana.sees("If you need someone")
    ana.looks_well("today, nobody watches")


def test_in_spanish(night: Night, chromium: Chromium) -> None:
    ana = chromium.person(night.stack, night.cast["ana"]["email"], width=PHONE)
    ana.goes_to("/language/es?next=/today")
    assert ana.page.locator("html").get_attribute("lang") == "es"
    ana.looks_well("today, in Spanish")
    ana.goes_to("/help")
    assert ana.page.locator("html").get_attribute("lang") == "es"
    ana.looks_well("help, in Spanish")
