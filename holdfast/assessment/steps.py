"""What is asked next, and what an answer may be. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from holdfast.assessment.rules import AnswerRefused, is_asked, read_answer
from holdfast.content.shapes import Escalation, Item, Kind, Questionnaire

LONGEST_TEXT = 4000
CANNOT_KEEP = (
    "We can’t keep words right now. Your other answers are with us. If you need somebody, call or text 988 now."
)

Value = int | None


class BadAnswer(ValueError):
    """One answer cannot be taken. The words may be shown to the person who typed it."""


@dataclass(frozen=True)
class Given:
    """One answer as it will be kept: a number, words, or neither when the question was skipped."""

    value: Value
    words: str | None = None


def given_by(item: Item, typed: str) -> Given:
    """What somebody typed or picked on a page, as it will be kept. Empty means skipped."""
    typed = typed.strip()
    if not typed:
        return Given(None)
    if item.kind is Kind.TEXT:
        if len(typed) > LONGEST_TEXT:
            raise BadAnswer(
                f"That is longer than we can keep: {LONGEST_TEXT} letters at most. What you wrote is still here."
            )
        if "\x00" in typed:
            raise BadAnswer("Some letters in this cannot be kept. Please take them out.")
        return Given(1, typed)
    try:
        value = read_answer(item, typed)
    except AnswerRefused:
        value = None
    if value is None:
        raise BadAnswer("Please pick one of the answers.")
    return Given(value)


def next_item(questionnaire: Questionnaire, answers: Mapping[str, Value]) -> Item | None:
    """The first question that is asked and has neither answer nor skip; None at the end."""
    for item in questionnaire.items:
        if item.id not in answers and is_asked(item, answers):
            return item
    return None


TRY_AGAIN = timedelta(seconds=2)


def give_up(clocks: Escalation, tries: int, saved_at: datetime, now: datetime) -> bool:
    """Whether an answer that cannot be judged becomes a crisis by itself."""
    return tries >= clocks.unread_tries or now - saved_at >= timedelta(seconds=clocks.unread_after)
