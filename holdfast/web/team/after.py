"""Looking back at a crisis: drafted from its timeline, written by those who were in it, with actions that have owners."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from holdfast.crisis import after as actions
from holdfast.crisis.afterwards import LookBack, actions_visible_to, look_back
from holdfast.crisis.lookback import LANDED
from holdfast.crisis.models import AfterText, AssignedAction
from holdfast.crisis.rules import NotAllowed
from holdfast.ledger.ids import new_uid
from holdfast.people.models import Staff
from holdfast.people.queries import may_make_contact
from holdfast.people.rules import LEADS
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.chart import saw_crisis
from holdfast.web.files import as_file
from holdfast.web.proved import hands_out, proved
from holdfast.web.sealed import opened
from holdfast.web.team.after_paper import after_paper
from holdfast.web.team.after_words import asked_words, draft, left_out_words, line_words, mark_lines
from holdfast.web.team.board import full_name, kind_of
from holdfast.web.team.frame import draw, me
from holdfast.web.team.reading import NotRead, Typed, day, typed, uid, whole_number, words


@staff_page("work with clients")
def after(request: PageRequest, uid: UUID) -> HttpResponse:
    """The page. A version that somebody else saved meanwhile is shown, and what was typed stays."""
    back = _back(request, uid)
    if request.method != "POST":
        return _show(request, back)
    form = typed(request.POST)
    try:
        with transaction.atomic():
            there = _press(request, back, form)
        return redirect(there)
    except NotRead as no:
        return _show(request, back, refused=str(no), form=form, status=400)
    except actions.WrittenMeanwhile as no:
        return _show(request, _back(request, uid), refused=str(no), form=form, status=409, meanwhile=no.newest)
    except NotAllowed as no:
        return _show(request, back, refused=str(no), form=form, status=409)


@staff_page("work with clients")
@proved
@hands_out
def paper(request: PageRequest, uid: UUID) -> HttpResponse:
    """The same as a file. Its name gives nobody away, and no cache keeps it."""
    back = _back(request, uid)
    if back.whole.episode.state not in LANDED:
        raise Http404
    name = f"after-action-{timezone.localtime(back.whole.episode.raised_at):%Y-%m-%d}.pdf"
    return as_file(after_paper(back, me(request).name, request.now), "application/pdf", name)


@staff_page("work with clients")
def action(request: PageRequest, uid: UUID) -> HttpResponse:
    """An assigned action is done, or is not done after all. Then back to the list it was pressed on."""
    found = actions_visible_to(request.actor).filter(uid=uid).first()
    if found is None or request.method != "POST":
        raise Http404
    done = request.POST.get("do") != "not_done"
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None) or not back.startswith("/team/"):
        back = _where(found)
    try:
        with transaction.atomic():
            actions.mark(found, me(request), done=done, now=request.now)
    except NotAllowed as no:
        return draw(request, "team/refused.html", {"refused": str(no), "back": back}, nav="work", status=409)
    return redirect(f"{back}?said={'done' if done else 'not-done'}")


def _where(found: AssignedAction) -> str:
    return reverse("after", kwargs={"uid": found.episode.uid}) if found.episode else reverse("reviews")


def _back(request: PageRequest, uid: UUID) -> LookBack:
    found = look_back(request.actor, uid)
    if found is None:
        raise Http404
    saw_crisis(request, found.whole.episode)
    return found


def _press(request: PageRequest, back: LookBack, form: Typed) -> str:
    here, episode, staff = reverse("after", kwargs={"uid": back.whole.episode.uid}), back.whole.episode, me(request)
    if form.get("do") == "write":
        actions.write(episode.id, staff, form.get("text"), whole_number(form, "based_on"), request.now)
        return here + "?said=kept#text"
    if form.get("do") == "assign":
        actions.assign(
            episode,
            staff,
            what=words(form, "what"),
            to=named(request, form),
            due=day(form, "due"),
            once=uid(form, "once"),
            now=request.now,
        )
        return here + "?said=assigned#actions"
    raise NotRead("do", _("We could not tell which button that was. Please press it again."))


def named(request: PageRequest, form: Typed) -> Staff | None:
    """Who was chosen from the list; nobody where nothing was."""
    if not form.get("to"):
        return None
    chosen = uid(form, "to")
    found = may_make_contact(request.now).filter(uid=chosen).first() if chosen else None
    if found is None:
        raise NotRead("to", _("We do not know that person. Choose somebody from the list."))
    return found


def _show(
    request: PageRequest,
    back: LookBack,
    *,
    refused: str = "",
    form: Typed | None = None,
    status: int = 200,
    meanwhile: AfterText | None = None,
) -> HttpResponse:
    episode, staff = back.whole.episode, me(request)
    landed = episode.state in LANDED
    wrote = form is not None and form.get("do") == "write"
    newest = back.newest
    shown = _asked_for(request, back)
    context: dict[str, Any] = {
        "back": back,
        "episode": episode,
        "name": full_name(episode),
        "kind": kind_of(episode),
        "landed": landed,
        "may": landed and (staff.id in back.people or request.actor.role in LEADS),
        "marks": mark_lines(back, request.now),
        "missed": [line_words(line) for line in back.missed],
        "asked": [(one.name, asked_words(one)) for one in back.asked],
        "left_out": left_out_words(back),
        "shown": shown,
        "text": opened(shown, "words", _("Words that cannot be read.")) if shown else draft(back, request.now),
        "older": back.versions[1:] if newest else (),
        "based_on": newest.number if newest else 0,
        "in_form": _in_form(back, form if wrote else None, request.now),
        "writing": wrote,
        "meanwhile": meanwhile,
        "kept": dict(form.values) if form else {},
        "refused": refused,
        "once": form.get("once") if form and form.get("once") else str(new_uid()),
        "people": may_make_contact(request.now),
        "today": timezone.localtime(request.now).date(),
        "leads": request.actor.role in LEADS,
        "me": staff.id,
    }
    return draw(request, "team/after.html", context, nav="board", status=status)


def _asked_for(request: PageRequest, back: LookBack) -> AfterText | None:
    """The version that is asked for by its number, else the newest."""
    wanted = request.GET.get("version", "")
    return next((one for one in back.versions if str(one.number) == wanted), back.newest)


def _in_form(back: LookBack, form: Typed | None, now: datetime) -> str:
    """What stands in the form: what was typed, else the newest version, else the draft."""
    if form is not None:
        return form.get("text")
    return opened(back.newest, "words") if back.newest else draft(back, now)
