"""Chart reads, the chain over them and over facts, and where its head went (docs/decisions/0020).

Safe while the previous release runs: a column with a default beside the old ones, and new tables.
"""

import django.db.models.deletion
from django.db import migrations, models

from holdfast.ledger.isolation import Isolate

BIG_ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))
PROGRAM = (
    "program",
    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.program"),
)

# True time, so that "not sealed for 10 s" is so whatever the moved clock says. Empty in rows of older releases.
WRITTEN = """
alter table ledger_fact add column written_at timestamptz;
alter table ledger_fact alter column written_at set default clock_timestamp();
alter table ledger_chartread add column written_in xid8 not null default pg_current_xact_id();
alter table ledger_chartread add column written_at timestamptz not null default clock_timestamp();
create index chartread_written on ledger_chartread (program_id, written_in, id);
"""

STAY = """
create trigger reads_stay before update or delete or truncate on ledger_chartread
    for each statement execute function holdfast_facts_stay();
create trigger seals_stay before update or delete or truncate on ledger_seal
    for each statement execute function holdfast_facts_stay();
create trigger heads_stay before update or delete or truncate on ledger_head
    for each statement execute function holdfast_facts_stay();
"""

# Only the worker seals. The watch sees that a row is there and when it was written, never what it says.
RIGHTS = """
revoke insert on ledger_seal, ledger_head from holdfast_web;
create policy watchdog on ledger_fact for select to holdfast_watchdog using (true);
grant select (id, program_id, written_in, written_at) on ledger_fact to holdfast_watchdog;
create policy watchdog on ledger_chartread for select to holdfast_watchdog using (true);
grant select (id, program_id, written_in, written_at) on ledger_chartread to holdfast_watchdog;
create policy watchdog on ledger_seal for select to holdfast_watchdog using (true);
grant select (program_id, seq, what, row_id) on ledger_seal to holdfast_watchdog;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_walls")]
    operations = [
        migrations.CreateModel(
            name="ChartRead",
            fields=[
                BIG_ID,
                ("staff", models.BigIntegerField(null=True)),
                ("client", models.BigIntegerField(null=True)),
                ("crisis", models.BigIntegerField(null=True)),
                ("page", models.CharField(max_length=60)),
                ("by_right", models.CharField(max_length=40)),
                ("at", models.DateTimeField()),
                PROGRAM,
            ],
            options={"indexes": [models.Index(fields=["program", "client", "at"], name="chart_reads_of")]},
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                BIG_ID,
                ("seq", models.BigIntegerField()),
                ("what", models.CharField(max_length=10)),
                ("row_id", models.BigIntegerField()),
                ("hash", models.BinaryField()),
                PROGRAM,
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["program", "seq"], name="seal_once_a_place"),
                    models.UniqueConstraint(fields=["program", "what", "row_id"], name="seal_once_a_row"),
                    models.CheckConstraint(condition=models.Q(("what__in", ("fact", "read"))), name="seal_of_what"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Head",
            fields=[
                BIG_ID,
                ("day", models.DateField()),
                ("way", models.CharField(max_length=80)),
                ("seq", models.BigIntegerField()),
                ("hash", models.BinaryField()),
                ("at", models.DateTimeField(help_text="true time, never the moved clock")),
                PROGRAM,
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["program", "day", "way"], name="head_once_a_day_and_way")
                ]
            },
        ),
        migrations.RunSQL(WRITTEN),
        Isolate("ChartRead", append_only=True),
        Isolate("Seal", append_only=True),
        Isolate("Head", append_only=True),
        migrations.RunSQL(STAY),
        migrations.RunSQL(RIGHTS),
    ]
