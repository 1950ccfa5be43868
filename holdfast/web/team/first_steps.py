"""The first steps of a program, in the order of the guide "Set a program up", each with whether it is done."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.approval.queries import drafts
from holdfast.notify.everyone import last_round
from holdfast.oncall.ahead import open_gaps
from holdfast.oncall.cover import AHEAD
from holdfast.oncall.queries import rota
from holdfast.people.models import Client
from holdfast.people.queries import here_or_coming, working_contacts
from holdfast.web.access import PERMISSIONS, PageRequest

ENOUGH: Final = 2  # tested contacts of a person, and people of a team


@dataclass(frozen=True)
class Step:
    """One step: its words, where it is done, and whether it is."""

    words: str
    url: str
    done: bool


def _staff(request: PageRequest) -> bool:
    tested = Counter(working_contacts().filter(tested_at__isnull=False).values_list("staff_id", flat=True))
    people = list(here_or_coming(request.now).values_list("id", flat=True))
    return len(people) >= ENOUGH and all(tested[one] >= ENOUGH for one in people)


def _tested(request: PageRequest) -> bool:
    return last_round(request.program.id) is not None


def _clients(request: PageRequest) -> bool:
    return Client.objects.exists()


def _covered(request: PageRequest) -> bool:
    """By the gaps that the watch over the cover has written down."""
    return not open_gaps() and rota(request.actor, request.now, request.now + AHEAD).exists()


def _approved(request: PageRequest) -> bool:
    return not drafts(timezone.localtime(request.now).date())


STEPS: Final[tuple[tuple[str, str, Callable[[PageRequest], bool]], ...]] = (
    (gettext_noop("Staff, each with two tested contacts"), "program_staff", _staff),
    (gettext_noop("A test page to everyone"), "program_test", _tested),
    (gettext_noop("Clients"), "program_clients", _clients),
    (gettext_noop("Cover: 14 days without a gap"), "rota", _covered),
    (gettext_noop("Clinical content, approved by two people"), "content", _approved),
)


def first_steps(request: PageRequest) -> tuple[Step, ...]:
    """All of them; nothing once all are done."""
    steps = tuple(Step(_(words), reverse(url), done(request)) for words, url, done in STEPS)
    return () if all(step.done for step in steps) else steps


def steps_are_left(request: PageRequest) -> bool:
    """Whether whoever runs the program has something of them to do. The first that is undone ends the search."""
    if request.actor.role not in PERMISSIONS["run the program"]:
        return False
    return any(not done(request) for _words, _url, done in STEPS)
