"""Looking back, what was left out, and what follows a death, as pages and on paper."""

import sys
import tracemalloc
from datetime import date, timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client as Browser
from django.test import override_settings
from pypdf import PdfReader

from holdfast.crisis import after, landing, leaving
from holdfast.crisis.afterwards import look_back
from holdfast.crisis.course import EntryKind
from holdfast.crisis.entries import write_down
from holdfast.crisis.lookback import MOST_WORDS
from holdfast.crisis.models import AfterText, AssignedAction, Entry, Episode, Review, Try, WaiverSeen
from holdfast.crisis.rules import Ground, Result
from holdfast.crisis.tests.course import MINUTE, settled_by_cal, taken_by_cal
from holdfast.ledger import keys
from holdfast.ledger.scope import enter
from holdfast.people.actions import join_care_team
from holdfast.people.models import Staff
from holdfast.people.queries import actor_of
from holdfast.people.rules import Role, Standing, zone
from holdfast.people.tests.cast import LONG_AGO, Cast
from holdfast.web.team.after_paper import after_paper
from holdfast.web.tests.test_team import as_, text

DAY = timedelta(days=1)
WHY = "She said: no call, please."


@pytest.fixture
def closed(cast: Cast) -> Episode:
    """Closed by Cal, with the next contact left out."""
    episode = settled_by_cal(cast)
    return landing.close(
        episode.id,
        cast.cal,
        risk_level="low",
        plan_reviewed=True,
        waivers={"next_contact": WHY},
        ground=Ground.REFUSED,
        now=cast.now + 20 * MINUTE,
    )


def page(episode: Episode) -> str:
    return f"/team/crisis/{episode.uid}/after"


def write(person: Staff, episode: Episode, words: str, based_on: int = 0) -> HttpResponse:
    return as_(person).post(page(episode), {"do": "write", "text": words, "based_on": based_on})


def today(cast: Cast) -> date:
    return cast.now.astimezone(zone(cast.program.timezone)).date()


def assign(person: Staff, episode: Episode, what: str, to: Staff | None, due: str) -> HttpResponse:
    fields = {"do": "assign", "what": what, "to": str(to.uid) if to else "", "due": due, "once": str(uuid4())}
    return as_(person).post(page(episode), fields)


def printed(answer: HttpResponse) -> str:
    return "\n".join(sheet.extract_text() for sheet in PdfReader(BytesIO(answer.content)).pages)


# --- who may -------------------------------------------------------------------------------------


def test_their_team_who_was_in_it_and_who_leads_read_it_and_nobody_else(cast: Cast, closed: Episode) -> None:
    for person in (cast.bea, cast.cal, cast.dia):
        for address in (page(closed), page(closed) + ".pdf"):
            assert as_(person).get(address).status_code == 200, person.name
    for address in (page(closed), page(closed) + ".pdf"):
        assert as_(cast.eve).get(address).status_code == 404
        assert as_(cast.priya).get(address).status_code == 404  # of another team, and was not in it
        assert as_(cast.adam).get(address).status_code == 403
        assert as_(cast.ana).get(address).status_code == 403
        assert Browser().get(address).url.startswith("/sign-in/")


def test_who_was_not_in_it_reads_and_does_not_write(cast: Cast, closed: Episode) -> None:
    join_care_team(cast.ana, cast.priya, "case_manager", LONG_AGO)
    assert "Write on it" not in text(as_(cast.priya).get(page(closed)))
    answer = write(cast.priya, closed, "I was told that")
    assert answer.status_code == 409
    assert "Only those who were in it" in text(answer)
    assert write(cast.eve, closed, "Eve was here").status_code == 404
    enter(cast.program.id)
    assert not AfterText.objects.exists()


def test_what_was_left_out_is_for_those_who_lead(cast: Cast, closed: Episode) -> None:
    assert as_(cast.dia).get("/team/waivers/").status_code == 200
    for person in (cast.bea, cast.cal, cast.adam, cast.ana):
        assert as_(person).get("/team/waivers/").status_code == 403
    Staff.objects.filter(id=cast.eve.id).update(role=Role.DIRECTOR)  # not hers: another program's row is not there
    enter(cast.other.id)
    Staff.objects.filter(id=cast.eve.id).update(role=Role.DIRECTOR)
    assert WHY not in text(as_(cast.eve).get("/team/waivers/"))
    enter(cast.program.id)
    entry = Entry.objects.get(kind="waiver")
    assert as_(cast.eve).post("/team/waivers/", {"entry": str(entry.uid)}).status_code == 409
    enter(cast.program.id)
    assert not WaiverSeen.objects.exists()


# --- looking back --------------------------------------------------------------------------------


def test_the_crisis_page_leads_to_it_once_it_has_settled(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    address = page(episode)
    assert address not in text(as_(cast.cal).get(f"/team/crisis/{episode.uid}"))
    answer = text(as_(cast.cal).get(address))
    assert "still going on" in answer
    assert "Save as the next version" not in answer
    assert as_(cast.cal).get(address + ".pdf").status_code == 404


def test_a_closed_crisis_leads_to_it(cast: Cast, closed: Episode) -> None:
    assert page(closed) in text(as_(cast.cal).get(f"/team/crisis/{closed.uid}"))


def test_the_draft_tells_what_happened_in_order_with_clocks_and_what_was_left_out(cast: Cast, closed: Episode) -> None:
    drafted = as_(cast.cal).get(page(closed)).context["in_form"]
    parts = ["WHAT HAPPENED", "Crisis raised", "“I have this”", "Settled", "Closed", "CLOCKS", "First page", "Taken"]
    parts += ["Reached", "Next contact made: did not happen", "CLOCKS THAT RAN OUT", "None.", "WHO WAS ASKED"]
    parts += ["Cal Reyes", "WHAT WAS LEFT OUT", WHY, "WHAT HELPED", "WHAT WE CHANGE"]
    places = [drafted.find(part) for part in parts]
    assert -1 not in places, dict(zip(parts, places, strict=True))
    at = 0
    for part in parts:  # one after the other
        at = drafted.find(part, at)
        assert at >= 0, part


def test_a_version_is_saved_shown_and_the_older_one_kept(cast: Cast, closed: Episode) -> None:
    answer = write(cast.cal, closed, "The rota helped us.")
    assert answer.status_code == 302
    write(cast.dia, closed, "The rota helped us, the map did not.", 1)
    shown = text(as_(cast.bea).get(page(closed)))
    assert "the map did not" in shown
    assert "version 2, Dia Okafor" in shown
    assert "The rota helped us.</p>" in text(as_(cast.bea).get(page(closed) + "?version=1"))
    assert "the map did not" in text(as_(cast.bea).get(page(closed) + "?version=nonsense"))


def test_two_who_write_at_once_lose_nothing(cast: Cast, closed: Episode) -> None:
    write(cast.cal, closed, "Cal’s words")
    answer = write(cast.dia, closed, "Dia’s words")
    shown = text(answer)
    assert answer.status_code == 409
    assert "Cal Reyes saved version 1 while you were writing" in shown
    assert "Dia’s words" in answer.context["in_form"]
    assert "Cal’s words" in answer.context["text"]
    assert write(cast.dia, closed, "Cal’s and Dia’s words", answer.context["based_on"]).status_code == 302
    enter(cast.program.id)
    assert [v.words for v in AfterText.objects.order_by("number")] == ["Cal’s words", "Cal’s and Dia’s words"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [("  ", "Write something first"), ("ä" * (MOST_WORDS + 1), "20,001 characters"), ("x" * 200_000, "200,000 char")],
)
def test_a_text_that_cannot_be_saved_stays_in_the_form(cast: Cast, closed: Episode, words: str, sentence: str) -> None:
    answer = write(cast.cal, closed, words)
    assert answer.status_code == 409
    assert sentence in text(answer)
    assert answer.context["in_form"] == words.strip()


def test_a_button_that_nobody_knows_and_a_number_that_is_none(cast: Cast, closed: Episode) -> None:
    assert as_(cast.cal).post(page(closed), {"do": "burn"}).status_code == 400
    assert as_(cast.cal).post(page(closed), {"do": "write", "text": "x", "based_on": "-1; drop"}).status_code == 302


def test_words_that_cannot_be_read_do_not_take_the_page(cast: Cast, closed: Episode) -> None:
    write(cast.cal, closed, "What we saw")
    keys.forget()
    with override_settings(HOLDFAST_SEAL_KEY=b"another key, which opens nothing"):
        assert "Words that cannot be read." in text(as_(cast.cal).get(page(closed)))
        assert "Words that cannot be read." in printed(as_(cast.cal).get(page(closed) + ".pdf"))
    keys.forget()


# --- on paper ------------------------------------------------------------------------------------


def test_the_paper_holds_the_text_the_actions_and_the_whole_timeline(cast: Cast, closed: Episode) -> None:
    write(cast.cal, closed, "The rota helped us.\nThe map did not.")
    assign(cast.cal, closed, "Mend the map", cast.bea, (today(cast) + DAY).isoformat())
    answer = as_(cast.cal).get(page(closed) + ".pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "no-store"
    assert "attachment; filename=" in answer["Content-Disposition"]
    assert "Ana" not in answer["Content-Disposition"]
    said = printed(answer)
    for words in (
        "After-action: Ana Morales",
        "The rota helped us.",
        "The map did not.",
        "version 1, Cal Reyes",
        "Mend the map: Bea Lindqvist",
        "not done yet",
        WHY,
        "First page",
        "Crisis raised",
        "Part of a chart",
    ):
        assert words in said, words


def test_before_anybody_wrote_the_paper_says_that_it_is_a_draft(cast: Cast, closed: Episode) -> None:
    assert "nobody has written on it yet" in printed(as_(cast.cal).get(page(closed) + ".pdf"))


def tried(cast: Cast, episode: Episode, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        Try(
            program_id=cast.program.id,
            episode=episode,
            by=cast.cal,
            how="phone",
            result=Result.NO_ANSWER,
            words=f"try number {number}, it rang out",
            at=cast.now + number * timedelta(seconds=20),
        ).save()


def drawn(cast: Cast, episode: Episode) -> tuple[bytes, int]:
    """The file, and how many calls of functions it took to draw it: work that no busy machine changes."""
    back = look_back(actor_of(Staff.objects.get(id=cast.dia.id)), episode.uid)
    assert back is not None
    calls = 0

    def count(_frame: object, event: str, _arg: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        data = after_paper(back, "Dia Okafor", cast.now)
    finally:
        sys.setprofile(before)
    return data, calls


def test_a_timeline_of_two_thousand_lines_is_printed_whole_in_bounded_time_and_memory(
    cast: Cast, closed: Episode
) -> None:
    with connection.cursor() as cursor:  # counting is slow, and the database waits no longer than 15 seconds
        cursor.execute("set local idle_in_transaction_session_timeout = 0")
    tried(cast, closed, 200)
    _, few = drawn(cast, closed)
    tried(cast, closed, 1_800, 200)
    data, many = drawn(cast, closed)
    back = look_back(actor_of(Staff.objects.get(id=cast.dia.id)), closed.uid)
    assert back is not None
    tracemalloc.start()
    after_paper(back, "Dia Okafor", cast.now)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert many < 12 * few  # ten times the lines, about ten times the work
    assert many < 4_000_000
    assert peak < 60_000_000
    reader = PdfReader(BytesIO(data))
    said = "\n".join(sheet.extract_text() for sheet in reader.pages)
    assert all(f"try number {number}, it rang out" in said for number in (0, 1, 777, 1_998, 1_999))
    shown = as_(cast.dia).get(page(closed))
    assert "more lines stand on the timeline" in shown.context["in_form"]
    assert len(shown.context["in_form"]) < MOST_WORDS


def test_what_does_not_fit_on_paper_is_counted(cast: Cast, closed: Episode, monkeypatch: pytest.MonkeyPatch) -> None:
    tried(cast, closed, 30)
    monkeypatch.setattr("holdfast.web.team.after_paper.MOST_LINES", 20)
    assert "later lines are not printed here" in printed(as_(cast.cal).get(page(closed) + ".pdf"))
    monkeypatch.setattr("holdfast.web.team.after_paper.MOST_LETTERS", 400)
    told = printed(as_(cast.cal).get(page(closed) + ".pdf")).partition("Timeline, from the record")[2]
    assert "Crisis raised" in told
    assert "try number 15" not in told


# --- actions -------------------------------------------------------------------------------------


def test_an_action_is_assigned_done_and_not_done_after_all(cast: Cast, closed: Episode) -> None:
    assert assign(cast.cal, closed, "Mend the map", cast.bea, today(cast).isoformat()).status_code == 302
    enter(cast.program.id)
    deed = AssignedAction.objects.get()
    assert "Mend the map" in text(as_(cast.bea).get("/team/work/mine"))
    assert "Mend the map" not in text(as_(cast.cal).get("/team/work/mine"))
    answer = as_(cast.bea).post(f"/team/actions/{deed.uid}", {"do": "done", "back": "/team/work/mine"})
    assert answer.url == "/team/work/mine?said=done"
    assert "Mend the map" not in text(as_(cast.bea).get("/team/work/mine"))
    assert "by Bea Lindqvist" in text(as_(cast.cal).get(page(closed)))
    as_(cast.dia).post(f"/team/actions/{deed.uid}", {"do": "not_done", "back": "https://elsewhere.example/"})
    assert "Mend the map" in text(as_(cast.bea).get("/team/work/mine"))


def test_an_action_of_others_is_not_marked(cast: Cast, closed: Episode) -> None:
    assign(cast.cal, closed, "Mend the map", cast.bea, today(cast).isoformat())
    enter(cast.program.id)
    deed = AssignedAction.objects.get()
    answer = as_(cast.priya).post(f"/team/actions/{deed.uid}", {"do": "done"})
    assert answer.status_code == 409
    assert "say whether it is done" in text(answer)
    assert as_(cast.eve).post(f"/team/actions/{deed.uid}", {"do": "done"}).status_code == 404
    assert as_(cast.adam).post(f"/team/actions/{deed.uid}", {"do": "done"}).status_code == 403
    assert as_(cast.bea).get(f"/team/actions/{deed.uid}").status_code == 404


def test_a_late_action_stands_on_its_owners_list_and_on_the_directors(cast: Cast, closed: Episode) -> None:
    assign(cast.cal, closed, "Mend the map", cast.bea, today(cast).isoformat())
    enter(cast.program.id)
    AssignedAction.objects.update(due_on=today(cast) - DAY)
    for person in (cast.bea, cast.dia):
        shown = text(as_(person).get("/team/work/overdue"))
        assert "Mend the map" in shown
        assert "Late</b>" in shown
    assert "Mend the map" not in text(as_(cast.priya).get("/team/work/overdue"))


@pytest.mark.parametrize(
    ("what", "named", "due", "sentence"),
    [
        ("", True, "2099-01-01", "Say what is to be done"),
        ("Mend the map", False, "2099-01-01", "Name who does it"),
        ("Mend the map", True, "", "Give the day"),
        ("Mend the map", True, "soon", "We could not read the day"),
        ("Mend the map", True, "2020-01-01", "passed already"),
        ("Mend the map", True, "2099-01-01", "more than a year away"),
        ("x" * 4_001, True, "2099-01-01", "At most 4000 fit"),
    ],
)
def test_an_action_that_lacks_something_says_what_and_keeps_what_was_typed(
    cast: Cast, closed: Episode, what: str, named: bool, due: str, sentence: str
) -> None:
    answer = assign(cast.cal, closed, what, cast.bea if named else None, due)
    assert answer.status_code in (400, 409)
    assert sentence in text(answer)
    assert answer.context["kept"]["what"] == what
    assert answer.context["kept"]["due"] == due


def test_somebody_of_another_program_cannot_be_named(cast: Cast, closed: Episode) -> None:
    answer = assign(cast.cal, closed, "Mend the map", cast.eve, today(cast).isoformat())
    assert answer.status_code == 400
    assert "We do not know that person" in text(answer)


# --- left out ------------------------------------------------------------------------------------


def test_the_director_sees_what_was_left_out_and_says_so(cast: Cast, closed: Episode) -> None:
    shown = text(as_(cast.dia).get("/team/waivers/"))
    for words in ("Ana Morales", "Next contact", "Declined, in words written below", WHY, "Cal Reyes", "Emergency"):
        assert words in shown, words
    enter(cast.program.id)
    entry = Entry.objects.get(kind="waiver")
    for _ in range(2):  # pressed twice
        answer = as_(cast.dia).post("/team/waivers/", {"entry": str(entry.uid)})
        assert answer.status_code == 302
    enter(cast.program.id)
    assert WaiverSeen.objects.get().by == cast.dia
    shown = text(as_(cast.dia).get("/team/waivers/"))
    assert "Seen by Dia Okafor" in shown
    assert "Nothing waits to be seen" in shown


def test_what_waits_since_yesterday_is_counted_beside_the_link(cast: Cast, closed: Episode) -> None:
    assert as_(cast.dia).get("/team/tasks/").context["waivers_to_see"] == 0  # of today
    enter(cast.program.id)
    write_down(closed, EntryKind.WAIVER, cast.now - 5 * DAY, what="plan", by=cast.cal, words="She was tired.")
    answer = as_(cast.dia).get("/team/waivers/")
    assert answer.context["waivers_to_see"] == 1
    assert "Late</b>" in text(answer)
    assert "/team/waivers/" not in text(as_(cast.cal).get("/team/tasks/"))


def test_a_line_that_nobody_knows_is_refused_in_words(cast: Cast) -> None:
    for entry in ("", "x", str(uuid4())):
        answer = as_(cast.dia).post("/team/waivers/", {"entry": entry})
        assert answer.status_code == 409
        assert "We do not know that line" in text(answer)


# --- the next contact ----------------------------------------------------------------------------


def test_the_next_contact_stands_on_the_list_of_whoever_makes_it(cast: Cast) -> None:
    episode = settled_by_cal(cast)
    shown = text(as_(cast.bea).get("/team/work/mine"))
    assert "Ana M." in shown
    assert "Next contact by Bea Lindqvist" in shown
    assert "Ana M." not in text(as_(cast.priya).get("/team/work/mine"))
    assert "Ana M." not in text(as_(cast.bea).get("/team/work/overdue"))
    enter(cast.program.id)
    Episode.objects.filter(id=episode.id).update(
        next_contact_at=cast.now - MINUTE, look_again_at=cast.now - MINUTE
    )  # not looked at yet: late is late
    assert "Ana M." in text(as_(cast.bea).get("/team/work/overdue"))


# --- after a death -------------------------------------------------------------------------------


@pytest.fixture
def died(cast: Cast) -> Episode:
    episode = taken_by_cal(cast)
    leaving.change_standing(cast.ana, Standing.DIED, cast.dia, "The county called", cast.now + MINUTE)
    return episode


def test_the_checklists_lead_to_looking_back(cast: Cast, died: Episode) -> None:
    assert page(died) in text(as_(cast.bea).get("/team/reviews/"))
    assert "Ended: the client has died" in as_(cast.bea).get(page(died)).context["text"]


def test_without_an_open_crisis_they_lead_to_the_last_one(cast: Cast, closed: Episode) -> None:
    leaving.change_standing(cast.ana, Standing.DIED, cast.dia, "The county called", cast.now + DAY)
    assert page(closed) in text(as_(cast.bea).get("/team/reviews/"))


def test_an_item_is_given_a_name_and_a_day(cast: Cast, died: Episode) -> None:
    review = Review.objects.get(kind="postvention")
    fields = {"do": "assign", "review": str(review.uid), "item": "family", "due": today(cast).isoformat()}
    answer = as_(cast.dia).post("/team/reviews/", fields)
    assert answer.status_code == 409
    assert "Name who does it" in text(answer)
    assert as_(cast.dia).post("/team/reviews/", {**fields, "to": str(cast.bea.uid)}).status_code == 302
    shown = text(as_(cast.bea).get("/team/work/mine"))
    assert "speaks with the family" in shown
    assert "<b>Bea Lindqvist</b>" in text(as_(cast.dia).get("/team/reviews/"))
    assert as_(cast.dia).post("/team/reviews/", {**fields, "item": "nothing"}).status_code == 400
    assert as_(cast.eve).post("/team/reviews/", {**fields, "to": str(cast.bea.uid)}).status_code == 400
    done = {"do": "did", "review": str(review.uid), "item": "family", "words": "Spoke with her mother"}
    as_(cast.bea).post("/team/reviews/", done)
    assert "speaks with the family" not in text(as_(cast.bea).get("/team/work/mine"))
    enter(cast.program.id)
    assert {Role.SUPERVISOR, Role.DIRECTOR} == after.LEADS
    assert AssignedAction.objects.get().done_by == cast.bea
