"""Reads of charts that were opened with a reason, and of who looked at a chart."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from holdfast.ledger.models import ChartRead
from holdfast.people.access import Actor
from holdfast.people.charts import Right
from holdfast.people.models import ChartOpening, Staff
from holdfast.people.rules import LEADS


def openings_visible_to(actor: Actor) -> "QuerySet[ChartOpening]":
    """Charts that were opened with a reason: one's own, and all for those who lead."""
    openings = ChartOpening.objects.select_related("client", "by", "told", "reviewed_by")
    if not actor.works_with_clients:
        return openings.none()
    return openings if actor.role in LEADS else openings.filter(by_id=actor.id)


def openings_to_review(actor: Actor) -> "QuerySet[ChartOpening]":
    """What waits for somebody who leads to say whether it was right: never their own. The first due first."""
    waiting = openings_visible_to(actor).filter(look_at__isnull=False)
    return waiting.exclude(by_id=actor.id).order_by("review_by") if actor.role in LEADS else waiting.none()


def openings_of(actor: Actor) -> "QuerySet[ChartOpening]":
    """One's own, until they have read what the review found."""
    return openings_visible_to(actor).filter(by_id=actor.id, read_at=None).order_by("-at")


def open_now(actor: Actor, client_id: int, now: datetime) -> ChartOpening | None:
    """The opening under which this person sees this chart now."""
    mine = openings_visible_to(actor).filter(by_id=actor.id, client_id=client_id, at__lte=now, ends_at__gt=now)
    return mine.order_by("-ends_at").first()


@dataclass(frozen=True)
class LookedAt:
    """Somebody looked: who, on which page, by which right, when. No `who`: Holdfast itself, for a sheet on paper."""

    who: str
    page: str
    right: Right | None
    at: datetime


def looks_at(
    client_id: int, *, by: int | None = None, since: datetime | None = None, until: datetime | None = None
) -> list[LookedAt]:
    """Who looked at this client's chart, the newest first. Of the client themselves, or of who may open their chart."""
    chosen = Q(client=client_id)
    if by is not None:
        chosen &= Q(staff=by)
    if since is not None:
        chosen &= Q(at__gte=since)
    if until is not None:
        chosen &= Q(at__lte=until)
    rows = list(ChartRead.objects.filter(chosen).order_by("-at", "-id").values_list("staff", "page", "by_right", "at"))
    names = dict(Staff.objects.filter(id__in={row[0] for row in rows}).values_list("id", "name"))
    known = {right.value: right for right in Right}
    return [LookedAt(names.get(staff or 0, ""), page, known.get(right), at) for staff, page, right, at in rows]
