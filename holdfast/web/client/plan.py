"""A client's own safety plan: to read, to ring from, to print, and to keep on this phone if they ask for it."""

from django.http import HttpResponse
from django.shortcuts import render

from holdfast.plans.queries import current
from holdfast.web.access import PageRequest, client_page
from holdfast.web.plan import sections


@client_page
def plan(request: PageRequest) -> HttpResponse:
    """The plan as it stands."""
    return _show(request, "client/plan.html")


@client_page
def kept(request: PageRequest) -> HttpResponse:
    """The copy that a phone keeps when its owner asks for that: the same words, no script, no way further in."""
    return _show(request, "client/plan_kept.html")


def _show(request: PageRequest, template: str) -> HttpResponse:
    card = current(request.client)
    parts = sections(card)
    context = {
        "nav": "plan",
        "client": request.client,
        "card": card,
        "staying": next((part for part in parts if part.id == "staying"), None),
        "parts": [part for part in parts if part.id != "staying"],
    }
    return render(request, template, context)
