"""Clients and helpers are spoken to in Spanish too, and the compiled catalogue is the one that was written."""

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
