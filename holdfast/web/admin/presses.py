"""A button on a page of the program: done in one go, or refused in a sentence with what was typed."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from holdfast.approval.rules import NotAllowed
from holdfast.web.access import PageRequest
from holdfast.web.team.reading import NotRead, Typed

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
