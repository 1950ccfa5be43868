"""One shift of mine: who could take it, for nothing or for one of theirs. One press asks them."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from holdfast.oncall import swaps
from holdfast.oncall.ahead import offers_of, rota_ahead, swaps_possible
from holdfast.oncall.cover import AHEAD
from holdfast.oncall.gaps import NotPossible
from holdfast.oncall.models import Shift
from holdfast.oncall.queries import rota as shifts_of
from holdfast.people.models import Staff
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.team.frame import draw, me
from holdfast.web.team.reading import NotRead, typed
from holdfast.web.team.reading import uid as number_in
from holdfast.web.team.words import LEVELS


@dataclass(frozen=True)
class Choice:
    """Somebody who could take it; `theirs` is what they would give in return."""

    staff: Staff
    theirs: Shift | None


@staff_page("see cover")
def swap(request: PageRequest, uid: UUID) -> HttpResponse:
    """Ask a colleague to take this shift of mine."""
    shifts = shifts_of(request.actor, request.now, request.now + AHEAD)
    shift = shifts.filter(uid=uid, staff_id=request.actor.id).first()
    if shift is None or shift.during.lower <= request.now:
        raise Http404
    refused, status = "", 200
    if request.method == "POST":
        try:
            with transaction.atomic():
                _ask(request, shift)
            return redirect(f"{reverse('rota')}?said=swap-asked")
        except NotPossible as no:
            refused, status = str(no), 409
        except NotRead as no:
            refused, status = str(no), 400
    context = {
        "shift": shift,
        "level": _(LEVELS[shift.level]),
        "choices": _choices(request, shift, list(shifts)),
        "refused": refused,
        "asked": [offer for offer in offers_of(request.actor.id or 0, request.now) if offer.shift_id == shift.id],
    }
    return draw(request, "team/rota_swap.html", context, nav="rota", status=status)


def _choices(request: PageRequest, shift: Shift, shifts: list[Shift]) -> list[Choice]:
    ahead = rota_ahead(request.program, request.now, max(request.now + AHEAD, shift.during.upper))
    people = {one.id: one for one in Staff.objects.filter(id__in=ahead.people)}
    found = swaps_possible(ahead, shift, shifts, request.now)
    return [Choice(people[who], theirs) for who, theirs in found]


def _ask(request: PageRequest, shift: Shift) -> None:
    form = typed(request.POST)
    to = Staff.objects.filter(uid=number_in(form, "to") or UUID(int=0)).first()
    theirs = Shift.objects.filter(uid=number_in(form, "theirs") or UUID(int=0), ended_at=None).first()
    if to is None or (form.get("theirs") and theirs is None):
        raise NotRead("", _("We do not know that line. Load the page again."))
    swaps.ask(me(request), shift, to, theirs, request.now)
