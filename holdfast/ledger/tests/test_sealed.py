"""Sealed text opens in its own place and nowhere else."""

import base64
import os
from collections.abc import Iterator

import pytest
from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.test import override_settings

from holdfast.ledger import envelopes, keys
from holdfast.ledger.sealed import number_of, seal, unseal
from holdfast.people.models import Client
from holdfast.people.tests.cast import Cast

PLACE = b"1|people_client|018f|name"


def row(program: int, number: int, what: str = "text") -> tuple[str, int, bytes, str]:
    """A wrapped key, as it lies in the database."""
    envelope = settings.HOLDFAST_SEAL_KEY
    place = keys.place_of_key(program, what, number)
    return what, number, envelopes.wrap(envelope, os.urandom(32), place), envelopes.fingerprint(envelope)


@pytest.fixture(params=["keys of its own", "the one key"], autouse=True)
def program_one(request: pytest.FixtureRequest) -> Iterator[bool]:
    """Program 1 in memory, and program 2 with keys; nothing is asked of a database."""
    keys.forget()
    own = request.param == "keys of its own"
    keys.take_in(1, [row(1, 1), row(1, 2), row(1, 1, "digest")] if own else [])
    keys.take_in(2, [row(2, 1), row(2, 2)])
    yield own
    keys.forget()


def test_it_opens_in_its_place(program_one: bool) -> None:
    sealed = seal("Ana Morales", PLACE)
    assert number_of(sealed) == (2 if program_one else keys.GLOBAL)
    assert b"Ana" not in sealed
    assert unseal(sealed, PLACE) == "Ana Morales"


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


def test_what_was_changed_does_not_open() -> None:
    sealed = bytearray(seal("Ana Morales", PLACE))
    for place in (len(sealed) - 1, 8, 20):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(InvalidTag):
            unseal(bytes(changed), PLACE)


def test_a_text_under_an_older_key_still_opens() -> None:
    first = row(7, 1)
    keys.take_in(7, [first])
    sealed = seal("Ana Morales", b"7|t|u|c")
    keys.take_in(7, [first, row(7, 2)])
    assert number_of(seal("Ana Morales", b"7|t|u|c")) == 2
    assert unseal(sealed, b"7|t|u|c") == "Ana Morales"


def test_a_wrapped_key_opens_for_its_own_program_and_number_only() -> None:
    what, number, wrapped, envelope = row(5, 1)
    ring = keys.take_in(6, [(what, number, wrapped, envelope)])
    assert list(ring.text) == []
    assert "belongs to another program" in ring.shut["text", 1]
    assert keys.take_in(5, [(what, 2, wrapped, envelope)]).shut
    with pytest.raises(keys.CannotSeal):
        seal("Ana", b"6|t|u|c")


def test_an_older_text_opens_whichever_envelope_key_was_the_one_of_then(tmp_path) -> None:
    file = tmp_path / "keys.txt"
    keys.take_in(9, [])
    sealed = seal("Ana", b"9|t|u|c")
    envelopes.write_file(file, (os.urandom(32), settings.HOLDFAST_SEAL_KEY), anew=True)
    keys.forget()
    with override_settings(HOLDFAST_SEAL_KEY=b"", HOLDFAST_SEAL_KEY_FILE=str(file)):
        assert unseal(sealed, b"9|t|u|c") == "Ana"


def test_a_way_of_sealing_that_nobody_knows_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="not known here"):
        unseal(b"\x07" + bytes(40), PLACE)
    assert base64.b64encode(seal("x", PLACE)[:1]) in (b"AQ==", b"Ag==")


def test_a_row_reads_its_own_words(cast: Cast) -> None:
    assert Client.objects.get(id=cast.ana.id).name == "Ana Morales"


def test_sealed_words_cannot_be_searched(cast: Cast) -> None:
    with pytest.raises(TypeError):
        Client.objects.filter(name="Ana Morales").exists()
