"""The protocol as a live checklist, on a real database."""

from pathlib import Path
from uuid import uuid4

import pytest

from holdfast.content import load
from holdfast.crisis import actions, clocks, guide, judging, landing
from holdfast.crisis.course import Ending, Timer, current
from holdfast.crisis.models import Clock, Entry, Episode, StepAnswer
from holdfast.crisis.rules import NotAllowed, Result, State
from holdfast.crisis.tests.course import (
    MINUTE,
    fresh,
    kinds,
    reached_by_cal,
    rings,
    settle,
    settled_by_cal,
    steps,
    taken_by_cal,
    told,
)
from holdfast.people.models import Staff
from holdfast.people.rules import Role
from holdfast.people.tests.cast import Cast


def lines(episode: Episode) -> dict[str, str]:
    found = fresh(episode)
    made = guide.lines_of(found, guide.answers_of(found), guide.changed_at(found), None)
    return {line.step.id: line.stands for line in made}


def press(episode: Episode, staff: Staff, step: str, now, words: str = "", ending: Ending = Ending.DONE) -> None:
    guide.answer_step(episode.id, staff, step, ending, words, uuid4(), now)


def test_reaching_the_client_does_its_step_and_starts_the_next_clock(cast: Cast) -> None:
    episode = reached_by_cal(cast)
    assert lines(episode) == {"reach": "done", "place": "now", "sort": "todo", "support": "todo", "settle": "todo"}
    clock = Clock.objects.get(timer="step")
    assert (clock.what, clock.due_at) == ("place", cast.now + 6 * MINUTE)


def test_a_step_is_done_by_a_press_with_what_was_recorded(cast: Cast) -> None:
    episode = reached_by_cal(cast)
    press(episode, cast.cal, "place", cast.now + 3 * MINUTE, "5th Street, door 14")
    answer = StepAnswer.objects.get(step="place")
    assert (answer.by, answer.words, answer.act, answer.at) == (
        cast.cal,
        "5th Street, door 14",
        "press",
        cast.now + 3 * MINUTE,
    )
    assert fresh(episode).owner_acted_at == cast.now + 3 * MINUTE


def test_a_step_answered_twice_is_one_and_the_first_answer_stays(cast: Cast) -> None:
    episode = reached_by_cal(cast)
    press(episode, cast.cal, "place", cast.now + 2 * MINUTE, "first")
    press(episode, cast.cal, "place", cast.now + 3 * MINUTE, "second")
    assert [answer.words for answer in StepAnswer.objects.filter(step="place")] == ["first"]


def test_a_step_left_out_keeps_the_reason_and_the_name(cast: Cast) -> None:
    episode = reached_by_cal(cast)
    with pytest.raises(NotAllowed, match="Say why this step is left out"):
        press(episode, cast.cal, "place", cast.now, " ", Ending.LEFT_OUT)
    press(episode, cast.cal, "place", cast.now, "Her sister is there", Ending.LEFT_OUT)
    assert lines(episode)["place"] == "left_out"
    assert StepAnswer.objects.get(step="place").by == cast.cal


def test_a_step_that_an_act_does_cannot_be_pressed_away(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    with pytest.raises(NotAllowed, match="logging a try"):
        press(episode, cast.cal, "reach", cast.now)


def test_only_who_is_in_it_answers_steps(cast: Cast) -> None:
    episode = reached_by_cal(cast)
    for other in (cast.priya, cast.dia, cast.adam):
        with pytest.raises(NotAllowed, match="Only the person who has this"):
            press(episode, other, "place", cast.now)


def test_settling_and_closing_do_their_steps(cast: Cast) -> None:
    cast.night_shift()
    episode = settled_by_cal_thoughts(cast)
    assert steps(episode)["settle"] == "done"
    later = cast.now + 23 * 60 * MINUTE
    actions.log_try(episode.id, cast.bea, Result.REACHED, "phone", "", None, later)
    landing.close(episode.id, cast.bea, risk_level="low", plan_reviewed=True, waivers={}, now=later)
    assert steps(episode)["follow-up"] == "done"


def settled_by_cal_thoughts(cast: Cast) -> Episode:
    episode = reached_for_thoughts(cast)
    from holdfast.crisis.rules import Disposition

    return landing.settle(
        episode.id,
        cast.cal,
        disposition=Disposition.SAFE_WITH_PLAN,
        next_contact_at=cast.now + 24 * 60 * MINUTE,
        next_contact_by=cast.bea.id,
        words="",
        now=cast.now + 9 * MINUTE,
    )


def reached_for_thoughts(cast: Cast) -> Episode:
    from holdfast.assessment import actions as assessment

    assessment.ask_for_help(cast.ana, "session", cast.now)
    episode = Episode.objects.get(client=cast.ana)
    actions.take(episode.id, cast.cal, "board", cast.now)
    guide.change_protocol(episode.id, cast.cal, "suicidal-thoughts", "she says so", uuid4(), cast.now)
    actions.log_try(episode.id, cast.cal, Result.REACHED, "phone", "", None, cast.now + MINUTE)
    return fresh(episode)


def test_assessing_again_and_reviewing_the_plan_do_their_steps(cast: Cast) -> None:
    cast.night_shift()
    episode = reached_for_thoughts(cast)
    judging.formulate(
        episode.id,
        cast.cal,
        level="moderate",
        asked="",
        risk_factors="",
        protective_factors="",
        rationale="No plan, sister there",
        plan="Call tomorrow",
        raise_urgency=False,
        once=uuid4(),
        now=cast.now + 4 * MINUTE,
    )
    guide.plan_reviewed(episode.id, cast.cal, "", None, cast.now + 5 * MINUTE)
    assert {"reach", "listen", "decide"} <= steps(episode).keys()


# --- late --------------------------------------------------------------------------------------


def test_a_late_step_reminds_the_owner_and_stands_on_the_timeline(cast: Cast) -> None:
    episode = reached_by_cal(cast)
    assert rings(cast.now + 6 * MINUTE) == ["step"]
    entry = Entry.objects.get(episode=episode, kind="late_step")
    assert (entry.kind, entry.what, entry.by) == ("late_step", "place", None)
    assert "late_step" in told(cast.cal)
    assert rings(cast.now + 7 * MINUTE) == []  # said once


def test_a_late_step_may_tell_the_supervisor(cast: Cast) -> None:
    Staff.objects.filter(id=cast.priya.id).update(role=Role.SUPERVISOR)
    episode = reached_by_cal(cast)
    press(episode, cast.cal, "place", cast.now + 2 * MINUTE)
    rings(cast.now + 12 * MINUTE)
    assert "late_for" in told(cast.priya)
    assert told(cast.dia) == set()


def test_with_no_supervisor_the_director_hears_of_a_late_step(cast: Cast) -> None:
    episode = reached_by_cal(cast)
    press(episode, cast.cal, "place", cast.now + 2 * MINUTE)
    rings(cast.now + 12 * MINUTE)
    assert "late_for" in told(cast.dia)


def test_a_late_step_that_must_not_wait_goes_back_after_a_reminder(cast: Cast) -> None:
    """The owner keeps looking at the page, and does not call: that is not enough."""
    episode = taken_by_cal(cast)
    for minute in range(1, 16):
        actions.opened(fresh(episode), cast.cal, cast.now + minute * MINUTE)
        rings(cast.now + minute * MINUTE)
        actions.look(episode.id, cast.now + minute * MINUTE)
        if minute == 5:
            assert {"late_try", "late_step"} <= told(cast.cal)
    found = fresh(episode)
    assert (found.state, found.owner_id) == (State.RAISED, None)
    assert not Clock.objects.filter(due_at__isnull=False).exists()


def test_a_try_keeps_it_from_going_back(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    rings(cast.now + 5 * MINUTE)
    actions.log_try(episode.id, cast.cal, Result.NO_ANSWER, "phone", "", None, cast.now + 6 * MINUTE)
    assert "give_back" not in rings(cast.now + 15 * MINUTE)
    assert fresh(episode).owner_id == cast.cal.id


# --- another protocol, another version ----------------------------------------------------------


def test_another_protocol_keeps_what_was_done(cast: Cast) -> None:
    episode = reached_by_cal(cast)
    press(episode, cast.cal, "place", cast.now + 2 * MINUTE, "at home")
    with pytest.raises(NotAllowed, match="Say why another protocol"):
        guide.change_protocol(episode.id, cast.cal, "suicidal-thoughts", "", None, cast.now)
    once = uuid4()
    for _ in range(2):
        guide.change_protocol(episode.id, cast.cal, "suicidal-thoughts", "she says so", once, cast.now + 3 * MINUTE)
    found = fresh(episode)
    assert (found.protocol, found.protocol_version) == ("suicidal-thoughts", "1")
    now_is = lines(episode)
    assert (now_is["reach"], now_is["place"], now_is["prepare"]) == ("done", "done", "done"), (
        "after a talk there is nothing to prepare"
    )
    assert kinds(episode) == ["protocol"]
    assert Entry.objects.get(kind="protocol").what == "i-need-help-now 1"
    assert StepAnswer.objects.filter(protocol="i-need-help-now").count() == 2  # the old run stays as it was


def test_a_new_version_on_disk_changes_nothing_for_a_running_crisis(cast: Cast, monkeypatch, tmp_path: Path) -> None:
    import shutil

    episode = reached_by_cal(cast)
    before = lines(episode)
    root = tmp_path / "clinical"
    shutil.copytree(load.CLINICAL, root)
    folder = root / "protocols" / "i-need-help-now"
    shutil.copytree(folder / "1", folder / "2")
    text = (folder / "2" / "protocol.toml").read_text()
    (folder / "2" / "protocol.toml").write_text(text.replace("version = 1", "version = 2").replace('"place"', '"spot"'))
    load.forget()
    monkeypatch.setattr(guide, "protocol_kept", lambda name, version: load.protocol(name, version, root=root))
    assert load.protocol("i-need-help-now", root=root).version == 2
    assert lines(episode) == before


def test_a_missing_version_stops_nobody(cast: Cast) -> None:
    episode = reached_by_cal(cast)
    Episode.objects.filter(id=episode.id).update(protocol_version="99")
    assert guide.pinned(fresh(episode)) is None
    assert lines(episode) == {}
    with pytest.raises(NotAllowed, match="no such step"):
        press(episode, cast.cal, "place", cast.now)
    actions.log_try(episode.id, cast.cal, Result.REACHED, "phone", "", None, cast.now + 2 * MINUTE)


def test_a_crisis_that_came_back_begins_its_steps_anew(cast: Cast) -> None:
    from holdfast.assessment import actions as assessment

    episode = settled_by_cal(cast)
    assessment.ask_for_help(cast.ana, "session", cast.now + 30 * MINUTE)
    actions.take(episode.id, cast.cal, "board", cast.now + 31 * MINUTE)
    assert lines(episode)["reach"] == "now"
    assert steps(episode)["reach"] == "done"  # the first round stays


def test_the_step_that_is_now_has_no_owner_no_clock(cast: Cast) -> None:
    episode = reached_by_cal(cast)
    actions.give_back(episode.id, cast.cal, "my line is dead", cast.now + 2 * MINUTE)
    assert not Clock.objects.filter(due_at__isnull=False).exists()
    found = fresh(episode)
    assert current(guide.lines_of(found, guide.answers_of(found), None, None)).due_at is None


def test_a_protocol_changed_and_changed_back_keeps_what_was_done(cast: Cast) -> None:
    episode = reached_by_cal(cast)
    names = ["suicidal-thoughts", "i-need-help-now", "suicidal-thoughts"]
    for minute, name in enumerate(names, 2):
        guide.change_protocol(episode.id, cast.cal, name, "it fits better", uuid4(), cast.now + minute * MINUTE)
    assert fresh(episode).protocol == "suicidal-thoughts"
    assert lines(episode)["reach"] == "done"


def test_settling_stops_the_clock_of_an_earlier_step_and_nobody_is_told_that_it_is_late(cast: Cast) -> None:
    episode = settled_by_cal(cast)
    assert lines(episode)["place"] == "now"
    assert not Clock.objects.filter(timer__in=["step", "give_back"], due_at__isnull=False).exists()
    assert rings(cast.now + 60 * MINUTE) == []
    assert "late_step" not in told(cast.cal)


def test_a_reminder_that_was_running_takes_nothing_away_once_it_is_settled(cast: Cast) -> None:
    episode = reached_by_cal(cast)
    clocks.start(episode, Timer.GIVE_BACK, cast.now + 10 * MINUTE, cast.now, "place")
    settle(cast, episode)
    assert "give_back" not in rings(cast.now + 60 * MINUTE)
    # One that was left running, by an earlier release, does nothing either.
    clocks.start(fresh(episode), Timer.GIVE_BACK, cast.now + 61 * MINUTE, cast.now, "place")
    clocks.start(fresh(episode), Timer.STEP, cast.now + 61 * MINUTE, cast.now, "place")
    rings(cast.now + 62 * MINUTE)
    assert fresh(episode).state == State.SETTLED
    assert "late_step" not in told(cast.cal)


def test_a_settled_crisis_that_comes_back_has_a_clock_for_its_steps_again(cast: Cast) -> None:
    from holdfast.assessment import actions as assessment

    episode = settled_by_cal(cast)
    assessment.ask_for_help(cast.ana, "session", cast.now + 30 * MINUTE)
    actions.take(episode.id, cast.cal, "board", cast.now + 31 * MINUTE)
    actions.log_try(episode.id, cast.cal, Result.REACHED, "phone", "", None, cast.now + 32 * MINUTE)
    clock = Clock.objects.get(timer="step", due_at__isnull=False)
    assert (clock.what, clock.due_at) == ("place", cast.now + 37 * MINUTE)
