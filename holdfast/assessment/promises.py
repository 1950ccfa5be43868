"""Promise 1, as far as answers go: what was received is judged within seconds, or becomes a crisis."""

from datetime import timedelta

from holdfast.ledger.promises import Promise

PROMISES = (
    Promise(
        name="received_is_judged",
        number=1,
        reason="An answer that was received must be read within seconds, or open a crisis by itself.",
        bound=timedelta(seconds=45),
        sql="""
            select a.program_id, a.id from assessment_answer a
            where a.judged_at is null and a.at < holdfast_now() - interval '45 seconds'
        """,
    ),
    Promise(
        name="unfinished_screen_is_noticed",
        number=1,
        reason="A suicide screen left unfinished after a worrying answer must become a signal.",
        bound=timedelta(seconds=30),
        sql="""
            select r.program_id, r.id from assessment_response r
            where r.unfinished_at < holdfast_now() - interval '30 seconds' and r.done_at is null
        """,
    ),
    Promise(
        name="silence_is_looked_at",
        number=1,
        reason="A client who goes quiet must be noticed, so somebody looks when it is time.",
        bound=timedelta(minutes=5),
        sql="""
            select c.program_id, c.id from people_client c
            where c.standing in ('active', 'paused')
              and coalesce(c.silence_look_at, c.standing_since) < holdfast_now() - interval '5 minutes'
        """,
    ),
)
