"""Tasks: owned work with a clock."""

from django.db import models

from holdfast.assessment.models import RiskFinding
from holdfast.ledger.ids import new_uid
from holdfast.ledger.models import ProgramModel, Within
from holdfast.ledger.sealed import SealedTextField
from holdfast.people.models import Client, Staff


class Task(ProgramModel):
    """Something about a client that a named person does by a time."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    client = Within(Client)
    about = models.CharField(max_length=20, db_default="finding", default="finding", help_text="what it came from")
    finding = Within(RiskFinding, null=True)
    owner = Within(Staff, null=True)
    why = models.CharField(max_length=300)
    urgency = models.CharField(max_length=10)
    opened_at = models.DateTimeField()
    half_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    look_again_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = Within(Staff, null=True)
    outcome = SealedTextField(null=True)
    late_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(done_at=None, late_at=None, look_again_at__isnull=False)
                | models.Q(look_again_at=None) & (models.Q(done_at__isnull=False) | models.Q(late_at__isnull=False)),
                name="open_task_is_looked_at_again",
            ),
            models.UniqueConstraint(fields=["program", "finding"], name="one_task_a_finding"),
            models.CheckConstraint(
                condition=~models.Q(about="finding") | models.Q(finding__isnull=False),
                name="task_says_what_it_is_about",
            ),
            models.UniqueConstraint(
                fields=["program", "client"],
                condition=models.Q(about="reassessment", look_again_at__isnull=False),
                name="one_open_reassessment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["program", "client"], condition=models.Q(look_again_at__isnull=False), name="tasks_of_client"
            ),
            models.Index(fields=["look_again_at"], condition=models.Q(look_again_at__isnull=False), name="task_due"),
            models.Index(
                fields=["program", "due_at"], condition=models.Q(look_again_at__isnull=False), name="task_open"
            ),
        ]
