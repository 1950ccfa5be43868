"""The clock as a function, the ledger's wall, and the finding of a program by its name."""

from django.db import migrations

from holdfast.ledger.isolation import Isolate

CLOCK = """
create function holdfast_now() returns timestamptz
language sql volatile set search_path = pg_catalog, public as $$
    select clock_timestamp() + coalesce((select ahead from ledger_clockoffset), interval '0')
$$;
grant select on ledger_clockoffset, ledger_program to holdfast_across, holdfast_web, holdfast_worker, holdfast_watchdog;
"""

# Which transaction wrote a fact: the sealer chains only what lies below every transaction that still runs.
SEALING = """
alter table ledger_fact add column written_in xid8 not null default pg_current_xact_id();
create function holdfast_facts_stay() returns trigger language plpgsql as $$
begin raise exception 'facts are only added'; end $$;
create trigger facts_stay before update or delete or truncate on ledger_fact
    for each statement execute function holdfast_facts_stay();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [
        migrations.RunSQL(CLOCK),
        Isolate("Fact", append_only=True),
        migrations.RunSQL(SEALING),
    ]
