"""Own notes of clinicians, apart from the chart, and their wall."""

import django.db.models.deletion
from django.db import migrations, models

import holdfast.ledger.ids
import holdfast.ledger.models
import holdfast.ledger.sealed
from holdfast.ledger.isolation import Isolate


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("ledger", "0004_facts_found_by_transaction"),
        ("people", "0012_charts_opened_with_a_reason"),
    ]

    operations = [
        migrations.CreateModel(
            name="OwnNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=holdfast.ledger.ids.new_uid, editable=False, unique=True)),
                ("note", models.UUIDField(help_text="the same for every version of one note")),
                ("number", models.IntegerField(help_text="1 for what was written first")),
                ("words", holdfast.ledger.sealed.SealedTextField()),
                ("at", models.DateTimeField()),
                (
                    "author",
                    holdfast.ledger.models.Within(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.staff",
                    ),
                ),
                (
                    "client",
                    holdfast.ledger.models.Within(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.client",
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.program"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["program", "author", "client", "-at"], name="own_notes_of")],
                "constraints": [
                    models.UniqueConstraint(fields=("program", "note", "number"), name="own_note_versions")
                ],
            },
        ),
        Isolate("OwnNote", append_only=True),
    ]
