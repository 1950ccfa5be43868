"""A clinician's own notes on a client: their page, and nobody else's. See decision 0023."""

from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from holdfast.ledger.ids import new_uid
from holdfast.notes import actions
from holdfast.notes.actions import NotWritten
from holdfast.notes.queries import own_notes
from holdfast.people.models import Client
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.team.frame import draw
from holdfast.web.team.opening import or_open_it
from holdfast.web.team.person import client_of
from holdfast.web.team.reading import NotRead, Typed, typed, whole_number, words
from holdfast.web.team.reading import uid as read_uid


@staff_page("keep own notes")
@or_open_it
def notes(request: PageRequest, uid: UUID) -> HttpResponse:
    """What they wrote on this client, and the form for the next note. Whose chart is shut has no such page."""
    client = client_of(request, uid)
    if request.method != "POST":
        return _show(request, client)
    form = typed(request.POST)
    which = read_uid(form, "note")
    try:
        if which is None:
            raise NotRead("words", _("We could not tell which note that was. Load the page again."))
        said = words(form, "words")
        with transaction.atomic():
            actions.write(request.actor, client, which, said, request.now, after=whole_number(form, "after"))
    except (NotRead, NotWritten) as no:
        return _show(request, client, kept=form, refused=_(str(no)))
    return redirect(reverse("own_notes", args=[client.uid]) + "?said=kept")


def _show(request: PageRequest, client: Client, *, kept: Typed | None = None, refused: str = "") -> HttpResponse:
    form = kept or Typed()
    context = {
        "client": client,
        "notes": own_notes(request.actor, client.id),
        "new": str(new_uid()),
        "kept": form,
        "refused": refused,
        "refused_note": form.get("note") if refused and form.get("after") not in ("", "0") else "",
    }
    return draw(request, "team/own_notes.html", context, nav="clients", status=400 if refused else 200)
