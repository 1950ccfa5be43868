"""Who is asked in which order in a crisis: the usual order, or one of the program's own."""

from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.oncall.ahead import rota_ahead
from holdfast.oncall.cover import AHEAD, Rota, works_here
from holdfast.oncall.order import change_order, own_order, usual_order
from holdfast.oncall.rules import STEPS
from holdfast.people.rules import Role
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.proved import proved_to_change
from holdfast.web.team.frame import draw, me
from holdfast.web.team.reading import typed

WORDS: Final[dict[str, str]] = {
    "known": gettext_noop("Who knows the client"),
    "first": gettext_noop("First call"),
    "backup": gettext_noop("Backup"),
    "supervisor": gettext_noop("Supervisor"),
    "director": gettext_noop("Director"),
}
ABOUT: Final[dict[str, str]] = {
    "known": gettext_noop("Whoever of their care team is on duty, or else speaks their language."),
    "first": gettext_noop("Whoever has first call on the rota."),
    "backup": gettext_noop("Whoever has backup on the rota."),
    "supervisor": gettext_noop("Whoever has that level on the rota, or else every supervisor."),
    "director": gettext_noop("Every director, on the rota or not."),
}


@dataclass(frozen=True)
class Step:
    """One step of the order that counts. `people`: how many stand there in the next 14 days; None: it depends."""

    word: str
    about: str
    people: int | None


@staff_page("run the program")
@proved_to_change
def order(request: PageRequest) -> HttpResponse:
    """The order that counts, and the form that changes it."""
    refused, status, counts = "", 200, own_order() or usual_order()
    chosen = list(counts)
    if request.method == "POST":
        form = typed(request.POST)
        chosen = [form.get(f"step-{number}") for number in range(1, len(STEPS) + 1)]
        steps = usual_order() if form.get("do") == "usual" else tuple(filter(None, chosen))
        try:
            with transaction.atomic():
                change_order(steps, me(request), request.now)
            return redirect(request.path + "?said=kept")
        except ValueError as no:
            refused, status = _(str(no)), 400
    ahead = rota_ahead(request.program, request.now, request.now + AHEAD)
    choices = [(step, _(WORDS[step])) for step in STEPS]
    context = {
        "steps": [Step(_(WORDS[step]), _(ABOUT[step]), _people(ahead, step, request)) for step in counts],
        "left_out": [_(WORDS[step]) for step in STEPS if step not in counts],
        "usual": counts == usual_order(),
        "places": [(number, (chosen + [""] * len(STEPS))[number - 1]) for number in range(1, len(STEPS) + 1)],
        "choices": choices,
        "refused": refused,
    }
    return draw(request, "admin/order.html", context, nav="program", status=status)


def _people(ahead: Rota, step: str, request: PageRequest) -> int | None:
    """How many different people stand on a step in the next 14 days."""
    if step == "known":
        return None
    on_rota = {stint.staff for stint in ahead.stints if stint.level == step}
    today = request.now.astimezone(ahead.here).date()
    leading = {one.id for one in ahead.people.values() if one.leads == step and works_here(one, today)}
    return len(leading if step == Role.DIRECTOR else on_rota or leading)
