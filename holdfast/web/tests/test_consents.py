"""Pages of consent: a client signs, takes back and takes home; the team sees whom it may tell, and writes down who was told."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from holdfast.approval import actions as approval
from holdfast.assessment import actions as assessment
from holdfast.consent import actions
from holdfast.consent.models import Consent, Disclosure
from holdfast.consent.queries import known_of, stand_of
from holdfast.consent.sentences import IN_DANGER, LISTEN
from holdfast.consent.words import How, Kind
from holdfast.content.shapes import Status
from holdfast.content.units import unit
from holdfast.crisis import actions as crisis
from holdfast.crisis.afterwards import look_back
from holdfast.crisis.models import Episode
from holdfast.ledger import vouch
from holdfast.ledger.scope import enter
from holdfast.people import reaching
from holdfast.people.actions import change_standing
from holdfast.people.models import Client, Supporter
from holdfast.people.queries import actor_of
from holdfast.people.rules import Standing, zone
from holdfast.people.tests.cast import Cast, make_cast
from holdfast.web.consents import ALONE
from holdfast.web.team.may_call import of_known
from holdfast.web.team.words import PROMISES
from holdfast.web.tests.test_team import as_, here, text


@pytest.fixture
def rosa(cast: Cast) -> Supporter:
    return reaching.name_supporter(
        cast.ana, name="Rosa Peña", relation="mother", phone="520 555 0177", by=cast.bea, now=cast.now
    )


@pytest.fixture
def frank(cast: Cast, rosa: Supporter) -> Supporter:
    return reaching.name_supporter(
        cast.ana, name="Frank", relation="brother", phone="520 555 0199", by=cast.bea, now=cast.now
    )


def agree(cast: Cast, kind: Kind, scopes: tuple[str, ...] = (), person: Supporter | None = None) -> Consent:
    return actions.agree(
        cast.ana,
        kind,
        scopes=scopes,
        signature="Ana Morales",
        how=How.IN_APP,
        language="en",
        now=cast.now,
        supporter=person,
    )


def flat(answer: HttpResponse) -> str:
    """The words of a page, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", text(answer)).split())


# ---------------------------------------------------------------- a client


def test_a_client_reads_signs_and_takes_back_with_one_press(cast: Cast) -> None:
    ana = as_(cast.ana)
    assert "Not agreed to." in flat(ana.get("/agreed"))
    page = flat(ana.get("/agreed/part2"))
    assert "Ana Morales" in page
    assert "My treating providers, health plans" in page
    assert ana.post("/agreed/part2", {"do": "agree", "version": "1", "signature": "Ana Morales"}).status_code == 302
    page = text(ana.get("/agreed/part2"))
    assert "Agreed to on" in page
    assert "What was shared before stays shared." in page
    enter(cast.program.id)
    row = Consent.objects.get()
    assert (row.how, row.signature, row.language, row.version) == (How.IN_APP, "Ana Morales", "en", "1")
    assert ana.post("/agreed/part2", {"do": "take_back", "consent": row.uid}).status_code == 302
    assert "Taken back on" in flat(ana.get("/agreed/part2"))


def test_a_press_without_name_or_tick_says_so_and_keeps_what_was_there(cast: Cast, rosa: Supporter) -> None:
    ana = as_(cast.ana)
    answer = ana.post("/agreed/emergency", {"do": "agree", "version": "1", "signature": " ", "scope": ["danger"]})
    assert answer.status_code == 400
    assert "Type your name to sign." in text(answer)
    assert 'value="danger" checked' in text(answer)
    answer = ana.post(f"/agreed/person/{rosa.uid}", {"do": "agree", "version": "1", "signature": "Ana Q"})
    assert "Tick at least one thing" in text(answer)
    assert 'value="Ana Q"' in text(answer)
    for said in (
        {"do": "agree", "version": "1", "signature": "A", "scope": ["all"]},
        {"do": "fly"},
        {"do": "take_back"},
        {},
    ):
        assert ana.post("/agreed/emergency", said).status_code == 400
    enter(cast.program.id)
    assert not Consent.objects.exists()


def test_a_dot_or_thousands_of_letters_sign_nothing(cast: Cast) -> None:
    """H-157"""
    ana, bea = as_(cast.ana), as_(cast.bea)
    on_paper: dict[str, Any] = {"form": "1", "kind": "emergency", "how": "on_paper", "witness": cast.cal.uid}
    for name, sentence in ((".", "at least two"), ("A", "at least two"), ("Ana " * 1250, "200 letters that fit")):
        said: dict[str, Any] = {"do": "agree", "version": "1", "signature": name, "scope": ["danger"]}
        for answer in (ana.post("/agreed/emergency", said), bea.post(consents_of(cast), {**on_paper, **said})):
            assert answer.status_code == 400
            assert sentence in text(answer)
            assert f'value="{name.strip()[:800]}' in text(answer)
            assert 'value="danger" checked' in text(answer)
    said = {**on_paper, "do": "agree", "version": "1", "signature": "Ana", "scope": ["danger"], "guardian": "."}
    assert "at least two" in text(bea.post(consents_of(cast), said))
    enter(cast.program.id)
    assert not Consent.objects.exists()


def test_a_name_that_is_nothing_like_the_one_on_record_is_asked_about_once(cast: Cast) -> None:
    """H-157: names change, so a second press of the same name signs."""
    ana, bea = as_(cast.ana), as_(cast.bea)
    said = {"do": "agree", "version": "1", "signature": "Lucía  Vega", "scope": ["danger"]}
    on_paper = {**said, "form": "1", "kind": "emergency", "how": "on_paper", "witness": cast.cal.uid}
    for browser, page, typed, sentence in (
        (ana, "/agreed/emergency", said, "This is not the name we have for you: Ana Morales."),
        (bea, consents_of(cast), on_paper, "This is not the name on record: Ana Morales."),
    ):
        before = Consent.objects.count()
        form = {**typed, "stands": stand_of(Consent.objects.order_by("-id").first())}
        answer = browser.post(page, form)
        assert answer.status_code == 400
        assert sentence in text(answer)
        (sure,) = re.findall(r'name="sure" value="([^"]*)"', text(answer))
        assert browser.post(page, {**form, "signature": "Eva Prat", "sure": sure}).status_code == 400
        enter(cast.program.id)
        assert Consent.objects.count() == before
        assert browser.post(page, {**form, "sure": sure}).status_code == 302
        enter(cast.program.id)
        assert Consent.objects.count() == before + 1
        assert Consent.objects.order_by("-id")[0].signature == "Lucía Vega"
    stands = stand_of(Consent.objects.order_by("-id")[0])
    assert ana.post("/agreed/emergency", {**said, "signature": "MORALES", "stands": stands}).status_code == 302


def test_after_it_was_taken_back_nothing_is_ticked_beforehand(cast: Cast, rosa: Supporter) -> None:
    ana, page = as_(cast.ana), f"/agreed/person/{rosa.uid}"
    row = agree(cast, Kind.SUPPORTER, ("danger", "substances"), rosa)
    assert re.findall(r'value="(\w+)" checked', text(ana.get(page))) == ["danger", "substances"]
    ana.post(page, {"do": "take_back", "consent": row.uid})
    again = text(ana.get(page))
    assert "If you agree" in again
    assert 'name="scope"' in again
    assert "checked" not in again


def test_a_text_that_changed_since_the_page_was_opened_is_read_again_before_it_is_signed(
    cast: Cast, rosa: Supporter
) -> None:
    """H-157: nobody signs what they did not see. What was typed stays, and the next press signs the new text."""
    ana, bea = as_(cast.ana), as_(cast.bea)
    for page in ("/agreed/emergency", f"/agreed/person/{rosa.uid}"):
        assert '<input type="hidden" name="version" value="1">' in text(ana.get(page))
    said = {"do": "agree", "signature": "Ana M", "scope": ["danger"]}
    for stale in ({"version": "0"}, {"version": ""}, {}):
        answer = ana.post("/agreed/emergency", {**said, **stale})
        assert answer.status_code == 409
        page = text(answer)
        assert "The text has changed since you opened this page." in page
        assert 'value="Ana M"' in page
        assert 'value="danger" checked' in page
        assert '<input type="hidden" name="version" value="1">' in page
        assert "may call 911, an ambulance, a crisis team or the police" in flat(answer)
    written = {"do": "agree", "form": "1", "kind": "emergency", "how": "on_paper", "witness": cast.cal.uid, **said}
    answer = bea.post(consents_of(cast), {**written, "version": "0"})
    assert answer.status_code == 409
    assert 'value="Ana M"' in text(answer)
    enter(cast.program.id)
    assert not Consent.objects.exists()
    assert ana.post("/agreed/emergency", {**said, "version": "1"}).status_code == 302
    enter(cast.program.id)
    stands = stand_of(Consent.objects.get())
    assert bea.post(consents_of(cast), {**written, "version": "1", "stands": stands}).status_code == 302


def test_each_can_be_downloaded_as_pdf_and_as_a_page_in_the_language_that_was_signed(cast: Cast) -> None:
    row = agree(cast, Kind.EMERGENCY, ("danger",))
    ana = as_(cast.ana)
    pdf = ana.get(f"/agreed/paper/{row.uid}.pdf")
    assert pdf.content.startswith(b"%PDF")
    assert pdf["Content-Disposition"] == 'attachment; filename="agreed.pdf"'
    page = ana.get(f"/agreed/paper/{row.uid}.html", headers={"Accept-Language": "es"})
    assert "What the danger is, and where I am" in text(page)
    assert "What they need to know about my mental health" not in text(page)
    assert "Ana Morales" in text(page)


def test_a_client_names_somebody_and_says_what_they_may_know(cast: Cast) -> None:
    ana = as_(cast.ana)
    assert ana.post("/agreed", {"name": "", "phone": "555"}).status_code == 400
    assert ana.post("/agreed", {"name": "Rosa", "relation": "mother", "phone": "5205550177"}).status_code == 302
    enter(cast.program.id)
    rosa = Supporter.objects.get()
    assert "We tell them nothing." in flat(ana.get("/agreed"))
    ana.post(
        f"/agreed/person/{rosa.uid}", {"do": "agree", "version": "1", "signature": "Ana", "scope": ["danger", "how"]}
    )
    assert "When I am in danger: that I am, and where" in flat(ana.get("/agreed"))


def test_the_page_says_that_nothing_is_recorded_and_asks_for_no_signature(cast: Cast) -> None:
    ana, bea = as_(cast.ana), as_(cast.bea)
    honest = "Nothing here records a session: no sound and no picture. So there is nothing to sign."
    for page in ("/agreed", "/agreed/recording"):
        assert honest in flat(ana.get(page))
    page = text(ana.get("/agreed/recording"))
    assert "I agree" not in page
    assert "may record" not in page
    answer = ana.post("/agreed/recording", {"do": "agree", "version": "1", "signature": "Ana"})
    assert answer.status_code == 400
    assert "There is nothing to sign here." in text(answer)
    page = text(bea.get(consents_of(cast)))
    assert honest in page
    assert 'Write down that they agreed<span class="vh">: Recording a session' not in page
    old = Consent.objects.create(
        program_id=cast.program.id, client=cast.ana, kind=Kind.RECORDING, version="1", language="en", how=How.IN_APP,
        signature="Ana", at=cast.now,
    )  # fmt: skip
    assert "may record a session with you" in flat(ana.get("/agreed/recording"))
    assert ana.post("/agreed/recording", {"do": "take_back", "consent": old.uid}).status_code == 302


def test_what_was_signed_for_somebody_off_the_list_can_still_be_taken_home(cast: Cast, rosa: Supporter) -> None:
    row = agree(cast, Kind.SUPPORTER, ("here",), rosa)
    reaching.end_supporter(rosa, cast.now)
    ana = as_(cast.ana)
    page = text(ana.get("/agreed"))
    assert "People who are not on your list any more" in page
    assert f"/agreed/paper/{row.uid}.pdf" in page
    assert ana.get(f"/agreed/paper/{row.uid}.pdf").content.startswith(b"%PDF")
    assert ana.get(f"/agreed/person/{rosa.uid}").status_code == 404
    assert ana.get(f"/agreed/paper/{row.uid}.exe").status_code == 404


def test_nobody_opens_what_is_anothers(cast: Cast, rosa: Supporter) -> None:
    row = agree(cast, Kind.TELEHEALTH)
    other = make_cast("maple", "7")
    their = as_(other.ana)
    for page in (f"/agreed/paper/{row.uid}.pdf", f"/agreed/person/{rosa.uid}", "/agreed/supporter", "/agreed/nonsense"):
        assert their.get(page).status_code == 404
    assert their.post("/agreed/telehealth", {"do": "take_back", "consent": row.uid}).status_code == 400
    for page in ("/agreed", "/told", "/told.pdf"):
        assert as_(cast.bea).get(page).status_code == 403
    enter(cast.program.id)
    assert Consent.objects.get(id=row.id).revoked_at is None


def test_the_pages_are_spanish_through_and_through(cast: Cast, rosa: Supporter) -> None:
    cast.ana.language = "es"
    cast.ana.save(update_fields=["language"])
    agree(cast, Kind.EMERGENCY, ("danger",))
    ana = as_(cast.ana)
    for page in ("/agreed", "/agreed/part2", "/agreed/emergency", f"/agreed/person/{rosa.uid}", "/told"):
        said = flat(ana.get(page))
        for english in ("Agreed", "agreed", "I agree", "Take it back", "Your name", "Who was told", "alcohol and drug"):
            assert english not in said, (page, english)


def test_a_missing_consent_holds_up_no_help_and_no_check_in(cast: Cast) -> None:
    """H-158"""
    cast.night_shift()
    ana = as_(cast.ana)
    assert ana.post("/check-in", {"form": "check-in"}).status_code == 302
    assert ana.get("/today").status_code == 200
    enter(cast.program.id)
    assessment.ask_for_help(cast.ana, "session", cast.now)
    assert Episode.objects.filter(client=cast.ana).exists()


def test_a_child_reads_that_a_guardian_signs_too(cast: Cast) -> None:
    cast.ana.born = (cast.now - timedelta(days=15 * 365)).date().isoformat()
    cast.ana.save(update_fields=["born"])
    said = flat(as_(cast.ana).get("/agreed/telehealth"))
    assert "a parent or guardian signs this with you" in said
    assert "Your team asks you before they talk with them." in said
    page = flat(as_(cast.bea).get(f"/team/people/{cast.ana.uid}/consents"))
    assert "They are under age. By Arizona, as of 2026-11-26; counsel has not confirmed it." in page
    known = known_of(cast.ana, cast.now)
    confirmed = replace(known, law=replace(known.law, counsel=Status.APPROVED))
    assert of_known(confirmed, ()).age == "They are under age. By Arizona, as of 2026-11-26."


def test_what_was_signed_under_age_and_alone_says_that_it_must_be_signed_again(cast: Cast, rosa: Supporter) -> None:
    """H-154: a birthday makes it no more than it was."""
    cast.ana.born = (cast.now - timedelta(days=18 * 365 + 30)).date().isoformat()
    cast.ana.save(update_fields=["born"])
    long_ago = cast.now - timedelta(days=200)
    actions.agree(cast.ana, Kind.EMERGENCY, scopes=("danger",), signature="Ana", how=How.IN_APP, language="en",
                  now=long_ago)  # fmt: skip
    ana, bea = as_(cast.ana), as_(cast.bea)
    again = "before you were 18, and no parent or guardian signed with you"
    assert again in flat(ana.get("/agreed/emergency"))
    assert "Please sign it again." in flat(ana.get("/agreed"))
    assert "it counts only once they sign it again" in flat(bea.get(consents_of(cast)))
    assert "it counts only once they sign it again: If I am in danger." in flat(bea.get(f"/team/client/{cast.ana.uid}"))
    enter(cast.program.id)
    agree(cast, Kind.EMERGENCY, ("danger",))
    for page in (ana.get("/agreed/emergency"), bea.get(consents_of(cast))):
        assert again not in flat(page)
        assert "only once they sign it again" not in flat(page)


# ---------------------------------------------------------------- the team


def consents_of(cast: Cast) -> str:
    return f"/team/people/{cast.ana.uid}/consents"


def tell_of(cast: Cast) -> str:
    return f"/team/people/{cast.ana.uid}/tell"


def test_at_a_glance_whom_one_may_call_and_what_one_may_say(cast: Cast, frank: Supporter, rosa: Supporter) -> None:
    agree(cast, Kind.SUPPORTER, ("danger",), rosa)
    for page in (f"/team/client/{cast.ana.uid}", consents_of(cast)):
        said = flat(as_(cast.bea).get(page))
        assert "In danger you may say: that they are in danger, where they are, how they are this minute." in said
        assert "Withhold: the name of our program" in said
        assert "any diagnosis or treatment, what was taken." in said
        assert re.search(r"Not: that they are a client here, .*alcohol and drugs", said)
        assert " ".join(("No consent.", *map(str, LISTEN))) in said
        assert "Not signed: If I am in danger; Care by video and phone; Sharing my alcohol and drug records" in said
        assert "Their age is not known" in said


def test_the_crisis_page_says_it_folded_with_both_lists_in_a_query_it_asks_anyway(
    cast: Cast, frank: Supporter, rosa: Supporter
) -> None:
    agree(cast, Kind.SUPPORTER, ("danger",), rosa)
    cast.night_shift()
    vouch.vouch(vouch.WATCHDOG, dict.fromkeys(PROMISES, True))
    vouch.vouch(vouch.WORKER, {})
    assessment.ask_for_help(cast.ana, "session", cast.now)
    episode = Episode.objects.get(client=cast.ana)
    crisis.take(episode.id, cast.cal, "board", cast.now)
    browser = as_(cast.cal)
    with CaptureQueriesContext(connection) as seen:
        page = browser.get(here(episode))
    said = flat(page)
    assert " ".join(("No consent.", *map(str, IN_DANGER))) in said
    assert "In danger you may call Rosa Peña. No consent to tell Frank. What you may still do" in said
    assert "To whoever sends or brings medical help" in said
    assert "To the police" in said
    assert "Alcohol or drugs, now or before." in said
    assert sum('FROM "consent_consent"' in q["sql"] for q in seen.captured_queries) == 1


def test_in_danger_what_was_taken_back_or_has_ended_still_says_whom_to_ask(
    cast: Cast, frank: Supporter, rosa: Supporter
) -> None:
    """H-151: on the card of a crisis, and on the page that is asked, once for all of it."""
    actions.take_back(agree(cast, Kind.SUPPORTER, ("danger", "here"), rosa), None, "", cast.now)
    agree(replace(cast, now=cast.now - timedelta(days=500)), Kind.SUPPORTER, ("danger", "here"), frank)
    cast.night_shift()
    assessment.ask_for_help(cast.ana, "session", cast.now)
    episode = Episode.objects.get(client=cast.ana)
    crisis.take(episode.id, cast.cal, "board", cast.now)
    way_out = " ".join(map(str, IN_DANGER))
    card = flat(as_(cast.cal).get(here(episode)))
    assert f"They took their consent back. {way_out}" in card
    assert f"Their consent has ended. {way_out}" in card
    for one in (rosa, frank):
        asked = {"do": "ask", "whom": f"supporter.{one.uid}", "about": ["danger", "here"], "now": ["danger"]}
        page = text(as_(cast.cal).post(tell_of(cast), asked))
        answer = " ".join(re.sub(r"<[^>]+>", " ", page[page.index('id="answer"') :]).split())
        assert way_out in answer
        assert answer.count("Ask your supervisor.") == 1


def test_who_was_told_stands_on_the_timeline_of_the_crisis_in_which_it_was(cast: Cast, rosa: Supporter) -> None:
    """H-155: with the ground; what was told before it, and to somebody else, does not."""
    signed = agree(cast, Kind.SUPPORTER, ("danger",), rosa)
    cast.night_shift()
    vouch.vouch(vouch.WATCHDOG, dict.fromkeys(PROMISES, True))
    vouch.vouch(vouch.WORKER, {})
    assessment.ask_for_help(cast.ana, "session", cast.now)
    episode = Episode.objects.get(client=cast.ana)
    crisis.take(episode.id, cast.cal, "board", cast.now)
    cal = as_(cast.cal)
    said = {"do": "told", "whom": f"supporter.{rosa.uid}", "about": ["whereabouts"], "now": ["danger"],
            "once": uuid4(), "recipient": "Rosa Peña", "words": "Where she is"}  # fmt: skip
    assert cal.post(tell_of(cast), said).status_code == 302
    before = cast.now.astimezone(zone(cast.program.timezone)) - timedelta(hours=2)
    police = {**ASK, "about": ["danger"], "do": "told", "once": uuid4(), "recipient": "Officer Lund", "belief": "x",
              "facts": "y", "words": "z", "day": f"{before:%Y-%m-%d}", "hour": f"{before:%H:%M}"}  # fmt: skip
    assert cal.post(tell_of(cast), police).status_code == 302
    day = signed.at.astimezone(zone(cast.ana.timezone))
    line = f"Told Rosa Peña (mother): where they are. Ground: consent of {day:%B} {day.day}, {day.year}."
    page = flat(cal.get(here(episode)))
    assert f"{line} {cast.cal.name}" in page
    assert "Officer Lund" not in page
    enter(cast.program.id)
    assert line in [one.words for one in look_back(actor_of(cast.cal), episode.uid).story]


def test_in_an_overdose_the_medical_list_is_open(cast: Cast) -> None:
    """H-153"""
    cast.night_shift()
    vouch.vouch(vouch.WATCHDOG, dict.fromkeys(PROMISES, True))
    vouch.vouch(vouch.WORKER, {})
    assessment.ask_for_help(cast.ana, "session", cast.now)
    episode = Episode.objects.get(client=cast.ana)
    Episode.objects.filter(id=episode.id).update(protocol="overdose-or-withdrawal")
    page = text(as_(cast.cal).get(here(episode)))
    assert "<details open><summary>They named nobody. What to say to medical help and to the police" in page
    assert '<details class="aloud" id="aloud-medical" open>' in page
    assert '<details class="aloud" id="aloud-police">' in page


def read_to_medical_help(page: str) -> tuple[str, str]:
    """What the medical list says, and what it withholds."""
    found = re.search(r'id="aloud-medical"(.*?)</details>', page, re.DOTALL)
    assert found
    say, _mark, withhold = found.group(1).partition("Withhold")
    return say, withhold


def test_the_medical_list_names_medicines_only_where_they_may_be_told(cast: Cast) -> None:
    """H-152, H-153: in plain danger only by consent, in an overdose always; the list and the answer never disagree."""
    bea = as_(cast.bea)

    def asked(*now: str) -> tuple[str, str]:
        return read_to_medical_help(text(bea.post(tell_of(cast), {**ASK, "now": now})))

    say, withhold = asked("danger")
    assert "present medicines" not in say
    assert "Medicines. This opens when it is a medical emergency, or when they have agreed to it." in withhold
    assert "The name of our program, or that they are a client here, earlier use of alcohol or drugs" in withhold
    assert "What was taken, when, and how much" in say
    for now in (("overdose",), ("danger", "medical")):
        say, withhold = asked(*now)
        assert "present medicines" in say
        assert "This opens when" not in withhold
    cast.ana.born = "1990-04-30"
    cast.ana.save(update_fields=["born"])
    agree(cast, Kind.EMERGENCY, ("danger", "medicines"))
    say, withhold = asked("danger")
    assert "present medicines" in say
    assert "any medicine that gives a treatment away" in withhold


def test_in_the_overdose_of_a_stranger_there_is_something_to_read_aloud_too(cast: Cast) -> None:
    """H-153"""
    cast.night_shift()
    vouch.vouch(vouch.WATCHDOG, dict.fromkeys(PROMISES, True))
    vouch.vouch(vouch.WORKER, {})
    assessment.receive_concern(
        cast.program.id, name="", phone="", words="Not breathing right", place="12 Elm St", now=cast.now
    )
    episode = Episode.objects.get(client=None)
    assert '<details class="aloud" id="aloud-medical">' in text(as_(cast.cal).get(here(episode)))
    enter(cast.program.id)
    Episode.objects.filter(id=episode.id).update(protocol="overdose-or-withdrawal")
    page = text(as_(cast.cal).get(here(episode)))
    assert '<details class="aloud" id="aloud-medical" open>' in page
    assert '<details class="aloud" id="aloud-police">' in page


def test_the_notice_is_told_as_it_was_when_the_line_was_written(cast: Cast, rosa: Supporter) -> None:
    """H-157"""
    cast.ana.born = "1990-04-30"
    cast.ana.save(update_fields=["born"])
    agree(cast, Kind.SUPPORTER, ("here",), rosa)
    bea = as_(cast.bea)
    said = {"do": "told", "whom": f"supporter.{rosa.uid}", "about": ["here"], "once": uuid4(), "recipient": "Rosa",
            "words": "That she is here"}  # fmt: skip
    assert bea.post(tell_of(cast), said).status_code == 302
    page = flat(bea.get(consents_of(cast)))
    assert "When this was written, the notice of Part 2 had not gone along." in page


def test_the_team_writes_down_what_was_signed_on_paper_or_said_aloud(cast: Cast, rosa: Supporter) -> None:
    bea = as_(cast.bea)
    said = {"do": "agree", "version": "1", "form": "1", "kind": "telehealth", "how": "by_word", "witness": cast.cal.uid}
    assert bea.post(consents_of(cast), said).status_code == 302
    said = {**said, "kind": "supporter", "person": rosa.uid, "how": "on_paper", "scope": ["here"], "signature": "Ana M"}
    assert bea.post(consents_of(cast), said).status_code == 302
    page = flat(bea.get(consents_of(cast)))
    assert f"Said aloud, before {cast.cal.name}: it opens nothing that needs a signature." in page
    answer = bea.post(consents_of(cast), {**said, "kind": "part2", "how": "by_word", "signature": ""})
    assert "The law asks for this one in writing" in text(answer)
    assert f"On paper, before {cast.cal.name}. Written down by {cast.bea.name}." in page
    enter(cast.program.id)
    row = Consent.objects.get(kind=Kind.TELEHEALTH)
    assert (row.witness_id, row.by_id) == (cast.cal.id, cast.bea.id)
    assert f"Written down by</dt><dd>{cast.bea.name}" in text(as_(cast.ana).get(f"/agreed/paper/{row.uid}.html"))
    cases: tuple[dict[str, Any], ...] = (
        {"how": "in_app"},
        {"witness": ""},
        {"scope": []},
        {"person": ""},
        {"signature": ""},
        {"do": "x"},
    )
    for change in cases:
        answer = bea.post(consents_of(cast), {**said, **change})
        assert answer.status_code == 400
        assert "What you typed is still in the form." in text(answer)


def test_the_team_writes_down_that_it_was_taken_back_with_how(cast: Cast) -> None:
    row = agree(cast, Kind.TELEHEALTH)
    bea = as_(cast.bea)
    assert bea.post(consents_of(cast), {"do": "take_back", "consent": row.uid}).status_code == 400
    bea.post(consents_of(cast), {"do": "take_back", "consent": row.uid, "why": "on the phone"})
    enter(cast.program.id)
    row = Consent.objects.get(id=row.id)
    assert (row.revoked_by_id, row.revoked_why) == (cast.bea.id, "on the phone")
    assert "“on the phone”" in flat(bea.get(consents_of(cast)))


ASK = {"do": "ask", "whom": "police", "about": ["danger", "substances"], "now": ["danger", "overdose"]}


def test_one_asks_and_hears_why_what_to_withhold_and_what_goes_along(cast: Cast, rosa: Supporter) -> None:
    bea = as_(cast.bea)
    said = flat(bea.post(tell_of(cast), ASK))
    assert "That they are in danger: Only part of it." in said
    assert "Alcohol and drugs: No. The police never hear this from us." in said
    assert "Withhold: the name of our program" in said
    cast.ana.born = "1990-04-30"
    cast.ana.save(update_fields=["born"])
    agree(cast, Kind.SUPPORTER, ("here", "substances"), rosa)
    said = flat(bea.post(tell_of(cast), {"do": "ask", "whom": f"supporter.{rosa.uid}", "about": "substances"}))
    assert "42 CFR part 2 prohibits unauthorized use or disclosure of these records." in said
    assert "with a copy of the consent, or a clear explanation of its scope" in said


def test_when_a_part_may_be_told_the_headline_says_so_and_that_part_is_ticked(cast: Cast) -> None:
    bea = as_(cast.bea)
    page = text(bea.post(tell_of(cast), {**ASK, "about": ["here", "danger", "whereabouts"]}))
    assert "Only what is marked yes or part, line by line" in page
    assert 'data-say="part"' in page
    form = page[page.index('id="f-told"') :]
    ticked = re.findall(r'name="about" value="(\w+)"( checked)?', form)
    assert ticked == [("here", ""), ("danger", " checked"), ("whereabouts", " checked")]
    said = {**ASK, "do": "told", "asked": ["here", "danger"], "once": uuid4(), "recipient": "Officer Lund",
            "belief": "She will die", "facts": "She wrote goodbye", "words": "Where she is"}  # fmt: skip
    answer = bea.post(tell_of(cast), {**said, "about": []})
    assert answer.status_code == 400
    assert "Tick what it is about." in text(answer)
    assert "She wrote goodbye" in text(answer)
    assert bea.post(tell_of(cast), {**said, "about": ["danger"]}).status_code == 302
    enter(cast.program.id)
    assert (Disclosure.objects.get().answer, Disclosure.objects.get().information) == ("part", ["danger"])


def test_when_all_of_it_is_a_no_the_headline_is_a_no(cast: Cast) -> None:
    page = text(as_(cast.bea).post(tell_of(cast), {**ASK, "about": ["here", "substances"]}))
    assert 'data-say="no"' in page
    assert "line by line" not in page


def test_what_may_not_be_told_is_never_ticked_beforehand(cast: Cast, rosa: Supporter) -> None:
    """H-156: an answer that is a no all through ticks nothing, and keeps what was asked about."""
    bea = as_(cast.bea)
    asked = {"do": "ask", "whom": f"supporter.{rosa.uid}", "about": ["here", "how"]}
    page = text(bea.post(tell_of(cast), asked))
    form = page[page.index('id="f-told"') :]
    assert re.findall(r'name="about" value="(\w+)"( checked)?', form) == [("here", ""), ("how", "")]
    said = {**asked, "do": "told", "asked": ["here", "how"], "about": [], "once": uuid4(), "recipient": "Rosa",
            "facts": "She knew already", "words": "Yes, she is with us"}  # fmt: skip
    answer = bea.post(tell_of(cast), said)
    assert answer.status_code == 400
    assert "Tick what it is about." in text(answer)
    assert "She knew already" in text(answer)
    assert bea.post(tell_of(cast), {**said, "about": ["here"]}).status_code == 302


def test_what_ended_with_treatment_reads_so(cast: Cast) -> None:
    row = agree(cast, Kind.PART_2)
    change_standing(cast.ana, Standing.DISCHARGED, cast.now)
    ana = as_(cast.ana)
    said = flat(ana.get("/agreed/part2"))
    assert "when treatment here ended." in said
    assert "Taken back on" not in said
    assert "Ended with treatment" in flat(ana.get(f"/agreed/paper/{row.uid}.html"))
    agree(cast, Kind.PART_2)
    earlier = flat(ana.get("/agreed/part2"))
    assert "when treatment here ended." in earlier
    assert "Taken back on" not in earlier


def test_those_who_lead_always_find_what_was_told_against_a_no(cast: Cast) -> None:
    """H-156"""
    assert 'href="/team/told/"' in text(as_(cast.dia).get("/team/"))
    assert 'href="/team/told/"' not in text(as_(cast.bea).get("/team/"))


def test_a_question_that_is_not_whole_is_asked_again(cast: Cast) -> None:
    bea = as_(cast.bea)
    cases: tuple[dict[str, Any], ...] = (
        {"whom": ""},
        {"whom": "aunt"},
        {"whom": "supporter"},
        {"about": []},
        {"about": ["everything"]},
    )
    for change in cases:
        answer = bea.post(tell_of(cast), {**ASK, **change})
        assert answer.status_code == 400
        assert "What you typed is still in the form." in text(answer)


def test_what_was_told_is_written_down_and_the_client_reads_it(cast: Cast) -> None:
    bea, uid = as_(cast.bea), uuid4()
    said = {
        **ASK,
        "do": "told",
        "whom": "emergency_medical",
        "once": uid,
        "recipient": "Lee Ortiz",
        "affiliation": "County Ambulance",
        "nature": "Pills, slow breathing",
        "words": "What she took and when",
    }
    for field in ("recipient", "affiliation", "nature", "words"):
        answer = bea.post(tell_of(cast), {**said, field: ""})
        assert answer.status_code == 400
        assert "What she took" in text(answer) or field == "words"
    assert bea.post(tell_of(cast), {**said, "day": "2099-01-01", "hour": "10:00"}).status_code == 400
    for _ in range(2):
        assert bea.post(tell_of(cast), said).status_code == 302
    enter(cast.program.id)
    row = Disclosure.objects.get()
    assert (row.ground, row.answer, row.by_id, row.uid) == ("2.51", "yes", cast.bea.id, uid)
    page = flat(as_(cast.ana).get("/told"))
    assert "Lee Ortiz, County Ambulance" in page
    assert "It was a medical emergency." in page
    assert as_(cast.ana).get("/told.pdf").content.startswith(b"%PDF")


def test_a_text_is_marked_as_a_draft_until_two_people_have_approved_it(cast: Cast) -> None:
    page = text(as_(cast.bea).get(consents_of(cast)))
    assert page.count('<span class="badge">draft</span>') == len(ALONE) + 2  # each text, and the two lists
    enter(cast.program.id)
    today = cast.now.astimezone(zone(cast.program.timezone)).date()
    for path in ("consents/telehealth/1", "policies/emergency-scripts/1"):
        found = unit(path)
        approval.approve(path, found.sums, cast.dia, today, found.digest, cast.now)
        approval.confirm(path, found.sums, cast.bea, found.digest, cast.now)
    page = text(as_(cast.bea).get(consents_of(cast)))
    assert page.count('<span class="badge">draft</span>') == len(ALONE) - 1


def test_what_was_told_is_judged_by_the_consents_of_that_moment(cast: Cast, rosa: Supporter) -> None:
    """H-156: taken back since, it was allowed; signed since, it was not."""
    before = actions.agree(cast.ana, Kind.SUPPORTER, scopes=("practical",), signature="Ana", how=How.IN_APP,
                           language="en", now=cast.now - timedelta(days=2), supporter=rosa)  # fmt: skip
    actions.take_back(before, cast.bea, "", cast.now - timedelta(hours=3))
    bea = as_(cast.bea)

    def write(about: str, back: timedelta, **more: str) -> HttpResponse:
        then = (cast.now - back).astimezone(zone(cast.program.timezone))
        said = {"do": "told", "whom": f"supporter.{rosa.uid}", "about": [about], "once": uuid4(), "recipient": "Rosa",
                "words": "When she comes", "day": f"{then:%Y-%m-%d}", "hour": f"{then:%H:%M}", **more}  # fmt: skip
        return bea.post(tell_of(cast), said)

    def last() -> Disclosure:
        enter(cast.program.id)
        return Disclosure.objects.order_by("-id")[0]

    assert write("practical", timedelta(hours=5)).status_code == 302
    assert (last().answer, last().consent_id) == ("part", before.id)
    refused = write("practical", timedelta(hours=1))
    assert refused.status_code == 400
    assert "They took their consent back." in text(refused)
    enter(cast.program.id)
    agree(cast, Kind.SUPPORTER, ("how",), rosa)
    refused = write("how", timedelta(days=4))
    assert "No consent." in text(refused)
    assert "As their consents stood then" in text(refused)
    assert write("how", timedelta(days=4), facts="She asked").status_code == 302
    assert last().answer == "no"
    assert write("how", timedelta(0)).status_code == 302  # within the minute in which it was signed
    assert last().answer == "part"


def test_told_against_a_no_those_who_lead_see_it(cast: Cast, rosa: Supporter) -> None:
    """H-156"""
    said = {
        "do": "told",
        "whom": f"supporter.{rosa.uid}",
        "about": ["here"],
        "once": uuid4(),
        "recipient": "Rosa",
        "facts": "She cried, and I said it",
        "words": "That she is here",
    }
    assert as_(cast.bea).post(tell_of(cast), said).status_code == 302
    dia = as_(cast.dia)
    assert "Told against a no" in flat(dia.get("/team/"))
    assert "1 time something was told although it might not be" in flat(dia.get("/team/work/"))
    page = dia.get("/team/told/")
    assert "She cried, and I said it" in flat(page)
    assert as_(cast.bea).get("/team/told/").status_code == 403
    enter(cast.program.id)
    dia.post("/team/told/", {"told": Disclosure.objects.get().uid})
    assert f"Seen by {cast.dia.name}" in flat(dia.get("/team/told/"))
    assert dia.post("/team/told/", {"told": "nothing"}).status_code == 409
    told = flat(as_(cast.ana).get("/told"))
    assert "Those who lead the program look at this." in told
    assert "We had no rule that allowed this. That is ours to put right, not yours." in told


def test_who_may_open_the_pages_of_the_team(cast: Cast) -> None:
    row = agree(cast, Kind.TELEHEALTH)
    pages = (consents_of(cast), tell_of(cast), f"/team/people/{cast.ana.uid}/consents/{row.uid}.pdf")
    for page in pages:
        assert as_(cast.bea).get(page).status_code == 200
        assert as_(cast.dia).get(page).status_code == 200
        shut = as_(cast.cal).get(page)  # not of her care team, and there is no crisis
        assert shut.status_code == 403
        assert "is not open to you" in shut.text
        assert as_(cast.adam).get(page).status_code == 403
        assert as_(cast.eve).get(page).status_code == 404
        assert as_(cast.ana).get(page).status_code == 403


def test_nobody_hears_as_a_guardian_who_was_not_written_down_as_one(cast: Cast, rosa: Supporter) -> None:
    """H-154: not by an address or a form that somebody changed either."""
    cast.ana.born = (cast.now - timedelta(days=15 * 365)).date().isoformat()
    cast.ana.save(update_fields=["born"])
    bea = as_(cast.bea)
    said = {"whom": f"guardian.{rosa.uid}", "about": ["whereabouts"], "now": ["danger"], "once": uuid4(),
            "recipient": "Rosa", "belief": "x", "facts": "y", "words": "Where she is"}  # fmt: skip
    for do in ("ask", "told"):
        answer = bea.post(tell_of(cast), {**said, "do": do})
        assert answer.status_code == 400
        assert "Nobody wrote down that this person is their guardian by law." in text(answer)
    enter(cast.program.id)
    assert not Disclosure.objects.exists()
    by_law = reaching.name_supporter(
        cast.ana, name="Luz", relation="mother", phone="520 555 0178", by=cast.bea, now=cast.now, part="guardian"
    )
    answer = bea.post(tell_of(cast), {**said, "do": "ask", "whom": f"guardian.{by_law.uid}"})
    assert "their guardian can keep them safe" in text(answer)


def test_a_guardian_is_written_down_by_the_team(cast: Cast) -> None:
    said = {"do": "name", "name": "Rosa", "phone": "520 555 0177", "part": "guardian"}
    reach = f"/team/people/{cast.ana.uid}/reach"
    assert as_(cast.bea).post(reach, said).status_code == 302
    assert as_(cast.bea).post(reach, {**said, "part": "queen"}).status_code == 400
    assert "guardian by law" in flat(as_(cast.bea).get(reach))


def test_a_birth_date_is_kept_in_the_set_up(cast: Cast) -> None:
    adam = as_(cast.adam)
    page = f"/program/clients/{cast.ana.uid}"
    said = {"do": "change", "name": "Ana Morales", "language": "en", "state": "AZ", "timezone": "America/Phoenix",
            "phone": "5205550118", "born": "1990-04-30"}  # fmt: skip
    answer = adam.post(page, said)
    assert answer.status_code == 302, flat(answer)[:600]
    enter(cast.program.id)
    assert Client.objects.get(id=cast.ana.id).born == "1990-04-30"
    assert 'value="1990-04-30"' in text(adam.get(page))
    assert adam.post(page, {**said, "born": "2090-04-30"}).status_code == 400
