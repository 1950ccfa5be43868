"""The table of own notes. A version is never changed: the roles of web and worker may only add and read."""

from django.db import models

from holdfast.ledger.ids import new_uid
from holdfast.ledger.models import ProgramModel, Within
from holdfast.ledger.sealed import SealedTextField
from holdfast.people.models import Client, Staff


class OwnNote(ProgramModel):
    """Append-only: one version of one note that a clinician keeps on a client, apart from the chart."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    note = models.UUIDField(help_text="the same for every version of one note")
    number = models.IntegerField(help_text="1 for what was written first")
    client = Within(Client)
    author = Within(Staff)
    words = SealedTextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program", "note", "number"], name="own_note_versions")]
        indexes = [models.Index(fields=["program", "author", "client", "-at"], name="own_notes_of")]
