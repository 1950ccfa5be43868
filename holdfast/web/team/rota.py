"""The rota: who answers when, and in words where nobody does."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from holdfast.oncall.ahead import asked_to_start, offers_of, offers_to, proof
from holdfast.oncall.cover import AHEAD, Gap
from holdfast.oncall.gaps import NotPossible
from holdfast.oncall.models import Shift
from holdfast.oncall.queries import people_without_two_contacts, shifts_between, who_answers_now
from holdfast.oncall.queries import rota as shifts_of
from holdfast.oncall.rules import Level, Stint, Swap
from holdfast.people.models import Staff
from holdfast.people.rules import zone
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.middleware import content_policy
from holdfast.web.team.frame import draw
from holdfast.web.team.reading import NotRead, Typed, typed
from holdfast.web.team.rota_gaps import GapLine, in_words, lines
from holdfast.web.team.rota_presses import keeps_the_rota, people_to_choose, press
from holdfast.web.team.stretches import Covered, covered
from holdfast.web.team.words import LEVELS

MINUTE = timedelta(minutes=1)
COLORS = 5
DAYS = 14
SOON = timedelta(days=1)
NEAR = 4  # gaps shown before the others are folded away


@dataclass(frozen=True)
class Stretch:
    """Who covers one level from one moment to another; with nobody, it is a gap."""

    since: datetime
    until: datetime
    people: tuple[str, ...]
    color: int = 0
    mine: bool = False
    s: float = 0.0  # where in the day it begins and ends, in hours of 24
    e: float = 0.0
    words: str = ""
    number: int = 0  # of the gap in the list above; 0: it is not listed

    @property
    def all_day(self) -> bool:
        return self.s <= 0 and self.e >= 24


@dataclass(frozen=True)
class Lane:
    """One level on one day."""

    level: str
    word: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True)
class Day:
    """One day of the program's own calendar. `hours` is not 24 when the clocks change."""

    on: date
    noon: datetime
    today: bool
    lanes: tuple[Lane, ...]
    missing: tuple[Stretch, ...]
    hours: int
    now_at: float | None = None


@staff_page("see cover")
def rota(request: PageRequest) -> HttpResponse:
    """Two weeks by day, the gaps of the next 14 days, my own shifts, and what I can do about either."""
    form, refused, status = Typed(), NotRead("", ""), 200
    if request.method == "POST":
        form = typed(request.POST)
        try:
            with transaction.atomic():
                return redirect(f"{reverse('rota')}?said={press(request, form)}")
        except NotPossible as no:
            refused, status = NotRead(form.get("do"), str(no)), 409
        except NotRead as no:
            refused, status = no, 400
    context = {
        **_calendar(request),
        "refused": str(refused),
        "refused_field": refused.field,
        "kept": dict(form.values),
        "starting": asked_to_start(request.actor.id or 0, request.now),
        "offers": offers_to(request.actor.id or 0, request.now),
        "my_offers": offers_of(request.actor.id or 0, request.now),
        "can_swap": _can_swap(request),
        "weak": list(people_without_two_contacts(request.now)),
        "anybody_soon": shifts_of(request.actor, request.now, request.now + SOON).exists(),
        "answering": who_answers_now(request.program.id, request.program.state, request.now),
        **(_keeping(request) if keeps_the_rota(request) else {}),
    }
    answer = draw(request, "team/rota.html", context, nav="rota", status=status)
    # The one page where values from data stand in style attributes: where in the day a shift begins and ends.
    answer["Content-Security-Policy"] = content_policy(request.META.get("HTTP_HOST", ""), attributes="'unsafe-inline'")
    return answer


def _calendar(request: PageRequest) -> dict[str, Any]:
    """The proof in words, and the days with who is there."""
    here, now = zone(request.program.timezone), request.now
    today = now.astimezone(here).date()
    first = _first_day(request.GET.get("week", ""), today)
    since, until = start_of(first, here), start_of(first + timedelta(days=DAYS), here)
    names = {staff.id: staff.name for staff in Staff.objects.all()}
    stints, swaps = shifts_between(min(since, now), max(until, now + AHEAD))
    ahead, found = proof(request.program, now)
    listed = lines(ahead, found, request.actor.id or 0, names, now)
    days = [_day(first + timedelta(days=n), here, stints, swaps, names, request) for n in range(DAYS)]
    days = [_with_gaps(day, here, found, listed, names) for day in days]
    mine = [s for s in covered(stints, swaps, now, now + AHEAD) if request.actor.id in s.who]
    return {
        "weeks": [days[:7], days[7:]],
        "before": first - timedelta(days=7),
        "after": first + timedelta(days=7),
        "from_today": first == today,
        "gaps": listed,
        "near": listed[:NEAR],
        "far": listed[NEAR:],
        "gaps_count": len(found),
        "gaps_more": max(0, len(found) - len(listed)),
        "minutes": f"{AHEAD // MINUTE:,}",
        "covered_minutes": f"{(AHEAD - _not_covered(found)) // MINUTE:,}",
        "states": ", ".join(ahead.states),
        "my_shifts": mine[:14],
        "zone": here.key,
        "zone_short": now.astimezone(here).tzname(),
    }


def _can_swap(request: PageRequest) -> list[Shift]:
    """My shifts that are still to come."""
    mine = shifts_of(request.actor, request.now, request.now + AHEAD).filter(staff_id=request.actor.id)
    return [one for one in mine if one.during.lower > request.now][:20]


def _keeping(request: PageRequest) -> dict[str, Any]:
    """What those need who keep the rota."""
    shifts = shifts_of(request.actor, request.now, request.now + AHEAD)
    return {
        "keeps": True,
        "people": people_to_choose(request.now),
        "levels": [(level.value, _(LEVELS[level])) for level in Level],
        "to_come": [(one, _(LEVELS[one.level])) for one in shifts if one.during.lower > request.now][:60],
    }


def _not_covered(found: Iterable[Gap]) -> timedelta:
    """How long at least one state is not covered: what overlaps counts once."""
    total, reached = timedelta(), None
    for gap in sorted(found, key=lambda each: each.since):
        begins = gap.since if reached is None else max(gap.since, reached)
        total += max(timedelta(), gap.until - begins)
        reached = gap.until if reached is None else max(reached, gap.until)
    return total


def start_of(day: date, here: ZoneInfo) -> datetime:
    """The first moment of a day there; days with a clock change are 23 or 25 hours long."""
    return datetime.combine(day, time(), here)


def _first_day(text: str, today: date) -> date:
    """The day that was asked for; without one, today."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if date(2000, 1, 10) < day < date(2200, 1, 1) else today


def _place(day: date, here: ZoneInfo) -> tuple[datetime, datetime, Callable[[datetime], float]]:
    """When a day begins and ends, and where in it a moment stands, in hours of 24."""
    since, until = start_of(day, here), start_of(day + timedelta(days=1), here)
    hours = (until.timestamp() - since.timestamp()) / 24
    return since, until, lambda moment: round((moment.timestamp() - since.timestamp()) / hours, 3)


def _day(
    day: date, here: ZoneInfo, stints: list[Stint], swaps: list[Swap], names: dict[int, str], request: PageRequest
) -> Day:
    since, until, at = _place(day, here)
    lanes = []
    stretches = covered(stints, swaps, since, until)
    for level in Level:
        found = tuple(_stretch(one, at, names, request.actor.id) for one in stretches if one.level is level and one.who)
        if level is Level.FIRST or found:
            lanes.append(Lane(level, _(LEVELS[level]), found))
    today = since <= request.now < until
    hours = round((until.timestamp() - since.timestamp()) / 3600)
    noon = datetime.combine(day, time(12), here)
    return Day(day, noon, today, tuple(lanes), (), hours, at(request.now) if today else None)


def _with_gaps(day: Day, here: ZoneInfo, found: list[Gap], listed: list[GapLine], names: dict[int, str]) -> Day:
    """The parts of the gaps that lie on this day, each linked to its line in the list."""
    since, until, at = _place(day.on, here)
    numbers = {id(line.gap): line.number for line in listed}
    missing = tuple(
        Stretch(
            begins,
            ends,
            (),
            s=at(begins),
            e=at(ends),
            words=in_words(gap, names),
            number=numbers.get(id(gap), 0),
        )
        for gap in found
        if gap.since < until and gap.until > since
        for begins, ends in [(max(gap.since, since), min(gap.until, until))]
    )
    return replace(day, missing=missing)


def _stretch(one: Covered, at: Callable[[datetime], float], names: dict[int, str], me: int | None) -> Stretch:
    people = tuple(sorted(names.get(p, "") for p in one.who))
    return Stretch(
        one.since, one.until, people, min(one.who, default=0) % COLORS + 1, me in one.who, at(one.since), at(one.until)
    )
