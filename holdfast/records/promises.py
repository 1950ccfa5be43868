"""Requests are looked at, and what a director approved goes."""

from datetime import timedelta

from holdfast.ledger.promises import Promise

PROMISES = (
    Promise(
        name="requests_to_correct_are_looked_at",
        number=6,
        reason="A request to correct a record that waits must be told to whoever answers it, and a late one to those who lead.",
        bound=timedelta(minutes=5),
        sql="""
            select c.program_id, c.id from records_correction c
            where c.answer = '' and c.look_again_at < holdfast_now() - interval '5 minutes'
        """,
    ),
    Promise(
        name="what_was_approved_to_go_goes",
        number=6,
        reason="What the law no longer asks to be kept, and a director approved, must be gone within a day of its day.",
        bound=timedelta(days=1),
        sql="""
            select d.program_id, d.id from records_deletion d
            where d.done_at is null and d.dropped_at is null and d.due_at < holdfast_now() - interval '1 day'
        """,
    ),
)
