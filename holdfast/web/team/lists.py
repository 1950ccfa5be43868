"""The team's lists: the caseload, what is mine today, what the team has now, and what is late."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.http import Http404, HttpResponse
from django.utils import timezone

from holdfast.approval.queries import to_confirm
from holdfast.approval.rules import MAY_CONFIRM
from holdfast.care.models import Task
from holdfast.care.queries import open_tasks
from holdfast.consent.queries import waiting_for_guardians
from holdfast.crisis.afterwards import late_actions, open_actions_of
from holdfast.crisis.board import board as read_board
from holdfast.crisis.board import rows_of
from holdfast.crisis.glance import Glance
from holdfast.crisis.lists import Standing, how_they_stand
from holdfast.crisis.models import AssignedAction
from holdfast.people.looks import rights_changed
from holdfast.people.models import Client
from holdfast.people.queries import clients_visible_to
from holdfast.people.rules import LEADS
from holdfast.people.rules import Standing as Place
from holdfast.plans.models import SafetyPlan
from holdfast.plans.queries import newest_plans
from holdfast.records.queries import waiting_for
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.consents import title_of
from holdfast.web.team.board import Case, case_of
from holdfast.web.team.frame import draw
from holdfast.web.team.opening import on_their_day
from holdfast.web.team.words import stands

A_PAGE: Final = 50
MOST: Final = 60  # rows of one list; what is left out is counted
QUIET: Final = timedelta(days=3)
GONE: Final = (Place.DISCHARGED, Place.DIED)


@dataclass(frozen=True)
class Line:
    """One client on the caseload list."""

    client: Client
    place: str
    standing: Standing
    plan: SafetyPlan | None
    plan_late: bool
    quiet: bool


@staff_page("work with clients")
def caseload(request: PageRequest) -> HttpResponse:
    """The clients whom this person may open, those in a crisis first on each page."""
    page = _page_number(request)
    chosen = clients_visible_to(request.actor)
    everyone = request.GET.get("all") == "yes"
    chosen = chosen if everyone else chosen.exclude(standing__in=GONE)
    rows = list(chosen.order_by("id")[(page - 1) * A_PAGE : page * A_PAGE + 1])
    context = {
        "lines": _lines(rows[:A_PAGE], request.now),
        "page": page,
        "more": len(rows) > A_PAGE,
        "everyone": everyone,
    }
    return draw(request, "team/caseload.html", context, nav="clients")


def _lines(clients: Sequence[Client], now: datetime) -> list[Line]:
    ids = [client.id for client in clients]
    standing, plans = how_they_stand(ids), newest_plans(ids)
    lines = [
        Line(
            client,
            stands(client),
            standing[client.id],
            plans.get(client.id),
            client.id in plans and plans[client.id].review_at < now,
            _quiet(client, standing[client.id], now),
        )
        for client in clients
    ]
    return sorted(lines, key=lambda line: line.standing.crisis is None)


def _quiet(client: Client, standing: Standing, now: datetime) -> bool:
    """Whether an active client has not answered anything for days. Missing is not fine."""
    since = standing.last_form_at or client.standing_since
    return client.standing == Place.ACTIVE and now - since > QUIET


@dataclass(frozen=True)
class View:
    """One of the three lists. `left_out` counts the rows beyond the most that are drawn."""

    id: str
    cases: tuple[Case, ...]
    tasks: tuple[Task, ...]
    plans: tuple[SafetyPlan, ...] = ()
    left_out: int = 0
    deeds: tuple[AssignedAction, ...] = ()


@staff_page("see crises")
def work(request: PageRequest, view: str = "mine") -> HttpResponse:
    """Mine today, the team now, or what is late."""
    if view not in VIEWS:
        raise Http404
    found = VIEWS[view](request)
    context = {
        "view": found,
        "topic": f"board:{request.actor.program}",
        "today": timezone.localtime(request.now).date(),
        "leads": request.actor.role in LEADS,
        "me": request.actor.id,
        "requests": waiting_for(request.actor).filter(owner_id=request.actor.id)[:20] if view == "mine" else (),
        "to_confirm": _to_confirm(request) if view == "mine" else 0,
        "guardians": _guardians(request) if view == "mine" else (),
        **on_their_day(request, view),
        "rights_changed": rights_changed(request.actor, request.now).count() if view == "mine" else 0,
    }
    return draw(request, "team/work.html", context, nav="work")


@dataclass(frozen=True)
class AskGuardian:
    """A client of mine who is under age, and what waits for their guardian's signature."""

    client: Client
    titles: tuple[str, ...]


def _guardians(request: PageRequest) -> tuple[AskGuardian, ...]:
    return tuple(
        AskGuardian(one.client, tuple(title_of(row.kind, row.supporter) for row in one.consents))
        for one in waiting_for_guardians(request.actor, request.now)
    )


def _to_confirm(request: PageRequest) -> int:
    """How many pieces of clinical content wait for the word of this person as the second one."""
    if request.actor.role not in MAY_CONFIRM or request.actor.id is None:
        return 0
    return to_confirm(request.actor.id, timezone.localtime(request.now).date())


def _mine(request: PageRequest) -> View:
    """Crises that I hold, that I am asked about, or to take over, or whose next contact I make; tasks of mine that are due today."""
    found = read_board(request.actor)
    me = request.actor.id
    crises = [one for one in found.all if one.asks_me or one.asked_of_me or me in (one.owner_id, one.next_contact_by)]
    tasks = [task for task in _due(request, _end_of_today(request.now)) if task.owner_id == me]
    return replace(_view("mine", request, crises, tasks), deeds=tuple(open_actions_of(request.actor)[:MOST]))


def _team(request: PageRequest) -> View:
    """Everything that is open now, and every task that is due today."""
    due = _due(request, _end_of_today(request.now))
    return _view("team", request, read_board(request.actor).all, due)


def _overdue(request: PageRequest) -> View:
    """Crises whose clock has run out, tasks past their time, plans that were to be looked at again."""
    found = read_board(request.actor)
    late = sorted((one for one in found.all if one.clock_at < request.now), key=lambda one: one.clock_at)
    visible = clients_visible_to(request.actor).exclude(standing__in=GONE)
    plans = newest_plans(visible.values("id"), reviewed_before=request.now)
    deeds = late_actions(request.actor, timezone.localtime(request.now).date())[:MOST]
    view = _view("overdue", request, late, _due(request, request.now), tuple(plans.values()))
    return replace(view, deeds=tuple(deeds))


def _view(
    name: str, request: PageRequest, crises: Sequence[Glance], tasks: list[Task], plans: tuple[SafetyPlan, ...] = ()
) -> View:
    cases = tuple(case_of(row, request.now) for row in rows_of(request.actor, crises[:MOST]))
    left = max(0, len(crises) - MOST) + max(0, len(tasks) - MOST) + max(0, len(plans) - MOST)
    return View(name, cases, tuple(tasks[:MOST]), plans[:MOST], left)


def _due(request: PageRequest, until: datetime) -> list[Task]:
    return list(open_tasks(request.actor, request.now).filter(due_at__lte=until)[: MOST + 200])


def _end_of_today(now: datetime) -> datetime:
    here = timezone.localtime(now)
    return (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def _page_number(request: PageRequest) -> int:
    asked = request.GET.get("page", "1")
    return max(1, int(asked)) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 1


VIEWS = {"mine": _mine, "team": _team, "overdue": _overdue}
