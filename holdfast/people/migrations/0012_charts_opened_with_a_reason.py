"""Charts that somebody opens themselves with a reason; the day where a program is; who saw changes of rights."""

import datetime as dt

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import holdfast.ledger.ids
import holdfast.ledger.models
import holdfast.ledger.sealed
from holdfast.ledger.isolation import Isolate, due_function

# A time zone that does not exist must never hold up help: then it is UTC.
TODAY = """
create function holdfast_today(which bigint) returns date
language plpgsql stable set search_path = pg_catalog, public as $$
declare place text;
begin
    select timezone into place from ledger_program where id = which;
    return (holdfast_now() at time zone coalesce(place, 'UTC'))::date;
exception when invalid_parameter_value then
    return (holdfast_now() at time zone 'UTC')::date;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0004_facts_found_by_transaction"),
        ("people", "0011_signing_in"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChartOpening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=holdfast.ledger.ids.new_uid, editable=False, unique=True)),
                ("why", holdfast.ledger.sealed.SealedTextField()),
                ("at", models.DateTimeField()),
                (
                    "ends_at",
                    models.DateTimeField(
                        help_text="an hour later by the clock; sooner where they closed it themselves"
                    ),
                ),
                ("review_by", models.DateTimeField()),
                (
                    "look_at",
                    models.DateTimeField(
                        help_text="when somebody is told, or told again; empty once reviewed", null=True
                    ),
                ),
                ("reviewed_at", models.DateTimeField(null=True)),
                (
                    "verdict",
                    models.CharField(
                        blank=True, choices=[("right", "right"), ("not_right", "not_right")], max_length=10
                    ),
                ),
                ("review", holdfast.ledger.sealed.SealedTextField(null=True)),
                (
                    "read_at",
                    models.DateTimeField(help_text="when whoever opened it read what the review found", null=True),
                ),
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
                (
                    "reviewed_by",
                    holdfast.ledger.models.Within(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.staff",
                    ),
                ),
                (
                    "told",
                    holdfast.ledger.models.Within(
                        db_constraint=False,
                        help_text="the second person; empty while nobody else leads here",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.staff",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["program", "by", "-ends_at"], name="charts_opened_by"),
                    models.Index(
                        condition=models.Q(("look_at__isnull", False)), fields=["look_at"], name="openings_to_look_at"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at__gte", models.F("at")),
                            (
                                "ends_at__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("at"), "+", models.Value(dt.timedelta(seconds=3600))
                                ),
                            ),
                        ),
                        name="an_opened_chart_closes_within_the_hour",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("told", models.F("by")), _negated=True),
                            models.Q(("reviewed_by", models.F("by")), _negated=True),
                        ),
                        name="an_opened_chart_has_a_second_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("look_at__isnull", False),
                                ("reviewed_at", None),
                                ("reviewed_by", None),
                                ("verdict", ""),
                            ),
                            models.Q(
                                ("look_at", None),
                                ("reviewed_at__isnull", False),
                                ("verdict__in", ["not_right", "right"]),
                            ),
                            _connector="OR",
                        ),
                        name="an_opened_chart_is_looked_at_until_reviewed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SetUpSeen",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("up_to", models.BigIntegerField(help_text="the newest fact that stood before them")),
                ("at", models.DateTimeField()),
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
                "indexes": [models.Index(fields=["program", "by", "-up_to"], name="set_up_seen_by")],
            },
        ),
        Isolate("ChartOpening", across=True, watch=True),
        Isolate("SetUpSeen", append_only=True),
        migrations.RunSQL(TODAY),
        migrations.RunSQL("grant select (staff, client, by_right, at) on ledger_chartread to holdfast_watchdog"),
        migrations.RunSQL(
            due_function("holdfast_due_openings", "people_chartopening", "t.look_at", "t.look_at is not null")
        ),
    ]
