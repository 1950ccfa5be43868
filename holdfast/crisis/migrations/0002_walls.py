"""The walls of crises, and the sweep's narrow look across programs."""

from django.db import migrations

from holdfast.ledger.isolation import Isolate, due_function


class Migration(migrations.Migration):
    dependencies = [("crisis", "0001_initial"), ("assessment", "0002_walls")]
    operations = [
        Isolate("Episode", across=True, watch=True),
        Isolate("Move", append_only=True),
        Isolate("Signal", watch=True),
        Isolate("Try"),
        Isolate("UrgencyChange", append_only=True),
        migrations.RunSQL(
            due_function("holdfast_due_episodes", "crisis_episode", "t.look_again_at", "t.state <> 'closed'")
        ),
    ]
