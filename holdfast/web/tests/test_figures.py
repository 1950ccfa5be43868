"""The director's figures: for those who lead, each number with its rows, and the same numbers from the exported rows."""

import csv
import random
import statistics
from datetime import datetime, timedelta
from io import BytesIO, StringIO
from math import ceil

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from holdfast.assessment import actions as assessment
from holdfast.crisis import actions as crisis
from holdfast.crisis import landing
from holdfast.crisis.models import Episode
from holdfast.crisis.rules import Disposition, Result
from holdfast.ledger.models import Fact
from holdfast.ledger.scope import enter
from holdfast.measures.selects import MEASURES
from holdfast.oncall import actions as oncall
from holdfast.oncall import gaps
from holdfast.oncall.models import Page
from holdfast.oncall.rules import Answer
from holdfast.people import actions as people
from holdfast.people.models import Client, Staff
from holdfast.people.rules import Role
from holdfast.people.tests.cast import Cast, make_cast
from holdfast.web.tests.test_lists import as_, queries, text

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ALL = ("/program/figures/", "/program/figures.csv", "/program/figures.pdf")


@pytest.fixture
def cast(db: None) -> Cast:
    made = make_cast()
    made.on_shift((made.cal, "first"), (made.priya, "backup"), hours=24)
    return made


def one_crisis(cast: Cast, client: Client, at: datetime, answered_after: float, wrong_press: bool = False) -> Episode:
    """From the press to the landing, with the times that were asked for."""
    assessment.ask_for_help(client, "session", at)
    episode = Episode.objects.filter(client=client).latest("id")
    page = Page.objects.filter(paging__what_id=episode.id).earliest("id")
    taken = at + timedelta(seconds=answered_after)
    oncall.answer(page.id, Answer.HAVE, "sms", taken)
    owner = Staff.objects.get(id=page.staff_id)
    crisis.log_try(episode.id, owner, Result.REACHED, "phone", "", None, taken + timedelta(seconds=answered_after / 2))
    landing.settle(
        episode.id,
        owner,
        disposition=Disposition.NO_DANGER_FOUND if wrong_press else Disposition.SAFE_WITH_PLAN,
        next_contact_at=taken + DAY,
        next_contact_by=cast.bea.id,
        words="",
        now=taken + 9 * MINUTE,
    )
    return episode


@pytest.fixture
def month(cast: Cast) -> Cast:
    """Two months of crises: many in one hour, few in others, one nobody has yet."""
    chance = random.Random(7)
    for number in range(24):
        client = people.enrol(
            cast.program.id, name=f"Theo {number}", state="AZ", timezone="America/Phoenix", now=cast.now - 60 * DAY
        )
        days = number * 2 if number < 20 else 33 + number
        at = cast.now - days * DAY - (0 if number % 2 else chance.randrange(1, 20)) * HOUR - MINUTE * 30
        one_crisis(cast, client, at, chance.uniform(20, 400), wrong_press=number % 5 == 0)
    assessment.ask_for_help(cast.ana, "session", cast.now - 10 * MINUTE)
    return cast


def rows_of(answer: HttpResponse) -> list[dict[str, str]]:
    assert answer.status_code == 200
    return list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))


# --- who may -------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [*ALL, "/program/figures/open", "/program/figures/open.csv"])
def test_supervisors_and_directors_have_the_figures_and_nobody_else_does(cast: Cast, page: str) -> None:
    assert as_(cast.dia).get(page).status_code == 200
    assert as_(cast.bea).get(page).status_code == 403
    assert as_(cast.adam).get(page).status_code == 403
    assert as_(cast.ana).get(page).status_code == 403
    assert Browser().get(page).url.startswith("/sign-in/")
    Staff.objects.filter(id=cast.priya.id).update(role=Role.SUPERVISOR)
    assert as_(cast.priya).get(page).status_code == 200


def test_those_who_lead_find_them_in_the_rail_and_nobody_else_does(cast: Cast) -> None:
    assert "/program/figures/" in text(as_(cast.dia).get("/team/"))
    assert "/program/figures/" not in text(as_(cast.bea).get("/team/"))
    assert "/program/figures/" in text(as_(cast.dia).get("/program/"))
    assert "/program/figures/" not in text(as_(cast.adam).get("/program/"))


def test_another_program_s_director_sees_none_of_it(month: Cast) -> None:
    gaps.look(month.program.id, month.now)
    enter(month.other.id)
    gaps.look(month.other.id, month.now)
    Staff.objects.filter(id=month.eve.id).update(role=Role.DIRECTOR)
    page = as_(month.eve)
    assert "No crisis is open." in text(page.get("/program/figures/"))
    for line in rows_of(page.get("/program/figures.csv")):
        if line["measure"] != "gaps":
            assert (line["count"], line["count_before"]) in (("0", "0"), ("0", "")), line
    for measure in MEASURES:
        found = rows_of(page.get(f"/program/figures/{measure}.csv"))
        assert [row for row in found if row["what"] != "nobody"] == []  # its own cover: nobody is on its rota


# --- numbers and rows ----------------------------------------------------------------------------


def again(rows: list[dict[str, str]], percent: int) -> str:
    """A percentile from exported rows, in plain arithmetic and with none of the code that is tested."""
    took = sorted(float(row["seconds"]) for row in rows if row["seconds"])
    return f"{took[ceil(percent * len(took) / 100) - 1]:.3f}" if len(took) >= 5 else ""


@pytest.mark.parametrize("days", [7, 30, 90])
def test_every_number_of_the_summary_comes_out_of_its_exported_rows(month: Cast, days: int) -> None:
    dia = as_(month.dia)
    summary = rows_of(dia.get(f"/program/figures.csv?days={days}"))
    assert {line["measure"] for line in summary} == set(MEASURES)
    for line in summary:
        for rows, count, median, high in (
            (line["rows"], line["count"], line["median_s"], line["p95_s"]),
            (line["rows_before"], line["count_before"], line["median_before_s"], line["p95_before_s"]),
        ):
            if not rows:
                continue
            found = rows_of(dia.get(rows))
            assert str(len(found)) == count, line
            if line["measure"] in ("ack", "first-try"):
                assert (again(found, 50), again(found, 95)) == (median, high), line


def test_the_numbers_are_those_of_what_happened(month: Cast) -> None:
    found = {
        (line["measure"], line["what"], line["urgency"], line["ended"], line["hour"]): line
        for line in rows_of(as_(month.dia).get("/program/figures.csv"))
    }
    assert (found["raised", "", "", "", ""]["count"], found["raised", "", "", "", ""]["count_before"]) == ("16", "9")
    assert found["ack", "taken", "", "", ""]["count"] == "15"
    assert found["ack", "waiting", "", "", ""]["count"] == "1"
    assert found["open", "raised", "emergency", "", ""]["count"] == "1"
    assert found["alerts", "help-now", "", "no_danger_found", ""]["count"] == "3"
    assert found["missed", "", "", "", ""]["count"] == "16"
    taken = rows_of(as_(month.dia).get("/program/figures/ack.csv?what=taken"))
    tried = rows_of(as_(month.dia).get("/program/figures/first-try.csv?what=tried"))
    halves = [float(row["seconds"]) / 2 for row in taken]
    assert statistics.mean(halves) == pytest.approx(statistics.mean(float(row["seconds"]) for row in tried), abs=0.01)


def test_an_hour_with_fewer_than_five_has_its_times_and_no_percentile(month: Cast) -> None:
    hours = [
        line
        for line in rows_of(as_(month.dia).get("/program/figures.csv"))
        if line["measure"] == "ack" and line["hour"]
    ]
    assert len(hours) == 24
    assert all((int(line["count"]) >= 5) == bool(line["median_s"]) for line in hours)
    assert any(line["median_s"] for line in hours)
    assert "One time, where an hour has fewer than five" in text(as_(month.dia).get("/program/figures/"))


def test_each_number_of_the_page_opens_its_rows(month: Cast) -> None:
    page = as_(month.dia).get("/program/figures/").context["figures"]
    dia = as_(month.dia)
    for _part, one in page.lines:
        if one.n > 100 or (one.only.hour is not None and not one.n):
            continue
        assert len(dia.get(one.rows).context["lines"]) == one.n, one.words


def test_a_row_names_client_owner_and_kind_and_leads_to_the_crisis(month: Cast) -> None:
    page = text(as_(month.dia).get("/program/figures/open"))
    assert "Ana Morales" in page
    assert "Nobody has it" in page
    assert "Protocol i-need-help-now 1" in page
    assert f"/team/crisis/{Episode.objects.get(client=month.ana).uid}" in page


def test_files_hold_ids_and_no_client_s_name(month: Cast) -> None:
    exported = text(as_(month.dia).get("/program/figures/open.csv"))
    assert str(month.ana.uid) in exported
    assert "Ana" not in exported
    assert "Ana" not in text(as_(month.dia).get("/program/figures.csv"))


def test_a_gap_of_one_minute_is_on_the_page_and_leads_to_the_cover(cast: Cast) -> None:
    soon = cast.now + 24 * HOUR
    for staff, level in ((cast.cal, "first"), (cast.priya, "backup")):
        oncall.add_shift(cast.program.id, staff, level, soon + MINUTE, cast.now + 15 * DAY)
    gaps.look(cast.program.id, cast.now)
    dia = as_(cast.dia)
    (tile,) = [one for one in dia.get("/program/figures/").context["figures"].open_work if one.measure == "gaps"]
    assert tile.n == 1
    page = text(dia.get(tile.rows))
    assert "Nobody is on the rota" in page
    assert "1 min" in page
    assert 'href="/team/rota/"' in page
    (row,) = rows_of(dia.get("/program/figures/gaps.csv"))
    assert (row["seconds"], row["detail"]) == ("60.000", "AZ")


def test_an_empty_program_has_a_page_that_says_so(cast: Cast) -> None:
    Client.objects.all().update(standing="discharged")
    page = text(as_(cast.dia).get("/program/figures/"))
    for said in ("No crisis is open.", "No crisis was raised in these days.", "Nothing was measured in these days."):
        assert said in page
    assert "No rule has raised a crisis in these days or before." in page


def test_earlier_days_are_one_press_away_and_so_is_the_way_back(month: Cast) -> None:
    dia = as_(month.dia)
    today = dia.get("/program/figures/?days=7").context
    assert today["later"] == ""
    before = dia.get(today["earlier"]).context
    assert before["span"] == today["span"].before
    assert before["figures"].raised.n == today["figures"].raised.before
    assert dia.get(before["later"]).context["span"] == today["span"]


def test_a_rule_is_named_by_what_it_notices(month: Cast) -> None:
    page = text(as_(month.dia).get("/program/figures/"))
    assert "The client pressed “I need help now”" in page


def test_a_long_list_is_paged_at_a_hundred_and_its_file_is_whole(cast: Cast) -> None:
    people_ = [
        people.enrol(cast.program.id, name=f"Theo {n}", state="AZ", timezone="America/Phoenix", now=cast.now)
        for n in range(104)
    ]
    dia = as_(cast.dia)
    assert len(dia.get("/program/figures/no-plan").context["lines"]) == 100
    second = dia.get("/program/figures/no-plan?page=2")
    assert len(second.context["lines"]) == len(people_) + 1 - 100
    assert not second.context["after"]
    assert len(rows_of(dia.get("/program/figures/no-plan.csv"))) == len(people_) + 1


def test_the_paper_says_the_numbers_and_no_client_s_name(month: Cast) -> None:
    answer = as_(month.dia).get("/program/figures.pdf")
    printed = "\n".join(sheet.extract_text() for sheet in PdfReader(BytesIO(answer.content)).pages)
    assert "Crises raised: 16 (before: 9)" in printed
    said = " ".join(printed.split())
    assert (
        "The client pressed “I need help now”: 16 (before: 9); no danger found: 3 (before: 2); first judged low: 0"
        in said
    )
    assert "median" in printed
    assert "Ana" not in printed
    assert "Theo" not in printed


# --- bad input and cost --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        "days=8",
        "days=-7",
        "days=x",
        "days=99999999999",
        "on=2026-13-45",
        "on=0001-01-01",
        "on=9999-12-31",
        "on=%00",
        "days=٧",
    ],
)
def test_days_that_make_no_sense_are_the_usual_thirty(cast: Cast, asked: str) -> None:
    answer = as_(cast.dia).get(f"/program/figures/?{asked}")
    assert answer.status_code == 200
    assert answer.context["span"].days == 30
    assert answer.context["today"]


@pytest.mark.parametrize(
    "asked", ["hour=25", "hour=-1", "hour=x", "page=0", "page=-1", "page=x", "what=%00", "urgency='", "page=99999"]
)
def test_a_part_that_does_not_exist_is_an_empty_list_or_the_whole_and_never_an_error(cast: Cast, asked: str) -> None:
    assert as_(cast.dia).get(f"/program/figures/open?{asked}").status_code == 200


def test_a_measure_that_does_not_exist_is_not_found(cast: Cast) -> None:
    assert as_(cast.dia).get("/program/figures/secrets").status_code == 404
    assert as_(cast.dia).get("/program/figures/secrets.csv").status_code == 404


def test_a_cell_is_never_taken_for_a_formula(cast: Cast) -> None:
    Staff.objects.filter(id=cast.cal.id).update(name="=cmd()")
    assessment.ask_for_help(cast.ana, "session", cast.now)
    crisis.take(Episode.objects.get().id, Staff.objects.get(id=cast.cal.id), "board", cast.now)
    (row,) = rows_of(as_(cast.dia).get("/program/figures/open.csv"))
    assert row["owner"] == "'=cmd()"


def test_the_page_asks_at_most_twenty_times_however_much_there_is(month: Cast) -> None:
    dia = as_(month.dia)
    for address in (*ALL, "/program/figures/raised", "/program/figures/raised.csv"):
        with CaptureQueriesContext(connection) as asked:
            dia.get(address)
        assert queries(asked) <= 20, address
    assert Fact.objects.count() > 100
