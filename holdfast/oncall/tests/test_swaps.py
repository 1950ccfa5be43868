"""Shifts change hands when the other says yes, and never so that less is covered."""

from datetime import timedelta

import pytest

from holdfast.notify.models import Attempt
from holdfast.oncall import ahead, swaps
from holdfast.oncall.actions import add_shift
from holdfast.oncall.gaps import NotPossible
from holdfast.oncall.models import Shift, SwapOffer
from holdfast.oncall.rules import Level
from holdfast.people import actions as people
from holdfast.people.models import Contact
from holdfast.people.rules import zone
from holdfast.people.tests.cast import FAR_AHEAD, LONG_AGO, Cast

HOUR = timedelta(hours=1)


@pytest.fixture
def day(cast: Cast) -> Cast:
    """At noon where the program is. Cal has tomorrow's first half, Priya the second."""
    here = cast.now.astimezone(zone(cast.program.timezone))
    cast.now = here.replace(hour=12, minute=0, second=0, microsecond=0).astimezone(cast.now.tzinfo)
    add_shift(cast.program.id, cast.cal, Level.FIRST, cast.now + 24 * HOUR, cast.now + 36 * HOUR)
    add_shift(cast.program.id, cast.priya, Level.FIRST, cast.now + 36 * HOUR, cast.now + 48 * HOUR)
    return cast


def of(who: int) -> Shift:
    return Shift.objects.get(staff_id=who, ended_at=None)


def ask(day: Cast, *, swap: bool = False) -> SwapOffer:
    return swaps.ask(day.cal, of(day.cal.id), day.priya, of(day.priya.id) if swap else None, day.now)


def told() -> list[tuple[str, str]]:
    rows = Attempt.objects.filter(for_what="swap", channel="sms").select_related("staff").order_by("id")
    return [(row.staff.first_name, row.words) for row in rows]


def test_the_shift_is_theirs_once_they_say_yes(day: Cast) -> None:
    offer = swaps.ask(day.cal, of(day.cal.id), day.bea, None, day.now)
    assert of(day.cal.id).ended_at is None  # nothing changes by asking
    swaps.answer(offer, day.bea, yes=True, now=day.now)
    mine = of(day.bea.id)
    assert (mine.during.lower, mine.during.upper) == (day.now + 24 * HOUR, day.now + 36 * HOUR)
    assert not Shift.objects.filter(staff=day.cal, ended_at=None).exists()
    assert told() == [("Bea", "swap_asked"), ("Cal", "swap_yes")]


def test_two_shifts_change_hands_at_once(day: Cast) -> None:
    swaps.answer(ask(day, swap=True), day.priya, yes=True, now=day.now)
    assert of(day.cal.id).during.lower == day.now + 36 * HOUR
    assert of(day.priya.id).during.lower == day.now + 24 * HOUR


def test_with_a_no_it_stays_where_it_is(day: Cast) -> None:
    swaps.answer(ask(day), day.priya, yes=False, now=day.now)
    assert of(day.cal.id).during.lower == day.now + 24 * HOUR
    assert told()[-1] == ("Cal", "swap_no")


def test_asked_twice_it_is_asked_once_and_answered_once(day: Cast) -> None:
    first, second = ask(day), ask(day)
    assert first.id == second.id
    swaps.answer(first, day.priya, yes=True, now=day.now)
    with pytest.raises(NotPossible, match="not asked any more"):
        swaps.answer(second, day.priya, yes=True, now=day.now)
    assert len(told()) == 2


def test_only_who_was_asked_says_yes_and_only_ones_own_shift_is_offered(day: Cast) -> None:
    offer = ask(day)
    with pytest.raises(NotPossible, match="asked of somebody else"):
        swaps.answer(offer, day.bea, yes=True, now=day.now)
    with pytest.raises(NotPossible, match="a shift of your own"):
        swaps.ask(day.bea, of(day.cal.id), day.dia, None, day.now)


def test_whoever_asked_may_take_it_back(day: Cast) -> None:
    offer = ask(day)
    swaps.withdraw(offer, day.cal, day.now)
    with pytest.raises(NotPossible, match="not asked any more"):
        swaps.answer(offer, day.priya, yes=True, now=day.now)


def test_a_swap_may_not_leave_less_covered(day: Cast) -> None:
    with pytest.raises(NotPossible, match="not licensed in AZ"):
        swaps.ask(day.cal, of(day.cal.id), day.adam, None, day.now)
    people.enrol(day.program.id, name="Una Reed", state="NV", timezone="America/Los_Angeles", now=day.now)
    people.license_in(day.cal, "NV", number="NV-cal", valid_from=LONG_AGO, valid_until=FAR_AHEAD)
    people.license_in(day.dia, "NV", number="NV-dia", valid_from=LONG_AGO, valid_until=FAR_AHEAD)
    with pytest.raises(NotPossible, match="Then NV would not be covered"):
        swaps.ask(day.cal, of(day.cal.id), day.bea, None, day.now)
    people.mark_unreachable(Contact.objects.get(staff=day.bea, kind="email"), "bounced", day.now)
    with pytest.raises(NotPossible, match="two tested contacts"):
        swaps.ask(day.cal, of(day.cal.id), day.bea, None, day.now)


def test_who_is_on_duty_then_cannot_take_it(day: Cast) -> None:
    add_shift(day.program.id, day.bea, Level.BACKUP, day.now + 30 * HOUR, day.now + 31 * HOUR)
    with pytest.raises(NotPossible, match="already have a shift"):
        swaps.ask(day.cal, of(day.cal.id), day.bea, None, day.now)


def test_what_changed_meanwhile_is_found_when_they_say_yes(day: Cast) -> None:
    offer = swaps.ask(day.cal, of(day.cal.id), day.bea, None, day.now)
    add_shift(day.program.id, day.bea, Level.BACKUP, day.now + 30 * HOUR, day.now + 31 * HOUR)
    with pytest.raises(NotPossible, match="already have a shift"):
        swaps.answer(offer, day.bea, yes=True, now=day.now)
    assert of(day.cal.id).ended_at is None


def test_just_before_it_begins_nothing_is_swapped(day: Cast) -> None:
    with pytest.raises(NotPossible, match="begins in a few minutes"):
        swaps.ask(day.cal, of(day.cal.id), day.bea, None, day.now + 23 * HOUR + timedelta(minutes=50))


def test_the_page_lists_only_what_would_be_allowed(day: Cast) -> None:
    """Dia is free, and yet: with her on first call nobody would be left for a second emergency."""
    rota = ahead.rota_ahead(day.program, day.now, day.now + 72 * HOUR)
    others = list(Shift.objects.filter(ended_at=None).select_related("staff"))
    found = ahead.swaps_possible(rota, of(day.cal.id), others, day.now)
    assert {(who, theirs.id if theirs else None) for who, theirs in found} == {
        (day.bea.id, None),
        (day.priya.id, None),
        (day.priya.id, of(day.priya.id).id),
    }


def test_at_night_nobody_is_woken_by_a_question(day: Cast) -> None:
    swaps.ask(day.cal, of(day.cal.id), day.bea, None, day.now + 11 * HOUR)
    assert {each.channel for each in Attempt.objects.filter(for_what="swap")} == {"in_app", "email"}
