"""Pages of one's own record: copies, who looked, corrections, closing; and what the team does for a client who asks."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.http import HttpResponse

from holdfast.assessment import actions as assessment
from holdfast.content.retention import Kind
from holdfast.ledger import vouch
from holdfast.ledger.clock import move
from holdfast.ledger.models import ChartRead, Fact
from holdfast.ledger.scope import enter
from holdfast.people import opening
from holdfast.people.access import Actor
from holdfast.people.actions import enrol
from holdfast.people.charts import Look, Right, write_down
from holdfast.people.models import Client
from holdfast.people.queries import actor_of
from holdfast.people.rules import Standing
from holdfast.people.tests.cast import Cast
from holdfast.records import asking, closing, going
from holdfast.records.models import Correction, Deletion, Hold, RecordCopy
from holdfast.records.tests.test_going import in_force
from holdfast.web import marks
from holdfast.web.team.words import PROMISES
from holdfast.web.tests.test_team import as_, text

FORMS = {"html": "text/html", "pdf": "application/pdf", "json": "application/fhir+json"}


@pytest.fixture(autouse=True)
def well(db: None) -> None:
    vouch.vouch(vouch.WATCHDOG, dict.fromkeys(PROMISES, True))
    vouch.vouch(vouch.WORKER, {})


def body(answer: HttpResponse) -> bytes:
    return b"".join(answer.streaming_content)


# --- the client ----------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_she_takes_a_copy_and_it_is_written_down(cast: Cast, form: str) -> None:
    answer = as_(cast.ana).post("/record", {"form": form})
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith(FORMS[form])
    assert answer["Content-Disposition"] == f'attachment; filename="my-record.{form}"'
    assert answer["Cache-Control"] == "no-store"
    assert len(body(answer)) > 500
    enter(cast.program.id)
    assert RecordCopy.objects.get().by_id is None
    assert Fact.objects.filter(kind="RecordCopied", data__form=form).exists()


def test_a_copy_is_made_by_a_press_only(cast: Cast) -> None:
    browser = as_(cast.ana)
    assert "Take a copy" in text(browser.get("/record"))
    assert browser.post("/record", {"form": "exe"}).status_code == 200
    enter(cast.program.id)
    assert not RecordCopy.objects.exists()


def test_it_is_her_own_alone(cast: Cast) -> None:
    """H-161: no address names a client, and staff have none of these pages."""
    for page in ("/record", "/record/looked", "/record/looked.csv", "/record/wrong", "/record/close"):
        assert as_(cast.bea).get(page).status_code == 403
        assert as_(cast.eve).get(page).status_code == 403
    other = enrol(cast.program.id, name="Ben Otherperson", state="AZ", timezone="UTC", now=cast.now)
    row = asking.ask(other, "His name is wrong", "", cast.now)
    asking.answer(row, cast.dia, "denied", "right_and_whole", "We looked at it.", cast.now)
    sent = {"do": "disagree", "request": str(row.uid), "statement": "I do not agree"}
    assert as_(cast.ana).post("/record/wrong", sent).status_code == 400
    enter(cast.program.id)
    assert Correction.objects.get(id=row.id).disagreed_at is None


DAY = 24 * 60  # minutes


def looked(cast: Cast, who: Actor, page: str, minutes: int) -> None:
    look = Look(cast.ana.id, None, Right.LEADS)
    write_down(who, page, [look], cast.now + timedelta(minutes=minutes))


def test_who_looked_stands_in_plain_words_page_by_page_and_as_a_file(cast: Cast) -> None:
    """H-167"""
    for number in range(61):
        looked(cast, actor_of(cast.bea), "client_plan", number * DAY)
    looked(cast, actor_of(cast.dia), "team_client", 61 * DAY)
    other = enrol(cast.program.id, name="Ben", state="AZ", timezone="UTC", now=cast.now)
    write_down(actor_of(cast.cal), "team_client", [Look(other.id, None, Right.LEADS)], cast.now)
    browser = as_(cast.ana)
    first, second = text(browser.get("/record/looked")), text(browser.get("/record/looked?page=2"))
    assert first.index("Dia Okafor") < first.index("Bea Lindqvist")
    assert "Your page: how you are, and notes" in first
    assert "they lead the program" in first
    assert "they are in your care team" in first
    assert first.count("Your safety plan") == 59
    assert second.count("Your safety plan") == 2
    assert "Cal Reyes" not in first + second
    rows = list(csv.reader(io.StringIO(text(browser.get("/record/looked.csv")))))
    assert len(rows) == 63
    assert rows[1][1:] == ["Dia Okafor", "Your page: how you are, and notes", "they lead the program"]
    assert rows[1][0].endswith("-07:00")


@pytest.mark.parametrize("page", ["0", "-1", "x", "9999999", "２"])
def test_a_page_that_is_none_shows_the_first(cast: Cast, page: str) -> None:
    assert as_(cast.ana).get(f"/record/looked?page={page}").status_code == 200


def test_every_page_that_shows_a_chart_has_plain_words_for_her() -> None:
    """H-167: a new page of staff is named to the client too."""
    from holdfast.records.words import PAGES, WORDS
    from holdfast.web.chart import CHARTS, DOWNTIME

    assert CHARTS | {DOWNTIME} == PAGES.keys()
    assert {right.value for right in Right} <= WORDS.keys()


def once_in(page: str) -> str:
    return re.search(r'name="once" value="([^"]+)"', page).group(1)


def test_she_says_what_is_wrong_sees_who_has_it_and_the_answer(cast: Cast) -> None:
    browser = as_(cast.ana)
    once = once_in(text(browser.get("/record/wrong")))
    sent = {"do": "ask", "once": once, "what": "My pronouns are wrong", "instead": "they/them"}
    for _ in range(2):  # pressed twice
        assert browser.post("/record/wrong", sent).status_code == 302
    enter(cast.program.id)
    row = Correction.objects.get()
    page = text(browser.get("/record/wrong"))
    assert "Bea has it and wants to answer by" in page
    assert "The law gives us until" in page
    enter(cast.program.id)
    asking.answer(row, cast.bea, "denied", "right_and_whole", "You told us so in May.", cast.now)
    page = text(browser.get("/record/wrong"))
    assert "We did not change it" in page
    assert "You told us so in May." in page
    assert "U.S. Department of Health and Human Services" in page
    statement = {"do": "disagree", "request": str(row.uid), "statement": "I never said so."}
    assert browser.post("/record/wrong", statement).status_code == 302
    assert "Your statement stands with your record" in text(browser.get("/record/wrong"))


def test_a_refusal_keeps_what_she_typed(cast: Cast) -> None:
    answer = as_(cast.ana).post("/record/wrong", {"do": "ask", "what": "short", "instead": "they and them"})
    assert answer.status_code == 400
    assert "Tell us in a few words what is wrong." in text(answer)
    assert "they and them" in text(answer)
    long = "a word " * 700
    answer = as_(cast.ana).post("/record/wrong", {"do": "ask", "what": long})
    assert answer.status_code == 400
    assert "a word a word" in text(answer)


def test_an_open_crisis_keeps_the_account_open_with_a_warm_sentence(cast: Cast) -> None:
    """H-165"""
    from holdfast.crisis import actions as crisis
    from holdfast.crisis.models import Episode

    cast.night_shift()
    assessment.ask_for_help(cast.ana, "session", cast.now)
    crisis.take(Episode.objects.get(client=cast.ana).id, cast.cal, "board", cast.now)
    browser = as_(cast.ana)
    page = text(browser.get("/record/close"))
    assert "Cal is with you in this." in page
    assert "Close my account" not in page
    answer = browser.post("/record/close", {"sure": "yes"})
    assert answer.status_code == 409
    assert "Call 988" in text(answer)
    enter(cast.program.id)
    assert Client.objects.get(id=cast.ana.id).standing == Standing.ACTIVE


def test_she_closes_it_and_cannot_sign_in_any_more(cast: Cast) -> None:
    browser = as_(cast.ana)
    answer = browser.post("/record/close", {"why": "I moved on"})
    assert answer.status_code == 400
    assert "Check the box first" in text(answer)
    assert "I moved on" in text(answer)
    answer = browser.post("/record/close", {"why": "I moved on", "sure": "yes"})
    assert answer.status_code == 200
    assert "Your account is closed" in text(answer)
    assert "Call 988" in text(answer)
    assert browser.get("/today").status_code == 302  # to the page where one signs in
    assert browser.get("/help").status_code == 200  # help needs no account
    enter(cast.program.id)
    assert Client.objects.get(id=cast.ana.id).standing == Standing.DISCHARGED
    assert Client.objects.get(id=cast.ana.id).name == "Ana Morales"


def test_it_speaks_spanish(cast: Cast) -> None:
    Client.objects.filter(id=cast.ana.id).update(language="es")
    browser = as_(cast.ana)
    assert "Llévate una copia" in text(browser.get("/record"))
    assert "Qué pasa entonces" in text(browser.get("/record/close"))
    assert "Algo está mal" in text(browser.get("/record/wrong"))


# --- the team ------------------------------------------------------------------------------------


def of_ana(cast: Cast) -> str:
    return f"/team/people/{cast.ana.uid}/record"


def test_a_copy_on_behalf_is_recorded_with_how_they_asked(cast: Cast) -> None:
    browser = as_(cast.bea)
    answer = browser.post(of_ana(cast) + "/copy", {"form": "pdf", "words": "Her card"})
    assert answer.status_code == 409
    assert "Say how the client asked for it." in text(answer)
    assert "Her card" in text(answer)
    answer = browser.post(of_ana(cast) + "/copy", {"form": "pdf", "words": "Her card", "asked": "on_paper"})
    assert body(answer).startswith(b"%PDF")
    enter(cast.program.id)
    row = RecordCopy.objects.get()
    assert (row.by_id, row.asked, row.words) == (cast.bea.id, "on_paper", "Her card")
    assert ChartRead.objects.filter(page="client_record_copy", client=cast.ana.id, staff=cast.bea.id).exists()


def test_who_may_open_it(cast: Cast) -> None:
    assert as_(cast.bea).get(of_ana(cast)).status_code == 200
    assert as_(cast.dia).get(of_ana(cast)).status_code == 200
    assert as_(cast.cal).get(of_ana(cast)).status_code == 403, "the page says how it is opened"
    assert as_(cast.adam).get(of_ana(cast)).status_code == 403
    assert as_(cast.eve).get(of_ana(cast)).status_code == 404
    assert as_(cast.adam).get("/team/records/").status_code == 403
    for person in (cast.bea, cast.adam):
        assert as_(person).get("/program/retention").status_code == 403


def test_whoever_has_only_her_crisis_sees_it_and_answers_nothing(cast: Cast) -> None:
    from holdfast.crisis import actions as crisis
    from holdfast.crisis.models import Episode

    cast.night_shift()
    assessment.ask_for_help(cast.ana, "session", cast.now)
    crisis.take(Episode.objects.get(client=cast.ana).id, cast.cal, "board", cast.now)
    row = asking.ask(cast.ana, "My pronouns are wrong", "", cast.now)
    page = text(as_(cast.cal).get(of_ana(cast)))
    assert "My pronouns are wrong" in page
    assert "Make the copy" not in page
    sent = {"do": "answer", "request": str(row.uid), "answer": "accepted", "words": "It was changed."}
    assert as_(cast.cal).post(of_ana(cast), sent).status_code == 409
    assert as_(cast.cal).post(of_ana(cast) + "/copy", {"form": "pdf", "asked": "on_paper"}).status_code == 409
    enter(cast.program.id)
    assert Correction.objects.get().answer == ""


def test_whoever_opened_it_with_a_reason_reads_it_and_does_nothing_about_it(cast: Cast) -> None:
    """No copy of a whole record leaves, and no account closes, by an hour that somebody gave themselves."""
    opening.open_chart(actor_of(cast.priya), cast.ana, "Ana rang the desk and was cut off.", cast.now)
    browser = as_(cast.priya)
    assert browser.get(of_ana(cast)).status_code == 200
    assert ChartRead.objects.get(page="client_record").by_right == Right.BREAK_GLASS
    handed = {"form": "pdf", "asked": "on_paper", "words": "Her card"}
    assert browser.post(of_ana(cast) + "/copy", handed).status_code == 409
    assert browser.post(of_ana(cast), {"do": "close", "sure": "yes", "why": "She asked"}).status_code == 409
    enter(cast.program.id)
    assert not RecordCopy.objects.exists()
    assert Client.objects.get(id=cast.ana.id).standing == Standing.ACTIVE


@pytest.mark.parametrize(
    ("who", "method", "address"),
    [
        ("ana", "post", "/record"),
        ("ana", "get", "/record/looked.csv"),
        ("ana", "post", "/record/close"),
        ("dia", "post", "/team/people/{ana}/record"),
        ("dia", "post", "/team/people/{ana}/record/copy"),
        ("dia", "post", "/program/retention"),
    ],
)
def test_what_hands_a_record_out_or_ends_it_asks_who_it_is_once_more(
    cast: Cast, who: str, method: str, address: str
) -> None:
    browser = as_(getattr(cast, who))
    assert browser.get("/team/work/mine" if who == "dia" else "/record").status_code == 200  # somebody is there
    session = browser.session
    del session[marks.PROVED]
    session.save()
    words = {
        "form": "html",
        "sure": "yes",
        "do": "close",
        "why": "kept words",
        "asked": "on_paper",
        "words": "Her card",
    }
    answer = getattr(browser, method)(address.format(ana=cast.ana.uid), words)
    page = text(answer)
    assert 'name="once_more"' in page
    assert "kept words" not in page, "sealed on the way, not shown"
    enter(cast.program.id)
    assert not RecordCopy.objects.exists()
    assert Client.objects.get(id=cast.ana.id).standing == Standing.ACTIVE


def test_her_therapist_finds_it_on_her_day_and_answers(cast: Cast) -> None:
    row = asking.ask(cast.ana, "My pronouns are wrong", "they/them", cast.now)
    browser = as_(cast.bea)
    assert "Requests about records" in text(browser.get("/team/work/mine"))
    page = text(browser.get(of_ana(cast)))
    assert "they/them" in page
    sent = {"do": "answer", "request": str(row.uid), "answer": "denied", "words": "We looked at it again."}
    answer = browser.post(of_ana(cast), sent)
    assert answer.status_code == 409
    assert "Choose on which ground you refuse it." in text(answer)
    assert "We looked at it again." in text(answer)
    assert browser.post(of_ana(cast), {**sent, "ground": "right_and_whole"}).status_code == 302
    assert "It is accurate and complete" in text(browser.get(of_ana(cast)))
    assert "Requests about records" not in text(browser.get("/team/work/mine"))


def test_a_late_request_stands_first_for_those_who_lead(cast: Cast) -> None:
    """H-162"""
    asking.ask(cast.ana, "My pronouns are wrong", "", cast.now)
    assert "Late by law" not in text(as_(cast.dia).get("/team/records/"))
    move(timedelta(days=62))
    page = text(as_(cast.dia).get("/team/records/"))
    assert "Late by law" in page
    assert "Ana" in page
    assert "pronouns" not in page  # a list of who waits; no words of anybody


def test_staff_write_down_what_she_asked_on_paper_and_close_for_her(cast: Cast) -> None:
    browser = as_(cast.bea)
    sent = {
        "do": "ask",
        "what": "The day is wrong",
        "asked": "on_paper",
        "once": once_in(text(browser.get(of_ana(cast)))),
    }
    assert browser.post(of_ana(cast), sent).status_code == 302
    assert browser.post(of_ana(cast), {"do": "close", "why": "She wrote a letter"}).status_code == 400
    sent = {"do": "close", "why": "She wrote a letter", "sure": "yes"}
    assert browser.post(of_ana(cast), sent).status_code == 302
    page = text(browser.get(of_ana(cast)))
    assert "She wrote a letter" in page
    assert "Kept until" in page
    assert "They have asked for a correction that nobody has answered yet." in page
    assert browser.post(of_ana(cast), {"do": "open"}).status_code == 302
    assert "Let them sign in again" not in text(browser.get(of_ana(cast)))


def test_only_a_director_sets_a_hold(cast: Cast) -> None:
    sent = {"do": "hold", "why": "A lawyer has written"}
    assert as_(cast.bea).post(of_ana(cast), sent).status_code == 409
    assert as_(cast.dia).post(of_ana(cast), {"do": "hold", "why": "x"}).status_code == 409
    assert as_(cast.dia).post(of_ana(cast), sent).status_code == 302
    assert "A lawyer has written" in text(as_(cast.dia).get(of_ana(cast)))
    assert "A lawyer has written" not in text(as_(cast.bea).get(of_ana(cast)))
    assert as_(cast.dia).post(of_ana(cast), {"do": "lift", "why": "The matter is over"}).status_code == 302
    enter(cast.program.id)
    assert Hold.objects.get().lifted_why == "The matter is over"


def test_a_press_that_is_none_is_a_sentence(cast: Cast) -> None:
    answer = as_(cast.bea).post(of_ana(cast), {"do": "explode"})
    assert answer.status_code == 400
    answer = as_(cast.bea).post(of_ana(cast), {"do": "answer", "request": "no number"})
    assert answer.status_code == 400
    assert as_(cast.bea).get(of_ana(cast) + "/copy").status_code == 302


# --- the director --------------------------------------------------------------------------------


def test_the_director_sees_what_will_go_and_approves_what_she_has_looked_at(cast: Cast) -> None:
    """H-163"""
    closing.close(cast.ana, cast.now, by=cast.dia, why="She asked on paper")
    browser = as_(cast.dia)
    assert "Nothing in this time." in text(browser.get("/program/retention"))
    move(timedelta(days=366 * 12))
    page = text(browser.get("/program/retention"))
    assert "Ana Morales" in page
    assert "42 CFR 424.516(f)" in page
    assert "This policy is a draft" in page
    assert "30 nights" in page
    token = f"{cast.ana.uid}.{Kind.RECORD}"
    answer = browser.post("/program/retention", {"do": "approve", "sure": "yes", "row": [token]})
    assert answer.status_code == 409
    assert "The policy is a draft." in text(answer)
    enter(cast.program.id)
    in_force(cast)
    assert "This policy is a draft" not in text(browser.get("/program/retention"))
    answer = browser.post("/program/retention", {"do": "approve", "row": [token]})
    assert answer.status_code == 400
    assert f'value="{token}" checked' in text(answer)
    assert browser.post("/program/retention", {"do": "approve", "sure": "yes"}).status_code == 409
    assert browser.post("/program/retention", {"do": "approve", "sure": "yes", "row": ["x.record"]}).status_code == 409
    answer = browser.post("/program/retention", {"do": "approve", "sure": "yes", "row": [token]})
    assert answer.status_code == 302
    assert "Approved, goes on its day" in text(browser.get("/program/retention"))
    enter(cast.program.id)
    row = Deletion.objects.get()
    assert (row.client, row.kind, row.approved_by_id) == (cast.ana.id, "record", cast.dia.id)
    assert browser.post("/program/retention", {"do": "back", "deletion": str(row.uid)}).status_code == 302
    enter(cast.program.id)
    assert Deletion.objects.get().dropped_at is not None


def test_what_is_held_says_why_and_cannot_be_chosen(cast: Cast) -> None:
    closing.close(cast.ana, cast.now, by=cast.dia, why="She asked on paper")
    going.set_hold(cast.ana, cast.dia, "A lawyer has written", cast.now)
    move(timedelta(days=366 * 12))
    page = text(as_(cast.dia).get("/program/retention"))
    assert "A legal hold is set." in page
    assert 'name="row"' not in page
    assert "A lawyer has written" in page


def test_a_copy_that_was_refused_is_no_look_at_a_copy(cast: Cast) -> None:
    """H-112: she reads who looked, so it must be so."""
    assert as_(cast.bea).post(of_ana(cast) + "/copy", {"form": "pdf", "words": "Her card"}).status_code == 409
    enter(cast.program.id)
    assert [row.page for row in ChartRead.objects.all()] == ["client_record"]


def test_looks_of_one_person_at_one_page_on_one_day_are_one_line(cast: Cast) -> None:
    for minute in range(3):
        looked = Look(cast.ana.id, None, Right.CARE_TEAM)
        write_down(actor_of(cast.bea), "client_plan", [looked], cast.now + timedelta(seconds=minute))
    page = text(as_(cast.ana).get("/record/looked"))
    assert page.count("Bea Lindqvist") == 1
    assert "3 times that day" in page
