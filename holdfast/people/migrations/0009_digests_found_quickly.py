"""Indexes of the digests, built beside the running release."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("people", "0008_digests")]
    operations = [
        AddIndexConcurrently("client", models.Index(fields=["program", "phone_digest"], name="client_by_phone")),
        AddIndexConcurrently(
            "client", models.Index(fields=["program", "other_phone_digest"], name="client_by_other_phone")
        ),
        AddIndexConcurrently(
            "client",
            models.Index(
                fields=["program"],
                condition=Q(phone__isnull=False, phone_digest=None)
                | Q(other_phone__isnull=False, other_phone_digest=None),
                name="client_no_digest_yet",
            ),
        ),
    ]
