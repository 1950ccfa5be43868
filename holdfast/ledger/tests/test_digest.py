"""The digest beside a sealed text: found again by whoever has the key, inside one program."""

from django.test import override_settings

from holdfast.ledger.digest import digest

NUMBER = "+15205550118"


def test_the_same_text_has_the_same_digest_and_another_text_another() -> None:
    assert digest(1, NUMBER) == digest(1, NUMBER)
    assert digest(1, NUMBER) != digest(1, "+15205550119")
    assert len(digest(1, NUMBER)) == 16


def test_another_programs_equal_number_has_another_digest() -> None:
    assert digest(1, NUMBER) != digest(2, NUMBER)


def test_without_the_key_nobody_computes_it() -> None:
    ours = digest(1, NUMBER)
    with override_settings(HOLDFAST_SEAL_KEY=b"another key of thirty-two bytes!"):
        assert digest(1, NUMBER) != ours
