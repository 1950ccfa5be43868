"""The director's figures in a real browser, on two widths: they read well, each number opens its rows and comes out of them."""

from __future__ import annotations

import csv
import re
from io import StringIO

import pytest

from tests.browser.test_after import settles
from tests.browser.visitor import DESK, PHONE, Chromium, Visitor
from tests.flows.night import Night


def kept(visitor: Visitor, path: str) -> list[dict[str, str]]:
    """The lines of a file that this person takes along."""
    answer = visitor.context.request.get(visitor.stack.url + path)
    assert answer.ok, (path, answer.status)
    return list(csv.DictReader(StringIO(answer.body().decode("utf-8-sig"))))


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_dia_reads_the_figures_and_opens_the_rows_behind_one(night: Night, chromium: Chromium, width: int) -> None:
    settles(night, chromium, width)
    dia = chromium.person(night.stack, night.dia.email, width=width)
    dia.goes_to("/team/")
    dia.follows("Figures")
    dia.title_is("Figures")
    dia.sees("Each number opens the rows behind it.")
    for words in (
        "Gaps in the cover",
        "Risk to be judged again",
        "Clients without a safety plan",
        "Clocks that ran out",
    ):
        dia.sees(words)
    dia.looks_well("the figures")
    for table in dia.page.locator("details > summary").all():
        table.click()
    dia.looks_well("the figures with their tables")
    dia.page.locator("#h-now ~ .now-grid .tile.big a").click()
    dia.title_is("Open crises")
    dia.sees("Ana Morales")
    dia.sees("Protocol i-need-help-now 1")
    dia.looks_well("the rows of a figure")
    dia.follows(re.compile("Open the crisis"))
    dia.title_is(re.compile("Ana"))
    dia.goes_to("/program/figures/turn-late")
    dia.sees("No row makes up this number.")
    dia.looks_well("a figure without rows")
    dia.goes_to("/program/figures/?days=90")
    dia.looks_well("the figures of a quarter")


def test_by_keyboard_alone_from_a_number_to_the_cover(night: Night, chromium: Chromium) -> None:
    dia = chromium.person(night.stack, night.dia.email, width=DESK)
    dia.goes_to("/program/figures/")
    dia.tabs_to("Gaps in the cover")
    dia.keys("Enter")
    dia.title_is("Gaps in the cover of the next 14 days")
    dia.looks_well("the gaps of the cover")
    dia.tabs_to("Open the cover")
    dia.keys("Enter")
    dia.page.wait_for_url(re.compile("/team/rota/"))
    dia.goes_to("/program/figures/")
    dia.tabs_to("As a table")
    dia.keys("Enter")
    dia.sees("All days")


def test_what_the_page_says_comes_out_of_the_files(night: Night, chromium: Chromium) -> None:
    settles(night, chromium, DESK)
    dia = chromium.person(night.stack, night.dia.email, width=DESK)
    dia.goes_to("/program/figures/")
    summary = kept(dia, str(dia.page.get_by_role("link", name="CSV").get_attribute("href")))
    counted = {line["rows"]: line["count"] for line in summary if line["count"] != "0"}
    for address, count in counted.items():
        assert str(len(kept(dia, address))) == count, address
        shown = dia.page.locator(f'a[href="{address.replace(".csv", "", 1)}"]').first
        assert str(shown.text_content()).split()[0] == count, address
    (taken,) = [line for line in summary if (line["measure"], line["what"], line["hour"]) == ("ack", "taken", "")]
    (row,) = kept(dia, taken["rows"])
    assert row["owner"] == "Cal Reyes"
    assert 0 <= float(row["seconds"]) < 120
    paper = dia.context.request.get(dia.stack.url + str(dia.page.get_by_role("link", name="PDF").get_attribute("href")))
    assert paper.body().startswith(b"%PDF-")
