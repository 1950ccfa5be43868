"""A pause has an end and a reason. Empty for what an older release writes: such a pause ends after the longest."""

from django.db import migrations, models

import holdfast.ledger.sealed
from holdfast.ledger.isolation import due_function


class Migration(migrations.Migration):
    dependencies = [("people", "0006_silence_watched_from_the_first_day")]
    operations = [
        migrations.AddField(
            model_name="client",
            name="pause_ends_at",
            field=models.DateTimeField(
                help_text="when a pause is over; empty unless paused, and for a pause of an older release", null=True
            ),
        ),
        migrations.AddField(
            model_name="client", name="pause_why", field=holdfast.ledger.sealed.SealedTextField(null=True)
        ),
        migrations.AddIndex(
            model_name="client",
            index=models.Index(
                condition=models.Q(("standing", "paused")), fields=["pause_ends_at"], name="client_paused"
            ),
        ),
        migrations.RunSQL(
            due_function(
                "holdfast_due_pauses",
                "people_client",
                "coalesce(t.pause_ends_at, t.standing_since + interval '2160 hours')",
                "t.standing = 'paused'",
            ),
            "drop function holdfast_due_pauses(integer)",
        ),
        migrations.RunSQL(
            "grant select (pause_ends_at) on people_client to holdfast_watchdog",
            "revoke select (pause_ends_at) on people_client from holdfast_watchdog",
        ),
    ]
