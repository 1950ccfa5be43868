"""The crisis page in a real browser: hand over, cannot reach and a wrong press, on phone and desk, by keyboard too."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import DESK, PHONE, Chromium, Visitor
from tests.flows.night import Night

widths = pytest.mark.parametrize("width", [PHONE, DESK])


@pytest.fixture
def path(night: Night) -> str:
    """Ana is not safe, and Cal has it."""
    night.ana.answers("6", "not safe")
    night.cal.replies(night.cal.code())
    return f"/team/crisis/{night.crisis['uid']}"


def cal(night: Night, chromium: Chromium, path: str, width: int) -> Visitor:
    visitor = chromium.person(night.stack, night.cal.email, width=width)
    visitor.goes_to(path)
    return visitor


def tries(visitor: Visitor, words: str) -> None:
    visitor.unfolds("#f-try")
    visitor.page.locator("#f-try").get_by_text(words, exact=False).click()
    visitor.page.locator("#f-try button[value=try]").click()


@widths
def test_handing_over(night: Night, chromium: Chromium, path: str, width: int) -> None:
    visitor = cal(night, chromium, path, width)
    visitor.looks_well("crisis, owned")
    visitor.page.locator("#hand > summary").click()
    visitor.page.locator("#ho-to").select_option(night.priya.uid)
    visitor.page.locator("#ho-why").fill("My line breaks")
    visitor.page.locator("button[value=hand_over]").click()
    visitor.sees("Not answered yet: it stays with Cal")
    visitor.looks_well("crisis, offered")
    priya = chromium.person(night.stack, night.priya.email, width=width)
    priya.goes_to(path)
    priya.sees("Cal Reyes asks you to take this over")
    priya.looks_well("crisis, asked to take over")
    priya.page.locator("#yes").click()
    priya.sees("Handed over")
    assert night.owner == "Priya Nair"


@widths
def test_a_client_who_cannot_be_reached(night: Night, chromium: Chromium, path: str, width: int) -> None:
    visitor = cal(night, chromium, path, width)
    for number in (1, 2):
        tries(visitor, "No answer")
        expect(visitor.page.locator("#log .timeline").get_by_text("Tried to reach the client")).to_have_count(number)
    visitor.sees("Cannot reach the client.")
    visitor.looks_well("crisis, cannot reach")
    visitor.page.locator("#f-choose").get_by_text("Ask for a welfare check").click()
    visitor.expected_status.add(409)
    visitor.page.locator("button[value=choose]").click()
    visitor.sees("Say why, and what you tell them")
    expect(visitor.page.locator("#f-choose input[value=welfare_check]")).to_be_checked()
    visitor.page.locator("#ch-why").fill("No answer, twice")
    visitor.page.locator("button[value=choose]").click()
    visitor.sees("Decided to ask for a welfare check")


def test_what_comes_next_is_chosen_without_losing_a_note_half_typed(
    night: Night, chromium: Chromium, path: str
) -> None:
    visitor = cal(night, chromium, path, DESK)
    visitor.page.locator("#new-note").fill("Her sister has a key")
    for _ in range(2):
        tried = night.cal.posts(path, do="try", result="no_answer", how="phone", note="")
        assert tried.status_code == 302
    visitor.sees("Cannot reach the client.")
    visitor.page.locator("#go-choose").click()
    visitor.page.locator("#ch-why").fill("No answer, twice")
    visitor.page.locator("#go-choose").click()
    expect(visitor.page.locator("#f-choose")).to_be_visible()
    expect(visitor.page.locator("#ch-why")).to_have_value("No answer, twice")
    expect(visitor.page.locator("#new-note")).to_have_value("Her sister has a key")
    visitor.looks_well("crisis, what comes next")


@widths
def test_a_wrong_press(night: Night, chromium: Chromium, width: int) -> None:
    night.ana.calls_for_help()
    night.cal.replies(night.cal.code())
    visitor = cal(night, chromium, f"/team/crisis/{night.crisis['uid']}", width)
    tries(visitor, "Reached")
    visitor.sees("Reached the client")
    visitor.unfolds("#f-settle")
    visitor.sees("How did it end?")
    visitor.looks_well("crisis, reached")
    form = visitor.page.locator("#f-settle")
    form.get_by_text("No danger found, wrong press").click()
    form.locator("#day").fill((night.now.date()).replace(year=night.now.year + 1).isoformat())
    form.locator("#hour").fill("15:00")
    form.locator("#by").select_option(night.bea.uid)
    visitor.expected_status.add(409)
    form.locator("button[value=settle]").click()
    visitor.sees("more than 14 days away")
    expect(visitor.page.locator("#hour")).to_have_value("15:00")
    visitor.looks_well("crisis, refused")


def test_a_step_is_done_by_keyboard_alone(night: Night, chromium: Chromium, path: str) -> None:
    visitor = cal(night, chromium, path, DESK)
    tries(visitor, "Reached")
    visitor.sees("Done, next step")
    visitor.page.locator("#noted").focus()
    visitor.page.keyboard.type("At home, door 14")
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.press("Enter")
    visitor.sees("At home, door 14")
    expect(visitor.page.locator(".steps [data-s=done]")).to_have_count(2)
