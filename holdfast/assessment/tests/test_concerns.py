"""A colleague's worry is a signal like any other, and a result is compared with the client's own usual."""

from datetime import timedelta

import pytest

from holdfast.assessment import actions
from holdfast.assessment.concerns import NoSuchWorry, kinds_of_worry, raise_concern
from holdfast.assessment.models import RiskFinding, StaffConcern
from holdfast.care.models import Task
from holdfast.content.load import protocol_names
from holdfast.content.shapes import Urgency
from holdfast.crisis.models import Episode, Signal
from holdfast.people.tests.cast import Cast

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def somebody_on_duty(cast: Cast) -> None:
    cast.night_shift()


def test_there_is_a_kind_of_worry_for_every_protocol() -> None:
    assert set(kinds_of_worry()) == set(protocol_names())


@pytest.mark.parametrize("kind", kinds_of_worry())
def test_each_kind_opens_an_urgent_crisis_with_its_protocol_and_says_why(cast: Cast, kind: str) -> None:
    raise_concern(cast.ana, cast.bea, kind, cast.now)
    episode = Episode.objects.get()
    assert (episode.urgency, episode.protocol, episode.client_id) == ("urgent", kind, cast.ana.id)
    assert f"concern-{kind}" in RiskFinding.objects.get().why


def test_a_worry_joins_the_crisis_that_is_open_and_may_make_it_faster(cast: Cast) -> None:
    raise_concern(cast.ana, cast.bea, "panic", cast.now)
    raise_concern(cast.ana, cast.cal, "overdose-or-withdrawal", cast.now, Urgency.EMERGENCY, "She slurs her words.")
    assert Episode.objects.get().urgency == "emergency"
    assert Signal.objects.count() == 2
    assert StaffConcern.objects.last().words == "She slurs her words."


def test_what_can_wait_for_the_day_is_a_task(cast: Cast) -> None:
    raise_concern(cast.ana, cast.bea, "severe-depression", cast.now, Urgency.SAME_DAY)
    assert not Episode.objects.exists()
    assert Task.objects.get().urgency == "same_day"


def test_pressing_twice_is_one_worry(cast: Cast) -> None:
    for _ in range(2):
        raise_concern(cast.ana, cast.bea, "panic", cast.now)
    assert StaffConcern.objects.count() == RiskFinding.objects.count() == 1
    raise_concern(cast.ana, cast.bea, "panic", cast.now + timedelta(minutes=2))
    assert StaffConcern.objects.count() == 2


@pytest.mark.parametrize(("kind", "urgency"), [("gossip", "urgent"), ("", "urgent"), ("panic", "none"), ("panic", "x")])
def test_a_worry_of_no_kind_is_refused_in_a_sentence(cast: Cast, kind: str, urgency: str) -> None:
    with pytest.raises(NoSuchWorry, match="Say"):
        raise_concern(cast.ana, cast.bea, kind, cast.now, urgency)
    assert not RiskFinding.objects.exists()


def answer_phq9(cast: Cast, total: int, days_ago: int) -> None:
    at = cast.now - days_ago * DAY
    answers = {str(n): "0" for n in range(1, 10)}
    for number in range(total):
        item = str(number % 8 + 1)
        answers[item] = str(int(answers[item]) + 1)
    response = actions.start_response(cast.program.id, cast.ana.id, "phq-9", at)
    actions.save_answers(response.uid, answers, "web", at)
    actions.judge_response(response.id, at)


def test_a_band_worse_than_ones_own_usual_is_a_line_on_the_list(cast: Cast) -> None:
    for weeks, total in ((4, 6), (3, 7), (2, 5)):
        answer_phq9(cast, total, weeks * 7)
    assert not RiskFinding.objects.exists()
    answer_phq9(cast, 12, 0)
    finding, task = RiskFinding.objects.get(), Task.objects.get()
    assert (finding.rule, finding.urgency) == ("worse-than-baseline", "routine")
    assert "PHQ-9 12 is moderate; usual for this client is mild" in task.why
    assert task.owner_id == cast.bea.id


def test_the_same_result_is_no_news_for_somebody_for_whom_it_is_usual(cast: Cast) -> None:
    for weeks, total in ((4, 12), (3, 14), (2, 11), (1, 12), (0, 13)):
        answer_phq9(cast, total, weeks * 7)
    assert not RiskFinding.objects.exists()


def test_a_first_result_is_compared_with_nothing(cast: Cast) -> None:
    answer_phq9(cast, 18, 0)
    assert not RiskFinding.objects.exists()


def test_further_words_within_the_minute_are_kept(cast: Cast) -> None:
    for words in ("She slurs.", "She slurs.", "", "She took something."):
        raise_concern(cast.ana, cast.bea, "panic", cast.now, words=words)
    assert [each.words for each in StaffConcern.objects.order_by("id")] == ["She slurs.", "She took something."]
    assert Signal.objects.count() == 2


def test_a_comparison_that_fails_holds_up_no_form_and_no_judging(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable() -> None:
        raise ValueError("cadence.toml cannot be read")

    monkeypatch.setattr("holdfast.assessment.usual.cadence", unreadable)
    answers = {str(n): "0" for n in range(1, 9)} | {"9": "3"}
    response = actions.start_response(cast.program.id, cast.ana.id, "phq-9", cast.now)
    actions.save_answers(response.uid, answers, "web", cast.now)
    assert actions.judge_response(response.id, cast.now)
    assert Episode.objects.exists()
