"""The table of who may see what names, for every page of staff, the queries that this page really uses."""

import inspect
import sys

import pytest

from holdfast.entry.access_page import ALL, ROWS, pages
from holdfast.web.chart import CHARTS, NO_CHARTS

OF_STAFF = {str(pattern.name): pattern for _, pattern, access in pages() if access.kind == "staff"}


def test_every_page_of_staff_names_its_rows_or_says_that_it_shows_none() -> None:
    assert OF_STAFF.keys() - ROWS.keys() - ALL.keys() - NO_CHARTS.keys() == set()
    assert (ROWS.keys() | ALL.keys()) - OF_STAFF.keys() == set()
    assert CHARTS - ROWS.keys() - ALL.keys() == set()


def reachable(module: str, seen: set[str]) -> str:
    """The source of a page's module, and of our own modules that it takes from: below the web, one step."""
    source = inspect.getsource(sys.modules[module])
    for line in source.splitlines():
        if line.startswith("from holdfast.") and (name := line.split()[1]) not in seen and name in sys.modules:
            seen.add(name)
            source += inspect.getsource(sys.modules[name]) if not name.startswith("holdfast.web.templatetags") else ""
    return source


@pytest.mark.parametrize("page", sorted(ROWS))
def test_a_page_uses_the_queries_that_stand_beside_it(page: str) -> None:
    source = reachable(OF_STAFF[page].callback.__module__, set())
    missing = [query.__name__ for query in ROWS[page] if f"{query.__name__}(" not in source]
    assert missing == []


def test_whoever_asks_stands_first_in_every_query_of_the_table() -> None:
    for queries in ROWS.values():
        for query in queries:
            assert next(iter(inspect.signature(query).parameters)) == "actor", query.__name__
            assert query.__doc__, query.__name__
