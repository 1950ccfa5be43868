"""Who wrote a consent down that was signed on paper or said aloud. Empty where nobody kept it: the rows that are here."""

import django.db.models.deletion
from django.db import migrations, models

import holdfast.ledger.models


class Migration(migrations.Migration):
    dependencies = [("consent", "0001_initial"), ("people", "0013_born_and_guardians")]

    operations = [
        migrations.AddField(
            model_name="consent",
            name="by",
            field=holdfast.ledger.models.Within(
                db_constraint=False,
                help_text="who wrote it down; empty where the client signed in the app",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.staff",
            ),
        ),
        migrations.RunSQL(
            "alter table consent_consent add constraint consent_consent_by_id_within "
            "foreign key (program_id, by_id) references people_staff (program_id, id)",
            "alter table consent_consent drop constraint consent_consent_by_id_within",
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(("how", "in_app"), _negated=True) | models.Q(("by", None)),
                name="consent_in_the_app_by_themselves",
            ),
        ),
    ]
