"""A chart that somebody opens themselves: at once, with a reason, told, for an hour, reviewed by somebody else."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from holdfast.ledger import clock
from holdfast.ledger.models import ChartRead, Fact
from holdfast.ledger.promises import violators
from holdfast.ledger.scope import enter
from holdfast.notify.models import Attempt
from holdfast.notify.rules import TOLD
from holdfast.people import opening, setting_up
from holdfast.people.actions import enrol
from holdfast.people.charts import Look, Right, grounds, write_down
from holdfast.people.looks import looks_at, openings_of, openings_to_review, openings_visible_to
from holdfast.people.models import ChartOpening, Client, OfficeHours, Staff
from holdfast.people.opening import NotOpened
from holdfast.people.opening_rules import LASTS, working_days_on
from holdfast.people.promises import PROMISES
from holdfast.people.queries import actor_of, clients_visible_to
from holdfast.people.rules import Role
from holdfast.people.tests.cast import Cast

WHY = "She rang the desk at 2 and nobody of her team answers."


def sees(person: Staff, client: Client) -> bool:
    return clients_visible_to(actor_of(person)).filter(id=client.id).exists()


def opens(cast: Cast, person: Staff | None = None, why: str = WHY) -> ChartOpening:
    return opening.open_chart(actor_of(person or cast.cal), cast.ana, why, cast.now)


def later(cast: Cast, by: timedelta) -> datetime:
    clock.move(by)
    cast.now = enter(cast.program.id)
    return cast.now


# ---------------------------------------------------------------- it opens at once, and closes by the clock


def test_whoever_works_with_clients_opens_a_chart_with_a_reason_at_once(cast: Cast) -> None:
    """H-140"""
    assert not sees(cast.cal, cast.ana)
    row = opens(cast)
    assert sees(cast.cal, cast.ana)
    assert row.ends_at - row.at == LASTS == timedelta(minutes=60)
    assert not sees(cast.priya, cast.ana), "it opens for the one who gave the reason, and for nobody else"


def test_it_opens_this_chart_and_no_other(cast: Cast) -> None:
    ben = enrol(cast.program.id, name="Ben", state="AZ", timezone="UTC", now=cast.now)
    opens(cast)
    assert not sees(cast.cal, ben)


def test_it_closes_after_sixty_minutes_without_anybody_pressing(cast: Cast) -> None:
    """H-140: no sweep, no timer: the query asks the clock."""
    opens(cast)
    later(cast, timedelta(minutes=59))
    assert sees(cast.cal, cast.ana)
    later(cast, timedelta(minutes=1))
    assert not sees(cast.cal, cast.ana)


def test_it_is_closed_sooner_by_whoever_opened_it_and_can_be_opened_anew(cast: Cast) -> None:
    row = opens(cast)
    with pytest.raises(NotOpened, match="Only whoever opened"):
        opening.close_again(actor_of(cast.priya), row, cast.now)
    opening.close_again(actor_of(cast.cal), row, later(cast, timedelta(minutes=5)))
    assert not sees(cast.cal, cast.ana)
    opening.close_again(actor_of(cast.cal), row, later(cast, timedelta(minutes=5)))
    assert Fact.objects.filter(kind="ChartClosedAgain").count() == 1
    anew = opens(cast, why="She rang a second time, from another place.")
    assert anew.id != row.id
    assert sees(cast.cal, cast.ana)


def test_whoever_leads_ends_what_must_not_go_on(cast: Cast) -> None:
    opening.close_again(actor_of(cast.dia), opens(cast), later(cast, timedelta(minutes=5)))
    assert not sees(cast.cal, cast.ana)
    assert Fact.objects.get(kind="ChartClosedAgain").data["by"] == cast.dia.id


def test_pressed_twice_it_is_opened_once(cast: Cast) -> None:
    assert opens(cast).id == opens(cast).id
    assert Fact.objects.filter(kind="ChartOpened").count() == 1


def test_an_administrator_cannot_open_a_chart_and_no_reason_opens_none(cast: Cast) -> None:
    """H-141"""
    with pytest.raises(NotOpened, match="Only staff who work with clients"):
        opens(cast, cast.adam)
    with pytest.raises(NotOpened, match="why you need this chart"):
        opens(cast, why="  need it ")
    assert not ChartOpening.objects.exists()


def test_somebody_who_became_an_administrator_meanwhile_sees_it_no_more(cast: Cast) -> None:
    opens(cast)
    Staff.objects.filter(id=cast.cal.id).update(role=Role.ADMINISTRATOR)
    assert not sees(Staff.objects.get(id=cast.cal.id), cast.ana)


def test_the_reason_and_the_review_are_sealed(cast: Cast) -> None:
    row = opens(cast)
    opening.review(actor_of(cast.dia), row, "right", "Her team was asleep.", cast.now)
    with connection.cursor() as cursor:
        cursor.execute("select why, review from people_chartopening")
        kept = b"".join(bytes(one) for one in cursor.fetchone())
    assert b"rang" not in kept
    assert b"asleep" not in kept
    assert ChartOpening.objects.get().why == WHY


@pytest.mark.parametrize("wrong", [{"told": "by"}, {"reviewed_by": "by"}, {"ends_at": "later"}, {"look_at": None}])
def test_the_database_refuses_nonsense(cast: Cast, wrong: dict[str, object]) -> None:
    row = opens(cast)
    meant = {"by": cast.cal, "later": row.at + timedelta(minutes=61)}
    with pytest.raises(IntegrityError), transaction.atomic():
        ChartOpening.objects.filter(id=row.id).update(**{k: meant.get(str(v), v) for k, v in wrong.items()})


# ---------------------------------------------------------------- a second person is told


def told(words: str = "opened") -> set[tuple[int, str]]:
    return set(Attempt.objects.filter(words=words).values_list("staff_id", "channel"))


def test_a_second_person_is_told_at_once_in_words_that_give_nothing_away(cast: Cast) -> None:
    """H-142"""
    row = opens(cast)
    assert row.told == cast.dia
    assert {who for who, _ in told()} == {cast.dia.id}
    assert {"in_app", "sms", "email"} <= {channel for _, channel in told()}
    assert set(Attempt.objects.values_list("args", flat=True).distinct()[0]) == {"name"}
    for word in ("chart", "client", "Ana", "opened"):
        assert word not in TOLD["opened"]


def test_whoever_can_be_reached_is_told_before_whoever_cannot(cast: Cast) -> None:
    from holdfast.people.actions import hire
    from holdfast.people.rules import Discipline

    sam = hire(
        cast.program.id, name="Sam", role=Role.SUPERVISOR, discipline=Discipline.THERAPIST, since=date(2020, 1, 1)
    )
    assert opening.second_person(cast.cal.id, cast.now) == cast.dia
    assert opening.second_person(cast.dia.id, cast.now) == sam


def test_where_nobody_else_leads_it_opens_all_the_same_and_somebody_is_looked_for(cast: Cast) -> None:
    """H-142"""
    Staff.objects.filter(id=cast.dia.id).update(role=Role.CLINICIAN)
    row = opens(cast)
    assert row.told is None
    assert sees(cast.cal, cast.ana)
    assert told() == set()
    now = later(cast, timedelta(minutes=5))
    assert opening.look(row.id, now)
    assert told() == set()
    Staff.objects.filter(id=cast.dia.id).update(role=Role.DIRECTOR)
    assert opening.look(row.id, later(cast, timedelta(minutes=5)))
    assert {who for who, _ in told()} == {cast.dia.id}
    kept = ChartOpening.objects.get()
    assert kept.told == cast.dia
    assert kept.look_at == kept.review_by


# ---------------------------------------------------------------- it is reviewed


def test_somebody_else_who_leads_says_whether_it_was_right(cast: Cast) -> None:
    """H-143"""
    row = opens(cast)
    assert list(openings_to_review(actor_of(cast.dia))) == [row]
    assert not openings_to_review(actor_of(cast.cal))
    with pytest.raises(NotOpened, match="supervisor or a director"):
        opening.review(actor_of(cast.bea), row, "right", "Fine.", cast.now)
    with pytest.raises(NotOpened, match="whether it was right"):
        opening.review(actor_of(cast.dia), row, "", "Fine.", cast.now)
    with pytest.raises(NotOpened, match="in a few words"):
        opening.review(actor_of(cast.dia), row, "right", " ", cast.now)
    opening.review(actor_of(cast.dia), row, "not_right", "Bea was on duty.", cast.now)
    opening.review(actor_of(cast.dia), row, "not_right", "Bea was on duty.", cast.now)  # pressed twice
    assert not openings_to_review(actor_of(cast.dia))
    assert Fact.objects.filter(kind="OpeningReviewed").count() == 1
    assert list(openings_of(actor_of(cast.cal))) == [row]
    opening.outcome_read(actor_of(cast.cal), row, cast.now)
    assert not openings_of(actor_of(cast.cal))
    assert list(openings_visible_to(actor_of(cast.cal))) == [row]


@pytest.mark.parametrize(("verdict", "still_open"), [("right", True), ("not_right", False)])
def test_what_was_not_right_ends_at_once_while_its_hour_still_runs(cast: Cast, verdict: str, still_open: bool) -> None:
    """H-140: whoever opened it reads why on their day."""
    row, actor = opens(cast), actor_of(cast.cal)
    now = later(cast, timedelta(minutes=10))
    opening.review(actor_of(cast.dia), row, verdict, "Bea was awake and had it.", now)
    assert sees(cast.cal, cast.ana) is still_open
    assert [one.review for one in openings_of(actor)] == ["Bea was awake and had it."]
    row.refresh_from_db()
    assert row.ends_at == (row.at + LASTS if still_open else now)
    assert Fact.objects.filter(kind="ChartClosedAgain").exists() is not still_open


def test_nobody_reviews_their_own_even_where_they_lead_by_now(cast: Cast) -> None:
    """H-143"""
    row = opens(cast)
    Staff.objects.filter(id=cast.cal.id).update(role=Role.SUPERVISOR)
    cal = actor_of(Staff.objects.get(id=cast.cal.id))
    assert not openings_to_review(cal)
    with pytest.raises(NotOpened, match="Somebody else"):
        opening.review(cal, row, "right", "I know why.", cast.now)


def test_a_second_review_is_refused_by_name(cast: Cast) -> None:
    row = opens(cast)
    opening.review(actor_of(cast.dia), row, "right", "Yes.", cast.now)
    Staff.objects.filter(id=cast.bea.id).update(role=Role.SUPERVISOR)
    with pytest.raises(NotOpened, match="Dia Okafor has reviewed this"):
        opening.review(actor_of(Staff.objects.get(id=cast.bea.id)), row, "not_right", "No.", cast.now)


def test_a_review_that_is_late_is_said_and_said_again(cast: Cast) -> None:
    """H-143"""
    row = opens(cast)
    later(cast, row.review_by - cast.now - timedelta(minutes=1))
    assert not opening.look(row.id, cast.now)
    later(cast, timedelta(minutes=2))
    assert opening.look(row.id, cast.now)
    assert {who for who, _ in told("opened_late")} == {cast.dia.id}
    kept = ChartOpening.objects.get()
    assert kept.look_at is not None
    assert timedelta(0) < kept.look_at - cast.now < timedelta(days=8)
    later(cast, kept.look_at - cast.now + timedelta(minutes=1))
    assert opening.look(row.id, cast.now)
    assert Fact.objects.filter(kind="OpeningReviewLate").count() == 2


def of_october(day: int, hour: int) -> datetime:
    return datetime(2026, 10, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (of_october(1, 9), (5, 18)),  # Thursday 2 a.m. in Phoenix: Friday, Monday
        (of_october(2, 20), (6, 18)),  # Friday: Monday, Tuesday
        (of_october(4, 6), (6, 18)),  # late on Saturday in Phoenix: Monday, Tuesday
        (of_october(7, 20), (9, 18)),  # Wednesday: Thursday, Friday
        (of_october(8, 20), (14, 18)),  # Thursday: Friday, no Monday and no Tuesday (holidays), Wednesday
    ],
)
def test_two_working_days_are_those_of_the_office_and_no_holiday(now: datetime, due: tuple[int, int]) -> None:
    found = working_days_on(
        2,
        now,
        "America/Phoenix",
        closes=time(18),
        open_on=range(5),
        holidays={date(2026, 10, 12), date(2026, 10, 13)},
    )
    assert (found.month, found.day, found.hour) == (10, *due)


def test_the_office_hours_of_the_program_count(cast: Cast) -> None:
    OfficeHours.objects.create(program=cast.program, opens=time(9), closes=time(16, 30), days=[0, 1, 2, 3, 4, 5, 6])
    row = opens(cast)
    here = row.review_by.astimezone(UTC) - timedelta(hours=7)
    assert (here.hour, here.minute) == (16, 30)
    assert (here.date() - (row.at - timedelta(hours=7)).date()).days == 2


# ---------------------------------------------------------------- what is written down


def test_every_look_in_that_hour_is_written_down_with_this_right(cast: Cast) -> None:
    """H-140: whichever page, and whatever else would have let them in, except having the crisis."""
    opens(cast)
    cal = actor_of(cast.cal)
    for right in (Right.BREAK_GLASS, Right.OPEN_CRISIS, Right.TASK, Right.TOOK_PART):
        write_down(cal, right.value, [Look(cast.ana.id, None, right)], cast.now)
    assert set(ChartRead.objects.values_list("by_right", flat=True)) == {Right.BREAK_GLASS.value}
    assert [one.right for one in grounds(cal, [Look(cast.ana.id, None, Right.HAS_IT)])] == [Right.HAS_IT]
    assert [one.right for one in grounds(actor_of(cast.priya), [Look(cast.ana.id, None, Right.TASK)])] == [Right.TASK]


def test_who_looked_at_a_chart_can_be_told(cast: Cast) -> None:
    opens(cast)
    write_down(actor_of(cast.cal), "team_client", [Look(cast.ana.id, None, Right.BREAK_GLASS)], cast.now)
    write_down(actor_of(cast.bea), "client_plan", [Look(cast.ana.id, None, Right.LEADS)], cast.now)
    found = {(one.who, one.page, one.right) for one in looks_at(cast.ana.id)}
    assert found == {
        ("Cal Reyes", "team_client", Right.BREAK_GLASS),
        ("Bea Lindqvist", "client_plan", Right.CARE_TEAM),
    }
    ben = enrol(cast.program.id, name="Ben", state="AZ", timezone="UTC", now=cast.now)
    assert looks_at(ben.id) == []


def test_the_promises_hold_and_are_broken_where_something_was_missed(cast: Cast) -> None:
    told_late, after_the_hour = PROMISES
    row = opens(cast)
    write_down(actor_of(cast.cal), "team_client", [Look(cast.ana.id, None, Right.BREAK_GLASS)], cast.now)
    assert violators(told_late).holds
    assert violators(after_the_hour).holds
    later(cast, timedelta(minutes=70))
    write_down(actor_of(cast.cal), "team_client", [Look(cast.ana.id, None, Right.BREAK_GLASS)], cast.now)
    assert not violators(after_the_hour).holds
    later(cast, row.review_by - cast.now + timedelta(minutes=2))
    assert violators(told_late).rows == ((cast.program.id, row.id),)


# ---------------------------------------------------------------- who gives rights is seen


def test_directors_are_told_once_when_an_administrator_gives_rights(cast: Cast) -> None:
    """H-144"""
    setting_up.put_on_team(cast.ana, cast.cal, "case_manager", date(2026, 1, 1), cast.adam, cast.now)
    setting_up.note_staff(cast.cal, "added", cast.adam, cast.now)
    setting_up.add_contact_for(cast.cal, "+15205550177", cast.adam, cast.now)
    assert {who for who, _ in told("set_up")} == {cast.dia.id}
    assert Attempt.objects.filter(words="set_up", channel="sms").count() == 1


def test_a_director_who_does_it_and_a_name_that_changes_tell_nobody(cast: Cast) -> None:
    setting_up.put_on_team(cast.ana, cast.cal, "case_manager", date(2026, 1, 1), cast.dia, cast.now)
    setting_up.note_staff(cast.cal, "name", cast.adam, cast.now)
    setting_up.note_staff(cast.cal, "licence", cast.adam, cast.now)
    assert told("set_up") == set()


def test_a_program_without_a_director_is_set_up_without_anybody_being_asked(cast: Cast) -> None:
    Staff.objects.filter(id=cast.dia.id).update(role=Role.ADMINISTRATOR)
    setting_up.put_on_team(cast.ana, cast.cal, "case_manager", date(2026, 1, 1), cast.adam, cast.now)
    assert told("set_up") == set()
