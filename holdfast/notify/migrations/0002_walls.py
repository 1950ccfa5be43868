"""The walls of attempts, and the sender's narrow look across programs."""

from django.db import migrations

from holdfast.ledger.isolation import Isolate
from holdfast.notify.sql import DUE_ATTEMPT, DUE_TROUBLE


class Migration(migrations.Migration):
    dependencies = [("notify", "0001_initial"), ("people", "0002_walls")]
    operations = [
        Isolate("Attempt", across=True, watch=True),
        Isolate("Trouble", watch=True),
        migrations.RunSQL(DUE_ATTEMPT),
        migrations.RunSQL(DUE_TROUBLE),
    ]
