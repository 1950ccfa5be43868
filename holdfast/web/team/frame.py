"""What stands around every page of the team: the rail, who I am on duty as, and what does not work right now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from holdfast.ledger.vouch import Word, word
from holdfast.oncall.queries import shifts_between
from holdfast.oncall.rules import Level, on_shift
from holdfast.people.models import Staff
from holdfast.people.rules import LEADS
from holdfast.web.access import PERMISSIONS, PageRequest
from holdfast.web.team.because import because
from holdfast.web.team.finding import phones_to_ring
from holdfast.web.team.needs import Needs, needs_of
from holdfast.web.team.stretches import covered, stays_until
from holdfast.web.team.words import LEVELS, SAID, meaning

FAR = timedelta(days=3)  # how far ahead the end of a duty is looked for

# Where those who lead look after the work of others; the rail keeps these pages under one name.
OVERSIGHT: Final = ("waivers", "openings", "told", "records", "reviews")


@dataclass(frozen=True)
class OnDuty:
    """Somebody who answers now. `until` is when their stretch ends."""

    staff: Staff
    level: str
    until: datetime | None


def draw(
    request: PageRequest,
    template: str,
    context: dict[str, Any],
    *,
    nav: str,
    status: int = 200,
    known: Iterable[Staff] = (),
) -> HttpResponse:
    """A page of the team. Says aloud what does not work, with whom to ring by hand."""
    duty = who_answers(request.now, known)
    trouble = meaning(watch_says(request), somebody=bool(duty))
    needs = needs_of(request, phones_to_ring([one.staff.id for one in duty], request.now) if trouble else None)
    mine = next((one for one in duty if one.staff.id == request.actor.id), None)
    frame = {
        "nav": nav,
        "team_trouble": trouble,
        "duty": duty,
        "duty_ids": frozenset(one.staff.id for one in duty),
        "by_hand": _by_hand(duty, needs),
        "crises_open": needs.open,
        "crises_unowned": needs.nobody,
        "tasks_open": needs.tasks,
        "actor_leads": request.actor.role in LEADS,
        "actor_runs": request.actor.role in PERMISSIONS["run the program"],
        "waivers_to_see": needs.waivers,
        "told_to_see": needs.told,
        "oversight": OVERSIGHT,
        "to_oversee": needs.waivers + needs.told + needs.openings,
        "my_duty": mine,
        "needs": needs,
        "openings_to_review": needs.openings,
        "because": SimpleLazyObject(lambda: because(request)),
        "needs_topic": f"board:{request.actor.program}",
        "said": _(SAID[request.GET["said"]]) if request.GET.get("said") in SAID else "",
    }
    return TemplateResponse(request, template, {**frame, **context}, status=status)


def watch_says(request: PageRequest) -> Word:
    """The watch's latest word, read once a request."""
    said: Word | None = getattr(request, "watch_word", None)
    if said is None:
        said = request.watch_word = word()  # type: ignore[attr-defined]
    return said


def may_write(request: PageRequest) -> bool:
    """Whether anything can be saved now. A page that only reads is shown all the same when it cannot."""
    return watch_says(request).promises["records_can_be_written"]


def me(request: PageRequest) -> Staff:
    """The member of staff who asks."""
    return request.staff


def _by_hand(duty: tuple[OnDuty, ...], needs: Needs) -> tuple[tuple[str, str], ...]:
    """Name and number of whom to ring, who is on first call first."""
    place = {one.staff.id: number for number, one in enumerate(duty)}
    told = sorted(needs.numbers, key=lambda one: place.get(one[0], 0))
    return tuple((name, number) for _, name, number in told if number)


def who_answers(now: datetime, known: Iterable[Staff] = ()) -> tuple[OnDuty, ...]:
    """Who is on duty now, first call first, and until when. `known`: staff whose rows were read already."""
    stints, swaps = shifts_between(now, now + FAR)
    by_level = on_shift(stints, swaps, now)
    ahead = covered(stints, swaps, now, now + FAR)
    on = frozenset().union(*by_level.values())
    people = {one.id: one for one in known if one.id in on}
    if on - people.keys():
        people |= {one.id: one for one in Staff.objects.filter(id__in=on - people.keys())}
    ends = {(one, level): stays_until(one, level, ahead) for level in Level for one in by_level[level]}
    return tuple(
        # Where no end is within sight none is named: it would move on with every look.
        OnDuty(people[one], _(LEVELS[level]), end if (end := ends[one, level]) and end < now + FAR else None)
        for level in Level
        for one in sorted(by_level[level])
    )
