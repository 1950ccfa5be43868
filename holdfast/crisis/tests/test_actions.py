"""A crisis from signal to landing, on a real database, as the role of the web."""

from datetime import timedelta
from uuid import uuid4

import pytest

from holdfast.assessment import actions as assessment
from holdfast.assessment.models import RiskFinding
from holdfast.content.shapes import Urgency
from holdfast.crisis import actions, landing
from holdfast.crisis.models import Episode, Move, Signal, UrgencyChange
from holdfast.crisis.queries import Standing, what_became_of_response
from holdfast.crisis.rules import Disposition, NotAllowed, Result, State
from holdfast.notify.models import Attempt
from holdfast.oncall import actions as oncall
from holdfast.oncall.models import Page, Paging
from holdfast.oncall.rules import Answer, Level
from holdfast.people.tests.cast import Cast

MINUTE = timedelta(minutes=1)


def call_for_help(cast: Cast) -> Episode:
    assessment.ask_for_help(cast.ana, "session", cast.now)
    return Episode.objects.get(client=cast.ana)


def asked() -> set[str]:
    return {page.staff.first_name for page in Page.objects.select_related("staff") if page.answer is None}


def test_a_call_for_help_is_a_crisis_with_a_page_in_one_transaction(cast: Cast) -> None:
    cast.night_shift()
    episode = call_for_help(cast)
    assert (episode.state, episode.urgency) == (State.RAISED, Urgency.EMERGENCY)
    assert asked() == {"Cal"}
    assert {a.channel for a in Attempt.objects.all()} == {"in_app", "sms", "voice", "email"}
    assert Paging.objects.get().look_again_at == cast.now + 2 * MINUTE


def test_pressed_twice_is_one_crisis_with_two_signals(cast: Cast) -> None:
    cast.night_shift()
    call_for_help(cast)
    call_for_help(cast)
    assert Episode.objects.count() == 1
    assert Signal.objects.count() == 2
    assert Paging.objects.count() == 1


def test_nobody_answers_so_the_next_is_asked_and_then_the_first_again(cast: Cast) -> None:
    cast.night_shift()
    call_for_help(cast)
    paging = Paging.objects.get()
    turns = []
    for _ in range(4):
        paging.refresh_from_db()
        assert oncall.take_turn(paging.id, paging.look_again_at)
        paging.refresh_from_db()
        latest = Page.objects.filter(turn=paging.turn).select_related("staff")
        turns.append((paging.round, {page.staff.first_name for page in latest}))
    assert turns == [(1, {"Priya"}), (1, {"Dia"}), (2, {"Cal"}), (2, {"Cal", "Priya"})]


def test_a_turn_that_is_not_due_is_not_taken(cast: Cast) -> None:
    cast.night_shift()
    call_for_help(cast)
    assert not oncall.take_turn(Paging.objects.get().id, cast.now + MINUTE)


def test_nobody_on_duty_asks_everyone_and_records_the_missing_licence(cast: Cast) -> None:
    call_for_help(cast)
    assert asked() == {"Bea", "Cal", "Priya", "Dia", "Adam"}
    assert {page.staff.first_name for page in Page.objects.filter(licensed=False)} == {"Adam", "Bea", "Cal", "Priya"}
    assert Paging.objects.get().no_cover_since == cast.now


def test_a_second_call_after_everybody_went_home_asks_everyone_at_once(cast: Cast) -> None:
    cast.night_shift()
    call_for_help(cast)
    for staff, level in ((cast.cal, Level.FIRST), (cast.priya, Level.BACKUP)):
        oncall.swap(cast.program.id, staff, None, level, cast.now - MINUTE, cast.now + 9 * MINUTE)
    assessment.ask_for_help(cast.ana, "session", cast.now + 10 * timedelta(seconds=1))
    assert Paging.objects.get().no_cover_since is not None
    assert asked() == {"Bea", "Cal", "Priya", "Dia", "Adam"}


def test_a_calm_form_does_not_hide_that_somebody_is_being_sought(cast: Cast) -> None:
    cast.night_shift()
    call_for_help(cast)
    calm = assessment.start_response(cast.program.id, cast.ana.id, "phq-4", cast.now)
    assert what_became_of_response(calm, cast.now).state == Standing.BEING_CALLED


def test_i_have_this_stops_the_paging(cast: Cast) -> None:
    cast.night_shift()
    episode = call_for_help(cast)
    oncall.answer(Page.objects.get().id, Answer.HAVE, "sms", cast.now + MINUTE)
    episode.refresh_from_db()
    assert (episode.state, episode.owner_id) == (State.OWNED, cast.cal.id)
    assert Paging.objects.get().stop_reason == "taken"


def test_the_second_to_answer_is_told_who_has_it(cast: Cast) -> None:
    cast.night_shift()
    episode = call_for_help(cast)
    paging = Paging.objects.get()
    oncall.take_turn(paging.id, paging.look_again_at)
    for page in Page.objects.order_by("turn"):
        oncall.answer(page.id, Answer.HAVE, "sms", cast.now + 3 * MINUTE)
    episode.refresh_from_db()
    assert episode.owner_id == cast.cal.id
    told = Attempt.objects.filter(words="taken_by", channel="sms").get()
    assert (told.staff_id, told.args) == (cast.priya.id, {"name": "Cal"})


def test_i_cannot_asks_the_next_at_once(cast: Cast) -> None:
    cast.night_shift()
    call_for_help(cast)
    oncall.answer(Page.objects.get().id, Answer.CANNOT, "voice", cast.now)
    assert asked() == {"Priya"}


def test_taken_by_phone_without_a_look_goes_back_after_five_minutes(cast: Cast) -> None:
    cast.night_shift()
    episode = call_for_help(cast)
    oncall.answer(Page.objects.get().id, Answer.HAVE, "voice", cast.now)
    assert not actions.look(episode.id, cast.now + 4 * MINUTE)
    assert actions.look(episode.id, cast.now + 5 * MINUTE)
    episode.refresh_from_db()
    assert (episode.state, episode.owner_id) == (State.RAISED, None)
    assert Paging.objects.filter(stopped_at=None).count() == 1


def test_opening_the_page_keeps_it_until_the_owner_is_silent(cast: Cast) -> None:
    cast.night_shift()
    episode = call_for_help(cast)
    oncall.answer(Page.objects.get().id, Answer.HAVE, "voice", cast.now)
    actions.opened(episode, cast.cal, cast.now)
    episode.refresh_from_db()
    actions.opened(episode, cast.cal, cast.now + MINUTE)
    episode.refresh_from_db()
    assert episode.look_again_at == cast.now + 11 * MINUTE
    assert actions.look(episode.id, cast.now + 11 * MINUTE)
    episode.refresh_from_db()
    assert episode.state == State.RAISED


def test_two_press_take_and_one_wins(cast: Cast) -> None:
    cast.night_shift()
    episode = call_for_help(cast)
    actions.take(episode.id, cast.cal, "web", cast.now)
    with pytest.raises(actions.AlreadyTaken, match="Cal Reyes has this already"):
        actions.take(episode.id, cast.priya, "web", cast.now)


def test_a_new_signal_for_an_owned_crisis_tells_the_owner_and_is_not_put_off(cast: Cast) -> None:
    cast.night_shift()
    episode = call_for_help(cast)
    actions.take(episode.id, cast.cal, "web", cast.now)
    assessment.ask_for_help(cast.ana, "session", cast.now + MINUTE)
    episode.refresh_from_db()
    assert episode.owner_id == cast.cal.id
    assert episode.look_again_at == cast.now + 3 * MINUTE
    assert Attempt.objects.filter(words="new_signal", staff=cast.cal).exists()


def walk_to_settled(cast: Cast) -> Episode:
    cast.night_shift()
    episode = call_for_help(cast)
    actions.take(episode.id, cast.cal, "web", cast.now)
    actions.log_try(episode.id, cast.cal, Result.NO_ANSWER, "call", "", None, cast.now + MINUTE)
    actions.log_try(episode.id, cast.cal, Result.REACHED, "call", "she is with her sister", None, cast.now + 2 * MINUTE)
    return landing.settle(
        episode.id,
        cast.cal,
        disposition=Disposition.STAYING_WITH_SOMEONE,
        next_contact_at=cast.now + timedelta(days=1),
        next_contact_by=cast.bea.id,
        words="sister stays tonight",
        now=cast.now + 30 * MINUTE,
    )


def test_the_whole_way_to_a_safe_landing(cast: Cast) -> None:
    episode = walk_to_settled(cast)
    later = cast.now + timedelta(hours=23)
    with pytest.raises(NotAllowed, match="next contact has not been made"):
        landing.close(episode.id, cast.bea, risk_level="low", plan_reviewed=True, waivers={}, now=later)
    actions.log_try(episode.id, cast.bea, Result.REACHED, "call", "", None, later)
    closed = landing.close(episode.id, cast.bea, risk_level="low", plan_reviewed=True, waivers={}, now=later)
    assert (closed.state, closed.look_again_at, closed.owner_id) == (State.CLOSED, None, None)
    moves = list(Move.objects.order_by("number").values_list("move", flat=True))
    assert moves == ["new_signal", "take", "reach", "settle", "close"]


def test_only_the_owner_or_who_makes_the_next_contact_closes(cast: Cast) -> None:
    episode = walk_to_settled(cast)
    with pytest.raises(NotAllowed, match="Only the person who has this"):
        landing.close(episode.id, cast.priya, risk_level="low", plan_reviewed=True, waivers={}, now=cast.now)


def test_a_settled_crisis_is_not_over_when_a_new_signal_comes(cast: Cast) -> None:
    episode = walk_to_settled(cast)
    assessment.ask_for_help(cast.ana, "session", cast.now + timedelta(hours=2))
    episode.refresh_from_db()
    assert (episode.state, episode.owner_id) == (State.RAISED, None)
    assert Paging.objects.filter(stopped_at=None).count() == 1


def test_a_next_contact_that_is_not_made_goes_back_to_paging(cast: Cast) -> None:
    episode = walk_to_settled(cast)
    due = Episode.objects.get(id=episode.id).next_contact_at
    assert due is not None
    assert not actions.look(episode.id, due), "whoever makes it is dialling"
    assert actions.look(episode.id, due + actions.waits(episode.urgency).first_try)
    episode.refresh_from_db()
    assert episode.state == State.RAISED


def test_a_try_pressed_twice_is_one_try(cast: Cast) -> None:
    cast.night_shift()
    episode = call_for_help(cast)
    actions.take(episode.id, cast.cal, "web", cast.now)
    once = uuid4()
    first = actions.log_try(episode.id, cast.cal, Result.NO_ANSWER, "call", "", once, cast.now)
    assert actions.log_try(episode.id, cast.cal, Result.NO_ANSWER, "call", "", once, cast.now) == first


def test_only_the_owner_lowers_the_urgency_and_says_why(cast: Cast) -> None:
    cast.night_shift()
    episode = call_for_help(cast)
    with pytest.raises(NotAllowed, match="Nobody has this yet"):
        actions.change_urgency(episode.id, cast.priya, Urgency.URGENT, "calmer", cast.now)
    actions.take(episode.id, cast.cal, "web", cast.now)
    with pytest.raises(NotAllowed, match="Only the person"):
        actions.change_urgency(episode.id, cast.priya, Urgency.URGENT, "calmer", cast.now)
    with pytest.raises(NotAllowed, match="Say why"):
        actions.change_urgency(episode.id, cast.cal, Urgency.URGENT, " ", cast.now)
    assert (
        actions.change_urgency(episode.id, cast.cal, Urgency.URGENT, "with her sister", cast.now).urgency
        == Urgency.URGENT
    )
    change = UrgencyChange.objects.get()
    assert (change.before, change.after, change.why) == ("emergency", "urgent", "with her sister")


def test_a_strangers_call_is_paged_and_can_be_matched(cast: Cast) -> None:
    cast.night_shift()
    assessment.receive_concern(
        cast.program.id, name="Frank", phone="5205550199", words="my sister", place="home", now=cast.now
    )
    episode = Episode.objects.get()
    assert (episode.client_id, episode.urgency, asked()) == (None, Urgency.URGENT, {"Cal"})
    assert actions.match(episode.id, cast.ana, cast.cal, cast.now).client_id == cast.ana.id


def test_a_strangers_call_about_an_open_crisis_joins_it(cast: Cast) -> None:
    cast.night_shift()
    episode = call_for_help(cast)
    assessment.receive_concern(
        cast.program.id, name="Frank", phone="5205550199", words="my sister", place="home", now=cast.now
    )
    other = Episode.objects.get(client=None)
    assert actions.match(other.id, cast.ana, cast.cal, cast.now).id == episode.id
    other.refresh_from_db()
    assert (other.state, other.disposition) == (State.CLOSED, "joined_another")
    assert Signal.objects.filter(episode=episode).count() == 2
    assert Paging.objects.filter(stopped_at=None).count() == 1


def test_someone_who_holds_an_emergency_is_not_asked_alone_for_another(cast: Cast) -> None:
    cast.night_shift()
    actions.take(call_for_help(cast).id, cast.cal, "web", cast.now)
    assessment.receive_concern(cast.program.id, name="Frank", phone="5205550199", words="x", place="", now=cast.now)
    paging = Paging.objects.get(stopped_at=None)
    assert {p.staff.first_name for p in Page.objects.filter(paging=paging).select_related("staff")} == {"Cal", "Priya"}


def test_a_finding_says_which_rule_fired(cast: Cast) -> None:
    call_for_help(cast)
    finding = RiskFinding.objects.get()
    assert finding.rule == "help-now"
    assert finding.why
