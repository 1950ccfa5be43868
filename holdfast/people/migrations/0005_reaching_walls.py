"""The walls of how clients want to be reached."""

from django.db import migrations

from holdfast.ledger.isolation import Isolate


class Migration(migrations.Migration):
    dependencies = [("people", "0004_reaching")]
    operations = [
        Isolate("Reaching", append_only=True),
        Isolate("Supporter"),
        Isolate("BoundarySignature", append_only=True),
    ]
