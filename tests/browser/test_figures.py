"""The director's figures in a real browser, on two widths: they read well, and each number opens its rows."""

from __future__ import annotations

import re

import pytest

from tests.browser.test_after import settles
from tests.browser.visitor import DESK, PHONE, Chromium
from tests.flows.night import Night


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_dia_reads_the_figures_and_opens_the_rows_behind_one(night: Night, chromium: Chromium, width: int) -> None:
    settles(night, chromium, width)
    dia = chromium.person(night.stack, night.dia.email, width=width)
    dia.goes_to("/team/")
    dia.follows("Figures")
    dia.title_is("Figures")
    dia.sees("Each number opens the rows behind it.")
    dia.looks_well("the figures")
    for table in dia.page.locator("details > summary").all():
        table.click()
    dia.looks_well("the figures with their tables")
    dia.page.locator("#h-now ~ .now-grid .tile.big a").click()
    dia.title_is("Open crises")
    dia.sees("Ana Morales")
    dia.looks_well("the rows of a figure")
    dia.follows(re.compile("Open the crisis"))
    dia.title_is(re.compile("Ana"))
    dia.goes_to("/program/figures/turn-late")
    dia.sees("No row makes up this number.")
    dia.looks_well("a figure without rows")
    dia.goes_to("/program/figures/?days=90")
    dia.looks_well("the figures of a quarter")
