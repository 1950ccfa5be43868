"""Promise 6, between programs and between people: Eve of another program sees nothing, an administrator no chart."""

import httpx
import pytest

from tests.flows.night import Night, words_of


def eve(night: Night) -> httpx.Client:
    """A clinician of another program, signed in."""
    return night.stack.browser(night.cast["other"]["email"])


def test_another_program_sees_nothing(night: Night) -> None:
    night.ana.answers("6", "not safe")
    crisis = f"/team/crisis/{night.crisis['uid']}"
    page = f"/team/page/{night.stack.one('select uid from oncall_page')}"
    night.cal.text()
    with eve(night) as browser:
        board = words_of(browser.get("/team/").text)
        assert "No open crises" in board
        assert "Ana" not in board
        assert "Cal Reyes" not in words_of(browser.get("/team/rota/").text)
        assert browser.get(crisis).status_code == 404
        assert browser.get(page).status_code == 404
        token = browser.get("/team/me/").text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        for path in (crisis, page):
            for deed in ("take", "have", "cannot"):
                answer = browser.post(path, data={"csrfmiddlewaretoken": token, "do": deed})
                assert answer.status_code == 404, (path, deed)
    assert night.owner is None
    assert night.paging["stopped_at"] is None


def test_another_programs_handset_answers_nothing_here(night: Night) -> None:
    night.ana.answers("6", "not safe")
    code = night.cal.code()
    night.stack.company.reply("+15205550190", code)
    assert night.owner is None


def test_an_administrator_sees_no_chart_unless_paged(night: Night) -> None:
    night.ana.answers("6", "not safe")
    crisis = f"/team/crisis/{night.crisis['uid']}"
    with night.stack.browser(night.adam.email) as browser:
        assert browser.get(crisis).status_code in (403, 404)
        assert "Ana" not in browser.get("/team/").text


@pytest.mark.parametrize("path", ["/team/", "/team/rota/", "/team/tasks/", "/team/me/"])
def test_a_client_sees_no_page_of_the_team(night: Night, path: str) -> None:
    with night.ana.signed_in() as phone:
        assert phone.get(path).status_code == 403


@pytest.mark.parametrize("path", ["/team/", "/team/rota/", "/today", "/settings/devices"])
def test_whoever_is_not_signed_in_is_asked_to(night: Night, path: str) -> None:
    with night.stack.browser() as nobody:
        answer = nobody.get(path)
    assert answer.status_code == 302
    assert "/sign-in/" in answer.headers["location"]


def test_a_colleagues_link_opens_nothing(night: Night) -> None:
    """A text that was passed on: the page behind its link is Cal's alone."""
    night.ana.answers("6", "not safe")
    page = night.page_of(night.cal)
    assert night.priya.browser.get(page).status_code == 404
    assert "Do you have this?" in night.cal.opens(page)
