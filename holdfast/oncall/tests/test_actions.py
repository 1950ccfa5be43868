"""The rota in words, on a real database."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from holdfast.oncall import actions, queries
from holdfast.oncall.models import Page, Paging, Policy, Shift
from holdfast.oncall.rules import Answer, BadPolicy, Level
from holdfast.people import actions as people
from holdfast.people.models import Contact
from holdfast.people.tests.cast import Cast

HOUR = timedelta(hours=1)


def test_overlapping_shifts_of_one_person_are_refused_in_words(cast: Cast) -> None:
    actions.add_shift(cast.program.id, cast.cal, Level.FIRST, cast.now, cast.now + 8 * HOUR)
    with pytest.raises(ValueError, match="Cal Reyes already has a shift in that time"):
        actions.add_shift(cast.program.id, cast.cal, Level.BACKUP, cast.now + HOUR, cast.now + 2 * HOUR)


def test_the_database_refuses_an_overlap_too(cast: Cast) -> None:
    actions.add_shift(cast.program.id, cast.cal, Level.FIRST, cast.now, cast.now + 8 * HOUR)
    with pytest.raises(IntegrityError), transaction.atomic():
        Shift.objects.create(
            program=cast.program, staff=cast.cal, level=Level.BACKUP, during=(cast.now, cast.now + HOUR)
        )


def test_a_shift_that_ends_before_it_begins_is_refused(cast: Cast) -> None:
    with pytest.raises(ValueError, match="end after it begins"):
        actions.add_shift(cast.program.id, cast.cal, Level.FIRST, cast.now, cast.now)


def test_a_policy_that_would_ask_nobody_is_refused_and_the_old_one_stays(cast: Cast) -> None:
    actions.set_policy(cast.program.id, "crisis", ["first", "director"], cast.now)
    with pytest.raises(BadPolicy):
        actions.set_policy(cast.program.id, "crisis", [], cast.now)
    assert Policy.objects.get(until=None).steps == ["first", "director"]


def test_who_answers_now_is_the_truth_of_the_rota(cast: Cast) -> None:
    assert queries.who_answers_now(cast.program.id, "AZ", cast.now) is None
    cast.night_shift()
    found = queries.who_answers_now(cast.program.id, "AZ", cast.now)
    assert found is not None
    assert (found.name, found.until) == ("Cal", cast.now + 24 * HOUR)
    assert queries.who_answers_now(cast.program.id, "NV", cast.now) is None  # nobody is licensed there


def test_somebody_without_a_working_contact_is_not_a_step(cast: Cast) -> None:
    cast.night_shift()
    for contact in Contact.objects.filter(staff=cast.cal):
        people.mark_unreachable(contact, "has said STOP", cast.now)
    cover = queries.cover_now(cast.program.id, "AZ", cast.ana.id, cast.now)
    assert cover.groups["first"] == frozenset()
    assert cover.groups["backup"] == {cast.priya.id}


def test_the_clients_own_therapist_on_duty_is_asked_first(cast: Cast) -> None:
    cast.on_shift((cast.bea, Level.BACKUP), (cast.cal, Level.FIRST))
    assert queries.cover_now(cast.program.id, "AZ", cast.ana.id, cast.now).groups["known"] == {cast.bea.id}


def test_one_contact_on_the_rota_is_a_gap_before_it_is_needed(cast: Cast) -> None:
    cast.night_shift()
    assert not queries.people_without_two_contacts(cast.now).exists()
    people.mark_unreachable(Contact.objects.filter(staff=cast.cal, kind="phone").get(), "no such number", cast.now)
    assert [s.name for s in queries.people_without_two_contacts(cast.now)] == ["Cal Reyes"]


def _due(paging: Paging) -> datetime:
    assert paging.look_again_at is not None
    return paging.look_again_at


def _paging_in_round(cast: Cast, round_: int) -> Paging:
    """A paging whose people have answered nothing until this round began."""
    paging = actions.start_paging(
        cast.program.id, "crisis", 1, urgency="emergency", state="AZ", client_id=cast.ana.id, now=cast.now
    )
    while paging.round < round_:
        actions.take_turn(paging.id, _due(paging))
        paging.refresh_from_db()
    return paging


def test_i_cannot_in_a_louder_round_asks_the_next_at_once_and_rings_nobody_again(cast: Cast) -> None:
    cast.night_shift()
    paging = _paging_in_round(cast, 2)
    now = _due(paging) - timedelta(minutes=1)
    cals = Page.objects.get(paging=paging, staff=cast.cal)
    assert cals.turn == paging.turn
    actions.answer(cals.id, Answer.CANNOT, "sms", now)
    priyas = Page.objects.get(paging=paging, staff=cast.priya)
    assert priyas.turn == paging.turn + 1
    actions.answer(priyas.id, Answer.CANNOT, "sms", now)
    cals.refresh_from_db()
    assert (cals.answer, cals.turn) == (Answer.CANNOT, paging.turn)


def test_i_cannot_in_a_round_that_asks_everybody_waits_for_the_next_turn(cast: Cast) -> None:
    cast.night_shift()
    paging = _paging_in_round(cast, 3)
    due = _due(paging)
    page = Page.objects.get(paging=paging, staff=cast.cal)
    actions.answer(page.id, Answer.CANNOT, "sms", due - timedelta(minutes=1))
    before = paging.turn
    paging.refresh_from_db()
    assert (paging.turn, paging.look_again_at) == (before, due)
    assert actions.take_turn(paging.id, due)


def test_when_everybody_says_i_cannot_in_a_late_round_there_is_no_cover_at_once(cast: Cast) -> None:
    cast.night_shift()
    paging = _paging_in_round(cast, 3)
    now = _due(paging) - timedelta(minutes=1)
    for page in list(Page.objects.filter(paging=paging)):
        actions.answer(page.id, Answer.CANNOT, "sms", now)
    paging.refresh_from_db()
    assert paging.no_cover_since == now


def test_when_the_last_on_duty_cannot_and_all_others_are_being_rung_nobody_is_rung_anew(cast: Cast) -> None:
    actions.add_shift(
        cast.program.id, cast.cal, Level.FIRST, cast.now - timedelta(hours=1), cast.now + timedelta(hours=9)
    )
    paging = _paging_in_round(cast, 3)
    now = _due(paging) - timedelta(minutes=1)
    for one in (cast.dia, cast.cal):  # the director stands in the order, on duty or not
        actions.answer(Page.objects.get(paging=paging, staff=one).id, Answer.CANNOT, "sms", now)
    before, due = paging.turn, paging.look_again_at
    paging.refresh_from_db()
    assert paging.no_cover_since == now
    assert (paging.turn, paging.look_again_at) == (before, due)
