"""What a page may send as an answer: read by the same reader as everywhere else."""

import pytest

from holdfast.assessment.rules import read_answer
from holdfast.assessment.steps import BadAnswer, Given, given_by
from holdfast.content.load import questionnaire

NINTH = next(item for item in questionnaire("phq-9").items if item.number == "9")


@pytest.mark.parametrize("typed", ["7", "-1", "--1", "-", "1.5", "٣", "1" * 5000, "yes; drop table"])
def test_what_the_question_cannot_have_is_refused_in_words_and_is_no_skip(typed: str) -> None:
    with pytest.raises(BadAnswer, match="Please pick one of the answers"):
        given_by(NINTH, typed)


@pytest.mark.parametrize("value", list(NINTH.values))
def test_a_page_and_the_command_line_read_the_same_number(value: int) -> None:
    assert given_by(NINTH, f" {value} ") == Given(value)
    assert read_answer(NINTH, f" {value} ") == value


def test_nothing_is_a_skip() -> None:
    assert given_by(NINTH, " ") == Given(None)
