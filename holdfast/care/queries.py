"""The only reads of tasks."""

from datetime import datetime

from django.db.models import QuerySet

from holdfast.care.models import Task
from holdfast.people.access import Actor, Kind
from holdfast.people.queries import clients_visible_to
from holdfast.people.rules import LEADS


def tasks_visible_to(actor: Actor) -> "QuerySet[Task]":
    """Tasks of the clients a person may open; nobody's task is everyone's who works with clients."""
    tasks = Task.objects.select_related("client", "owner", "finding")
    if not actor.works_with_clients and actor.kind is not Kind.SYSTEM:
        return tasks.none()
    if actor.role in LEADS:
        return tasks
    return (
        tasks.filter(client_id__in=clients_visible_to(actor).values("id"))
        | tasks.filter(owner_id=actor.id)
        | tasks.filter(owner=None)
    )


def open_tasks(actor: Actor, now: datetime) -> "QuerySet[Task]":
    """Open tasks, the next due first."""
    return tasks_visible_to(actor).filter(look_again_at__isnull=False).order_by("due_at")


def tasks_of(actor: Actor, client_id: int) -> "QuerySet[Task]":
    """What is open about one client, the next due first."""
    return tasks_visible_to(actor).filter(client_id=client_id, look_again_at__isnull=False).order_by("due_at")
