"""`make pictures`: draws docs/screenshots anew, from a demo that runs at HOLDFAST_PORT and stands as it was first made.

It walks one crisis as the tour does: Ana answers at 02:00, Cal takes it, tries twice in vain, offers it to Priya, reaches
her and settles it. The demo is left in the middle of that; `make demo-reset` makes it new.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from holdfast.web.demo.cast import PASSWORD
from tests.browser.conftest import FLAGS, _chromium
from tests.browser.visitor import DESK, PHONE

TO: Final = Path(__file__).parents[2] / "docs" / "screenshots"
PATIENCE_MS: Final = 30_000


class Somebody:
    """One person at one browser, signed in."""

    def __init__(self, browser: Browser, at: str, email: str = "", width: int = DESK) -> None:
        context = browser.new_context(
            base_url=at, viewport={"width": width, "height": 844 if width == PHONE else 900}, reduced_motion="reduce"
        )
        context.set_default_timeout(PATIENCE_MS)
        self.page: Page = context.new_page()
        if email:
            self.page.goto("/sign-in/")
            self.page.locator("input[name=login]").fill(email)
            self.page.locator("input[type=password]").fill(PASSWORD)
            self.page.locator("form button[type=submit]").last.click()
            self.page.wait_for_load_state()

    def goes_to(self, path: str) -> None:
        self.page.goto(path, wait_until="load")

    def presses(self, name: str) -> None:
        self.page.get_by_role("button", name=re.compile(name)).first.click()

    def sees(self, words: str) -> None:
        self.page.get_by_text(words).first.wait_for()

    def unfolds(self, selector: str) -> None:
        self.page.locator(selector).wait_for(state="attached")
        closed = self.page.locator(f"details:not([open]):has({selector})")
        while closed.count():
            closed.first.locator("> summary").click()

    def tries(self, words: str) -> None:
        self.unfolds("#f-try")
        self.page.locator("#f-try").get_by_text(words, exact=False).click()
        self.page.locator("#f-try button[value=try]").click()

    def drawn(self, name: str, part: Locator | None = None, height: int = 0) -> None:
        """The window, a part of the page, or the page down to `height`."""
        print(name, flush=True)
        path = TO / f"{name}.png"
        self.page.wait_for_timeout(300)  # what fades in has faded in
        if part is not None:
            part.screenshot(path=path)
        elif height and self.page.viewport_size is not None:
            clip = {"x": 0, "y": 0, "width": self.page.viewport_size["width"], "height": height}
            self.page.screenshot(path=path, full_page=True, clip=clip)  # type: ignore[arg-type]
        else:
            self.page.screenshot(path=path)


def answers(ana: Somebody) -> None:
    """The daily check-in; the picture is of the question that counts."""
    ana.goes_to("/today")
    ana.drawn("today-390")
    ana.presses("^Start")
    for pick in ("7", "1", "6", "Yes", "No", "No", ""):
        before = ana.page.locator("main").inner_text()
        if pick == "No" and "safe" in before:
            ana.drawn("question-390")
        if pick:
            ana.page.locator("label.choice").filter(has=ana.page.get_by_text(pick, exact=True)).first.click()
        ana.presses("^(Next|Send)$")
        ana.page.wait_for_function("(text) => document.querySelector('main')?.innerText !== text", arg=before)


def walk(browser: Browser, at: str) -> None:
    """One crisis, from the answer to the landing."""
    tour = Somebody(browser, at)
    tour.goes_to("/demo/")
    tour.presses("It is 2:00 am")
    ana = Somebody(browser, at, "ana@example.org", PHONE)
    board = Somebody(browser, at, "cal@example.org")
    Somebody(browser, at, "ana@example.org", PHONE)
    ana.goes_to("/help")
    ana.drawn("help-390")
    answers(ana)
    tour.sees("is calling")
    tour.drawn("tour-1280")
    board.goes_to("/team/")
    board.sees("Nobody has this yet")
    board.drawn("board-1280")
    board.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    board.drawn("board-1280-dark")
    board.page.emulate_media(color_scheme="light", reduced_motion="reduce")
    board.presses("I have this")
    board.page.wait_for_url(re.compile("/team/crisis/"))
    ana.sees("Cal has this")
    ana.drawn("sent-390")
    path = board.page.url.removeprefix(at)
    leads(browser, at, board, path)


def leads(browser: Browser, at: str, cal: Somebody, path: str) -> None:
    """What staff see from "I have this" on."""
    phone = Somebody(browser, at, "cal@example.org", PHONE)
    cal.drawn("crisis-1280", height=1100)
    cal.drawn("crisis-step", cal.page.locator(".steps [data-s=now]"))
    phone.goes_to(path)
    phone.drawn("crisis-390", height=1300)
    for number in (1, 2):
        cal.tries("No answer")
        cal.page.locator("#log .timeline").get_by_text("Tried to reach the client").nth(number - 1).wait_for()
    cal.page.locator("#f-choose").wait_for()
    cal.drawn("crisis-cannot-reach", cal.page.locator("section:has(> #f-choose), div:has(> #f-choose)").first)
    cal.page.locator("#hand > summary").click()
    cal.page.locator("#ho-to").select_option(label=re.compile("Priya"))  # type: ignore[arg-type]
    cal.page.locator("#ho-why").fill("My line breaks")
    cal.page.locator("button[value=hand_over]").click()
    cal.sees("Not answered yet")
    priya = Somebody(browser, at, "priya@example.org")
    priya.goes_to(path)
    priya.sees("asks you to take this over")
    priya.drawn("crisis-offer", priya.page.locator("section:has(#yes), div:has(> form #yes)").last)
    cal.goes_to(path)
    cal.tries("Reached")
    cal.sees("Reached the client")
    cal.unfolds("#f-settle")
    cal.drawn("crisis-settle", cal.page.locator("#f-settle"))


def main() -> int:
    """Draw everything."""
    at = f"http://localhost:{os.environ.get('HOLDFAST_PORT', '8000')}"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=_chromium(), args=list(FLAGS))
        walk(browser, at)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
