"""Who changed what in the set-up, as it was recorded: nobody gives or takes rights unseen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.ledger.models import Fact
from holdfast.people.models import Client, Staff
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
    "AccountClosed": gettext_noop("The account of %(client)s was closed"),
    "AccountOpened": gettext_noop("%(client)s may sign in again"),
    "HoldSet": gettext_noop("A legal hold on the record of %(client)s was set"),
    "HoldLifted": gettext_noop("The legal hold on the record of %(client)s was lifted"),
    "DeletionApproved": gettext_noop("Approved to be deleted: what is held about %(client)s"),
    "DeletionDropped": gettext_noop("Not to be deleted after all: what is held about %(client)s"),
    "EveryoneTested": gettext_noop("A test page went to everyone"),
}
OF_STAFF: Final[dict[str, str]] = {
    "added": gettext_noop("%(staff)s was added as %(role)s"),
    "role": gettext_noop("%(staff)s was made %(role)s"),
    "name": gettext_noop("%(staff)s: name, discipline or languages changed"),
    "licence": gettext_noop("%(staff)s: a licence was written down"),
    "contact": gettext_noop("%(staff)s: a contact was added or taken off"),
    "last day": gettext_noop("%(staff)s: last day changed"),
}
FILES: Final[dict[str, str]] = {
    "staff": gettext_noop("Staff"),
    "clients": gettext_noop("Clients"),
    "shifts": gettext_noop("Shifts"),
}


@dataclass(frozen=True)
class Change:
    """One change as it is read. `rights`: it decides who sees charts."""

    at: datetime
    by: str
    words: str
    rights: bool


@staff_page("run the program")
def changes(request: PageRequest) -> HttpResponse:
    """The newest changes, with their names."""
    facts = list(Fact.objects.filter(kind__in=[*WORDS, "StaffChanged"]).order_by("-at", "-id")[:MOST])
    staff = dict(Staff.objects.values_list("id", "name"))
    wanted = {fact.data["client"] for fact in facts if "client" in fact.data}
    clients = {one.id: opened(one, "name") for one in Client.objects.filter(id__in=wanted)}
    lines = [_line(fact, staff, clients) for fact in facts]
    return draw(request, "admin/changes.html", {"lines": lines, "most": MOST}, nav="program")


def _line(fact: Fact, staff: dict[int, str], clients: dict[int, str]) -> Change:
    said = fact.data
    words = OF_STAFF.get(said.get("what", ""), OF_STAFF["name"]) if fact.kind == "StaffChanged" else WORDS[fact.kind]
    values = {
        **said,
        "staff": staff.get(said.get("staff"), ""),
        "client": clients.get(said.get("client"), ""),
        "role": _(ROLES.get(said.get("role", ""), "")) if said.get("role") else "",
        "what": _(FILES.get(said.get("what", ""), "")) if said.get("what") in FILES else "",
    }
    teams = fact.kind == "CareTeamChanged" or (fact.kind == "TableConfirmed" and said["what"] == "clients")
    rights = teams or said.get("what") in ("added", "role")
    return Change(fact.at, staff.get(said.get("by"), ""), _(words) % values, rights)
