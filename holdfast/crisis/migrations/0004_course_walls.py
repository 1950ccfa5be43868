"""The walls of what is written down in the course of a crisis, and the sweep's look at its further clocks."""

from django.db import migrations

from holdfast.ledger.isolation import Isolate, due_function


class Migration(migrations.Migration):
    dependencies = [("crisis", "0003_course")]
    operations = [
        # What was changed before stands on the timeline as it did. Its own wall steps aside for the owner meanwhile.
        migrations.RunSQL(
            "alter table crisis_urgencychange no force row level security;"
            "insert into crisis_entry (program_id, uid, episode_id, kind, what, by_id, urgency_id, at) "
            "select program_id, gen_random_uuid(), episode_id, 'urgency', '', by_id, id, at from crisis_urgencychange;"
            "alter table crisis_urgencychange force row level security"
        ),
        Isolate("StepAnswer", append_only=True),
        Isolate("Clock", across=True, watch=True),
        Isolate("Ask"),
        Isolate("Formulation", append_only=True),
        Isolate("Entry", append_only=True),
        Isolate("Review"),
        Isolate("ReviewItem", append_only=True),
        migrations.RunSQL(
            due_function("holdfast_due_crisis_clocks", "crisis_clock", "t.due_at", "t.due_at is not null")
        ),
    ]
