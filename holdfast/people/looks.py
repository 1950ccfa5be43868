"""Reads of charts that were opened with a reason, of who looked at a chart, and of who was given rights."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from holdfast.ledger.models import ChartRead, Fact
from holdfast.people.access import Actor
from holdfast.people.charts import Right
from holdfast.people.models import ChartOpening, SetUpSeen, Staff
from holdfast.people.rules import LEADS, Role


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


def opening_of(actor: Actor, number: int) -> ChartOpening | None:
    """One's own, with who was told."""
    return openings_visible_to(actor).filter(by_id=actor.id, id=number).first()


@dataclass(frozen=True)
class LookedAt:
    """Somebody looked: who, on which page, by which right, when. No `who`: Holdfast itself, for a sheet on paper."""

    who: str
    page: str
    right: Right | None
    at: datetime


def looks_at(client_id: int) -> list[LookedAt]:
    """Who looked at this client's chart, the newest first: for the client, or for who may open their chart.

    What a page is called in words: `web/looked.py`.
    """
    rows = (
        ChartRead.objects.filter(client=client_id).order_by("-at", "-id").values_list("staff", "page", "by_right", "at")
    )
    names = dict(Staff.objects.values_list("id", "name"))
    return [LookedAt(names.get(staff or 0, ""), page, _RIGHTS.get(right), at) for staff, page, right, at in rows]


_RIGHTS: Final = {right.value: right for right in Right}


def looks_under(openings: Sequence[ChartOpening]) -> dict[int, list[LookedAt]]:
    """What was looked at in the hour of each of these, the first look first. One query, however many."""
    found: dict[int, list[LookedAt]] = {one.id: [] for one in openings}
    if not openings:
        return found
    under = Q()
    for one in openings:
        under |= Q(staff=one.by_id, client=one.client_id, at__gte=one.at, at__lte=one.ends_at)
    rows = list(
        ChartRead.objects.filter(under).order_by("at", "id").values_list("staff", "client", "page", "by_right", "at")
    )
    for one in openings:
        found[one.id] = [
            LookedAt(one.by.name, page, _RIGHTS.get(right), at)
            for staff, client, page, right, at in rows
            if (staff, client) == (one.by_id, one.client_id) and one.at <= at <= one.ends_at
        ]
    return found


# --- who was given rights -----------------------------------------------------------------------------

#: Changes that decide who sees charts, or by which somebody's place could be taken over.
RIGHTS_OF_STAFF: Final = frozenset({"added", "role", "contact", "last day"})
RIGHTS_OF_CLIENTS: Final = frozenset({"phone", "account"})
RIGHTS_OF_FILES: Final = frozenset({"staff", "clients"})
AS_FAR_BACK: Final = timedelta(days=90)


def rights_changed(actor: Actor, now: datetime) -> "QuerySet[Fact]":
    """What others than a director changed of who may see charts, that this director has not seen. The newest first."""
    if actor.role is not Role.DIRECTOR:
        return Fact.objects.none()
    seen = SetUpSeen.objects.filter(by=actor.id).order_by("-up_to").values("up_to")[:1]
    directors = Staff.objects.filter(role=Role.DIRECTOR).values_list("id", flat=True)
    which = (
        Q(kind="CareTeamChanged")
        | Q(kind="StaffChanged", data__what__in=sorted(RIGHTS_OF_STAFF))
        | Q(kind="ClientChanged", data__what__in=sorted(RIGHTS_OF_CLIENTS))
        | Q(kind="TableConfirmed", data__what__in=sorted(RIGHTS_OF_FILES))
    )
    recent = Fact.objects.filter(which, at__gt=now - AS_FAR_BACK, id__gt=Coalesce(seen, 0))
    return recent.exclude(data__by__in=list(directors)).order_by("-id")
