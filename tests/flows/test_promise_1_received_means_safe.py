"""Promise 1: what was received is judged or becomes a crisis by itself, whatever dies, expires or is sent twice."""

import pytest

from tests.flows.night import Night

RAW_ANSWER = """
    insert into assessment_answer (program_id, response_id, item, value, at)
    select program_id, id, '6', 2, holdfast_now() from assessment_response where uid = %s"""


def test_a_web_server_that_dies_after_its_commit_loses_nothing(night: Night) -> None:
    """Killed between the commit and the reading: the row stands there unjudged, and the worker finds it."""
    form = night.stack.act("tests.acts:form")
    night.stack.programs["web"].kill()
    night.stack.database.execute(RAW_ANSWER, [form["response"]])
    night.cal.text()
    assert night.crisis["urgency"] == "emergency"


def test_nobody_is_said_to_be_called_before_a_crisis_exists(night: Night) -> None:
    """Received and not yet read: the page says just that."""
    night.stack.programs["worker"].kill()
    form = night.stack.act("tests.acts:form")
    night.stack.database.execute(RAW_ANSWER, [form["response"]])
    page = night.ana.reads(f"{form['address']}sent")
    assert "is being read now" in page
    assert "calling" not in page
    assert "988" in page
    assert not night.crises
    night.stack.programs["worker"].start()
    night.wait_for(lambda: "We are calling Cal now" in night.ana.reads(f"{form['address']}sent"), "now there is one")


def test_a_worker_that_dies_is_made_good_by_the_next(night: Night) -> None:
    night.stack.programs["worker"].kill()
    night.ana.answers("6", "not safe")
    assert night.paging["stopped_at"] is None  # the page is due in the database, though nobody sends it
    assert not night.cal.texts
    night.stack.programs["worker"].start()
    night.cal.text()
    night.passes(minutes=2)
    night.priya.text()


def test_an_overdue_turn_is_taken_by_whoever_comes_next(night: Night) -> None:
    night.ana.answers("6", "not safe")
    night.cal.text()
    night.stack.programs["worker"].kill()
    night.passes(minutes=7)
    assert "someone_is_always_sought" in night.broken()
    night.stack.programs["worker"].start()
    night.priya.text()
    night.wait_for(lambda: "someone_is_always_sought" not in night.broken(), "the promise holds again")


def test_an_answer_that_cannot_be_read_becomes_a_crisis_by_itself(night: Night) -> None:
    form = night.stack.act("tests.acts:form")
    night.stack.database.execute("update assessment_response set version = 'none' where uid = %s", [form["response"]])
    night.stack.database.execute(RAW_ANSWER, [form["response"]])
    night.passes(seconds=30)
    night.cal.text()
    assert night.crisis["urgency"] == "urgent"
    assert night.stack.one("select rule from assessment_riskfinding") == "unreadable-answer"
    assert night.stack.one("select count(*) from assessment_answer where judged_at is null") == 0


def test_an_expired_sign_in_never_swallows_a_yes(night: Night) -> None:
    """The form was opened signed in; the session is gone when the answer is sent."""
    with night.ana.signed_in() as phone:
        first = phone.post("/check-in", headers={"Referer": night.stack.url}, data=_csrf(phone))
        assert first.status_code == 302
        night.ana.address = first.headers["location"]
    night.stack.database.execute("delete from django_session")
    night.passes(hours=23)
    assert night.ana.answers("6", "not safe").status_code == 302
    # A day later nobody is on duty, so everyone is called.
    assert night.wait_for(lambda: "we are calling everyone we have" in night.ana.sees(), "she reads who is called")
    night.cal.text()


def _csrf(phone) -> dict[str, str]:
    phone.get("/today")
    page = phone.get("/settings/devices").text
    token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    return {"csrfmiddlewaretoken": token}


def test_a_form_of_the_day_before_says_plainly_that_nothing_arrived(night: Night) -> None:
    night.ana.opens()
    night.passes(hours=24, minutes=1)
    answer = night.ana.answers("7", "I could not sleep at all")
    assert answer.status_code == 400
    assert "I could not sleep at all" in answer.text  # her words are given back
    assert "988" in answer.text
    assert night.stack.one("select count(*) from assessment_answer") == 0


def test_a_token_that_was_altered_receives_nothing_and_says_so(night: Night) -> None:
    address = night.ana.opens()
    for altered in (address[:-3] + "xx/", address.replace("/answer/", "/answer/0"), "/answer/not-a-token/"):
        night.ana.address = altered
        answer = night.ana.answers("6", "not safe")
        assert answer.status_code == 400, altered
        assert "988" in answer.text
        assert "911" in answer.text
    assert not night.crises


def test_a_submit_that_comes_twice_is_one_answer_and_one_crisis(night: Night) -> None:
    address = night.ana.opens()
    for _ in range(2):
        night.ana.address = address
        assert night.ana.answers("6", "not safe").status_code == 302
    assert night.stack.one("select count(*) from assessment_answer") == 1
    night.cal.text()
    assert len(night.crises) == 1
    assert night.stack.one("select count(*) from oncall_page") == 1


def test_huge_words_are_refused_in_one_sentence_and_the_other_answers_are_kept(night: Night) -> None:
    night.ana.opens()
    answer = night.ana.answers("6", "not safe", **{"item-7": "word " * 1000})
    assert answer.status_code == 400
    assert "4000 letters at most" in answer.text
    assert "word word word" in answer.text
    night.cal.text()  # and the answer beside it was worrying


def test_more_than_any_form_can_hold_is_still_no_error(night: Night) -> None:
    address = night.ana.opens()
    with night.stack.browser() as phone:
        answer = phone.post(address, data={"item-6": "2", "item-7": "x" * 300_000})
    assert answer.status_code == 400
    assert "make it shorter" in answer.text
    night.cal.text()


def test_wrongly_encoded_words_are_shown_again_and_the_other_answers_are_kept(night: Night) -> None:
    address = night.ana.opens()
    with night.stack.browser() as phone:
        answer = phone.post(
            address,
            content=b"item-6=2&item-7=caf%E9",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
    assert answer.status_code == 400
    assert "could not be read" in answer.text
    assert "caf" in answer.text
    night.cal.text()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"item-6": "7"}, "Please pick one of the answers."),
        ({"item-6": "yes; drop table"}, "Please pick one of the answers."),
        ({"item-99": "1"}, "This form has no such question."),
    ],
)
def test_an_answer_that_cannot_be_is_refused_with_a_sentence(
    night: Night, fields: dict[str, str], sentence: str
) -> None:
    address = night.ana.opens()
    with night.stack.browser() as phone:
        answer = phone.post(address, data=fields)
    assert answer.status_code == 400
    assert sentence in answer.text
    assert not night.crises


def test_nothing_is_said_to_be_received_while_the_database_is_away(night: Night) -> None:
    """The page that comes instead has the helplines, and says that nothing was received."""
    night.stack.programs["web"].kill()
    with night.stack.browser() as phone:
        answer = phone.get("/help", timeout=60)
    assert answer.status_code >= 500
    assert "988" in answer.text
    assert "911" in answer.text
