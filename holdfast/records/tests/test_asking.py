"""A client says what is wrong: it has an owner and a day, is answered, and a late one is said to those who lead."""

from datetime import timedelta
from uuid import uuid4

import pytest

from holdfast.crisis.rules import NotAllowed
from holdfast.ledger.models import Fact
from holdfast.ledger.promises import violators
from holdfast.notify.models import Attempt
from holdfast.people.queries import actor_of
from holdfast.people.tests.cast import Cast
from holdfast.records import asking
from holdfast.records.models import Correction
from holdfast.records.promises import PROMISES
from holdfast.records.queries import corrections_visible_to, late, waiting_for


def told(cast: Cast) -> list[tuple[int, str]]:
    rows = Attempt.objects.filter(for_what="correction", channel="in_app").order_by("id")
    return list(rows.values_list("staff", "words"))


def asked(cast: Cast, **more) -> Correction:
    return asking.ask(cast.ana, "My pronouns are wrong", "they/them", cast.now, **more)


def test_it_goes_to_her_therapist_with_two_days(cast: Cast) -> None:
    row = asked(cast)
    assert row.owner_id == cast.bea.id
    assert (row.wish_at - cast.now).days in (13, 14)
    assert (row.due_at - cast.now).days in (59, 60)
    assert told(cast) == [(cast.bea.id, "request_waits")]
    assert Fact.objects.filter(kind="CorrectionAsked", data__correction=row.id).exists()


def test_without_a_care_team_those_who_lead_have_it(cast: Cast) -> None:
    from holdfast.people.models import CareTeamMember

    CareTeamMember.objects.update(until=cast.now.date() - timedelta(days=3))
    assert asked(cast).owner_id is None
    assert told(cast) == [(cast.dia.id, "request_waits")]


def test_pressed_twice_it_is_one(cast: Cast) -> None:
    once = uuid4()
    assert asked(cast, once=once).id == asked(cast, once=once).id
    assert Correction.objects.count() == 1


def test_a_late_request_is_said_to_those_who_lead_until_it_is_answered(cast: Cast) -> None:
    """H-162"""
    row = asked(cast)
    assert not asking.look(row.id, cast.now)
    assert asking.look(row.id, row.wish_at)
    assert told(cast)[1:] == [(cast.bea.id, "request_waits")]
    assert asking.look(row.id, row.due_at)
    assert told(cast)[2:] == [(cast.dia.id, "request_late")]
    row.refresh_from_db()
    assert row.late_at == row.due_at
    assert Fact.objects.filter(kind="CorrectionLate").count() == 1
    assert late(actor_of(cast.dia), row.due_at) == 1
    assert asking.look(row.id, row.look_again_at)  # and each week again
    assert told(cast)[3:] == [(cast.dia.id, "request_late")]
    assert Fact.objects.filter(kind="CorrectionLate").count() == 1
    asking.answer(row, cast.dia, "accepted", "", "The pronouns were changed.", row.due_at)
    row.refresh_from_db()
    assert row.look_again_at is None
    assert not asking.look(row.id, row.due_at + timedelta(days=90))


@pytest.mark.role("owner")
def test_the_watch_is_told_of_a_request_that_nobody_was_told_of(cast: Cast) -> None:
    row = asked(cast)
    promise = next(p for p in PROMISES if p.name == "requests_to_correct_are_looked_at")
    assert violators(promise).holds
    Correction.objects.filter(id=row.id).update(look_again_at=cast.now - timedelta(minutes=6))
    assert violators(promise).rows == ((cast.program.id, row.id),)


def test_it_is_answered_once_by_whoever_has_it_or_leads(cast: Cast) -> None:
    row = asked(cast)
    with pytest.raises(NotAllowed, match="Whoever it was given to"):
        asking.answer(row, cast.cal, "accepted", "", "The pronouns were changed.", cast.now)
    with pytest.raises(NotAllowed, match="on which ground"):
        asking.answer(row, cast.bea, "denied", "", "We looked at it again.", cast.now)
    asking.answer(row, cast.bea, "denied", "right_and_whole", "We looked at it again.", cast.now)
    with pytest.raises(NotAllowed, match="already"):
        asking.answer(row, cast.dia, "accepted", "", "The pronouns were changed.", cast.now)
    row.refresh_from_db()
    assert (row.answer, row.ground, row.answer_words) == ("denied", "right_and_whole", "We looked at it again.")


def test_a_statement_of_disagreement_is_kept_only_beside_a_refusal_and_once(cast: Cast) -> None:
    row = asked(cast)
    with pytest.raises(NotAllowed, match="nothing to disagree"):
        asking.disagree(row, "I see it otherwise", cast.now)
    asking.answer(row, cast.bea, "denied", "right_and_whole", "We looked at it again.", cast.now)
    asking.disagree(row, "I see it otherwise", cast.now)
    with pytest.raises(NotAllowed, match="already"):
        asking.disagree(row, "And once more", cast.now)
    row.refresh_from_db()
    assert row.disagreement == "I see it otherwise"


def test_a_request_without_words_is_refused_in_a_sentence(cast: Cast) -> None:
    with pytest.raises(NotAllowed, match="in a few words"):
        asking.ask(cast.ana, " . ", "", cast.now)
    with pytest.raises(NotAllowed, match="4000 letters"):
        asking.ask(cast.ana, "x" * 4001, "", cast.now)


def test_who_sees_it(cast: Cast) -> None:
    row = asked(cast)
    assert list(corrections_visible_to(actor_of(cast.bea))) == [row]
    assert list(waiting_for(actor_of(cast.dia))) == [row]
    assert list(corrections_visible_to(actor_of(cast.cal))) == []
    assert list(corrections_visible_to(actor_of(cast.adam))) == []


def test_facts_hold_no_word_of_it(cast: Cast) -> None:
    row = asking.ask(cast.ana, "markofwrong is wrong", "markofinstead", cast.now)
    asking.answer(row, cast.bea, "denied", "right_and_whole", "markofanswer as said", cast.now)
    asking.disagree(row, "markofstatement of mine", cast.now)
    assert "markof" not in str(list(Fact.objects.values_list("data", flat=True)))
