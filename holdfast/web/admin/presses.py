"""A button on a page of the program: done in one go, or refused in a sentence with what was typed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from holdfast.approval.rules import NotAllowed
from holdfast.crisis.leaving import StillHolds
from holdfast.people.rows import Problem
from holdfast.web.access import PageRequest
from holdfast.web.admin.forms import say_all
from holdfast.web.admin.invites import NotSent
from holdfast.web.team.reading import NotRead, Typed, typed

T = TypeVar("T")


def press(
    request: PageRequest, deeds: Mapping[str, Callable[[PageRequest, T, Typed], object]], what: T, form: Typed
) -> tuple[str, int]:
    """Do what the button says. The sentence of a refusal, empty where it was done, and the status of the answer."""
    deed = deeds.get(form.get("do"))
    try:
        if deed is None:
            raise NotRead("do", _("This page does not know that button. Load it again."))
        with transaction.atomic():
            deed(request, what, form)
    except NotRead as no:
        return str(no), 400
    except NotAllowed as no:
        return str(no), 409
    return "", 200


class Wrong(Exception):
    """Fields that cannot be used."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__()
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Pressed:
    """What came of a press on the page of one person: `said` where it was done, else the refusal and where it belongs."""

    form: Typed = Typed()  # noqa: RUF009 - frozen: nothing typed
    do: str = ""
    said: str = ""
    refused: str = ""
    field: str = ""
    problems: Sequence[Problem] = ()
    status: int = 200


def press_of_one(request: PageRequest, deeds: Mapping[str, Callable[[PageRequest, T, Typed], str]], what: T) -> Pressed:
    """Do what the button says. A page that was only opened was not pressed."""
    if request.method != "POST":
        return Pressed()
    form = typed(request.POST)
    do = form.get("do")
    try:
        deed = deeds.get(do)
        if deed is None:
            raise NotRead("", _("We could not tell which button that was. Please press it again."))
        with transaction.atomic():
            return Pressed(form, do, said=deed(request, what, form))
    except Wrong as wrong:
        return Pressed(form, do, refused=say_all(wrong.problems), problems=wrong.problems, status=400)
    except NotRead as no:
        return Pressed(form, do, refused=str(no), field=no.field, status=400)
    except StillHolds as no:
        return Pressed(form, do, refused=_(str(no)), field="until", status=409)
    except (ValueError, NotSent) as no:
        return Pressed(form, do, refused=_(str(no)), status=400)
