"""What is known of the client of a crisis beside it: what they wrote lately, how their risk was judged, who was told.

One query. Whoever calls has checked that the reader may see the crisis.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef
from django.db.models.functions import JSONObject

from holdfast.assessment.models import Answer
from holdfast.assessment.written import written_by
from holdfast.consent.queries import ToldThen, told_between, told_in
from holdfast.crisis.models import Episode
from holdfast.ledger.packed import packed, unpacked
from holdfast.people.models import Client, RiskRating

BEFORE: Final = timedelta(hours=24)  # so long before it was raised, what they wrote belongs to it
MOST_NOTES: Final = 20


@dataclass(frozen=True)
class Judged:
    """The risk level that holds for a client: the newest judgement, whosever crisis it was made in."""

    level: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Known:
    """`notes`: free text, newest first, sealed. `judged`: None where no clinician has judged the client yet.

    `told`: who outside was told about them while it lasted, newest first.
    """

    notes: tuple[Answer, ...] = ()
    judged: Judged | None = None
    told: tuple[ToldThen, ...] = ()


def known_of(episode: Episode) -> Known:
    """What is known of the client of this crisis; nothing where nobody knows yet who it is."""
    if episode.client_id is None:
        return Known()
    notes = written_by(episode.client_id, episode.raised_at - BEFORE)[:MOST_NOTES]
    since = episode.raised_at.replace(second=0, microsecond=0)  # when it was told is written to the minute
    written, newest, told = Client.objects.filter(id=episode.client_id).values_list(
        ArraySubquery(notes.values(row=JSONObject(**packed(Answer, "id", "uid", "words", "via", "at")))),
        newest_judgement(OuterRef("id")),
        told_between(since, episode.closed_at),
    )[0]
    return Known(
        tuple(unpacked(Answer, row, program_id=episode.program_id) for row in written),
        judged_in(newest),
        tuple(told_in(told, episode.program_id)),
    )


def newest_judgement(client: OuterRef) -> ArraySubquery:
    """The level that holds for this client, as part of another read; `judged_in` reads it."""
    ratings = RiskRating.objects.filter(client=client).order_by("-at", "-id")
    return ArraySubquery(ratings.values(row=JSONObject(level=F("level"), by=F("by__name"), at=F("at")))[:1])


def judged_in(found: list[dict[str, str]]) -> Judged | None:
    return Judged(found[0]["level"], found[0]["by"], datetime.fromisoformat(found[0]["at"])) if found else None
