"""The walls of approval. Attestations and approvals may be ended, never removed; a wording is never changed."""

from django.db import migrations

from holdfast.ledger.isolation import Isolate


class Migration(migrations.Migration):
    dependencies = [("approval", "0001_initial")]
    operations = [
        Isolate("ProtocolCopy"),
        Isolate("Approval"),
        Isolate("Attestation"),
        Isolate("PackWording", append_only=True),
    ]
