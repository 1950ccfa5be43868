"""A client's own record: copies of it, who looked, what they say is wrong, and closing their account."""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Final

from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from holdfast.crisis.rules import NotAllowed
from holdfast.ledger.models import ChartRead
from holdfast.people.models import Staff
from holdfast.people.sheets import write
from holdfast.records import asking, closing
from holdfast.records.models import Correction
from holdfast.records.offering import Whose, word
from holdfast.records.offers import WITHHELD
from holdfast.records.offers.records import look_words
from holdfast.records.queries import copies_of, corrections_of, looks_at
from holdfast.records.rules import Form, Held
from holdfast.web import languages
from holdfast.web.access import PageRequest, client_page
from holdfast.web.files import as_file
from holdfast.web.proved import hands_out, hands_out_when, proved, proved_to_change
from holdfast.web.record_file import copy_of
from holdfast.web.sealed import opened
from holdfast.web.team.reading import NotRead, typed, uid, words

A_PAGE: Final = 60
ROWS: Final = 20_000  # of the file of looks


def whose(request: PageRequest) -> Whose:
    """The client of this request, in the language of this request."""
    return Whose(request.client, request.now, languages.short())


@client_page
@proved_to_change
@hands_out_when(lambda request: request.POST.get("form", "") in set(Form))
def my_record(request: PageRequest) -> HttpResponse:
    """What one can do with one's own record, and its copies."""
    form = request.POST.get("form", "")
    if request.method == "POST" and form in set(Form):
        closing.copied(request.client, Form(form), request.now)
        return copy_of(whose(request), Form(form))
    context = {
        "nav": "settings",
        "withheld": [_(words) for words in WITHHELD],
        "copies": [(copy, word(copy.form)) for copy in copies_of(request.client, 5)],
        "waiting": corrections_of(request.client).filter(answer="").count(),
    }
    return render(request, "client/record.html", context)


@dataclass(frozen=True)
class Seen:
    """One look at the record, in plain words."""

    at: datetime
    who: str
    what: str
    why: str
    times: int = 1


def _together(seen: list[Seen]) -> list[Seen]:
    """Looks one after the other by one person at one page on one day are one line."""

    def alike(one: Seen) -> tuple[object, ...]:
        return one.who, one.what, one.why, timezone.localtime(one.at).date()

    groups = (list(rows) for _key, rows in groupby(seen, key=alike))
    return [replace(rows[0], times=len(rows)) for rows in groups]


def _seen(rows: list[ChartRead]) -> list[Seen]:
    names = dict(Staff.objects.filter(id__in={row.staff for row in rows if row.staff}).values_list("id", "name"))
    return [
        Seen(row.at, names.get(row.staff or 0, "") or _("Holdfast itself"), look_words(row.page), word(row.by_right))
        for row in rows
    ]


@client_page
def my_looks(request: PageRequest) -> HttpResponse:
    """Who looked, the newest first, page by page."""
    text = request.GET.get("page", "")
    page = max(1, int(text)) if text.isascii() and text.isdecimal() and len(text) < 6 else 1
    rows = list(looks_at(request.client)[(page - 1) * A_PAGE : page * A_PAGE + 1])
    context = {"nav": "settings", "seen": _together(_seen(rows[:A_PAGE])), "page": page, "more": len(rows) > A_PAGE}
    return render(request, "client/looks.html", context)


@client_page
@proved
@hands_out
def my_looks_file(request: PageRequest) -> HttpResponse:
    """The same as a table."""
    mine = whose(request)
    titles = [_("When"), _("Who"), _("What they saw"), _("Why they could")]
    seen = _seen(list(looks_at(request.client)[:ROWS]))
    table = write(titles, ([mine.iso(one.at) or "", one.who, one.what, one.why] for one in seen))
    return as_file(table, "text/csv; charset=utf-8", f"{_('who-looked')}.csv")


@dataclass(frozen=True)
class Request:
    """One thing that they say is wrong, and what became of it."""

    row: Correction
    what: str
    instead: str
    answer: str
    ground: str
    words: str
    statement: str


def _request(row: Correction) -> Request:
    return Request(
        row,
        opened(row, "what"),
        opened(row, "instead") or "",
        row.answer,
        word(row.ground) if row.ground else "",
        opened(row, "answer_words") or "",
        opened(row, "disagreement") or "",
    )


@client_page
def my_corrections(request: PageRequest) -> HttpResponse:
    """Say what is wrong, see what became of it, and say so when one does not agree."""
    form, refused, status, about = typed(request.POST), "", 200, ""
    if request.method == "POST":
        try:
            with transaction.atomic():
                if form.get("do") == "disagree":
                    about = form.get("request")
                    _disagree(request)
                else:
                    what, instead = words(form, "what"), words(form, "instead")
                    asking.ask(request.client, what, instead, request.now, once=uid(form, "once"))
            return redirect("my_corrections")
        except NotRead as no:
            refused, status = str(no), 400
        except NotAllowed as no:
            refused, status = _(str(no)), 400
    context = {
        "nav": "settings",
        "requests": [_request(row) for row in corrections_of(request.client)[:50]],
        "refused": refused,
        "about": about,
        "kept": form.values,
        "once": form.get("once") or asking.press(),
    }
    return render(request, "client/corrections.html", context, status=status)


def _disagree(request: PageRequest) -> None:
    form = typed(request.POST)
    which = uid(form, "request")
    row = corrections_of(request.client).filter(uid=which).first() if which else None
    if row is None:
        raise NotAllowed("We do not know that request. Load the page again.")
    asking.disagree(row, words(form, "statement"), request.now)


@client_page
@proved_to_change
def my_closing(request: PageRequest) -> HttpResponse:
    """Close the account. Refused while somebody has them or will speak with them: then it says who, and why."""
    held: Held | None = closing.held_by(request.client)
    refused, status = "", 200
    if request.method == "POST" and held is None:
        form = typed(request.POST)
        if form.get("sure") != "yes":
            refused, status = _("Check the box first, so that nothing closes by a slip."), 400
        else:
            try:
                with transaction.atomic():
                    closing.close(request.client, request.now, why=words(form, "why"))
                return _goodbye(request)
            except closing.StillHeld as no:
                held = no.held
            except NotRead as no:
                refused, status = str(no), 400
    if held is not None and request.method == "POST":
        status = 409
    context = {"nav": "settings", "held": held, "refused": refused, "why": request.POST.get("why", "")}
    return render(request, "client/closing.html", context, status=status)


def _goodbye(request: PageRequest) -> HttpResponse:
    answer = render(request, "client/goodbye.html", {"nav": ""})
    logout(request)
    return answer
