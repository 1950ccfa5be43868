"""Sealed text opens in its own place and nowhere else."""

import pytest
from cryptography.exceptions import InvalidTag

from holdfast.ledger.sealed import seal, unseal
from holdfast.people.models import Client
from holdfast.people.tests.cast import Cast

PLACE = b"1|people_client|018f|name"


def test_it_opens_in_its_place() -> None:
    assert unseal(seal("Ana Morales", PLACE), PLACE) == "Ana Morales"


@pytest.mark.parametrize(
    "elsewhere",
    [
        b"2|people_client|018f|name",
        b"1|people_staff|018f|name",
        b"1|people_client|018e|name",
        b"1|people_client|018f|phone",
    ],
)
def test_it_does_not_open_elsewhere(elsewhere: bytes) -> None:
    with pytest.raises(InvalidTag):
        unseal(seal("Ana Morales", PLACE), elsewhere)


def test_a_row_reads_its_own_words(cast: Cast) -> None:
    assert Client.objects.get(id=cast.ana.id).name == "Ana Morales"


def test_sealed_words_cannot_be_searched(cast: Cast) -> None:
    with pytest.raises(TypeError):
        Client.objects.filter(name="Ana Morales").exists()
