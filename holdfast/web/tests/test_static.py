"""What a page loads is ours, named and checked; no inline script, no other host, no color outside the tokens."""

import re
from hashlib import sha256
from pathlib import Path

import pytest
from django.template.loader import get_template

from holdfast.web.templatetags.holdfast import symbols

WEB = Path(__file__).resolve().parent.parent
STATIC = WEB / "static" / "holdfast"
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
SCRIPTS = sorted((STATIC / "js").glob("*.js"))
VENDORED = (WEB.parent.parent / "docs" / "reference" / "vendored.md").read_text()

names = pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(WEB / "templates")))


@names
def test_every_template_compiles(path: Path) -> None:
    get_template(str(path.relative_to(WEB / "templates")))


@names
def test_no_template_holds_script_or_color(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", text), "inline script"
    assert not re.search(r"<[^>]*\son\w+\s*=", text), "inline handler"
    assert "javascript:" not in text
    assert not re.search(
        r"#[0-9a-fA-F]{3,8}\b(?=[^\w-])", re.sub(r'(href|hx-select|hx-target)="#[^"]*"|&#\w+;|"#\w+"', "", text)
    ), "a color"
    if path.name != "rota.html":  # values from data only, and its view says so in its policy
        assert "style=" not in text, "a style attribute"
    assert not re.search(r"style=\"(?!--)", text), "a style attribute holds values from data only"


@names
def test_no_template_asks_another_host(path: Path) -> None:
    assert not re.search(r"(src|href|action|hx-get|hx-post)=\"(https?:)?//", path.read_text())


@names
def test_every_icon_that_is_named_exists(path: Path) -> None:
    for name in re.findall(r'{% icon "([\w-]+)"', path.read_text()):
        assert f"i-{name}" in symbols()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.name)
def test_scripts_are_small_and_plain(path: Path) -> None:
    text = path.read_text()
    assert len(text) < 6000
    assert not re.search(r"\beval\(|new Function|innerHTML\s*=|document\.write|https?://", text)


def test_page_styles_hold_no_color() -> None:
    for name in ("base.css", "pages.css"):
        text = re.sub(r"@media print \{.*", "", (STATIC / name).read_text(), flags=re.DOTALL)
        found = set(re.findall(r"#[0-9a-f]{3,8}\b", text)) - {"#000"}  # #000: mixed into a token to darken it
        assert not found, (name, found)


def test_vendored_files_are_what_the_list_says() -> None:
    rows = re.findall(r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$", VENDORED, re.MULTILINE)
    listed = dict(rows)
    for path in [*(STATIC / "vendor").glob("*.js"), *(STATIC / "fonts").glob("*.woff2")]:
        assert listed[str(path.relative_to(STATIC))] == sha256(path.read_bytes()).hexdigest()
    assert len(listed) == 2


def test_htmx_is_told_what_it_may_not_do() -> None:
    base = (WEB / "templates" / "base.html").read_text()
    for setting in (
        '"allowEval":false',
        '"includeIndicatorStyles":false',
        '"historyCacheSize":0',
        '"selfRequestsOnly":true',
        '"allowScriptTags":false',
    ):
        assert setting in base


def test_every_file_of_the_styles_is_there() -> None:
    for sheet in STATIC.glob("*.css"):
        for file in re.findall(r"url\(\"?([^\")]+)\"?\)", sheet.read_text()):
            assert (STATIC / file).is_file()
