"""House rules that no linter knows."""

import re
import subprocess
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [
    p for p in sorted((ROOT / "holdfast").rglob("*.py")) if "/tests/" not in str(p) and "/migrations/" not in str(p)
]
ORDER = ["ledger", "people", "consent", "notify", "oncall", "assessment", "plans", "care", "crisis", "records"]

CLOCKS = re.compile(r"timezone\.now\(|datetime\.now\(|datetime\.utcnow\(|date\.today\(|time\.time\(\)")
CLOCK_READERS = {"ledger/scope.py"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_only_the_ledger_reads_the_clock(path: Path) -> None:
    if str(path.relative_to(ROOT / "holdfast")) not in CLOCK_READERS:
        assert not CLOCKS.search(path.read_text())


def test_foreign_keys_point_downward() -> None:
    upward = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in ORDER
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey)
        and field.related_model._meta.app_label in ORDER
        and ORDER.index(field.related_model._meta.app_label) > ORDER.index(model._meta.app_label)
    ]
    assert upward == []


def views(resolver: URLResolver, prefix: str = "") -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for each in resolver.url_patterns:
        here = prefix + str(each.pattern)
        if isinstance(each, URLPattern):
            found.append((here, each.callback))
        else:
            found += views(each, here)
    return found


def test_every_address_declares_who_may_open_it() -> None:
    from holdfast.web.access import Access

    # allauth's own pages cannot be marked; they are listed by name in web/access.py.
    open_ones = [
        address
        for address, view in views(get_resolver())
        if not isinstance(getattr(view, "access", None), Access) and not view.__module__.startswith("allauth.")
    ]
    assert open_ones == []


def test_no_signals_and_no_save_with_effects() -> None:
    bad = [str(p) for p in SOURCES if re.search(r"django\.db\.models\.signals|@receiver|def save\(self", p.read_text())]
    assert bad == []


def test_the_project_speaks_of_itself_alone() -> None:
    """No paths of a machine, no addresses of package registries."""
    bad = re.compile(r"(^|[^\w./-])/(work|root|farm)/|files\.pythonhosted|registry\.npmjs")
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    paths = [ROOT / name for name in listed.stdout.split("\n") if name and "/vendor/" not in name]
    found = [str(p) for p in paths if p.is_file() and p != Path(__file__) and bad.search(p.read_text(errors="ignore"))]
    assert found == []


# Length is a smell: these counts may only fall.
LONG_FILES, LONG_FUNCTIONS = 12, 12


def test_files_and_functions_do_not_grow_longer() -> None:
    files = [p for p in SOURCES if sum(1 for _ in p.open()) > 400]
    functions = 0
    for path in SOURCES:
        start = None
        for number, line in enumerate(path.read_text().splitlines()):
            if re.match(r"\s*(async )?def ", line):
                if start is not None and number - start > 60:
                    functions += 1
                start = number
    assert len(files) <= LONG_FILES
    assert functions <= LONG_FUNCTIONS


@pytest.mark.parametrize("name", ["settings.md", "promises.md", "states.md", "facts.md", "access.md", "openapi.json"])
def test_reference_pages_say_what_the_code_says(name: str) -> None:
    """Mend it with: .venv/bin/holdfast reference."""
    from holdfast.entry.reference import DOCS, PAGES

    assert (DOCS / name).read_text() == PAGES[name]()


def test_links_in_the_documentation_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text())
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_hazard_names_tests_that_exist() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "SAFETY.md").read_text()))
    defined = {
        name
        for path in [*(ROOT / "holdfast").rglob("test_*.py"), *(ROOT / "tests").rglob("test_*.py")]
        for name in re.findall(r"def (test_\w+)\(", path.read_text())
    }
    assert named - defined == set()
