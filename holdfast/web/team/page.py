"""What the link in a text, a mail or a push leads to. Opening it answers nothing: only a button does."""

from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from holdfast.care.queries import tasks_visible_to
from holdfast.crisis import handing
from holdfast.crisis.actions import AlreadyTaken
from holdfast.crisis.models import Episode
from holdfast.crisis.queries import visible_to, whole
from holdfast.crisis.rules import NotAllowed, State
from holdfast.oncall import actions as oncall
from holdfast.oncall import canary
from holdfast.oncall.models import Canary, Page
from holdfast.oncall.queries import page_by_uid
from holdfast.oncall.rules import Answer
from holdfast.people.charts import Right
from holdfast.people.rules import LEADS
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.chart import saw_all, saw_crisis
from holdfast.web.team.board import full_name, kind_of, place_of, state_words
from holdfast.web.team.crisis_presses import take
from holdfast.web.team.frame import draw, me
from holdfast.web.team.reading import typed


@staff_page("take crises")
def page(request: PageRequest, uid: UUID) -> HttpResponse:
    """One's own page, with two buttons. Nobody else's: a link that was passed on opens nothing."""
    asked = page_by_uid(request.actor, uid)
    if asked is None:
        raise Http404
    if asked.paging.what == "second":
        return _second(request, asked)
    if asked.paging.what in (canary.START, canary.LATE_START):
        return _start(request, asked)
    return _crisis(request, asked) if asked.paging.what == "crisis" else _task(request, asked)


def _crisis(request: PageRequest, asked: Page) -> HttpResponse:
    episode = visible_to(request.actor).filter(id=asked.paging.what_id).first()
    if episode is None:
        raise Http404
    if request.method == "POST" and request.POST.get("do") == "cannot":
        return _cannot(request, asked, episode)
    if request.method == "POST" and request.POST.get("do") == "have":
        try:
            with transaction.atomic():
                return redirect(take(request, episode, me(request), typed({"from": "page"})))
        except AlreadyTaken as no:
            handing.answered_second(episode.id, me(request), "page", request.now)
            return _show(request, asked, episode, status=409, refused=str(no))
        except NotAllowed as no:
            return _show(request, asked, episode, status=409, refused=str(no))
    if episode.owner_id == request.actor.id or episode.state == State.CLOSED:
        return redirect("crisis", uid=episode.uid)
    return _show(request, asked, episode)


def _second(request: PageRequest, asked: Page) -> HttpResponse:
    """Somebody has it and needs a second person."""
    episode = visible_to(request.actor).filter(id=asked.paging.what_id).first()
    if episode is None:
        raise Http404
    waiting = asked.paging.stopped_at is None
    if request.method == "POST" and waiting and request.POST.get("do") in ("have", "cannot"):
        answer = Answer(request.POST["do"])
        oncall.answer(asked.id, answer, "page", request.now)
        return redirect("crisis", uid=episode.uid) if answer is Answer.HAVE else redirect("/team/?said=cannot")
    if not waiting:
        return redirect("crisis", uid=episode.uid)
    return _show(request, asked, episode, second=True)


def _cannot(request: PageRequest, asked: Page, episode: Episode) -> HttpResponse:
    if episode.owner_id == request.actor.id:
        return _show(
            request,
            asked,
            episode,
            status=409,
            refused=_("You have this. To pass it on, give it back on its page and say why."),
        )
    if asked.answer is None and asked.paging.stopped_at is None:
        oncall.answer(asked.id, Answer.CANNOT, "page", request.now)
    return redirect("/team/?said=cannot")


def _show(
    request: PageRequest,
    asked: Page,
    episode: Episode,
    *,
    status: int = 200,
    refused: str = "",
    second: bool = False,
) -> HttpResponse:
    found = whole(request.actor, episode.uid)
    if found is None:
        raise Http404
    saw_crisis(request, found.episode)
    context = {
        "page": asked,
        "episode": found.episode,
        "row": found.row,
        "findings": found.findings,
        "notes": found.known.notes,
        "name": full_name(found.episode),
        "kind": kind_of(found.episode),
        "place": place_of(found.episode),
        "state_words": state_words(found.row, request.now),
        "waiting": second or found.episode.state == State.RAISED,
        "second": second,
        "topic": f"episode:{found.episode.uid}",
        "refused": refused,
    }
    return draw(request, "team/page.html", context, nav="board", status=status)


def _start(request: PageRequest, asked: Page) -> HttpResponse:
    """A shift begins: its person says that they are there, or somebody above sees to it."""
    about = Canary.objects.select_related("staff").get(id=asked.paging.what_id)
    waiting = asked.paging.stopped_at is None
    own = asked.paging.what == canary.START
    if request.method == "POST" and waiting and request.POST.get("do") in ("have", "cannot"):
        answer = Answer(request.POST["do"])
        oncall.answer(asked.id, answer, "page", request.now)
        said = ("there" if own else "seen-to") if answer is Answer.HAVE else "cannot"
        return redirect(f"{reverse('rota')}?said={said}")
    saw_all(request, (), Right.TASK)  # a shift, and nobody's chart
    context = {"page": asked, "canary": about, "own": own, "waiting": waiting, "topic": ""}
    return draw(request, "team/page_start.html", context, nav="rota")


def _task(request: PageRequest, asked: Page) -> HttpResponse:
    task = tasks_visible_to(request.actor).filter(id=asked.paging.what_id).first()
    saw_all(request, [task.client_id] if task else (), Right.LEADS if request.actor.role in LEADS else Right.TASK)
    waiting = asked.paging.stopped_at is None
    if request.method == "POST" and waiting and request.POST.get("do") in ("have", "cannot"):
        answer = Answer(request.POST["do"])
        oncall.answer(asked.id, answer, "page", request.now)
        return redirect("/team/tasks/?said=task-yours" if answer is Answer.HAVE else "/team/?said=cannot")
    return draw(
        request, "team/page_task.html", {"page": asked, "task": task, "waiting": waiting, "topic": ""}, nav="tasks"
    )
