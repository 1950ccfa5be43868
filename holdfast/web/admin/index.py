"""The first page of running a program: what there is, each with what it is for."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.web.access import PERMISSIONS, PageRequest, staff_page
from holdfast.web.team.first_steps import first_steps
from holdfast.web.team.frame import draw


@dataclass(frozen=True)
class Section:
    """One part of the set-up. `permission` is that of its page, which alone decides."""

    url_name: str
    title: str
    what_for: str
    icon: str
    permission: str


SECTIONS: Final = (
    Section(
        "rota",
        gettext_noop("Cover"),
        gettext_noop("Who answers when, and where nobody does"),
        "calendar-days",
        "see cover",
    ),
    Section(
        "content",
        gettext_noop("Clinical content"),
        gettext_noop("What we ask, what answers lead to, and who approved it"),
        "clipboard-list",
        "read content",
    ),
    Section(
        "figures",
        gettext_noop("Figures"),
        gettext_noop("How it goes in numbers: answers, clocks, plans and alerts, each with the rows behind it"),
        "chart-line",
        "lead",
    ),
    Section(
        "program_staff",
        gettext_noop("Staff"),
        gettext_noop("Who is here, their roles and licences, and whether two tested contacts reach them"),
        "user",
        "run the program",
    ),
    Section(
        "program_clients",
        gettext_noop("Clients of the program"),
        gettext_noop("Names, where they are, and their care teams. No chart"),
        "users",
        "run the program",
    ),
    Section(
        "program_names",
        gettext_noop("Names, hours and channels"),
        gettext_noop("What the program is called, when its office works, holidays, and what is set to send with"),
        "settings",
        "run the program",
    ),
    Section(
        "program_order",
        gettext_noop("Who is asked first"),
        gettext_noop("In which order people are asked in a crisis, and whether somebody stands on each step"),
        "phone-forwarded",
        "run the program",
    ),
    Section(
        "program_changes",
        gettext_noop("Who changed what"),
        gettext_noop("Every change of the set-up with its name and time, the newest first"),
        "list-checks",
        "run the program",
    ),
    Section(
        "program_retention",
        gettext_noop("How long records are kept"),
        gettext_noop("What may be deleted in the next weeks, legal holds, and what has gone"),
        "clock",
        "direct",
    ),
    Section(
        "program_test",
        gettext_noop("A test page to everyone"),
        gettext_noop("One press, and a list of who has answered"),
        "bell-ring",
        "run the program",
    ),
)


@staff_page("run the program")
def index(request: PageRequest) -> HttpResponse:
    """The sections that this person may open."""
    sections = [
        (section, _(section.title), _(section.what_for))
        for section in SECTIONS
        if request.actor.role in PERMISSIONS[section.permission]
    ]
    return draw(request, "admin/index.html", {"sections": sections, "steps": first_steps(request)}, nav="program")
