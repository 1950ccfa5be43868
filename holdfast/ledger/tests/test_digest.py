"""The digest beside a sealed text: found again by whoever has the key, inside one program."""

from collections.abc import Iterator

import pytest
from django.test import override_settings

from holdfast.ledger import keys
from holdfast.ledger.digest import digest

NUMBER = "+15205550118"


@pytest.fixture(autouse=True)
def without_keys_of_their_own() -> Iterator[None]:
    """Two programs as an older release left them."""
    keys.forget()
    for program in (1, 2):
        keys.take_in(program, [])
    yield
    keys.forget()


def test_the_same_text_has_the_same_digest_and_another_text_another() -> None:
    assert digest(1, NUMBER) == digest(1, NUMBER)
    assert digest(1, NUMBER) != digest(1, "+15205550119")
    assert len(digest(1, NUMBER)) == 16


def test_another_programs_equal_number_has_another_digest() -> None:
    assert digest(1, NUMBER) != digest(2, NUMBER)


def test_without_the_key_nobody_computes_it() -> None:
    ours = digest(1, NUMBER)
    keys.forget()
    with override_settings(HOLDFAST_SEAL_KEY=b"another key of thirty-two bytes!"):
        keys.take_in(1, [])
        assert digest(1, NUMBER) != ours


def test_where_its_key_is_away_it_finds_nothing() -> None:
    keys.take_in(1, [("digest", 1, b"x" * 60, "0" * 32)])
    assert digest(1, NUMBER) == b""
