"""A client's record for their team: what they say is wrong, copies they ask for, closing, and a legal hold."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.content.retention import Kind
from holdfast.crisis.queries import in_the_hands_of
from holdfast.crisis.rules import NotAllowed
from holdfast.people.charts import Right
from holdfast.people.models import Client
from holdfast.people.queries import care_team, clients_cared_for_by, clients_visible_to
from holdfast.people.rules import LEADS, Role, Standing
from holdfast.records import asking, closing, going, keeping
from holdfast.records.models import Correction
from holdfast.records.offering import Whose
from holdfast.records.queries import closing_of, copies_of, corrections_of, corrections_visible_to, waiting_for
from holdfast.records.rules import Asked, Form, Ground
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.chart import right_of_client, saw, shown_as
from holdfast.web.proved import hands_out, proved, proved_to_change
from holdfast.web.record_file import copy_of
from holdfast.web.sealed import opened
from holdfast.web.team.frame import draw, me
from holdfast.web.team.opening import ChartShut, or_open_it
from holdfast.web.team.reading import NotRead, Typed, typed, uid, words

A_LIST: Final = 100
ASKED: Final[dict[Asked, str]] = {
    Asked.ON_PAPER: gettext_noop("On paper"),
    Asked.BY_PHONE: gettext_noop("By phone"),
    Asked.IN_PERSON: gettext_noop("In person"),
}
GROUNDS: Final[dict[Ground, str]] = {
    Ground.RIGHT_AND_WHOLE: gettext_noop("It is accurate and complete"),
    Ground.NOT_OURS: gettext_noop("We did not create it, and whoever did can still be asked"),
    Ground.NOT_OF_THE_RECORD: gettext_noop("It is not part of the record"),
    Ground.NOT_OPEN_TO_ACCESS: gettext_noop("It is a part that they may not see by law"),
}
FORMS: Final[dict[Form, str]] = {
    Form.PDF: gettext_noop("On paper (PDF)"),
    Form.HTML: gettext_noop("As a page to read"),
    Form.JSON: gettext_noop("As a file for another clinic (FHIR)"),
}
KINDS: Final[dict[Kind, str]] = {
    Kind.RECORD: gettext_noop("The whole record"),
    Kind.CONTACT: gettext_noop("Phones and reminders"),
}
SAVED: Final = {
    "answer": gettext_noop("Answered. The client reads it on their page."),
    "ask": gettext_noop("Written down. It has an owner and a day."),
    "close": gettext_noop("Closed. Nothing is deleted; from here the time of keeping runs."),
    "open": gettext_noop("They may sign in again. Look at their standing too."),
    "hold": gettext_noop("Nothing of this client goes until the hold is lifted."),
    "lift": gettext_noop("Lifted. What is due must be approved anew."),
}
NOT_YOURS = gettext_noop("Only the client's own team, or somebody who leads, does this.")


@staff_page("work with clients")
def records(request: PageRequest) -> HttpResponse:
    """Requests to correct a record: what is due first; late ones are said. Names and days, no words of anybody."""
    waiting = list(waiting_for(request.actor)[:A_LIST])
    done = corrections_visible_to(request.actor).exclude(answer="").order_by("-answered_at")[:20]
    directs = request.actor.role is Role.DIRECTOR
    today = keeping.today_of(request.program, request.now)
    context = {
        "late": [row for row in waiting if row.due_at <= request.now],
        "waiting": [row for row in waiting if row.due_at > request.now],
        "done": list(done),
        "directs": directs,
        "to_go_late": sum(one.late(today) and not one.why_not for one in keeping.to_go(request.program, request.now))
        if directs
        else 0,
    }
    return draw(request, "team/records.html", context, nav="records")


def _found(request: PageRequest, number: UUID) -> tuple[Client, bool]:
    """The client, and whether they are of one's own care. Whoever has only their crisis, or opened the chart, answers nothing."""
    found = clients_visible_to(request.actor).filter(uid=number).select_related("user").first()
    if found is not None:
        saw(request, found.id, right_of_client(request.actor))
        return found, clients_cared_for_by(request.actor).filter(id=found.id).exists()
    held = in_the_hands_of(request.actor).filter(client__uid=number).first()
    if held is None or held.client is None:
        raise ChartShut(number)
    saw(request, held.client_id, Right.HAS_IT if held.owner_id == request.actor.id else Right.HELPS)
    return held.client, False


@staff_page("work with clients")
@or_open_it
@proved_to_change
def client_record(request: PageRequest, uid: UUID) -> HttpResponse:
    """What a client asked about their record, and what is done for them."""
    found, own = _found(request, uid)
    if request.method != "POST":
        return _show(request, found, own)
    form = typed(request.POST)
    deed = DEEDS.get(form.get("do"))
    try:
        if deed is None:
            raise NotRead("", _("We could not tell which button that was. Please press it again."))
        if not own:
            raise NotAllowed(NOT_YOURS)
        with transaction.atomic():
            deed(request, found, form)
    except NotRead as wrong:
        return _show(request, found, own, status=400, refused=str(wrong), kept=form)
    except closing.StillHeld as no:
        return _show(request, found, own, status=409, refused=_still_held(no), kept=form)
    except NotAllowed as no:
        return _show(request, found, own, status=409, refused=_(str(no)), kept=form)
    return redirect(reverse("client_record", args=[found.uid]) + f"?saved={form.get('do')}")


def _still_held(no: closing.StillHeld) -> str:
    if no.held.who:
        return _("%(name)s has them, or speaks with them next. The account is closed after that.") % {
            "name": no.held.who
        }
    return _("A person is being sought for them. The account is closed after that.")


@staff_page("work with clients")
@or_open_it
@proved
@hands_out
def client_record_copy(request: PageRequest, uid: UUID) -> HttpResponse:
    """A copy for a client who asked on paper, by phone or in person: in their language and their time zone."""
    found, own = _found(request, uid)
    form = typed(request.POST)
    try:
        if request.method != "POST":
            return redirect("client_record", uid=found.uid)
        if not own:
            raise NotAllowed(NOT_YOURS)
        kind, asked = form.get("form"), form.get("asked")
        if kind not in set(Form):
            raise NotRead("form", _("Choose in which form they want it."))
        with transaction.atomic():
            closing.copied(
                found,
                Form(kind),
                request.now,
                by=me(request),
                asked=Asked(asked) if asked in set(Asked) else None,
                words=words(form, "words"),
            )
        with translation.override(found.language):
            return copy_of(Whose(found, request.now, found.language), Form(kind))
    except NotRead as wrong:
        return _show(request, found, own, status=400, refused=str(wrong), kept=form)
    except NotAllowed as no:
        return _show(request, found, own, status=409, refused=_(str(no)), kept=form)


# --- what the buttons do -------------------------------------------------------------------------


def _answer(request: PageRequest, found: Client, form: Typed) -> None:
    which = uid(form, "request")
    row = corrections_of(found).filter(uid=which).first() if which else None
    if row is None:
        raise NotRead("request", _("We do not know that request. Load the page again."))
    asking.answer(row, me(request), form.get("answer"), form.get("ground"), words(form, "words"), request.now)


def _ask(request: PageRequest, found: Client, form: Typed) -> None:
    asked = form.get("asked")
    if asked not in set(Asked):
        raise NotRead("asked", _("Say how the client asked."))
    asking.ask(
        found,
        words(form, "what"),
        words(form, "instead"),
        request.now,
        once=uid(form, "once"),
        asked=Asked(asked),
        by=me(request),
    )


def _close(request: PageRequest, found: Client, form: Typed) -> None:
    if form.get("sure") != "yes":
        raise NotRead("sure", _("Check the box first, so that nothing closes by a slip."))
    closing.close(found, request.now, by=me(request), why=words(form, "why"))


def _open(request: PageRequest, found: Client, form: Typed) -> None:
    closing.open_again(found, me(request), request.now)


def _hold(request: PageRequest, found: Client, form: Typed) -> None:
    going.set_hold(found, me(request), words(form, "why"), request.now)


def _lift(request: PageRequest, found: Client, form: Typed) -> None:
    hold = keeping.hold_of(found.id)
    if hold is not None:
        going.lift_hold(hold, me(request), words(form, "why"), request.now)


DEEDS: Final = {"answer": _answer, "ask": _ask, "close": _close, "open": _open, "hold": _hold, "lift": _lift}


# --- how it looks --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asking:
    """One request, with its words as far as they open here."""

    row: Correction
    what: str
    instead: str
    words: str
    ground: str
    statement: str
    mine: bool


@dataclass(frozen=True)
class Keeping:
    """How long one kind of thing is kept, and on what ground."""

    what: str
    until: date
    law: str
    why_not: str


def _show(
    request: PageRequest, found: Client, own: bool, *, status: int = 200, refused: str = "", kept: Typed | None = None
) -> HttpResponse:
    shown_as(request, "client_record")
    leads = request.actor.role in LEADS
    primary = {one.staff_id for one in care_team(found.id, request.now) if one.part == "primary"}
    hold = keeping.hold_of(found.id) if request.actor.role is Role.DIRECTOR else None
    context: dict[str, Any] = {
        "client": found,
        "tab": "record",
        "own": own,
        "requests": [_asking(row, leads, primary, request.actor.id) for row in corrections_of(found)[:50]],
        "copies": [(copy, _(FORMS[Form(copy.form)])) for copy in copies_of(found)],
        "closing": (shut := closing_of(found)),
        "closing_why": opened(shut, "why") if shut else "",
        "died": found.standing == Standing.DIED,
        "kept_until": [
            Keeping(_(KINDS[one.kind]), one.until.kept_until, one.until.line.law, _(one.why_not) if one.why_not else "")
            for one in keeping.kept(found.id)
        ],
        "directs": request.actor.role is Role.DIRECTOR,
        "hold": hold,
        "hold_why": opened(hold, "why") if hold else "",
        "asked": [(value.value, _(text)) for value, text in ASKED.items()],
        "grounds": [(value.value, _(text)) for value, text in GROUNDS.items()],
        "forms": [(value.value, _(text)) for value, text in FORMS.items()],
        "refused": refused,
        "kept": kept or Typed(),
        "once": (kept.get("once") if kept else "") or asking.press(),
    }
    if request.GET.get("saved") in SAVED:
        context["said"] = _(SAVED[request.GET["saved"]])
    return draw(request, "team/record.html", context, nav="clients", status=status)


def _asking(row: Correction, leads: bool, primary: set[int], who: int) -> Asking:
    return Asking(
        row,
        opened(row, "what"),
        opened(row, "instead") or "",
        opened(row, "answer_words") or "",
        _(GROUNDS[Ground(row.ground)]) if row.ground else "",
        opened(row, "disagreement") or "",
        leads or who == row.owner_id or who in primary,
    )
