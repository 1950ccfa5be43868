"""The watchdog sees who was asked for and not sought, and finds what was closed lately by an index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crisis", "0007_after")]
    operations = [
        migrations.AddIndex(
            "episode",
            models.Index(fields=["closed_at"], condition=models.Q(state="closed"), name="episode_closed"),
        ),
        migrations.RunSQL(
            "create policy watchdog on crisis_ask for select to holdfast_watchdog using (true);"
            "grant select (id, program_id, episode_id, kind, to_id, answer) on crisis_ask to holdfast_watchdog"
        ),
    ]
