"""Promise 2, as far as on-call can see it: a running paging always has a next turn, and takes it in time."""

from datetime import timedelta

from holdfast.ledger.promises import Promise
from holdfast.oncall.sql import TOO_FAR_AHEAD

PROMISES = (
    Promise(
        name="someone_is_always_sought",
        number=2,
        reason="A crisis that nobody has must have somebody being asked, and the next turn must not be late.",
        bound=timedelta(seconds=20),
        sql=f"""
            select t.program_id, t.id from oncall_paging t
            where t.stopped_at is null and (t.look_again_at < holdfast_now() - interval '20 seconds'
                or {TOO_FAR_AHEAD} + interval '20 seconds')
        """,
    ),
)
