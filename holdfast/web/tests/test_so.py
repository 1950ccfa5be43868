"""What a client is told is what is so, in every state, and 988 and 911 are always there."""

from datetime import UTC, datetime, timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from holdfast.crisis.queries import Standing, WhatIsSo
from holdfast.web.client.so import told

NOW = datetime(2026, 11, 24, 4, 41, tzinfo=UTC)


def so(state: Standing, **more: object) -> WhatIsSo:
    return WhatIsSo(state, NOW, **more)


@pytest.mark.parametrize("state", list(Standing))
def test_every_state_has_words_and_both_numbers(state: Standing) -> None:
    page = render_to_string(
        "client/so_part.html",
        {"told": told(so(state, people=("Cal",), owner="Cal"), "Ana", NOW), "now": NOW, "lang": "en", "what": "answer"},
    )
    assert "tel:988" in page
    assert "tel:911" in page
    assert "<h1>" in page


@pytest.mark.parametrize("state", [Standing.RECEIVED, Standing.BEING_READ])
def test_nobody_is_named_before_a_crisis_stands(state: Standing) -> None:
    said = told(so(state, people=("Cal",)), "Ana", NOW)
    assert "Cal" not in said.title + said.words


def test_nobody_yet_puts_988_first() -> None:
    said = told(so(Standing.NOBODY_YET, people=("Cal", "Priya")), "Ana", NOW)
    assert said.numbers_first
    assert "988" in said.words
    assert "Cal and Priya" in said.words
    page = render_to_string("client/so_part.html", {"told": said, "now": NOW, "lang": "en"})
    assert page.index("tel:988") < page.index("<h1>")


def test_a_wait_names_a_person_and_a_time() -> None:
    said = told(so(Standing.TAKEN, owner="Cal", call_by=NOW + timedelta(minutes=5)), "Ana", NOW)
    assert "Cal" in said.title
    assert "4:46 am" in said.words


def test_a_call_that_is_late_is_not_promised_again() -> None:
    said = told(so(Standing.TAKEN, owner="Cal", call_by=NOW), "Ana", NOW + timedelta(seconds=1))
    assert "was to call you" in said.words
    assert said.numbers_first


def test_nothing_on_the_page_sounds_like_an_alarm() -> None:
    """No red, no score, no countdown for a client."""
    for state in Standing:
        page = render_to_string(
            "client/so_part.html", {"told": told(so(state, owner="Cal"), "Ana", NOW), "now": NOW, "lang": "en"}
        )
        for word in ("urgency", "clock", 'data-kind="bad"', "risk"):
            assert word not in page


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_concern_that_was_matched_tells_nothing_of_the_client(language: str) -> None:
    """Guards the wall: whether somebody is a client, and how they are, is not for whoever asked."""
    full = so(Standing.READ_BY_PERSON, people=("Cal",), owner="Cal", call_by=NOW + timedelta(minutes=5))
    with translation.override(language):
        said = told(full, "Ana", NOW)
        page = render_to_string("client/so_part.html", {"told": said, "now": NOW, "lang": language, "what": "concern"})
    for absent in ("Cal", "Ana", "4:46", "client", "cliente"):
        assert absent not in said.title + said.words, absent
    assert said.numbers_first
    assert not said.knots
    assert page.index("tel:988") < page.index("<h1>")
    assert page.index("tel:911") < page.index("<h1>")
    whole = f"{said.title}. {said.words}"
    if language == "en":
        assert whole == "A person has read this. If you are worried now, call 988, or 911 if someone is in danger."
    else:
        assert (
            whole
            == "Una persona ha leído esto. Si algo te preocupa ahora, llama al 988, o al 911 si alguien está en peligro."
        )
