"""The page after a death: where no crisis was open, those who look back write there, and lose nothing."""

import pytest

from holdfast.crisis import leaving
from holdfast.crisis.models import AfterText, Review
from holdfast.crisis.tests.course import MINUTE, taken_by_cal
from holdfast.ledger.scope import enter
from holdfast.people.rules import Standing
from holdfast.people.tests.cast import Cast, make_cast
from holdfast.web.tests.test_team import as_, text

HERE = "/team/reviews/"
ASKED = "What happened, what helped, what stood in the way"


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def died(cast: Cast) -> Review:
    leaving.change_standing(cast.ana, Standing.DIED, cast.dia, "The county called", cast.now + MINUTE)
    return Review.objects.get(kind="after-action")


def test_without_a_crisis_what_was_learned_is_written_under_the_list(cast: Cast) -> None:
    review = died(cast)
    assert text(as_(cast.bea).get(HERE)).count(ASKED) == 1, "on the one list that looks back"
    form = {"do": "write", "review": str(review.uid), "based_on": "0", "text": "We had not called for a week."}
    assert as_(cast.bea).post(HERE, form).url == f"{HERE}#r-{review.uid}"
    refused = as_(cast.dia).post(HERE, {**form, "text": "Nobody was asked to call."})
    assert refused.status_code == 409
    page = text(refused)
    assert "Bea Lindqvist saved version 1" in page
    assert page.index("We had not called for a week.") < page.index("Nobody was asked to call.</textarea>")
    assert 'name="based_on" value="1"' in page
    assert as_(cast.dia).post(HERE, {**form, "based_on": "1", "text": "Nobody was asked to call."}).status_code == 302
    page = text(as_(cast.bea).get(HERE))
    assert "version 2, Dia Okafor" in page
    assert "We had not called for a week." in page, "older versions are kept"


@pytest.mark.parametrize("based_on", ["", "x", "-1", "9" * 40])
def test_a_number_that_is_none_is_the_first_version(cast: Cast, based_on: str) -> None:
    form = {"do": "write", "review": str(died(cast).uid), "based_on": based_on, "text": "words"}
    assert as_(cast.bea).post(HERE, form).status_code == 302
    enter(cast.program.id)
    assert AfterText.objects.get().number == 1


def test_another_program_writes_nothing_and_nobody_writes_nothing(cast: Cast) -> None:
    form = {"do": "write", "review": str(died(cast).uid), "based_on": "0", "text": " "}
    assert as_(cast.bea).post(HERE, form).status_code == 409
    enter(cast.program.id)
    assert as_(cast.eve).post(HERE, {**form, "text": "words"}).status_code == 400
    enter(cast.program.id)
    assert not AfterText.objects.exists()


def test_with_a_crisis_it_is_written_on_the_page_that_looks_back_at_it(cast: Cast) -> None:
    taken_by_cal(cast)
    died(cast)
    assert ASKED not in text(as_(cast.bea).get(HERE))
