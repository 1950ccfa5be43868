"""Promises that people can see: a chart that was opened with a reason is told, reviewed, and closes by the clock."""

from datetime import timedelta

from holdfast.ledger.promises import Promise

PROMISES = (
    Promise(
        name="every_opened_chart_is_looked_at",
        number=6,
        reason="A chart opened with a reason must be told to a second person, and a late review said, when its time comes.",
        bound=timedelta(seconds=60),
        sql="""
            select o.program_id, o.id from people_chartopening o
            where o.look_at < holdfast_now() - interval '60 seconds'
        """,
    ),
    Promise(
        name="nobody_looks_after_the_hour",
        number=6,
        reason="A chart opened with a reason closes by the clock: no look may stand outside its hour.",
        bound=timedelta(seconds=60),
        sql="""
            select r.program_id, r.id from people_chartopening o
            join ledger_chartread r on r.program_id = o.program_id and r.client = o.client_id and r.staff = o.by_id
              and r.by_right = 'break-glass' and r.at > o.ends_at + interval '1 second'
            where o.ends_at > holdfast_now() - interval '1 day' and not exists (
                select from people_chartopening a
                where a.program_id = r.program_id and a.by_id = r.staff and a.client_id = r.client
                  and r.at between a.at - interval '1 second' and a.ends_at + interval '1 second')
        """,
    ),
)
