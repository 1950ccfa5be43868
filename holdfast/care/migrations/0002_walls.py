"""The wall of tasks, and the sweep's narrow look across programs."""

from django.db import migrations

from holdfast.ledger.isolation import Isolate, due_function


class Migration(migrations.Migration):
    dependencies = [("care", "0001_initial"), ("assessment", "0002_walls")]
    operations = [
        Isolate("Task", across=True, watch=True),
        migrations.RunSQL(
            due_function("holdfast_due_tasks", "care_task", "t.look_again_at", "t.look_again_at is not null")
        ),
    ]
