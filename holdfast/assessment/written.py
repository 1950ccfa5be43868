"""The only reads of what clients write in their own words. Whoever calls has checked that the reader may see it."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from holdfast.assessment.models import Answer


def written_by(client_id: int, since: datetime | None = None) -> "QuerySet[Answer]":
    """What this client wrote in forms, the newest first. What they changed afterwards was written all the same."""
    found = Answer.objects.filter(response__client_id=client_id, words__isnull=False)
    return (found if since is None else found.filter(at__gte=since)).select_related("response").order_by("-at", "-id")


def written_in(responses: Iterable[int]) -> dict[int, list[Answer]]:
    """What was written in each of these forms, the oldest first."""
    found: dict[int, list[Answer]] = {}
    rows = Answer.objects.filter(response_id__in=list(responses), words__isnull=False)
    for answer in rows.order_by("at", "id"):
        found.setdefault(answer.response_id, []).append(answer)
    return found
