"""The realtime process dies: the board says that news comes late, and still learns of a crisis by asking."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.visitor import DESK, Chromium
from tests.flows.night import Night

LOST = re.compile("WebSocket|Failed to load resource")


def test_without_the_line_for_news_the_board_says_so_and_still_learns(night: Night, chromium: Chromium) -> None:
    cal = chromium.person(night.stack, night.cal.email, width=DESK)
    cal.goes_to("/team/")
    late = cal.page.get_by_text("News comes late on this page.")
    expect(late).to_be_hidden()
    night.stack.programs["realtime"].kill()
    expect(late).to_be_visible()
    night.ana.answers("6", "not safe")
    cal.sees("Ana M.")
    cal.looks_well("board, news comes late")
    night.cal.replies(night.cal.code())  # telephones are not touched by it
    assert night.owner == "Cal Reyes"
    night.stack.programs["realtime"].start()
    expect(late).to_be_hidden()
    cal.troubles = [trouble for trouble in cal.troubles if not LOST.search(trouble)]
