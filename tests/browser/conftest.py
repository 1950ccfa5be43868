"""One Chromium for the run; every test begins at 02:00 in Phoenix with the whole of Holdfast running."""

import os
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.visitor import PATIENCE_MS, Chromium
from tests.flows.night import Night, at_two_in_the_morning
from tests.stack import ROOT, Stack

FLAGS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)


def _chromium() -> str:
    """The one that is named, or the one that `.ci/chromium` finds or gets."""
    named = os.environ.get("HOLDFAST_CHROMIUM")
    if named:
        return named
    found = subprocess.run([str(ROOT / ".ci" / "chromium")], stdout=subprocess.PIPE, text=True, check=True)
    return found.stdout.strip()


@pytest.fixture(scope="session")
def _browser() -> Iterator[Chromium]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=_chromium(), args=list(FLAGS))
        yield Chromium(browser, set())
        browser.close()


@pytest.fixture
def chromium(_browser: Chromium) -> Iterator[Chromium]:
    with _browser.test() as chromium:
        yield chromium


@pytest.fixture
def bare_night(stack: Stack) -> Night:
    """Nobody is on duty."""
    return at_two_in_the_morning(stack)


@pytest.fixture
def night(bare_night: Night) -> Night:
    """Cal is first, Priya behind him."""
    bare_night.stack.act("tests.acts:night_shift")
    return bare_night
