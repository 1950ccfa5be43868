"""What a client has agreed to: to read, sign, take back with one press and take home; and who was told about them."""

from typing import Final
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.consent import actions
from holdfast.consent.models import Consent
from holdfast.consent.papers import NO_NAME, TOO_LONG
from holdfast.consent.queries import Known, consent_of, known_of, supporter_of, told_about
from holdfast.consent.words import Age, How, Kind
from holdfast.people import reaching
from holdfast.people.models import Supporter
from holdfast.web import languages
from holdfast.web.access import PageRequest, client_page
from holdfast.web.consents import ALONE, drawn, earlier, kept_paper, paper_html, paper_pdf, sheet, told_line, told_pdf
from holdfast.web.proved import hands_out, proved, proved_to_change
from holdfast.web.sealed import opened

MOST_LETTERS = 200


@client_page
def agreed(request: PageRequest) -> HttpResponse:
    """The list, and the people whom they named."""
    refused = _name(request) if request.method == "POST" else ""
    if request.method == "POST" and not refused:
        return redirect(reverse("agreed") + "#people")
    known = known_of(request.client, request.now, every=True)
    context = {
        "nav": "settings",
        "sheets": [sheet(known, request.program, kind) for kind in ALONE],
        "people": [sheet(known, request.program, Kind.SUPPORTER, one) for one in known.supporters],
        "off_list": _off_list(known),
        "refused": refused,
        "kept": request.POST if refused else {},
    }
    return render(request, "client/agreed.html", context, status=400 if refused else 200)


def _off_list(known: Known) -> list[Consent]:
    """What was signed for people who were taken off the list since: it counts for nothing, and is theirs to keep."""
    listed = {one.id for one in known.supporters}
    return [one for one in known.consents if one.supporter_id is not None and one.supporter_id not in listed]


def _name(request: PageRequest) -> str:
    """Keep somebody whom they name. Nobody is told anything by this."""
    name, relation, phone = (_typed(request, field)[:MOST_LETTERS] for field in ("name", "relation", "phone"))
    if phone and sum(c.isdigit() for c in phone) < 7:
        return _("That is not a whole phone number. Write it with its area code, or leave it out.")
    if not name:
        return _("Write their name.")
    try:
        with transaction.atomic():
            reaching.name_supporter(
                request.client, name=name, relation=relation, phone=phone[:40], by=None, now=request.now
            )
    except ValueError:
        return _("There are nine people already. Ask your team to take one off the list first.")
    return ""


@client_page
@proved_to_change
def agreed_one(request: PageRequest, kind: str) -> HttpResponse:
    """One text that is about nobody else."""
    if kind not in ALONE:
        raise Http404
    return _one(request, Kind(kind), None)


@client_page
@proved_to_change
def agreed_person(request: PageRequest, uid: UUID) -> HttpResponse:
    """What one person may know."""
    person = supporter_of(request.client, uid)
    if person is None:
        raise Http404
    return _one(request, Kind.SUPPORTER, person)


def _one(request: PageRequest, kind: Kind, person: Supporter | None) -> HttpResponse:
    refused = field = ""
    if request.method == "POST":
        refused, field = _press(request, kind, person)
        if not refused:
            return redirect(request.path)
    known = known_of(request.client, request.now, every=True)
    paper = sheet(known, request.program, kind, person)
    # A form to sign shows the newest text, also while an older one holds.
    anew = drawn(request.client, request.program, kind, person, paper.row, request.now, signed=False)
    child = known.signs.age is Age.UNDER_AGE
    guardian_too = child and not (known.signs.substance_use if kind is Kind.PART_2 else known.signs.mental_health)
    row = paper.row
    context = {
        "nav": "settings",
        "paper": paper,
        "anew": anew,
        "guardian_too": guardian_too,
        "guardian_signed": row is not None and row.guardian is not None,
        "refused": refused,
        # Beside the button, where it is about what was typed or ticked; where it is about the text, before that.
        "refused_form": field in ("signature", "other_name", "scopes"),
        # What was taken back or has ended is agreed to anew, tick by tick.
        "chosen": request.POST.getlist("scope") if refused else [one.id for one in paper.ticked if paper.holds],
        "typed": _typed(request, "signature") if refused else "",
        # After a refusal the form stays against what they saw, unless the refusal was that it has changed.
        "stands": _typed(request, "stands") if refused and field != "stands" else paper.stands,
        "asked_if_sure": field == "other_name",
        "earlier": earlier(known, kind, person),
    }
    status = 409 if field in ("version", "stands") else 400 if refused else 200
    return render(request, "client/agreed_one.html", context, status=status)


def _press(request: PageRequest, kind: Kind, person: Supporter | None) -> tuple[str, str]:
    """Sign, or take back. The sentence that says why not, if not, and where."""
    if request.POST.get("do") == "take_back":
        return _take_back(request)
    if request.POST.get("do") != "agree":
        return _("We could not tell which button that was. Please press it again."), ""
    try:
        with transaction.atomic():
            actions.agree(
                request.client,
                kind,
                scopes=request.POST.getlist("scope"),
                signature=_typed(request, "signature"),
                how=How.IN_APP,
                language=languages.short(),
                now=request.now,
                supporter=person,
                read=_typed(request, "version"),
                sure=_typed(request, "sure"),
                stood=_typed(request, "stands"),
            )
    except actions.OtherName as no:
        return _(SENTENCES[no.field]) % {"name": opened(request.client, "name", "—")}, no.field
    except actions.NotComplete as no:
        if str(no) in (TOO_LONG, NO_NAME):
            return _(str(no)), no.field
        return _(SENTENCES.get(no.field, SENTENCES["supporter"])), no.field
    return "", ""


SENTENCES: Final = {
    "signature": gettext_noop("Type your name to sign."),
    "other_name": gettext_noop(
        "This is not the name we have for you: %(name)s. Sign all the same? Then press “I agree” once more."
    ),
    "scopes": gettext_noop("Tick at least one thing. If you want none of it, you do not need to sign."),
    "kind": gettext_noop("There is nothing to sign here."),
    "version": gettext_noop(
        "The text has changed since you opened this page. Please read it again. What you typed is still here."
    ),
    "stands": gettext_noop(
        "This was changed since you opened this page. Please look at how it stands now, then press the button again. "
        "What you typed is still here."
    ),
    "supporter": gettext_noop("That person is not on your list any more."),
}


def _take_back(request: PageRequest) -> tuple[str, str]:
    try:
        row = consent_of(request.client, UUID(request.POST.get("consent", "")))
    except ValueError:
        row = None
    if row is None:
        return _("We could not tell which one that was. Load the page again."), ""
    try:
        with transaction.atomic():
            actions.take_back(row, None, "", request.now)
    except actions.StandsOtherwise as no:
        return _(SENTENCES[no.field]), no.field
    except actions.NotComplete:
        return _(SENTENCES["kind"]), ""
    return "", ""


@client_page
@proved
@hands_out
def paper(request: PageRequest, uid: UUID, kind: str) -> HttpResponse:
    """One consent, also one that has ended, to take home: in the text and the language that were signed."""
    row = consent_of(request.client, uid) if kind in ("pdf", "html") else None
    if row is None:
        raise Http404
    known = known_of(request.client, request.now, every=True)
    found = kept_paper(known, request.program, row)
    return paper_pdf(found, request.program) if kind == "pdf" else paper_html(found, request.program)


@client_page
def told(request: PageRequest) -> HttpResponse:
    """Who was told about them, by whom and why."""
    lines = [told_line(row, to_client=True) for row in told_about(request.client)]
    return render(request, "client/told.html", {"nav": "settings", "lines": lines})


@client_page
@proved
@hands_out
def told_paper(request: PageRequest) -> HttpResponse:
    """The same, to take home."""
    return told_pdf(
        [told_line(row, to_client=True) for row in told_about(request.client)], request.client, request.program
    )


def _typed(request: PageRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\x00", "").strip()[:2000]
