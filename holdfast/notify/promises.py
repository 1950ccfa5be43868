"""What notify promises: due sends begin, and a channel that fails is said aloud."""

from datetime import timedelta

from holdfast.ledger.promises import Promise

PROMISES = (
    Promise(
        name="due_sends_begin",
        number=2,
        reason="A page that is due must leave within seconds, or nobody is being sought in truth.",
        bound=timedelta(seconds=20),
        sql="""
            select a.program_id, a.id from notify_attempt a
            where a.state in ('queued', 'failed_for_now') and a.due_at < holdfast_now() - interval '20 seconds'
              and not exists (select from notify_attempt b where b.handset = a.handset and b.line_until > holdfast_now()
                              and b.line_until < holdfast_now() + interval '2 minutes')
        """,
    ),
    Promise(
        name="channels_work",
        number=8,
        reason="A channel that cannot send, or whose answers we refuse, must be mended, and be said aloud until then.",
        bound=timedelta(seconds=10),
        sql="""
            select t.program_id, t.id from notify_trouble t
            where t.until is null and (t.why <> 'refused_webhook' or t.last_at > holdfast_now() - interval '10 minutes')
        """,
    ),
)
