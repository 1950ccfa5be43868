"""Every page of staff says whether it shows a chart; holdfast/web/tests/test_chart_reads.py opens each that does."""

import re
from pathlib import Path

from django.urls import URLPattern, URLResolver, get_resolver

from holdfast.people.charts import Right
from holdfast.web.access import Access
from holdfast.web.chart import CHARTS, NO_CHARTS
from holdfast.web.looked import RIGHTS
from holdfast.web.tests.test_chart_reads import SHOWN

ROOT = Path(__file__).resolve().parents[2]


def pages(resolver: URLResolver) -> list[URLPattern]:
    found: list[URLPattern] = []
    for each in resolver.url_patterns:
        found += [each] if isinstance(each, URLPattern) else pages(each)
    return found


def of_staff() -> set[str]:
    return {
        str(each.name)
        for each in pages(get_resolver())
        if isinstance(access := getattr(each.callback, "access", None), Access) and access.kind == "staff"
    }


def test_every_page_of_staff_shows_a_chart_or_says_why_it_shows_none() -> None:
    """H-112: a new page stands in one of the two lists of web/chart.py."""
    assert of_staff() == CHARTS | NO_CHARTS.keys()
    assert not CHARTS & NO_CHARTS.keys()
    assert all(NO_CHARTS.values())


def test_every_page_that_shows_a_chart_is_opened_in_a_test() -> None:
    """Where each is opened for real, and what it wrote down is read."""
    assert SHOWN.keys() == CHARTS


def test_looks_at_charts_are_written_in_one_place() -> None:
    """By one statement, below which nobody else writes to that table of the ledger."""
    writes = re.compile(
        r"(insert into|update|delete from) ledger_chartread|ChartRead\.objects\.(create|bulk_create|filter.*update)"
    )
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "holdfast").rglob("*.py")
        if not {"tests", "migrations"} & set(path.parts) and writes.search(path.read_text())
    }
    assert found == {"holdfast/people/charts.py"}


def test_the_page_that_explains_names_every_way_to_a_chart() -> None:
    """All but the sheet on paper, which nobody opens."""
    page = Path("docs/explanation/access.md").read_text()
    title, table = page.split("\n## ")[1].split("\n", 1)
    shown = re.findall(r"^\| (?!why|---).* \| (.*?) \|$", table, re.MULTILINE)
    ways = {right: words for right, words in RIGHTS.items() if right is not Right.PAPER}
    assert len(shown) == len(ways) == len(Right) - 1
    assert {right for right, words in ways.items() if not any(words in one for one in shown)} == set()
    assert title == {9: "Nine ways to a chart"}[len(ways)]
