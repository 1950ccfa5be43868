"""The bell. A NOTIFY wakes sleepers and open pages; it carries a topic and never data.

Whoever is woken reads its own state again, so a lost bell costs a little time and nothing else.
"""

from django.db import connection

CHANNEL = "holdfast_wake"


def ring(*topics: str) -> None:
    """Wake everyone who listens to these topics, when the open transaction commits.

    Worker topics: `send`, `turn`, `judge`. Page topics begin with `live:`.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_notify(%s, t) from unnest(%s::text[]) t", [CHANNEL, list(topics)])
