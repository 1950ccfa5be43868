"""Who needs somebody right now: a small part of every page of the team, from which sound and title take their word."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from holdfast.care.queries import open_tasks
from holdfast.consent.queries import told_to_see
from holdfast.content.shapes import Urgency
from holdfast.crisis.afterwards import waivers_to_see
from holdfast.crisis.queries import open_to
from holdfast.crisis.rules import State
from holdfast.ledger.models import Program
from holdfast.ledger.packed import packed, unpacked
from holdfast.oncall.queries import open_pages_of
from holdfast.people.looks import openings_to_review
from holdfast.people.models import Contact
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.sealed import opened

A_DAY = timedelta(days=1)
COUNTED = ("open", "nobody", "emergencies", "asked")
NEWS = 20  # so many of the newest are told apart


@dataclass(frozen=True)
class Needs:
    """How many crises are open, how many of them nobody has, how many of those are emergencies, how many ask me; and which, so that news is told apart.

    `tasks`: those due within a day. `waivers`: what was left out on closing and waits for the eyes of this person.
    `openings`: charts that were opened with a reason and wait for their review.
    `told`: what was told against a no, and waits likewise.
    `numbers`: whom to ring by hand, as (staff, name, number), where that was asked for.
    """

    open: int
    nobody: int
    emergencies: int
    asked: int
    marks: str
    tasks: int
    waivers: int
    openings: int
    told: int
    numbers: tuple[tuple[int, str, str], ...]


def needs_of(request: PageRequest, ring: "QuerySet[Contact] | None" = None) -> Needs:
    """One query. `ring`: the phones that are to be rung by hand, when our own calls may not go out."""
    pages = open_pages_of(request.actor.id or 0).filter(paging__what="crisis", paging__what_id=OuterRef("id"))
    open_ = open_to(request.actor).select_related(None)
    raised = Q(state=State.RAISED)
    counts = (
        open_.values("program_id")
        .annotate(
            open=Count("id"),
            nobody=Count("id", filter=raised),
            emergencies=Count("id", filter=raised & Q(urgency=Urgency.EMERGENCY)),
            asked=Count("id", filter=Q(raised, Exists(pages))),
        )
        .values(row=JSONObject(**{name: name for name in COUNTED}))
    )
    newest = open_.filter(raised).order_by("-id").values(row=JSONObject(id="id", urgency="urgency", at="signal_at"))
    found = Program.objects.filter(id=request.program.id).values_list(
        Subquery(counts),
        ArraySubquery(newest[:NEWS]),
        _count(open_tasks(request.actor, request.now).filter(due_at__lt=request.now + A_DAY)),
        _count(waivers_to_see(request.actor, timezone.get_current_timezone(), request.now)),
        _count(openings_to_review(request.actor)),
        _count(told_to_see(request.actor)),
        ArraySubquery((Contact.objects.none() if ring is None else ring).values(row=_PHONE)),
    )
    counted, news, tasks, waivers, openings, told, phones = found[0]
    marks = " ".join(f"{row['id']}.{row['urgency'][0:2]}.{row['at'][11:19]}" for row in reversed(news))
    numbers = tuple(_number(request.program.id, row) for row in phones or ())
    counted = counted or dict.fromkeys(COUNTED, 0)
    return Needs(**counted, marks=marks, tasks=tasks, waivers=waivers, openings=openings, told=told, numbers=numbers)


_PHONE = JSONObject(name="staff__name", **packed(Contact, "uid", "staff_id", "address"))


def _number(program: int, row: dict[str, Any]) -> tuple[int, str, str]:
    """One phone that came along: whose, their name, and the number; empty where it will not open."""
    name = row.pop("name")
    contact = unpacked(Contact, row, program_id=program)
    return contact.staff_id, name, opened(contact, "address")


def _count(rows: "QuerySet[Any]") -> Coalesce:
    """How many rows these are, as part of another look."""
    counted = rows.select_related(None).order_by().values("program_id").annotate(n=Count("id")).values("n")
    return Coalesce(Subquery(counted), 0)


@staff_page("see crises", while_locked=True)
def needs(request: PageRequest) -> HttpResponse:
    """The part alone, asked for when the program's bell rings."""
    return TemplateResponse(
        request, "team/needs.html", {"needs": needs_of(request), "needs_topic": f"board:{request.actor.program}"}
    )
