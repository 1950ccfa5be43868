"""Staff: who is here, what they may do, their licences, whether they can be reached and can sign in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from holdfast.crisis.departing import set_last_day
from holdfast.oncall.queries import shifts_after
from holdfast.people import bringing, setting_up, signing_in
from holdfast.people.models import Contact, Licence, Staff
from holdfast.people.queries import clients_left_behind, is_directed
from holdfast.people.rows import Problem
from holdfast.people.rules import ContactKind, Discipline, Role, why_not_role, zone
from holdfast.people.sheets import Kind, Line, Sheet
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.admin import factor_resets
from holdfast.web.admin.forms import (
    DAYS,
    ROLES,
    Field,
    cells_of,
    choices,
    disciplines,
    drawn,
    role_of,
    roles,
    say_all,
    the_day,
    the_state,
)
from holdfast.web.admin.invites import NotSent, invite, link_open_since
from holdfast.web.admin.presses import Wrong, press_of_one
from holdfast.web.proved import proved_to_change
from holdfast.web.sealed import opened
from holdfast.web.team.frame import draw, me
from holdfast.web.team.reading import NotRead, Typed, typed
from holdfast.web.team.reading import uid as read_uid
from holdfast.web.team.words import DISCIPLINES

SOON: Final = timedelta(days=60)  # a licence that ends within this is said


@dataclass(frozen=True)
class Way:
    """One way to reach them."""

    contact: Contact
    address: str
    state: str  # works, untested, broken


@dataclass(frozen=True)
class Row:
    """One member of staff as the list shows them."""

    staff: Staff
    role: str
    discipline: str
    licences: Sequence[tuple[Licence, str]]
    ways: Sequence[Way]
    account: str  # none, invited, set

    @property
    def tested(self) -> int:
        return sum(way.state == "works" for way in self.ways)


@staff_page("run the program")
@proved_to_change
def staff(request: PageRequest) -> HttpResponse:
    """Everyone, and the form that adds one."""
    form: Typed | None = None
    problems: Sequence[Problem] = ()
    if request.method == "POST":
        form = typed(request.POST)
        with transaction.atomic():
            made, problems = _add(request, form)
        if made is not None:
            return redirect(reverse("program_staff_one", args=[made.uid]) + "?said=kept")
    today = _today(request)
    people = list(Staff.objects.select_related("user").order_by("name"))
    rows = _rows(people, today)
    context = {
        "rows": [row for row in rows if row.staff.until is None or row.staff.until >= today],
        "left": [row for row in rows if row.staff.until is not None and row.staff.until < today],
        "fields": drawn(_new_fields(today), form, problems),
        "refused": say_all(problems),
        "today": today,
        "soon": today + SOON,
    }
    return draw(request, "admin/staff.html", context, nav="program", status=400 if problems else 200)


def _today(request: PageRequest) -> date:
    return request.now.astimezone(zone(request.program.timezone)).date()


def _add(request: PageRequest, form: Typed) -> tuple[Staff | None, Sequence[Problem]]:
    """Read like a line of a file, so that both refuse for the same reasons."""
    sheet = Sheet(Kind.STAFF, (Line(0, dict(form.values)),))
    reads = bringing.check_staff(request.program, sheet, request.now, DAYS)
    (read,) = bringing.not_beyond(reads, role_of(request), request.now)
    if read.row is None:
        return None, read.problems
    (made,) = bringing.bring_staff(request.program, [read.row], me(request), request.now)
    return made, ()


def _new_fields(today: date) -> list[Field]:
    return [
        Field("name", _("Name")),
        Field("email", _("E-mail"), hint=_("With which they sign in."), kind="email"),
        Field("role", _("Role"), Role.CLINICIAN, kind="select", choices=roles()),
        Field("discipline", _("Discipline"), Discipline.THERAPIST, kind="select", choices=disciplines()),
        Field("credential", _("Credential"), hint=_("As on the licence: RN, LCSW, MD.")),
        Field("languages", _("Languages"), "en", _("Short names, like en, es.")),
        Field("since", _("First day"), str(today), kind="date"),
        Field("licences", _("Licences"), hint=_("State, number and last day, like AZ:RN218844:2027-01-31. A semicolon between two.")),
        Field("phone", _("Phone"), kind="tel"),
        Field("second", _("Second contact"), hint=_("Another phone, or an e-mail address.")),
    ]  # fmt: skip


def _rows(people: Sequence[Staff], today: date) -> list[Row]:
    """The rows of a list, in three queries however many there are."""
    ids = [one.id for one in people]
    licences: dict[int, list[tuple[Licence, str]]] = {}
    for licence in Licence.objects.filter(staff_id__in=ids).order_by("state", "-valid_until"):
        licences.setdefault(licence.staff_id, []).append((licence, _stands(licence, today)))
    ways: dict[int, list[Way]] = {}
    for contact in Contact.objects.filter(ended_at=None, staff_id__in=ids).order_by("id"):
        ways.setdefault(contact.staff_id, []).append(_way(contact))
    return [
        Row(
            one,
            _(ROLES[Role(one.role)]),
            _(DISCIPLINES[one.discipline]),
            licences.get(one.id, []),
            ways.get(one.id, []),
            _account(one),
        )
        for one in people
    ]


def _stands(licence: Licence, today: date) -> str:
    """good, soon (it ends within two months), later (not yet), or over."""
    if licence.valid_until < today:
        return "over"
    if licence.valid_from > today:
        return "later"
    return "soon" if licence.valid_until < today + SOON else "good"


def _way(contact: Contact) -> Way:
    state = "broken" if contact.unreachable_since else "works" if contact.tested_at else "untested"
    push = contact.kind == ContactKind.PUSH
    return Way(contact, contact.label or _("A device") if push else opened(contact, "address"), state)


def _account(staff: Staff) -> str:
    if staff.user is None:
        return "none"
    return "set" if staff.user.has_usable_password() else "invited"


# ---- one of them --------------------------------------------------------------------------------------


@staff_page("run the program")
@proved_to_change
def one(request: PageRequest, uid: UUID) -> HttpResponse:
    """One member of staff, and everything that can be changed about them."""
    found = Staff.objects.select_related("user").filter(uid=uid).first()
    if found is None:
        raise Http404
    press = press_of_one(request, DEEDS, found)
    if press.said:
        return redirect(reverse("program_staff_one", args=[found.uid]) + f"?said={press.said}")
    today = _today(request)
    (row,) = _rows([found], today)
    context = {
        "row": row,
        "staff": found,
        "fields": drawn(_fields(found), press.form if press.do == "change" else None, press.problems),
        "refused": press.refused,
        "refused_field": press.field,
        "do": press.do,
        "kept": dict(press.form.values),
        "today": today,
        "shifts_after": shifts_after(found),
        "clients_left": clients_left_behind(found),
        "is_me": found.id == request.actor.id,
        "link_since": link_open_since(found.user, request.now),
        "has_factors": factor_resets.has_factors(found),
    }
    return draw(request, "admin/staff_one.html", context, nav="program", status=press.status)


def _fields(staff: Staff) -> list[Field]:
    return [
        Field("name", _("Name"), staff.name),
        Field("role", _("Role"), staff.role, kind="select", choices=choices(ROLES)),
        Field("discipline", _("Discipline"), staff.discipline, kind="select", choices=disciplines()),
        Field("credential", _("Credential"), staff.credential, _("As on the licence: RN, LCSW, MD.")),
        Field("languages", _("Languages"), ", ".join(staff.languages), _("Short names, like en, es.")),
    ]


def _change(request: PageRequest, staff: Staff, form: Typed) -> str:
    cells = cells_of(form)
    name = cells.text("name", "name", 120)
    role = cells.word("role", "role", [one.value for one in Role])
    discipline = cells.word("discipline", "discipline", [one.value for one in Discipline])
    credential = cells.text("credential", "credential", 40, needed=False)
    languages = cells.languages("languages")
    if cells.problems:
        raise Wrong(cells.problems)
    if staff.id == request.actor.id and role != staff.role:
        raise NotRead("role", _("You cannot change your own role. Ask a director."))
    if no := why_not_role(role_of(request), Role(staff.role), Role(role), directed=is_directed(request.now)):
        raise NotRead("role", _(no))
    setting_up.change_staff(
        staff,
        name=name,
        role=Role(role),
        discipline=Discipline(discipline),
        credential=credential,
        languages=languages,
        by=me(request),
        now=request.now,
    )
    return "kept"


def _licence(request: PageRequest, staff: Staff, form: Typed) -> str:
    setting_up.write_licence(
        staff,
        state=the_state(form, "state"),
        number=form.get("number"),
        valid_from=the_day(form, "valid_from"),
        valid_until=the_day(form, "valid_until"),
        by=me(request),
        now=request.now,
    )
    return "kept"


def _contact(request: PageRequest, staff: Staff, form: Typed) -> str:
    cells = cells_of(form)
    address = cells.email("address") if "@" in form.get("address") else cells.phone("address")
    if cells.problems:
        raise NotRead("address", say_all(cells.problems))
    setting_up.add_contact_for(staff, address, me(request), request.now)
    return "contact"


def _end_contact(request: PageRequest, staff: Staff, form: Typed) -> str:
    which = read_uid(form, "contact")
    contact = Contact.objects.filter(uid=which, staff=staff, ended_at=None).first() if which else None
    if contact is None:
        raise NotRead("", _("That contact is gone already. Load the page again."))
    setting_up.end_contact_for(contact, me(request), request.now)
    return "ended"


def _last_day(request: PageRequest, staff: Staff, form: Typed) -> str:
    until = the_day(form, "until") if form.get("until") else None
    set_last_day(staff, until, _today(request), me(request), request.now)
    return "kept"


def _invite(request: PageRequest, staff: Staff, form: Typed) -> str:
    if staff.user is None:
        raise NotSent(_("They have no e-mail address to sign in with."))
    invite(staff.user, request.program, staff, me(request), request.now)
    return "invited"


def _take_back(request: PageRequest, staff: Staff, form: Typed) -> str:
    if staff.user is not None:
        signing_in.take_link_back(staff.user, staff, me(request), request.now)
    return "taken-back"


DEEDS: Final[dict[str, Callable[[PageRequest, Staff, Typed], str]]] = {
    "change": _change,
    "licence": _licence,
    "contact": _contact,
    "end_contact": _end_contact,
    "last_day": _last_day,
    "invite": _invite,
    "take_back": _take_back,
    "reset_second": factor_resets.reset,
}
