"""Tells a second person of a chart that somebody opened with a reason, and directors of changes of who may see charts.

Handlers of facts of people. What leaves says neither of whom nor of what.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from holdfast.ledger.wake import ring
from holdfast.notify import actions as notify
from holdfast.notify.models import Attempt
from holdfast.people.facts import (
    CareTeamChanged,
    ChartOpened,
    OpeningReviewLate,
    SecondPersonFound,
    StaffChanged,
    TableConfirmed,
)
from holdfast.people.looks import RIGHTS_OF_FILES, RIGHTS_OF_STAFF
from holdfast.people.models import ChartOpening, Staff
from holdfast.people.queries import current_staff
from holdfast.people.rules import LEADS, Role

RANK: Final = 3  # behind everything that somebody waits for
ONCE: Final = timedelta(hours=1)  # whoever sets up a whole program tells each director once an hour


def opened(fact: ChartOpened | SecondPersonFound, now: datetime) -> None:
    """The second person is told, not asked: by text, push and mail, at once."""
    if fact.told is not None:
        name = Staff.objects.get(id=fact.by).first_name
        _tell(fact.program, [fact.told], "opened", "opening", fact.opening, now, name)


def review_late(fact: OpeningReviewLate, now: datetime) -> None:
    """Everybody who leads and may review it is told."""
    by = ChartOpening.objects.values_list("by_id", flat=True).get(id=fact.opening)
    leads = current_staff(now).filter(role__in=LEADS).exclude(id=by).order_by("id")
    _tell(fact.program, leads.values_list("id", flat=True), "opened_late", "opening", fact.opening, now)


def rights_changed(fact: StaffChanged | CareTeamChanged | TableConfirmed, now: datetime) -> None:
    """Somebody who is no director changed who may see charts, or where staff are reached: the directors are told."""
    if isinstance(fact, StaffChanged) and fact.what not in RIGHTS_OF_STAFF:
        return
    if isinstance(fact, TableConfirmed) and fact.what not in RIGHTS_OF_FILES:
        return
    by = Staff.objects.filter(id=fact.by).first()
    if by is None or by.role == Role.DIRECTOR:
        return
    told = Attempt.objects.filter(for_what="set_up", for_id=by.id, at__gt=now - ONCE).values("staff_id")
    directors = current_staff(now).filter(role=Role.DIRECTOR).exclude(id__in=told).order_by("id")
    _tell(fact.program, directors.values_list("id", flat=True), "set_up", "set_up", by.id, now, by.first_name)


def _tell(
    program: int, staff: Iterable[int], words: str, for_what: str, for_id: int, now: datetime, name: str = ""
) -> None:
    for who in staff:
        notify.tell(
            program, who, words, for_what=for_what, for_id=for_id, rank=RANK, now=now, name=name, by=notify.WRITTEN
        )
    ring("send")
