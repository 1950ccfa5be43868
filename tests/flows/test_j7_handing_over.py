"""J7 and its neighbours: handing over, a second person, a client who cannot be reached, a wrong press, a shift's end."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.flows.night import Colleague, Night


@pytest.fixture
def taken(night: Night) -> str:
    """Ana is not safe, and Cal has it and looks at its page. The address of the page."""
    night.ana.answers("6", "not safe")
    night.cal.replies(night.cal.code())
    path = f"/team/crisis/{night.crisis['uid']}"
    night.cal.opens(path)
    return path


def does(person: Colleague, path: str, do: str, **fields: str) -> None:
    answer = person.posts(path, do=do, **fields)
    assert answer.status_code == 302, answer.text[:2000]


def question(night: Night) -> dict[str, Any]:
    """The newest question that was asked of a colleague."""
    found = night.stack.rows("select * from crisis_ask order by id desc limit 1")
    return dict(found[0])


def kinds(night: Night) -> list[str]:
    return [row["kind"] for row in night.stack.rows("select kind from crisis_entry order by id")]


def test_it_stays_with_cal_until_priya_says_yes(night: Night, taken: str) -> None:
    does(night.cal, taken, "hand_over", to=night.priya.uid, why="My line breaks")
    assert "Cal asks you to take someone over" in night.priya.text()
    assert night.owner == "Cal Reyes"
    night.passes(minutes=3)
    night.wait_for(lambda: any("has not answered you yet" in text for text in night.cal.texts), "Cal is told")
    assert "Cal Reyes asks you to take this over" in night.priya.opens(taken)
    does(night.priya, taken, "accept", ask=str(question(night)["uid"]))
    assert night.owner == "Priya Nair"
    night.wait_for(lambda: any("Priya said yes" in text for text in night.cal.texts), "Cal is told")
    assert "Handed over" in night.cal.opens(taken)
    assert night.broken() == set()


def test_the_owner_goes_silent_while_the_other_has_not_answered(night: Night, taken: str) -> None:
    does(night.cal, taken, "hand_over", to=night.priya.uid, why="")
    night.passes(minutes=11)
    night.wait_for(lambda: night.owner is None, "it goes back to paging")
    night.wait_for(lambda: question(night)["answer"] == "over", "and is not asked any more")
    late = night.priya.posts(taken, do="accept", ask=str(question(night)["uid"]))
    assert late.status_code == 409
    assert "not asked any more" in late.text
    assert night.paging["stopped_at"] is None


def test_two_failed_tries_put_cannot_reach_before_cal_and_page_a_second_person(night: Night, taken: str) -> None:
    for _ in range(2):
        does(night.cal, taken, "try", result="no_answer", how="phone", note="")
    page = night.cal.opens(taken)
    assert "Cannot reach the client" in page
    assert "Consent: not recorded yet" in page
    does(night.cal, taken, "choose", choice="welfare_check", why="no answer, twice")
    assert "Thank you" in night.priya.replies(night.priya.code())
    night.wait_for(lambda: question(night)["answer"] == "accepted", "Priya is called in")
    assert night.owner == "Cal Reyes"
    assert "called in as second person" in night.cal.opens(taken)
    does(night.cal, taken, "try", result="reached", how="through_other", note="Her sister is with her")
    assert "Cannot reach the client." not in night.cal.opens(taken)
    assert night.broken() == set()


def test_ten_minutes_of_an_emergency_are_cannot_reach(night: Night, taken: str) -> None:
    does(night.cal, taken, "try", result="no_answer", how="phone", note="")
    night.passes(minutes=9)
    night.cal.opens(taken)
    night.passes(minutes=1, seconds=5)
    night.wait_for(lambda: "cannot_reach" in kinds(night), "cannot reach stands")
    assert "Ten minutes of an emergency have passed" in night.cal.opens(taken)


def test_a_first_try_that_is_late_is_told_and_shown(night: Night, taken: str) -> None:
    night.passes(minutes=5, seconds=5)
    night.wait_for(lambda: "late_try" in kinds(night), "it is written down")
    night.wait_for(lambda: any("has not been called yet" in text for text in night.cal.texts), "Cal is reminded")
    assert "The first try is late" in night.cal.opens(taken)


def test_a_wrong_press_still_needs_a_human_contact(night: Night) -> None:
    night.ana.calls_for_help()
    night.cal.replies(night.cal.code())
    taken = f"/team/crisis/{night.crisis['uid']}"
    tomorrow = (night.now + timedelta(hours=12)).date().isoformat()
    ended = {"disposition": "no_danger_found", "day": tomorrow, "hour": "15:00", "by": night.bea.uid, "words": ""}
    early = night.cal.posts(taken, do="settle", **ended)
    assert early.status_code == 409
    assert "even a wrong press" in early.text
    does(night.cal, taken, "try", result="reached", how="phone", note="She pressed by mistake, and is fine")
    does(night.cal, taken, "settle", **ended)
    assert (night.crisis["state"], night.crisis["disposition"]) == ("settled", "no_danger_found")


def test_an_answer_is_never_settled_as_a_wrong_press(night: Night, taken: str) -> None:
    tomorrow = (night.now + timedelta(hours=12)).date().isoformat()
    does(night.cal, taken, "try", result="reached", how="phone", note="She says she is fine")
    ended = {"disposition": "no_danger_found", "day": tomorrow, "hour": "15:00", "by": night.bea.uid, "words": ""}
    refused = night.cal.posts(taken, do="settle", **ended)
    assert refused.status_code == 409
    assert "an answer of the client raised this" in refused.text


def test_a_shift_does_not_end_with_an_open_crisis(night: Night, taken: str) -> None:
    refused = night.cal.posts("/team/me/", do="end_shift")
    assert refused.status_code == 409
    assert re.search(r"Hand over Ana M\.", refused.text)
    does(night.cal, taken, "hand_over", to=night.priya.uid, why="My shift ends")
    does(night.priya, taken, "accept", ask=str(question(night)["uid"]))
    does(night.cal, "/team/me/", "end_shift")
    assert "You are on duty" not in night.cal.opens("/team/me/")
    assert night.broken() == set()
