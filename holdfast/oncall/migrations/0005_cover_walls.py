"""The walls of the cover ahead, and the sweeps' narrow looks across programs."""

from django.db import migrations

from holdfast.ledger.isolation import Isolate

# Whose duty begins within fifteen minutes and was not looked at yet: their program. The indexes of beginnings serve it.
STARTS = """
create policy across on oncall_shift for select to holdfast_across using (true);
create policy across on oncall_override for select to holdfast_across using (true);
grant select on oncall_shift, oncall_override to holdfast_across;
create function holdfast_due_starts(most integer) returns table (program_id bigint, id bigint)
language sql volatile security definer set search_path = pg_catalog, public as $$
    with moment as materialized (select holdfast_now() as at)
    select distinct s.program_id, s.program_id from moment, lateral (
        select t.program_id, t.staff_id as who, lower(t.during) as since from oncall_shift t
        where t.ended_at is null and lower(t.during) > moment.at and lower(t.during) <= moment.at + interval '15 minutes'
        union all
        select t.program_id, t.staff_in_id, lower(t.during) from oncall_override t
        where t.staff_in_id is not null and not isempty(t.during)
          and lower(t.during) > moment.at and lower(t.during) <= moment.at + interval '15 minutes'
    ) s
    where not exists (
        select from oncall_canary c where c.program_id = s.program_id and c.staff_id = s.who and c.starts_at = s.since)
    limit most
$$;
alter function holdfast_due_starts(integer) owner to holdfast_across;
revoke all on function holdfast_due_starts(integer) from public;
grant execute on function holdfast_due_starts(integer) to holdfast_worker;
"""

# A program that was never looked at is due at once, and so is one whose next look seems far ahead: the host's clock
# was set back.
COVER = """
create function holdfast_due_cover(most integer) returns table (program_id bigint, id bigint)
language sql volatile security definer set search_path = pg_catalog, public as $$
    select p.id, p.id from ledger_program p left join oncall_coverlook t on t.program_id = p.id
    where t.id is null or t.look_at <= holdfast_now() or t.look_at > holdfast_now() + interval '6 minutes'
    order by t.look_at nulls first limit most
$$;
alter function holdfast_due_cover(integer) owner to holdfast_across;
revoke all on function holdfast_due_cover(integer) from public;
grant execute on function holdfast_due_cover(integer) to holdfast_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("oncall", "0004_cover_ahead")]
    operations = [
        Isolate("CoverLook", across=True),
        Isolate("CoverGap"),
        Isolate("Canary", across=True),
        migrations.RunSQL(STARTS),
        migrations.RunSQL(COVER),
    ]
