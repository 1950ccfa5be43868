"""Before a shift: the person who begins is asked, and when they do not answer, those above, and nobody else."""

from datetime import datetime, timedelta

import pytest

from holdfast.ledger.models import Fact
from holdfast.notify.models import Attempt
from holdfast.oncall import actions, ahead, canary, gaps
from holdfast.oncall.actions import add_shift, swap
from holdfast.oncall.cover import Why
from holdfast.oncall.models import Canary, CoverGap, CoverLook, Override, Page, Paging
from holdfast.oncall.rules import Answer, Level
from holdfast.people.models import Staff
from holdfast.people.rules import Role
from holdfast.people.tests.cast import Cast

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def evening(cast: Cast) -> Cast:
    """Cal's shift begins in 14 minutes, Priya is backup, Bea is on first call until then."""
    cast.now = cast.now.replace(microsecond=0)
    starts = cast.now + 14 * MINUTE
    add_shift(cast.program.id, cast.cal, Level.FIRST, starts, starts + 8 * HOUR)
    add_shift(cast.program.id, cast.bea, Level.FIRST, cast.now - HOUR, starts)
    add_shift(cast.program.id, cast.priya, Level.BACKUP, cast.now - HOUR, starts + 8 * HOUR)
    return cast


def asked(what: str = canary.START) -> list[str]:
    pages = Page.objects.filter(paging__what=what, paging__stopped_at=None).select_related("staff")
    return sorted(page.staff.first_name for page in pages)


def starts(cast: Cast) -> Canary:
    canary.ask_starting(cast.program.id, cast.now)
    return Canary.objects.get(staff=cast.cal)


def ten_minutes_later(cast: Cast) -> datetime:
    later = cast.now + 10 * MINUTE
    for paging in Paging.objects.filter(stopped_at=None):
        actions.take_turn(paging.id, later)
    return later


def page_of(staff: Staff, what: str = canary.START) -> Page:
    return Page.objects.get(staff=staff, paging__what=what)


def test_whoever_begins_is_asked_and_nobody_else(evening: Cast) -> None:
    starts(evening)
    assert asked() == ["Cal"]
    assert {each.staff_id for each in Attempt.objects.all()} == {evening.cal.id}
    assert not canary.ask_starting(evening.program.id, evening.now)  # once


def test_sixteen_minutes_before_nobody_is_asked(evening: Cast) -> None:
    assert not canary.ask_starting(evening.program.id, evening.now - 2 * MINUTE)


def test_whose_duty_merely_goes_on_is_not_asked(cast: Cast) -> None:
    begins = cast.now + 14 * MINUTE
    add_shift(cast.program.id, cast.cal, Level.BACKUP, cast.now - HOUR, begins)
    add_shift(cast.program.id, cast.cal, Level.FIRST, begins, begins + HOUR)
    assert starts(cast).asked_at is None
    assert not Paging.objects.exists()


def test_who_was_swapped_away_is_not_asked_and_who_comes_in_is(cast: Cast) -> None:
    begins = cast.now + 14 * MINUTE
    add_shift(cast.program.id, cast.cal, Level.FIRST, begins, begins + HOUR)
    swap(cast.program.id, cast.cal, cast.bea, Level.FIRST, begins, begins + HOUR)
    assert starts(cast).asked_at is None
    assert asked() == ["Bea"]


@pytest.mark.parametrize("via", ["sms", "voice", "page"])
def test_an_answer_ends_it(evening: Cast, via: str) -> None:
    starts(evening)
    actions.answer(page_of(evening.cal).id, Answer.HAVE, via, evening.now)
    done = Canary.objects.get(staff=evening.cal)
    assert (done.answered_at, done.via, done.missed_at) == (evening.now, via, None)
    assert asked() == []
    ten_minutes_later(evening)
    assert asked(canary.LATE_START) == []


def test_ten_minutes_without_an_answer_page_backup_and_supervisor_and_show_a_gap(evening: Cast) -> None:
    sue = Staff.objects.get(id=evening.dia.id)
    sue.role = Role.SUPERVISOR
    sue.save()
    starts(evening)
    later = ten_minutes_later(evening)
    assert asked(canary.LATE_START) == ["Dia", "Priya"]
    assert "Cal" in asked()  # and the person is still asked
    _, found = ahead.proof(evening.program, later)
    gap = next(each for each in found if each.why is Why.NOT_THERE)
    assert (gap.since, gap.people) == (evening.now + 14 * MINUTE, frozenset({evening.cal.id}))


def test_it_never_wakes_anyone_else_however_long_it_lasts(evening: Cast) -> None:
    starts(evening)
    later = evening.now
    for _ in range(40):
        later += 10 * MINUTE
        for paging in Paging.objects.filter(stopped_at=None):
            actions.take_turn(paging.id, later)
    assert {p.staff.first_name for p in Page.objects.select_related("staff")} == {"Cal", "Priya"}
    CoverLook.objects.update(look_at=later)
    gaps.look(evening.program.id, later)
    assert CoverGap.objects.get(why=Why.NOT_THERE).tell_at is None


def test_without_backup_and_supervisor_the_director_is_asked(cast: Cast) -> None:
    begins = cast.now + 14 * MINUTE
    add_shift(cast.program.id, cast.cal, Level.FIRST, begins, begins + HOUR)
    starts(cast)
    ten_minutes_later(cast)
    assert asked(canary.LATE_START) == ["Dia"]


def test_i_cannot_asks_those_above_at_once(evening: Cast) -> None:
    starts(evening)
    actions.answer(page_of(evening.cal).id, Answer.CANNOT, "sms", evening.now)
    assert asked() == []
    assert asked(canary.LATE_START) == ["Priya"]


def test_when_all_above_cannot_the_director_is_asked(evening: Cast) -> None:
    starts(evening)
    later = ten_minutes_later(evening)
    actions.answer(page_of(evening.priya, canary.LATE_START).id, Answer.CANNOT, "sms", later)
    assert asked(canary.LATE_START) == ["Dia"]


def test_seen_to_the_asking_ends_and_the_gap_stays_until_the_person_is_there(evening: Cast) -> None:
    starts(evening)
    later = ten_minutes_later(evening)
    actions.answer(page_of(evening.priya, canary.LATE_START).id, Answer.HAVE, "voice", later)
    assert asked(canary.LATE_START) == []
    assert [g.why for g in ahead.proof(evening.program, later)[1]][:1] == [Why.NOT_THERE]
    actions.answer(page_of(evening.cal).id, Answer.HAVE, "sms", later + MINUTE)
    assert Why.NOT_THERE not in [g.why for g in ahead.proof(evening.program, later + MINUTE)[1]]


def test_a_late_answer_stops_everything(evening: Cast) -> None:
    starts(evening)
    later = ten_minutes_later(evening)
    assert canary.say_there(Canary.objects.get(staff=evening.cal), "page", later)
    assert (asked(), asked(canary.LATE_START)) == ([], [])
    assert Fact.objects.filter(kind="StartAnswered").count() == 1


def test_after_i_cannot_the_person_may_still_say_that_they_are_there(evening: Cast) -> None:
    starts(evening)
    actions.answer(page_of(evening.cal).id, Answer.CANNOT, "sms", evening.now)
    assert canary.say_there(Canary.objects.get(staff=evening.cal), "page", evening.now + MINUTE)
    assert asked(canary.LATE_START) == []


def test_somebody_stands_in_with_one_press(evening: Cast) -> None:
    starts(evening)
    later = ten_minutes_later(evening)
    canary.stand_in(Canary.objects.get(staff=evening.cal).uid, evening.dia, later)
    assert Override.objects.get().staff_in_id == evening.dia.id
    assert (asked(), asked(canary.LATE_START)) == ([], [])
    assert Why.NOT_THERE not in [g.why for g in ahead.proof(evening.program, later)[1]]
    with pytest.raises(gaps.NotPossible, match="somebody was quicker"):
        canary.stand_in(Canary.objects.get(staff=evening.cal).uid, evening.bea, later)


def test_who_is_on_duty_then_or_after_the_answer_does_not_stand_in(evening: Cast) -> None:
    starts(evening)
    later = ten_minutes_later(evening)
    uid = Canary.objects.get(staff=evening.cal).uid
    with pytest.raises(gaps.NotPossible, match="already have a shift"):
        canary.stand_in(uid, evening.priya, later)
    canary.say_there(Canary.objects.get(staff=evening.cal), "page", later)
    with pytest.raises(gaps.NotPossible, match="Cal has said meanwhile"):
        canary.stand_in(uid, evening.dia, later)


def test_when_the_stretch_is_over_nobody_is_asked_any_more(evening: Cast) -> None:
    starts(evening)
    ten_minutes_later(evening)
    for paging in Paging.objects.filter(stopped_at=None):
        actions.take_turn(paging.id, evening.now + 9 * HOUR)
    assert not Paging.objects.filter(stopped_at=None).exists()


def test_the_words_say_when_and_what_to_press(evening: Cast) -> None:
    from holdfast.notify.rules import Item, short_message, spoken_opening, spoken_question, text_message

    starts(evening)
    args = Attempt.objects.filter(channel="sms").get().args
    at = canary.clock_words((evening.now + 14 * MINUTE).astimezone(gaps.zone(evening.program.timezone)))
    item = Item("page", args)
    text = text_message("JP Desk", [item], "https://x/1")
    assert text == f"JP Desk: Your shift starts at {at}. Reply {args['code']} to say you are there. https://x/1"
    assert short_message([item]) == f"Your shift starts at {at}. Open the page to answer."
    assert spoken_opening("JP Desk", [item], 0) == "This is JP Desk."
    assert f"Press {args['digit']} to say you are there." in spoken_question(item, 0, 1)
    crisis = Item("page", {"code": "4711", "digit": "3", "cannot_digit": "4"})
    both = text_message("JP Desk", [crisis, item], "")
    assert "Someone needs you. Reply 4711 if you have this, NO 4711 if you cannot. Your shift starts" in both
    above = Item("page", {"late_start": at, "code": "4712", "digit": "5", "cannot_digit": "6"})
    assert "Reply 4712 if you see to it, NO 4712 if you cannot." in text_message("JP Desk", [above], "")
