"""Signals, clinicians, carriers and time in any order: after every step every promise holds.

Real actions on a real database, in a transaction that is taken back after each story. The sweeps run as the
worker runs them whenever time has passed, so the story is what a program would live through with a worker that
keeps up. STORIES in the environment tells more of them, each another one; without it they are always the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from holdfast.assessment import actions as assessment
from holdfast.assessment.concerns import raise_concern
from holdfast.assessment.models import Response
from holdfast.assessment.texts import receive_text
from holdfast.content.shapes import Urgency
from holdfast.crisis import actions, guide, handing, judging, landing, leaving, reach
from holdfast.crisis.clocks import AFTER_CLOSING
from holdfast.crisis.course import Asked, Choice, Ending
from holdfast.crisis.models import Ask, Clock, Episode, Try
from holdfast.crisis.models import Move as MoveRow
from holdfast.crisis.rules import HAS_OWNER, Disposition, Ground, NotAllowed, Result, Said, State
from holdfast.crisis.voices import say
from holdfast.entry.sweeps import SILENCE, SWEEPS, Sweep
from holdfast.ledger import clock
from holdfast.ledger.promises import violators
from holdfast.ledger.scope import enter
from holdfast.notify import actions as notify
from holdfast.notify.models import Attempt
from holdfast.notify.rules import WAITING, News, after
from holdfast.notify.rules import State as Sent
from holdfast.oncall import actions as oncall
from holdfast.oncall.models import Page, Paging
from holdfast.oncall.queries import on_duty, working_contacts
from holdfast.oncall.rules import Answer, Level
from holdfast.people import actions as people
from holdfast.people.models import Client, Staff
from holdfast.people.rules import Standing
from holdfast.people.tests.cast import make_cast
from holdfast.wiring import PROMISES

STORIES = int(os.environ.get("STORIES", "0"))
PROFILE = settings(
    max_examples=STORIES or 14,
    stateful_step_count=40 if STORIES else 25,
    derandomize=not STORIES,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
CLINICIANS = st.sampled_from(["bea", "cal", "priya", "dia"])
NUMBERS = st.sampled_from(["+15205550118", "+15205559999", ""])  # Ana's, nobody's, and a number that is withheld
CLIENTS = st.sampled_from(["ana", "ben", "cleo"])
TIMES = st.sampled_from([timedelta(seconds=s) for s in (3, 20, 60, 121, 301, 601, 1801, 3601, 3 * 3600, 26 * 3600)])
FORMS = {"check-in": ("6", (0, 1, 2)), "asq": ("3", (0, 1)), "phq-9": ("9", (0, 1, 3))}


class Program(RuleBasedStateMachine):
    """What may happen in a program."""

    def __init__(self) -> None:
        super().__init__()
        self.story = transaction.atomic()
        self.story.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.story.__exit__(None, None, None)

    @initialize(covered=st.booleans())
    def begin(self, covered: bool) -> None:
        self.cast = make_cast()
        if covered:
            self.cast.on_shift((self.cast.cal, Level.FIRST), (self.cast.priya, Level.BACKUP), hours=9)
        now = self.now()
        self.clients = {"ana": self.cast.ana}
        for name, state in (("ben", "AZ"), ("cleo", "NV")):  # nobody here is licensed in Nevada
            self.clients[name] = people.enrol(
                self.cast.program.id, name=name.title(), state=state, timezone="America/Phoenix", now=now
            )

    def now(self) -> datetime:
        """The clock of this moment, with the scope open, as every request and job reads it."""
        return enter(self.cast.program.id)

    # ---------------------------------------------------------------- clients

    @rule(client=CLIENTS)
    def calls_for_help(self, client: str) -> None:
        assessment.ask_for_help(self.clients[client], "session", self.now())

    @rule(client=CLIENTS, form=st.sampled_from(sorted(FORMS)), pick=st.integers(0, 2), judged_at_once=st.booleans())
    def answers(self, client: str, form: str, pick: int, judged_at_once: bool) -> None:
        now = self.now()
        response = assessment.start_response(self.cast.program.id, self.clients[client].id, form, now)
        item, values = FORMS[form]
        assessment.save_answers(response.uid, {item: str(values[pick % len(values)])}, "web", now)
        if judged_at_once:  # else the prompt was lost, and the sweep finds it
            assessment.judge_response(response.id, now)

    @rule(client=CLIENTS)
    def answers_what_no_rule_can_read(self, client: str) -> None:
        now = self.now()
        response = assessment.start_response(self.cast.program.id, self.clients[client].id, "check-in", now)
        assessment.save_answers(response.uid, {"1": "5"}, "web", now)
        Response.objects.filter(id=response.id).update(version="0.0", done_at=now, unfinished_at=None)

    @rule()
    def a_stranger_calls(self) -> None:
        assessment.receive_concern(
            self.cast.program.id, name="Robin", phone="", words="please call", place="", now=self.now()
        )

    @rule(number=NUMBERS, words=st.sampled_from(["are you there", "HELP", "stop it please", "4711"]))
    def somebody_writes_a_text(self, number: str, words: str) -> None:
        receive_text(self.cast.program.id, number, words, self.now())

    @rule(client=CLIENTS, said=st.sampled_from(Said))
    def says_how_it_is_now(self, client: str, said: Said) -> None:
        before = Episode.objects.filter(client=self.clients[client]).exclude(state=State.CLOSED).first()
        say(self.clients[client], said, "session", self.now())
        if before is not None:  # nothing that a client says closes it
            assert Episode.objects.exclude(state=State.CLOSED).filter(id=before.id).exists()

    @rule(
        client=CLIENTS,
        who=CLINICIANS,
        kind=st.sampled_from(["suicidal-thoughts", "panic"]),
        urgency=st.sampled_from(["emergency", "urgent", "same_day", "routine"]),
    )
    def a_colleague_is_worried(self, client: str, who: str, kind: str, urgency: str) -> None:
        raise_concern(self.clients[client], self._staff(who), kind, self.now(), urgency)

    # ---------------------------------------------------------------- staff

    @rule(data=st.data(), words=st.sampled_from(["", "gone through together"]))
    def goes_through_the_plan(self, data: st.DataObject, words: str) -> None:
        self._as_owner(data, lambda e, s, now: guide.plan_reviewed(e.id, s, words, uuid4(), now))

    @rule(data=st.data(), who=CLINICIANS, words=st.sampled_from(["", "at home, door 14"]))
    def writes_a_note(self, data: st.DataObject, who: str, words: str) -> None:
        self._with_episode(data, lambda e, now: guide.note(e.id, self._staff(who), words, uuid4(), now))

    @rule(data=st.data(), item=st.sampled_from(["1", "5"]), value=st.sampled_from(["0", "1"]))
    def asks_the_asq_aloud(self, data: st.DataObject, item: str, value: str) -> None:
        self._as_owner(data, lambda e, s, now: judging.ask_asq(e.id, s, {item: value}, uuid4(), now))

    @rule(data=st.data(), answer=st.sampled_from(Answer), via=st.sampled_from(["sms", "voice", "board"]))
    def answers_a_page(self, data: st.DataObject, answer: Answer, via: str) -> None:
        pages = list(Page.objects.filter(answer=None).order_by("id"))
        if pages:
            self._may(lambda now: oncall.answer(data.draw(st.sampled_from(pages)).id, answer, via, now))

    @rule(data=st.data(), who=CLINICIANS)
    def takes_on_the_board(self, data: st.DataObject, who: str) -> None:
        self._with_episode(data, lambda e, now: actions.take(e.id, self._staff(who), "board", now))

    @rule(data=st.data())
    def gives_back(self, data: st.DataObject) -> None:
        self._as_owner(data, lambda e, s, now: actions.give_back(e.id, s, "my shift ends", now))

    @rule(data=st.data())
    def opens_the_page(self, data: st.DataObject) -> None:
        self._as_owner(data, lambda e, s, now: actions.opened(e, s, now))

    @rule(data=st.data(), who=CLINICIANS, result=st.sampled_from(Result))
    def logs_a_try(self, data: st.DataObject, who: str, result: Result) -> None:
        self._with_episode(
            data, lambda e, now: actions.log_try(e.id, e.owner or self._staff(who), result, "phone", "", uuid4(), now)
        )

    @rule(data=st.data(), who=CLINICIANS, urgency=st.sampled_from([Urgency.EMERGENCY, Urgency.URGENT]))
    def changes_the_urgency(self, data: st.DataObject, who: str, urgency: Urgency) -> None:
        self._with_episode(
            data, lambda e, now: actions.change_urgency(e.id, e.owner or self._staff(who), urgency, "as we spoke", now)
        )

    @rule(data=st.data(), hours=st.integers(1, 48), who=CLINICIANS)
    def settles(self, data: st.DataObject, hours: int, who: str) -> None:
        self._as_owner(
            data,
            lambda e, s, now: landing.settle(
                e.id,
                s,
                disposition=Disposition.SAFE_WITH_PLAN,
                next_contact_at=now + timedelta(hours=hours),
                next_contact_by=self._staff(who).id,
                words="",
                now=now,
            ),
        )

    @rule(data=st.data(), who=CLINICIANS)
    def closes(self, data: st.DataObject, who: str) -> None:
        why = {"next_contact": "moved away", "reassessment": "moved away", "plan": "moved away"}
        self._with_episode(
            data,
            lambda e, now: landing.close(
                e.id, e.owner or self._staff(who), risk_level="low", plan_reviewed=True, waivers=why, now=now
            ),
        )

    @rule(data=st.data(), who=CLINICIANS, ground=st.sampled_from([None, *Ground]))
    def closes_with_what_is_missing_waived(self, data: st.DataObject, who: str, ground: Ground | None) -> None:
        why = {"next_contact": "moved away", "reassessment": "moved away", "plan": "moved away"}
        self._with_episode(
            data,
            lambda e, now: landing.close(
                e.id,
                e.owner or self._staff(who),
                risk_level=None,
                plan_reviewed=False,
                waivers=why,
                ground=ground,
                now=now,
            ),
        )

    @rule(data=st.data(), kind=st.sampled_from(Asked), to=st.sampled_from([None, "bea", "cal", "priya", "dia"]))
    def asks_a_colleague(self, data: st.DataObject, kind: Asked, to: str | None) -> None:
        self._as_owner(
            data, lambda e, s, now: handing.ask(e.id, s, kind, self._staff(to) if to else None, "my shift ends", now)
        )

    @rule(data=st.data(), who=CLINICIANS, what=st.sampled_from(["accept", "decline", "withdraw"]), really=st.booleans())
    def answers_a_colleague(self, data: st.DataObject, who: str, what: str, really: bool) -> None:
        asks = list(Ask.objects.select_related("to", "by").order_by("id"))
        if asks:
            asked = data.draw(st.sampled_from(asks))
            meant = asked.by if what == "withdraw" else asked.to
            person = meant if really and meant else self._staff(who)
            self._may(lambda now: getattr(handing, what)(asked.uid, person, now))

    @rule(data=st.data(), step=st.sampled_from(["place", "sort", "support", "reach"]), ending=st.sampled_from(Ending))
    def answers_a_step(self, data: st.DataObject, step: str, ending: Ending) -> None:
        self._as_owner(data, lambda e, s, now: guide.answer_step(e.id, s, step, ending, "as it is", uuid4(), now))

    @rule(data=st.data(), name=st.sampled_from(["suicidal-thoughts", "i-need-help-now"]))
    def changes_the_protocol(self, data: st.DataObject, name: str) -> None:
        self._as_owner(data, lambda e, s, now: guide.change_protocol(e.id, s, name, "it fits better", uuid4(), now))

    @rule(data=st.data(), choice=st.sampled_from(Choice))
    def decides_about_reaching(self, data: st.DataObject, choice: Choice) -> None:
        self._as_owner(data, lambda e, s, now: reach.decide(e.id, s, choice, "no answer", uuid4(), now))

    @rule(data=st.data(), level=st.sampled_from(["low", "high", "imminent"]), louder=st.booleans())
    def assesses_again(self, data: st.DataObject, level: str, louder: bool) -> None:
        self._as_owner(
            data,
            lambda e, s, now: judging.formulate(
                e.id,
                s,
                level=level,
                asked="",
                risk_factors="",
                protective_factors="",
                rationale="as we spoke",
                plan="call again",
                raise_urgency=louder,
                once=uuid4(),
                now=now,
            ),
        )

    @rule(who=CLINICIANS)
    def ends_a_shift(self, who: str) -> None:
        held = Episode.objects.filter(owner=self._staff(who)).exclude(state=State.CLOSED).exists()
        before = frozenset().union(*on_duty(self.now()).values())
        self._may(lambda now: leaving.end_shift(self._staff(who), now))
        if held and self._staff(who).id in before:
            assert self._staff(who).id in frozenset().union(*on_duty(self.now()).values())

    @rule(client=CLIENTS, who=CLINICIANS, standing=st.sampled_from([Standing.PAUSED, Standing.ACTIVE, Standing.DIED]))
    def a_standing_changes(self, client: str, who: str, standing: Standing) -> None:
        row, staff = self.clients[client], self._staff(who)
        self._may(
            lambda now: leaving.change_standing(row, standing, staff, "told by the family", now, until=self._soon(now))
        )
        if Client.objects.get(id=row.id).standing == Standing.DIED and standing is Standing.DIED:
            assert not Episode.objects.filter(client=row).exclude(state=State.CLOSED).exists()

    @rule(data=st.data(), client=CLIENTS, who=CLINICIANS)
    def matches_a_stranger(self, data: st.DataObject, client: str, who: str) -> None:
        self._with_episode(data, lambda e, now: actions.match(e.id, self.clients[client], self._staff(who), now))

    # ---------------------------------------------------------------- rota, carriers, time

    @rule(who=CLINICIANS, level=st.sampled_from(Level), hours=st.integers(1, 12))
    def a_shift_is_swapped(self, who: str, level: Level, hours: int) -> None:
        now = self.now()
        oncall.swap(self.cast.program.id, self.cast.cal, self._staff(who), level, now, now + timedelta(hours=hours))

    @rule(who=CLINICIANS)
    def a_phone_says_stop(self, who: str) -> None:
        contact = working_contacts([self._staff(who).id]).first()
        if contact:
            notify.contact_lost(contact.id, "has said STOP", self.now())

    @rule(by=TIMES)
    def time_passes(self, by: timedelta) -> None:
        clock.move(by)
        self._worker()

    def _worker(self) -> None:
        """What the worker does: judge, sweep, send, until nothing is due."""
        for _ in range(20):
            done = self._judge() + sum(self._sweep(kind) for kind in (*SWEEPS, SILENCE))
            self._send()
            if not done:
                return
        raise AssertionError("the sweeps never come to an end")

    def _judge(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("select response_id from holdfast_due_responses(500)")
            due = [row[0] for row in cursor.fetchall()]
        return sum(self._judge_one(response) for response in due)

    def _judge_one(self, response: int) -> bool:
        try:
            with transaction.atomic():
                return assessment.judge_response(response, self.now())
        except Exception:
            return assessment.could_not_judge(response, self.now())

    def _sweep(self, kind: Sweep) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"select id from {kind.function}(500) where program_id = %s", [self.cast.program.id])
            due = [row[0] for row in cursor.fetchall()]
        return sum(kind.do(number, self.now()) for number in due)

    def _send(self) -> None:
        """The senders work on connections of their own, which cannot see this story: here every send succeeds."""
        now = self.now()
        for attempt in Attempt.objects.filter(state__in=WAITING, due_at__lte=now):
            wanted = attempt.for_what != "page" or self._is_sought(attempt.for_id)
            attempt.state = after(Sent(attempt.state), News.SENT if wanted else News.NOT_NEEDED)
            attempt.due_at, attempt.began_at = None, now if wanted else None
            attempt.save(update_fields=["state", "due_at", "began_at"])

    def _is_sought(self, page: int) -> bool:
        return Page.objects.filter(id=page, answer=None, paging__stopped_at=None).exists()

    # ---------------------------------------------------------------- what must always be so

    @invariant()
    def every_promise_holds(self) -> None:
        if not hasattr(self, "cast"):
            return
        self.now()
        broken = [violators(promise) for promise in PROMISES]
        assert [b for b in broken if not b.holds] == []

    @invariant()
    def a_crisis_has_an_owner_or_is_sought(self) -> None:
        if not hasattr(self, "cast"):
            return
        for episode in Episode.objects.all():
            assert (episode.owner_id is not None) == (episode.state in HAS_OWNER)
            running = Paging.objects.filter(what="crisis", what_id=episode.id, stopped_at=None).count()
            assert running == (1 if episode.state == State.RAISED else 0)
            numbers = list(MoveRow.objects.filter(episode=episode).order_by("number").values_list("number", flat=True))
            assert numbers == list(range(1, len(numbers) + 1))
        open_ones = Episode.objects.exclude(state=State.CLOSED).exclude(client=None).values_list("client_id", flat=True)
        assert len(open_ones) == len(set(open_ones))

    @invariant()
    def a_closed_crisis_has_landed(self) -> None:
        if not hasattr(self, "cast"):
            return
        for episode in Episode.objects.filter(state=State.CLOSED).exclude(disposition="joined_another"):
            left_out = episode.waivers
            reached = Try.objects.filter(
                episode=episode, result="reached", at__gt=episode.settled_at or episode.closed_at
            )
            assert episode.disposition
            assert episode.risk_level or "reassessment" in left_out
            assert episode.plan_reviewed_at or "plan" in left_out
            assert reached.exists() or left_out["next_contact"] in set(Ground)

    @invariant()
    def no_clock_and_no_question_outlives_its_owner(self) -> None:
        if not hasattr(self, "cast"):
            return
        owned = sorted(HAS_OWNER)
        of_an_owner = Clock.objects.filter(due_at__isnull=False).exclude(timer__in=AFTER_CLOSING)
        assert not of_an_owner.exclude(episode__state__in=owned).exists()
        assert not Ask.objects.filter(answer="").exclude(episode__state__in=owned).exists()
        seeking = set(Paging.objects.filter(what="second", stopped_at=None).values_list("what_id", flat=True))
        assert seeking == set(
            Ask.objects.filter(answer="", kind="second", to=None).values_list("episode_id", flat=True)
        )

    # ---------------------------------------------------------------- small helpers

    def _staff(self, name: str) -> Staff:
        found: Staff = getattr(self.cast, name)
        return found

    def _soon(self, now: datetime) -> date:
        return now.date() + timedelta(days=7)

    def _may(self, act: Callable[[datetime], Any]) -> None:
        """Do it if it is allowed; a refusal changes nothing."""
        try:
            with transaction.atomic():
                act(self.now())
        except NotAllowed:
            pass

    def _with_episode(self, data: st.DataObject, act: Callable[[Episode, datetime], Any]) -> None:
        episodes = list(Episode.objects.select_related("owner").order_by("id"))
        if episodes:
            episode = data.draw(st.sampled_from(episodes))
            self._may(lambda now: act(episode, now))

    def _as_owner(self, data: st.DataObject, act: Callable[[Episode, Any, datetime], Any]) -> None:
        owned = list(Episode.objects.exclude(owner=None).select_related("owner").order_by("id"))
        if owned:
            episode = data.draw(st.sampled_from(owned))
            self._may(lambda now: act(episode, episode.owner, now))


@pytest.mark.role("worker")
@pytest.mark.django_db
def test_whatever_happens_every_promise_holds() -> None:
    assert Client.objects.count() == 0
    run_state_machine_as_test(Program, settings=PROFILE)
