"""From settling to closing: the agreed next contact, a crisis that comes back, who judges, and what is sealed."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction

from holdfast.assessment import actions as assessment
from holdfast.crisis import actions, judging, landing, leaving
from holdfast.crisis.models import Ask, Entry, Episode, Move
from holdfast.crisis.promises import PROMISES
from holdfast.crisis.rules import Disposition, NotAllowed, Result, State, counts_from, is_next_contact
from holdfast.crisis.tests.course import MINUTE, fresh, reached_by_cal, settle, settled_by_cal, taken_by_cal
from holdfast.ledger.promises import violators
from holdfast.ledger.scope import program_scope
from holdfast.oncall.models import Paging
from holdfast.people.models import Staff
from holdfast.people.rules import Role
from holdfast.people.tests.cast import Cast, make_cast

HOUR = 60 * MINUTE


def talks(cast: Cast, episode: Episode, after) -> None:
    actions.log_try(episode.id, cast.bea, Result.REACHED, "phone", "", None, cast.now + after)


def closes(cast: Cast, episode: Episode, after, **more) -> Episode:
    how = {"risk_level": "low", "plan_reviewed": True, "waivers": {}} | more
    return landing.close(episode.id, cast.bea, now=cast.now + after, **how)


def test_a_talk_right_after_settling_is_not_the_next_contact(cast: Cast) -> None:
    episode = settled_by_cal(cast)
    talks(cast, episode, 10 * MINUTE)
    with pytest.raises(NotAllowed, match=r"has not been made\. It is due in 23 hours"):
        closes(cast, episode, 11 * MINUTE)
    found = fresh(episode)
    assert (found.state, found.owner_id) == (State.SETTLED, cast.cal.id)
    assert found.next_contact_at is not None
    assert found.look_again_at == found.next_contact_at + actions.waits(found.urgency).first_try


def test_the_next_contact_is_missed_although_they_talked_right_after_settling(cast: Cast) -> None:
    episode = settled_by_cal(cast)
    talks(cast, episode, 10 * MINUTE)
    assert actions.look(episode.id, cast.now + 24 * HOUR + actions.waits(episode.urgency).first_try)
    assert Move.objects.get(move="give_back").why == "the agreed next contact was not made in time"


def test_a_talk_in_the_second_half_is_the_next_contact(cast: Cast) -> None:
    episode = settled_by_cal(cast)
    talks(cast, episode, 13 * HOUR)
    assert closes(cast, episode, 13 * HOUR).state == State.CLOSED


def test_nothing_judged_before_counts_when_it_is_not_over(cast: Cast) -> None:
    episode = reached_by_cal(cast)
    judge(cast, episode, cast.cal)
    settle(cast, episode)
    Episode.objects.filter(id=episode.id).update(plan_reviewed_at=cast.now)
    assessment.ask_for_help(cast.ana, "session", cast.now + HOUR)
    found = fresh(episode)
    assert found.state == State.RAISED
    assert (found.risk_level, found.risk_level_at, found.plan_reviewed_at) == ("", None, None)
    assert (found.disposition, found.next_contact_at, found.next_contact_by_id) == ("", None, None)
    assert (found.settled_at, found.reached_at) == (None, None)


def judge(cast: Cast, episode: Episode, staff: Staff) -> Episode:
    return judging.formulate(
        episode.id,
        staff,
        level="moderate",
        asked="",
        risk_factors="",
        protective_factors="",
        rationale="No plan, sister there",
        plan="Call tomorrow",
        raise_urgency=False,
        once=None,
        now=cast.now + 4 * MINUTE,
    )


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.CLINICIAN, Role.SUPERVISOR, Role.DIRECTOR}))
def test_only_who_may_judge_sets_a_risk_level(cast: Cast, role: Role) -> None:
    episode = settled_by_cal(cast)
    cast.bea.role = cast.cal.role = role
    with pytest.raises(NotAllowed, match="judges the risk"):
        judge(cast, episode, cast.cal)
    talks(cast, episode, 13 * HOUR)
    with pytest.raises(NotAllowed, match="judges the risk"):
        closes(cast, episode, 13 * HOUR)
    assert fresh(episode).risk_level == ""


def test_why_it_was_given_back_is_sealed_and_stands_on_the_timeline(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    actions.give_back(episode.id, cast.cal, "Ana knows my sister", cast.now + MINUTE)
    assert Entry.objects.get(what="given back").words == "Ana knows my sister"
    assert Move.objects.get(move="give_back").why == "by hand"
    with connection.cursor() as cursor:
        cursor.execute("select data from ledger_fact where program_id = %s", [cast.program.id])
        assert "sister" not in json.dumps([row[0] for row in cursor.fetchall()])


def strangers_call(cast: Cast) -> Episode:
    cast.night_shift()
    assessment.receive_concern(
        cast.program.id, name="Frank", phone="5205550199", words="my sister", place="home", now=cast.now
    )
    return Episode.objects.get(client=None)


@pytest.mark.parametrize("landed", ["reached", "settled"])
def test_a_landed_call_that_turns_out_to_be_a_clients_joins_the_open_crisis(cast: Cast, landed: str) -> None:
    call = actions.take(strangers_call(cast).id, cast.cal, "board", cast.now)
    actions.log_try(call.id, cast.cal, Result.REACHED, "phone", "", None, cast.now + MINUTE)
    if landed == "settled":
        settle(cast, fresh(call))
    assessment.ask_for_help(cast.ana, "session", cast.now + 10 * MINUTE)
    joined = actions.match(call.id, cast.ana, cast.cal, cast.now + 11 * MINUTE)
    assert (joined.client_id, joined.state) == (cast.ana.id, State.RAISED)
    assert (fresh(call).state, fresh(call).disposition) == (State.CLOSED, "joined_another")


def test_once_matched_the_search_is_for_who_may_treat_that_client(cast: Cast) -> None:
    call = strangers_call(cast)
    assert Paging.objects.get().client_id is None
    actions.match(call.id, cast.ana, cast.cal, cast.now)
    paging = Paging.objects.get()
    assert (paging.client_id, paging.state) == (cast.ana.id, cast.ana.state)


@pytest.mark.role("web")
def test_nobody_takes_a_crisis_while_their_shift_ends(transactional_db: None) -> None:
    with transaction.atomic():
        cast = make_cast("shift-end", phones="7")
        cast.night_shift()
        assessment.ask_for_help(cast.ana, "session", cast.now)
        episode = Episode.objects.get(client=cast.ana)
    ended, came = threading.Event(), []

    def take() -> None:
        try:
            with program_scope(cast.program.id) as now:
                ended.wait(10)
                with connection.cursor() as cursor:
                    cursor.execute("set local lock_timeout = '300ms'")
                actions.take(episode.id, cast.cal, "board", now)
            came.append("taken")
        except OperationalError:
            came.append("waits")
        finally:
            connection.close()

    other = threading.Thread(target=take)
    other.start()
    with program_scope(cast.program.id) as now:
        leaving.end_shift(cast.cal, now)
        ended.set()
        other.join(20)
    assert came == ["waits"]


@pytest.mark.parametrize("act", ["formulate", "close", "ask_asq"])
def test_whoever_judges_locks_the_client_before_the_crisis(cast: Cast, act: str, django_assert_max_num_queries) -> None:
    episode = settled_by_cal(cast)
    talks(cast, episode, 13 * HOUR)
    with django_assert_max_num_queries(200) as seen:
        if act == "formulate":
            judge(cast, episode, cast.cal)
        elif act == "ask_asq":
            judging.ask_asq(episode.id, cast.cal, {"1": "0"}, None, cast.now + 13 * HOUR)
        else:
            closes(cast, episode, 13 * HOUR)
    locks = [
        q["sql"] for q in seen.captured_queries if "for no key update" in q["sql"].lower() or "FOR UPDATE" in q["sql"]
    ]
    assert "people_client where" in locks[0]
    assert "crisis_episode" in locks[1]


def broken(name: str) -> bool:
    return not violators(next(p for p in PROMISES if p.name == name)).holds


def test_it_is_noticed_when_a_second_person_is_not_sought(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    assert not broken("every_second_person_asked_for_is_sought")
    Ask.objects.create(program_id=cast.program.id, episode=episode, kind="second", at=cast.now)
    assert broken("every_second_person_asked_for_is_sought")


def test_it_is_noticed_when_a_second_person_is_sought_for_nobody(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    assert not broken("a_second_person_is_sought_for_an_owner")
    Paging.objects.filter(what="crisis").update(what="second", stopped_at=None, look_again_at=cast.now)
    assert not broken("a_second_person_is_sought_for_an_owner")
    Paging.objects.filter(what="second").update(what_id=episode.id + 1000)
    assert broken("a_second_person_is_sought_for_an_owner")


LANDED = {"disposition": "", "risk_level": "", "plan_reviewed_at": None, "reached_at": None}


@pytest.mark.parametrize("undone", sorted(LANDED))
def test_it_is_noticed_when_a_crisis_was_closed_with_something_undone(cast: Cast, undone: str) -> None:
    episode = settled_by_cal(cast)
    talks(cast, episode, 13 * HOUR)
    closes(cast, episode, 13 * HOUR)
    assert not broken("no_crisis_closes_with_its_landing_undone")
    Episode.objects.filter(id=episode.id).update(**{undone: LANDED[undone]})
    assert broken("no_crisis_closes_with_its_landing_undone")


def test_it_is_noticed_when_a_talk_too_soon_to_be_the_next_contact_closed_a_crisis(cast: Cast) -> None:
    episode = settled_by_cal(cast)
    talks(cast, episode, 13 * HOUR)
    closes(cast, episode, 13 * HOUR)
    begins = counts_from(fresh(episode).settled_at, fresh(episode).next_contact_at)
    settled = fresh(episode).settled_at
    assert begins
    assert settled
    moment = timedelta(microseconds=1)
    # An odd number of microseconds has no middle: there too the rule and the promise agree.
    for since, reached, kept in (
        (settled, begins, True),
        (settled, begins - moment, False),
        (settled + moment, begins, False),
        (settled + moment, begins + moment, True),
    ):
        Episode.objects.filter(id=episode.id).update(settled_at=since, reached_at=reached)
        assert is_next_contact(reached, since, fresh(episode).next_contact_at) is kept
        assert broken("no_crisis_closes_with_its_landing_undone") is not kept


@pytest.mark.parametrize("end", [Disposition.DIED, Disposition.JOINED_ANOTHER])
def test_who_died_or_was_joined_has_no_landing(cast: Cast, end: Disposition) -> None:
    episode = settled_by_cal(cast)
    talks(cast, episode, 13 * HOUR)
    closes(cast, episode, 13 * HOUR)
    Episode.objects.filter(id=episode.id).update(disposition=end, risk_level="", plan_reviewed_at=None)
    assert not broken("no_crisis_closes_with_its_landing_undone")
