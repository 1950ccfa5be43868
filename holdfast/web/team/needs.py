"""Who needs somebody right now: a small part of every page of the team, from which sound and title take their word."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject
from django.http import HttpResponse
from django.template.response import TemplateResponse

from holdfast.care.queries import open_tasks
from holdfast.content.shapes import Urgency
from holdfast.crisis.queries import visible_to
from holdfast.crisis.rules import State
from holdfast.ledger.models import Program
from holdfast.oncall.queries import open_pages_of
from holdfast.web.access import PageRequest, staff_page

A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Needs:
    """How many crises are open, how many of them nobody has, how many of those are emergencies, how many ask me; and which, so that news is told apart. `tasks`: those due within a day."""

    open: int
    nobody: int
    emergencies: int
    asked: int
    marks: str
    tasks: int


def needs_of(request: PageRequest) -> Needs:
    """One query."""
    pages = open_pages_of(request.actor.id or 0).filter(paging__what="crisis", paging__what_id=OuterRef("id"))
    open_ = visible_to(request.actor).select_related(None).exclude(state=State.CLOSED).order_by("id")
    unowned = open_.filter(state=State.RAISED)
    counts = Program.objects.filter(id=request.program.id).values_list(
        _count(open_),
        _count(open_tasks(request.actor, request.now).filter(due_at__lt=request.now + A_DAY)),
        ArraySubquery(unowned.values(row=JSONObject(id="id", urgency="urgency", at="signal_at", asked=Exists(pages)))),
    )
    every, tasks, waiting = counts[0]
    grave = [row for row in waiting if row["urgency"] == Urgency.EMERGENCY]
    marks = " ".join(f"{row['id']}.{row['urgency'][0:2]}.{row['at'][11:19]}" for row in waiting[-20:])
    return Needs(every, len(waiting), len(grave), sum(row["asked"] for row in waiting), marks, tasks)


def _count(rows: "QuerySet[Any]") -> Coalesce:
    """How many rows these are, as part of another look."""
    counted = rows.select_related(None).order_by().values("program_id").annotate(n=Count("id")).values("n")
    return Coalesce(Subquery(counted), 0)


@staff_page("see crises")
def needs(request: PageRequest) -> HttpResponse:
    """The part alone, asked for when the program's bell rings."""
    return TemplateResponse(
        request, "team/needs.html", {"needs": needs_of(request), "needs_topic": f"board:{request.actor.program}"}
    )
