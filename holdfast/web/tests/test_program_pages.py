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
