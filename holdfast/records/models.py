"""Tables of the account of one's own data. A deletion outlives whom it was about: it holds a bare number."""

from django.db import models
from django.db.models import Q

from holdfast.content.retention import Kind
from holdfast.ledger.ids import new_uid
from holdfast.ledger.models import ProgramModel, Within
from holdfast.ledger.sealed import SealedTextField
from holdfast.people.models import Client, Staff, one_of
from holdfast.records.rules import Answer, Form


class RecordCopy(ProgramModel):
    """A copy of a client's record that was handed out: to themselves on their page, or by staff who were asked."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    client = Within(Client)
    form = models.CharField(max_length=4, choices=[(x.value, x.value) for x in Form])
    asked = models.CharField(max_length=10, blank=True, help_text="how staff were asked; empty: taken by themselves")
    by = Within(Staff, null=True)
    words = SealedTextField(null=True, help_text="how staff knew that it was the client who asked")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("form", Form, "copy_form"),
            models.CheckConstraint(
                condition=Q(by=None, asked="") | Q(by__isnull=False) & ~Q(asked=""), name="copy_by_staff_was_asked_for"
            ),
        ]
        indexes = [models.Index(fields=["program", "client", "-at"], name="copies_of_client")]


class Correction(ProgramModel):
    """A client says that something in their record is wrong. Answered by a day, and the answer stays with the record."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    client = Within(Client)
    what = SealedTextField(help_text="what is wrong")
    instead = SealedTextField(null=True, help_text="what it should say")
    asked = models.CharField(max_length=10, blank=True, help_text="how staff were asked; empty: on their own page")
    recorded_by = Within(Staff, null=True)
    at = models.DateTimeField()
    owner = Within(Staff, null=True, help_text="who answers; empty: those who lead")
    wish_at = models.DateTimeField(help_text="by when the program wishes to answer")
    due_at = models.DateTimeField(help_text="by when the law wants an answer")
    look_again_at = models.DateTimeField(null=True, help_text="when somebody is told that it waits")
    late_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=8, blank=True)
    ground = models.CharField(max_length=20, blank=True)
    answer_words = SealedTextField(null=True, help_text="what was changed, or why not")
    answered_by = Within(Staff, null=True)
    answered_at = models.DateTimeField(null=True)
    disagreement = SealedTextField(null=True, help_text="the client's statement, kept with the record")
    disagreed_at = models.DateTimeField(null=True)
    once = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None, answered_by=None, look_again_at__isnull=False)
                | Q(
                    answer__in=[x.value for x in Answer],
                    answered_at__isnull=False,
                    answered_by__isnull=False,
                    look_again_at=None,
                ),
                name="correction_waits_or_is_answered",
            ),
            models.CheckConstraint(
                condition=Q(answer="denied") & ~Q(ground="") | ~Q(answer="denied") & Q(ground="", disagreed_at=None),
                name="correction_denied_on_a_ground",
            ),
            models.UniqueConstraint(fields=["program", "client", "once"], name="one_correction_a_press"),
        ]
        indexes = [
            models.Index(fields=["program", "client", "-at"], name="corrections_of_client"),
            models.Index(fields=["program", "due_at"], condition=Q(answer=""), name="correction_open"),
            models.Index(fields=["look_again_at"], condition=Q(answer=""), name="correction_due"),
        ]


class Closing(ProgramModel):
    """An account was closed: by the client, or by staff who were asked. From here the time of keeping runs."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    client = Within(Client)
    by = Within(Staff, null=True)
    why = SealedTextField(null=True)
    at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, help_text="when they were let in again")
    opened_by = Within(Staff, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "client"], condition=Q(opened_at=None), name="one_closing"),
        ]


class Hold(ProgramModel):
    """A legal hold: nothing of this client is deleted, whatever its day, until a director lifts it."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    client = Within(Client)
    why = SealedTextField()
    by = Within(Staff)
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = Within(Staff, null=True)
    lifted_why = SealedTextField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None) | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="hold_lifted_by_somebody",
            ),
            models.UniqueConstraint(fields=["program", "client"], condition=Q(lifted_at=None), name="one_hold"),
        ]


class Deletion(ProgramModel):
    """A director's word that something goes on a day. The worker reads it and cannot write it; it stays for good."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    client = models.BigIntegerField(help_text="a bare number: it outlives the client's row")
    kind = models.CharField(max_length=10, choices=[(x.value, x.value) for x in Kind])
    last_on = models.DateField(help_text="the day of the last service, from which the years were counted")
    due_on = models.DateField()
    law = models.CharField(max_length=120)
    policy_version = models.IntegerField()
    due_at = models.DateTimeField(help_text="the beginning of that day where the program is")
    approved_by = Within(Staff)
    approved_at = models.DateTimeField()
    dropped_at = models.DateTimeField(null=True, help_text="it does not happen after all")
    rows = models.IntegerField(default=0, db_default=0)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            one_of("kind", Kind, "deletion_kind"),
            models.CheckConstraint(condition=Q(dropped_at=None) | Q(done_at=None), name="deletion_done_or_dropped"),
            models.UniqueConstraint(
                fields=["program", "client", "kind"],
                condition=Q(dropped_at=None),
                name="one_deletion_of_a_kind",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(done_at=None, dropped_at=None), name="deletion_due"),
        ]
