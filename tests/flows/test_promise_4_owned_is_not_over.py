"""Promise 4: an owner who goes silent loses the crisis back to paging, and the search begins again."""

from datetime import timedelta

from tests.flows.night import Night

GIVEN_BACK = ("give_back", "taken by phone, but the page was not opened and no try was logged")


def test_an_answer_by_phone_that_is_not_followed_up_goes_back_after_five_minutes(night: Night) -> None:
    night.ana.answers("6", "not safe")
    night.cal.replies(night.cal.code())
    assert night.crisis["look_again_at"] - night.crisis["owned_at"] == timedelta(minutes=5)
    night.passes(minutes=5)
    night.wait_for(lambda: night.owner is None, "Cal loses it")
    assert GIVEN_BACK in night.moves()
    assert night.asked[0] == "Cal"  # he is still the one on call: a new search begins with him
    night.wait_for(lambda: any("being passed on" in text for text in night.cal.texts), "and he is told so")


def test_opening_the_page_keeps_it(night: Night) -> None:
    night.ana.answers("6", "not safe")
    night.cal.replies(night.cal.code())
    night.passes(minutes=4)
    assert "Ana Morales" in night.cal.opens(f"/team/crisis/{night.crisis['uid']}")
    assert night.crisis["look_again_at"] - night.crisis["owner_acted_at"] == timedelta(minutes=10)
    night.passes(minutes=6)
    assert night.owner == "Cal Reyes"
    night.passes(minutes=4)
    night.wait_for(lambda: night.owner is None, "silent for ten minutes, he loses it after all")
    assert ("give_back", "the owner was silent for too long") in night.moves()


def test_a_page_that_only_refreshed_itself_is_no_sign_of_life(night: Night) -> None:
    night.ana.answers("6", "not safe")
    night.cal.replies(night.cal.code())
    answer = night.cal.browser.get(f"/team/crisis/{night.crisis['uid']}", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert night.crisis["owner_acted_at"] is None


def test_a_new_signal_that_the_owner_does_not_look_at_goes_back(night: Night) -> None:
    night.ana.answers("6", "not safe")
    night.cal.replies(night.cal.code())
    night.cal.opens(f"/team/crisis/{night.crisis['uid']}")
    with night.ana.signed_in() as phone:
        pressed = phone.post("/help/now", headers={"Sec-Fetch-Site": "same-origin"})
    assert pressed.status_code == 302
    assert "There is news about someone you hold" in night.cal.text()
    assert len(night.crises) == 1
    assert night.owner == "Cal Reyes"
    assert night.crisis["look_again_at"] - night.crisis["signal_at"] == timedelta(minutes=2)
    night.passes(minutes=2)
    night.wait_for(lambda: night.owner is None, "somebody else is sought")


def test_given_back_by_hand_somebody_is_sought_at_once(night: Night) -> None:
    night.ana.answers("6", "not safe")
    night.cal.replies(night.cal.code())
    path = f"/team/crisis/{night.crisis['uid']}"
    assert "Say in a few words" in night.cal.posts(path, do="give_back", reason="  ").text
    assert night.cal.posts(path, do="give_back", reason="My line is dead").status_code == 302
    assert night.owner is None
    assert ("give_back", "by hand") in night.moves()  # in their own words on the timeline
    assert night.paging["stopped_at"] is None


def test_from_i_have_this_to_settled(night: Night) -> None:
    """The whole way, as far as it goes today: taken, tried, reached, settled with a next contact."""
    night.ana.answers("6", "not safe")
    night.cal.replies(night.cal.code())
    path = f"/team/crisis/{night.crisis['uid']}"
    page = night.cal.opens(path)
    assert "The client says they are not safe today" in page
    assert "(520) 555-0118" in page
    early = night.cal.posts(path, do="settle", disposition="safe_with_plan")
    assert early.status_code == 409
    assert "nobody has spoken with the client" in early.text
    night.cal.posts(path, do="try", result="no_answer", how="phone", note="")
    assert night.crisis["state"] == "owned"
    night.cal.posts(path, do="try", result="reached", how="phone", note="Her sister is with her.")
    assert night.crisis["state"] == "reached"
    assert "You and Cal have talked" in night.ana.sees()
    tomorrow = (night.now + timedelta(hours=12)).date().isoformat()
    settled = night.cal.posts(
        path, do="settle", disposition="safe_with_plan", day=tomorrow, hour="15:00", by=night.bea.uid, words=""
    )
    assert settled.status_code == 302, settled.text
    assert night.crisis["state"] == "settled"
    assert night.crisis["next_contact_by_id"] == night.bea.id
    assert "This is settled for now" in night.ana.sees()
    assert "Her sister" not in str(night.stack.rows("select words from crisis_try"))  # sealed where it is kept
    assert night.broken() == set()
