"""The only reads of corrections, closings and copies, scoped to whoever asks."""

from datetime import datetime

from django.db.models import Q, QuerySet

from holdfast.ledger.models import ChartRead
from holdfast.people.access import Actor, Kind
from holdfast.people.models import Client
from holdfast.people.queries import clients_visible_to
from holdfast.people.rules import LEADS
from holdfast.records.models import Closing, Correction, RecordCopy


def corrections_of(client: Client) -> "QuerySet[Correction]":
    """Everything this client asked to be corrected, the newest first. The client's row comes from a scoped read."""
    return (
        Correction.objects.filter(client=client)
        .select_related("owner", "answered_by", "recorded_by")
        .order_by("-at", "-id")
    )


def corrections_visible_to(actor: Actor) -> "QuerySet[Correction]":
    """For whoever answers: all of the program for those who lead, their own and their clients' for others."""
    found = Correction.objects.select_related("client", "owner", "answered_by", "recorded_by")
    if actor.kind is Kind.CLIENT:
        return found.filter(client_id=actor.id)
    if not actor.works_with_clients:
        return found.none()
    if actor.role in LEADS:
        return found
    return found.filter(Q(owner_id=actor.id) | Q(client__in=clients_visible_to(actor).values("id")))


def waiting_for(actor: Actor) -> "QuerySet[Correction]":
    """What this person may answer and nobody has, what is due first."""
    return corrections_visible_to(actor).filter(answer="").order_by("due_at", "id")


def late(actor: Actor, now: datetime) -> int:
    """How many requests are past the day of the law."""
    return waiting_for(actor).filter(due_at__lte=now).count()


def closing_of(client: Client) -> Closing | None:
    """That this account is closed, and by whom."""
    return Closing.objects.filter(client=client, opened_at=None).select_related("by").first()


def copies_of(client: Client, most: int = 20) -> "QuerySet[RecordCopy]":
    """Copies that were handed out, the newest first."""
    return RecordCopy.objects.filter(client=client).select_related("by").order_by("-at", "-id")[:most]


def looks_at(client: Client) -> "QuerySet[ChartRead]":
    """Who looked at this client's record, the newest first."""
    return ChartRead.objects.filter(client=client.id).order_by("-at", "-id")
