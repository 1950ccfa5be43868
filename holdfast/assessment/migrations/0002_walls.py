"""The walls of what clients tell us, and the sweep's narrow looks across programs."""

from django.db import migrations

from holdfast.ledger.isolation import Isolate, due_function

# Forms with answers to judge, and the numbers in them: enough to take whatever may be an emergency first.
# Values come as item, number, item, number; no words.
DUE_RESPONSES = """
create function holdfast_due_responses(most integer)
returns table (program_id bigint, response_id bigint, instrument text, version text, answers text[])
language sql volatile security definer set search_path = pg_catalog, public as $$
    with due as (
        select a.program_id, a.response_id, min(a.at) as since from assessment_answer a
        where a.judged_at is null
          -- one further ahead than any wait was written before the host's clock was set back
          and (coalesce(a.judge_at, a.at) <= holdfast_now() or coalesce(a.judge_at, a.at) > holdfast_now() + interval '2 minutes')
        group by a.program_id, a.response_id order by since limit most
    )
    select d.program_id, d.response_id, r.instrument, r.version,
        (select array_agg(part order by a.at, a.id, n) from assessment_answer a,
            lateral unnest(array[a.item::text, coalesce(a.value::text, '')]) with ordinality as parts(part, n)
         where a.response_id = d.response_id)
    from due d join assessment_response r on r.id = d.response_id
    order by d.since
$$;
alter function holdfast_due_responses(integer) owner to holdfast_across;
revoke all on function holdfast_due_responses(integer) from public;
grant execute on function holdfast_due_responses(integer) to holdfast_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("assessment", "0001_initial"), ("people", "0002_walls")]
    operations = [
        Isolate("Response", across=True, watch=True),
        Isolate("Answer", across=True, watch=True),
        Isolate("HelpCall"),
        Isolate("Concern"),
        Isolate("RiskFinding", watch=True),
        migrations.RunSQL(DUE_RESPONSES),
        migrations.RunSQL(
            due_function(
                "holdfast_due_unfinished",
                "assessment_response",
                "t.unfinished_at",
                "t.unfinished_at is not null and t.done_at is null",
            )
        ),
    ]
