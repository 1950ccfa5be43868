"""The pages for whoever runs the program."""

import pytest
from django.test import Client as Browser

from holdfast.people.tests.cast import Cast, make_cast
from holdfast.web.tests.test_access import as_


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def test_those_who_run_the_program_have_its_pages(cast: Cast) -> None:
    assert "Who answers when" in as_(cast.dia).get("/program/").content.decode()
    assert "/program/" in as_(cast.dia).get("/team/").content.decode()


def test_nobody_else_does(cast: Cast) -> None:
    assert as_(cast.bea).get("/program/").status_code == 403
    assert as_(cast.ana).get("/program/").status_code == 403
    assert Browser().get("/program/").url.startswith("/sign-in/")
    assert "/program/" not in as_(cast.bea).get("/team/").content.decode()


def test_the_first_page_leads_through_the_first_steps_until_all_are_done(cast: Cast) -> None:
    from holdfast.notify.everyone import test_everyone as send_to_everyone
    from holdfast.people.models import Contact

    left = "The set-up of this program is not finished."
    for leader in (cast.dia, cast.adam):
        assert left in as_(leader).get("/team/").content.decode()
    assert left not in as_(cast.bea).get("/team/").content.decode()

    def done() -> list[bool]:
        answer = as_(cast.dia).get("/program/")
        return [step.done for step in answer.context_data["steps"]]

    assert "First steps" in as_(cast.adam).get("/program/").content.decode()
    assert done() == [True, False, True, False, False], "the cast is here, with contacts"
    send_to_everyone(cast.program, cast.dia, cast.now)
    cast.night_shift()
    assert done() == [True, True, True, True, False]
    Contact.objects.filter(staff=cast.bea, kind="email").update(ended_at=cast.now)
    assert done()[0] is False, "Bea has one left"


def test_the_card_of_first_steps_and_the_line_of_the_board_go_when_all_are_done(cast: Cast, monkeypatch) -> None:
    from holdfast.web.team import first_steps

    steps = tuple((words, url, lambda _request: True) for words, url, _done in first_steps.STEPS)
    monkeypatch.setattr(first_steps, "STEPS", steps)
    assert "First steps" not in as_(cast.dia).get("/program/").content.decode()
    assert "First steps" not in as_(cast.dia).get("/team/").content.decode()


def test_name_duty_and_the_way_out_stand_at_the_foot_of_every_page_of_the_team(cast: Cast) -> None:
    for url in ("/team/", "/team/work", "/team/me", "/program/"):
        shown = as_(cast.dia).get(url, follow=True).content.decode()
        foot = shown.split('<footer class="my-foot', 1)[1].split("</footer>", 1)[0]
        assert "Dia Okafor" in foot
        assert "Not on duty" in foot
        assert "Sign out" in foot


def test_a_test_that_everyone_answered_is_not_under_way(cast: Cast) -> None:
    from holdfast.notify.everyone import test_everyone as send_to_everyone
    from holdfast.people.models import Contact

    Contact.objects.update(tested_at=None)
    send_to_everyone(cast.program, cast.dia, cast.now)
    assert "still under way" in as_(cast.dia).get("/program/test").content.decode()
    Contact.objects.update(tested_at=cast.now)
    shown = as_(cast.dia).get("/program/test").content.decode()
    assert "still under way" not in shown
    assert "Everyone has answered the last one." in shown
