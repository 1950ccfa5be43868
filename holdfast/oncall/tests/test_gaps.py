"""Gaps found, told and closed, taken by those who can, on a real database."""

from datetime import date, timedelta
from typing import Any

import pytest

from holdfast.ledger.models import Fact
from holdfast.notify.models import Attempt
from holdfast.notify.rules import Channel
from holdfast.oncall import ahead, gaps
from holdfast.oncall.actions import add_shift, swap
from holdfast.oncall.cover import AHEAD, Why
from holdfast.oncall.models import CoverGap, CoverLook, Shift
from holdfast.oncall.rules import Level
from holdfast.people import actions as people
from holdfast.people.models import Contact, Licence, Staff
from holdfast.people.rules import zone
from holdfast.people.tests.cast import Cast

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def day(cast: Cast) -> Cast:
    """The cast at noon where the program is: nobody is asleep."""
    here = cast.now.astimezone(zone(cast.program.timezone))
    cast.now = here.replace(hour=12, minute=0, second=0, microsecond=0).astimezone(cast.now.tzinfo)
    return cast


def cover(cast: Cast, since: timedelta = -HOUR, until: timedelta = AHEAD + 2 * DAY) -> None:
    """Cal on first call all that while."""
    add_shift(cast.program.id, cast.cal, Level.FIRST, cast.now + since, cast.now + until)


def look(cast: Cast, after: timedelta = timedelta(0)) -> None:
    CoverLook.objects.update(look_at=cast.now + after)
    gaps.look(cast.program.id, cast.now + after)


def told(cast: Cast, channel: Channel = Channel.SMS) -> list[str]:
    rows = Attempt.objects.filter(for_what="gap", channel=channel).select_related("staff").order_by("staff__name")
    return [row.staff.first_name for row in rows]


def only() -> CoverGap:
    return CoverGap.objects.get(closed_at=None)


def test_a_covered_fortnight_has_no_gap_and_tells_nobody(day: Cast) -> None:
    cover(day)
    look(day)
    assert not CoverGap.objects.exists()
    assert not Attempt.objects.exists()
    assert CoverLook.objects.get().look_at == day.now + 5 * MINUTE


def test_a_gap_is_told_to_those_who_can_fill_it_and_to_the_director_once(day: Cast) -> None:
    cover(day, until=5 * DAY)
    look(day)
    gap = only()
    assert (gap.since, gap.why, gap.states) == (day.now + 5 * DAY, Why.NOBODY, ["AZ"])
    assert told(day) == ["Bea", "Cal", "Dia", "Priya"]  # Adam holds no licence
    assert Attempt.objects.filter(for_what="gap", channel=Channel.VOICE).count() == 0
    look(day, HOUR)
    assert len(told(day)) == 4
    assert gap.id == only().id


def test_it_is_told_again_as_it_nears(day: Cast) -> None:
    cover(day, until=5 * DAY)
    times = []
    for hours in range(5 * 24 + 6):
        before = len(told(day))
        look(day, hours * HOUR)
        if len(told(day)) > before:
            times.append(5 * 24 - hours)
    # found, 48 hours before; 12 hours before is midnight, so in the morning; 2 hours before
    assert times == [120, 48, 5, 2]


def test_at_night_nobody_is_woken_for_a_gap_that_is_far(day: Cast) -> None:
    night = 11 * HOUR  # eleven at night
    cover(day, until=5 * DAY)
    look(day, night)
    assert told(day) == []
    assert only().tell_at == day.now + night + 8 * HOUR
    look(day, night + 8 * HOUR)
    assert len(told(day)) == 4


def test_a_gap_that_begins_in_two_hours_wakes_people(day: Cast) -> None:
    night = 14 * HOUR  # two at night
    cover(day, until=night + 2 * HOUR)
    look(day, night)
    assert len(told(day)) == 4


def test_a_gap_that_has_begun_is_told_as_one_of_now(day: Cast) -> None:
    look(day)
    assert set(Attempt.objects.filter(for_what="gap").values_list("words", flat=True)) == {"rota_now"}


def test_a_healed_gap_closes_by_itself(day: Cast) -> None:
    cover(day, until=5 * DAY)
    look(day)
    add_shift(day.program.id, day.bea, Level.FIRST, day.now + 5 * DAY, day.now + AHEAD + 2 * DAY)
    look(day, MINUTE)
    assert not CoverGap.objects.filter(closed_at=None).exists()
    assert CoverGap.objects.get().tell_at is None
    assert Fact.objects.filter(kind="GapClosed").count() == 1


def test_a_gap_that_is_over_closes_by_itself(day: Cast) -> None:
    cover(day, until=5 * DAY)
    add_shift(day.program.id, day.bea, Level.FIRST, day.now + 5 * DAY + HOUR, day.now + AHEAD + 8 * DAY)
    look(day)
    assert only().until == day.now + 5 * DAY + HOUR
    look(day, 5 * DAY + HOUR)
    assert not CoverGap.objects.filter(closed_at=None).exists()


def test_a_gap_that_grows_is_told_anew_and_one_that_shrinks_is_not(day: Cast) -> None:
    cover(day, until=5 * DAY)
    late = add_shift(day.program.id, day.bea, Level.FIRST, day.now + 6 * DAY, day.now + AHEAD + 3 * DAY)
    look(day)
    add_shift(day.program.id, day.priya, Level.FIRST, day.now + 5 * DAY + HOUR, day.now + 6 * DAY)
    look(day, MINUTE)
    assert (only().until, len(told(day))) == (day.now + 5 * DAY + HOUR, 4)
    Shift.objects.filter(staff=day.priya).update(ended_at=day.now)
    Shift.objects.filter(id=late.id).update(during=(day.now + 6 * DAY, day.now + AHEAD + 3 * DAY))
    look(day, 2 * MINUTE)
    assert (only().until, len(told(day))) == (day.now + 6 * DAY, 8)


def test_what_the_calendar_adds_is_no_new_gap(day: Cast) -> None:
    cover(day, until=5 * DAY)
    look(day)
    look(day, DAY)
    assert (only().until, len(told(day))) == (day.now + DAY + AHEAD, 4)


def test_a_contact_that_fails_is_a_gap_and_its_person_hears_of_it(day: Cast) -> None:
    cover(day)
    people.mark_unreachable(Contact.objects.get(staff=day.cal, kind="email"), "bounced", day.now)
    look(day)
    assert (only().why, only().people) == (Why.ONE_CONTACT, [day.cal.id])
    assert "Cal" in told(day)


def test_a_licence_that_runs_out_is_a_gap_from_the_next_day_on(day: Cast) -> None:
    cover(day)
    here = zone(day.program.timezone)
    last = (day.now + 3 * DAY).astimezone(here).date()
    Licence.objects.filter(staff=day.cal).update(valid_until=last)
    look(day)
    assert only().why == Why.NO_LICENCE
    assert only().since.astimezone(here).date() == last + DAY
    assert (only().since.astimezone(here).hour, only().since.astimezone(here).minute) == (0, 0)


def test_a_client_in_another_state_asks_for_a_licence_there(day: Cast) -> None:
    cover(day)
    people.enrol(day.program.id, name="Una Reed", state="NV", timezone="America/Los_Angeles", now=day.now)
    look(day)
    assert (only().why, only().states) == (Why.NO_LICENCE, ["NV"])
    assert told(day) == ["Dia"]  # nobody can fill it; the director hears of it


def test_a_program_without_clients_is_proved_for_its_own_state(day: Cast) -> None:
    day.ana.standing = "discharged"
    day.ana.save()
    _, found = ahead.proof(day.program, day.now)
    assert [(gap.states, gap.why) for gap in found] == [(("AZ",), Why.NOBODY)]


def test_the_shift_of_somebody_who_left_is_a_gap(day: Cast) -> None:
    cover(day)
    Staff.objects.filter(id=day.cal.id).update(until=date(2020, 1, 1))
    look(day)
    assert only().why == Why.LEFT


# ---- taking -----------------------------------------------------------------------------------------------


def test_one_press_takes_a_gap_and_closes_it(day: Cast) -> None:
    cover(day, until=5 * DAY)
    add_shift(day.program.id, day.bea, Level.FIRST, day.now + 5 * DAY + HOUR, day.now + AHEAD + 8 * DAY)
    look(day)
    gaps.take(day.priya, day.now + 5 * DAY, day.now + 5 * DAY + HOUR, day.now)
    shift = Shift.objects.get(staff=day.priya)
    assert (shift.staff, shift.level, shift.during.lower) == (day.priya, Level.FIRST, day.now + 5 * DAY)
    assert not CoverGap.objects.filter(closed_at=None).exists()


def test_pressed_twice_it_is_taken_once(day: Cast) -> None:
    a, b = day.now + HOUR, day.now + 3 * HOUR
    assert gaps.take(day.priya, a, b, day.now).id == gaps.take(day.priya, a, b, day.now).id
    assert Shift.objects.count() == 1


def test_who_is_second_hears_that_somebody_was_quicker(day: Cast) -> None:
    a, b = day.now + HOUR, day.now + 3 * HOUR
    gaps.take(day.priya, a, b, day.now)
    with pytest.raises(gaps.NotPossible, match="somebody was quicker"):
        gaps.take(day.bea, a, b, day.now)


def test_a_long_gap_is_taken_for_twelve_hours(day: Cast) -> None:
    gaps.take(day.priya, day.now, day.now + AHEAD, day.now)
    shift = Shift.objects.get()
    assert shift.during.upper - shift.during.lower == 12 * HOUR


def test_without_a_licence_or_two_contacts_a_gap_is_not_theirs_to_take(day: Cast) -> None:
    with pytest.raises(gaps.NotPossible, match="Your licence does not cover AZ"):
        gaps.take(day.adam, day.now, day.now + HOUR, day.now)
    people.mark_unreachable(Contact.objects.get(staff=day.priya, kind="email"), "bounced", day.now)
    with pytest.raises(gaps.NotPossible, match="two tested contacts"):
        gaps.take(day.priya, day.now, day.now + HOUR, day.now)
    assert not Shift.objects.exists()


def test_a_swap_that_left_a_place_open_can_be_taken(day: Cast) -> None:
    cover(day)
    swap(day.program.id, day.cal, None, Level.FIRST, day.now + DAY, day.now + DAY + 2 * HOUR)
    look(day)
    assert (only().since, only().until) == (day.now + DAY, day.now + DAY + 2 * HOUR)
    gaps.take(day.bea, only().since, only().until, day.now)
    assert not CoverGap.objects.filter(closed_at=None).exists()


# ---- putting and taking off --------------------------------------------------------------------------------


def test_whoever_leads_puts_a_shift_on_the_rota_and_takes_it_off(day: Cast) -> None:
    shift = gaps.put(day.dia, day.cal, Level.FIRST, day.now + DAY, day.now + 2 * DAY, day.now)
    gaps.take_off(day.dia, shift, day.now)
    again = gaps.put(day.dia, day.cal, Level.BACKUP, day.now + DAY, day.now + 2 * DAY, day.now)
    assert [s.id for s in Shift.objects.filter(ended_at=None)] == [again.id]


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [(DAY, HOUR, "end after it begins"), (-2 * DAY, -DAY, "over already"), (DAY, 30 * DAY, "eight days")],
)
def test_a_shift_that_cannot_be_is_refused_in_words(day: Cast, since: Any, until: Any, words: str) -> None:
    with pytest.raises(gaps.NotPossible, match=words):
        gaps.put(day.dia, day.cal, Level.FIRST, day.now + since, day.now + until, day.now)


def test_a_shift_that_overlaps_is_refused_in_words(day: Cast) -> None:
    cover(day)
    with pytest.raises(gaps.NotPossible, match="already has a shift"):
        gaps.put(day.dia, day.cal, Level.BACKUP, day.now + DAY, day.now + 2 * DAY, day.now)
    with pytest.raises(gaps.NotPossible, match="has begun"):
        gaps.take_off(day.dia, Shift.objects.get(), day.now)


def test_who_has_left_is_not_put_on_the_rota(day: Cast) -> None:
    day.cal.until = date(2020, 1, 1)
    day.cal.save()
    with pytest.raises(gaps.NotPossible, match="does not work here any more"):
        gaps.put(day.dia, day.cal, Level.FIRST, day.now + DAY, day.now + 2 * DAY, day.now)


def nobody_with_a_contact(cast: Cast) -> None:
    Contact.objects.filter(ended_at=None).update(unreachable_since=cast.now)


def reachable_again(*staff: Staff) -> None:
    Contact.objects.filter(staff__in=staff).update(unreachable_since=None)


def test_a_gap_that_nobody_can_be_told_of_is_not_called_told_and_is_told_as_soon_as_somebody_can_be(day: Cast) -> None:
    nobody_with_a_contact(day)
    look(day)
    assert (only().since, only().told_at, told(day)) == (day.now, None, [])
    assert not Fact.objects.filter(kind="GapTold").exists()
    assert CoverLook.objects.get().look_at == day.now + 5 * MINUTE
    look(day, 3 * DAY)  # it runs on, and 48, 12 and 2 hours before it are long over
    assert (only().told_at, only().tell_at) == (None, day.now + 3 * DAY + 5 * MINUTE)
    reachable_again(day.bea)
    look(day, 3 * DAY + 5 * MINUTE)
    assert (told(day), only().told_at) == (["Bea"], day.now + 3 * DAY + 5 * MINUTE)
    look(day, 3 * DAY + 10 * MINUTE)
    assert told(day) == ["Bea"]


def test_who_leads_is_told_of_an_old_gap_as_soon_as_they_have_a_contact(day: Cast) -> None:
    nobody_with_a_contact(day)
    look(day)
    Licence.objects.update(valid_until=day.now.date() - DAY)  # nobody can fill it
    reachable_again(day.dia)
    look(day, HOUR)
    look(day, HOUR + 5 * MINUTE)
    assert told(day) == ["Dia"]


def test_whoever_can_be_told_of_a_far_gap_at_last_is_not_woken_for_it(day: Cast) -> None:
    cover(day, until=5 * DAY)
    nobody_with_a_contact(day)
    look(day)
    look(day, 9 * HOUR + 59 * MINUTE)  # before ten in the evening
    reachable_again(day.bea)
    look(day, 14 * HOUR)  # two at night
    far = CoverGap.objects.get(why=Why.NOBODY)
    assert (far.since, far.told_at, far.tell_at) == (day.now + 5 * DAY, None, day.now + 19 * HOUR)  # at seven
    look(day, 19 * HOUR)
    assert CoverGap.objects.get(why=Why.NOBODY).told_at == day.now + 19 * HOUR
