"""Promises 1, 2 and 3, as far as crises can see them."""

from datetime import timedelta

from holdfast.ledger.promises import Promise

PROMISES = (
    Promise(
        name="every_worry_has_a_crisis",
        number=1,
        reason="A finding that needs a human now must be a signal of a crisis.",
        bound=timedelta(seconds=1),
        sql="""
            select f.program_id, f.id from assessment_riskfinding f
            where f.urgency in ('emergency', 'urgent') and f.at > holdfast_now() - interval '30 days'
              and not exists (select 1 from crisis_signal s where s.finding_id = f.id)
        """,
    ),
    Promise(
        name="every_crisis_without_an_owner_is_being_paged",
        number=2,
        reason="A crisis that nobody has must have a paging that runs.",
        bound=timedelta(seconds=1),
        sql="""
            select e.program_id, e.id from crisis_episode e
            where e.state = 'raised' and not exists (
                select 1 from oncall_paging p
                where p.program_id = e.program_id and p.what = 'crisis' and p.what_id = e.id and p.stopped_at is null)
        """,
    ),
    Promise(
        name="no_send_begins_after_an_answer",
        number=3,
        reason="Once somebody has it, no further page may begin.",
        bound=timedelta(seconds=1),
        sql="""
            select a.program_id, a.id from notify_attempt a
            join oncall_page g on g.program_id = a.program_id and g.id = a.for_id and a.for_what = 'page'
            join oncall_paging p on p.id = g.paging_id
            where p.stopped_at > holdfast_now() - interval '1 day' and a.began_at > p.stopped_at + interval '1 second'
              and a.at <= p.stopped_at  -- else the clock was set back in between, and the two times cannot be compared
        """,
    ),
    Promise(
        name="every_open_crisis_is_looked_at",
        number=4,
        reason="An open crisis must be looked at when its clock runs out.",
        bound=timedelta(seconds=30),
        sql="""
            select e.program_id, e.id from crisis_episode e
            where e.look_again_at < holdfast_now() - interval '30 seconds'
        """,
    ),
    Promise(
        name="every_clock_within_a_crisis_is_heard",
        number=4,
        reason="A late try, a late step and a colleague's missing answer must be told when their clock runs out.",
        bound=timedelta(seconds=30),
        sql="""
            select c.program_id, c.id from crisis_clock c
            where c.due_at < holdfast_now() - interval '30 seconds'
        """,
    ),
    Promise(
        name="every_second_person_asked_for_is_sought",
        number=2,
        reason="Where a second person was asked of whoever is on call, a paging must run.",
        bound=timedelta(seconds=1),
        sql="""
            select a.program_id, a.id from crisis_ask a
            where a.answer = '' and a.kind = 'second' and a.to_id is null and not exists (
                select 1 from oncall_paging p
                where p.program_id = a.program_id and p.what = 'second' and p.what_id = a.episode_id
                  and p.stopped_at is null)
        """,
    ),
    Promise(
        name="a_second_person_is_sought_for_an_owner",
        number=3,
        reason="A second person is sought only while somebody has the crisis.",
        bound=timedelta(seconds=1),
        sql="""
            select p.program_id, p.id from oncall_paging p
            where p.what = 'second' and p.stopped_at is null and not exists (
                select 1 from crisis_episode e
                where e.program_id = p.program_id and e.id = p.what_id and e.state in ('owned', 'reached', 'settled'))
        """,
    ),
    Promise(
        name="no_crisis_closes_with_its_landing_undone",
        number=5,
        reason="A closed crisis has an end, a risk that was judged, a plan that was reviewed and a next contact that "
        "was made, or says why not.",
        bound=timedelta(seconds=1),
        sql="""
            select e.program_id, e.id from crisis_episode e
            where e.state = 'closed' and e.closed_at > holdfast_now() - interval '1 day'
              and e.disposition not in ('joined_another', 'died')
              and (e.disposition = ''
                or (e.risk_level = '' and not e.waivers ? 'reassessment')
                or (e.plan_reviewed_at is null and not e.waivers ? 'plan')
                -- made sooner than half-way from settling to its time, a talk is a try (rules.is_next_contact)
                or (coalesce(e.reached_at - e.settled_at < e.next_contact_at - e.reached_at, true)
                    and not e.waivers ? 'next_contact'))
        """,
    ),
    Promise(
        name="no_waiver_without_a_ground",
        number=5,
        reason="A crisis closes without its next contact only on one of three grounds.",
        bound=timedelta(seconds=1),
        sql="""
            select e.program_id, e.id from crisis_episode e
            where e.state = 'closed' and e.closed_at > holdfast_now() - interval '1 day'
              and e.waivers ? 'next_contact' and e.waivers ->> 'next_contact' not in ('died', 'admitted', 'refused')
        """,
    ),
)
