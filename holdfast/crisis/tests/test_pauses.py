"""A pause has a day on which it ends. Then the client is watched again, and somebody asks whether they are back."""

from datetime import datetime, timedelta

import pytest
from django.db import connection

from holdfast.assessment.models import RiskFinding
from holdfast.care import actions as care
from holdfast.care.models import Task
from holdfast.crisis import leaving
from holdfast.crisis.models import Entry, Episode
from holdfast.crisis.rules import NotAllowed
from holdfast.crisis.tests.course import MINUTE, taken_by_cal
from holdfast.ledger.promises import violators
from holdfast.people import actions as people
from holdfast.people.models import Client
from holdfast.people.rules import LONGEST_PAUSE, Pause, Standing, pause_over_at, why_not_pause, zone
from holdfast.people.tests.cast import Cast
from holdfast.wiring import PROMISES

DAY = timedelta(days=1)
OPEN = {"look_again_at__isnull": False}


def ends_of(client: Client) -> datetime:
    assert client.pause_ends_at
    return client.pause_ends_at


def paused(cast: Cast, days: int = 14) -> Client:
    """Ana pauses for so many days of her own calendar."""
    until = cast.now.astimezone(zone(cast.ana.timezone)).date() + days * DAY
    leaving.change_standing(cast.ana, Standing.PAUSED, cast.bea, "two weeks with family", cast.now, until=until)
    return Client.objects.get(id=cast.ana.id)


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (None, "Say on which day"),
        (0, "still to come"),
        (-1, "still to come"),
        (91, "90 days at most"),
        (1, ""),
        (90, ""),
    ],
)
def test_a_pause_ends_within_ninety_days(cast: Cast, days: int | None, sentence: str) -> None:
    today = cast.now.date()
    no = why_not_pause(None if days is None else today + days * DAY, today)
    assert (sentence in no) if no else not sentence


def test_a_pause_without_a_day_or_a_reason_is_refused_and_changes_nothing(cast: Cast) -> None:
    today = cast.now.astimezone(zone(cast.ana.timezone)).date()
    with pytest.raises(NotAllowed, match="Say on which day the pause ends"):
        leaving.change_standing(cast.ana, Standing.PAUSED, cast.bea, "two weeks with family", cast.now)
    with pytest.raises(NotAllowed, match="Say how you know, or why"):
        leaving.change_standing(cast.ana, Standing.PAUSED, cast.bea, " ", cast.now, until=today + 14 * DAY)
    for pause in (None, Pause(today, "away"), Pause(today + 5 * DAY, " ")):
        with pytest.raises(ValueError, match=r"[Pp]ause"):
            people.change_standing(cast.ana, Standing.PAUSED, cast.now, pause)
    assert Client.objects.get(id=cast.ana.id).standing == Standing.ACTIVE


def test_it_ends_in_the_morning_of_its_day_where_the_client_is_and_keeps_its_reason_sealed(cast: Cast) -> None:
    ana = paused(cast)
    ends = ends_of(ana).astimezone(zone(ana.timezone))
    assert (ends.hour, ana.pause_why) == (9, "two weeks with family")
    with connection.cursor() as cursor:
        cursor.execute("select pause_why::text from people_client where id = %s", [ana.id])
        assert "family" not in cursor.fetchone()[0]


def test_when_the_day_comes_she_is_active_again_and_her_therapist_asks_today_whether_she_is_back(cast: Cast) -> None:
    ends = ends_of(paused(cast))
    assert not leaving.pause_ended(cast.ana.id, ends - MINUTE)
    assert not Task.objects.exists()
    assert leaving.pause_ended(cast.ana.id, ends)
    ana, task = Client.objects.get(id=cast.ana.id), Task.objects.get(**OPEN)
    assert (ana.standing, ana.standing_since, ana.pause_ends_at, ana.pause_why) == ("active", ends, None, None)
    assert (task.about, task.owner_id, task.urgency) == ("pause_ended", cast.bea.id, "same_day")
    assert task.due_at.astimezone(zone(ana.timezone)).date() == ends.astimezone(zone(ana.timezone)).date()
    assert ana.silence_look_at == ends, "the rules of silence begin again"
    assert not leaving.pause_ended(cast.ana.id, ends + MINUTE), "a second look finds nothing to do"
    assert Task.objects.count() == 1


def test_nobody_asked_her_in_time_so_it_becomes_a_crisis_that_says_why(cast: Cast) -> None:
    cast.night_shift()
    leaving.pause_ended(cast.ana.id, ends_of(paused(cast)))
    task = Task.objects.get(**OPEN)
    assert care.look(task.id, task.half_at)
    assert care.look(task.id, task.due_at)
    assert Episode.objects.get().protocol == "lost-contact"
    assert "A pause ended" in RiskFinding.objects.get(rule="pause-ended-late").why


def test_a_pause_can_be_given_another_day_and_then_nobody_asks_before_it(cast: Cast) -> None:
    ends = ends_of(paused(cast, 14))
    assert ends_of(paused(cast, 28)) == ends + 14 * DAY
    assert not leaving.pause_ended(cast.ana.id, ends + MINUTE)
    leaving.pause_ended(cast.ana.id, ends + 14 * DAY)
    cast.now = ends + 14 * DAY + MINUTE
    paused(cast, 7)
    assert not Task.objects.filter(**OPEN).exists()
    assert Task.objects.get().outcome == "Paused again."


@pytest.mark.parametrize("to", [Standing.ACTIVE, Standing.OTHER_CARE, Standing.DISCHARGED, Standing.DIED])
def test_who_is_not_paused_any_more_is_asked_by_nobody(cast: Cast, to: Standing) -> None:
    ends = ends_of(paused(cast))
    leaving.change_standing(cast.ana, to, cast.dia, "as told", cast.now + MINUTE)
    assert Client.objects.get(id=cast.ana.id).pause_ends_at is None
    assert not leaving.pause_ended(cast.ana.id, ends)
    assert not Task.objects.exists()


def test_with_an_open_crisis_it_stands_on_the_timeline(cast: Cast) -> None:
    ends = ends_of(paused(cast))
    episode = taken_by_cal(cast)
    leaving.pause_ended(cast.ana.id, ends)
    line = Entry.objects.get(episode=episode, kind="standing")
    assert (line.what, line.by, line.words) == ("active", None, "The pause has ended.")


@pytest.mark.role("worker")
@pytest.mark.parametrize(("days", "over"), [(89, False), (91, True)])
def test_a_pause_of_an_older_release_ends_after_the_longest(cast: Cast, days: int, over: bool) -> None:
    since = cast.now - days * DAY
    Client.objects.filter(id=cast.ana.id).update(standing=Standing.PAUSED, standing_since=since)
    assert pause_over_at(None, since) == since + LONGEST_PAUSE
    with connection.cursor() as cursor:
        cursor.execute("select id from holdfast_due_pauses(500) where program_id = %s", [cast.program.id])
        assert cursor.fetchall() == ([(cast.ana.id,)] if over else [])
    assert leaving.pause_ended(cast.ana.id, cast.now) is over


def test_the_watch_is_told_of_a_pause_that_did_not_end(cast: Cast) -> None:
    promise = next(p for p in PROMISES if p.name == "pauses_end")
    paused(cast)
    assert violators(promise).holds
    Client.objects.filter(id=cast.ana.id).update(pause_ends_at=cast.now - 10 * MINUTE)
    assert violators(promise).rows == ((cast.program.id, cast.ana.id),)
