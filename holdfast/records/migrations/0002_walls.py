"""Walls, due work, and the narrow ways by which something is deleted (docs/decisions/0025).

A table that holds a client and comes later is added to `STEPS` of a migration of its own, which makes the functions
anew; tests/house/test_records.py fails until it is.
"""

from django.db import migrations

from holdfast.ledger.isolation import Isolate, due_function
from holdfast.records.narrow import STEPS, function

# Only the web writes a director's word, and only the worker takes anything away: see narrow.py.
APART = """
revoke insert, update on records_deletion from holdfast_worker;
grant execute on function holdfast_memberships(bigint) to holdfast_worker;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0001_initial"),
        ("people", "0014_resets_of_clients"),
        ("notify", "0003_reminders_of_clients"),
        ("oncall", "0006_swaps"),
        ("assessment", "0006_talks"),
        ("consent", "0002_who_wrote_it_down"),
        ("notes", "0001_initial"),
        ("plans", "0003_reviewed"),
        ("care", "0003_reassessments"),
        ("crisis", "0009_texts_after_a_death"),
        ("ledger", "0005_program_keys"),
    ]
    operations = [
        Isolate("RecordCopy"),
        Isolate("Correction", across=True, watch=True),
        Isolate("Closing"),
        Isolate("Hold", watch=True),
        Isolate("Deletion", across=True, watch=True),
        migrations.RunSQL(APART),
        migrations.RunSQL(
            due_function(
                "holdfast_due_corrections", "records_correction", "t.look_again_at", "t.look_again_at is not null"
            )
        ),
        migrations.RunSQL(
            due_function(
                "holdfast_due_deletions", "records_deletion", "t.due_at", "t.done_at is null and t.dropped_at is null"
            )
        ),
        *(migrations.RunSQL(function(kind, steps)) for kind, steps in STEPS.items()),
    ]
