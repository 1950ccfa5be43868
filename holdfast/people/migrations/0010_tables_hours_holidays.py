"""Tables brought in as files, office hours and holidays, and their walls."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import holdfast.ledger.ids
import holdfast.ledger.models
import holdfast.ledger.sealed
from holdfast.ledger.isolation import Isolate


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0002_walls"),
        ("people", "0009_digests_found_quickly"),
    ]

    operations = [
        migrations.CreateModel(
            name="Holiday",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField()),
                ("name", models.CharField(max_length=60)),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.program"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("program", "on"), name="one_holiday_a_day")],
            },
        ),
        migrations.CreateModel(
            name="OfficeHours",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("opens", models.TimeField()),
                ("closes", models.TimeField()),
                (
                    "days",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(), help_text="0 is Monday", size=None
                    ),
                ),
                (
                    "states",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2), default=list, size=None
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
                "constraints": [
                    models.UniqueConstraint(fields=("program",), name="one_office_hours"),
                    models.CheckConstraint(
                        condition=models.Q(("closes__gt", models.F("opens"))), name="office_hours_in_order"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TableBrought",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=holdfast.ledger.ids.new_uid, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("staff", "staff"), ("clients", "clients"), ("shifts", "shifts")], max_length=10
                    ),
                ),
                (
                    "text",
                    holdfast.ledger.sealed.SealedTextField(
                        help_text="the file as text, until it was brought in", null=True
                    ),
                ),
                (
                    "refused",
                    holdfast.ledger.sealed.SealedTextField(
                        help_text="the lines that were refused and why, as JSON", null=True
                    ),
                ),
                ("at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                ("brought", models.IntegerField(null=True)),
                ("left_out", models.IntegerField(null=True)),
                (
                    "by",
                    holdfast.ledger.models.Within(
                        db_constraint=False,
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
            options={
                "indexes": [models.Index(fields=["program", "-at"], name="tables_of_program")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["clients", "shifts", "staff"])), name="table_kind"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("done_at", None), ("text", None), _connector="OR"),
                        name="a_table_is_brought_in_once",
                    ),
                ],
            },
        ),
        Isolate("TableBrought"),
        Isolate("OfficeHours"),
        Isolate("Holiday", delete=True),
    ]
