"""Open tasks: what has an owner and a due time and is no crisis."""

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect

from holdfast.care import actions
from holdfast.care.queries import open_tasks, tasks_visible_to
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.team.frame import draw, me
from holdfast.web.team.reading import NotRead, typed, uid, words

AHEAD: Final = timedelta(days=3)  # what is due later than that is folded


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
                actions.finish(task, me(request), words(form, "outcome"), request.now)
            return redirect("/team/tasks/?said=finished")
        except (ValueError, NotRead) as no:
            refused, status = str(no), 400
    found = list(open_tasks(request.actor, request.now)[:200])
    later = [task for task in found if task.due_at > request.now + AHEAD and task.uid != which]
    soon = [task for task in found if task not in later]
    context = {
        "mine": [task for task in soon if task.owner_id == request.actor.id],
        "others": [task for task in soon if task.owner_id != request.actor.id],
        "later": later,
        "count": len(found),
        "refused": refused,
        "refused_task": which,
        "kept_words": kept,
    }
    return draw(request, "team/tasks.html", context, nav="tasks", status=status)
