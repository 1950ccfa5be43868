"""A test page to everyone: one press, and a list of who has answered, when and by what."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from holdfast.notify.everyone import Heard, heard, last_round, test_everyone
from holdfast.people.models import Staff
from holdfast.people.queries import office_is_open, working_contacts
from holdfast.people.rules import ContactKind
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.sealed import opened
from holdfast.web.team.frame import draw, me


@dataclass(frozen=True)
class Line:
    """One person in a test."""

    staff: Staff
    heard: tuple[tuple[Heard, str], ...]

    @property
    def answered(self) -> bool:
        return any(one.answered_at for one, _address in self.heard)

    @property
    def answered_at(self) -> datetime | None:
        return min((one.answered_at for one, _address in self.heard if one.answered_at), default=None)


@staff_page("run the program")
def everyone(request: PageRequest) -> HttpResponse:
    """Press, and see who answers. At night it asks first: a test wakes people too."""
    refused, status = "", 200
    is_open = office_is_open(request.program.id, request.program.timezone, request.now)
    if request.method == "POST":
        try:
            if not is_open and request.POST.get("sure") != "yes":
                raise ValueError("The office is closed now. Say that they may be woken, then press again.")
            with transaction.atomic():
                test_everyone(request.program, me(request), request.now)
            return redirect(reverse("program_test") + "?said=tested-all")
        except ValueError as no:
            refused, status = _(str(no)), 400
    last = last_round(request.program.id)
    lines = [
        Line(staff, tuple((one, _address(one)) for one in contacts)) for staff, contacts in heard(last, request.now).items()
    ] if last else []  # fmt: skip
    context = {
        "last": last,
        "by": Staff.objects.filter(id=last.by).first() if last else None,
        "lines": sorted(lines, key=lambda line: (line.answered, line.staff.name)),
        "answered": sum(line.answered for line in lines),
        "contacts": working_contacts().count(),
        "wait_until": last.again_at() if last and last.again_at() > request.now else None,
        "open": is_open,
        "refused": refused,
    }
    return draw(request, "admin/test.html", context, nav="program", status=status)


def _address(one: Heard) -> str:
    if one.contact.kind == ContactKind.PUSH:
        return one.contact.label or _("A device")
    return str(opened(one.contact, "address"))
