"""Every program may be read by all; only what runs within a program changes its row.

Safe while the previous release runs: it changes a program from within.
"""

from django.db import migrations

WALL = """
alter table ledger_program enable row level security;
create policy anybody_reads on ledger_program for select using (true);
create policy anybody_begins_one on ledger_program for insert with check (true);
create policy own_program on ledger_program for update
    using (id = nullif(current_setting('holdfast.program', true), '')::bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_program_keys")]
    operations = [migrations.RunSQL(WALL)]
