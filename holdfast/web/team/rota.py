"""The rota: who answers when, and in words where nobody does."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.utils.translation import gettext as _

from holdfast.oncall.queries import people_without_two_contacts, shifts_between, who_answers_now
from holdfast.oncall.rules import Level, Stint, Swap
from holdfast.people.models import Staff
from holdfast.people.rules import zone
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.team.frame import draw
from holdfast.web.team.stretches import Covered, covered, gaps
from holdfast.web.team.words import LEVELS

AHEAD = timedelta(days=14)
MINUTE = timedelta(minutes=1)
COLORS = 5


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


@dataclass(frozen=True)
class Lane:
    """One level on one day."""

    level: str
    word: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True)
class Day:
    """One day of the program's own calendar."""

    on: date
    noon: datetime
    today: bool
    lanes: tuple[Lane, ...]
    now_at: float | None = None


@staff_page("see cover")
def rota(request: PageRequest) -> HttpResponse:
    """A week by day, the gaps of the next 14 days, and my own shifts."""
    here, now = zone(request.program.timezone), request.now
    today = now.astimezone(here).date()
    monday = _week(request.GET.get("week", ""), today)
    since, until = start_of(monday, here), start_of(monday + timedelta(days=7), here)
    names = {staff.id: staff.name for staff in Staff.objects.all()}
    stints, swaps = shifts_between(min(since, now), max(until, now + AHEAD))
    mine = [s for s in covered(stints, swaps, now, now + AHEAD) if request.actor.id in s.who]
    open_first = gaps(stints, swaps, now, now + AHEAD, (Level.FIRST,))
    open_all = gaps(stints, swaps, now, now + AHEAD, tuple(Level))
    context = {
        "days": [_day(monday + timedelta(days=n), here, stints, swaps, names, request) for n in range(7)],
        "monday": monday,
        "sunday": monday + timedelta(days=6),
        "before": monday - timedelta(days=7),
        "after": monday + timedelta(days=7),
        "this_week": monday <= today < monday + timedelta(days=7),
        "gaps": open_first[:12],
        "gaps_more": max(0, len(open_first) - 12),
        "nobody_at_all": {(gap.since, gap.until) for gap in open_all},
        "minutes": f"{AHEAD // MINUTE:,}",
        "covered_minutes": f"{(AHEAD - sum((gap.until - gap.since for gap in open_first), timedelta())) // MINUTE:,}",
        "my_shifts": mine[:14],
        "weak": list(people_without_two_contacts(now)),
        "answering": who_answers_now(request.program.id, request.program.state, now),
        "zone": here.key,
        "zone_short": now.astimezone(here).tzname(),
    }
    return draw(request, "team/rota.html", context, nav="rota")


def start_of(day: date, here: ZoneInfo) -> datetime:
    """The first moment of a day there; days with a clock change are 23 or 25 hours long."""
    return datetime.combine(day, time(), here)


def _week(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = today
    if not date(2000, 1, 10) < day < date(2200, 1, 1):
        day = today
    return day - timedelta(days=day.weekday())


def _day(
    day: date, here: ZoneInfo, stints: list[Stint], swaps: list[Swap], names: dict[int, str], request: PageRequest
) -> Day:
    since, until = start_of(day, here), start_of(day + timedelta(days=1), here)
    hours = (until.timestamp() - since.timestamp()) / 24

    def at(moment: datetime) -> float:
        return round((moment.timestamp() - since.timestamp()) / hours, 3)

    lanes = []
    stretches = covered(stints, swaps, since, until)
    for level in Level:
        found = [one for one in stretches if one.level is level]
        if level is Level.FIRST or any(one.who for one in found):
            lanes.append(
                Lane(
                    level,
                    _(LEVELS[level]),
                    tuple(
                        _stretch(one, at, names, request.actor.id) for one in found if one.who or level is Level.FIRST
                    ),
                )
            )
    today = since <= request.now < until
    return Day(day, since + timedelta(hours=12), today, tuple(lanes), at(request.now) if today else None)


def _stretch(one: Covered, at: Callable[[datetime], float], names: dict[int, str], me: int | None) -> Stretch:
    people = tuple(sorted(names.get(p, "") for p in one.who))
    return Stretch(
        one.since, one.until, people, min(one.who, default=0) % COLORS + 1, me in one.who, at(one.since), at(one.until)
    )
