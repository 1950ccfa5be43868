"""The birth date of a client, sealed; and which supporter is a guardian. Both empty for whoever is here."""

from django.db import migrations, models

import holdfast.ledger.sealed


class Migration(migrations.Migration):
    dependencies = [("people", "0012_charts_opened_with_a_reason")]

    operations = [
        migrations.AddField(
            model_name="client",
            name="born",
            field=holdfast.ledger.sealed.SealedTextField(
                help_text="birth date, 2009-04-30; empty: not known, which is not of age", null=True
            ),
        ),
        migrations.AddField(
            model_name="supporter",
            name="part",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="guardian: by law, of a client under age; else empty",
                max_length=10,
            ),
        ),
    ]
