"""The watch also sees a client whom nobody has looked at yet, counted from where they began to stand with us."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("people", "0005_reaching_walls")]
    operations = [
        migrations.RunSQL(
            "grant select (standing_since) on people_client to holdfast_watchdog",
            "revoke select (standing_since) on people_client from holdfast_watchdog",
        )
    ]
