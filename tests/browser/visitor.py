"""Somebody in front of a real Chromium. Whatever they meet is watched while they walk.

    ana = chromium.person(night, "ana@…", width=390)
    ana.goes_to("/today"); ana.presses("Start"); ana.sees("Question 1 of 7")

A request to any other host, an error in the console, a script that fails or a rule of the content policy that is
broken fails the test in which it happened. `looks_well` asks axe about the page in light and in dark and looks
whether anything reaches beyond a screen of 320 px. Nothing here waits for a fixed time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.stack import Stack

PATIENCE_MS: Final = 30_000
PHONE, DESK = 390, 1280
BAR: Final = "(how) => document.querySelectorAll('.bottom').forEach((bar) => { bar.style.position = how; })"
TRIES: Final = 3
AXE: Final = (Path(__file__).parent / "vendor" / "axe-core-4.14.1.min.js").read_text()
RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
HERE: Final = frozenset({"127.0.0.1", "localhost"})
ASK_AXE: Final = """async (rules) => {
    const found = await axe.run(document, {runOnly: {type: "tag", values: rules}, resultTypes: ["violations"]});
    return found.violations.map((v) => `${v.id} (${v.impact}): ${v.help}; ` +
        v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160) + " :: " + (n.any[0]?.message || "")).join(" | "));
}"""
TOO_WIDE: Final = """() => {
    const edge = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= edge) return [];
    return [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > edge + 1)
        .slice(0, 5).map((e) => e.outerHTML.slice(0, 120));
}"""
# A page that was asked for and is an error page says so in the console; the test that asked for it knows.
STATUS: Final = re.compile(r"Failed to load resource: the server responded with a status of (\d{3})")
FOCUSED: Final = """() => {
    const e = document.activeElement;
    if (!e || e === document.body) return null;
    const shown = getComputedStyle(e), label = e.labels && e.labels.length ? e.labels[0].innerText : "";
    const ring = (s) => (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== "none";
    const near = e.labels && e.labels.length ? getComputedStyle(e.labels[0]) : shown;
    const mark = e.nextElementSibling ? getComputedStyle(e.nextElementSibling) : shown;
    return {name: (e.getAttribute("aria-label") || label || e.innerText || e.value || "").trim(),
            kind: e.tagName.toLowerCase() + (e.type ? ":" + e.type : ""), visible: ring(shown) || ring(near) || ring(mark)};
}"""


@dataclass
class Visitor:
    """One person with one browser window."""

    stack: Stack
    context: BrowserContext
    page: Page
    width: int
    troubles: list[str] = field(default_factory=list)
    expected_status: set[int] = field(default_factory=set)
    seen_well: set[str] = field(default_factory=set)

    # --- walking

    def goes_to(self, path: str, status: int = 200) -> None:
        if status != 200:
            self.expected_status.add(status)
        answer = self.page.goto(self.stack.url + path, wait_until="load")
        assert answer is not None
        assert answer.status == status, (path, answer.status)

    def sees(self, words: str | re.Pattern[str]) -> None:
        """These words are on the page, now or as soon as the page has refreshed itself."""
        expect(self.page.locator("body")).to_contain_text(words, use_inner_text=True)

    def does_not_see(self, words: str) -> None:
        expect(self.page.locator("body")).not_to_contain_text(words, use_inner_text=True)

    def title_is(self, words: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_role("heading", level=1).first).to_have_text(words)

    def presses(self, name: str | re.Pattern[str], role: Any = "button") -> None:
        self.page.get_by_role(role, name=name).first.click()

    def takes(self) -> None:
        """Press "I have this" until its page opens, as a person would on a board that changes under their hand."""
        for _ in range(TRIES):
            self.presses(re.compile("I have this"))
            with suppress(PlaywrightTimeout):
                self.page.wait_for_url(re.compile("/team/crisis/"), timeout=PATIENCE_MS / TRIES)
                return
        raise AssertionError(f"the crisis did not open; still at {self.page.url}")

    def follows(self, name: str | re.Pattern[str]) -> None:
        self.presses(name, "link")

    def picks(self, label: str) -> None:
        """Tap a choice by its words, where a thumb would: on the words."""
        self.page.locator("label.choice").filter(has=self.page.get_by_text(label, exact=True)).first.click()

    def writes(self, label: str, words: str) -> None:
        self.page.get_by_label(label, exact=True).fill(words)

    def unfolds(self, selector: str) -> None:
        """Open whatever folds this away, by its summary as a thumb would. What is open stays open."""
        self.page.locator(selector).wait_for(state="attached")
        closed = self.page.locator(f"details:not([open]):has({selector})")
        while closed.count():
            before = closed.count()
            closed.first.locator("> summary").click()
            expect(closed).to_have_count(before - 1)

    def part(self, selector: str) -> Locator:
        return self.page.locator(selector)

    def opens_a_tab(self, name: str) -> Visitor:
        """Press a button that opens another tab; the same person, looking at that tab."""
        with self.context.expect_page() as opened:
            self.presses(re.compile(name))
        page = opened.value
        page.wait_for_load_state()
        page.on("websocket", lambda socket: self._other_host(socket.url))
        return Visitor(self.stack, self.context, page, self.width, self.troubles, self.expected_status, self.seen_well)

    # --- by keyboard alone

    def tabs_to(self, name: str, kind: str = "") -> None:
        """Press Tab until this has the focus, which must be visible."""
        met: list[str] = []
        for _ in range(80):
            focus = self.page.evaluate(FOCUSED)
            if focus and name in focus["name"] and kind in focus["kind"]:
                assert focus["visible"], f"the focus on {name!r} cannot be seen"
                return
            met.append(focus["name"][:30] if focus else "-")
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never reached {name!r}, only {met}")

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    # --- is the page well?

    def looks_well(self, name: str) -> None:
        """axe has nothing to say in light and in dark, and nothing reaches beyond 320 px. Once a page and width."""
        key = f"{name} {self.width}"
        if key in self.seen_well:
            return
        self.seen_well.add(key)
        found = []
        self.page.evaluate(AXE)
        # What lies under the bar at the foot can be scrolled free; where the page happens to stand is no finding.
        self.page.evaluate(BAR, "static")
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found += [f"{scheme}: {trouble}" for trouble in self.page.evaluate(ASK_AXE, list(RULES))]
        self.page.evaluate(BAR, "")
        self.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        found += [f"wider than {self.width} px: {wide}" for wide in self.page.evaluate(TOO_WIDE)]
        if self.width == PHONE:
            self.page.set_viewport_size({"width": 320, "height": 640})
            found += [f"wider than 320 px: {wide}" for wide in self.page.evaluate(TOO_WIDE)]
            self.page.set_viewport_size({"width": PHONE, "height": 844})
        assert not found, f"{name} at {self.width} px:\n" + "\n".join(found)

    # --- watched all the while

    def watch(self) -> None:
        self.context.on("request", lambda request: self._other_host(request.url))
        self.context.on("console", self._console)
        self.context.on("weberror", lambda error: self.troubles.append(f"script: {error.error}"))
        self.page.on("websocket", lambda socket: self._other_host(socket.url))

    def _other_host(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in HERE:
            self.troubles.append(f"asked another host: {url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        status = STATUS.search(message.text)
        if status and int(status[1]) in self.expected_status:
            return
        self.troubles.append(f"console: {message.text}")

    def nothing_went_wrong(self) -> None:
        assert not self.troubles, "\n".join(self.troubles)


@dataclass
class Chromium:
    """The browser of a test run, and everybody who sits in front of it in one test."""

    browser: Browser
    seen_well: set[str]
    people: list[Visitor] = field(default_factory=list)

    def person(self, stack: Stack, email: str | None = None, *, width: int = PHONE, script: bool = True) -> Visitor:
        """Somebody, signed in when an address is given."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 844 if width == PHONE else 900},
            java_script_enabled=script,
            has_touch=False,
            reduced_motion="reduce",
            locale="en-US",
            timezone_id="America/Phoenix",
        )
        context.set_default_timeout(PATIENCE_MS)
        if email is not None:
            key = stack.act("tests.acts:session", email=email)
            context.add_cookies([{"name": "sessionid", "value": key, "url": stack.url}])
        visitor = Visitor(stack, context, context.new_page(), width, seen_well=self.seen_well)
        visitor.watch()
        self.people.append(visitor)
        return visitor

    @contextmanager
    def test(self) -> Iterator[Chromium]:
        """One test: whoever came goes again, and what went wrong before their eyes fails it."""
        try:
            yield self
            for visitor in self.people:
                visitor.nothing_went_wrong()
        finally:
            for visitor in self.people:
                visitor.context.close()
            self.people.clear()


def answered(visitor: Visitor, picks: Sequence[str]) -> None:
    """Answer one question after another by its words; "" leaves a question out."""
    for pick in picks:
        question = visitor.page.url, visitor.page.locator("main").inner_text()
        if pick and visitor.page.get_by_role("radio").count():
            visitor.picks(pick)
        elif pick:
            visitor.page.get_by_role("textbox").fill(pick)
        visitor.presses(re.compile("^(Next|Send)$"))
        visitor.page.wait_for_function(
            "([url, text]) => location.href !== url || document.querySelector('main')?.innerText !== text",
            arg=list(question),
        )
