"""The five-minute tour, as the README tells a newcomer to take it: one crisis from both sides, phones that ring."""

import re
from datetime import timedelta

import pytest

from tests.browser.visitor import DESK, PHONE, Chromium, Visitor, answered
from tests.flows.night import HERE, Night, keys_in

# The tour knows its people by these names; the tests' cast lends them its own.
TAKES_THE_STAGE = """
    update ledger_program set slug = case slug when 'juniper' then 'juniper-path' else 'harbor-oak' end;
    update people_user set email = replace(email, '@juniper.example', '@example.org')"""


@pytest.fixture
def stage(night: Night) -> Night:
    night.stack.database.execute(TAKES_THE_STAGE)
    return night


def phone_of(visitor: Visitor, name: str):
    return visitor.page.get_by_role("article", name=f"{name}’s phone")


def says_no(ana: Visitor) -> None:
    ana.presses("Start")
    answered(ana, ["7", "1", "6", "Yes", "No", "No", ""])


def test_one_crisis_from_both_sides(stage: Night, chromium: Chromium) -> None:
    newcomer = chromium.person(stage.stack, width=DESK)
    newcomer.goes_to("/demo/")
    newcomer.title_is("One crisis, from both sides")
    newcomer.looks_well("the tour")
    newcomer.presses("It is 2:00 am")
    newcomer.sees("2:0")

    ana = newcomer.opens_a_tab("Be Ana")
    says_no(ana)
    ana.sees("We are calling Cal now")

    # Cal's phone rings on the page by itself; the call names two keys and nobody.
    newcomer.sees("is calling")
    phone_of(newcomer, "Cal Reyes").get_by_role("button", name="Pick up").click()
    heard = phone_of(newcomer, "Cal Reyes").locator(".heard")
    heard.get_by_text("Press").first.wait_for()
    spoken = heard.inner_text()
    assert "Ana" not in spoken
    have, _cannot = keys_in(spoken)
    newcomer.looks_well("the tour, in a call")
    phone_of(newcomer, "Cal Reyes").get_by_role("button", name=have, exact=True).click()
    newcomer.sees("Cal has this, and is to call Ana.")
    ana.title_is("Cal has this")

    cal = newcomer.opens_a_tab("Be Cal")
    cal.title_is("Open crises")
    cal.follows(re.compile("^Open Ana M"))
    cal.sees("The client says they are not safe today")
    cal.sees("How to reach them")
    cal.sees("Words to say")
    cal.picks("No answer")
    cal.presses("Log this try")
    cal.sees("Tried to reach the client: no answer")
    cal.picks("Reached: we have talked")
    cal.presses("Log this try")
    cal.sees("Reached the client")
    ana.title_is("You and Cal have talked")
    says_more(ana, cal)
    lands(stage, newcomer, ana, cal)


def says_more(ana: Visitor, cal: Visitor) -> None:
    """Ana's own buttons reach the top of Cal's page; nothing that she presses closes anything."""
    ana.presses(re.compile("Please text"))
    ana.sees("You asked us")
    ana.presses(re.compile("It got worse"))
    ana.sees("that it got worse")
    cal.sees("Text, do not call")
    cal.sees("“It got worse.”")
    cal.part("#call").get_by_text("Text").wait_for()


def lands(stage: Night, newcomer: Visitor, ana: Visitor, cal: Visitor) -> None:
    """Steps, a judgement, and settling with a next contact: each as the tour tells it."""
    cal.unfolds("#f-try")  # it got worse after the talk, so they talk again
    cal.picks("Reached: we have talked")
    cal.presses("Log this try")
    cal.part("#noted").fill("At home, 5th Street")
    cal.presses("Done, next step")
    cal.page.locator(".steps [data-s=done]").nth(1).wait_for()
    cal.part("#reassess summary").get_by_text("Write your judgement").click()
    cal.part("#f-formulate").get_by_text("Moderate").click()
    cal.part("#fo-why").fill("Thoughts come and go, no intent")
    cal.part("#fo-plan").fill("A call tomorrow")
    cal.presses("Assign this level")
    cal.sees("Risk moderate")
    cal.looks_well("the crisis, as the tour leaves it")
    cal.unfolds("#f-settle")
    form = cal.part("#f-settle")
    form.get_by_text("Safe for now, with a plan").click()
    cal.expected_status.add(409)
    cal.presses("Settle")
    cal.sees("Can't settle yet: name the next contact")
    form.locator("#day").fill((stage.now + timedelta(days=1)).astimezone(HERE).date().isoformat())
    form.locator("#hour").fill("10:30")
    form.locator("#by").select_option(stage.bea.uid)
    cal.presses("Settle")
    cal.sees("Next contact by Bea")
    cal.sees(re.compile(r"Next contact: Bea Lindqvist, .*10:30 am MST for them"))
    ana.title_is("This is settled for now")
    ana.sees(re.compile(r"Bea will be in touch with you on \w+, \w+ \d+, by 10:30 am\. If it gets hard before then"))
    ana.looks_well("Ana’s page, settled")
    newcomer.sees("Settled by Cal. The next contact has a name and a time.")


def test_nobody_answers_and_then_nobody_is_there(stage: Night, chromium: Chromium) -> None:
    newcomer = chromium.person(stage.stack, width=PHONE)
    newcomer.goes_to("/demo/")
    newcomer.looks_well("the tour")
    ana = newcomer.opens_a_tab("Be Ana")
    says_no(ana)
    phone_of(newcomer, "Cal Reyes").get_by_role("button", name="Pick up").wait_for()
    newcomer.presses("2 minutes later")
    phone_of(newcomer, "Priya Nair").get_by_role("button", name="Pick up").wait_for()
    newcomer.presses("Nobody is on duty")
    newcomer.sees("Nobody is on duty.")
    newcomer.presses("2 minutes later")
    phone_of(newcomer, "Dia Okafor").get_by_role("button", name="Pick up").wait_for()
    newcomer.presses("2 minutes later")
    ana.title_is("Nobody has answered yet")
    newcomer.presses("Call them back")
    newcomer.does_not_see("Nobody is on duty.")
