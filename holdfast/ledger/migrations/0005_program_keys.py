"""Keys of each program, wrapped. A new table only: safe while the previous release runs, which does not know it.

No program gets its keys here: the previous release could not read what is sealed with them. `holdfast keys begin` does,
once every process is of this release (docs/how-to/keys.md).
"""

import django.db.models.deletion
from django.db import migrations, models

from holdfast.ledger.isolation import Isolate


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_facts_found_by_transaction")]
    operations = [
        migrations.CreateModel(
            name="ProgramKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(max_length=10)),
                ("number", models.IntegerField()),
                ("wrapped", models.BinaryField()),
                (
                    "envelope",
                    models.CharField(
                        help_text="the name of the envelope key, which says nothing about it", max_length=32
                    ),
                ),
                ("made_at", models.DateTimeField()),
                (
                    "swept_at",
                    models.DateTimeField(help_text="when no text under another key was found any more", null=True),
                ),
                (
                    "retired_at",
                    models.DateTimeField(help_text="when no text under this key was found any more", null=True),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.program"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["program", "what", "number"], name="key_once_a_number"),
                    models.CheckConstraint(condition=models.Q(("what__in", ("text", "digest"))), name="key_of_what"),
                    models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="key_number_from_one"),
                ]
            },
        ),
        # Web and worker add the keys of a new program and read them; only the owner, by command, changes one.
        Isolate("ProgramKey", append_only=True),
    ]
