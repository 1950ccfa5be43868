"""Who was talked with has been heard from."""

import django.db.models.deletion
from django.db import migrations, models

import holdfast.ledger.models
from holdfast.ledger.isolation import Isolate


class Migration(migrations.Migration):
    dependencies = [("assessment", "0005_usual"), ("ledger", "0002_walls"), ("people", "0005_reaching_walls")]
    operations = [
        migrations.CreateModel(
            name="Talk",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
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
                "indexes": [models.Index(fields=["program", "client", "-at"], name="talks_of_client")],
            },
        ),
        Isolate("Talk", append_only=True),
    ]
