"""A client's own record in a real browser: copies, a correction, and an account that stays open while somebody has them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.browser.test_after import settles
from tests.browser.visitor import DESK, PHONE, Chromium, Visitor
from tests.flows.night import Night
from tests.stack import until

WIDTHS = pytest.mark.parametrize("width", [PHONE, DESK])


def takes(visitor: Visitor, button: str) -> bytes:
    """Press a button that hands out a file; what is in it."""
    with visitor.page.expect_download() as waiting:
        visitor.presses(button)
    path = waiting.value.path()
    assert waiting.value.suggested_filename.startswith("my-record.")
    return Path(path).read_bytes()


@WIDTHS
def test_ana_takes_her_record_and_asks_for_a_correction_that_bea_answers(
    night: Night, chromium: Chromium, width: int
) -> None:
    """H-160, H-162"""
    night.stack.act("tests.flows.plans:write_plan")
    bea = chromium.person(night.stack, night.bea.email, width=width)
    bea.goes_to("/team/people/")
    bea.follows("Ana Morales")
    ana = chromium.person(night.stack, night.cast["ana"]["email"], width=width)
    ana.goes_to("/settings/devices")
    ana.follows("Open your record")
    ana.title_is("Your record")
    ana.looks_well("your record")
    page = takes(ana, "A page to read").decode()
    assert "Rosa Peña" in page
    assert "Bea Lindqvist" in page
    assert takes(ana, "Paper (PDF)").startswith(b"%PDF")
    bundle = json.loads(takes(ana, "A file for another clinic"))
    assert {"Patient", "CarePlan", "AuditEvent"} <= {one["resource"]["resourceType"] for one in bundle["entry"]}

    ana.follows("Who looked at it")
    ana.sees("Bea Lindqvist")
    ana.sees("they are in your care team")
    ana.looks_well("who looked")
    ana.follows("Back to your record")
    ana.follows("Something is wrong")
    ana.looks_well("something is wrong")
    ana.expected_status.add(400)
    ana.presses("Send it")
    ana.sees("Tell us in a few words what is wrong.")
    ana.looks_well("something is wrong, refused")
    ana.writes("What is wrong", "It says that I live with my aunt. I live with my sister.")
    ana.presses("Send it")
    ana.sees("Bea has it and wants to answer by")
    ana.looks_well("what she told us")

    bea.goes_to("/team/work/mine")
    bea.sees("Requests about records")
    bea.looks_well("my day with a request")
    bea.part("#l-requests ~ ul a").click()
    bea.sees("I live with my sister")
    bea.looks_well("their record")
    bea.unfolds('input[value="denied"]')
    bea.picks("Do not accept")
    bea.part('select[name="ground"]').first.select_option("right_and_whole")
    bea.writes("What was changed, or why not", "We looked at it together in May, and you said so then.")
    bea.looks_well("an answer")
    bea.presses("Answer")
    bea.sees("It is accurate and complete")

    ana.goes_to("/record/wrong")
    ana.sees("We did not change it")
    ana.unfolds('textarea[name="statement"]')
    ana.looks_well("not accepted")
    ana.writes("Your side", "I moved out in March.")
    ana.presses("Keep it with my record")
    ana.sees("Your statement stands with your record")
    ana.looks_well("her statement")


@WIDTHS
def test_ana_is_not_let_go_in_a_crisis_and_closes_her_account_after(
    night: Night, chromium: Chromium, width: int
) -> None:
    """H-165"""
    settles(night, chromium, width)
    ana = chromium.person(night.stack, night.cast["ana"]["email"], width=width)
    ana.goes_to("/record/close")
    ana.sees("Bea will be in touch with you")
    ana.sees("After that you can close your account here.")
    ana.looks_well("closing, not now")
    assert ana.page.get_by_role("button", name="Close my account").count() == 0

    night.stack.act("tests.browser.test_own_record:it_is_over")
    ana.goes_to("/record/close")
    ana.looks_well("closing")
    ana.expected_status.add(400)
    ana.presses("Close my account")
    ana.sees("Check the box first")
    ana.looks_well("closing, refused")
    ana.part('label:has(input[name="sure"])').click()
    ana.presses("Close my account")
    ana.title_is("Your account is closed")
    ana.sees("Call 988")
    ana.looks_well("goodbye")
    ana.goes_to("/today")
    assert "/sign-in/" in ana.page.url


@WIDTHS
def test_the_director_reads_what_will_go_and_approves_it(night: Night, chromium: Chromium, width: int) -> None:
    """H-163"""
    night.stack.act("tests.browser.test_own_record:ana_left")
    night.passes(hours=24 * 366 * 12)
    dia = chromium.person(night.stack, night.cast["staff"]["dia"]["email"], width=width)
    dia.goes_to("/program/")
    dia.follows("How long records are kept")
    dia.sees("Nothing goes without your word.")
    dia.sees("Ana Morales")
    dia.looks_well("what goes")
    dia.expected_status.add(400)
    dia.part('label:has(input[name="row"])').first.click()
    dia.presses("Approve what is chosen")
    dia.sees("Check the box first")
    dia.part('label:has(input[name="sure"])').click()
    dia.presses("Approve what is chosen")
    dia.sees("Approved. Each goes on its day, in small steps.")

    def gone() -> bool:
        dia.goes_to("/program/retention")
        return dia.page.get_by_role("heading", name="Has gone").count() == 1

    until(gone, "the worker took it away")
    dia.looks_well("what has gone")
    dia.goes_to("/team/records/")
    dia.looks_well("requests about records")


# --- acts ----------------------------------------------------------------------------------------


def it_is_over(world) -> None:
    """The next contact was made and the crisis closed."""
    from holdfast.crisis.models import Episode

    Episode.objects.filter(client=world.cast.ana).update(
        state="closed",
        closed_at=world.now,
        look_again_at=None,
        owner=None,
        waivers={"reassessment": "said", "plan": "said", "next_contact": "admitted"},
    )


def ana_left(world) -> None:
    from holdfast.records import closing
    from holdfast.records.tests.test_going import in_force

    in_force(world.cast)
    closing.close(world.cast.ana, world.now, by=world.cast.dia, why="She asked on paper")
