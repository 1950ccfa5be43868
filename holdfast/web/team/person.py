"""One client: how to reach them, whom they named, and their safety plan. To read, and to write down anew."""

from dataclasses import dataclass
from datetime import time
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from holdfast.consent.queries import known_of, supporter_of
from holdfast.consent.words import Age
from holdfast.crisis.queries import in_the_hands_of, visible_to
from holdfast.crisis.rules import State
from holdfast.people import reaching as wishes_of
from holdfast.people.models import Client, Supporter
from holdfast.people.queries import ReachCard, clients_visible_to, how_to_reach, signed_boundary
from holdfast.people.reaching import Wishes
from holdfast.people.rules import Signed, Way
from holdfast.plans import actions as plans
from holdfast.plans.queries import PlanCard, current, numbered, versions
from holdfast.plans.rules import MOST_PEOPLE, WITH_PEOPLE, Part, Someone
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.chart import right_in, right_of_client, saw
from holdfast.web.plan import sections
from holdfast.web.sealed import opened
from holdfast.web.team.frame import draw, me
from holdfast.web.team.may_call import of_known
from holdfast.web.team.opening import ChartShut, or_open_it
from holdfast.web.team.reading import NotRead, Typed, typed, words
from holdfast.web.team.reading import uid as read_uid
from holdfast.web.team.words import HOW_SIGNED, RISK_LEVELS, WAYS

SPARE_LINES = 2


def client_of(request: PageRequest, uid: UUID) -> Client:
    """A client whom this person may open: of their own caseload, or in a crisis that they may help in."""
    found = clients_visible_to(request.actor).filter(uid=uid).first()
    right = right_of_client(request.actor)
    if found is None:
        helped = visible_to(request.actor).filter(client__uid=uid).exclude(state=State.CLOSED).first()
        found, right = (helped.client, right_in(request.actor, helped)) if helped else (None, right)
    if found is None:
        raise ChartShut(uid)
    saw(request, found.id, right)
    return found


def frame_of(request: PageRequest, client: Client, tab: str) -> dict[str, Any]:
    """What the head of a page about one client takes."""
    opens_page = (
        clients_visible_to(request.actor).filter(id=client.id).exists()
        or in_the_hands_of(request.actor).filter(client_id=client.id).exists()
    )
    return {"client": client, "tab": tab, "opens_page": opens_page}


# --- the plan --------------------------------------------------------------------------------------


@staff_page("work with clients")
@or_open_it
def plan(request: PageRequest, uid: UUID) -> HttpResponse:
    """The plan as it stands, or an older version of it."""
    client = client_of(request, uid)
    wanted = request.GET.get("version", "")
    newest = current(client)
    card = numbered(client, int(wanted)) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 6 else newest
    if card is None and wanted:
        raise Http404
    parts = sections(card)
    context = {
        **frame_of(request, client, "plan"),
        "card": card,
        "newest": newest,
        "older": card is not None and newest is not None and card.plan.version != newest.plan.version,
        "staying": next(part for part in parts if part.id == Part.STAYING),
        "parts": [part for part in parts if part.id != Part.STAYING],
        "versions": versions(client),
        "late": bool(newest and newest.late(request.now)),
        "risk_words": {value: _(text) for value, text in RISK_LEVELS.items()},
    }
    return draw(request, "team/plan.html", context, nav="clients")


@staff_page("work with clients")
@or_open_it
def change_plan(request: PageRequest, uid: UUID) -> HttpResponse:
    """The form: what stands now, to be changed into a new version."""
    client = client_of(request, uid)
    if request.method != "POST":
        return _plan_form(request, client, current(client))
    form = typed(request.POST)
    try:
        with transaction.atomic():
            plans.write(
                client,
                me(request),
                {part: words(form, part.value) for part in Part},
                _people(form),
                form.get("risk") if form.get("risk") in RISK_LEVELS else "",
                request.now,
                after_version=int(form.get("after")) if form.get("after").isdecimal() else 0,
            )
    except plans.PlanChanged as changed:
        return _plan_form(request, client, current(client), kept=form, refused=str(changed), status=409)
    except NotRead as wrong:
        return _plan_form(
            request, client, current(client), kept=form, refused=str(wrong), field=wrong.field, status=400
        )
    except ValueError as no:
        return _plan_form(request, client, current(client), kept=form, refused=str(no), status=400)
    return redirect(reverse("client_plan", args=[client.uid]) + "?said=plan")


def _people(form: Typed) -> tuple[Someone, ...]:
    return tuple(
        Someone(part, form.get(f"{part}-{n}-name")[:200], form.get(f"{part}-{n}-phone")[:40])
        for part in WITH_PEOPLE
        for n in range(1, MOST_PEOPLE + 1)
        if form.get(f"{part}-{n}-name") or form.get(f"{part}-{n}-phone")
    )


@dataclass(frozen=True)
class Line:
    """One line of the form for a person."""

    number: int
    name: str
    phone: str


@dataclass(frozen=True)
class Field:
    """One part of the plan in the form, as it stands or as it was typed."""

    id: str
    number: int
    title: str
    hint: str
    words: str
    lines: tuple[Line, ...]
    wrong: bool


def _plan_form(
    request: PageRequest,
    client: Client,
    card: PlanCard | None,
    *,
    kept: Typed | None = None,
    refused: str = "",
    field: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        **frame_of(request, client, "plan"),
        "card": card,
        "fields": _fields(card, kept, field),
        "risk": kept.get("risk") if kept else card.plan.risk_level if card else "",
        "risk_levels": [(value, _(text)) for value, text in RISK_LEVELS.items()],
        "refused": refused,
        # After a refusal because of a newer version the next save is meant for that one.
        "after": card.plan.version if card else 0,
    }
    return draw(request, "team/plan_form.html", context, nav="clients", status=status)


def _fields(card: PlanCard | None, kept: Typed | None, wrong: str) -> tuple[Field, ...]:
    found = []
    for part in sections(card):
        people = [(one.name, one.phone) for one in part.people]
        if kept:
            people = [
                (kept.get(f"{part.id}-{n}-name"), kept.get(f"{part.id}-{n}-phone")) for n in range(1, MOST_PEOPLE + 1)
            ]
            while people and people[-1] == ("", ""):
                people.pop()
        asked = min(MOST_PEOPLE, len(people) + SPARE_LINES) if part.with_people else 0
        people += [("", "")] * (asked - len(people))
        found.append(
            Field(
                part.id,
                part.number,
                part.title,
                part.hint,
                kept.get(part.id) if kept else part.words,
                tuple(Line(number, *one) for number, one in enumerate(people, 1)),
                wrong == part.id,
            )
        )
    return tuple(found)


# --- how to reach them -----------------------------------------------------------------------------


@staff_page("work with clients")
@or_open_it
def reach(request: PageRequest, uid: UUID) -> HttpResponse:
    """How they want to be reached, whom they named, and whether they know what we are not."""
    client = client_of(request, uid)
    if request.method != "POST":
        return _reach_page(request, client)
    form = typed(request.POST)
    deed = {"wishes": _write_wishes, "name": _name, "part": _part, "end": _end, "sign": _sign}.get(form.get("do"))
    try:
        if deed is None:
            raise NotRead("", _("We could not tell which button that was. Please press it again."))
        with transaction.atomic():
            deed(request, client, form)
    except NotRead as wrong:
        return _reach_page(request, client, kept=form, refused=str(wrong), field=wrong.field)
    except ValueError as no:
        return _reach_page(request, client, kept=form, refused=str(no))
    return redirect(reverse("client_reach", args=[client.uid]) + "?said=kept")


def _write_wishes(request: PageRequest, client: Client, form: Typed) -> None:
    try:
        way = Way(form.get("way"))
    except ValueError:
        raise NotRead("way", _("Say how they want to be reached.")) from None
    since, until = _hour(form, "since"), _hour(form, "until")
    if (since is None) != (until is None):
        raise NotRead("since" if since is None else "until", _("Give both hours, or neither."))
    wishes_of.write_reaching(
        client,
        Wishes(
            way,
            form.get("interpreter"),
            (since, until) if since and until else None,
            words(form, "safe_words"),
            words(form, "caller_says"),
        ),
        me(request),
        request.now,
    )


def _hour(form: Typed, name: str) -> time | None:
    text = form.get(name)
    if not text:
        return None
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise NotRead(
            name, _("We could not read the time “%(text)s”. Write it like 22:30.") % {"text": text[:40]}
        ) from None


def _name(request: PageRequest, client: Client, form: Typed) -> None:
    if form.get("phone") and sum(c.isdigit() for c in form.get("phone")) < 7:
        raise NotRead("phone", _("That is not a phone number. Write it with its area code."))
    wishes_of.name_supporter(
        client,
        name=words(form, "name")[:200],
        relation=form.get("relation"),
        phone=form.get("phone")[:40],
        by=me(request),
        now=request.now,
        part=form.get("part"),
    )


def _part(request: PageRequest, client: Client, form: Typed) -> None:
    """Somebody on the list is a guardian by law, or is not: their consents and their place stay as they are."""
    wishes_of.write_part(_on_list(client, form), form.get("part"), me(request), request.now)


def _end(request: PageRequest, client: Client, form: Typed) -> None:
    wishes_of.end_supporter(_on_list(client, form), request.now)


def _on_list(client: Client, form: Typed) -> Supporter:
    named = read_uid(form, "supporter")
    row = supporter_of(client, named) if named else None
    if row is None:
        raise NotRead("", _("That person is not on the list any more."))
    return row


def _sign(request: PageRequest, client: Client, form: Typed) -> None:
    try:
        how = Signed(form.get("how"))
    except ValueError:
        raise NotRead("how", _("Say how they agreed.")) from None
    wishes_of.sign_boundary(client, how, request.now, language=client.language, witness=me(request))


def _reach_page(
    request: PageRequest, client: Client, *, kept: Typed | None = None, refused: str = "", field: str = ""
) -> HttpResponse:
    card = how_to_reach(client, request.now)
    known = known_of(client, request.now, card.supporters)
    context = {
        **frame_of(request, client, "reach"),
        "reach": card,
        "may": of_known(known, ()),
        "asks_guardian": known.signs.age is not Age.OF_AGE,
        "ways": [(value.value, _(text)) for value, text in WAYS.items()],
        "hows": [(value.value, _(text)) for value, text in HOW_SIGNED.items()],
        "signed": signed_boundary(client),
        "values": dict(kept.values) if kept and kept.get("do") == "wishes" else _as_it_stands(card),
        "kept": dict(kept.values) if kept else {},
        "refused": refused,
        "refused_form": kept.get("do") if kept else "",
        "refused_field": field,
        "words_of_ways": {value.value: _(text) for value, text in WAYS.items()},
        "words_of_hows": {value.value: _(text) for value, text in HOW_SIGNED.items()},
    }
    return draw(request, "team/reach.html", context, nav="clients", status=400 if refused else 200)


def _as_it_stands(card: ReachCard) -> dict[str, str]:
    row = card.wishes
    if row is None:
        return {"way": ""}
    return {
        "way": row.way,
        "interpreter": row.interpreter,
        "since": f"{row.not_safe_from:%H:%M}" if row.not_safe_from else "",
        "until": f"{row.not_safe_until:%H:%M}" if row.not_safe_until else "",
        "safe_words": opened(row, "safe_words") or "",
        "caller_says": opened(row, "caller_says") or "",
    }
