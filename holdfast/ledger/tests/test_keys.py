"""Keys of programs within a running process: asked for once, and missing without taking anybody down."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.db import connection
from django.test import Client as Browser
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from holdfast.assessment.actions import ask_for_help, save_answers, start_response
from holdfast.assessment.concerns import kinds_of_worry
from holdfast.assessment.models import Answer
from holdfast.crisis.models import Episode
from holdfast.ledger import envelopes, keys
from holdfast.ledger.models import ProgramKey
from holdfast.ledger.scope import enter
from holdfast.ledger.sealed import number_of, readable, seal, unseal
from holdfast.people.models import ChartOpening, Client
from holdfast.people.tests.cast import Cast
from holdfast.web.client.answers import address


@contextmanager
def no_key_anywhere() -> Iterator[None]:
    """As a process that starts where the file of keys is away."""
    keys.forget()
    try:
        with override_settings(HOLDFAST_SEAL_KEY=b"", HOLDFAST_SEAL_KEY_FILE="/nowhere/keys.txt"):
            yield
    finally:
        keys.forget()


def asked_for_keys(found: CaptureQueriesContext) -> list[str]:
    return [q["sql"] for q in found if "ledger_programkey" in q["sql"]]


def test_a_program_has_its_keys_from_its_first_row_on(cast: Cast) -> None:
    assert {(k.what, k.number) for k in ProgramKey.objects.all()} == {("text", 1), ("digest", 1)}
    with connection.cursor() as cursor:
        cursor.execute("select name from people_client")
        assert number_of(bytes(cursor.fetchone()[0])) == 1


def test_answers_and_a_press_for_help_ask_the_database_for_no_key(cast: Cast) -> None:
    """In steady state: the process has met the program before."""
    assert readable(Client.objects.get(), "name") == "Ana Morales"
    form = start_response(cast.program.id, cast.ana.id, "check-in", cast.now)
    where = address(cast.program.id, cast.ana.id, form.uid, cast.now)
    ana = Browser()
    ana.force_login(cast.ana.user, "allauth.account.auth_backends.AuthenticationBackend")
    with CaptureQueriesContext(connection) as found:
        assert ana.post(where, {"item-1": "6", "item-7": "My words"}).status_code == 302
        ask_for_help(cast.ana, "session", cast.now)
    assert len(found) > 5
    assert asked_for_keys(found) == []
    enter(cast.program.id)
    assert Answer.objects.get(item="7").words == "My words"


def test_an_unknown_number_is_looked_for_once_and_not_at_every_text(cast: Cast) -> None:
    place = f"{cast.program.id}|people_client|{cast.ana.uid}|name".encode()
    strange = b"\x02" + (9).to_bytes(4, "big") + bytes(40)
    keys.forget_program(cast.program.id)
    with CaptureQueriesContext(connection) as found:
        for _ in range(50):
            with pytest.raises(keys.KeyAway):
                unseal(strange, place)
    assert len(asked_for_keys(found)) == 2  # all keys at first, and then this one


def test_a_key_that_came_meanwhile_is_met_and_used(cast: Cast) -> None:
    place = f"{cast.program.id}|people_client|{cast.ana.uid}|name".encode()
    elsewhere = os.urandom(32)
    keys.add(cast.program.id, keys.TEXT, 2, elsewhere, cast.now)
    assert number_of(seal("as before", place)) == 1
    nonce = os.urandom(12)
    sealed = b"\x02" + (2).to_bytes(4, "big") + nonce + keys.AESGCM(elsewhere).encrypt(nonce, b"from elsewhere", place)
    assert unseal(sealed, place) == "from elsewhere", "at once, however lately the keys were read"
    assert number_of(seal("from now on", place)) == 2


def test_a_key_of_one_program_opens_no_text_of_another_even_in_its_own_place(cast: Cast) -> None:
    enter(cast.other.id)
    place = f"{cast.other.id}|people_staff|{cast.eve.uid}|name".encode()
    theirs = seal("Eve's words", place)
    ours = keys.ring_of(cast.program.id).text[1]
    with pytest.raises(InvalidTag):
        ours.decrypt(theirs[5:17], theirs[17:], place)
    assert unseal(theirs, place) == "Eve's words"


def test_without_a_key_numbers_are_kept_and_words_are_given_back(cast: Cast) -> None:
    form = start_response(cast.program.id, cast.ana.id, "check-in", cast.now)
    with no_key_anywhere():
        saved = save_answers(form.uid, {"1": "6", "7": "I feel alone"}, "web", cast.now)
    assert saved.kept == ("1",)
    assert "We can’t keep words right now" in saved.refused["7"]
    assert {a.item for a in Answer.objects.all()} == {"1"}


def test_without_a_key_a_page_shows_what_was_typed_and_says_that_it_was_not_kept(cast: Cast) -> None:
    cast.night_shift()
    ask_for_help(cast.ana, "session", cast.now)
    episode = Episode.objects.get()
    cal = Browser(raise_request_exception=False)
    cal.force_login(cast.cal.user, "allauth.account.auth_backends.AuthenticationBackend")
    with no_key_anywhere():
        shown = cal.get(f"/team/crisis/{episode.uid}")
        assert shown.status_code == 200
        assert "cannot be read on this machine" in shown.content.decode()
        kind = kinds_of_worry()[0]
        answer = cal.post(f"/team/client/{cast.ana.uid}/worried", {"kind": kind, "words": "She gave her dog away"})
    assert answer.status_code == 503
    assert "She gave her dog away" in answer.content.decode()
    assert "has not reached us" in answer.content.decode()


def test_what_is_in_memory_stays_when_the_file_is_gone_or_holds_nonsense(tmp_path) -> None:
    file = tmp_path / "keys.txt"
    one, two = os.urandom(32), os.urandom(32)
    envelopes.write_file(file, (one,), anew=True)
    held = envelopes.Envelopes(file)
    assert (held.known, held.trouble) == ((one,), "")
    file.unlink()
    assert (held.look(), held.known) == (False, (one,))
    assert "cannot be read" in held.trouble
    file.write_text("nonsense\n")
    held.look()
    assert held.known == (one,)
    assert "is not a file of keys" in held.trouble
    file.write_text(envelopes.file_text((two,)))
    assert held.look()
    assert list(held.known) == [two, one]
    assert (held.newest, held.trouble) == (two, "")


def test_a_key_that_could_not_be_unwrapped_comes_back_with_its_source(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "AGAIN_S", 0)
    ana = Client.objects.get()
    one = settings.HOLDFAST_SEAL_KEY
    with override_settings(HOLDFAST_SEAL_KEY=os.urandom(32)):
        keys.forget()
        assert readable(ana, "name") == "(words that cannot be read)"
        assert keys.in_trouble()
        keys.remember().known += (one,)  # its file came back
        assert readable(Client.objects.get(), "name") == "Ana Morales"
        assert not keys.in_trouble()
    keys.forget()


def test_what_is_not_seen_from_another_program_is_not_taken_for_nothing(cast: Cast) -> None:
    keys.forget_program(cast.program.id)
    enter(cast.other.id)
    assert not keys.load(cast.program.id).begun
    enter(cast.program.id)
    assert keys.ring_of(cast.program.id).begun


def test_without_a_key_no_chart_opens_by_a_reason_and_a_crisis_still_opens(cast: Cast) -> None:
    """H-140: what waits for the keys says so and gives the words back; help waits for none."""
    cal = Browser(raise_request_exception=False)
    cal.force_login(cast.cal.user, "allauth.account.auth_backends.AuthenticationBackend")
    open_it, chart = (reverse(name, args=[cast.ana.uid]) for name in ("open_chart", "team_client"))
    with no_key_anywhere():
        answer = cal.post(open_it, {"why": "Nobody of her team answers."})
        assert answer.status_code == 503
        assert "Nobody of her team answers." in answer.content.decode()
        assert cal.get(chart).status_code == 403
        enter(cast.program.id)
        assert not ChartOpening.objects.exists()
        ask_for_help(cast.ana, "session", cast.now)
        assert cal.get(reverse("crisis", args=[Episode.objects.get().uid])).status_code == 200
