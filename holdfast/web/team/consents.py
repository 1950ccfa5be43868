"""What one client agreed to, written down by the team; and who was told what, beginning with whether one may."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.approval.queries import approved_among
from holdfast.consent import actions
from holdfast.consent.actions import NotComplete, Telling
from holdfast.consent.models import Disclosure
from holdfast.consent.papers import together
from holdfast.consent.queries import Known, against_a_no, consent_of, known_of, told_about
from holdfast.consent.words import Answer, Field, How, Info, Kind, Notice, Now, Recipient, Say
from holdfast.ledger.ids import new_uid
from holdfast.people.charts import Right
from holdfast.people.models import Client, Supporter
from holdfast.people.queries import may_make_contact
from holdfast.people.rules import zone
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.chart import saw_all
from holdfast.web.consents import (
    ALONE,
    GROUNDS,
    INFO,
    RECIPIENTS,
    drawn,
    info_words,
    kept_words,
    paper_pdf,
    sheet,
    told_line,
)
from holdfast.web.proved import hands_out, proved, proved_to_change
from holdfast.web.sealed import opened
from holdfast.web.team.frame import draw, me
from holdfast.web.team.may_call import of_known
from holdfast.web.team.opening import or_open_it
from holdfast.web.team.person import client_of, frame_of
from holdfast.web.team.reading import NotRead, Typed, past_moment, typed, words
from holdfast.web.team.reading import uid as read_uid

NOWS: Final[dict[str, str]] = {
    Now.DANGER: gettext_noop("A serious danger now, to them or to others"),
    Now.MEDICAL: gettext_noop("A medical emergency"),
    Now.OVERDOSE: gettext_noop("Overdose or withdrawal"),
    Now.AGREES: gettext_noop("They are with me and just agreed aloud"),
}
SAYS: Final[dict[str, str]] = {
    Say.YES: gettext_noop("Yes"),
    Say.PART: gettext_noop("Only part of it"),
    Say.NO: gettext_noop("No"),
}
MIXED: Final = gettext_noop("Only what is marked yes or part, line by line")
ASKED: Final[dict[str, tuple[str, str]]] = {
    Field.RECIPIENT: (gettext_noop("Name of whoever was told"), ""),
    Field.AFFILIATION: (
        gettext_noop("Where they work"),
        gettext_noop("Ambulance service, hospital, police department."),
    ),
    Field.NATURE: (gettext_noop("Nature of the emergency"), ""),
    Field.BELIEF: (gettext_noop("The danger you believed in"), gettext_noop("To whom, and why then.")),
    Field.FACTS: (gettext_noop("The facts you relied on, or why you told them"), ""),
}


# --- consents -----------------------------------------------------------------------------------------


@staff_page("work with clients")
@or_open_it
@proved_to_change
def consents(request: PageRequest, uid: UUID) -> HttpResponse:
    """Everything they agreed to, what is missing, and who was told."""
    client = client_of(request, uid)
    if request.method != "POST":
        return _show(request, client)
    form, scopes = typed(request.POST), tuple(request.POST.getlist("scope"))
    try:
        with transaction.atomic():
            if form.get("do") == "agree":
                _agree(request, client, form, scopes)
            elif form.get("do") == "take_back":
                _take_back(request, client, form)
            else:
                raise NotRead("", _("We could not tell which button that was. Please press it again."))
    except NotRead as wrong:
        return _show(request, client, form, scopes, refused=str(wrong))
    except NotComplete as no:
        return _show(request, client, form, scopes, refused=_(str(no)))
    return redirect(reverse("client_consents", args=[client.uid]) + "?said=kept")


def _agree(request: PageRequest, client: Client, form: Typed, scopes: tuple[str, ...]) -> None:
    kind, person = _which(client, form)
    if form.get("how") not in (How.ON_PAPER, How.BY_WORD):
        raise NotRead("how", _("Say how they agreed."))
    chosen = read_uid(form, "witness")
    witness = may_make_contact(request.now).filter(uid=chosen).first() if chosen else None
    if witness is None:
        raise NotRead("witness", _("Say who saw or heard it."))
    actions.agree(
        client,
        kind,
        scopes=scopes,
        signature=form.get("signature"),
        how=How(form.get("how")),
        language=client.language if client.language in ("en", "es") else "en",
        now=request.now,
        supporter=person,
        witness=witness,
        guardian=form.get("guardian"),
    )


def _which(client: Client, form: Typed) -> tuple[Kind, Supporter | None]:
    if form.get("kind") in ALONE:
        return Kind(form.get("kind")), None
    named = read_uid(form, "person")
    person = Supporter.objects.filter(client=client, uid=named, ended_at=None).first() if named else None
    if form.get("kind") != Kind.SUPPORTER or person is None:
        raise NotRead("kind", _("That person is not on the list any more."))
    return Kind.SUPPORTER, person


def _take_back(request: PageRequest, client: Client, form: Typed) -> None:
    which = read_uid(form, "consent")
    row = consent_of(client, which) if which else None
    if row is None:
        raise NotRead("consent", _("We do not know that line. Load the page again."))
    if not words(form, "why"):
        raise NotRead("why", _("Say how they told you, or why."))
    actions.take_back(row, me(request), words(form, "why"), request.now)


def _show(
    request: PageRequest,
    client: Client,
    form: Typed | None = None,
    scopes: tuple[str, ...] = (),
    *,
    refused: str = "",
) -> HttpResponse:
    known = known_of(client, request.now, every=True)
    sheets = [sheet(known, request.program, kind) for kind in ALONE]
    sheets += [sheet(known, request.program, Kind.SUPPORTER, one) for one in known.supporters]
    paths = {one.path for one in sheets}
    context = {
        **frame_of(request, client, "consents"),
        "may": of_known(known, (), lists_for=(Now.DANGER,)),
        "sheets": sheets,
        "approved": approved_among(paths, request.now),
        "told": [told_line(row) for row in told_about(client)],
        "hows": [(How.ON_PAPER.value, _("On paper")), (How.BY_WORD.value, _("Said aloud, to a witness"))],
        "people": list(may_make_contact(request.now)),
        "me_uid": me(request).uid,
        "refused": refused,
        "kept": dict(form.values) if form else {},
        "kept_scopes": scopes,
        "under_age": known.under_age,
    }
    return draw(request, "team/consents.html", context, nav="clients", status=400 if refused else 200)


@staff_page("work with clients")
@or_open_it
@proved
@hands_out
def paper(request: PageRequest, uid: UUID, which: UUID) -> HttpResponse:
    """One consent as it was signed: the copy that goes along with what is told."""
    client = client_of(request, uid)
    row = consent_of(client, which)
    if row is None:
        raise Http404
    at = request.now
    kind = Kind(row.kind)
    return paper_pdf(
        drawn(client, request.program, kind, row.supporter, row, at, signed=True, language=row.language),
        request.program,
    )


# --- may I tell? ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """What somebody wants to tell whom, and what is so."""

    recipient: Recipient
    person: Supporter | None
    about: tuple[Info, ...]
    now: tuple[Now, ...]


@dataclass(frozen=True)
class One:
    """The answer for one kind of information, in words."""

    about: str
    answer: Answer
    say: str
    reason: str
    ground: str
    caution: str


@dataclass(frozen=True)
class Blank:
    """One field of the form in which a telling is written down."""

    key: str
    label: str
    hint: str
    needed: bool
    value: str
    wrong: bool


@staff_page("work with clients")
@or_open_it
def tell(request: PageRequest, uid: UUID) -> HttpResponse:
    """Whether one may tell, and then what was told. The question is posted: no address holds it."""
    client = client_of(request, uid)
    known = known_of(client, request.now)
    form = typed(request.POST)
    if request.method != "POST":
        return _tell_page(request, known, form, None)
    asked = None
    try:
        asked = _asked(request, known, form)
        if form.get("do") == "told":
            with transaction.atomic():
                _told(request, known, form, asked)
            return redirect(reverse("client_consents", args=[client.uid]) + "?said=kept#told")
    except NotRead as wrong:
        return _tell_page(request, known, form, asked, refused=str(wrong), field=wrong.field)
    except NotComplete as no:
        return _tell_page(request, known, form, asked, refused=_(str(no)), field=no.field)
    return _tell_page(request, known, form, asked)


def _asked(request: PageRequest, known: Known, form: Typed) -> Asked:
    whom, _dot, which = form.get("whom").partition(".")
    person = next((one for one in known.supporters if str(one.uid) == which), None)
    if whom not in set(Recipient) or (whom in (Recipient.SUPPORTER, Recipient.GUARDIAN)) != (person is not None):
        raise NotRead("whom", _("Choose whom you want to tell."))
    # Of a telling in which nothing is ticked any more, what was asked about stays, so that the page keeps what was typed.
    about = _ticked(request, "about") or _ticked(request, "asked")
    if not about:
        raise NotRead("about", _("Tick what it is about."))
    return Asked(Recipient(whom), person, about, tuple(one for one in Now if one in request.POST.getlist("now")))


def _ticked(request: PageRequest, name: str) -> tuple[Info, ...]:
    return tuple(one for one in Info if one in request.POST.getlist(name))


def _answers(known: Known, asked: Asked) -> list[tuple[Info, Answer]]:
    person = asked.person.id if asked.person else None
    return [(one, known.may_tell(asked.recipient, one, asked.now, person)) for one in asked.about]


def _told(request: PageRequest, known: Known, form: Typed, asked: Asked) -> Disclosure:
    answer = together(found for _info, found in _answers(known, asked))
    if not _ticked(request, "about"):
        raise NotRead("told_about", _("Tick what it is about."))
    once = read_uid(form, "once")
    if once is None:
        raise NotRead("", _("We could not tell which button that was. Please press it again."))
    at = past_moment(form, "day", "hour", request.program.timezone, request.now)
    said = {field: words(form, field.value) for field in Field}
    telling = Telling(
        asked.recipient, asked.about, words(form, "words"), said, form.get("notice") == "given", at, asked.person
    )
    return actions.told(known.client, telling, answer, me(request), request.now, once)


def _tell_page(
    request: PageRequest, known: Known, form: Typed, asked: Asked | None, *, refused: str = "", field: str = ""
) -> HttpResponse:
    answers = _answers(known, asked) if asked else []
    written = form.get("do") == "told"
    # What may be told is ticked beforehand where a part of what was asked may be, and the form asks for what that needs.
    mixed = len({found.told for _info, found in answers}) > 1
    about = {info for info, found in answers if not mixed or written or found.told}
    answer = together(found for info, found in answers if info in about) if asked else None
    here = request.now.astimezone(zone(request.program.timezone))
    name = opened(asked.person, "name", "") if asked and asked.person else ""
    context: dict[str, Any] = {
        **frame_of(request, known.client, "consents"),
        "may": of_known(known, asked.now if asked else ()),
        "whoms": _whoms(known),
        "infos": [(one.value, _(INFO[one]).capitalize()) for one in Info],
        "nows": [(one.value, _(NOWS[one])) for one in Now],
        "chosen": form.get("whom"),
        "about": request.POST.getlist("about"),
        "now_ticked": request.POST.getlist("now"),
        "asked": asked,
        "answer": answer,
        "say": _(MIXED) if mixed else _(SAYS[answer.say]) if answer else "",
        "shown_say": Say.PART if mixed else answer.say if answer else "",
        "told_choices": [
            (one.value, _(INFO[one]).capitalize(), one in request.POST.getlist("about") if written else one in about)
            for one in Info
            if one in about or one in (*_ticked(request, "about"), *_ticked(request, "asked"))
        ],
        "one_by_one": _one_by_one(known, asked) if asked else [],
        "withheld": kept_words(answer.withheld) if answer else "",
        "with_notice": answer is not None and answer.notice is Notice.PART_2,
        "consent": next((one for one in known.consents if answer and one.id == answer.consent), None),
        "blanks": _blanks(answer, form.values, field, name) if answer else [],
        "words": form.get("words"),
        "day": form.get("day") if written else f"{here:%Y-%m-%d}",
        "hour": form.get("hour") if written else f"{here:%H:%M}",
        "once": form.get("once") or str(new_uid()),
        "refused": refused,
        "refused_field": field,
    }
    return draw(request, "team/tell.html", context, nav="clients", status=400 if refused else 200)


def _whoms(known: Known) -> list[tuple[str, str]]:
    """Those whom they named by name, then every other kind."""
    named = [
        (
            f"{Recipient.GUARDIAN if one.part == 'guardian' else Recipient.SUPPORTER}.{one.uid}",
            f"{opened(one, 'name', '—')}{', ' + one.relation if one.relation else ''}",
        )
        for one in known.supporters
    ]
    others = [one for one in Recipient if one not in (Recipient.SUPPORTER, Recipient.GUARDIAN)]
    return [*named, *((one.value, _(RECIPIENTS[one])) for one in others)]


def _one_by_one(known: Known, asked: Asked) -> list[One]:
    return [
        One(
            info_words([info]).capitalize(),
            found,
            _(SAYS[found.say]),
            _(found.reason),
            _(GROUNDS[found.ground]),
            _(found.caution) if found.caution else "",
        )
        for info, found in _answers(known, asked)
    ]


def _blanks(answer: Answer, values: Mapping[str, str], wrong: str, name: str) -> list[Blank]:
    return [
        Blank(
            field.value,
            _(ASKED[field][0]),
            _(ASKED[field][1]) if ASKED[field][1] else "",
            field in answer.record,
            values.get(field.value, name if field is Field.RECIPIENT else ""),
            wrong == field.value,
        )
        for field in Field
        if field in answer.record or field is Field.AFFILIATION
    ]


# --- against a no ----------------------------------------------------------------------------------------


@staff_page("lead")
def told_against(request: PageRequest) -> HttpResponse:
    """What was told although the rules said no, until somebody who leads has looked at it."""
    refused = ""
    if request.method == "POST":
        which = read_uid(typed(request.POST), "told")
        row = next((one for one in against_a_no() if one.uid == which), None)
        try:
            if row is not None:
                with transaction.atomic():
                    actions.look_at(row, me(request), request.now)
                return redirect(reverse("told_against") + "?said=seen")
            refused = _("We do not know that line. Load the page again.")
        except NotComplete as no:
            refused = _(str(no))
    waiting, seen = list(against_a_no()), list(against_a_no(seen=True)[:50])
    saw_all(request, dict.fromkeys(row.client_id for row in (*waiting, *seen)), Right.LEADS)
    context = {
        "waiting": [told_line(row) for row in waiting],
        "seen": [told_line(row) for row in seen],
        "refused": refused,
    }
    return draw(request, "team/told_against.html", context, nav="told", status=409 if refused else 200)
