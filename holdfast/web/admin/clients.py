"""Clients for whoever runs the program: name, standing, contact and care team. Nothing of a chart stands here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from holdfast.people import bringing, setting_up
from holdfast.people.models import CareTeamMember, Client, Staff
from holdfast.people.queries import here_or_coming, states_served
from holdfast.people.rows import Problem, read_client
from holdfast.people.rules import LEADS, Role, Standing, zone
from holdfast.people.sheets import Kind, Line, Sheet
from holdfast.people.signing_in import take_link_back
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.admin import factor_resets, ways_in
from holdfast.web.admin.forms import DAYS, Field, cells_of, drawn, part_word, parts, say_all, the_day
from holdfast.web.admin.invites import invite, link_open_since
from holdfast.web.admin.presses import Wrong, press_of_one
from holdfast.web.proved import proved_to_change
from holdfast.web.sealed import opened
from holdfast.web.team.frame import draw, me
from holdfast.web.team.reading import NotRead, Typed, typed
from holdfast.web.team.reading import uid as read_uid
from holdfast.web.team.words import stands

A_PAGE: Final = 50


@dataclass(frozen=True)
class Part:
    """One place in a care team."""

    member: CareTeamMember
    word: str


@dataclass(frozen=True)
class Row:
    """One client as the list shows them."""

    client: Client
    standing: str
    team: Sequence[Part]


@staff_page("run the program")
def clients(request: PageRequest) -> HttpResponse:
    """Everyone, newest first, and the form that adds one. A name that is looked for is posted: no address holds it."""
    form: Typed | None = None
    problems: Sequence[Problem] = ()
    wanted = ""
    if request.method == "POST":
        sent = typed(request.POST)
        if sent.get("do") == "find":
            wanted = sent.get("q")[:80]
        else:
            form = sent
            with transaction.atomic():
                made, problems = _add(request, sent)
            if made is not None:
                return redirect(reverse("program_client", args=[made.uid]) + "?said=kept")
    page, everyone = _page(request), Client.objects.select_related("user").order_by("-id")
    first = 0 if wanted else (page - 1) * A_PAGE
    found = _named(everyone, wanted) if wanted else list(everyone[first : first + A_PAGE + 1])
    context = {
        "rows": _rows(found[:A_PAGE], request),
        "fields": drawn(_new_fields(request), form, problems),
        "refused": say_all(problems),
        "wanted": wanted,
        "page": page,
        "more": len(found) > A_PAGE,
        "count": len(found) if wanted else everyone.count(),
    }
    return draw(request, "admin/clients.html", context, nav="program", status=400 if problems else 200)


def _page(request: PageRequest) -> int:
    text = request.GET.get("page", "")
    return max(1, int(text)) if text.isascii() and text.isdecimal() and len(text) < 5 else 1


def _named(everyone: QuerySet[Client], wanted: str) -> list[Client]:
    """Names are sealed: whoever is looked for by name is found by opening them."""
    low = wanted.lower()
    return [
        one
        for one in everyone.iterator()
        if low in opened(one, "name").lower() or low in opened(one, "preferred_name").lower()
    ]


def _rows(shown: Sequence[Client], request: PageRequest) -> list[Row]:
    teams: dict[int, list[Part]] = {}
    members = CareTeamMember.objects.filter(client_id__in=[one.id for one in shown]).select_related("staff")
    today = _today(request)
    for member in members.order_by("id"):
        if member.until is None or member.until >= today:
            teams.setdefault(member.client_id, []).append(Part(member, part_word(member.part)))
    return [Row(one, stands(one), teams.get(one.id, [])) for one in shown]


def _today(request: PageRequest) -> date:
    return request.now.astimezone(zone(request.program.timezone)).date()


def _add(request: PageRequest, form: Typed) -> tuple[Client | None, Sequence[Problem]]:
    """Read like a line of a file, so that both refuse for the same reasons. Their page asks next for the care team."""
    sheet = Sheet(Kind.CLIENTS, (Line(0, {**form.values, "team": ""}),))
    (read,) = bringing.check_clients(request.program, sheet, request.now, DAYS)
    if read.row is None:
        return None, read.problems
    (made,) = bringing.bring_clients(request.program, [read.row], request.now)
    setting_up.client_added(made, me(request), request.now)
    return made, ()


def _new_fields(request: PageRequest) -> list[Field]:
    program = request.program
    return [
        Field("name", _("Name")),
        *_about("", "", "en", program.state, program.timezone, "", "", ""),
        Field("email", _("E-mail"), hint=_("With which they sign in, if they do."), kind="email"),
        Field("since", _("First day"), str(_today(request)), kind="date"),
    ]


def _about(
    preferred: str, pronouns: str, language: str, state: str, timezone: str, phone: str, other: str, born: str
) -> list[Field]:
    return [
        Field("preferred", _("Preferred name"), preferred),
        Field("pronouns", _("Pronouns"), pronouns),
        Field("language", _("Language"), language, _("Its short name, like en or es.")),
        Field("state", _("State where they are"), state, _("Two letters. It decides who is licensed to help.")),
        Field("timezone", _("Time zone"), timezone, _("Like America/Phoenix.")),
        Field("phone", _("Phone"), phone, kind="tel"),
        Field("other_phone", _("Other phone"), other, kind="tel"),
        Field(
            "born",
            _("Date of birth"),
            born,
            _("Empty while it is not known: then nobody counts them as of age."),
            kind="date",
        ),
    ]


# ---- one of them --------------------------------------------------------------------------------------


@staff_page("run the program")
@proved_to_change
def one(request: PageRequest, uid: UUID) -> HttpResponse:
    """One client: contact and care team."""
    found = Client.objects.select_related("user").filter(uid=uid).first()
    if found is None:
        raise Http404
    press = press_of_one(request, DEEDS, found)
    if press.said:
        return redirect(reverse("program_client", args=[found.uid]) + f"?said={press.said}")
    members = CareTeamMember.objects.filter(client=found).select_related("staff").order_by("until", "id")
    today = _today(request)
    context = {
        "client": found,
        "standing": stands(found),
        "team": [Part(each, part_word(each.part)) for each in members if each.until is None or each.until >= today],
        "before": [Part(each, part_word(each.part)) for each in members if each.until and each.until < today],
        "fields": drawn(_fields(found), press.form if press.do == "change" else None, press.problems),
        "people": _people(request),
        "parts": parts(),
        "refused": press.refused,
        "refused_field": press.field,
        "do": press.do,
        "kept": dict(press.form.values),
        "today": today,
        "leads": request.actor.role in LEADS,
        "served": found.state in states_served(request.program),
        "invited": found.standing == Standing.INVITED,
        "link_since": link_open_since(found.user, request.now),
        "signs_in": found.user is not None and found.user.has_usable_password(),
        "has_factors": factor_resets.has_factors(found),
    }
    return draw(request, "admin/client_one.html", context, nav="program", status=press.status)


def _fields(client: Client) -> list[Field]:
    return [
        Field("name", _("Name"), opened(client, "name")),
        *_about(
            opened(client, "preferred_name"),
            client.pronouns,
            client.language,
            client.state,
            client.timezone,
            opened(client, "phone") or "",
            opened(client, "other_phone") or "",
            opened(client, "born") or "",
        ),
    ]


def _change(request: PageRequest, client: Client, form: Typed) -> str:
    cells = {**form.values, "since": str(_today(request)), "email": "", "team": ""}
    read = read_client(Line(0, cells), DAYS, _today(request), {})
    if read.row is None:
        raise Wrong(read.problems)
    if setting_up.change_client(client, read.row, me(request), request.now):
        ways_in.phone_changed(client)
    return "kept"


def _join(request: PageRequest, client: Client, form: Typed) -> str:
    which = read_uid(form, "staff")
    staff = _people(request).filter(uid=which).first() if which else None
    if staff is None:
        raise NotRead("staff", _("Choose somebody."))
    since = the_day(form, "since")
    if since < staff.since:
        raise NotRead(
            "since", _("Their own first day is %(day)s. Choose that day or a later one.") % {"day": staff.since}
        )
    setting_up.put_on_team(client, staff, form.get("part"), since, me(request), request.now)
    return "kept"


def _people(request: PageRequest) -> QuerySet[Staff]:
    """Who can be put on a care team, also before their first day."""
    return here_or_coming(request.now).exclude(role=Role.ADMINISTRATOR).order_by("name")


def _end(request: PageRequest, client: Client, form: Typed) -> str:
    text = form.get("member")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0
    member = CareTeamMember.objects.filter(id=number, client=client).first()
    if member is None:
        raise NotRead("", _("They are not in this care team any more. Load the page again."))
    setting_up.end_part(member, the_day(form, "until"), me(request), request.now)
    return "kept"


def _invite(request: PageRequest, client: Client, form: Typed) -> str:
    user = client.user
    if user is None:
        cells = cells_of(form)
        email = cells.email("email")
        if cells.problems:
            raise NotRead("email", say_all(cells.problems))
        user = setting_up.give_account(client, email, me(request), request.now)
        ways_in.account_given(request)
    invite(user, request.program, client, me(request), request.now)
    return "invited"


def _take_back(request: PageRequest, client: Client, form: Typed) -> str:
    if client.user is not None:
        take_link_back(client.user, client, me(request), request.now)
    return "taken-back"


DEEDS: Final[dict[str, Callable[[PageRequest, Client, Typed], str]]] = {
    "change": _change,
    "join": _join,
    "end": _end,
    "invite": _invite,
    "take_back": _take_back,
    "reset_second": factor_resets.reset,
}
