"""What signing in needs: links that can be taken back, tries that are counted across processes, resets that are kept."""

import django.db.models.deletion
from django.db import migrations, models

import holdfast.ledger.ids
import holdfast.ledger.models
import holdfast.ledger.sealed
from holdfast.ledger.isolation import Isolate


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0002_walls"),
        ("people", "0010_tables_hours_holidays"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="links",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="how many links to a password were made void or sent anew"
            ),
        ),
        migrations.AddField(model_name="user", name="link_sent_at", field=models.DateTimeField(null=True)),
        migrations.CreateModel(
            name="SignInTry",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("count", models.PositiveIntegerField()),
                ("until", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="FactorReset",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=holdfast.ledger.ids.new_uid, editable=False, unique=True)),
                ("reason", holdfast.ledger.sealed.SealedTextField()),
                ("at", models.DateTimeField()),
                (
                    "staff",
                    holdfast.ledger.models.Within(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.staff",
                    ),
                ),
                (
                    "by",
                    holdfast.ledger.models.Within(
                        db_constraint=False,
                        help_text="none: whoever runs the machine",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.staff",
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.program"
                    ),
                ),
            ],
        ),
        Isolate("FactorReset", append_only=True),
    ]
