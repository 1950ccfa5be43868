"""Promise 2, as far as on-call can see it: a running paging always has a next turn, and takes it in time."""

from datetime import timedelta

from holdfast.ledger.promises import Promise

PROMISES = (
    Promise(
        name="someone_is_always_sought",
        number=2,
        reason="A crisis that nobody has must have somebody being asked, and the next turn must not be late.",
        bound=timedelta(seconds=20),
        sql="""
            select p.program_id, p.id from oncall_paging p
            where p.stopped_at is null and p.look_again_at < holdfast_now() - interval '20 seconds'
        """,
    ),
)
