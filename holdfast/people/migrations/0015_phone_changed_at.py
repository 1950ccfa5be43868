"""When staff last wrote another phone down for a client: codes to sign in go there only once it has stood for a while."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0014_resets_of_clients")]

    operations = [
        migrations.AddField(
            model_name="client",
            name="phone_changed_at",
            field=models.DateTimeField(
                help_text="when staff last wrote another phone down; empty: never since they are here", null=True
            ),
        ),
    ]
