"""A last day lasts to its end where the program is, not to midnight in Greenwich."""

from datetime import UTC, date, datetime

from holdfast.oncall.queries import cover_now
from holdfast.people.models import Staff
from holdfast.people.queries import Membership, actor_for, care_team, current_staff, primary_of
from holdfast.people.tests.cast import Cast

LAST_DAY = date(2026, 11, 23)
# 22:00 in Phoenix on that day.
EVENING = datetime(2026, 11, 24, 5, tzinfo=UTC)
NEXT_NOON = datetime(2026, 11, 24, 19, tzinfo=UTC)


def test_on_the_evening_of_their_last_day_staff_are_still_asked_and_can_open_their_page(cast: Cast) -> None:
    cast.now = EVENING
    cast.night_shift()
    Staff.objects.filter(id=cast.cal.id).update(until=LAST_DAY)
    assert cast.cal.id in cover_now(cast.program.id, "AZ", cast.ana.id, EVENING).on_duty
    assert actor_for(Membership(cast.program.id, "staff", cast.cal.id), EVENING).is_staff
    assert not current_staff(NEXT_NOON).filter(id=cast.cal.id).exists()


def test_a_care_team_ends_with_the_day_too(cast: Cast) -> None:
    care_team(cast.ana.id, EVENING).update(until=LAST_DAY)
    assert care_team(cast.ana.id, EVENING).exists()
    assert not care_team(cast.ana.id, NEXT_NOON).exists()


def test_whoever_has_left_is_in_no_care_team_and_owns_nothing_new(cast: Cast) -> None:
    assert primary_of(cast.ana.id, EVENING) == cast.bea.id
    Staff.objects.filter(id=cast.bea.id).update(until=LAST_DAY)
    assert primary_of(cast.ana.id, EVENING) == cast.bea.id
    assert primary_of(cast.ana.id, NEXT_NOON) is None
    assert not care_team(cast.ana.id, NEXT_NOON).exists()
