"""One crisis: why, who knew what when, whom to call, and every press that moves it on.

A press that is refused shows the sentence of whoever refused it, with all that was typed still there.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from holdfast.content.load import protocol
from holdfast.content.shapes import ContentError, Protocol, Urgency
from holdfast.crisis import actions
from holdfast.crisis.heard import heard
from holdfast.crisis.models import Episode
from holdfast.crisis.queries import Whole, visible_to, whole
from holdfast.crisis.rules import HAS_OWNER, OPEN, Disposition, NotAllowed, Result, State, why_not_settle
from holdfast.ledger.ids import new_uid
from holdfast.oncall import actions as oncall
from holdfast.oncall.models import Page
from holdfast.oncall.queries import open_pages_of
from holdfast.oncall.rules import Answer
from holdfast.people.models import Staff
from holdfast.people.queries import (
    care_team,
    client_to_match,
    current_staff,
    licensed_staff,
    may_make_contact,
)
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.helplines import lines
from holdfast.web.sealed import opened, shut
from holdfast.web.shapes import Knot, crisis_line
from holdfast.web.team.board import full_name, kind_of, place_of, state_words
from holdfast.web.team.finding import clients_named, clients_with_number
from holdfast.web.team.frame import draw, may_write, me
from holdfast.web.team.reading import NotRead, Typed, moment, typed, uid, words
from holdfast.web.team.words import DISPOSITIONS, HOW, RESULTS, RISK_LEVELS
from holdfast.web.templatetags.holdfast import clock_time

TWICE = timedelta(minutes=1)  # the same press again within this time is the same press


@staff_page("take crises")
def crisis(request: PageRequest, uid: UUID) -> HttpResponse:
    """The page of a crisis. That its owner opened it shows that they are there; that it refreshed itself does not."""
    episode = visible_to(request.actor).filter(uid=uid).first()
    if episode is None:
        raise Http404
    staff = me(request)
    if request.method == "POST":
        return _press(request, episode, staff)
    if request.method == "GET" and "HX-Request" not in request.headers and may_write(request):
        actions.opened(episode, staff, request.now)
    return show(request, episode, staff)


def _press(request: PageRequest, episode: Episode, staff: Staff) -> HttpResponse:
    form = typed(request.POST)
    name = form.get("do")
    if name not in DEEDS:
        return show(
            request,
            episode,
            staff,
            status=400,
            refused=_("We could not tell which button that was. Please press it again."),
        )
    try:
        with transaction.atomic():
            there = DEEDS[name](request, episode, staff, form)
    except NotRead as wrong:
        return show(request, episode, staff, status=400, refused=str(wrong), form=name, field=wrong.field, kept=form)
    except NotAllowed as no:
        if _done_just_now(request, episode, staff, name):
            return redirect("crisis", uid=episode.uid)
        return show(request, episode, staff, status=409, refused=str(no), form=name, kept=form)
    return redirect(there)


def _done_just_now(request: PageRequest, episode: Episode, staff: Staff, name: str) -> bool:
    """Whether the same person pressed the same button a moment ago: a thumb that pressed twice is not refused."""
    found = whole(request.actor, episode.uid)
    latest = next((line for line in found.timeline if line.kind == "move"), None) if found else None
    words_of = {"give_back": "Given back to paging", "settle": "Settled", "close": "Closed"}
    return bool(
        latest and latest.words == words_of.get(name) and latest.who == staff.name and request.now - latest.at < TWICE
    )


# --- presses -----------------------------------------------------------------------------------


def take(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """ "I have this." The crisis first, then one's own page, in the order of the locks."""
    page, via = my_open_page(request, episode), _via(form)
    actions.take(episode.id, staff, via, request.now)
    if page:
        oncall.answer(page.id, Answer.HAVE, via, request.now)
    return _here(episode)


def cannot(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """ "I cannot": the next person is asked at once."""
    page = my_open_page(request, episode)
    if page:
        oncall.answer(page.id, Answer.CANNOT, _via(form), request.now)
    return reverse("board") + "?said=cannot"


def log_try(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """A try to reach the client."""
    try:
        result = Result(form.get("result"))
    except ValueError:
        raise NotRead(
            "result", _("Say what came of it: reached, no answer, did not want to talk, or wrong number.")
        ) from None
    if form.get("how") not in HOW:
        raise NotRead("how", _("Say how you tried."))
    actions.log_try(episode.id, staff, result, form.get("how"), words(form, "note"), uid(form, "once"), request.now)
    return _here(episode)


def give_back(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """Somebody else is sought at once."""
    actions.give_back(episode.id, staff, words(form, "reason"), request.now)
    return reverse("board") + "?said=given-back"


def urgency(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """Faster, by anyone; slower, by the owner with a reason."""
    try:
        wanted = Urgency(form.get("urgency"))
    except ValueError:
        raise NotRead("urgency", _("Say which urgency it has now.")) from None
    actions.change_urgency(episode.id, staff, wanted, words(form, "reason"), request.now)
    return _here(episode)


def settle(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """How it ended, and who speaks with the client next."""
    zone = episode.client.timezone if episode.client else request.program.timezone
    ended = Disposition(form.get("disposition")) if form.get("disposition") in DISPOSITIONS else None
    chosen = uid(form, "by")
    by = may_make_contact(request.now).filter(uid=chosen).first() if chosen else None
    if form.get("by") and by is None:
        raise NotRead("by", _("We do not know that person. Choose somebody from the list."))
    actions.settle(
        episode.id,
        staff,
        disposition=ended,
        next_contact_at=moment(form, "day", "hour", zone, request.now),
        next_contact_by=by.id if by else None,
        words=words(form, "words"),
        now=request.now,
    )
    return _here(episode)


def close(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """Followed up. What is missing needs a reason that is kept."""
    level = form.get("risk") if form.get("risk") in RISK_LEVELS else None
    waivers = {name: words(form, f"waive_{name}") for name in ("next_contact", "reassessment", "plan")}
    actions.close(
        episode.id, staff, risk_level=level, plan_reviewed=form.get("plan") == "yes", waivers=waivers, now=request.now
    )
    return reverse("board") + "?said=closed"


def match(request: PageRequest, episode: Episode, staff: Staff, form: Typed) -> str:
    """Say which client a caller spoke about."""
    picked = uid(form, "client")
    client = client_to_match(request.actor, picked) if picked else None
    if client is None:
        raise NotRead("client", _("Choose the client this is about."))
    joined = actions.match(episode.id, client, staff, request.now)
    return _here(joined) + ("?said=joined" if joined.id != episode.id else "")


DEEDS: dict[str, Callable[[PageRequest, Episode, Staff, Typed], str]] = {
    "take": take,
    "cannot": cannot,
    "try": log_try,
    "give_back": give_back,
    "urgency": urgency,
    "settle": settle,
    "close": close,
    "match": match,
}


def _here(episode: Episode) -> str:
    return reverse("crisis", kwargs={"uid": episode.uid})


def my_open_page(request: PageRequest, episode: Episode) -> Page | None:
    """The page on which I am being asked about this crisis, unanswered."""
    return open_pages_of(request.actor.id or 0).filter(paging__what="crisis", paging__what_id=episode.id).first()


def _via(form: Typed) -> str:
    return "page" if form.get("from") == "page" else "board"


# --- the page ----------------------------------------------------------------------------------


def show(
    request: PageRequest,
    episode: Episode,
    staff: Staff,
    *,
    status: int = 200,
    refused: str = "",
    form: str = "",
    field: str = "",
    kept: Typed | None = None,
) -> HttpResponse:
    """Draw the crisis as it stands, with a refusal and what was typed if there was one."""
    found = whole(request.actor, episode.uid)
    if found is None:
        raise Http404
    now_is = found.episode
    context = {
        "whole": found,
        "episode": now_is,
        "row": found.row,
        "heard": heard(now_is),
        "name": full_name(now_is),
        "kind": kind_of(now_is),
        "place": place_of(now_is),
        "state_words": state_words(found.row, request.now),
        "knots": _knots(now_is),
        "protocol": guide(now_is),
        "topic": f"episode:{now_is.uid}",
        "refused": refused,
        "refused_form": form,
        "refused_field": field,
        "kept": {form: dict(kept.values)} if kept and form else {},
        "once": (kept.get("once") if kept and form == "try" else "") or new_uid(),
        "lines": [line for line in lines() if line.id in ("988", "911", "poison")],
        **_forms(request, found, staff),
        **_people(request, now_is, staff),
    }
    return draw(request, "team/crisis.html", context, nav="board", status=status)


def guide(episode: Episode) -> Protocol | None:
    """The protocol of this crisis in the version it began with."""
    try:
        return protocol(episode.protocol, episode.protocol_version)
    except ContentError:
        return None


def _knots(episode: Episode) -> tuple[Knot, ...]:
    owner = f"{episode.owner.first_name}, {clock_time(episode.owned_at)}" if episode.owner else ""
    details = [
        clock_time(episode.raised_at),
        owner,
        clock_time(episode.reached_at),
        clock_time(episode.settled_at),
        clock_time(episode.closed_at),
    ]
    return crisis_line(episode.state, details)


def _forms(request: PageRequest, found: Whole, staff: Staff) -> dict[str, Any]:
    """What this person may do now, and the sentence for what they may not."""
    episode, state = found.episode, State(found.episode.state)
    mine = episode.owner_id == staff.id
    other = Urgency.URGENT if episode.urgency == Urgency.EMERGENCY else Urgency.EMERGENCY
    lower = other.weight < Urgency(episode.urgency).weight
    reached_since = any(
        t.result == Result.REACHED and episode.settled_at and t.at > episode.settled_at for t in found.tries
    )
    return {
        "mine": mine,
        "open": state in OPEN,
        "may_try": state in HAS_OWNER,
        "may_give_back": mine and state in HAS_OWNER,
        "may_settle": mine and state is State.REACHED,
        "why_not_settle": _why_not_settle(episode, state, mine),
        "may_close": state is State.SETTLED,
        "next_contact_made": reached_since,
        "other_urgency": other if not lower or mine else None,
        "other_is_lower": lower,
        "results": [(r.value, _(text)) for r, text in RESULTS.items()],
        "hows": [(value, _(text)) for value, text in HOW.items()],
        "dispositions": [(d.value, _(text)) for d, text in DISPOSITIONS.items()],
        "risk_levels": [(value, _(text)) for value, text in RISK_LEVELS.items()],
        "contact_makers": list(may_make_contact(request.now)),
        "zone": episode.client.timezone if episode.client else request.program.timezone,
        "closed_by": next((line.who for line in found.timeline if line.kind == "move" and line.words == "Closed"), ""),
        "disposition_words": {d.value: _(text) for d, text in DISPOSITIONS.items()}.get(
            episode.disposition, _("Joined with another crisis")
        ),
    }


def _why_not_settle(episode: Episode, state: State, mine: bool) -> str:
    if state not in (State.OWNED, State.REACHED):
        return ""
    if not mine:
        return _("%(name)s has this and settles it.") % {
            "name": episode.owner.name if episode.owner else _("Its owner")
        }
    return why_not_settle(state, None, None, None, episode.raised_at) or "" if state is State.OWNED else ""


def _people(request: PageRequest, episode: Episode, staff: Staff) -> dict[str, Any]:
    """The client's team, who is licensed there, and for a caller whom we do not know, who it might be."""
    state = episode.client.state if episode.client else None
    may_treat = licensed_staff(state, request.now, request.program.timezone)
    found: dict[str, Any] = {
        "team": list(care_team(episode.client_id, request.now)) if episode.client_id else [],
        "client_state": state,
        "unreadable": shut(episode.client, "name", "preferred_name", "phone", "other_phone", "wishes")
        or shut(episode.concern, "name", "phone", "words", "place")
        or shut(episode, "words"),
        "licensed": staff.id in may_treat,
        "licensed_others": list(
            current_staff(request.now).filter(id__in=may_treat).exclude(id=staff.id).order_by("name")[:4]
        ),
    }
    if episode.client is None and episode.state != State.CLOSED:
        asked = request.GET.get("find", "")[:80]
        found["find"] = asked
        found["found"], found["unread"] = clients_named(request.actor, asked)
        found["same_number"] = clients_with_number(request.actor, opened(episode.concern, "phone"))
    return found
