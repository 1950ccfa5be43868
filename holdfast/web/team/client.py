"""One client, for their team: where they stand, how they have been, what is open, and what the team writes down."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.assessment.course import SURVEY_DAYS, Event
from holdfast.assessment.models import StaffConcern
from holdfast.assessment.queries import concerns_about
from holdfast.assessment.written import written_by
from holdfast.care.queries import tasks_of
from holdfast.consent.actions import NotComplete, wish_reminders
from holdfast.content.load import protocol
from holdfast.crisis.course import MAY_JUDGE
from holdfast.crisis.models import Episode
from holdfast.crisis.queries import in_the_hands_of, visible_to
from holdfast.crisis.rules import NotAllowed, State
from holdfast.notes.rules import KEEPS
from holdfast.people.charts import Right
from holdfast.people.models import Client
from holdfast.people.queries import care_team, clients_visible_to, may_make_contact, ratings_of, reminder_wish, risk_of
from holdfast.people.rating import end_reminders, set_risk_level
from holdfast.people.rules import LEADS, ReminderBy, RiskLevel, Standing, zone
from holdfast.web import languages
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.chart import right_of_client, saw
from holdfast.web.sealed import opened, shut
from holdfast.web.team.board import kind_of
from holdfast.web.team.charts import charts_of
from holdfast.web.team.crisis_presses import change_standing
from holdfast.web.team.frame import draw, me
from holdfast.web.team.may_call import may_call
from holdfast.web.team.opening import ChartShut, or_open_it
from holdfast.web.team.reading import NotRead, Typed, typed, words
from holdfast.web.team.words import RISK_LEVELS, SAID, STANDINGS, disposition_words, stands

MOST_CRISES, MOST_NOTES = 20, 8
SAVED: Final = {
    "risk": gettext_noop("Saved. The next judgement is on the list of tasks."),
    "reminders": gettext_noop("Saved."),
    "standing": gettext_noop("Saved."),
    "worried": SAID["worried"],
}


@staff_page("work with clients")
@or_open_it
def client(request: PageRequest, uid: UUID) -> HttpResponse:
    """The page of a client whom one may see, or whose open crisis one has or helps in."""
    held = None
    found = clients_visible_to(request.actor).filter(uid=uid).first()
    if found is None:
        held = in_the_hands_of(request.actor).filter(client__uid=uid).first()
        found = held.client if held else None
    if found is None:
        raise ChartShut(uid)
    saw(request, found.id, _right(request, held))
    if request.method == "POST":
        return _press(request, found)
    return show(request, found)


def _right(request: PageRequest, held: Episode | None) -> Right:
    if held is None:
        return right_of_client(request.actor)
    return Right.HAS_IT if held.owner_id == request.actor.id else Right.HELPS


def _press(request: PageRequest, found: Client) -> HttpResponse:
    form = typed(request.POST)
    deed = {"risk": _rate, "reminders": _reminders, "standing": _standing}.get(form.get("do"))
    if deed is None:
        refused = _("We could not tell which button that was. Please press it again.")
        return show(request, found, status=400, refused=refused)
    try:
        with transaction.atomic():
            deed(request, found, form)
    except NotRead as wrong:
        return show(request, found, status=400, refused=str(wrong), field=wrong.field, kept=form)
    except NotAllowed as no:
        return show(request, found, status=409, refused=_(str(no)), field="standing", kept=form)
    return redirect(reverse("team_client", args=[found.uid]) + f"?saved={form.get('do')}")


def _rate(request: PageRequest, found: Client, form: Typed) -> None:
    if request.actor.role not in MAY_JUDGE:
        raise NotRead("level", _("A clinician judges the risk. Tell them what you see, or raise a concern."))
    if form.get("level") not in RISK_LEVELS:
        raise NotRead("level", _("Choose the risk level as you judge it."))
    why = words(form, "why")
    if not why:
        raise NotRead("why", _("Say in a few words why you judge it so."))
    set_risk_level(found, RiskLevel(form.get("level")), me(request), request.now, why)


def _reminders(request: PageRequest, found: Client, form: Typed) -> None:
    """How a client said that they want to be reminded."""
    by = form.get("by")
    if by == "none":
        end_reminders(found.id, "they do not want any", request.now)
        return
    if by not in set(ReminderBy):
        raise NotRead("by", _("Say how they want to be reminded."))
    try:
        wish_reminders(found, ReminderBy(by), words(form, "address"), request.now, me(request))
    except NotComplete as no:
        raise NotRead(no.field, _(str(no))) from None
    except ValueError as no:
        raise NotRead("address", _(str(no))) from None


def _standing(request: PageRequest, found: Client, form: Typed) -> None:
    change_standing(request, found, me(request), form)


@dataclass(frozen=True)
class Past:
    """One crisis of theirs, in words."""

    episode: Episode
    kind: str
    ended: str


@dataclass(frozen=True)
class Worry:
    """A colleague's concern, with what can be read of their words."""

    concern: StaffConcern
    title: str
    words: str


def _concerns(found: Client) -> list[Worry]:
    return [
        Worry(concern, protocol(concern.kind).title.say(languages.short()), opened(concern, "words") or "")
        for concern in concerns_about(found.id)[:5]
    ]


def _events(found: Client, crises: list[Episode], now: datetime) -> Iterator[Event]:
    """What belongs beside the lines: each crisis, how it closed, and each judgement of the risk."""
    here, since = zone(found.timezone), now - timedelta(days=SURVEY_DAYS)
    told: list[tuple[datetime, str, str]] = [(one.raised_at, "crisis", kind_of(one)) for one in crises]
    told += [(one.closed_at, "closed", disposition_words(one)) for one in crises if one.closed_at]
    told += [(one.at, "risk", f"{_(RISK_LEVELS[one.level])}, {one.by.name}") for one in ratings_of(found.id)]
    for at, kind, why in told:
        if at > since:
            yield Event(at.astimezone(here).date(), at, kind, why)


def show(
    request: PageRequest,
    found: Client,
    *,
    status: int = 200,
    refused: str = "",
    field: str = "",
    kept: Typed | None = None,
) -> HttpResponse:
    """The page, with what was typed where something was refused."""
    rating, wish = risk_of(found.id), reminder_wish(found.id)
    crises = list(visible_to(request.actor).filter(client_id=found.id).order_by("-raised_at")[:MOST_CRISES])
    open_crisis = next((one for one in crises if one.state != State.CLOSED), None)
    context: dict[str, Any] = {
        "client": found,
        "standing": stands(found),
        "active": found.standing == Standing.ACTIVE,
        "rating": rating,
        "rating_words": opened(rating, "words") if rating else "",
        "wish": wish,
        "wish_address": opened(wish, "address") if wish else "",
        "crisis": open_crisis,
        "crises": [Past(one, kind_of(one), disposition_words(one)) for one in crises],
        "notes": list(written_by(found.id)[:MOST_NOTES]),
        "died": found.standing == Standing.DIED,
        "tab": "client",
        "pause_why": opened(found, "pause_why") if found.standing == Standing.PAUSED else None,
        "standings": [
            (s.value, _(text))
            for s, text in STANDINGS.items()
            if s is not Standing.INVITED
            and (s != found.standing or s is Standing.PAUSED)  # a pause may get another end
        ],
        "leads": request.actor.role in LEADS,
        "colleagues": may_make_contact(request.now).exclude(id=request.actor.id) if open_crisis else (),
        "tasks": list(tasks_of(request.actor, found.id)[:20]),
        "concerns": _concerns(found),
        "team": list(care_team(found.id, request.now)),
        "charts": charts_of(found, request.now, _events(found, crises, request.now)),
        "levels": {level: _(text) for level, text in RISK_LEVELS.items()},
        "keeps_notes": request.actor.role in KEEPS,
        "may_judge": request.actor.role in MAY_JUDGE,
        "unreadable": shut(found, "name", "preferred_name", "phone", "pause_why"),
        "refused": refused,
        "field": field,
        "kept": kept or Typed(),
        "topic": "",
        "may": may_call(found, request.now, in_crisis=open_crisis is not None),
    }
    if request.GET.get("saved") in SAVED:
        context["said"] = _(SAVED[request.GET["saved"]])
    return draw(request, "team/client.html", context, nav="", status=status)
