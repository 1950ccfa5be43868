"""Clients and helpers are spoken to in Spanish too, and the compiled catalogue is the one that was written."""

import ast
import gettext
import re
from pathlib import Path

import pytest
from django.test import Client as Browser

from holdfast.web.locale.compiling import LANGUAGES, compiled, read

LOCALE = Path(__file__).resolve().parent.parent / "locale"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_up_to_date(language: str) -> None:
    folder = LOCALE / language / "LC_MESSAGES"
    assert (folder / "django.mo").read_bytes() == compiled((folder / "django.po").read_text())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_every_value_and_link(language: str) -> None:
    marks = re.compile(r"%\(\w+\)s|</?\w+|988|911")
    for original, said in read((LOCALE / language / "LC_MESSAGES" / "django.po").read_text()).items():
        for one in said.split("\0"):
            assert one, original
            wanted = {m for m in marks.findall(original.split("\0")[0]) if m.startswith(("%", "<"))}
            assert wanted <= set(marks.findall(one)), original


def test_the_compiled_catalogue_speaks() -> None:
    with (LOCALE / "es" / "LC_MESSAGES" / "django.mo").open("rb") as file:
        spoken = gettext.GNUTranslations(file)
    assert spoken.gettext("I need help now") == "Necesito ayuda ahora"
    assert spoken.ngettext("%(n)s question", "%(n)s questions", 2) == "%(n)s preguntas"


@pytest.mark.parametrize(
    ("page", "english"),
    [
        ("/help", "Call 988"),
        ("/", "Sign in"),
        ("/numbers", "Numbers to call"),
        ("/no-such-page", "There is no such page"),
    ],
)
def test_pages_for_everyone_are_spanish_through_and_through(page: str, english: str) -> None:
    """No `db` fixture: these need no database."""
    answer = Browser().get(page, HTTP_ACCEPT_LANGUAGE="es-MX,es;q=0.9").content.decode()
    assert '<html lang="es"' in answer
    assert english not in answer
    assert "AYUDA" in answer
    assert 'lang="en" hreflang="en">English<' in answer


SPOKEN = ("client", "public", "help", "errors", "account", "plan", "signin", "mfa")


def words_of_templates() -> set[str]:
    templates = LOCALE.parent / "templates"
    files = [path for folder in SPOKEN for path in (templates / folder).rglob("*.html")]
    files += [templates / name for name in ("base.html", "base_client.html", "base_public.html", "403_csrf.html")]
    found = set()
    for path in files:
        found |= {
            one or other for one, other in re.findall(r"{% translate (?:\"([^\"]+)\"|'([^']+)')", path.read_text())
        }
    return found


def words_of_code() -> set[str]:
    found = set()
    for path in [
        *(LOCALE.parent / "client").glob("*.py"),
        *(LOCALE.parent / "public").glob("*.py"),
        LOCALE.parent / "errors.py",
        LOCALE.parent / "accounts.py",
        *(LOCALE.parent / "signin").glob("*.py"),
        LOCALE.parent / "record_file.py",
        *(LOCALE.parent.parent / "records").rglob("*.py"),  # a copy of the record is in their language too
    ]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "gettext_noop", "gettext_lazy"):
                found |= {str(each.value) for each in node.args if isinstance(each, ast.Constant)}
    return found


def test_everything_a_client_reads_is_in_the_spanish_catalogue() -> None:
    known = {key.split("\0")[0] for key in read((LOCALE / "es" / "LC_MESSAGES" / "django.po").read_text())}
    assert not words_of_templates() - known
    assert not words_of_code() - known
