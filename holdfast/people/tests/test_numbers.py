"""A client is found by a phone number without opening everybody's, and never by a digest alone."""

import pytest

from holdfast.ledger import sealed
from holdfast.ledger.digest import digest
from holdfast.ledger.scope import enter
from holdfast.ledger.sealed import unseal
from holdfast.people import actions as people
from holdfast.people.models import Client
from holdfast.people.queries import client_with_number, clients_with_number
from holdfast.people.rules import Standing
from holdfast.people.tests.cast import Cast

LEO = "+15205550151"


def client(cast: Cast, name: str, phone: str, program: int | None = None) -> Client:
    return people.enrol(
        program or cast.program.id, name=name, state="AZ", timezone="America/Phoenix", now=cast.now, phone=phone
    )


@pytest.fixture
def leo(cast: Cast) -> Client:
    return client(cast, "Leo", "(520) 555-0151")


def test_who_gave_a_number_is_found_by_it_and_by_their_other_one(cast: Cast, leo: Client) -> None:
    assert client_with_number(cast.program.id, LEO) == leo
    leo.other_phone = "+15205550152"
    leo.save()
    assert client_with_number(cast.program.id, "+15205550152") == leo
    assert client_with_number(cast.program.id, "+15205550153") is None
    assert clients_with_number(cast.program.id, "+") == []


def test_only_the_numbers_that_may_be_it_are_opened(cast: Cast, leo: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(20):
        client(cast, f"Client {n}", f"52055502{n:02d}")
    seen: list[bytes] = []

    def watched(text: bytes, place: bytes) -> str:
        seen.append(place)
        return unseal(text, place)

    monkeypatch.setattr(sealed, "unseal", watched)
    assert client_with_number(cast.program.id, LEO) == leo
    assert {place.split(b"|")[2].decode() for place in seen} == {str(leo.uid)}


def test_a_digest_that_fits_another_number_finds_nobody(cast: Cast, leo: Client) -> None:
    Client.objects.filter(id=leo.id).update(phone_digest=digest(cast.program.id, "+15205550199"))
    assert client_with_number(cast.program.id, "+15205550199") is None


def test_a_new_number_has_a_new_digest_and_other_changes_leave_it(cast: Cast, leo: Client) -> None:
    before = Client.objects.get(id=leo.id).phone_digest
    again = Client.objects.get(id=leo.id)
    assert again.phone == LEO  # it was opened, and not changed
    again.pronouns = "he"
    again.save()
    assert Client.objects.get(id=leo.id).phone_digest == before == digest(cast.program.id, LEO)
    partly = Client.objects.defer("phone").get(id=leo.id)
    partly.save()
    assert Client.objects.get(id=leo.id).phone_digest == before
    again.phone = "+15205550160"
    again.save()
    assert client_with_number(cast.program.id, LEO) is None
    assert client_with_number(cast.program.id, "+15205550160") == leo
    again.phone = None
    again.save()
    assert Client.objects.get(id=leo.id).phone_digest is None


def test_an_equal_number_in_another_program_has_another_digest_and_finds_nobody_here(cast: Cast, leo: Client) -> None:
    enter(cast.other.id)
    theirs = client(cast, "Leo Elsewhere", LEO, cast.other.id)
    there = Client.objects.get(id=theirs.id).phone_digest
    assert clients_with_number(cast.other.id, LEO) == [theirs]
    enter(cast.program.id)
    assert Client.objects.get(id=leo.id).phone_digest != there
    assert clients_with_number(cast.program.id, LEO) == [leo]


def test_a_number_of_two_clients_is_nobodys_and_one_who_died_is_not_counted(cast: Cast, leo: Client) -> None:
    mia = client(cast, "Mia", LEO)
    assert client_with_number(cast.program.id, LEO) is None
    assert clients_with_number(cast.program.id, LEO) == [leo, mia]
    Client.objects.filter(id=mia.id).update(standing=Standing.DIED)
    assert client_with_number(cast.program.id, LEO) == leo


def test_what_an_older_release_wrote_is_found_before_it_has_a_digest_and_after(cast: Cast, leo: Client) -> None:
    """While an update is under way both releases write: a number without a digest is opened, and missed never."""
    Client.objects.all().update(phone_digest=None)
    assert client_with_number(cast.program.id, LEO) == leo
    after: int | None = 0
    while after is not None:
        after = people.write_digests(cast.program.id, after, 1)
    assert not Client.objects.filter(phone__isnull=False, phone_digest=None).exists()
    assert Client.objects.get(id=leo.id).phone_digest == digest(cast.program.id, LEO)
    assert client_with_number(cast.program.id, LEO) == leo


def test_a_number_that_will_not_open_stops_nobody(cast: Cast, leo: Client) -> None:
    mia = client(cast, "Mia", "+15205550161")
    Client.objects.filter(id=leo.id).update(phone=b"\x01 not sealed by us, and long enough", phone_digest=None)
    Client.objects.filter(id=mia.id).update(phone_digest=None)
    assert people.write_digests(cast.program.id, 0, 500) == mia.id
    assert people.write_digests(cast.program.id, mia.id, 500) is None
    assert client_with_number(cast.program.id, "+15205550161") == mia
    assert Client.objects.get(id=mia.id).phone_digest is not None
