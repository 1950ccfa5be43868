"""Tables of the rota and of seeking a human."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models

from holdfast.ledger.ids import new_uid
from holdfast.ledger.models import ProgramModel, Within
from holdfast.oncall.cover import Why
from holdfast.oncall.rules import Answer, Level
from holdfast.people.models import Staff, one_of


class Shift(ProgramModel):
    """A stretch of time in which somebody answers. One person has at most one at a time."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    staff = Within(Staff)
    level = models.CharField(max_length=12, choices=[(x.value, x.value) for x in Level])
    during = DateTimeRangeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            one_of("level", Level, "shift_level"),
            ExclusionConstraint(
                name="one_shift_at_a_time",
                expressions=[
                    (
                        models.Func(models.F("staff"), models.F("staff"), models.Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    ("during", RangeOperators.OVERLAPS),
                ],
                condition=models.Q(ended_at=None),
            ),
            models.CheckConstraint(condition=models.Q(during__isempty=False), name="shift_is_not_empty"),
        ]
        indexes = [models.Index(models.Func("during", function="lower"), name="shift_begins")]


class Override(ProgramModel):
    """Somebody takes another's place for part of a shift."""

    staff_out = Within(Staff)
    staff_in = Within(Staff, null=True)
    level = models.CharField(max_length=12, choices=[(x.value, x.value) for x in Level])
    during = DateTimeRangeField()
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [one_of("level", Level, "override_level")]
        indexes = [models.Index(models.Func("during", function="lower"), name="override_begins")]


class SwapOffer(ProgramModel):
    """Somebody asks a colleague to take a shift of theirs, in return for one of the colleague's or for nothing."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    shift = Within(Shift)
    to = Within(Staff)
    in_return = Within(Shift, null=True)
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=10, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answer="", answered_at=None)
                | models.Q(answer__in=["yes", "no", "withdrawn"], answered_at__isnull=False),
                name="swap_answer_has_a_time",
            ),
            models.UniqueConstraint(
                fields=["program", "shift", "to"], condition=models.Q(answer=""), name="one_open_offer_a_person"
            ),
        ]
        indexes = [
            models.Index(fields=["program", "to"], condition=models.Q(answer=""), name="offers_to"),
        ]


class Policy(ProgramModel):
    """Which steps are asked in which order. The waits come from the urgency (clinical/protocols/escalation.toml)."""

    name = models.CharField(max_length=60)
    steps = models.JSONField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program", "name"], condition=models.Q(until=None), name="one_policy_of_a_name"
            )
        ]


class Paging(ProgramModel):
    """Seeking a human for one reason. Runs until a human says "I have this"; never ends by itself."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    what = models.CharField(max_length=20)
    what_id = models.BigIntegerField()
    urgency = models.CharField(max_length=10)
    client_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=2, null=True)
    policy = models.JSONField()
    turn = models.IntegerField(default=0)
    round = models.IntegerField(default=1)
    step = models.IntegerField(default=-1)
    no_cover_since = models.DateTimeField(null=True)
    started_at = models.DateTimeField()
    look_again_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stop_reason = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(stopped_at=None, look_again_at__isnull=False)
                | models.Q(stopped_at__isnull=False, look_again_at=None),
                name="running_paging_is_looked_at_again",
            ),
            models.UniqueConstraint(
                fields=["program", "what", "what_id"], condition=models.Q(stopped_at=None), name="one_running_paging"
            ),
        ]
        indexes = [
            models.Index(fields=["look_again_at"], condition=models.Q(stopped_at=None), name="paging_due"),
            models.Index(fields=["program", "what", "what_id"], name="pagings_about"),
        ]


class Page(ProgramModel):
    """One person asked in one paging. Asked again in a later turn it stays the same page, with the same code."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    paging = Within(Paging)
    staff = Within(Staff)
    turn = models.IntegerField()
    at = models.DateTimeField()
    licensed = models.BooleanField(help_text="false: asked because there was no cover; the override is recorded here")
    code = models.CharField(max_length=4)
    digit = models.CharField(max_length=1)
    cannot_digit = models.CharField(max_length=1)
    answer = models.CharField(max_length=6, null=True, choices=[(x.value, x.value) for x in Answer])
    answered_at = models.DateTimeField(null=True)
    via = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "paging", "staff"], name="one_page_a_person"),
            models.CheckConstraint(
                condition=models.Q(answer=None, answered_at=None)
                | models.Q(answer__in=["have", "cannot"], answered_at__isnull=False),
                name="page_answer_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["program", "staff", "code"], name="page_by_code"),
            models.Index(fields=["program", "-answered_at"], condition=models.Q(answer="have"), name="page_taken"),
        ]


class CoverLook(ProgramModel):
    """When the cover of a program is looked at again: one row a program. Whoever changes it locks this row."""

    look_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program"], name="one_look_a_program")]
        indexes = [models.Index(fields=["look_at"], name="cover_look_due")]


class CoverGap(ProgramModel):
    """A stretch ahead in which some states are not covered. Closed by itself when it is healed or over."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    states = ArrayField(models.CharField(max_length=2))
    since = models.DateTimeField()
    until = models.DateTimeField()
    why = models.CharField(max_length=12, choices=[(x.value, x.value) for x in Why])
    people = ArrayField(models.BigIntegerField(), default=list, help_text="whom it is about, if anybody")
    found_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    tell_at = models.DateTimeField(null=True, help_text="when those who can fill it are told, or told again")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            one_of("why", Why, "gap_why"),
            models.CheckConstraint(condition=models.Q(since__lt=models.F("until")), name="gap_is_not_empty"),
            models.CheckConstraint(
                condition=models.Q(closed_at=None) | models.Q(tell_at=None), name="closed_gap_is_told_to_nobody"
            ),
        ]
        indexes = [
            models.Index(fields=["program", "since"], condition=models.Q(closed_at=None), name="gap_open"),
        ]


class Canary(ProgramModel):
    """One beginning of somebody's duty. Fifteen minutes before it they are asked whether they are there."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    staff = Within(Staff)
    level = models.CharField(max_length=12, choices=[(x.value, x.value) for x in Level])
    starts_at = models.DateTimeField()
    until = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, help_text="empty: their duty goes on, or a swap took it from them")
    answered_at = models.DateTimeField(null=True)
    via = models.CharField(max_length=10, blank=True)
    missed_at = models.DateTimeField(null=True, help_text="unanswered in time: backup and supervisor are asked")

    class Meta:
        constraints = [
            one_of("level", Level, "canary_level"),
            models.UniqueConstraint(fields=["program", "staff", "starts_at"], name="one_canary_a_start"),
        ]
        indexes = [
            models.Index(
                fields=["program", "until"],
                condition=models.Q(missed_at__isnull=False, answered_at=None),
                name="canary_missed",
            )
        ]
