"""The walls of what is written down in the course of a crisis, and the sweep's look at its further clocks."""

from django.db import migrations

from holdfast.ledger.isolation import Isolate, due_function


class Migration(migrations.Migration):
    dependencies = [("crisis", "0003_course")]
    operations = [
        Isolate("Entry", append_only=True),
        Isolate("StepAnswer", append_only=True),
        Isolate("Clock", across=True, watch=True),
        Isolate("Ask"),
        Isolate("Formulation", append_only=True),
        Isolate("Review"),
        Isolate("ReviewItem", append_only=True),
        migrations.RunSQL(
            due_function("holdfast_due_crisis_clocks", "crisis_clock", "t.due_at", "t.due_at is not null")
        ),
    ]
