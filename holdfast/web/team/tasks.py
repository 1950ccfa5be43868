"""Open tasks: what has an owner and a due time and is no crisis."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect

from holdfast.assessment.models import Answer
from holdfast.assessment.written import written_in
from holdfast.care import actions
from holdfast.care.models import Task
from holdfast.care.queries import open_tasks, tasks_visible_to
from holdfast.people.charts import Right
from holdfast.people.queries import clients_visible_to
from holdfast.people.rules import LEADS
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.chart import saw_all
from holdfast.web.sealed import shut
from holdfast.web.team.frame import draw, me
from holdfast.web.team.reading import NotRead, typed, uid, words

AHEAD: Final = timedelta(days=3)  # what is due later than that is folded


@dataclass(frozen=True)
class Card:
    """One task with what the client wrote, which is before whoever finishes it. `shut`: some of it will not open here."""

    task: Task
    written: tuple[Answer, ...]
    shut: bool
    opens_client: bool

    @property
    def newest(self) -> Answer | None:
        return self.written[-1] if self.written else None


def _cards(request: PageRequest, found: list[Task]) -> list[Card]:
    """The tasks with the words that belong to them: two reads, however many."""
    words_of = written_in(task.finding.response_id for task in found if task.finding and task.finding.response_id)
    mine = clients_visible_to(request.actor).filter(id__in=[task.client_id for task in found])
    visible = set(mine.values_list("id", flat=True))
    cards = []
    for task in found:
        written = tuple(words_of.get((task.finding and task.finding.response_id) or 0, ()))
        cards.append(Card(task, written, any(shut(one, "words") for one in written), task.client_id in visible))
    return cards


@staff_page("see crises")
def tasks(request: PageRequest) -> HttpResponse:
    """The list, the next due first, each with a form to finish it."""
    refused, which, kept, status = "", None, "", 200
    if request.method == "POST":
        form = typed(request.POST)
        which, kept = uid(form, "task"), form.get("outcome")
        task = tasks_visible_to(request.actor).filter(uid=which).first() if which else None
        try:
            if task is None:
                raise ValueError("That task is not on your list any more. Reload the page.")
            with transaction.atomic():
                actions.finish(task, me(request), words(form, "outcome"), request.now, read=uid(form, "read"))
            return redirect("/team/tasks/?said=finished")
        except (ValueError, NotRead) as no:
            refused, status = str(no), 400
    found = list(open_tasks(request.actor, request.now)[:200])
    right = Right.LEADS if request.actor.role in LEADS else Right.TASK
    saw_all(request, {task.client_id for task in found if task.client_id}, right)
    cards = {task.id: card for task, card in zip(found, _cards(request, found), strict=True)}
    later = [task for task in found if task.due_at > request.now + AHEAD and task.uid != which]
    soon = [task for task in found if task not in later]
    context = {
        "mine": [cards[task.id] for task in soon if task.owner_id == request.actor.id],
        "others": [cards[task.id] for task in soon if task.owner_id != request.actor.id],
        "later": [cards[task.id] for task in later],
        "count": len(found),
        "refused": refused,
        "refused_task": which,
        "kept_words": kept,
    }
    return draw(request, "team/tasks.html", context, nav="tasks", status=status)
