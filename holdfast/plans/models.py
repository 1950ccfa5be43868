"""Tables of plans. A version is never changed: the roles of web and worker may only add and read."""

from django.db import models

from holdfast.ledger.ids import new_uid
from holdfast.ledger.models import ProgramModel, Within
from holdfast.ledger.sealed import SealedTextField
from holdfast.people.models import Client, Staff
from holdfast.plans.rules import Part


class SafetyPlan(ProgramModel):
    """One version of one client's safety plan, in their words."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    client = Within(Client)
    version = models.IntegerField()
    wording = models.CharField(max_length=10, help_text="version of the wording under which it was written")
    signs = SealedTextField(null=True)
    alone = SealedTextField(null=True)
    company = SealedTextField(null=True)
    helpers = SealedTextField(null=True)
    professionals = SealedTextField(null=True)
    safer = SealedTextField(null=True)
    staying = SealedTextField(null=True)
    risk_level = models.CharField(max_length=10, blank=True, help_text="a clinician's, on which the review depends")
    review_at = models.DateTimeField()
    written_by = Within(Staff)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program", "client", "version"], name="plan_versions")]


class PlanPerson(ProgramModel):
    """A person or a place in one version of a plan."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    plan = Within(SafetyPlan)
    part = models.CharField(max_length=14, choices=[(part.value, part.value) for part in Part])
    number = models.SmallIntegerField()
    name = SealedTextField()
    phone = SealedTextField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(part__in=["company", "helpers", "professionals"]), name="plan_person_part"
            ),
            models.UniqueConstraint(fields=["program", "plan", "part", "number"], name="plan_person_place"),
        ]
