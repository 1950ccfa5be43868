"""Who needs somebody right now: a small part of every page of the team, from which sound and title take their word."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.template.response import TemplateResponse

from holdfast.content.shapes import Urgency
from holdfast.crisis.queries import visible_to
from holdfast.crisis.rules import State
from holdfast.oncall.queries import open_pages_of
from holdfast.web.access import PageRequest, staff_page


@dataclass(frozen=True)
class Needs:
    """How many crises are open, how many of them nobody has, how many of those are emergencies, how many ask me; and which, so that news is told apart."""

    open: int
    nobody: int
    emergencies: int
    asked: int
    marks: str


def needs_of(request: PageRequest) -> Needs:
    """Two queries."""
    open_ = visible_to(request.actor).exclude(state=State.CLOSED).order_by("id")
    every = list(open_.values_list("id", "urgency", "signal_at", "state"))
    waiting = [row for row in every if row[3] == State.RAISED]
    asked = set(open_pages_of(request.actor.id).filter(paging__what="crisis").values_list("paging__what_id", flat=True))
    grave = [row for row in waiting if row[1] == Urgency.EMERGENCY]
    marks = " ".join(f"{number}.{urgency[0:2]}.{at:%H%M%S}" for number, urgency, at, _state in waiting[-20:])
    return Needs(len(every), len(waiting), len(grave), len(asked & {row[0] for row in waiting}), marks)


@staff_page("see crises")
def needs(request: PageRequest) -> HttpResponse:
    """The part alone, asked for when the program's bell rings."""
    return TemplateResponse(
        request, "team/needs.html", {"needs": needs_of(request), "needs_topic": f"board:{request.actor.program}"}
    )
