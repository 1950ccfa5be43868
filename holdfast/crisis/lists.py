"""Reads for the team's lists. Each takes clients or crises that a scoped read has named already."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min

from holdfast.assessment.models import Response
from holdfast.care.models import Task
from holdfast.crisis.models import Episode
from holdfast.crisis.rules import State
from holdfast.people.models import RiskRating
from holdfast.people.queries import risk_levels_of


@dataclass(frozen=True)
class Standing:
    """How things stand with one client: what a line of the caseload list shows."""

    crisis: Episode | None
    rated: RiskRating | None
    last_form_at: datetime | None
    tasks: int
    task_due: datetime | None


def how_they_stand(clients: Sequence[int]) -> dict[int, Standing]:
    """Four queries, however many clients."""
    crises = {
        episode.client_id: episode
        for episode in Episode.objects.filter(client_id__in=clients).exclude(state=State.CLOSED).select_related("owner")
    }
    rated = risk_levels_of(list(clients))
    answered = dict(
        Response.objects.filter(client_id__in=clients, done_at__isnull=False)
        .values_list("client_id")
        .annotate(Max("done_at"))
    )
    tasks = {
        row["client_id"]: row
        for row in Task.objects.filter(client_id__in=clients, look_again_at__isnull=False)
        .values("client_id")
        .annotate(count=Count("id"), due=Min("due_at"))
    }
    return {
        client: Standing(
            crises.get(client),
            rated.get(client),
            answered.get(client),
            tasks[client]["count"] if client in tasks else 0,
            tasks[client]["due"] if client in tasks else None,
        )
        for client in clients
    }
