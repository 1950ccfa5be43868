"""How long records are kept: what will go in the next weeks, a director's word for each batch, and what has gone."""

from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.approval.queries import is_draft
from holdfast.content.retention import EVERYWHERE, OTHER, Kind, retention
from holdfast.crisis.rules import NotAllowed
from holdfast.people.models import Client
from holdfast.records import going, keeping
from holdfast.records.models import Deletion
from holdfast.records.register import STAYS
from holdfast.web import languages
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.proved import proved_to_change
from holdfast.web.sealed import opened
from holdfast.web.team.frame import draw, me
from holdfast.web.team.reading import NotRead, typed, uid
from holdfast.web.team.records import KINDS

A_PAGE: Final = 100
SAID: Final = {
    "approved": gettext_noop("Approved. Each goes on its day, in small steps."),
    "back": gettext_noop("Taken back. It stands on the list again."),
}


@dataclass(frozen=True)
class Row:
    """One line of what will go, what is approved or what has gone."""

    token: str
    name: str
    what: str
    one: keeping.Kept | Deletion
    late: bool = False


@staff_page("direct")
@proved_to_change
def retention_page(request: PageRequest) -> HttpResponse:
    """A dry run of the next ninety days, and the press that approves what is chosen of it. Nothing goes without one."""
    refused, status = "", 200
    if request.method == "POST":
        try:
            with transaction.atomic():
                said = _press(request)
            return redirect(reverse("program_retention") + f"?kept={said}")
        except NotRead as no:
            refused, status = str(no), 400
        except NotAllowed as no:
            refused, status = _(str(no)), 409
    policy = retention()
    today = keeping.today_of(request.program, request.now)
    found = keeping.to_go(request.program, request.now)
    context = {
        "policy": policy,
        "title": policy.title.say(languages.short()),
        "draft": is_draft(going.POLICY.format(policy.version), policy.status, request.now),
        "rows": [
            Row(f"{one.client.uid}.{one.kind}", opened(one.client, "name"), _(KINDS[one.kind]), one, one.late(today))
            for one in found[:A_PAGE]
        ],
        "late": sum(one.late(today) and not one.why_not for one in found),
        "left_out": max(0, len(found) - A_PAGE),
        "waiting": _named(list(keeping.waiting()[:A_PAGE])),
        "went": _named(list(keeping.went()[:A_PAGE])),
        "holds": [(hold, opened(hold.client, "name"), opened(hold, "why")) for hold in keeping.holds()[:A_PAGE]],
        "lines": [(line, _where(line.where), _(KINDS[line.kind])) for line in policy.lines],
        "stays": sorted(STAYS.values()),
        "refused": refused,
        "chosen": request.POST.getlist("row"),
    }
    if request.GET.get("kept") in SAID:
        context["said"] = _(SAID[request.GET["kept"]])
    return draw(request, "admin/retention.html", context, nav="program", status=status)


def _where(where: str) -> str:
    names = {EVERYWHERE: _("All states"), OTHER: _("Other states")}
    return names.get(where, where)


def _named(rows: list[Deletion]) -> list[Row]:
    """With the name as long as there is one; afterwards a bare number."""
    names = {one.id: opened(one, "name") for one in Client.objects.filter(id__in=[row.client for row in rows])}
    return [
        Row(
            str(row.uid),
            names.get(row.client, _("Number %(number)s") % {"number": row.client}),
            _(KINDS[Kind(row.kind)]),
            row,
        )
        for row in rows
    ]


def _press(request: PageRequest) -> str:
    form = typed(request.POST)
    if form.get("do") == "back":
        which = uid(form, "deletion")
        row = Deletion.objects.filter(uid=which).first() if which else None
        if row is None:
            raise NotRead("deletion", _("We do not know that line. Load the page again."))
        going.take_back(row, me(request), request.now)
        return "back"
    if form.get("sure") != "yes":
        raise NotRead("sure", _("Check the box first: what has gone cannot be brought back."))
    wanted = [token.rpartition(".") for token in request.POST.getlist("row")]
    known = {str(one.client.uid): one.client.id for one in keeping.to_go(request.program, request.now)}
    chosen = [(known.get(client, 0), Kind(kind)) for client, _dot, kind in wanted if kind in set(Kind)]
    going.approve(request.program, chosen, me(request), request.now)
    return "approved"
