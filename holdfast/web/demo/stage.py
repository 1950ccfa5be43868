"""What the demo's stagehands may do: keep Cal on call, send everyone home, bring them back, end the day.

All of it through the same actions as real work. Each needs the open transaction of a scope.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from holdfast.care.actions import finish, newest_words
from holdfast.care.models import Task
from holdfast.crisis import actions as crisis
from holdfast.crisis import landing
from holdfast.crisis.models import Episode
from holdfast.crisis.rules import Result, State, counts_from
from holdfast.oncall.actions import end_swap, swap
from holdfast.oncall.models import Override, Shift
from holdfast.oncall.queries import on_duty
from holdfast.oncall.rules import Level
from holdfast.people.actions import add_contact, end_contact
from holdfast.people.models import Contact, Staff
from holdfast.people.queries import risk_of
from holdfast.people.rating import set_risk_level
from holdfast.people.rules import ContactKind, RiskLevel
from holdfast.web.demo.cast import CAL

TAKES_OVER: Final = "Cal takes this shift"
WENT_HOME: Final = "The demo sent everyone home"
AHEAD: Final = timedelta(hours=36)


def keep_cal_first(program: int, now: datetime) -> None:
    """Whenever the tour begins, Cal is the first on call: the shifts of the next day and a half are Cal's."""
    cal = Staff.objects.get(user__email=CAL)
    soon: Any = (now, now + AHEAD)
    have = [(o.staff_out_id, o.during.lower) for o in Override.objects.filter(staff_in=cal, during__overlap=soon)]
    for shift in (
        Shift.objects.filter(level=Level.FIRST, ended_at=None, during__overlap=soon)
        .exclude(staff=cal)
        .select_related("staff")
    ):
        if (shift.staff_id, shift.during.lower) not in have:
            swap(program, shift.staff, cal, Level.FIRST, shift.during.lower, shift.during.upper, TAKES_OVER)


def send_home(program: int, now: datetime) -> None:
    """Nobody is on duty any more, until `call_back`."""
    for level, people in on_duty(now).items():
        for staff in Staff.objects.filter(id__in=people):
            swap(program, staff, None, level, now, now + timedelta(days=7), WENT_HOME)


def call_back(now: datetime) -> None:
    """Whoever was sent home is back on duty."""
    for away in Override.objects.filter(staff_in=None, reason=WENT_HOME, during__endswith__gt=now):
        end_swap(away, now)


def everyone_is_home(now: datetime) -> bool:
    return Override.objects.filter(staff_in=None, reason=WENT_HOME, during__contains=now).exists()


def give_browser(email: str, subscription: Mapping[str, object], now: datetime) -> None:
    """Somebody's browser at the telephone company takes pushes. One of an earlier start, elsewhere, is gone."""
    staff = Staff.objects.get(user__email=email)
    address = json.dumps({name: subscription[name] for name in ("endpoint", "keys")}, sort_keys=True)
    for old in Contact.objects.filter(staff=staff, kind=ContactKind.PUSH, ended_at=None):
        if old.address != address:
            end_contact(old, now)
    add_contact(staff, ContactKind.PUSH, address, label="Browser", tested_at=now)


def end_the_day(now: datetime, until: datetime) -> None:
    """The made-up team does by day what would ring by night: its tasks, and the contacts it has agreed on.

    A crisis that somebody raised on the tour is left alone.
    """
    for task in Task.objects.filter(look_again_at__lte=until).select_related("owner", "client"):
        who = task.owner or Staff.objects.filter(user__email=CAL).get()
        if task.about == "reassessment":
            rated = risk_of(task.client_id)
            set_risk_level(task.client, RiskLevel(rated.level if rated else "moderate"), who, now, "Much as before.")
        else:
            finish(task, who, "Spoke on the phone. Nothing more is needed today.", now, read=newest_words(task))
    for episode in Episode.objects.filter(state=State.SETTLED, next_contact_at__lte=until).select_related(
        "next_contact_by", "owner"
    ):
        by = episode.next_contact_by or episode.owner
        if by is not None:
            at = max(now, counts_from(episode.settled_at, episode.next_contact_at) or now)
            crisis.log_try(episode.id, by, Result.REACHED, "phone", "We spoke as agreed.", None, at)
            landing.close(episode.id, by, risk_level="low", plan_reviewed=True, waivers={}, now=at)
