"""Tables of consent. A row is never changed but for its own revocation: the roles of web and worker may write no other column."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from holdfast.consent.words import Ground, How, Kind, Recipient, Say
from holdfast.ledger.ids import new_uid
from holdfast.ledger.models import ProgramModel, Within
from holdfast.ledger.sealed import SealedTextField
from holdfast.people.models import Client, Staff, Supporter, one_of


class Consent(ProgramModel):
    """What one client agreed to, once, in one version of one text. The newest of its kind counts, for each person."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    client = Within(Client)
    kind = models.CharField(max_length=12)
    supporter = Within(Supporter, null=True, help_text="about whom, of a consent for one person")
    scopes = ArrayField(models.CharField(max_length=20), default=list)
    version = models.CharField(max_length=10)
    language = models.CharField(max_length=8)
    how = models.CharField(max_length=10)
    signature = SealedTextField(null=True, help_text="the name as it was typed; empty where it was said aloud")
    guardian = SealedTextField(null=True, help_text="the name of the guardian who agreed too")
    witness = Within(Staff, null=True, help_text="who saw or heard it; empty where the client signed in the app")
    by = Within(Staff, null=True, help_text="who wrote it down; empty where the client signed in the app")
    at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = Within(Staff, null=True, help_text="who wrote it down; empty where the client pressed")
    revoked_why = SealedTextField(null=True)

    @property
    def ended_with_treatment(self) -> bool:
        """Whether nobody took it back: a reason without a person who wrote it. A client who presses gives none."""
        return (
            self.revoked_at is not None and self.revoked_by_id is None and self.__dict__.get("revoked_why") is not None
        )

    class Meta:
        constraints = [
            one_of("kind", Kind, "consent_kind"),
            one_of("how", How, "consent_how"),
            models.CheckConstraint(
                condition=models.Q(kind=Kind.SUPPORTER.value, supporter__isnull=False)
                | (~models.Q(kind=Kind.SUPPORTER.value) & models.Q(supporter=None)),
                name="consent_about_a_person",
            ),
            models.CheckConstraint(
                condition=models.Q(how=How.IN_APP.value, witness=None)
                | (~models.Q(how=How.IN_APP.value) & models.Q(witness__isnull=False)),
                name="consent_has_a_witness",
            ),
            models.CheckConstraint(
                condition=~models.Q(how=How.IN_APP.value) | models.Q(by=None), name="consent_in_the_app_by_themselves"
            ),
            models.CheckConstraint(
                condition=models.Q(how=How.BY_WORD.value) | models.Q(signature__isnull=False), name="consent_is_signed"
            ),
            models.CheckConstraint(
                condition=models.Q(revoked_at__isnull=False) | models.Q(revoked_by=None, revoked_why=None),
                name="consent_revoked_whole",
            ),
        ]
        indexes = [models.Index(fields=["program", "client", "-at"], name="consents_of_client")]


class Disclosure(ProgramModel):
    """That somebody outside was told something: whom, what, on what ground, by whom, when."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    client = Within(Client)
    recipient = models.CharField(max_length=20)
    supporter = Within(Supporter, null=True)
    name = SealedTextField(help_text="who was told")
    affiliation = SealedTextField(null=True, help_text="where they work")
    information = ArrayField(models.CharField(max_length=14))
    words = SealedTextField(help_text="what was said")
    answer = models.CharField(max_length=4, help_text="what the rules said of it")
    ground = models.CharField(max_length=12)
    consent = Within(Consent, null=True)
    nature = SealedTextField(null=True, help_text="the nature of the emergency (2.51)")
    belief = SealedTextField(null=True, help_text="what danger was believed (164.512(j))")
    facts = SealedTextField(null=True, help_text="the facts relied on")
    notice = models.CharField(max_length=10, help_text="whether the notice of 2.32 went along")
    by = Within(Staff)
    at = models.DateTimeField(help_text="when it was told")
    written_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, help_text="when somebody who leads looked at one against a no")
    seen_by = Within(Staff, null=True)

    class Meta:
        constraints = [
            one_of("recipient", Recipient, "disclosure_recipient"),
            one_of("answer", Say, "disclosure_answer"),
            one_of("ground", Ground, "disclosure_ground"),
            models.CheckConstraint(
                condition=models.Q(notice__in=["given", "not_given", "not_needed"]), name="disclosure_notice"
            ),
            models.CheckConstraint(
                condition=models.Q(answer=Say.NO.value, ground=Ground.NOTHING.value)
                | (~models.Q(answer=Say.NO.value) & ~models.Q(ground=Ground.NOTHING.value)),
                name="disclosure_has_a_ground",
            ),
            models.CheckConstraint(
                condition=models.Q(seen_at=None, seen_by=None) | models.Q(seen_at__isnull=False, seen_by__isnull=False),
                name="disclosure_seen_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["program", "client", "-at"], name="disclosures_of_client"),
            models.Index(
                fields=["program", "-at"], condition=models.Q(answer="no", seen_at=None), name="disclosures_to_see"
            ),
        ]
