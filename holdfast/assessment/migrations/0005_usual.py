"""What is usual for a client is read when a form is given, so that keeping its answers need not."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assessment", "0004_concerns_and_reminders")]
    operations = [
        migrations.AddField(
            "response",
            "usual_to",
            models.IntegerField(
                null=True,
                help_text="the highest total that is not worse than usual for this client; empty while none is usual",
            ),
        )
    ]
