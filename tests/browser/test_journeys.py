"""J3, J4 and J7 walked whole: from the first sign to the closing, by everybody who has a part in it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import DESK, PHONE, Chromium, Visitor, answered
from tests.flows.night import HERE, Colleague, Night, keys_in
from tests.flows.test_j3_missed_check_in import ANAS, begun, kinds, rules

widths = pytest.mark.parametrize("width", [PHONE, DESK])
QUIET = ("7", "1", "6", "Yes", "No")  # mood, urges, sleep, medicine, use


@pytest.fixture
def days(bare_night: Night) -> Night:
    """Cal is first and Priya behind him, for three days."""
    bare_night.stack.act("tests.acts:shift", cal="first", priya="backup", hours=72)
    return bare_night


def at_desk(night: Night, chromium: Chromium, who: Colleague, width: int, path: str) -> Visitor:
    visitor = chromium.person(night.stack, who.email, width=width)
    visitor.goes_to(path)
    return visitor


def page_of_crisis(night: Night) -> str:
    return f"/team/crisis/{night.crisis['uid']}"


def tries(visitor: Visitor, result: str) -> None:
    visitor.unfolds("#f-try")
    visitor.page.locator("#f-try").get_by_text(result, exact=False).click()
    visitor.page.locator("#f-try button[value=try]").click()


def assesses(visitor: Visitor, level: str) -> None:
    """The clinician's own judgement; nothing computes it."""
    visitor.page.get_by_text("Write your judgement").click()
    form = visitor.page.locator("#f-formulate")
    form.locator(f"input[value={level}]").locator("xpath=..").click()
    form.locator("#fo-why").fill("She has thoughts and no plan; her sister is there.")
    form.locator("#fo-plan").fill("A call tomorrow, and again in a week.")
    form.locator("button[value=formulate]").click()
    visitor.sees("A call tomorrow, and again in a week.")


def settles(visitor: Visitor, night: Night, at: datetime, by: Colleague) -> None:
    visitor.unfolds("#f-settle")
    form = visitor.page.locator("#f-settle")
    form.get_by_text("Safe for now, with a plan").click()
    here = at.astimezone(HERE)
    form.locator("#day").fill(here.date().isoformat())
    form.locator("#hour").fill(here.strftime("%H:%M"))
    form.locator("#by").select_option(by.uid)
    form.locator("button[value=settle]").click()
    visitor.sees(f"Next contact by {by.name}")


def makes_the_next_contact_and_closes(
    night: Night, chromium: Chromium, who: Colleague, width: int, at: datetime
) -> None:
    night.passes(seconds=(at - night.now).total_seconds() - 300)  # it is made before it is late
    desk = at_desk(night, chromium, who, width, page_of_crisis(night))
    desk.sees("The next contact has not been made yet")
    desk.expected_status.add(409)
    desk.unfolds("#f-close")
    desk.page.locator("#f-close button[value=close]").click()
    desk.page.locator(".refused").wait_for()  # closed too early: refused, in words
    assert night.crisis["state"] == "settled"
    tries(desk, "Reached")
    desk.sees("The next contact was made.")
    desk.looks_well("crisis, followed up")
    desk.page.locator("#f-close button[value=close]").click()
    desk.page.wait_for_url("**/team/?said=closed")
    night.wait_for(lambda: night.crisis["state"] == "closed", "it has landed")


@widths
def test_j3_from_the_reminder_to_the_closing(days: Night, chromium: Chromium, width: int) -> None:
    night = days
    stack = night.stack
    stack.act("tests.flows.plans:write_plan")
    stack.act("tests.flows.deeds:wants_texts", number=ANAS)
    begun(night)
    night.passes(hours=31)
    reminder = stack.company.text_to(ANAS)["text"]
    assert night.now.astimezone(HERE).hour == 9  # in her own time
    assert reminder.endswith("/today")

    ana = chromium.person(stack, night.cast["ana"]["email"], width=width)
    ana.goes_to("/today")
    ana.presses("Start")
    answered(ana, [*QUIET, "No", ""])
    ana.title_is("Thank you for telling us, Ana")
    ana.sees("We are calling Cal now")  # who is told, and what else there is
    ana.sees("Call 988")
    ana.page.go_back()
    ana.goes_to("/today")
    assert len(night.crises) == 1
    assert night.crises[0]["urgency"] == "emergency"
    page = stack.rows("select g.at, e.raised_at from oncall_page g, crisis_episode e order by g.id limit 1")[0]
    assert page["at"] - page["raised_at"] < timedelta(seconds=10)
    finding = stack.rows("select rule, rule_version, input from assessment_riskfinding")[0]
    assert all(finding.values())

    night.cal.text()  # and nobody answers
    night.passes(minutes=2)
    night.priya.replies(night.priya.code())
    assert night.owner == "Priya Nair"
    ana.goes_to("/today")
    ana.sees("Priya")

    priya = at_desk(night, chromium, night.priya, width, page_of_crisis(night))
    priya.sees("The client says they are not safe today")
    first_try_due = night.crisis["owned_at"] + timedelta(minutes=5)
    tries(priya, "Reached")
    priya.sees("Reached the client")
    priya.unfolds("#f-settle")
    priya.sees("How did it end?")
    assert night.crisis["first_try_at"] <= first_try_due
    priya.page.get_by_text("Ask the ASQ aloud").click()
    for item, value in (("1", "1"), ("2", "0"), ("3", "0"), ("4", "0"), ("5", "0")):
        priya.page.locator(f"#f-asq input[name=asq_{item}][value='{value}']").check()
    priya.page.locator("#f-asq button[value=asq]").click()
    asq = night.wait_for(
        lambda: stack.rows(
            "select done_at, via from assessment_response r join assessment_answer a on "
            "a.response_id = r.id where r.instrument = 'asq' and r.done_at is not null limit 1"
        ),
        "the screen is recorded",
    )[0]
    assert asq["via"] == "staff"
    assert asq["done_at"].astimezone(HERE).date() == night.crisis["raised_at"].astimezone(HERE).date()
    assesses(priya, "high")
    assert night.crisis["risk_level"] == "high"
    priya.page.locator("#plan button[value=plan]").click()
    priya.sees("gone through")
    priya.looks_well("crisis, assessed and reviewed")
    tomorrow = night.now.replace(second=0, microsecond=0) + timedelta(days=1)
    settles(priya, night, tomorrow, night.bea)
    priya.looks_well("crisis, landing")
    makes_the_next_contact_and_closes(night, chromium, night.bea, width, tomorrow)
    assert night.crisis["waivers"] == {}
    assert night.broken() == set()


@widths
def test_j3_the_check_in_that_does_not_come(days: Night, chromium: Chromium, width: int) -> None:
    night = days
    night.stack.act("tests.flows.deeds:wants_texts", number=ANAS)
    begun(night)
    night.passes(hours=31)
    night.wait_for(lambda: kinds(night) == ["morning"], "she is reminded at nine")
    night.passes(hours=4)
    night.wait_for(lambda: kinds(night) == ["morning", "nudge"], "and once more at one")
    night.passes(hours=20)
    night.wait_for(lambda: rules(night) == ["missed-check-in"], "somebody is to get in touch")
    owner = "select s.name, t.due_at from care_task t join people_staff s on s.id = t.owner_id where t.done_at is null"
    (task,) = night.wait_for(lambda: night.stack.rows(owner), "it is somebody's task")
    assert task["name"] == night.bea.name
    if task["due_at"] - night.now > timedelta(hours=12):  # at a weekend it is due on Monday
        night.passes(seconds=(task["due_at"] - night.now - timedelta(hours=5)).total_seconds())
    bea = at_desk(night, chromium, night.bea, width, "/team/work/")
    bea.sees("Ana Morales")
    bea.looks_well("my day, with a missed check-in")


@widths
def test_j4_help_at_two_in_the_morning(night: Night, chromium: Chromium, width: int) -> None:
    stack = night.stack
    stack.act("tests.flows.plans:write_plan")
    ana = chromium.person(stack, night.cast["ana"]["email"], width=width)
    ana.goes_to("/help")
    ana.sees(re.compile(r"Someone is here until .*: Cal"))
    ana.presses("I need help now: tell Cal")
    ana.sees("We are calling Cal now")
    ana.sees("We are not an emergency service.")
    have, _cannot = keys_in(night.cal.hears())
    assert "You have this" in night.cal.presses(have)
    ana.title_is("Cal has this")
    ana.presses("Please text, I can’t talk")
    ana.sees("because you can’t talk")
    ana.presses("It got worse")
    ana.sees("that it got worse. We pass it on at once.")
    ana.looks_well("what is so, worse")
    assert len(night.crises) == 1

    cal = at_desk(night, chromium, night.cal, width, page_of_crisis(night))
    cal.sees("Text, do not call")
    cal.sees("It got worse")
    cal.looks_well("crisis, worse, and by text")
    tries(cal, "Reached")
    cal.sees("Reached the client")
    cal.unfolds("#f-settle")
    cal.sees("How did it end?")
    ana.presses("I’m safe now")
    ana.sees("We still want to talk with you.")
    assert night.crisis["state"] == "reached"  # it never closes anything
    ana.goes_to("/calm")
    ana.sees("Breathe with this circle")
    ana.goes_to("/plan")
    ana.sees("Rosa Peña")
    assesses(cal, "moderate")
    cal.page.locator("#plan button[value=plan]").click()
    cal.sees("gone through")
    morning = night.now.astimezone(HERE).replace(hour=9, minute=0, second=0, microsecond=0)
    settles(cal, night, morning, night.bea)
    makes_the_next_contact_and_closes(night, chromium, night.bea, width, morning)
    assert night.broken() == set()


def test_j4_the_banner_says_what_the_rota_says_at_that_minute(bare_night: Night, chromium: Chromium) -> None:
    night = bare_night
    night.stack.act("tests.acts:shift", cal="first", hours=3)  # since 01:00: until 04:00
    night.stack.act("tests.acts:shift", priya="first", since_hours=3, hours=2)  # 05:00 to 07:00
    ana = chromium.person(night.stack, night.cast["ana"]["email"])
    for hours, who in ((0, "Cal"), (1.9, "Cal"), (0.2, None), (1, "Priya"), (2, None)):
        night.passes(hours=hours)
        ana.goes_to("/help")
        if who:
            ana.sees(re.compile(rf"Someone is here until .*: {who}"))
        else:
            ana.sees("Nobody from our team is on right now")


@widths
def test_j4_a_cry_by_text_reaches_a_human(night: Night, chromium: Chromium, width: int) -> None:
    number = night.cast["ana"]["phone"]
    assert night.stack.company.reply(number, "STOP")["webhook_status"] == 200
    assert not night.crises
    said = night.stack.company.reply(number, "stop. i cant do this")["webhook_body"]
    assert "A person is being asked to read this. We are not an emergency service." in said
    assert "988" in said
    night.cal.replies(night.cal.code())
    cal = at_desk(night, chromium, night.cal, width, page_of_crisis(night))
    cal.title_is("Ana Morales")
    cal.sees("The client wrote a text")
    cal.sees("stop. i cant do this")
    night.stack.company.reply(number, "HELP")
    cal.goes_to(page_of_crisis(night))
    cal.sees("2 signals")
    cal.looks_well("crisis, by text")


@widths
def test_j7_an_alert_from_the_keypress_to_the_end_of_the_shift(night: Night, chromium: Chromium, width: int) -> None:
    night.ana.answers("6", "not safe")
    heard = night.cal.hears()
    assert "Ana" not in heard  # nothing of her in the call
    have, _cannot = keys_in(heard)
    night.cal.presses(have)
    assert night.crisis["owned_via"] == "voice"
    cal = at_desk(night, chromium, night.cal, width, page_of_crisis(night))
    cal.sees("The client says they are not safe today")
    tries(cal, "Reached")
    cal.sees("Reached the client")
    cal.unfolds("#f-settle")
    cal.sees("How did it end?")

    cal.goes_to("/team/me/")
    cal.expected_status.add(409)
    cal.presses("End my shift now")
    cal.sees("Your shift cannot end while you have an open crisis.")
    cal.looks_well("my contacts, a shift that cannot end")
    cal.follows("Hand over Ana M.")
    expect(cal.page.locator("#hand")).to_have_attribute("open", "")  # the link unfolded it
    cal.page.locator("#ho-to").select_option(night.priya.uid)
    cal.page.locator("#ho-why").fill("My shift ends")
    cal.page.locator("button[value=hand_over]").click()
    cal.sees("Not answered yet: it stays with Cal")
    assert night.owner == "Cal Reyes"
    priya = at_desk(night, chromium, night.priya, width, page_of_crisis(night))
    priya.presses("Yes, I take it over")
    priya.sees("Handed over")
    assert night.owner == "Priya Nair"
    cal.goes_to("/team/me/")
    cal.presses("End my shift now")
    cal.does_not_see("You are on duty")

    priya.expected_status.add(409)
    priya.unfolds("#f-settle")
    priya.page.locator("#f-settle button[value=settle]").click()
    priya.page.locator(".refused").wait_for()
    assert night.crisis["state"] == "reached"
    assesses(priya, "low")
    soon = night.now.replace(second=0, microsecond=0) + timedelta(hours=3)
    settles(priya, night, soon, night.priya)
    desk_of_close = at_desk(night, chromium, night.priya, width, page_of_crisis(night))
    desk_of_close.sees("Before this can be closed")
    makes_the_next_contact(night, desk_of_close, soon)
    assert night.crisis["plan_reviewed_at"] is not None
    assert night.broken() == set()


def makes_the_next_contact(night: Night, desk: Visitor, at: datetime) -> None:
    night.passes(seconds=(at - night.now).total_seconds() - 300)  # it is made before it is late
    tries(desk, "Reached")
    desk.sees("The next contact was made.")
    desk.page.locator("#f-close input[name=plan]").check()
    desk.page.locator("#f-close button[value=close]").click()
    desk.page.wait_for_url("**/team/?said=closed")
    night.wait_for(lambda: night.crisis["state"] == "closed", "it has landed")


def test_j7_two_presses_at_once_are_one_owner_and_one_who_is_told(night: Night, chromium: Chromium) -> None:
    """Without script neither page refreshes itself: both still offer the button, and both press it."""
    night.ana.answers("6", "not safe")
    night.cal.text()
    night.passes(minutes=2)
    night.priya.text()
    pages = [chromium.person(night.stack, who.email, width=DESK, script=False) for who in (night.cal, night.priya)]
    for page in pages:
        page.goes_to(page_of_crisis(night))
    first, second = pages
    first.presses("I have this")
    first.sees("Log a try")
    second.expected_status.add(409)
    second.presses("I have this")
    second.sees("Cal Reyes has this already.")
    assert night.owner == "Cal Reyes"
    first.goes_to(page_of_crisis(night))
    first.sees("“I have this”, when somebody had it. They were told who.")


def test_j7_a_carrier_that_fails_switches_channel_within_a_minute(night: Night) -> None:
    night.stack.company.switch(sms="500")
    night.ana.answers("6", "not safe")
    have, _cannot = keys_in(night.cal.hears())
    pages: dict[str, Any] = {send["channel"]: send for send in night.sends(night.cal) if send["for_what"] == "page"}
    assert pages["voice"]["began_at"] - night.crisis["raised_at"] <= timedelta(seconds=60)
    night.cal.presses(have)
    assert night.owner == "Cal Reyes"


def test_j7_from_the_board_to_settled_by_keyboard_alone(night: Night, chromium: Chromium) -> None:
    night.ana.answers("6", "not safe")
    cal = at_desk(night, chromium, night.cal, DESK, "/team/")
    cal.sees("Nobody has this yet")
    cal.tabs_to("I have this", "button")
    cal.keys("Enter")
    cal.title_is("Ana Morales")
    cal.page.locator("#f-try input[type=radio]").first.focus()
    cal.keys("Space")
    cal.tabs_to("Log this try", "button")
    cal.keys("Enter")
    cal.sees("Reached the client")
    cal.page.locator("#settle > summary").focus()  # folded until its step comes; keys open it
    cal.keys("Enter")
    cal.sees("How did it end?")
    cal.page.locator("#f-settle input[type=radio]").first.focus()
    cal.keys("Space", "Tab")
    day = (night.now + timedelta(days=1)).astimezone(HERE)
    cal.page.keyboard.type(day.strftime("%m%d%Y"))
    cal.page.locator("#hour").focus()
    cal.page.keyboard.type("1000AM")
    cal.page.locator("#by").focus()
    cal.page.keyboard.type("Bea")
    cal.tabs_to("Settle", "button")
    cal.keys("Enter")
    cal.sees("Next contact by Bea Lindqvist")
    expect(cal.page.locator("#h-need")).to_be_visible()
    assert night.crisis["state"] == "settled"
