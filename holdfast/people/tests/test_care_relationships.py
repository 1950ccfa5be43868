"""A care relationship has a first and a last day, by the calendar of the program; outside of it nothing is seen."""

from datetime import UTC, date, datetime, timedelta

import pytest

from holdfast.ledger import clock
from holdfast.ledger.models import Program
from holdfast.ledger.scope import enter
from holdfast.people.charts import Look, Right, grounds
from holdfast.people.models import CareTeamMember, Staff
from holdfast.people.queries import actor_of, clients_visible_to
from holdfast.people.rules import Role
from holdfast.people.tests.cast import Cast

FIRST, LAST = date(2027, 3, 10), date(2027, 3, 20)  # Phoenix has no summer time: seven hours behind all the year


def in_phoenix(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) + timedelta(hours=7)


def at(cast: Cast, moment: datetime) -> None:
    clock.move(moment - cast.now)
    cast.now = enter(cast.program.id)


def sees(cast: Cast, person: Staff) -> bool:
    visible = clients_visible_to(actor_of(person)).filter(id=cast.ana.id).exists()
    (ground,) = grounds(actor_of(person), [Look(cast.ana.id, None, Right.TASK)])
    assert (ground.right is Right.CARE_TEAM) is visible, "what is seen and what is written down are one thing"
    return visible


@pytest.fixture
def cal_for_ten_days(cast: Cast) -> CareTeamMember:
    return CareTeamMember.objects.create(
        program=cast.program, client=cast.ana, staff=cast.cal, part="case_manager", since=FIRST, until=LAST
    )


@pytest.mark.parametrize(
    ("moment", "seen"),
    [
        (in_phoenix(FIRST - timedelta(days=1), 23, 58), False),  # in UTC the first day has begun
        (in_phoenix(FIRST, 0, 1), True),
        (in_phoenix(LAST, 0, 1), True),
        (in_phoenix(LAST, 23, 58), True),  # in UTC the day after has begun
        (in_phoenix(LAST + timedelta(days=1), 0, 1), False),
    ],
)
@pytest.mark.usefixtures("cal_for_ten_days")
def test_the_first_and_the_last_day_are_whole_days_where_the_program_is(
    cast: Cast, moment: datetime, seen: bool
) -> None:
    """H-145"""
    at(cast, moment)
    assert sees(cast, cast.cal) is seen


@pytest.mark.usefixtures("cal_for_ten_days")
def test_the_day_of_another_time_zone_is_another_one(cast: Cast) -> None:
    """Seven in the evening in Phoenix is the next day on Guam."""
    at(cast, in_phoenix(LAST, 19))
    assert sees(cast, cast.cal)
    Program.objects.filter(id=cast.program.id).update(timezone="Pacific/Guam")
    assert not sees(cast, cast.cal)


@pytest.mark.role("owner")
def test_a_time_zone_that_does_not_exist_is_utc_and_stops_nobody(cast: Cast) -> None:
    Program.objects.filter(id=cast.program.id).update(timezone="Mars/Olympus")
    assert sees(cast, cast.bea)


def test_whoever_never_was_in_the_care_team_sees_nothing_and_who_leads_sees_all(cast: Cast) -> None:
    assert not sees(cast, cast.cal)
    assert sees(cast, cast.bea)
    assert clients_visible_to(actor_of(cast.dia)).filter(id=cast.ana.id).exists()
    assert not clients_visible_to(actor_of(cast.adam)).exists()
    assert not clients_visible_to(actor_of(cast.eve)).filter(id=cast.ana.id).exists()


def test_a_member_who_is_an_administrator_now_sees_nothing(cast: Cast) -> None:
    Staff.objects.filter(id=cast.bea.id).update(role=Role.ADMINISTRATOR)
    assert not clients_visible_to(actor_of(Staff.objects.get(id=cast.bea.id))).exists()


def test_since_when_somebody_cares_is_the_first_day_of_what_lasts(cast: Cast) -> None:
    for since, until in ((date(2021, 5, 3), None), (date(2020, 1, 1), date(2020, 12, 31)), (date(2022, 1, 1), None)):
        CareTeamMember.objects.create(
            program=cast.program,
            client=cast.ana,
            staff=cast.cal,
            part="peer" if since.year == 2022 else "case_manager",
            since=since,
            until=until,
        )
    (ground,) = grounds(actor_of(cast.cal), [Look(cast.ana.id, None, Right.LEADS)])
    assert (ground.right, ground.since) == (Right.CARE_TEAM, date(2021, 5, 3))
