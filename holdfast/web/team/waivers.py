"""What was left out when crises were closed, shown to those who lead the next day."""

from dataclasses import dataclass

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from holdfast.crisis import after
from holdfast.crisis.afterwards import LeftOut, waivers_visible_to
from holdfast.crisis.afterwards import waivers as read
from holdfast.crisis.rules import Ground, NotAllowed
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.team.board import full_name, kind_of
from holdfast.web.team.frame import draw, me
from holdfast.web.team.reading import typed, uid
from holdfast.web.team.words import GROUNDS, WAIVED

MOST = 100


@dataclass(frozen=True)
class Line:
    """One waiver in words."""

    left_out: LeftOut
    what: str
    ground: str
    name: str
    kind: str


@staff_page("lead")
def waivers(request: PageRequest) -> HttpResponse:
    """What waits to be seen first, then what was seen."""
    refused, status = "", 200
    if request.method == "POST":
        which = uid(typed(request.POST), "entry")
        entry = waivers_visible_to(request.actor).filter(uid=which).first() if which else None
        try:
            if entry is None:
                raise NotAllowed(_("We do not know that line. Load the page again."))
            with transaction.atomic():
                after.seen(entry, me(request), request.now)
            return redirect(reverse("waivers") + "?said=seen")
        except NotAllowed as no:
            refused, status = str(no), 409
    found = [_line(one) for one in read(request.actor, timezone.get_current_timezone(), request.now, MOST)]
    context = {
        "waiting": [line for line in found if line.left_out.waits],
        "seen": [line for line in found if not line.left_out.waits],
        "refused": refused,
    }
    return draw(request, "team/waivers.html", context, nav="waivers", status=status)


def _line(one: LeftOut) -> Line:
    entry = one.entry
    return Line(
        one,
        _(WAIVED[entry.what]) if entry.what in WAIVED else entry.what.replace("_", " "),
        _(GROUNDS[Ground(one.ground)]) if one.ground in set(Ground) else "",
        full_name(entry.episode),
        kind_of(entry.episode),
    )
