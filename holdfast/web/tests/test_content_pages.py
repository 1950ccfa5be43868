"""Pages of clinical content: two people approve what they read, licences are attested, copies are edited and compared."""

import re

import pytest
from django.test import Client as Browser

from holdfast.approval.models import Approval, Attestation, ProtocolCopy
from holdfast.content import load, units
from holdfast.people.tests.cast import Cast, make_cast
from holdfast.web.tests.test_access import as_

PHQ = "/program/content/unit/questionnaires/phq-9/1"
DAST = "/program/content/unit/questionnaires/dast-10/1"
CSSRS = "/program/content/unit/questionnaires/c-ssrs/1"
PANIC = "/program/content/unit/protocols/panic/1"


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def page(staff, url: str) -> str:
    answer = as_(staff).get(url)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def post(staff, url: str, status: int = 302, **fields: str) -> str:
    answer = as_(staff).post(url, fields)
    assert answer.status_code == status, answer.content.decode()[-3000:]
    return answer.content.decode()


def read(url: str) -> str:
    found = units.unit(url.removeprefix("/program/content/unit/"))
    assert found
    return found.digest


def today(cast: Cast) -> str:
    from holdfast.people.rules import zone

    return cast.now.astimezone(zone(cast.program.timezone)).date().isoformat()


def test_who_may_be_the_second_person_can_read_and_nobody_else(cast: Cast) -> None:
    for staff in (cast.dia, cast.adam, cast.bea):
        assert "Clinical content" in page(staff, "/program/content/")
    for url in ("/program/content/", PHQ, "/program/content/journal/"):
        assert as_(cast.ana).get(url).status_code == 403
        assert Browser().get(url).url.startswith("/sign-in/")


def test_everything_there_is_stands_in_the_list_with_its_state(cast: Cast) -> None:
    shown = page(cast.dia, "/program/content/")
    for unit in units.units():
        assert f"/program/content/unit/{unit.path}" in shown
    assert shown.count("Off: needs a licence") == 2
    assert "wait for you" in shown


@pytest.mark.parametrize("unit", units.units(), ids=lambda unit: unit.path)
def test_every_piece_can_be_read_in_both_languages(cast: Cast, unit) -> None:
    assert "What it says" in page(cast.bea, f"/program/content/unit/{unit.path}")


def test_a_form_is_shown_with_its_questions_its_scoring_and_what_its_answers_lead_to(cast: Cast) -> None:
    shown = page(cast.dia, PHQ)
    assert "Feeling down, depressed, or hopeless" in shown
    assert "moderately severe" in shown
    assert "asks asq" in shown
    assert "No permission required" in shown
    assert "44260-8" in shown


def test_dia_approves_bea_confirms_and_the_draft_mark_is_gone(cast: Cast) -> None:
    mark = "Draft wording: no clinician of this program has approved it yet."
    assert mark in question(cast)
    refused = post(cast.bea, PHQ, 409, do="approve", read=read(PHQ), effective_from=today(cast))
    assert "Only the clinical director approves content." in refused
    post(cast.dia, PHQ, do="approve", read=read(PHQ), effective_from=today(cast))
    assert "Give them its address." in page(cast.dia, PHQ)
    assert "You approved this yourself" in post(cast.dia, PHQ, 409, do="confirm", read=read(PHQ), agree="yes")
    assert mark in question(cast)
    assert "Confirm it, as the second person" in page(cast.bea, PHQ)
    assert "Say that you read it" in post(cast.bea, PHQ, 400, do="confirm", read=read(PHQ))
    post(cast.bea, PHQ, do="confirm", read=read(PHQ), agree="yes")
    assert "Approved by Dia Okafor, confirmed by Bea Lindqvist" in page(cast.adam, PHQ)
    assert mark not in question(cast)
    post(cast.dia, PHQ, do="withdraw")
    assert mark in question(cast)
    journal = page(cast.adam, "/program/content/journal/")
    assert "Taken back by Dia Okafor" in journal
    assert "Confirmed by Bea Lindqvist" in journal


def test_after_a_press_the_page_says_so_and_leads_to_the_next_piece(cast: Cast) -> None:
    answer = as_(cast.dia).post(PHQ, {"do": "approve", "read": read(PHQ), "effective_from": today(cast)})
    shown = page(cast.dia, answer.url)
    waits = len([each for each in units.units() if not each.is_pack]) - 1
    assert f"Approved. {waits} to go." in " ".join(shown.split())
    following = re.search(r'href="([^"]+)">Read the next', shown)
    assert following
    assert following[1] != PHQ
    assert "I approve this" in page(cast.dia, following[1])
    answer = as_(cast.bea).post(PHQ, {"do": "confirm", "read": read(PHQ), "agree": "yes"})
    assert "Confirmed. Nothing more waits for you." in " ".join(page(cast.bea, answer.url).split())


def test_a_page_says_that_something_is_done_only_where_it_is(cast: Cast) -> None:
    for did in ("approve", "confirm", "attest", "explode"):
        shown = page(cast.dia, f"{PHQ}?did={did}")
        assert 'id="h-done"' not in shown


def test_my_day_counts_what_waits_for_the_word_of_a_second_person(cast: Cast) -> None:
    assert "Nothing of yours is open today" in page(cast.bea, "/team/work/")
    for url in (PHQ, PANIC):
        post(cast.dia, url, do="approve", read=read(url), effective_from=today(cast))
    shown = page(cast.bea, "/team/work/")
    assert "2 pieces of clinical content wait for you to confirm" in shown
    assert "Nothing of yours is open today" not in shown
    for staff in (cast.dia, cast.adam):
        assert "wait for you to confirm" not in page(staff, "/team/work/")
    post(cast.bea, PHQ, do="confirm", read=read(PHQ), agree="yes")
    assert "1 piece of clinical content waits for you to confirm" in page(cast.bea, "/team/work/")


def test_a_form_without_published_codes_says_so(cast: Cast) -> None:
    shown = page(cast.dia, "/program/content/unit/questionnaires/who-5/1")
    assert re.search(r"Published codes.*?None\.", shown, re.DOTALL)


def question(cast: Cast) -> str:
    from holdfast.assessment.actions import start_response
    from holdfast.ledger.scope import enter
    from holdfast.web.client.answers import address

    enter(cast.program.id)
    response = start_response(cast.program.id, cast.ana.id, "phq-9", cast.now)
    return Browser().get(address(cast.program.id, cast.ana.id, response.uid, cast.now)).content.decode()


def test_a_refusal_is_one_sentence_and_keeps_what_was_typed(cast: Cast) -> None:
    for day, says in (
        ("2020-01-01", "The day from which it counts has passed."),
        ("", "Say from which day it counts."),
        ("2999-01-01", "more than a year away"),
    ):
        shown = post(cast.dia, PHQ, 409, do="approve", read=read(PHQ), effective_from=day)
        assert says in shown
        assert f'value="{day}"' in shown
    shown = post(cast.dia, PHQ, 400, do="approve", read=read(PHQ), effective_from="tomorrow")
    assert 'value="tomorrow"' in shown
    assert "This changed since you read it." in post(
        cast.dia, PHQ, 409, do="approve", read="0" * 64, effective_from=today(cast)
    )
    post(cast.dia, PHQ, 400, do="explode")
    assert not Approval.objects.exists()


@pytest.mark.parametrize("path", ["nothing/1", "../settings.py", "questionnaires/phq-9/7", "protocols/SHA256SUMS"])
def test_what_is_not_there_is_not_found(cast: Cast, path: str) -> None:
    assert as_(cast.dia).get(f"/program/content/unit/{path}").status_code == 404


def test_files_that_changed_behind_the_seal_cannot_be_approved(cast: Cast, monkeypatch) -> None:
    from holdfast.web.admin import content

    line = "clinical/questionnaires/phq-9/1/scoring.toml: was changed since it was sealed; put it back."
    monkeypatch.setattr(content, "verify_content", lambda: [line])
    assert line in page(cast.dia, PHQ)
    assert line in post(cast.dia, PHQ, 409, do="approve", read=read(PHQ), effective_from=today(cast))


# --- licences -----------------------------------------------------------------------------------

SAID = {"holder": "H. Skinner", "licence": "notice of 1982, non-commercial", "reference": "office, folder 3"}


def test_an_administrator_attests_and_revokes_and_both_are_shown_for_good(cast: Cast) -> None:
    shown = page(cast.adam, DAST)
    assert "It is off: not offered, not answerable, not scored" in shown
    assert "Say that the program may use this form" in post(cast.adam, DAST, 400, do="attest", **SAID)
    for name, says in (
        ("holder", "Say who gave"),
        ("licence", "Say which licence"),
        ("reference", "Say where the doc"),
    ):
        shown = post(cast.adam, DAST, 409, do="attest", agree="yes", **{**SAID, name: ""})
        assert says in shown
        assert all(value in shown for key, value in SAID.items() if key != name), "what was typed stays"
    refused = post(cast.bea, DAST, 409, do="attest", agree="yes", **SAID)
    assert "Only a director or an administrator attests" in refused
    post(cast.adam, DAST, do="attest", agree="yes", **SAID)
    shown = page(cast.dia, DAST)
    assert "Adam Frey attested" in shown
    assert all(value in shown for value in SAID.values())
    assert "Say why it is revoked." in post(cast.dia, DAST, 409, do="revoke", why="")
    post(cast.dia, DAST, do="revoke", why="The letter was for another program.")
    shown = page(cast.dia, DAST)
    assert "It is off" in shown
    assert "The letter was for another program." in shown
    assert Attestation.objects.count() == 1


def test_a_form_that_needs_no_licence_takes_none(cast: Cast) -> None:
    assert "This form needs no licence." in post(cast.adam, PHQ, 409, do="attest", agree="yes", **SAID)


def test_a_pack_is_not_answerable_until_it_is_attested_and_then_stands_among_what_a_team_may_ask_for(
    cast: Cast,
) -> None:
    def today_of_ana() -> str:
        return as_(cast.ana).get("/today").content.decode()

    assert "(AUDIT-C)" in today_of_ana()
    assert "(DAST-10)" not in today_of_ana()
    for name in load.pack_names():
        answer = as_(cast.ana).post("/check-in", {"form": name})
        assert answer.status_code == 409
        assert "These questions are not in use here" in answer.content.decode()
    post(cast.adam, DAST, do="attest", agree="yes", **SAID)
    assert "(DAST-10)" in today_of_ana()
    begun = as_(cast.ana).post("/check-in", {"form": "dast-10"})
    assert begun.status_code == 302
    assert "required for medical reasons" in Browser().get(begun.url).content.decode()
    post(cast.dia, DAST, do="revoke", why="ended")
    off = Browser().get(begun.url)
    assert (off.status_code, "not in use here" in off.content.decode()) == (409, True)


def test_the_columbia_screener_says_that_its_wording_is_missing(cast: Cast) -> None:
    post(cast.adam, CSSRS, do="attest", agree="yes", **SAID)
    assert "holdfast content load-wording c-ssrs FILE" in page(cast.dia, CSSRS)
    assert as_(cast.ana).post("/check-in", {"form": "c-ssrs"}).status_code == 409
    assert "C-SSRS" not in as_(cast.ana).get("/today").content.decode(), "a screen of danger is asked by a person"


def test_the_audit_c_is_answered_question_by_question(cast: Cast) -> None:
    url = as_(cast.ana).post("/check-in", {"form": "audit-c"}).url
    shown = Browser().get(url).content.decode()
    assert "How often do you have a drink containing alcohol?" in shown
    assert "Question 1 of 4" in shown, "the others may still come, so this is not the last"
    assert ">Next<" in shown
    answer = Browser().post(url, {"asked": "1", "item-1": "0"})
    assert answer.url.endswith("/sent") or "sent" in answer.url, "who never drinks is asked nothing further"


# --- copies of protocols -----------------------------------------------------------------------

COPY = "/program/content/copies/panic/1/"


def edition() -> str:
    return str(ProtocolCopy.objects.get().edition)


def begin(cast: Cast) -> None:
    answer = as_(cast.bea).post("/program/content/copies/panic/new")
    assert answer.url == COPY


def step_fields(staff, step: str) -> dict[str, str]:
    shown = as_(staff).get(f"{COPY}{step}/").context["shown"]
    return {**shown, "edition": edition()}


def test_a_copy_is_edited_compared_sent_approved_and_then_followed(cast: Cast) -> None:
    begin(cast)
    assert "Nothing yet." in page(cast.bea, COPY)
    first = load.protocol("panic").steps[0].id
    typed = {**step_fields(cast.bea, first), "title_en": "Sit down first", "title_es": "Siéntese primero"}
    post(cast.bea, f"{COPY}{first}/", **typed)
    shown = page(cast.bea, COPY)
    assert "<ins>§ Sit down first</ins>" in shown
    assert re.search(r"<del>§ [^<]+</del>", shown)
    post(cast.bea, COPY, do="send", edition=edition())
    assert "Only the clinical director" in post(cast.bea, COPY, 409, do="approve", effective_from=today(cast))
    digest = as_(cast.dia).get(COPY).context["digest"]
    post(cast.dia, COPY, do="approve", read=digest, effective_from=today(cast))
    post(cast.bea, COPY, do="confirm", read=digest, agree="yes")
    assert "counts" in page(cast.dia, PANIC)
    from holdfast.approval.queries import protocol_now
    from holdfast.ledger.scope import enter

    enter(cast.program.id)
    assert protocol_now("panic", cast.now)[0].steps[0].title.en == "Sit down first"


def test_what_was_typed_into_a_step_stays_when_it_is_refused(cast: Cast) -> None:
    begin(cast)
    first = load.protocol("panic").steps[0].id
    good = step_fields(cast.bea, first)
    for change, status, says in (
        ({"title_en": ""}, 409, "A step needs a title."),
        ({"limit_minutes": "soon"}, 400, "The limit is a number of minutes, or empty."),
        ({"limit_minutes": "99999"}, 409, "The limit is between 1 and 10080 minutes"),
        ({"role": "king"}, 409, "Choose who does this step."),
        ({"say_es": "uno\ndos\ntres\n" * 9}, 400, "more Spanish lines than English ones"),
        ({"purpose_en": "x" * 5000}, 400, "At most 4000 fit"),
        ({"purpose_en": "x" * 700}, 409, "One line is longer than 600 letters."),
        ({"edition": "7"}, 409, "changed this copy while you typed"),
        ({"edition": "many"}, 409, "changed this copy while you typed"),
    ):
        shown = post(cast.bea, f"{COPY}{first}/", status, **{**good, "then_words_en": "My own words", **change})
        assert says in shown
        assert "My own words" in shown
    assert ProtocolCopy.objects.get().edition == 1


def test_steps_are_added_moved_and_removed_and_a_copy_without_an_end_is_not_sent(cast: Cast) -> None:
    """H-64"""
    begin(cast)
    steps = [each.id for each in load.protocol("panic").steps]
    post(cast.bea, COPY, do="add", step=steps[0], edition=edition())
    assert "New step" in page(cast.bea, COPY)
    post(cast.bea, COPY, do="down", step="own-1", edition=edition())
    post(cast.bea, COPY, do="remove", step="own-1", edition=edition())
    assert "no such step" in post(cast.bea, COPY, 409, do="remove", step="own-1", edition=edition())
    typed = {**step_fields(cast.bea, steps[0]), "then": "end"}
    post(cast.bea, f"{COPY}{steps[0]}/", **typed)
    assert "so nobody would ever come to it" in page(cast.bea, COPY)
    assert "so nobody would ever come to it" in post(cast.bea, COPY, 409, do="send", edition=edition())
    assert ProtocolCopy.objects.get().sent_at is None


def test_an_administrator_reads_a_copy_and_changes_nothing(cast: Cast) -> None:
    begin(cast)
    assert "Add a step below" not in page(cast.adam, COPY)
    assert as_(cast.adam).post(COPY, {"do": "add", "step": "reach", "edition": "1"}).status_code == 404
    assert as_(cast.adam).get(f"{COPY}reach/").status_code == 404
    assert as_(cast.adam).post("/program/content/copies/panic/new").status_code == 404
    assert as_(cast.bea).get("/program/content/copies/nothing/1/").status_code == 404
    assert as_(cast.bea).get("/program/content/copies/panic/9/").status_code == 404
    assert as_(cast.eve).get(COPY).status_code == 404, "another program has no such copy"
