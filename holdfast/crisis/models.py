"""Tables of a crisis. The database refuses an open episode that nobody will look at again."""

from django.db import models
from django.db.models import Q

from holdfast.assessment.models import Concern, RiskFinding
from holdfast.content.shapes import Urgency
from holdfast.crisis.course import RISK_LEVELS, Asked, Ending, EntryKind, Timer
from holdfast.crisis.rules import HAS_OWNER, OPEN, Result, Said, State
from holdfast.crisis.rules import Move as MoveName
from holdfast.ledger.ids import new_uid
from holdfast.ledger.models import ProgramModel, Within
from holdfast.ledger.sealed import SealedTextField
from holdfast.people.models import Client, Staff, one_of


class Episode(ProgramModel):
    """One crisis of one client, or of a caller whom staff have yet to match."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    client = Within(Client, null=True)
    concern = Within(Concern, null=True)
    protocol = models.CharField(max_length=60)
    protocol_version = models.CharField(max_length=10)
    urgency = models.CharField(max_length=10)
    state = models.CharField(max_length=10)
    owner = Within(Staff, null=True)
    owned_at = models.DateTimeField(null=True)
    owned_via = models.CharField(max_length=10, blank=True)
    owner_acted_at = models.DateTimeField(null=True)
    raised_at = models.DateTimeField()
    signal_at = models.DateTimeField()
    first_try_at = models.DateTimeField(null=True)
    reached_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    disposition = models.CharField(max_length=30, blank=True)
    risk_level = models.CharField(max_length=10, blank=True)
    risk_level_at = models.DateTimeField(null=True)
    plan_reviewed_at = models.DateTimeField(null=True)
    next_contact_at = models.DateTimeField(null=True)
    next_contact_by = Within(Staff, null=True)
    waivers = models.JSONField(default=dict)
    words = SealedTextField(null=True)
    look_again_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            one_of("state", State, "episode_state"),
            one_of("urgency", Urgency, "episode_urgency"),
            models.CheckConstraint(
                condition=Q(state__in=sorted(HAS_OWNER), owner__isnull=False)
                | (~Q(state__in=sorted(HAS_OWNER)) & Q(owner=None)),
                name="owner_exactly_when_owned",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", look_again_at=None) | (~Q(state="closed") & Q(look_again_at__isnull=False)),
                name="open_episode_is_looked_at_again",
            ),
            models.UniqueConstraint(
                fields=["program", "client"], condition=Q(state__in=sorted(OPEN)), name="one_open_episode"
            ),
            models.CheckConstraint(
                condition=Q(client__isnull=False) | Q(concern__isnull=False), name="episode_is_about_someone"
            ),
        ]
        indexes = [
            models.Index(fields=["look_again_at"], condition=~Q(state="closed"), name="episode_due"),
            models.Index(fields=["program", "state", "look_again_at"], name="episode_board"),
            models.Index(fields=["program", "owner"], condition=~Q(state="closed"), name="episode_owner"),
            models.Index(fields=["closed_at"], condition=Q(state="closed"), name="episode_closed"),
        ]


class Move(ProgramModel):
    """Every move, numbered within its episode. `by` is empty for what time did."""

    episode = Within(Episode)
    number = models.IntegerField()
    move = models.CharField(max_length=12, choices=[(m.value, m.value) for m in MoveName])
    before = models.CharField(max_length=10)
    after = models.CharField(max_length=10)
    by = Within(Staff, null=True)
    via = models.CharField(max_length=10, blank=True)
    why = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program", "episode", "number"], name="moves_are_numbered")]


class UrgencyChange(ProgramModel):
    """Who changed the urgency, and why in their own words."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    episode = Within(Episode)
    before = models.CharField(max_length=10)
    after = models.CharField(max_length=10)
    by = Within(Staff)
    why = SealedTextField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [one_of("after", Urgency, "changed_urgency")]
        indexes = [models.Index(fields=["program", "episode"], name="urgency_changes")]


class Signal(ProgramModel):
    """One finding that raised or joined this crisis."""

    episode = Within(Episode)
    finding = Within(RiskFinding)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program", "finding"], name="one_signal_a_finding")]
        indexes = [models.Index(fields=["program", "episode"], name="signals_of_episode")]


class Try(ProgramModel):
    """One try to reach the client, by a human."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    episode = Within(Episode)
    by = Within(Staff)
    how = models.CharField(max_length=20)
    result = models.CharField(max_length=14, choices=[(r.value, r.value) for r in Result])
    words = SealedTextField(null=True)
    once = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("result", Result, "try_result"),
            models.UniqueConstraint(fields=["program", "episode", "once"], name="one_try_a_press"),
        ]
        indexes = [models.Index(fields=["program", "episode"], name="tries_of_episode")]


class StepAnswer(ProgramModel):
    """A step of the protocol that was done or left out. Answered twice it is one. `act` is what did it."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    episode = Within(Episode)
    round = models.SmallIntegerField(help_text="1, and one more each time a settled crisis came back")
    protocol = models.CharField(max_length=60)
    version = models.CharField(max_length=10)
    step = models.CharField(max_length=60)
    ending = models.CharField(max_length=10)
    act = models.CharField(max_length=12)
    by = Within(Staff, null=True)
    words = SealedTextField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("ending", Ending, "step_ending"),
            models.UniqueConstraint(
                fields=["program", "episode", "round", "protocol", "version", "step"], name="one_answer_a_step"
            ),
        ]


class Clock(ProgramModel):
    """A clock of a crisis beside its own: when somebody must be told that something is late. Empty `due_at`: stopped."""

    episode = Within(Episode)
    timer = models.CharField(max_length=14)
    what = models.CharField(max_length=60, blank=True)
    since = models.DateTimeField()
    due_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            one_of("timer", Timer, "clock_timer"),
            models.UniqueConstraint(fields=["program", "episode", "timer"], name="one_clock_of_a_kind"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="clock_due")]


class Ask(ProgramModel):
    """Somebody is asked to take a crisis over, or to help as a second. Empty `to`: whoever is on call; `by`: the clock."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    episode = Within(Episode)
    kind = models.CharField(max_length=10)
    by = Within(Staff, null=True)
    to = Within(Staff, null=True)
    why = SealedTextField(null=True)
    at = models.DateTimeField()
    answer = models.CharField(max_length=10, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = Within(Staff, null=True)

    class Meta:
        constraints = [
            one_of("kind", Asked, "ask_kind"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="ask_answer_has_a_time",
            ),
            models.UniqueConstraint(
                fields=["program", "episode"], condition=Q(kind="hand_over", answer=""), name="one_open_hand_over"
            ),
        ]
        indexes = [
            models.Index(fields=["program", "episode"], name="asks_of_episode"),
            models.Index(fields=["program", "to"], condition=Q(answer=""), name="open_asks_of_staff"),
        ]


class Formulation(ProgramModel):
    """A clinician's judgement of risk: what was asked, what weighs, what protects, and the level they assign."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    episode = Within(Episode)
    client = Within(Client, null=True)
    by = Within(Staff)
    level = models.CharField(max_length=10)
    asked = SealedTextField(null=True)
    risk_factors = SealedTextField(null=True)
    protective_factors = SealedTextField(null=True)
    rationale = SealedTextField()
    plan = SealedTextField()
    once = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(level__in=RISK_LEVELS), name="formulated_level"),
            models.UniqueConstraint(fields=["program", "episode", "once"], name="one_formulation_a_press"),
        ]
        indexes = [models.Index(fields=["program", "client", "-at"], name="formulations_of_client")]


class Entry(ProgramModel):
    """One line of the timeline that is neither a move nor a try: a note, a decision, a clock that ran out.

    Where a row of its own says more, the line leads to it, so that the page reads all of them at once.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    episode = Within(Episode)
    kind = models.CharField(max_length=20)
    what = models.CharField(max_length=80, blank=True)
    by = Within(Staff, null=True)
    words = SealedTextField(null=True)
    step = Within(StepAnswer, null=True)
    ask = Within(Ask, null=True)
    formulation = Within(Formulation, null=True)
    urgency = Within(UrgencyChange, null=True)
    once = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("kind", EntryKind, "entry_kind"),
            models.UniqueConstraint(fields=["program", "episode", "once"], name="one_entry_a_press"),
        ]
        indexes = [
            models.Index(fields=["program", "episode", "kind"], name="entries_of_episode"),
            models.Index(fields=["program", "at"], condition=Q(kind="waiver"), name="waivers"),
        ]


class Review(ProgramModel):
    """What follows a death: a checklist to care for those who are left, and a look back at what happened."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    client = Within(Client)
    episode = Within(Episode, null=True)
    kind = models.CharField(max_length=14)
    version = models.CharField(max_length=10)
    opened_at = models.DateTimeField()
    opened_by = Within(Staff)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program", "client", "kind"], name="one_review_of_a_kind")]


class ReviewItem(ProgramModel):
    """One item of a review that somebody did."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    review = Within(Review)
    item = models.CharField(max_length=60)
    by = Within(Staff)
    words = SealedTextField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program", "review", "item"], name="one_answer_an_item")]


class Voice(ProgramModel):
    """What a client said of their own crisis with one press. It is kept and shown; it moves nothing but upward."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    client = Within(Client)
    episode = Within(Episode, null=True)
    said = models.CharField(max_length=10, choices=[(s.value, s.value) for s in Said])
    via = models.CharField(max_length=10)
    at = models.DateTimeField()

    class Meta:
        constraints = [one_of("said", Said, "voice_said")]
        indexes = [
            models.Index(fields=["program", "episode", "-at"], name="voices_of_episode"),
            models.Index(fields=["program", "client", "-at"], name="voices_of_client"),
        ]


class AfterText(ProgramModel):
    """One version of what the team wrote when they looked back at a crisis, or at a death without one. Never changed."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    episode = Within(Episode, null=True)
    review = Within(Review, null=True)
    number = models.IntegerField()
    words = SealedTextField()
    by = Within(Staff)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "episode", "number"], name="one_text_a_number"),
            models.UniqueConstraint(fields=["program", "review", "number"], name="one_text_of_a_death_a_number"),
            models.CheckConstraint(
                condition=models.Q(episode=None, review__isnull=False) | models.Q(episode__isnull=False, review=None),
                name="text_is_about_one_thing",
            ),
        ]


class AssignedAction(ProgramModel):
    """What somebody named does by a day, decided when a crisis or a death was looked back at."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    episode = Within(Episode, null=True)
    review = Within(Review, null=True)
    item = models.CharField(max_length=60, blank=True)
    what = SealedTextField()
    owner = Within(Staff)
    due_on = models.DateField()
    assigned_by = Within(Staff)
    assigned_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = Within(Staff, null=True)
    once = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(episode__isnull=False) | Q(review__isnull=False), name="action_is_about_something"
            ),
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None) | Q(done_at__isnull=False, done_by__isnull=False),
                name="done_action_has_a_name",
            ),
            models.UniqueConstraint(fields=["program", "once"], name="one_action_a_press"),
        ]
        indexes = [
            models.Index(fields=["program", "due_on"], condition=Q(done_at=None), name="open_actions"),
            models.Index(fields=["program", "owner"], condition=Q(done_at=None), name="open_actions_of_staff"),
            models.Index(fields=["program", "episode"], name="actions_of_episode"),
        ]


class WaiverSeen(ProgramModel):
    """Somebody who leads has seen what was left out when a crisis was closed. Pressed twice it is one."""

    entry = Within(Entry)
    by = Within(Staff)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program", "entry", "by"], name="seen_once_by_each")]
