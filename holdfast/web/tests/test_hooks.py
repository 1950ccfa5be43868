"""The carrier's webhooks: believed only when signed, answered in words, and never an error page."""

import re
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import Client as Browser
from twilio.request_validator import RequestValidator

from holdfast.assessment import actions as assessment
from holdfast.crisis import actions as crisis
from holdfast.crisis.models import Episode, Signal
from holdfast.crisis.queries import whole
from holdfast.crisis.rules import State
from holdfast.ledger.scope import enter
from holdfast.notify.models import Attempt, Trouble
from holdfast.oncall.models import Page, Paging
from holdfast.people import actions as people
from holdfast.people.access import Actor, Kind
from holdfast.people.models import Client, Contact
from holdfast.people.rules import Role
from holdfast.people.tests.cast import Cast, make_cast
from holdfast.web.hooks import views

TOKEN = "the carrier's token of the tests"
CAL, PRIYA, ANA = "+15205550102", "+15205550103", "+15205550118"


@pytest.fixture(autouse=True)
def carrier(settings: Any) -> None:
    settings.HOLDFAST_TWILIO_TOKEN = TOKEN
    settings.HOLDFAST_PUBLIC_URL = "https://desk.example"


@pytest.fixture
def cast(db: None) -> Cast:
    made = make_cast()
    made.night_shift()
    return made


@pytest.fixture
def episode(cast: Cast) -> Episode:
    assessment.ask_for_help(cast.ana, "session", cast.now)
    return Episode.objects.get(client=cast.ana)


def post(cast: Cast, kind: str, form: dict[str, str], *, signature: str | None = None, query: str = "") -> HttpResponse:
    path = f"/hooks/{cast.program.uid}/twilio/{kind}{query}"
    signed = (
        RequestValidator(TOKEN).compute_signature("https://desk.example" + path, form)
        if signature is None
        else signature
    )
    return Browser().post(path, form, headers={"X-Twilio-Signature": signed})


def text_from(cast: Cast, number: str, body: str) -> str:
    answer = post(cast, "sms", {"From": number, "Body": body, "MessageSid": "SM1"})
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/xml")
    return " ".join(re.findall(r"<Message>(.*?)</Message>", answer.content.decode()))


def code() -> str:
    return Page.objects.order_by("-id")[0].code


def owner(cast: Cast, episode: Episode) -> int | None:
    enter(cast.program.id)
    return Episode.objects.get(id=episode.id).owner_id


# --- who calls -----------------------------------------------------------------------------------


@pytest.mark.parametrize("signature", ["", "nonsense", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="])
def test_an_unsigned_webhook_is_refused_and_the_channel_counts_as_failed(
    cast: Cast, episode: Episode, signature: str
) -> None:
    answer = post(cast, "sms", {"From": CAL, "Body": code()}, signature=signature)
    assert answer.status_code == 403
    assert owner(cast, episode) is None
    trouble = Trouble.objects.get(until=None)
    assert (trouble.channel, trouble.why) == ("sms", "refused_webhook")
    text_from(cast, CAL, "HELP")
    enter(cast.program.id)
    assert not Trouble.objects.filter(until=None).exists()


def test_a_signature_for_another_address_or_other_words_does_not_fit(cast: Cast) -> None:
    sign = RequestValidator(TOKEN).compute_signature
    address = f"https://desk.example/hooks/{cast.program.uid}/twilio/sms"
    form = {"From": CAL, "Body": "HELP"}
    assert post(cast, "sms", form, signature=sign(address.replace("desk", "task"), form)).status_code == 403
    assert post(cast, "sms", form, signature=sign(address, {**form, "Body": "STOP"})).status_code == 403
    assert post(cast, "sms", form, signature=sign(address, form)).status_code == 200


def test_without_a_token_nothing_is_believed(cast: Cast, settings: Any) -> None:
    form = {"From": CAL, "Body": "HELP"}
    settings.HOLDFAST_TWILIO_TOKEN = ""
    assert post(cast, "sms", form).status_code == 403


def test_only_a_known_program_and_only_post(cast: Cast) -> None:
    assert Browser().post(f"/hooks/{uuid4()}/twilio/sms", {}).status_code == 404
    assert Browser().get(f"/hooks/{cast.program.uid}/twilio/sms").status_code == 405
    assert Browser().post("/hooks/nonsense/twilio/sms", {}).status_code == 404


# --- texts ---------------------------------------------------------------------------------------


def test_the_code_from_the_handset_that_was_asked_takes_the_crisis(cast: Cast, episode: Episode) -> None:
    assert "You have this" in text_from(cast, CAL, code())
    assert owner(cast, episode) == cast.cal.id
    assert Episode.objects.get().owned_via == "sms"
    assert Page.objects.get().answer == "have"


def test_the_same_code_from_another_handset_does_nothing(cast: Cast, episode: Episode) -> None:
    assert "do not know that number" in text_from(cast, PRIYA, code())
    assert owner(cast, episode) is None


def test_a_wrong_code_is_answered_neutrally(cast: Cast, episode: Episode) -> None:
    said = text_from(cast, CAL, "0000")
    assert "do not know that number" in said
    assert "Ana" not in said


def test_no_and_the_code_asks_the_next(cast: Cast, episode: Episode) -> None:
    assert "somebody else" in text_from(cast, CAL, f"NO {code()}")
    enter(cast.program.id)
    assert {p.staff.first_name for p in Page.objects.filter(answer=None).select_related("staff")} == {"Priya"}


def test_the_second_is_told_who_has_it(cast: Cast, episode: Episode) -> None:
    crisis.take(episode.id, cast.priya, "board", cast.now)
    assert "Priya already has this" in text_from(cast, CAL, code())
    assert owner(cast, episode) == cast.priya.id


def test_the_same_text_twice_is_one_answer(cast: Cast, episode: Episode) -> None:
    number = code()
    assert [("You have this" in text_from(cast, CAL, number)) for _ in range(2)] == [True, True]
    assert owner(cast, episode) == cast.cal.id


def test_no_after_yes_gives_it_back_to_somebody_else(cast: Cast, episode: Episode) -> None:
    number = code()
    text_from(cast, CAL, number)
    assert "somebody else" in text_from(cast, CAL, f"NO {number}")
    enter(cast.program.id)
    assert Episode.objects.get().state == State.RAISED
    paging = Paging.objects.get(stopped_at=None)
    assert Page.objects.get(paging=paging, answer=None).staff_id == cast.priya.id


def test_stop_is_a_gap_at_once_and_start_mends_it(cast: Cast, episode: Episode) -> None:
    text_from(cast, CAL, "STOP")
    enter(cast.program.id)
    phone = Contact.objects.get(staff=cast.cal, kind="phone")
    assert phone.unreachable_why == "has said STOP"
    text_from(cast, CAL, "start")
    enter(cast.program.id)
    assert Contact.objects.get(id=phone.id).unreachable_since is None


@pytest.mark.parametrize(
    "body",
    ["", "what?", "\x00", "1" * 5000, "ÿ\udcff".encode("utf-8", "replace").decode(), "driving, back at 1530", "😀"],
)
def test_what_is_not_understood_changes_nothing(cast: Cast, episode: Episode, body: str) -> None:
    assert text_from(cast, CAL, body)
    assert owner(cast, episode) is None


def test_somebody_who_is_not_staff_is_pointed_to_help(cast: Cast, episode: Episode) -> None:
    for number in (ANA, "+15205559999", "", "anonymous"):
        assert "988" in text_from(cast, number, "help me")


def test_another_programs_handset_answers_nothing_here(cast: Cast, episode: Episode) -> None:
    assert "988" in text_from(cast, "+15205550190", code())
    assert owner(cast, episode) is None
    assert Episode.objects.count() == 1  # and the number of a page alone is nobody's cry


# --- texts of clients and of people we do not know -------------------------------------------------


def crises(cast: Cast) -> list[Episode]:
    enter(cast.program.id)
    return list(Episode.objects.order_by("id"))


@pytest.mark.parametrize(
    "body",
    ["i cant do this any more", "HELP", "Stop. I can't go on", "I will take 2000", "END IT", "no", "\U0001f622", ""],
)
def test_a_clients_text_reaches_a_human_whatever_it_says(cast: Cast, body: str) -> None:
    said = text_from(cast, ANA, body)
    assert said.startswith("A person is being asked to read this. We are not an emergency service.")
    assert "988" in said
    (raised,) = crises(cast)
    assert (raised.client_id, raised.urgency, raised.state) == (cast.ana.id, "urgent", State.RAISED)
    assert Page.objects.get(answer=None).staff_id == cast.cal.id
    assert raised.concern is not None
    assert raised.concern.words == body


def test_what_a_client_writes_is_sealed_and_never_quoted_back(cast: Cast) -> None:
    assert "bridge" not in text_from(cast, ANA, "i am on the bridge")
    with connection.cursor() as cursor:
        cursor.execute("select words from assessment_concern")
        assert b"bridge" not in bytes(cursor.fetchone()[0])
    assert not Attempt.objects.filter(args__icontains="bridge").exists()


@pytest.mark.parametrize("word", ["STOP", "stop", " Unsubscribe ", "START"])
def test_the_carriers_own_words_are_left_to_the_carrier_and_raise_nothing(cast: Cast, word: str) -> None:
    assert text_from(cast, ANA, word) == ""
    assert crises(cast) == []


def test_after_stop_a_cry_still_reaches_a_human(cast: Cast) -> None:
    text_from(cast, ANA, "STOP")
    text_from(cast, ANA, "please somebody")
    assert len(crises(cast)) == 1


def test_texts_of_one_client_are_one_crisis_with_every_word_of_it(cast: Cast) -> None:
    first = text_from(cast, ANA, "are you there")
    assert first
    assert text_from(cast, ANA, "please") == ""  # told a moment ago; two machines would answer each other for ever
    assert text_from(cast, ANA, "please") == ""  # the carrier brings it again: the same text
    (raised,) = crises(cast)
    assert Signal.objects.filter(episode=raised).count() == 2
    found = whole(Actor(Kind.STAFF, cast.program.id, cast.cal.id, Role.CLINICIAN), raised.uid)
    assert found is not None
    assert [line.detail for line in found.timeline if line.words == "In their words"] == ["please", "are you there"]


def test_a_text_joins_what_is_open_and_tells_its_owner(cast: Cast, episode: Episode) -> None:
    crisis.take(episode.id, cast.cal, "board", cast.now)
    text_from(cast, ANA, "it is worse now")
    assert [each.id for each in crises(cast)] == [episode.id]
    assert Attempt.objects.filter(staff=cast.cal, words="new_signal").exists()


def test_a_client_who_reads_spanish_is_answered_in_spanish(cast: Cast) -> None:
    Client.objects.filter(id=cast.ana.id).update(language="es")
    said = text_from(cast, ANA, "ayuda")
    assert said.startswith("Le pedimos a una persona que lo lea. No somos un servicio de emergencia.")


def test_a_number_that_nobody_knows_is_a_strangers_concern_and_one_talk(cast: Cast) -> None:
    assert "988" in text_from(cast, "+15205559999", "my brother is not answering")
    assert text_from(cast, "+15205559999", "he lives on 5th street") == ""
    (raised,) = crises(cast)
    assert (raised.client_id, raised.urgency) == (None, "urgent")
    assert Signal.objects.filter(episode=raised).count() == 2
    text_from(cast, "+15205559998", "somebody else")
    assert len(crises(cast)) == 2


def test_two_withheld_numbers_are_two_people(cast: Cast) -> None:
    for words in ("one", "two"):
        assert "988" in text_from(cast, "anonymous", words)
    assert len(crises(cast)) == 2


def test_a_number_that_two_clients_share_is_for_staff_to_match(cast: Cast) -> None:
    people.enrol(
        cast.program.id, name="Leo", state="AZ", timezone="America/Phoenix", now=cast.now, phone="520 555 0118"
    )
    text_from(cast, ANA, "hello")
    (raised,) = crises(cast)
    assert raised.client_id is None


def test_a_text_that_could_not_be_kept_is_not_said_to_be_read(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: Any, **__: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr("holdfast.assessment.texts.announce", gone)
    monkeypatch.setattr("holdfast.web.tests.test_hooks.Browser", partial(Browser, raise_request_exception=False))
    said = post(cast, "sms", {"From": ANA, "Body": "help me", "MessageSid": "SM1"})
    assert said.status_code >= 500
    assert b"asked to read" not in said.content


# --- calls ---------------------------------------------------------------------------------------


def call(cast: Cast) -> Attempt:
    return Attempt.objects.get(channel="voice", staff=cast.cal)


def test_a_call_asks_with_two_digits_and_the_right_one_takes_it(cast: Cast, episode: Episode) -> None:
    attempt, page = call(cast), Page.objects.get()
    asked = post(cast, f"voice/{attempt.uid}", {"CallSid": "CA1"}).content.decode()
    assert f"Press {page.digit} if you have this" in asked
    assert "Ana" not in asked
    path = f"voice-digits/{attempt.uid}"
    wrong = post(cast, path, {"CallSid": "CA1", "Digits": "1"}, query="?n=0").content.decode()
    assert "neither of the two" in wrong
    assert owner(cast, episode) is None
    right = post(cast, path, {"CallSid": "CA1", "Digits": page.digit}, query="?n=0").content.decode()
    assert "You have this" in right
    assert owner(cast, episode) == cast.cal.id
    assert Episode.objects.get().owned_via == "voice"


def test_the_other_digit_asks_somebody_else(cast: Cast, episode: Episode) -> None:
    attempt, page = call(cast), Page.objects.get()
    said = post(cast, f"voice-digits/{attempt.uid}", {"Digits": page.cannot_digit}, query="?n=0").content.decode()
    assert "We ask somebody else" in said
    enter(cast.program.id)
    assert Page.objects.get(id=page.id).answer == "cannot"


@pytest.mark.parametrize("query", ["", "?n=", "?n=-1", "?n=99999999999", "?n=x", "?n=7"])
def test_an_odd_question_number_ends_the_call_politely(cast: Cast, episode: Episode, query: str) -> None:
    said = post(cast, f"voice-digits/{call(cast).uid}", {"Digits": "5"}, query=query)
    assert said.status_code == 200
    assert "<Hangup/>" in said.content.decode()


def test_a_call_that_nobody_knows_is_ended(cast: Cast) -> None:
    assert "<Hangup/>" in post(cast, f"voice/{uuid4()}", {"CallSid": "x" * 500}).content.decode()


# --- receipts --------------------------------------------------------------------------------------


def test_a_receipt_is_not_an_answer(cast: Cast, episode: Episode) -> None:
    sms = Attempt.objects.get(channel="sms", staff=cast.cal)
    for _ in range(2):
        assert (
            post(cast, f"sms-status/{sms.uid}", {"MessageSid": "SM1", "MessageStatus": "delivered"}).status_code == 204
        )
    assert owner(cast, episode) is None
    assert Attempt.objects.get(id=sms.id).state == "delivered"


def test_a_number_that_is_gone_for_good_is_a_gap(cast: Cast, episode: Episode) -> None:
    sms = Attempt.objects.get(channel="sms", staff=cast.cal)
    post(cast, f"sms-status/{sms.uid}", {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "30005"})
    enter(cast.program.id)
    assert Contact.objects.get(staff=cast.cal, kind="phone").unreachable_why == "no such handset"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"MessageStatus": "new-word"},
        {"MessageStatus": "delivered", "MessageSid": "S" * 900},
        {"MessageStatus": "failed", "ErrorCode": "x\x00"},
    ],
)
def test_odd_receipts_are_taken_quietly(cast: Cast, episode: Episode, form: dict[str, str]) -> None:
    for attempt in (Attempt.objects.get(channel="sms", staff=cast.cal).uid, uuid4()):
        assert post(cast, f"sms-status/{attempt}", form).status_code == 204
        assert post(cast, f"call-status/{attempt}", form).status_code == 204


def test_a_form_that_cannot_be_read_is_refused_in_words(cast: Cast) -> None:
    path = f"/hooks/{cast.program.uid}/twilio/sms"
    answer = Browser().post(path, b"--x\r\nbroken", content_type="multipart/form-data; boundary=")
    assert answer.status_code in (400, 403)
    huge = Browser().post(path, b"Body=" + b"x" * 2_000_000, content_type="application/x-www-form-urlencoded")
    assert huge.status_code in (400, 403)


# --- do we stand? -----------------------------------------------------------------------------------


def test_healthz_says_each_promise_and_nothing_else(db: None) -> None:
    answer = Browser().get("/healthz")
    assert answer.status_code == 200
    assert set(answer.json()) == {"promises"}
    assert all(isinstance(holds, bool) for holds in answer.json()["promises"].values())


def test_healthz_is_503_only_when_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(views, "word", gone)
    answer = Browser().get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"promises": {}})
