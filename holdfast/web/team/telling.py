"""May I tell? Asked and answered line by line, and then who was told what; with what was told against a no."""

from collections.abc import Mapping
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

from holdfast.consent import actions
from holdfast.consent.actions import NotComplete, Telling
from holdfast.consent.models import Disclosure
from holdfast.consent.papers import together
from holdfast.consent.phrases import GROUNDS, INFO, RECIPIENTS
from holdfast.consent.queries import Known, against_a_no, known_of
from holdfast.consent.sentences import DIED
from holdfast.consent.words import Answer, Field, Ground, Info, Notice, Now, Recipient, Say, Step
from holdfast.ledger.ids import new_uid
from holdfast.people.charts import Right
from holdfast.people.models import Supporter
from holdfast.people.reaching import GUARDIAN
from holdfast.people.rules import zone
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.chart import saw_all
from holdfast.web.consents import info_words, kept_words, told_line
from holdfast.web.sealed import opened
from holdfast.web.team.frame import draw, me
from holdfast.web.team.may_call import in_words, to_read_aloud
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
WRITTEN_TO: Final = timedelta(minutes=1)  # a time is typed to the minute: what was signed within it had been signed
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


@dataclass(frozen=True)
class Asked:
    """What somebody wants to tell whom, and what is so."""

    recipient: Recipient
    person: Supporter | None
    about: tuple[Info, ...]
    now: tuple[Now, ...]


@dataclass(frozen=True)
class One:
    """The answer in words; for several kinds of information where they are answered alike."""

    about: str
    told: bool
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
    known = known_of(client, request.now, every=True)
    form = typed(request.POST)
    if request.method != "POST":
        return _tell_page(request, known, form, None)
    asked = None
    try:
        asked = _asked(request, known, form)
        if form.get("do") == "told":
            at = past_moment(form, "day", "hour", request.program.timezone, request.now)
            known = known.when(min(at + WRITTEN_TO, request.now))
            with transaction.atomic():
                _told(request, known, form, asked, at)
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
    if whom == Recipient.GUARDIAN and person is not None and person.part != GUARDIAN:
        raise NotRead(
            "whom", _("Nobody wrote down that this person is their guardian by law. Choose whom you want to tell.")
        )
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


def _told(request: PageRequest, known: Known, form: Typed, asked: Asked, at: datetime) -> Disclosure:
    """Judged by the consents as they stood when it was told."""
    answer = together(found for _info, found in _answers(known, asked))
    if not _ticked(request, "about"):
        raise NotRead("told_about", _("Tick what it is about."))
    once = read_uid(form, "once")
    if once is None:
        raise NotRead("", _("We could not tell which button that was. Please press it again."))
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
    # Where a part of what was asked may be told, the form asks for what that part needs.
    mixed = len({found.told for _info, found in answers}) > 1
    about = {info for info, found in answers if not mixed or written or found.told}
    may = {info for info, found in answers if found.told}  # ticked beforehand, and nothing else
    answer = together(found for info, found in answers if info in about) if asked else None
    here = request.now.astimezone(zone(request.program.timezone))
    name = opened(asked.person, "name", "") if asked and asked.person else ""
    died = known.when(request.now).died
    context: dict[str, Any] = {
        **frame_of(request, known.client, "consents"),
        "may": to_read_aloud(asked.now if asked and not died else (), request.now, known.when(request.now)),
        "died": _(DIED) if died else "",
        "stood_at": known.at if known.at < request.now - WRITTEN_TO else None,
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
            (one.value, _(INFO[one]).capitalize(), one in request.POST.getlist("about") if written else one in may)
            for one in Info
            if one in about or one in (*_ticked(request, "about"), *_ticked(request, "asked"))
        ],
        "one_by_one": _one_by_one(answers),
        "steps": _steps(answers),
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
            f"{Recipient.GUARDIAN if one.part == GUARDIAN else Recipient.SUPPORTER}.{one.uid}",
            f"{opened(one, 'name', '—')}{', ' + one.relation if one.relation else ''}",
        )
        for one in known.supporters
    ]
    others = [one for one in Recipient if one not in (Recipient.SUPPORTER, Recipient.GUARDIAN)]
    return [*named, *((one.value, _(RECIPIENTS[one])) for one in others)]


def _steps(answers: list[tuple[Info, Answer]]) -> tuple[Step, ...]:
    """What to do although something is a no: once for all of it."""
    most: tuple[Step, ...] = max((found.steps for _info, found in answers), key=len, default=())
    return in_words(most)


def _one_by_one(answers: list[tuple[Info, Answer]]) -> list[One]:
    alike: dict[tuple[Say, str, Ground, str], list[Info]] = {}
    for info, found in answers:
        alike.setdefault((found.say, found.reason, found.ground, found.caution), []).append(info)
    return [
        One(
            info_words(infos).capitalize(),
            say is not Say.NO,
            _(SAYS[say]),
            _(reason),
            _(GROUNDS[ground]),
            _(caution) if caution else "",
        )
        for (say, reason, ground, caution), infos in alike.items()
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
