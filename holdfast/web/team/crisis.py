"""One crisis on one screen: why, who knew what when, the protocol, whom to call, and what this person may do now.

A press that is refused shows the sentence of whoever refused it, with all that was typed still there. What each
button does is in `crisis_presses`.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Concat
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from holdfast.approval.queries import approvals_of, is_draft
from holdfast.content.load import protocol, protocol_names, questionnaire
from holdfast.content.shapes import Protocol, Status, Urgency
from holdfast.crisis import actions, handing
from holdfast.crisis.course import MAY_JUDGE, MAY_RAISE_URGENCY, NEEDS_WORDS, WHO_JUDGES, Asked, current
from holdfast.crisis.guide import pinned
from holdfast.crisis.models import Episode
from holdfast.crisis.queries import Whole, visible_to, whole
from holdfast.crisis.rules import (
    ARRIVES_SOMEWHERE,
    HAS_OWNER,
    OPEN,
    Ground,
    NotAllowed,
    Result,
    State,
    is_next_contact,
    why_not_settle,
)
from holdfast.ledger.ids import new_uid
from holdfast.people.models import Staff
from holdfast.people.queries import colleagues
from holdfast.people.rules import LEADS, Standing
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.chart import saw_crisis
from holdfast.web.helplines import lines
from holdfast.web.plan import on_one_card
from holdfast.web.sealed import opened, shut
from holdfast.web.shapes import Knot, crisis_line
from holdfast.web.team.board import full_name, kind_of, place_of, state_words
from holdfast.web.team.charts import charts_of
from holdfast.web.team.crisis_presses import PRESSES, via_of
from holdfast.web.team.finding import clients_named, clients_with_number
from holdfast.web.team.frame import draw, may_write, me
from holdfast.web.team.may_call import to_read_aloud, what_is_so, whom_to_call
from holdfast.web.team.reading import NotRead, Typed, moment, typed, words
from holdfast.web.team.words import (
    CHOICES,
    DISPOSITIONS,
    GROUNDS,
    HOW,
    RESULTS,
    RISK_LEVELS,
    STANDINGS,
    disposition_words,
    stands,
)
from holdfast.web.templatetags.holdfast import clock_time

TWICE = timedelta(minutes=1)  # the same press again within this time is the same press
# So many lines of the timeline stand on the page; the whole of it is one link away.
MOST_LINES = 60
FIRST_LINES = 8  # in sight; the others are folded
FORMS = (
    "try",
    "step",
    "plan",
    "protocol",
    "choose",
    "note",
    "formulate",
    "asq",
)  # each press of these has a number of its own


@staff_page("take crises")
def crisis(request: PageRequest, uid: UUID) -> HttpResponse:
    """The page of a crisis. That its owner opened it shows that they are there; that it refreshed itself does not."""
    episode = visible_to(request.actor).annotate(approved_here=_approved(request.now)).filter(uid=uid).first()
    if episode is None:
        raise Http404
    saw_crisis(request, episode)
    staff = me(request)
    if request.method == "POST":
        return _press(request, episode, staff)
    if request.method == "GET" and "HX-Request" not in request.headers and may_write(request):
        actions.opened(episode, staff, request.now)
    return show(request, episode, staff)


@staff_page("take crises")
def course(request: PageRequest, uid: UUID) -> HttpResponse:
    """Scores and mood of the client of a crisis that one may see: a part of its page, or a page of its own."""
    episode = visible_to(request.actor).filter(uid=uid, client__isnull=False).first()
    if episode is None or episode.client is None:
        raise Http404
    saw_crisis(request, episode)
    context = {"episode": episode, "charts": charts_of(episode.client, request.now), "now": request.now}
    if "HX-Request" in request.headers:
        return render(request, "team/course_part.html", context)
    return draw(request, "team/course.html", context, nav="board")


def _press(request: PageRequest, episode: Episode, staff: Staff) -> HttpResponse:
    form = typed(request.POST)
    name = form.get("do")
    if name not in PRESSES:
        return show(
            request,
            episode,
            staff,
            status=400,
            refused=_("We could not tell which button that was. Please press it again."),
        )
    try:
        with transaction.atomic():
            there = PRESSES[name](request, episode, staff, form)
        if isinstance(there, NotRead):
            raise there
    except NotRead as wrong:
        return show(request, episode, staff, status=400, refused=str(wrong), form=name, field=wrong.field, kept=form)
    except actions.AlreadyTaken as no:
        # Told at once who has it, and their answer stands on the timeline.
        handing.answered_second(episode.id, staff, via_of(form), request.now)
        return show(request, episode, staff, status=409, refused=str(no))
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
    just_now = latest and latest.words == words_of.get(name) and latest.who == staff.name
    return bool(just_now and latest and request.now - latest.at < TWICE and _says_the_same(request, found, name))


def _says_the_same(request: PageRequest, found: Whole | None, name: str) -> bool:
    """Whether a second press says what the first one said. Two that differ are two, and the second is told so."""
    if name != "settle" or found is None:
        return True
    episode, form = found.episode, typed(request.POST)
    zone = episode.client.timezone if episode.client else request.program.timezone
    try:
        at = moment(form, "day", "hour", zone, request.now)
    except NotRead:
        return False
    by = str(episode.next_contact_by.uid) if episode.next_contact_by else ""
    as_kept = (episode.disposition, episode.next_contact_at, by, opened(episode, "words") or "")
    return as_kept == (form.get("disposition"), at, form.get("by"), words(form, "words"))


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
    # After a press its row is read again; on a mere look it was read a moment ago.
    found = whole(request.actor, episode.uid, None if request.method == "POST" else episode)
    if found is None:
        raise Http404
    now_is = found.episode
    book = pinned(now_is)
    numbers = {each: str(new_uid()) for each in FORMS}
    if kept and form and kept.get("once"):
        numbers[form] = kept.get("once")
    every_line = request.GET.get("timeline") == "all"
    client_state = now_is.client.state if now_is.client else None
    people: list[Any] = list(colleagues(now_is.client_id, client_state, request.now, request.program.timezone))
    context = {
        "whole": found,
        "story": found.story,
        "newest": found.timeline[:FIRST_LINES],
        "older": found.timeline[FIRST_LINES : None if every_line else MOST_LINES],
        "every_line": every_line,
        "more_lines": 0 if every_line else max(0, len(found.timeline) - MOST_LINES),
        "episode": now_is,
        "row": found.row,
        "heard": found.story.heard,
        "name": full_name(now_is),
        "kind": kind_of(now_is),
        "place": place_of(now_is),
        "state_words": state_words(found.row, request.now),
        "knots": _knots(found),
        "protocol": book,
        "protocol_is_draft": _is_draft(now_is, book, request.now),
        "topic": f"episode:{now_is.uid}",
        "refused": refused,
        "refused_form": form,
        "refused_field": field,
        "kept": {form: dict(kept.values)} if kept and form else {},
        "once": numbers,
        "lines": [line for line in lines() if line.id in ("988", "911", "poison")],
        "now": request.now,
        **_about(now_is, request.now),
        **_forms(request, found, staff),
        **_course(request, found, staff, part=any(one.part for one in people if one.id == staff.id)),
        **_people(request, now_is, staff, people),
    }
    context |= _what_is_next(found, context, form)
    return draw(request, "team/crisis.html", context, nav="board", status=status, known=people)


def _approved(now: datetime) -> Exists:
    """Whether the protocol that a crisis keeps to is approved here: with its row, so that it costs no further look."""
    return Exists(
        approvals_of(Concat(Value("protocols/"), OuterRef("protocol"), Value("/"), OuterRef("protocol_version")), now)
    )


def _is_draft(episode: Episode, book: Protocol | None, now: datetime) -> bool:
    if book is None or getattr(episode, "approved_here", False):
        return False
    asked = hasattr(episode, "approved_here")
    return book.status is Status.DRAFT if asked else is_draft(f"protocols/{book.name}/{book.version}", book.status, now)


def _about(episode: Episode, now: datetime) -> dict[str, Any]:
    """The client's wishes and plan; where nobody knows yet who it is, only what is read aloud to those who help."""
    if episode.client is None:
        return {"may": to_read_aloud(what_is_so(episode.protocol), now)}
    return {**whom_to_call(episode.client, episode.protocol, now), "plan": on_one_card(episode.client, now)}


def _knots(found: Whole) -> tuple[Knot, ...]:
    """Each knot with when it was: reached is the talk before it was settled, not the contact that followed."""
    episode, held = found.episode, found.held
    has_it = held is not None and held.by is not None and episode.state != State.RAISED
    owner = f"{held.by.first_name}, {clock_time(held.at)}" if has_it and held and held.by else ""
    talks = [one.at for one in found.tries if one.result == Result.REACHED]
    before = max((at for at in talks if episode.settled_at and at <= episode.settled_at), default=episode.reached_at)
    details = [
        clock_time(episode.raised_at),
        owner,
        clock_time(before),
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
    reached_since = is_next_contact(episode.reached_at, episode.settled_at, episode.next_contact_at)
    return {
        "mine": mine,
        "open": state in OPEN,
        "may_try": state in HAS_OWNER,
        "may_give_back": mine and state in HAS_OWNER,
        "may_settle": mine and state is State.REACHED,
        "why_not_settle": _why_not_settle(episode, state, mine),
        "news_since": found.news.news_since if state is State.REACHED else None,
        "may_close": state is State.SETTLED,
        "next_contact_made": reached_since,
        "other_urgency": other if not lower or mine else None,
        "other_is_lower": lower,
        "results": [(r.value, _(text)) for r, text in RESULTS.items()],
        "hows": [(value, _(text)) for value, text in HOW.items()],
        "dispositions": [(d.value, _(text)) for d, text in DISPOSITIONS.items()],
        "may_judge": staff.role in MAY_JUDGE,
        "who_judges": _(WHO_JUDGES),
        "risk_levels": [(value, _(text)) for value, text in RISK_LEVELS.items()],
        "grounds": [(ground.value, _(text)) for ground, text in GROUNDS.items()],
        "may_be_grounds": may_be_grounds(episode),
        "zone": episode.client.timezone if episode.client else request.program.timezone,
        "closed_by": next((line.who for line in found.timeline if line.kind == "move" and line.words == "Closed"), ""),
        "disposition_words": disposition_words(episode),
    }


def _course(request: PageRequest, found: Whole, staff: Staff, part: bool) -> dict[str, Any]:
    """What this person may do in the course of it, and what is missing before it has landed."""
    episode, story = found.episode, found.story
    owned = episode.state in HAS_OWNER
    helps = any(one.id == staff.id for one in story.helpers)
    in_it = owned and (helps or staff.id in (episode.owner_id, episode.next_contact_by_id))
    hand_over = story.hand_over
    return {
        "in_it": in_it,
        "opens_client": episode.client_id is not None
        and (request.actor.role in LEADS or helps or episode.owner_id == staff.id or part),
        "helps": helps,
        "offered_to_me": hand_over if hand_over and hand_over.to_id == staff.id else None,
        "help_asked_of_me": next((a for a in story.seconds if a.to_id == staff.id), None),
        "may_hand_over": owned and episode.owner_id == staff.id and hand_over is None,
        "choices": [(c.value, _(text), c in NEEDS_WORDS) for c, text in CHOICES.items()],
        "protocols": [(name, protocol(name).title) for name in protocol_names() if name != episode.protocol]
        if in_it
        else [],
        "asq": questionnaire("asq") if in_it and episode.client_id else None,
        "may_raise": MAY_RAISE_URGENCY,
        "missing": _missing(found) if owned else (),
        "stands": stands(episode.client) if episode.client else "",
        "standings": [(s.value, _(text)) for s, text in STANDINGS.items() if s is not Standing.INVITED],
        "leads": request.actor.role in LEADS,
        "hand_over_kind": Asked.HAND_OVER.value,
        "silent_minutes": int(actions.waits(episode.urgency).owner_silent.total_seconds()) // 60,
    }


def may_be_grounds(episode: Episode) -> frozenset[str]:
    """On which grounds the next contact may be left out, as this crisis ended. Who died is recorded elsewhere."""
    admitted = episode.disposition in ARRIVES_SOMEWHERE
    return frozenset({Ground.REFUSED, Ground.ADMITTED} if admitted else {Ground.REFUSED})


def _what_is_next(found: Whole, can: dict[str, Any], refused: str) -> dict[str, Any]:
    """What stands open because it is next; everything else of the page is folded."""
    episode, line = found.episode, current(found.story.lines)
    act = line.step.act if line else "settle"
    ahead = episode.state == State.SETTLED and found.row.clock_at > can["now"]
    return {
        "try_in_step": bool(line) and act == "reach" and episode.state == State.OWNED and can["in_it"],
        "try_folded": (episode.state == State.REACHED or ahead) and refused != "try",
        "settle_next": act in ("settle", "close") or refused == "settle",
        "more_to_change": (can["open"] and can["other_urgency"])
        or can["may_give_back"]
        or can["protocols"]
        or (episode.client and (can["in_it"] or can["leads"]))
        or refused in ("give_back", "urgency", "protocol", "standing"),
    }


def _missing(found: Whole) -> tuple[str, ...]:
    """What is still to do before this can be settled, or closed."""
    episode = found.episode
    settled = episode.state == State.SETTLED
    reached_since = is_next_contact(episode.reached_at, episode.settled_at, episode.next_contact_at)
    parts = (
        (episode.state == State.OWNED, _("talk with the client")),
        (
            episode.state == State.REACHED and found.news.news_since is not None,
            _("talk with the client again: a new signal came after you talked"),
        ),
        (not episode.risk_level, _("assess the risk again")),
        (episode.plan_reviewed_at is None, _("go through the safety plan")),
        (not settled, _("say how it ended, and name the next contact with an owner")),
        (settled and not reached_since, _("make the next contact")),
    )
    return tuple(text for so, text in parts if so)


def _why_not_settle(episode: Episode, state: State, mine: bool) -> str:
    if state not in (State.OWNED, State.REACHED):
        return ""
    if not mine:
        return _("%(name)s has this and settles it.") % {
            "name": episode.owner.name if episode.owner else _("Its owner")
        }
    return why_not_settle(state, None, None, None, episode.raised_at) or "" if state is State.OWNED else ""


def _people(request: PageRequest, episode: Episode, staff: Staff, people: list[Any]) -> dict[str, Any]:
    """The client's team, who is licensed there, and for a caller whom we do not know, who it might be."""
    found: dict[str, Any] = {
        "team": [one for one in people if one.part],
        "client_state": episode.client.state if episode.client else None,
        "unreadable": shut(episode.client, "name", "preferred_name", "phone", "other_phone", "wishes")
        or shut(episode.concern, "name", "phone", "words", "place")
        or shut(episode, "words"),
        "licensed": any(one.may_treat for one in people if one.id == staff.id),
        "licensed_others": [one for one in people if one.may_treat and one.id != staff.id][:4],
        "contact_makers": people,
        "colleagues": [(one, one.may_treat) for one in people if one.id not in (staff.id, episode.owner_id)],
    }
    if episode.client is None and episode.state != State.CLOSED:
        asked = request.GET.get("find", "")[:80]
        found["find"] = asked
        found["found"], found["unread"] = clients_named(request.actor, asked)
        found["same_number"] = clients_with_number(request.actor, opened(episode.concern, "phone"))
    return found
