""" "I am worried about them": two clicks. The first opens this page, the second is the kind of worry."""

from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from holdfast.assessment.concerns import CHOICES, NoSuchWorry, kinds_of_worry, raise_concern
from holdfast.content.load import protocol
from holdfast.content.shapes import Urgency
from holdfast.crisis.queries import visible_to
from holdfast.crisis.rules import State
from holdfast.people.models import Client
from holdfast.people.queries import client_to_match, clients_visible_to
from holdfast.people.rules import Standing
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.team.frame import draw, me
from holdfast.web.team.reading import NotRead, Typed, typed, words


@staff_page("work with clients")
def worried(request: PageRequest, uid: UUID) -> HttpResponse:
    """Any colleague who works with clients may be worried about any of them; this page tells them nothing but a name."""
    found = client_to_match(request.actor, uid)
    if found is None:
        raise Http404
    if request.method != "POST":
        return _show(request, found)
    form = typed(request.POST)
    try:
        if found.standing == Standing.DIED:
            raise NoSuchWorry("This client has died. Speak with your supervisor.")
        with transaction.atomic():
            raise_concern(
                found,
                me(request),
                form.get("kind"),
                request.now,
                form.get("urgency") or Urgency.URGENT,
                words(form, "words"),
            )
    except (NoSuchWorry, NotRead) as no:
        return _show(request, found, status=400, refused=_(str(no)), kept=form)
    return redirect(_next(request, found, form.get("urgency") or Urgency.URGENT))


def _next(request: PageRequest, found: Client, urgency: str) -> str:
    """To the crisis that it opened or joined; what can wait is a task."""
    episode = visible_to(request.actor).filter(client_id=found.id).exclude(state=State.CLOSED).first()
    if episode and urgency in (Urgency.EMERGENCY, Urgency.URGENT):
        return reverse("crisis", args=[episode.uid])
    if clients_visible_to(request.actor).filter(id=found.id).exists():
        return reverse("team_client", args=[found.uid]) + "?saved=worried"
    return reverse("board") + "?said=worried"


def _show(
    request: PageRequest, found: Client, *, status: int = 200, refused: str = "", kept: Typed | None = None
) -> HttpResponse:
    context = {
        "client": found,
        "kinds": [(name, protocol(name).title, protocol(name).used_when) for name in kinds_of_worry()],
        "urgencies": CHOICES,
        "sees_page": clients_visible_to(request.actor).filter(id=found.id).exists(),
        "refused": refused,
        "kept": kept or Typed(),
        "topic": "",
    }
    return draw(request, "team/worried.html", context, nav="", status=status)
