"""Whatever docs/security names as evidence exists: tests, files, settings."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs" / "security").glob("*.md"))
PARTS = ("A", "C", "K", "S")


def defined() -> set[str]:
    return {
        name
        for path in [*(ROOT / "holdfast").rglob("test_*.py"), *(ROOT / "tests").rglob("test_*.py")]
        for name in re.findall(r"def (test_\w+)\(", path.read_text())
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_is_named_as_evidence_exists(page: Path) -> None:
    assert set(re.findall(r"`(test_\w+)`", page.read_text())) - defined() == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_is_named_as_evidence_exists(page: Path) -> None:
    named = re.findall(r"`((?:holdfast|tests|deploy|docs|requirements)/[\w./@-]+|pyproject\.toml)`", page.read_text())
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_item_of_asvs_has_evidence_or_says_that_it_is_missing() -> None:
    rows = re.findall(
        r"^\| (\d+\.\d[^|]*)\|[^|]*\| (\S+) \| (.*) \|$", (ROOT / "docs/security/asvs.md").read_text(), re.MULTILINE
    )
    assert len(rows) > 70
    for item, word, evidence in rows:
        assert word in ("met", "part", "backlog", "n/a", "yours"), item
        assert evidence.strip(), item
        if word == "part":
            assert re.search(r"backlog|yours|is not|on purpose|test_|`", evidence), item


def test_what_is_not_there_names_the_part_that_builds_it() -> None:
    for page in PAGES:
        for part in re.findall(r"\(part (\w+)\)", page.read_text()):
            assert part in PARTS, page.name
