"""The walls of people, and the one narrow look across programs that signing in needs."""

from django.db import migrations

from holdfast.ledger.isolation import Isolate

MEMBERSHIPS = """
create function holdfast_memberships(whose bigint) returns table (program_id bigint, kind text, id bigint)
language sql stable security definer set search_path = pg_catalog, public as $$
    select s.program_id, 'staff', s.id from people_staff s where s.user_id = whose
    union all
    select c.program_id, 'client', c.id from people_client c where c.user_id = whose
$$;
alter function holdfast_memberships(bigint) owner to holdfast_across;
revoke all on function holdfast_memberships(bigint) from public;
grant execute on function holdfast_memberships(bigint) to holdfast_web;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial"), ("ledger", "0002_walls")]
    operations = [
        Isolate("Staff", across=True, watch=True),
        Isolate("Licence", watch=True),
        Isolate("Contact"),
        Isolate("Client", across=True),
        Isolate("CareTeamMember"),
        Isolate("Device"),
        migrations.RunSQL(MEMBERSHIPS),
    ]
