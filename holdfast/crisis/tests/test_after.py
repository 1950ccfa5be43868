"""What follows a crisis: the next contact is made known, what was left out is shown, what was learned is kept."""

from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.utils import ProgrammingError

from holdfast.assessment import actions as assessment
from holdfast.crisis import actions, after, landing, leaving
from holdfast.crisis.afterwards import (
    actions_visible_to,
    late_actions,
    look_back,
    open_actions_of,
    waivers,
    waivers_to_see,
    waivers_visible_to,
)
from holdfast.crisis.models import AfterText, AssignedAction, Clock, Entry, Episode, Review, WaiverSeen
from holdfast.crisis.rules import Disposition, Ground, NotAllowed, Result, State
from holdfast.crisis.tests.course import MINUTE, fresh, reached_by_cal, rings, settled_by_cal, taken_by_cal, told
from holdfast.ledger.models import Fact
from holdfast.ledger.scope import enter
from holdfast.notify.models import Attempt
from holdfast.people.access import Actor
from holdfast.people.models import Staff
from holdfast.people.queries import actor_of
from holdfast.people.rules import Role, Standing, zone
from holdfast.people.tests.cast import Cast

DAY = timedelta(days=1)


def who(staff: Staff) -> Actor:
    return actor_of(Staff.objects.get(id=staff.id))


def closed_by_cal(cast: Cast, **waivers: str) -> Episode:
    """Closed with the next contact waived, and whatever else was left out."""
    episode = settled_by_cal(cast)
    return landing.close(
        episode.id,
        cast.cal,
        risk_level=None if "reassessment" in waivers else "low",
        plan_reviewed="plan" not in waivers,
        waivers={"next_contact": "She said: no call, please.", **waivers},
        ground=Ground.REFUSED,
        now=cast.now + 20 * MINUTE,
    )


def here(cast: Cast):
    return zone(cast.program.timezone)


def to_see(cast: Cast, staff: Staff, at: datetime) -> int:
    return waivers_to_see(who(staff), here(cast), at).count()


# --- the next contact ----------------------------------------------------------------------------


def test_whoever_is_named_for_the_next_contact_is_told_at_once(cast: Cast) -> None:
    settled_by_cal(cast)
    sent = Attempt.objects.filter(staff=cast.bea, words="next_contact")
    assert {"in_app", "sms"} <= set(sent.values_list("channel", flat=True))
    assert {tuple(a.args.items()) for a in sent} == {(("name", "Cal"),)}
    assert "next_contact" not in told(cast.cal)


def settle(cast: Cast, by: Staff, wait: timedelta) -> Episode:
    episode = reached_by_cal(cast)
    return landing.settle(
        episode.id,
        cast.cal,
        disposition=Disposition.SAFE_WITH_PLAN,
        next_contact_at=cast.now + wait,
        next_contact_by=by.id,
        words="",
        now=cast.now + 9 * MINUTE,
    )


def test_who_names_themselves_is_not_told_but_reminded(cast: Cast) -> None:
    settle(cast, cast.cal, DAY)
    assert "next_contact" not in told(cast.cal)
    assert "next_contact" not in rings(cast.now + DAY - 31 * MINUTE)
    assert "next_contact_soon" not in told(cast.cal)
    assert "next_contact" in rings(cast.now + DAY - 30 * MINUTE)
    assert "next_contact_soon" in told(cast.cal)
    assert "next_contact" not in rings(cast.now + DAY)


def test_who_makes_the_next_contact_is_reminded_half_an_hour_before(cast: Cast) -> None:
    settled_by_cal(cast)
    rings(cast.now + DAY - 30 * MINUTE)
    assert "next_contact_soon" in told(cast.bea)
    assert "next_contact_soon" not in told(cast.cal)


def test_nobody_is_reminded_of_a_contact_that_was_made(cast: Cast) -> None:
    episode = settled_by_cal(cast)
    actions.log_try(episode.id, cast.bea, Result.REACHED, "phone", "", None, cast.now + 13 * 60 * MINUTE)
    rings(cast.now + DAY - 30 * MINUTE)
    assert "next_contact_soon" not in told(cast.bea)


def test_a_talk_too_soon_to_be_the_next_contact_does_not_silence_its_reminder(cast: Cast) -> None:
    episode = settled_by_cal(cast)
    actions.log_try(episode.id, cast.bea, Result.REACHED, "phone", "", None, cast.now + 60 * MINUTE)
    rings(cast.now + DAY - 30 * MINUTE)
    assert "next_contact_soon" in told(cast.bea)


@pytest.mark.parametrize("minutes", [20, 45, 68])  # settled at minute 9
def test_a_contact_within_the_hour_is_not_reminded_of_before_a_talk_would_count(cast: Cast, minutes: int) -> None:
    settle(cast, cast.bea, minutes * MINUTE)
    assert "next_contact" in told(cast.bea)
    assert not Clock.objects.filter(timer="next_contact").exists()


def test_a_crisis_that_came_back_reminds_nobody_of_what_was_agreed_before(cast: Cast) -> None:
    settled_by_cal(cast)
    assessment.ask_for_help(cast.ana, "session", cast.now + 30 * MINUTE)
    assert "next_contact" not in rings(cast.now + DAY)
    assert "next_contact_soon" not in told(cast.bea)


# --- what was left out ---------------------------------------------------------------------------


def test_what_was_left_out_waits_for_the_director_from_the_next_day(cast: Cast) -> None:
    closed_by_cal(cast, plan="She was tired.")
    at = cast.now + 20 * MINUTE
    tomorrow = after.next_morning(here(cast), at)
    assert to_see(cast, cast.dia, at) == 0
    assert to_see(cast, cast.dia, tomorrow) == 2
    shown = waivers(who(cast.dia), here(cast), tomorrow, 9)
    assert [(one.entry.what, one.words, one.ground, one.waits, one.late) for one in shown] == [
        ("next_contact", "She said: no call, please.", "refused", True, False),
        ("plan", "She was tired.", "said", True, False),
    ]
    for one in shown:
        after.seen(one.entry, cast.dia, tomorrow)
        after.seen(one.entry, cast.dia, tomorrow + MINUTE)  # pressed twice
    assert to_see(cast, cast.dia, tomorrow) == 0
    assert WaiverSeen.objects.count() == 2
    assert Fact.objects.filter(kind="WaiverLookedAt").count() == 2


def test_unseen_after_a_working_day_it_is_late(cast: Cast) -> None:
    closed_by_cal(cast)
    (one,) = waivers(who(cast.dia), here(cast), cast.now + 5 * DAY, 9)
    assert one.late
    after.seen(one.entry, cast.dia, cast.now + 5 * DAY)
    (one,) = waivers(who(cast.dia), here(cast), cast.now + 5 * DAY, 9)
    assert (one.late, one.waits, [s.by for s in one.seen]) == (False, False, [cast.dia])


def test_a_supervisors_eyes_do_not_take_it_from_the_director(cast: Cast) -> None:
    closed_by_cal(cast)
    Staff.objects.filter(id=cast.priya.id).update(role=Role.SUPERVISOR)
    priya = Staff.objects.get(id=cast.priya.id)
    entry = Entry.objects.get(kind="waiver")
    assert to_see(cast, priya, cast.now + 2 * DAY) == 1
    after.seen(entry, priya, cast.now + DAY)
    assert to_see(cast, priya, cast.now + 2 * DAY) == 0
    assert to_see(cast, cast.dia, cast.now + 2 * DAY) == 1
    after.seen(entry, cast.dia, cast.now + DAY)
    assert to_see(cast, cast.dia, cast.now + 2 * DAY) == 0


def test_only_those_who_lead_see_what_was_left_out(cast: Cast) -> None:
    closed_by_cal(cast)
    entry = Entry.objects.get(kind="waiver")
    for person in (cast.bea, cast.cal, cast.adam):
        assert not waivers_visible_to(who(person)).exists()
        with pytest.raises(NotAllowed, match="Those who lead"):
            after.seen(entry, person, cast.now)


def test_those_who_lead_are_told_in_the_morning_once_however_many(cast: Cast) -> None:
    closed_by_cal(cast)
    clock = Clock.objects.get(timer="waivers")
    assert clock.due_at is not None
    assert clock.due_at.astimezone(ZoneInfo("America/Phoenix")).hour == 8
    assert rings(clock.due_at - MINUTE) == []
    assert rings(clock.due_at) == ["waivers"]
    assert "left_out" in told(cast.dia)
    assert not any("left_out" in told(person) for person in (cast.bea, cast.cal, cast.adam))
    before = Attempt.objects.filter(words="left_out").count()
    Clock.objects.filter(timer="waivers").update(due_at=clock.due_at)  # a second crisis of the same day
    assert rings(clock.due_at + MINUTE) == ["waivers"]
    assert Attempt.objects.filter(words="left_out").count() == before
    assert not Attempt.objects.filter(words="left_out", channel__in=["sms", "voice"]).exists()


def test_nobody_is_told_of_what_was_seen_already(cast: Cast) -> None:
    closed_by_cal(cast)
    after.seen(Entry.objects.get(kind="waiver"), cast.dia, cast.now + 30 * MINUTE)
    rings(cast.now + 2 * DAY)
    assert "left_out" not in told(cast.dia)


def test_a_crisis_closed_with_nothing_left_out_tells_nobody(cast: Cast) -> None:
    episode = settled_by_cal(cast)
    agreed = episode.next_contact_at or cast.now
    actions.log_try(episode.id, cast.cal, Result.REACHED, "phone", "", None, agreed)
    landing.close(episode.id, cast.cal, risk_level="low", plan_reviewed=True, waivers={}, now=agreed + MINUTE)
    assert not Clock.objects.filter(due_at__isnull=False).exists()
    assert to_see(cast, cast.dia, cast.now + 2 * DAY) == 0


# --- looking back --------------------------------------------------------------------------------


def test_each_writing_is_a_version_and_none_is_lost(cast: Cast) -> None:
    episode = closed_by_cal(cast)
    one = after.write(episode.id, cast.cal, "It was raining.", 0, cast.now + DAY)
    again = after.write(episode.id, cast.cal, "It was raining. ", 0, cast.now + DAY)  # pressed twice
    two = after.write(episode.id, cast.dia, "It was pouring.", 1, cast.now + 2 * DAY)
    assert (one.number, again.id, two.number) == (1, one.id, 2)
    kept = AfterText.objects.order_by("number")
    assert [(v.number, v.words, v.by) for v in kept] == [
        (1, "It was raining.", cast.cal),
        (2, "It was pouring.", cast.dia),
    ]


def test_the_second_of_two_who_write_at_once_is_told(cast: Cast) -> None:
    episode = closed_by_cal(cast)
    after.write(episode.id, cast.cal, "Mine", 0, cast.now)
    with pytest.raises(after.WrittenMeanwhile, match="Cal Reyes saved version 1") as no:
        after.write(episode.id, cast.dia, "Also mine", 0, cast.now)
    assert no.value.newest.words == "Mine"
    assert AfterText.objects.count() == 1


def test_a_text_is_sealed_and_cannot_be_changed(cast: Cast) -> None:
    episode = closed_by_cal(cast)
    after.write(episode.id, cast.cal, "It was raining.", 0, cast.now)
    with connection.cursor() as cursor:
        cursor.execute("select words from crisis_aftertext")
        assert b"raining" not in bytes(cursor.fetchone()[0])
        cursor.execute("set local role holdfast_web")
        with pytest.raises(ProgrammingError, match="permission denied"):
            cursor.execute("update crisis_aftertext set number = 7")


def test_those_who_were_in_it_and_those_who_lead_write(cast: Cast) -> None:
    episode = closed_by_cal(cast)
    number = 0
    for person in (cast.cal, cast.bea, cast.dia):  # had it; makes the next contact; leads
        after.write(episode.id, person, f"by {person.name}", number, cast.now)
        number += 1
    with pytest.raises(NotAllowed, match="Only those who were in it"):
        after.write(episode.id, cast.priya, "I was not there", number, cast.now)
    with pytest.raises(NotAllowed, match="Only those who were in it"):
        after.assign(episode, cast.priya, what="x", to=cast.cal, due=cast.now.date(), once=None, now=cast.now)


def test_a_crisis_that_goes_on_is_not_looked_back_at(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    with pytest.raises(NotAllowed, match="still going on"):
        after.write(episode.id, cast.cal, "x", 0, cast.now)


def test_the_record_says_which_clocks_were_kept_and_which_ran_out(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    rings(cast.now + 6 * MINUTE)  # nobody tried within five minutes
    actions.log_try(episode.id, cast.cal, Result.REACHED, "phone", "", None, cast.now + 7 * MINUTE)
    back = look_back(who(cast.dia), episode.uid)
    assert back is not None
    marks = {mark.name: mark for mark in back.marks}
    assert list(marks) == [
        "raised",
        "first_page",
        "taken",
        "first_try",
        "reached",
        "settled",
        "next_contact",
        "closed",
    ]
    assert marks["first_page"].at == cast.now
    assert marks["first_try"].at == cast.now + 7 * MINUTE
    assert [name for name, mark in marks.items() if mark.late(cast.now + 8 * MINUTE)] == ["first_try"]
    assert any("first try" in line.words for line in back.missed)
    assert {"Cal Reyes"} <= {one.name for one in back.asked}


def test_a_next_contact_that_was_not_made_is_late_and_a_waived_one_is_not(cast: Cast) -> None:
    episode = settled_by_cal(cast)

    def late(at: datetime) -> bool:
        back = look_back(who(cast.dia), episode.uid)
        assert back is not None
        return next(mark for mark in back.marks if mark.name == "next_contact").late(at)

    assert not late(cast.now + DAY)
    assert late(cast.now + DAY + MINUTE)
    Episode.objects.filter(id=episode.id).update(disposition=Disposition.EMERGENCY_ROOM)
    landing.close(
        episode.id,
        cast.cal,
        risk_level="low",
        plan_reviewed=True,
        waivers={"next_contact": "Admitted, door closed behind her"},
        ground=Ground.ADMITTED,
        now=cast.now + 20 * MINUTE,
    )
    assert not late(cast.now + DAY + MINUTE)


def test_another_program_looks_back_at_nothing(cast: Cast) -> None:
    episode = closed_by_cal(cast)
    after.write(episode.id, cast.cal, "Ours", 0, cast.now)
    after.assign(episode, cast.cal, what="x", to=cast.bea, due=cast.now.date() + DAY, once=None, now=cast.now)
    enter(cast.other.id)
    eve = who(cast.eve)
    assert look_back(eve, episode.uid) is None
    assert not actions_visible_to(eve).exists()
    assert not AfterText.objects.exists()
    assert (
        waivers_to_see(Actor(eve.kind, eve.program, eve.id, Role.DIRECTOR), here(cast), cast.now + 9 * DAY).count() == 0
    )


# --- actions -------------------------------------------------------------------------------------


def today(cast: Cast):
    return cast.now.astimezone(here(cast)).date()


def test_an_action_has_an_owner_who_is_told_and_a_day(cast: Cast) -> None:
    episode = closed_by_cal(cast)
    once = uuid4()
    fields = {"what": "Mend the rota", "to": cast.bea, "due": today(cast) + DAY, "once": once, "now": cast.now}
    made = after.assign(episode, cast.dia, **fields)
    assert after.assign(episode, cast.dia, **fields).id == made.id  # pressed twice
    assert AssignedAction.objects.count() == 1
    assert "action" in told(cast.bea)
    assert list(open_actions_of(who(cast.bea))) == [made]
    assert not open_actions_of(who(cast.cal)).exists()
    with pytest.raises(NotAllowed, match="Name who does it"):
        after.assign(episode, cast.dia, what="x", to=None, due=today(cast), once=None, now=cast.now)


def test_a_late_action_stands_with_its_owner_and_with_those_who_lead(cast: Cast) -> None:
    episode = closed_by_cal(cast)
    made = after.assign(episode, cast.cal, what="x", to=cast.bea, due=today(cast), once=None, now=cast.now)
    assert not late_actions(who(cast.bea), today(cast)).exists()
    tomorrow = today(cast) + DAY
    assert list(late_actions(who(cast.bea), tomorrow)) == [made]
    assert list(late_actions(who(cast.dia), tomorrow)) == [made]
    assert not late_actions(who(cast.priya), tomorrow).exists()


def test_done_and_not_done_after_all(cast: Cast) -> None:
    episode = closed_by_cal(cast)
    made = after.assign(episode, cast.cal, what="x", to=cast.bea, due=today(cast), once=None, now=cast.now)
    with pytest.raises(NotAllowed, match="say whether it is done"):
        after.mark(made, cast.priya, done=True, now=cast.now)
    for _ in range(2):
        after.mark(made, cast.bea, done=True, now=cast.now + MINUTE)
    assert not open_actions_of(who(cast.bea)).exists()
    after.mark(made, cast.dia, done=False, now=cast.now + 2 * MINUTE)
    assert open_actions_of(who(cast.bea)).exists()
    said = [fact.data["done"] for fact in Fact.objects.filter(kind="ActionMarked").order_by("id")]
    assert said == [True, False]


def test_an_item_of_what_follows_a_death_gets_a_name_and_a_day(cast: Cast) -> None:
    leaving.change_standing(cast.ana, Standing.DIED, cast.dia, "The county called", cast.now)
    review = Review.objects.get(kind="postvention")

    def give(to: Staff, days: int = 0) -> AssignedAction:
        due = today(cast) + days * DAY
        return after.assign_item(review, "family", "Speak with the family", cast.dia, to=to, due=due, now=cast.now)

    assert give(cast.bea).id == give(cast.bea).id  # pressed twice
    give(cast.cal)
    assert not open_actions_of(who(cast.bea)).exists()
    (theirs,) = open_actions_of(who(cast.cal))
    assert theirs.what == "Speak with the family"
    leaving.did(review, "family", cast.dia, "Spoke with her mother", cast.now + MINUTE)
    assert not open_actions_of(who(cast.cal)).exists()
    with pytest.raises(NotAllowed, match="passed already"):
        give(cast.bea, -1)


def test_a_crisis_that_ended_with_a_death_is_looked_back_at(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    leaving.change_standing(cast.ana, Standing.DIED, cast.dia, "The county called", cast.now + MINUTE)
    assert fresh(episode).state == State.CLOSED
    assert after.write(episode.id, cast.cal, "What we know", 0, cast.now + DAY).number == 1
