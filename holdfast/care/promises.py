"""A task that is due is looked at."""

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
)
