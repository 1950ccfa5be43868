"""A client's own day: who answers now, the one thing to do, who is on their side."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from holdfast.approval.queries import attested_packs
from holdfast.assessment.actions import FormOff, start_response
from holdfast.assessment.queries import due_forms, questions_left
from holdfast.content.load import cadence, pack_names, questionnaire, questionnaire_names
from holdfast.content.shapes import Questionnaire
from holdfast.crisis.coming import coming_for, has_open_crisis
from holdfast.oncall.queries import who_answers_now
from holdfast.people.queries import care_team
from holdfast.web.access import PageRequest, client_page
from holdfast.web.client.answers import address, form_is_off
from holdfast.web.client.open import under_way
from holdfast.web.client.so import said_of
from holdfast.web.context import OFFERED_FORMS

DAILY = "check-in"


@dataclass(frozen=True)
class Offered:
    """A form on the page. `left`: how many questions are to come of one that was begun; 0 when it was not."""

    form: Questionnaire
    left: int


def part_of_day(hour: int) -> str:
    """How to greet somebody at this hour of their own day; at night without naming it."""
    parts = ((5, "night"), (12, "morning"), (17, "afternoon"), (22, "evening"), (24, "night"))
    return next(name for until, name in parts if hour < until)


def asked_for() -> tuple[str, ...]:
    """Forms without a rhythm, for when somebody of the team asks for one. A screen of danger is asked by a person."""
    regular = {each.form for each in cadence().forms}
    names = (*questionnaire_names(), *attested_packs())
    return tuple(name for name in names if name not in regular and questionnaire(name).scoring.unfinished is None)


def _offered(name: str, left: Mapping[str, int]) -> Offered:
    return Offered(questionnaire(name), left.get(name, 0))


@client_page
def today(request: PageRequest) -> HttpResponse:
    """The first page after signing in."""
    offered = request.client.standing in OFFERED_FORMS
    left = questions_left(request.client.id, request.now) if offered else {}
    forms = [_offered(name, left) for name in due_forms(request.client, request.now)] if offered else []
    hour = timezone.localtime(request.now).hour
    context = {
        "nav": "today",
        "client": request.client,
        "coming": said_of(coming) if (coming := coming_for(request.client, request.now)) else "",
        "open": under_way(request.client, request.now, request.trouble),
        "in_crisis": has_open_crisis(request.client),
        "answering": who_answers_now(request.program.id, request.client.state, request.now),
        "first": forms[0] if forms else None,
        "others": forms[1:],
        "asked_for": [_offered(name, left) for name in asked_for()] if offered else [],
        "team": care_team(request.client.id, request.now),
        "part_of_day": part_of_day(hour),
    }
    return render(request, "client/today.html", context)


def _followed_here(request: PageRequest) -> bool:
    """Whether the browser says that the link stood on one of our own pages."""
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site == "same-origin"
    here = (f"{request.scheme}://{request.get_host()}/", f"{settings.HOLDFAST_PUBLIC_URL}/")
    return request.headers.get("Referer", "").startswith(here)


@client_page
def check_in(request: PageRequest) -> HttpResponse:
    """Give the client a form, or the one they left, and go to its first question. A link that does not stand on one of
    our own pages begins nothing: it leads to where a form is begun."""
    if request.client.standing not in OFFERED_FORMS or not (request.method == "POST" or _followed_here(request)):
        return redirect("today")
    offered = due_forms(request.client, request.now)
    wanted = request.POST.get("form", "")
    name = wanted if wanted in (*offered, *asked_for(), *pack_names()) else DAILY
    try:
        response = start_response(request.program.id, request.client.id, name, request.now)
    except FormOff:
        return form_is_off(request)
    return redirect(address(request.program.id, request.client.id, response.uid, request.now))
