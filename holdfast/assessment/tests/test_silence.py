"""A client who goes quiet is noticed, one who wants it is reminded once, and nobody else is written to."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from holdfast.assessment import actions, silence
from holdfast.assessment.actions import client_says
from holdfast.assessment.models import Reminder, RiskFinding
from holdfast.assessment.rhythm import expected_from, local
from holdfast.care.models import Task
from holdfast.consent import actions as consents
from holdfast.consent.words import How, Kind
from holdfast.content.load import cadence, signals
from holdfast.crisis import actions as crisis
from holdfast.crisis.models import Episode
from holdfast.crisis.rules import Result
from holdfast.notify.clients import stopped
from holdfast.notify.models import Attempt
from holdfast.people.actions import change_standing, set_risk_level
from holdfast.people.models import Client, ReminderWish
from holdfast.people.rating import change_timezone, look_for_silence, wish_reminders
from holdfast.people.rules import ReminderBy, RiskLevel, Standing
from holdfast.people.tests.cast import Cast

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
PHONE = "+15205550118"


@pytest.fixture(autouse=True)
def somebody_on_duty(cast: Cast) -> None:
    cast.night_shift()


def first_reminder(cast: Cast) -> datetime:
    """The first morning on which a check-in is expected."""
    cast.ana.refresh_from_db()
    return expected_from(cadence(), silence.silence_of(cast.ana))


def look(cast: Cast, now: datetime) -> bool:
    """As the sweep does when the time has come."""
    look_for_silence(cast.ana.id, now)
    return silence.look(cast.ana.id, now)


def check_in(cast: Cast, now: datetime) -> None:
    response = actions.start_response(cast.program.id, cast.ana.id, "check-in", now)
    answers = {"1": "6", "2": "0", "3": "7", "4": "0", "5": "0", "6": "0", "7": ""}
    assert not actions.save_answers(response.uid, answers, "web", now).refused


def test_the_first_look_at_a_client_only_begins_to_count(cast: Cast) -> None:
    late = first_reminder(cast) + 60 * HOUR
    assert silence.look(cast.ana.id, late)
    cast.ana.refresh_from_db()
    assert cast.ana.silence_look_at is not None
    assert cast.ana.silence_look_at > late
    assert not RiskFinding.objects.exists()


def test_a_missed_check_in_becomes_a_task_with_an_owner_and_why(cast: Cast) -> None:
    due = first_reminder(cast) + 24 * HOUR
    look(cast, due - MINUTE)
    assert not Task.objects.exists()
    look(cast, due)
    task = Task.objects.get()
    assert (task.urgency, task.owner_id, task.finding.rule) == ("routine", cast.bea.id, "missed-check-in")
    assert "unrated" in task.why
    look(cast, due + MINUTE)
    assert Task.objects.count() == 1, "said once"


def test_missed_contact_of_a_client_at_high_risk_is_for_the_same_day(cast: Cast) -> None:
    set_risk_level(cast.ana, RiskLevel.HIGH, cast.bea, cast.now)
    look(cast, first_reminder(cast) + 24 * HOUR)
    assert Task.objects.get(finding__rule="missed-check-in").urgency == "same_day"
    look(cast, first_reminder(cast) + 48 * HOUR)
    assert Episode.objects.get().protocol == "lost-contact"


def test_who_is_rated_high_while_silent_is_said_again_and_sooner(cast: Cast) -> None:
    due = first_reminder(cast) + 24 * HOUR
    look(cast, due)
    set_risk_level(cast.ana, RiskLevel.HIGH, cast.bea, due + HOUR)
    assert silence.look(cast.ana.id, due + HOUR), "at once"
    urgencies = Task.objects.filter(finding__rule="missed-check-in").order_by("id").values_list("urgency", flat=True)
    assert list(urgencies) == ["routine", "same_day"]


def test_the_next_day_a_call_is_due(cast: Cast) -> None:
    look(cast, first_reminder(cast) + 24 * HOUR)
    look(cast, first_reminder(cast) + 48 * HOUR)
    assert Task.objects.get(finding__rule="gone-quiet").urgency == "same_day"


def test_who_checked_in_is_not_missed(cast: Cast) -> None:
    first = first_reminder(cast)
    check_in(cast, first + HOUR)
    look(cast, first + 25 * HOUR)
    assert not RiskFinding.objects.exists()


@pytest.mark.parametrize("standing", [Standing.DISCHARGED, Standing.DIED, Standing.OTHER_CARE])
def test_nothing_is_expected_of_who_left_or_died(cast: Cast, standing: Standing) -> None:
    first = first_reminder(cast)
    change_standing(cast.ana, standing, cast.now)
    look_for_silence(cast.ana.id, cast.now)
    assert not silence.look(cast.ana.id, first + 100 * HOUR)
    assert not RiskFinding.objects.exists()


def test_two_looks_at_once_find_the_same_once(cast: Cast) -> None:
    due = first_reminder(cast) + 24 * HOUR
    assert look(cast, due)
    assert not silence.look(cast.ana.id, due), "the next look lies ahead"


def wishes(cast: Cast, by: ReminderBy = ReminderBy.SMS, address: str = PHONE) -> ReminderWish:
    return wish_reminders(cast.ana, by, address, cast.now, cast.bea)


def test_nobody_is_written_to_without_a_wish_on_record(cast: Cast) -> None:
    look(cast, first_reminder(cast))
    assert not Attempt.objects.filter(for_what="reminder").exists()


def test_a_wish_that_stands_against_what_the_client_took_back_sends_nothing(cast: Cast) -> None:
    """Such a wish could be written down by an older release."""
    signed = {"signature": "Ana Morales", "how": How.IN_APP, "language": "en", "now": cast.now}
    consents.take_back(consents.agree(cast.ana, Kind.MESSAGES, scopes=("sms",), **signed), None, "", cast.now)
    wishes(cast)
    look(cast, first_reminder(cast))
    assert not Attempt.objects.filter(for_what="reminder").exists()


@pytest.mark.parametrize("by", list(ReminderBy))
def test_who_wants_it_is_reminded_at_nine_and_once_more_in_neutral_words(cast: Cast, by: ReminderBy) -> None:
    wishes(cast, by, PHONE if by is ReminderBy.SMS else "ana@home.example")
    first = first_reminder(cast)
    for moment in (first, first + MINUTE, first + 4 * HOUR, first + 4 * HOUR + MINUTE):
        look(cast, moment)
    sent = Attempt.objects.filter(for_what="reminder").order_by("id")
    assert [(a.words, a.channel) for a in sent] == [("client_morning", by.value), ("client_nudge", by.value)]
    assert {a.staff_id for a in sent} == {None}


def test_who_checked_in_early_is_not_reminded(cast: Cast) -> None:
    wishes(cast)
    first = first_reminder(cast)
    for form in cadence().forms:
        response = actions.start_response(cast.program.id, cast.ana.id, form.form, first - 2 * HOUR)
        type(response).objects.filter(id=response.id).update(done_at=first - HOUR)
    look(cast, first)
    assert not Reminder.objects.exists()


def test_a_move_to_another_time_zone_moves_no_reminder_and_doubles_none(cast: Cast) -> None:
    wishes(cast)
    first = first_reminder(cast)
    look(cast, first)
    change_timezone(cast.ana, "America/Los_Angeles")  # nine o'clock comes again that day, an hour later
    cast.ana.refresh_from_db()
    assert cast.ana.silence_look_at is None
    day = Reminder.objects.get().day
    again = local(day, 9, "America/Los_Angeles")
    assert first < again
    look(cast, again)
    assert Reminder.objects.filter(kind="morning").count() == 1
    look(cast, local(day + timedelta(days=1), 9, "America/Los_Angeles"))
    assert Reminder.objects.filter(kind="morning").count() == 2


def test_the_database_refuses_a_second_reminder_of_a_day(cast: Cast) -> None:
    wishes(cast)
    look(cast, first_reminder(cast))
    one = Reminder.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Reminder.objects.create(program_id=one.program_id, client=cast.ana, day=one.day, kind=one.kind, at=cast.now)


def test_stop_ends_reminders_and_a_new_wish_begins_them_again(cast: Cast) -> None:
    wishes(cast)
    assert stopped(PHONE, cast.now)
    assert not stopped(PHONE, cast.now)
    look(cast, first_reminder(cast))
    assert not Reminder.objects.exists()
    wishes(cast)
    assert ReminderWish.objects.filter(ended_at=None).count() == 1


@pytest.mark.parametrize(("by", "address"), [(ReminderBy.SMS, "12"), (ReminderBy.EMAIL, "ana")])
def test_an_address_that_cannot_be_one_is_refused_in_a_sentence(cast: Cast, by: ReminderBy, address: str) -> None:
    with pytest.raises(ValueError, match="not a phone number or an e-mail address"):
        wishes(cast, by, address)


def test_a_client_of_another_program_is_not_touched(cast: Cast) -> None:
    look(cast, first_reminder(cast) + 24 * HOUR)
    assert {finding.program_id for finding in RiskFinding.objects.all()} == {cast.program.id}
    assert Client.objects.count() == 1


def test_it_got_worse_is_a_sign_of_life(cast: Cast) -> None:
    client_says(cast.ana, "got-worse", cast.now + HOUR)
    assert silence.silence_of(cast.ana).heard == cast.now + HOUR


def test_every_press_that_shows_life_is_a_signal_of_the_content() -> None:
    assert set(silence.SIGNS_OF_LIFE) <= set(signals())
    assert "it-got-worse" not in signals(), "one name for one press"


@pytest.mark.parametrize("address", ["a@b, c@d.example", "a@b.example\nBcc: eve@harbor.example", "@", "a b@c.example"])
def test_only_one_mailbox_is_an_address_to_remind(cast: Cast, address: str) -> None:
    with pytest.raises(ValueError, match="not a phone number or an e-mail address"):
        wishes(cast, ReminderBy.EMAIL, address)
    assert not ReminderWish.objects.exists()


def test_a_screen_left_unfinished_locks_the_client_before_the_form(cast: Cast) -> None:
    asked = actions.start_response(cast.program.id, cast.ana.id, "phq-9", cast.now)
    screen = actions.start_response(cast.program.id, cast.ana.id, "asq", cast.now, asked_by=asked)
    with CaptureQueriesContext(connection) as said:
        assert actions.left_unfinished(screen.id, cast.now + 24 * HOUR)
    locks = [each["sql"] for each in said.captured_queries if " FOR " in each["sql"]]
    assert 'FROM "people_client"' in locks[0]
    assert 'FROM "assessment_response"' in locks[1]


@pytest.mark.parametrize(("result", "heard"), [(Result.REACHED, True), (Result.NO_ANSWER, False)])
def test_whoever_was_reached_in_a_crisis_has_not_gone_quiet(cast: Cast, result: Result, heard: bool) -> None:
    actions.ask_for_help(cast.ana, "session", cast.now)
    crisis.take(Episode.objects.get().id, cast.cal, "board", cast.now)
    crisis.log_try(Episode.objects.get().id, cast.cal, result, "phone", "", None, cast.now + HOUR)
    assert silence.silence_of(cast.ana).heard == (cast.now + HOUR if heard else cast.now)
