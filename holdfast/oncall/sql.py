"""SQL that belongs to on-call's migrations: finding pagings whose turn has come, across programs."""

# No turn is further ahead than its policy waits. What seems to be was written before the host's clock was set
# back: it is due at once, or nobody would be sought until the clock has caught up. (`t` is the paging.)
TOO_FAR_AHEAD = """t.look_again_at > holdfast_now() + make_interval(secs => 5 + least(3600, greatest(120,
    case when jsonb_typeof(t.policy->'wait_s') = 'number' then (t.policy->>'wait_s')::float8 else 0 end)))"""

DUE_PAGINGS = f"""
create or replace function holdfast_due_pagings(most integer) returns table (program_id bigint, id bigint)
language sql volatile security definer set search_path = pg_catalog, public as $$
    select t.program_id, t.id from oncall_paging t
    where t.stopped_at is null and (t.look_again_at <= holdfast_now() or {TOO_FAR_AHEAD})
    order by case t.urgency when 'emergency' then 0 when 'urgent' then 1 else 2 end, t.look_again_at limit most
$$;
"""  # noqa: S608 (both parts stand above)
