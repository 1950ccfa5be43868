"""Promise 7 on a phone: the plan a client asked to keep, the exercises, and what a client says while they wait."""

import re

import pytest
from playwright.sync_api import Route

from tests.browser.visitor import DESK, PHONE, Chromium
from tests.flows.night import Night
from tests.stack import until

OFFLINE = re.compile(r"ERR_INTERNET_DISCONNECTED|ERR_FAILED")


def installed(chromium: Chromium, night: Night, page: str):
    ana = chromium.person(night.stack, night.cast["ana"]["email"], width=PHONE)
    ana.goes_to(page)
    ana.page.wait_for_function("navigator.serviceWorker.ready.then((worker) => worker.active?.state === 'activated')")
    return ana


def test_a_plan_is_kept_only_when_asked_for_and_opens_with_nothing_there(night: Night, chromium: Chromium) -> None:
    night.stack.act("tests.flows.plans:write_plan")
    ana = installed(chromium, night, "/plan")
    ana.sees("Rosa Peña")
    ana.looks_well("plan")
    assert not ana.page.evaluate("caches.has('holdfast-plan-1')")
    ana.context.set_offline(True)
    ana.page.goto(f"{night.stack.url}/plan")
    ana.sees("These numbers answer at any hour.")  # nothing was kept: the help page, and no word of the plan
    ana.context.set_offline(False)

    ana.goes_to("/plan")
    ana.presses("Keep my plan on this phone")
    ana.sees("Your plan is kept on this phone")
    ana.context.set_offline(True)
    ana.page.goto(f"{night.stack.url}/plan")
    ana.sees("This is the copy kept on this phone.")
    ana.sees("Rosa Peña")
    assert ana.page.locator('a[href="tel:+15205550177"]').count() == 1
    ana.looks_well("plan, kept")
    ana.page.goto(f"{night.stack.url}/calm")
    ana.sees("Breathe with this circle")
    ana.looks_well("calm, without a network")
    ana.context.set_offline(False)

    slow: list[Route] = []  # the copy is kept fresh; what is on its way while it is taken off does not bring it back
    ana.page.route("**/plan/kept*", lambda route: slow.append(route))
    ana.goes_to("/plan")
    ana.presses("Take it off this phone")
    ana.sees("Keep my plan on this phone")
    assert slow
    for one in slow:
        one.continue_()
    ana.page.wait_for_timeout(300)
    ana.page.unroute("**/plan/kept*")
    assert not ana.page.evaluate("caches.has('holdfast-plan-1')")
    ana.troubles = [trouble for trouble in ana.troubles if not OFFLINE.search(trouble)]


@pytest.mark.parametrize("page", ["/plan", "/today"])
def test_a_kept_plan_leaves_the_phone_with_the_first_page_after_a_death(
    night: Night, chromium: Chromium, page: str
) -> None:
    night.stack.act("tests.flows.plans:write_plan")
    ana = installed(chromium, night, "/plan")
    ana.presses("Keep my plan on this phone")
    ana.sees("Your plan is kept on this phone")
    night.stack.act("tests.flows.deeds:has_died")
    ana.goes_to(page, status=410)
    ana.sees("This page is not in use")
    ana.looks_well("an account that is closed")
    assert not ana.page.evaluate("caches.has('holdfast-plan-1')")
    ana.context.set_offline(True)
    ana.page.goto(f"{night.stack.url}/plan")
    ana.sees("These numbers answer at any hour.")
    ana.context.set_offline(False)
    ana.troubles = [trouble for trouble in ana.troubles if not OFFLINE.search(trouble) and "410" not in trouble]


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_what_a_client_says_while_they_wait_stands_first_for_whoever_has_it(
    night: Night, chromium: Chromium, width: int
) -> None:
    ana = chromium.person(night.stack, night.cast["ana"]["email"], width=width)
    ana.goes_to("/help")
    ana.presses("I need help now: tell Cal")
    ana.sees("We are calling Cal now")
    ana.presses("Please text, I can’t talk")
    ana.sees("because you can’t talk")
    ana.presses("I’m safe now")
    ana.sees("We still want to talk with you.")
    ana.looks_well("what is so, with what was said")
    (crisis,) = night.crises
    assert crisis["state"] == "raised"
    cal = chromium.person(night.stack, night.cast["staff"]["cal"]["email"], width=width)
    cal.goes_to(f"/team/crisis/{crisis['uid']}")
    cal.sees("Text, do not call")
    cal.sees("Nothing is closed by that: speak with them.")
    cal.looks_well("crisis, with what the client said")


def rang(person) -> int:
    return int(person.page.evaluate("document.getElementById('sound').dataset.rang || 0"))


def test_somebody_needed_is_heard_and_seen_and_a_mute_hides_no_emergency(night: Night, chromium: Chromium) -> None:
    cal = chromium.person(night.stack, night.cast["staff"]["cal"]["email"], width=DESK)
    cal.goes_to("/team/work/")
    cal.looks_well("my day")
    cal.goes_to("/team/people/")
    cal.looks_well("clients")
    if cal.page.get_by_role("button", name="Turn sound on").is_visible():
        cal.presses("Turn sound on")
    cal.sees("Sound is on.")
    cal.presses("Mute for an hour")
    cal.sees("An emergency that nobody has still sounds.")
    cal.page.emulate_media(reduced_motion="no-preference")
    before = rang(cal)
    night.ana.answers("6", "not safe")  # an emergency
    until(lambda: rang(cal) > before, "it sounds")
    until(lambda: "1 person needs you" in cal.page.title(), "the title says it")
    until(lambda: "1 person needs you" not in cal.page.title(), "by turns")  # by turns

    cal.page.emulate_media(reduced_motion="reduce")
    until(lambda: cal.page.evaluate("matchMedia('(prefers-reduced-motion: reduce)').matches"), "the page knows it")
    until(lambda: "1 person needs you" in cal.page.title(), "the title says it")
    cal.page.evaluate(
        "window.titles = []; new MutationObserver(() => { window.titles.push(document.title); })"
        ".observe(document.querySelector('title'), {childList: true})"
    )
    until(lambda: rang(cal) > before + 1, "it sounds")
    assert cal.page.evaluate("window.titles") == []  # for whoever wants no motion it changes once
