"""Tables of approval. Nothing here is deleted: what ended stays with who ended it and when."""

from django.db import models
from django.db.models import F, Q

from holdfast.ledger.ids import new_uid
from holdfast.ledger.models import ProgramModel, Within
from holdfast.ledger.sealed import SealedTextField
from holdfast.people.models import Staff


def _together(*fields: str) -> Q:
    """All of these are given, or none of them."""
    none = Q(**{f"{field}__isnull": True for field in fields})
    return none | Q(**{f"{field}__isnull": False for field in fields})


class ProtocolCopy(ProgramModel):
    """A protocol as this program words it. It may change until it is sent; after that it never does."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    protocol = models.CharField(max_length=60)
    number = models.IntegerField(help_text="counted for each protocol")
    based_on = models.CharField(max_length=10, help_text="version that was copied")
    body = SealedTextField(help_text="the protocol as JSON, with the keys of protocol.toml")
    edition = models.IntegerField(default=1, db_default=1, help_text="counts changes, so that two people do not mix up")
    changed_by = Within(Staff)
    changed_at = models.DateTimeField()
    sent_by = Within(Staff, null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "protocol", "number"], name="copy_numbers"),
            models.UniqueConstraint(
                fields=["program", "protocol"], condition=Q(sent_at=None), name="one_copy_being_edited"
            ),
            models.CheckConstraint(condition=_together("sent_by", "sent_at"), name="copy_sent_by_somebody"),
        ]


class Approval(ProgramModel):
    """The director's word on exactly these bytes, and the second person's."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    unit = models.CharField(max_length=120, help_text="place in clinical/, or that of a copy")
    copy = Within(ProtocolCopy, null=True)
    digest = models.CharField(max_length=64)
    sums = models.JSONField(default=dict, help_text="the checksum of each file, to say which one changed")
    effective_from = models.DateField()
    effective_at = models.DateTimeField(help_text="the beginning of that day where the program is")
    approved_by = Within(Staff)
    approved_at = models.DateTimeField()
    confirmed_by = Within(Staff, null=True)
    confirmed_at = models.DateTimeField(null=True)
    ended_by = Within(Staff, null=True)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "unit"], condition=Q(ended_at=None), name="one_approval_a_unit"),
            models.CheckConstraint(condition=_together("confirmed_by", "confirmed_at"), name="confirmed_by_somebody"),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("approved_by")), name="approved_by_two"
            ),
        ]


class Attestation(ProgramModel):
    """Somebody's word that this program may use a licensed form. Kept for good, also when taken back."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    pack = models.CharField(max_length=60)
    holder = SealedTextField(help_text="who gave the licence or the permission")
    licence = SealedTextField(help_text="which licence, or the words of the permission")
    reference = SealedTextField(help_text="where the document is kept")
    attested_by = Within(Staff)
    attested_at = models.DateTimeField()
    revoked_by = Within(Staff, null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_why = SealedTextField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "pack"], condition=Q(revoked_at=None), name="one_attestation"),
            models.CheckConstraint(condition=_together("revoked_by", "revoked_at"), name="revoked_by_somebody"),
        ]


class PackWording(ProgramModel):
    """The licensed words of a pack, as its licence holder loaded them. The newest counts."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    pack = models.CharField(max_length=60)
    version = models.CharField(max_length=10)
    words = SealedTextField(help_text="JSON: for each question its words in English and Spanish")
    digest = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["program", "pack", "version", "-id"], name="newest_wording")]
