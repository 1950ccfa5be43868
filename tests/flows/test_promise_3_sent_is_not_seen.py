"""Promise 3: only a human's "I have this" stops the paging; "I cannot" moves it on; "delivered" does nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.flows.night import Night, code_in, codes_in, keys_in


def test_the_code_of_the_page_takes_it(night: Night) -> None:
    night.ana.answers("6", "not safe")
    assert night.cal.replies(night.cal.code()) == "Thank you. You have this. Please open your page now."
    assert night.owner == "Cal Reyes"
    assert (night.crisis["state"], night.crisis["owned_via"]) == ("owned", "sms")


def test_a_wrong_code_takes_nothing_and_says_so(night: Night) -> None:
    night.ana.answers("6", "not safe")
    code = night.cal.code()
    wrong = f"{int(code) % 9000 + 1000 + 1:04d}"[-4:]
    assert "We do not know that number" in night.cal.replies("1000" if wrong == code else wrong)
    assert "could not read that" in night.cal.replies("on my way")
    assert night.owner is None
    assert night.paging["stopped_at"] is None


def test_the_right_code_from_another_handset_takes_nothing(night: Night) -> None:
    night.ana.answers("6", "not safe")
    code = night.cal.code()
    night.priya.replies(code)
    assert night.owner is None
    assert night.stack.company.reply(night.cast["ana"]["phone"], code)["webhook_status"] == 200
    assert night.owner is None
    night.cal.replies(code)
    assert night.owner == "Cal Reyes"


def test_the_spoken_digit_takes_it(night: Night) -> None:
    night.ana.answers("6", "not safe")
    have, _cannot = keys_in(night.cal.hears())
    assert "You have this" in night.cal.presses(have)
    assert night.owner == "Cal Reyes"
    assert night.crisis["owned_via"] == "voice"


def test_a_key_that_was_not_spoken_takes_nothing_and_is_asked_again(night: Night) -> None:
    night.ana.answers("6", "not safe")
    spoken = night.cal.hears()
    other = next(key for key in "123456789" if key not in keys_in(spoken))
    assert "That was neither of the two" in night.cal.presses(other)
    assert night.owner is None
    assert night.paging["stopped_at"] is None


def test_a_text_that_was_delivered_and_a_voicemail_that_picked_up_are_not_answers(night: Night) -> None:
    night.stack.company.switch(voice="voicemail")
    night.ana.answers("6", "not safe")
    night.cal.text()
    night.wait_for(
        lambda: {s["channel"] for s in night.sends(night.cal) if s["state"] == "delivered"} >= {"sms", "voice"},
        "text and call are delivered, as the carrier says",
    )
    assert night.paging["stopped_at"] is None
    assert night.owner is None
    assert night.paging["look_again_at"] - night.paging["started_at"] == timedelta(minutes=2)  # and nothing was put off
    night.passes(minutes=2)
    night.priya.text()


def test_opening_the_page_behind_the_link_answers_nothing(night: Night) -> None:
    night.ana.answers("6", "not safe")
    page = night.page_of(night.cal)
    assert "Opening this page answers nothing" in night.cal.opens(page)
    assert night.owner is None
    answer = night.cal.posts(page, do="have")
    assert answer.status_code == 302
    assert night.owner == "Cal Reyes"


@pytest.mark.parametrize("how", ["text", "key"])
def test_i_cannot_asks_the_next_at_once(night: Night, how: str) -> None:
    night.ana.answers("6", "not safe")
    if how == "text":
        assert "We ask somebody else" in night.cal.replies(f"NO {night.cal.code()}")
    else:
        _have, cannot = keys_in(night.cal.hears())
        assert "We ask somebody else" in night.cal.presses(cannot)
    assert night.priya.code()  # no clock was moved
    assert night.asked == ["Cal", "Priya"]
    assert night.answer_of(night.cal) == "cannot"
    assert night.owner is None


def test_who_is_second_is_told_who_has_it(night: Night) -> None:
    night.ana.answers("6", "not safe")
    code = night.cal.code()
    night.passes(minutes=2)
    night.priya.replies(night.priya.code())
    assert night.cal.replies(code) == "Thank you. Priya already has this."
    assert night.owner == "Priya Nair"


def test_two_answers_in_the_same_moment_make_one_owner(night: Night) -> None:
    night.ana.answers("6", "not safe")
    cals = night.cal.code()
    night.passes(minutes=2)
    priyas = night.priya.code()
    with ThreadPoolExecutor() as both:
        answers = list(both.map(lambda each: each[0].replies(each[1]), ((night.cal, cals), (night.priya, priyas))))
    assert night.owner in ("Cal Reyes", "Priya Nair")
    assert sorted("You have this" in answer for answer in answers) == [False, True]
    assert any(f"{(night.owner or '').split()[0]} already has this" in answer for answer in answers)
    assert [move for move, _ in night.moves()].count("take") == 1


def test_no_send_begins_after_an_answer(night: Night) -> None:
    night.stack.company.switch(voice="500")  # calls fail and wait to be tried again
    night.ana.answers("6", "not safe")
    code = night.cal.code()
    night.wait_for(lambda: any(s["channel"] == "voice" and s["tries"] for s in night.sends(night.cal)), "a call failed")
    night.cal.replies(code)
    night.stack.company.all_well()
    night.passes(minutes=2)
    night.wait_for(
        lambda: all(s["state"] != "queued" and s["due_at"] is None for s in night.sends() if s["for_what"] == "page"),
        "nothing waits to be sent any more",
    )
    assert night.asked == ["Cal"]
    assert not night.cal.calls
    assert "no_send_begins_after_an_answer" not in night.broken()


def test_an_automatic_answer_is_never_a_yes(night: Night) -> None:
    night.ana.answers("6", "not safe")
    code = night.cal.code()
    assert "could not read that" in night.cal.replies(f"I am driving and back at {code}.")
    assert night.owner is None


def test_the_text_has_one_number_and_it_is_that_of_the_page(night: Night) -> None:
    night.ana.answers("6", "not safe")
    text = night.cal.text()
    assert codes_in(text) == [code_in(text)]
    assert night.stack.one("select code from oncall_page") == code_in(text)
