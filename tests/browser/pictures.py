"""`make pictures`: draws docs/screenshots anew, from a demo that runs at HOLDFAST_PORT and stands as it was first made.

It walks one crisis as the tour does: Ana answers at 02:00, Cal takes it, tries twice in vain, offers it to Priya, reaches
her and settles it. The demo is left in the middle of that; `make demo-reset` makes it new.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from playwright.sync_api import Browser, Locator, expect, sync_playwright

from holdfast.web.demo.cast import PASSWORD, SECOND_FACTOR
from tests.browser.conftest import FLAGS, _chromium
from tests.browser.visitor import DESK, PATIENCE_MS, PHONE, Visitor, answered

if TYPE_CHECKING:
    from tests.stack import Stack

TO: Final = Path(__file__).parents[2] / "docs" / "screenshots"


@dataclass(frozen=True)
class Demo:
    """Where the demo runs; of all that the tests' own stack knows, visitors need only this."""

    url: str


def somebody(browser: Browser, at: str, email: str = "", width: int = DESK) -> Visitor:
    """One person at one browser, signed in with the demo's password where an address is given."""
    context = browser.new_context(
        viewport={"width": width, "height": 844 if width == PHONE else 900}, reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_MS)
    visitor = Visitor(cast("Stack", Demo(at)), context, context.new_page(), width)
    if email:
        visitor.goes_to("/sign-in/")
        visitor.page.locator("input[name=login]").fill(email)
        visitor.page.locator("input[type=password]").fill(PASSWORD)
        visitor.page.keyboard.press("Enter")
        visitor.page.wait_for_url(re.compile("/(today|team|sign-in/second)"))
        if "second" in visitor.page.url:
            visitor.page.locator("input[name=code]").fill(SECOND_FACTOR)
            visitor.page.keyboard.press("Enter")
            visitor.page.wait_for_url(re.compile("/team"))
    return visitor


def draw(visitor: Visitor, name: str, part: Locator | None = None, height: int = 0) -> None:
    """The window, a part of the page, or the page down to `height`."""
    print(name, flush=True)
    path = TO / f"{name}.png"
    visitor.page.wait_for_timeout(300)  # what fades in has faded in
    if part is not None:
        part.screenshot(path=path)
    elif height:
        visitor.page.screenshot(
            path=path, full_page=True, clip={"x": 0, "y": 0, "width": visitor.width, "height": height}
        )
    else:
        visitor.page.screenshot(path=path)


def tries(visitor: Visitor, words: str) -> None:
    visitor.unfolds("#f-try")
    visitor.page.locator("#f-try").get_by_text(words, exact=False).click()
    visitor.page.locator("#f-try button[value=try]").click()


def answers(ana: Visitor) -> None:
    """The daily check-in; the picture is of the question that counts."""
    ana.goes_to("/today")
    draw(ana, "today-390")
    ana.presses("Start")
    answered(ana, ["7", "1", "6", "Yes", "No"])
    draw(ana, "question-390")
    answered(ana, ["No", ""])


def walk(browser: Browser, at: str) -> None:
    """One crisis, from the answer to the landing."""
    tour = somebody(browser, at)
    tour.goes_to("/demo/")
    tour.presses("It is 2:00 am")
    ana = somebody(browser, at, "ana@example.org", PHONE)
    board = somebody(browser, at, "cal@example.org")
    ana.goes_to("/help")
    draw(ana, "help-390")
    answers(ana)
    tour.sees("is calling")
    draw(tour, "tour-1280")
    board.goes_to("/team/")
    board.sees("Nobody has this yet")
    draw(board, "board-1280")
    board.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    draw(board, "board-1280-dark")
    board.page.emulate_media(color_scheme="light", reduced_motion="reduce")
    board.takes()
    ana.sees("Cal has this")
    draw(ana, "sent-390")
    path = board.page.url.removeprefix(at)
    leads(browser, at, board, path)


def leads(browser: Browser, at: str, cal: Visitor, path: str) -> None:
    """What staff see from "I have this" on."""
    phone = somebody(browser, at, "cal@example.org", PHONE)
    draw(cal, "crisis-1280", height=1100)
    draw(cal, "crisis-step", cal.page.locator(".steps [data-s=now]"))
    phone.goes_to(path)
    draw(phone, "crisis-390")
    tries(cal, "No answer")
    cal.sees("Tried to reach the client")
    tries(cal, "No answer")
    cal.sees("Cannot reach the client.")
    cal.page.locator("#go-choose").click()
    draw(cal, "crisis-cannot-reach", cal.page.locator("section:has(#f-choose)"))
    cal.page.locator("#hand > summary").click()
    priya_there = cal.page.locator("#ho-to option", has_text="Priya").first.get_attribute("value")
    cal.page.locator("#ho-to").select_option(priya_there)
    cal.page.locator("#ho-why").fill("My line breaks")
    cal.page.locator("button[value=hand_over]").click()
    cal.sees("Not answered yet")
    priya = somebody(browser, at, "priya@example.org")
    priya.goes_to(path)
    priya.sees("asks you to take this over")
    draw(priya, "crisis-offer", priya.page.locator("section:has(#yes)"))
    cal.goes_to(path)
    tries(cal, "Reached")
    cal.sees("Reached the client")
    cal.unfolds("#f-settle")
    draw(cal, "crisis-settle", cal.page.locator("#f-settle"))


def trusts(browser: Browser, at: str) -> None:
    """What a client agreed to, who looked, and whom their team may call."""
    ana = somebody(browser, at, "ana@example.org", PHONE)
    ana.goes_to("/agreed")
    draw(ana, "agreed-390")
    ana.goes_to("/record/looked")
    draw(ana, "looked-390")
    bea = somebody(browser, at, "bea@example.org")
    bea.goes_to("/team/people/")
    bea.follows("Ana Morales")
    bea.follows("Consents")
    draw(bea, "consents-1280")


def main() -> int:
    """Draw everything."""
    at = f"http://localhost:{os.environ.get('HOLDFAST_PORT', '8000')}"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=_chromium(), args=list(FLAGS))
        trusts(browser, at)
        walk(browser, at)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
