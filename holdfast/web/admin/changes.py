"""Who changed what in the set-up, as it was recorded: nobody gives or takes rights unseen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.ledger.models import Fact
from holdfast.people.looks import rights_changed
from holdfast.people.models import Client, FactorReset, Staff
from holdfast.people.opening import set_up_seen
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.admin.forms import ROLES
from holdfast.web.sealed import opened
from holdfast.web.team.frame import draw

MOST: Final = 100
WORDS: Final[dict[str, str]] = {
    "CareTeamChanged": gettext_noop("%(staff)s joined the care team of %(client)s, or leaves it"),
    "ClientAdded": gettext_noop("%(client)s was added"),
    "ClientChanged": gettext_noop("%(client)s: name, place or numbers changed"),
    "ProgramChanged": gettext_noop("Names, hours, states or holidays changed"),
    "OrderChanged": gettext_noop("Who is asked first was changed"),
    "TableConfirmed": gettext_noop("%(what)s from a file: %(brought)s brought in, %(left_out)s refused"),
    "TableTaken": gettext_noop("%(what)s taken out as a file: %(lines)s"),
    "KeyMade": gettext_noop("Words are sealed with a new key (number %(number)s)"),
    "KeyRetired": gettext_noop("No words lie under key %(number)s any more"),
    "KeysRewrapped": gettext_noop("The program’s keys were wrapped by another envelope key"),
    "AccountClosed": gettext_noop("The account of %(client)s was closed"),
    "AccountOpened": gettext_noop("%(client)s may sign in again"),
    "HoldSet": gettext_noop("A legal hold on the record of %(client)s was set"),
    "HoldLifted": gettext_noop("The legal hold on the record of %(client)s was lifted"),
    "DeletionApproved": gettext_noop("Approved to be deleted: what is held about %(client)s"),
    "DeletionDropped": gettext_noop("Not to be deleted after all: what is held about %(client)s"),
    "EveryoneTested": gettext_noop("A test page went to everyone"),
    "SecondFactorReset": gettext_noop("%(whose)s: the second factor was reset. “%(reason)s”"),
    "LinkSent": gettext_noop("%(whose)s was sent a link to set a password"),
    "LinkTakenBack": gettext_noop("%(whose)s: the link to set a password was taken back"),
}
OF_CLIENTS: Final[dict[str, str]] = {
    "phone": gettext_noop("%(client)s: phone number changed"),
    "account": gettext_noop("%(client)s was given an account to sign in with"),
}
OF_STAFF: Final[dict[str, str]] = {
    "added": gettext_noop("%(staff)s was added as %(role)s"),
    "role": gettext_noop("%(staff)s was made %(role)s"),
    "name": gettext_noop("%(staff)s: name, discipline or languages changed"),
    "licence": gettext_noop("%(staff)s: a licence was written down"),
    "contact": gettext_noop("%(staff)s: a contact was added or taken off"),
    "last day": gettext_noop("%(staff)s: last day changed"),
}
RIGHTS: Final = ("added", "role", "last day", "phone", "account")  # these decide who sees charts
FILES: Final[dict[str, str]] = {
    "staff": gettext_noop("Staff"),
    "clients": gettext_noop("Clients"),
    "shifts": gettext_noop("Shifts"),
}


@dataclass(frozen=True)
class Change:
    """One change as it is read. `rights`: it decides who sees charts. `new`: this director has not seen it."""

    at: datetime
    by: str
    words: str
    rights: bool
    new: bool


@staff_page("run the program")
def changes(request: PageRequest) -> HttpResponse:
    """The newest changes, with their names."""
    unseen = rights_changed(request.actor, request.now)
    if request.method == "POST":
        newest = unseen.filter(id__lte=_number(request.POST.get("up_to", ""))).first()
        if newest is not None:
            with transaction.atomic():
                set_up_seen(request.actor, newest.id, request.now)
        return redirect(reverse("program_changes") + "?said=changes-seen")
    new = list(unseen.values_list("id", flat=True)[:MOST])
    facts = list(Fact.objects.filter(kind__in=[*WORDS, "StaffChanged"]).order_by("-at", "-id")[:MOST])
    staff = dict(Staff.objects.values_list("id", "name"))
    wanted = {fact.data["client"] for fact in facts if "client" in fact.data}
    wanted |= {fact.data["whose"] for fact in facts if fact.data.get("kind") == "client"}
    clients = {one.id: opened(one, "name") for one in Client.objects.filter(id__in=wanted)}
    resets = [fact.data["reset"] for fact in facts if "reset" in fact.data]
    reasons = {one.id: opened(one, "reason") for one in FactorReset.objects.filter(id__in=resets)} if resets else {}
    lines = [_line(fact, staff, clients, reasons, new=fact.id in new) for fact in facts]
    context = {"lines": lines, "most": MOST, "unseen": len(new), "up_to": max(new, default=0)}
    return draw(request, "admin/changes.html", context, nav="program")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _whose(said: dict[str, Any], staff: dict[int, str], clients: dict[int, str]) -> str:
    """Whom a change is about, where it may be somebody of the staff or a client."""
    if "reset" in said:
        return staff.get(said["staff"], "") or clients.get(said.get("client", 0), "")
    return (staff if said.get("kind") == "staff" else clients).get(said.get("whose", 0), "")


def _line(fact: Fact, staff: dict[int, str], clients: dict[int, str], reasons: dict[int, str], *, new: bool) -> Change:
    said = fact.data
    values = {
        **said,
        "staff": staff.get(said.get("staff"), ""),
        "client": clients.get(said.get("client"), ""),
        "whose": _whose(said, staff, clients),
        "reason": reasons.get(said.get("reset"), ""),
        "role": _(ROLES.get(said.get("role", ""), "")) if said.get("role") else "",
        "what": _(FILES.get(said.get("what", ""), "")) if said.get("what") in FILES else "",
    }
    teams = fact.kind == "CareTeamChanged" or (fact.kind == "TableConfirmed" and said["what"] == "clients")
    rights = teams or said.get("what") in RIGHTS or fact.kind == "SecondFactorReset"
    by = staff.get(said.get("by"), "") or (_("whoever runs the machine") if fact.kind == "SecondFactorReset" else "")
    return Change(fact.at, by, _(_words(fact)) % values, rights, new)


def _words(fact: Fact) -> str:
    what = fact.data.get("what", "")
    if fact.kind == "StaffChanged":
        return OF_STAFF.get(what, OF_STAFF["name"])
    if fact.kind == "ClientChanged":
        return OF_CLIENTS.get(what, WORDS[fact.kind])
    return WORDS[fact.kind]
