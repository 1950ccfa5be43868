"""The real database takes nothing more, as a standby does; the real line for news is away. What people are told then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.flows.night import Night, words_of

OURS = {"Sec-Fetch-Site": "same-origin"}
NOT_SAVED = "We can’t save anything right now. What you send does not reach us."
CUT = "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'holdfast' and pid <> %s"


@contextmanager
def takes_nothing_more(night: Night) -> Iterator[None]:
    """Every session but this test's own can only read, as after a failover to a standby."""
    ours = night.stack.database.info.backend_pid
    with psycopg.connect(night.stack.cluster.superuser_url, autocommit=True) as server:
        server.execute("alter database holdfast set default_transaction_read_only = on")
        try:
            server.execute(CUT, [ours])
            yield
        finally:
            server.execute("alter database holdfast reset default_transaction_read_only")
            server.execute(CUT, [ours])
            night.stack.hands.stop()


def test_a_database_that_only_reads_is_said_aloud_and_nothing_is_said_to_be_received(night: Night) -> None:
    night.ana.answers("6", "not sure")
    night.cal.replies(night.cal.code())
    crisis = f"/team/crisis/{night.crisis['uid']}"
    night.cal.opens(crisis)
    form = night.ana.opens("phq-9")
    with night.ana.signed_in() as phone, takes_nothing_more(night):
        night.wait_for(lambda: NOT_SAVED in words_of(phone.get("/help").text), "the help page says so")
        help_page = words_of(phone.get("/help").text)
        assert "988" in help_page
        assert "911" in help_page

        pressed = phone.post("/help/now", headers=OURS, timeout=60)
        assert pressed.status_code == 503
        assert "Nobody has been told" in words_of(pressed.text)

        answer = phone.post(form, data={"asked": "1", "item-1": "2"}, timeout=60)
        assert answer.status_code == 503
        assert "it has not reached us" in words_of(answer.text)

        # Staff go on reading: the board, the crisis, who has it, whom to call.
        board = night.cal.opens("/team/")
        assert "Ana M." in board
        assert "Nothing can be saved right now" in board
        assert "Ana Morales" in night.cal.opens(crisis)
        note = night.cal.posts(crisis, do="note", note="She is at her sister’s")
        assert note.status_code == 503
        assert "She is at her sister’s" in words_of(note.text)  # typed words come back

    night.wait_for(lambda: NOT_SAVED not in night.ana.reads("/help/juniper"), "it is over by itself")
    assert night.stack.one("select count(*) from assessment_helpcall") == 0
    assert night.owner == "Cal Reyes"
    with night.ana.signed_in() as phone:
        assert night.wait_for(
            lambda: phone.post("/help/now", headers=OURS, timeout=60).status_code == 302, "a press reaches us again"
        )
    night.wait_for(lambda: night.crisis["urgency"] == "emergency", "and is an emergency")
    assert len(night.crises) == 1


def test_a_locked_desk_opens_by_its_password_while_the_database_only_reads(night: Night) -> None:
    """H-120: a full disk at two in the morning does not keep out whoever is on call."""
    proof = {"once_more_password": night.cast["password"]}
    with night.stack.browser(night.cal.email) as desk:
        desk.post("/sign-in/lock/")
        assert desk.get("/team/").status_code == 403
        with takes_nothing_more(night):
            night.wait_for(lambda: NOT_SAVED in night.ana.reads("/help/juniper"), "nothing can be saved")
            assert desk.post("/sign-in/unlock/", data={"once_more_password": "no"}, timeout=60).status_code == 403
            assert desk.post("/sign-in/unlock/", data=proof, timeout=60).status_code == 200
            board = desk.get("/team/", timeout=60)
            assert board.status_code == 200
            assert "Nothing can be saved right now" in words_of(board.text)
        night.wait_for(lambda: NOT_SAVED not in night.ana.reads("/help/juniper"), "it is over by itself")
        night.wait_for(lambda: desk.get("/team/").status_code == 200, "the board opens as ever")
        assert "holdfast_beside" not in desk.cookies


def test_paging_goes_on_while_the_line_for_news_is_away(night: Night) -> None:
    """Pages hear late; telephones do not."""
    night.stack.programs["realtime"].kill()
    night.ana.answers("6", "not safe")
    assert "Ana M." in night.cal.opens("/team/")
    night.cal.replies(night.cal.code())
    assert night.owner == "Cal Reyes"
    assert "Cal has this" in night.ana.sees()
    assert night.broken() == set()
