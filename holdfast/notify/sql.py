"""SQL that belongs to notify's migration: finding due attempts across programs, without seeing into them."""

from holdfast.ledger.isolation import due_function

# Run by the migration after `Isolate("attempt", across=True, watch=True)`, as the owner.
#
# The function finds the most urgent due attempt of a channel, in whatever program, and locks it for the
# sender's transaction: no two senders take the same attempt, and none takes a second one for a handset that
# is being texted or called at this moment. It tells the program and the id, nothing else.
#
# No due time lies further ahead than a retry and no line is held longer than a minute: what seems to was
# written before the host's clock was set back, and must not wait for the clock to catch up.
DUE_ATTEMPT_FUNCTION = """
create or replace function holdfast_due_attempt(wanted_channel text) returns table (program_id bigint, id bigint)
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare
    candidate record;
    moment timestamptz := holdfast_now();
    busy text[] := '{}';  -- handsets that a call holds
begin
    if wanted_channel = 'voice' then
        busy := array(select distinct b.handset from notify_attempt b
                      where b.line_until > moment and b.line_until < moment + interval '2 minutes');
    end if;
    for candidate in
        select a.id, a.handset
        from notify_attempt a
        where a.channel = wanted_channel and a.state in ('queued', 'failed_for_now') and a.due_at is not null
          and (a.due_at <= moment or a.due_at > moment + interval '2 minutes')
          and a.handset <> all(busy)
        order by a.urgency_rank, a.due_at
        limit 50
    loop
        continue when not pg_try_advisory_xact_lock(hashtext('notify ' || wanted_channel), hashtext(candidate.handset));
        return query
            select a.program_id, a.id
            from notify_attempt a
            where a.id = candidate.id and a.state in ('queued', 'failed_for_now')
              and (a.due_at <= moment or a.due_at > moment + interval '2 minutes')
              and not exists (select from notify_attempt b where b.handset = a.handset and wanted_channel = 'voice'
                              and b.line_until > moment and b.line_until < moment + interval '2 minutes')
            for update of a skip locked;
        if found then
            return;
        end if;
    end loop;
    -- All of those belong to handsets that are being texted or called: look at one attempt of each other handset.
    for candidate in
        select * from (select distinct on (a.handset) a.id, a.handset, a.urgency_rank, a.due_at
        from notify_attempt a
        where a.channel = wanted_channel and a.state in ('queued', 'failed_for_now') and a.due_at is not null
          and (a.due_at <= moment or a.due_at > moment + interval '2 minutes')
          and a.handset <> all(busy)
        order by a.handset, a.urgency_rank, a.due_at) firsts
        order by urgency_rank, due_at
    loop
        continue when not pg_try_advisory_xact_lock(hashtext('notify ' || wanted_channel), hashtext(candidate.handset));
        return query
            select a.program_id, a.id
            from notify_attempt a
            where a.id = candidate.id and a.state in ('queued', 'failed_for_now')
              and (a.due_at <= moment or a.due_at > moment + interval '2 minutes')
              and not exists (select from notify_attempt b where b.handset = a.handset and wanted_channel = 'voice'
                              and b.line_until > moment and b.line_until < moment + interval '2 minutes')
            for update of a skip locked;
        if found then
            return;
        end if;
    end loop;
end
$$;
alter function holdfast_due_attempt(text) owner to holdfast_across;
revoke all on function holdfast_due_attempt(text) from public;
grant execute on function holdfast_due_attempt(text) to holdfast_worker;
"""

DUE_ATTEMPT = (
    """
grant update (due_at) on notify_attempt to holdfast_across;
create policy across_lock on notify_attempt for update to holdfast_across using (true);
"""
    + DUE_ATTEMPT_FUNCTION
)

# What a refused webhook leaves behind is over when it was not repeated for ten minutes (actions.REFUSAL_LASTS).
DUE_TROUBLE = """
create policy across on notify_trouble for select to holdfast_across using (true);
grant select on notify_trouble to holdfast_across;
""" + due_function(
    "holdfast_due_troubles",
    "notify_trouble",
    "t.last_at + interval '10 minutes'",
    "t.until is null and t.why = 'refused_webhook'",
)
