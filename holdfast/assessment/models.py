"""Tables of what clients tell us. An answer without `judged_at` is work that the sweep will find."""

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from holdfast.ledger.ids import new_uid
from holdfast.ledger.models import ProgramModel, Within
from holdfast.ledger.sealed import SealedTextField
from holdfast.people.models import Client, Staff


class Response(ProgramModel):
    """One form given to one client, in the version they saw."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    client = Within(Client)
    instrument = models.CharField(max_length=40)
    version = models.CharField(max_length=10)
    asked_by = Within("self", null=True)
    opened_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    unfinished_at = models.DateTimeField(null=True, help_text="when a suicide screen left unfinished becomes a signal")
    usual_to = models.IntegerField(
        null=True, help_text="the highest total that is not worse than usual for this client; empty while none is usual"
    )
    total = models.IntegerField(null=True)
    band = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["program", "client", "instrument", "-opened_at"], name="responses_of_client"),
            models.Index(
                fields=["unfinished_at"], condition=Q(unfinished_at__isnull=False), name="response_unfinished"
            ),
        ]


class Answer(ProgramModel):
    """One answer to one question. Changed answers are added, never overwritten."""

    uid = models.UUIDField(default=new_uid, db_default=RandomUUID(), unique=True, editable=False)
    response = Within(Response)
    item = models.CharField(max_length=8)
    value = models.IntegerField(null=True)
    words = SealedTextField(null=True)
    via = models.CharField(max_length=10, db_default="web")
    at = models.DateTimeField()
    judge_at = models.DateTimeField(null=True, help_text="when the sweep may try; empty means at once")
    judge_tries = models.SmallIntegerField(db_default=0)
    judged_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["program", "response", "item"], name="answers_of_response"),
            models.Index(Coalesce("judge_at", "at"), condition=Q(judged_at=None), name="answer_unjudged"),
        ]


class HelpCall(ProgramModel):
    """A client pressed "I need help now"."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    client = Within(Client)
    via = models.CharField(max_length=10)
    at = models.DateTimeField()


class Concern(ProgramModel):
    """Somebody we do not know told us something. Staff match it to a client, or help the caller as they are."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    name = SealedTextField()
    phone = SealedTextField()
    words = SealedTextField()
    place = SealedTextField()
    at = models.DateTimeField()


class StaffConcern(ProgramModel):
    """A colleague is worried about a client: the kind of worry, how soon, and what they saw."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    client = Within(Client)
    by = Within(Staff)
    kind = models.CharField(max_length=60)
    urgency = models.CharField(max_length=10)
    words = SealedTextField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["program", "client", "-at"], name="concerns_of_client")]


class Reminder(ProgramModel):
    """One reminder of one day of the client's own calendar: never two of a kind, whatever their clocks do."""

    client = Within(Client)
    day = models.DateField()
    kind = models.CharField(max_length=10, choices=[("morning", "morning"), ("nudge", "nudge")])
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["morning", "nudge"]), name="reminder_kind"),
            models.UniqueConstraint(fields=["program", "client", "day", "kind"], name="one_reminder_a_day"),
        ]


class RiskFinding(ProgramModel):
    """Which rule of which version fired on which input, in plain words."""

    client = Within(Client, null=True)
    response = Within(Response, null=True)
    answer = Within(Answer, null=True)
    help_call = Within(HelpCall, null=True)
    concern = Within(Concern, null=True)
    staff_concern = Within(StaffConcern, null=True)
    rule = models.CharField(max_length=60)
    rule_version = models.CharField(max_length=10)
    input = models.CharField(max_length=60)
    why = models.CharField(max_length=300)
    urgency = models.CharField(max_length=10)
    protocol = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "response", "rule"], name="one_finding_a_rule"),
        ]
        indexes = [
            models.Index(fields=["program", "client", "-at"], name="findings_of_client"),
            models.Index(fields=["at"], condition=Q(urgency__in=["emergency", "urgent"]), name="findings_of_danger"),
        ]


class Talk(ProgramModel):
    """Somebody of the team talked with a client: they have been heard from, whatever they answered on a page."""

    client = Within(Client)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["program", "client", "-at"], name="talks_of_client")]
