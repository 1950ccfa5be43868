"""A task that is due is looked at, and a pause that is over ends."""

from datetime import timedelta

from holdfast.ledger.promises import Promise

PROMISES = (
    Promise(
        name="tasks_are_looked_at",
        number=1,
        reason="A same-day task that is not done in time must become a crisis.",
        bound=timedelta(seconds=60),
        sql="""
            select t.program_id, t.id from care_task t
            where t.look_again_at < holdfast_now() - interval '60 seconds'
        """,
    ),
    Promise(
        name="pauses_end",
        number=1,
        reason="A pause that is over must end, so that the client is watched again and somebody asks.",
        bound=timedelta(minutes=5),
        sql="""
            select c.program_id, c.id from people_client c
            where c.standing = 'paused'
              and coalesce(c.pause_ends_at, c.standing_since + interval '2160 hours')
                  < holdfast_now() - interval '5 minutes'
        """,
    ),
)
