"""Writers of charts that somebody opens themselves, with a reason. Each needs the open transaction of a scope.

It opens at once. A second person is told, not asked; it closes by the clock, without anybody pressing (the queries ask
the time); somebody else who leads says within two working days whether it was right.
"""

from datetime import datetime, time
from typing import Final

from holdfast.ledger.models import Program
from holdfast.ledger.record import record
from holdfast.people.access import Actor
from holdfast.people.facts import (
    ChartClosedAgain,
    ChartOpened,
    OpeningReviewed,
    OpeningReviewLate,
    SecondPersonFound,
    SetUpLookedAt,
)
from holdfast.people.models import ChartOpening, Client, SetUpSeen, Staff
from holdfast.people.opening_rules import (
    LASTS,
    NOBODY_YET,
    WORKING_DAYS,
    why_not_open,
    why_not_review,
    working_days_on,
)
from holdfast.people.queries import current_staff, holidays, office_hours, working_contacts
from holdfast.people.rules import LEADS, Role, Verdict

CLOSES, WEEKDAYS = time(18), range(5)  # where nobody wrote down when the office works
NOT_HERE: Final = "We do not know that line. Load the page again."


class NotOpened(ValueError):
    """Why a chart cannot be opened, closed or reviewed, in one sentence."""


def open_chart(actor: Actor, client: Client, why: str, now: datetime) -> ChartOpening:
    """Open a chart for an hour. Pressed twice it is opened once. Raises NotOpened."""
    if no := why_not_open(actor.role, why):
        raise NotOpened(no)
    # One press at a time of one person, so that two at once open it once.
    by = Staff.objects.select_for_update(no_key=True).get(id=actor.id)
    still = ChartOpening.objects.filter(client=client, by=by, at__lte=now, ends_at__gt=now).first()
    if still is not None:
        return still
    second, review_by = second_person(by.id, now), _working_days_on(by.program_id, WORKING_DAYS, now)
    row = ChartOpening.objects.create(
        program_id=by.program_id,
        client=client,
        by=by,
        why=why.strip(),
        at=now,
        ends_at=now + LASTS,
        told=second,
        review_by=review_by,
        look_at=review_by if second else now + NOBODY_YET,
    )
    told = second.id if second else None
    record(ChartOpened(program=row.program_id, opening=row.id, client=client.id, by=by.id, told=told), now)
    return row


def second_person(by: int, now: datetime) -> Staff | None:
    """Who is told: somebody else here who leads. Who can be reached goes first, and a director before a supervisor."""
    leads = list(current_staff(now).filter(role__in=LEADS).exclude(id=by).order_by("id"))
    reached = set(working_contacts([one.id for one in leads]).values_list("staff_id", flat=True))
    return min(leads, key=lambda one: (one.id not in reached, one.role != Role.DIRECTOR, one.id), default=None)


def close_again(actor: Actor, opening: ChartOpening, now: datetime) -> None:
    """Whoever opened it needs it no more, or whoever leads sees that it must end. After its hour nothing changes."""
    if opening.by_id != actor.id and actor.role not in LEADS:
        raise NotOpened("Only whoever opened a chart, or somebody who leads, closes it again.")
    _close(actor, opening, now)


def _close(actor: Actor, opening: ChartOpening, now: datetime) -> None:
    if ChartOpening.objects.filter(id=opening.id, ends_at__gt=now).update(ends_at=now):
        record(ChartClosedAgain(program=opening.program_id, opening=opening.id, by=actor.id), now)


def review(actor: Actor, opening: ChartOpening, verdict: str, words: str, now: datetime) -> None:
    """Was it right? Said once, by somebody else who leads. What was not right is closed at once. Raises NotOpened."""
    row = ChartOpening.objects.select_for_update(of=("self",)).select_related("reviewed_by").get(id=opening.id)
    if actor.role is None:
        raise NotOpened(NOT_HERE)
    if no := why_not_review(actor.role, own=row.by_id == actor.id, verdict=verdict, words=words):
        raise NotOpened(no)
    if row.reviewed_by is not None:
        if row.reviewed_by_id == actor.id and row.verdict == verdict:
            return  # pressed twice
        raise NotOpened(f"{row.reviewed_by.name} has reviewed this already. Load the page again to read it.")
    row.reviewed_by_id, row.reviewed_at, row.look_at = actor.id, now, None
    row.verdict, row.review = Verdict(verdict), words.strip()
    row.save(update_fields=["reviewed_by", "reviewed_at", "look_at", "verdict", "review"])
    record(OpeningReviewed(program=row.program_id, opening=row.id, by=actor.id, verdict=verdict), now)
    if row.verdict == Verdict.NOT_RIGHT:
        _close(actor, row, now)


def outcome_read(actor: Actor, opening: ChartOpening, now: datetime) -> None:
    """Whoever opened it has read what the review found: it leaves their day."""
    mine = ChartOpening.objects.filter(id=opening.id, by=actor.id, reviewed_at__isnull=False, read_at=None)
    mine.update(read_at=now)


def look(number: int, now: datetime) -> bool:
    """Nobody was told yet: is there somebody now? Not reviewed in time: that is said, each working day."""
    row = ChartOpening.objects.select_for_update(skip_locked=True).filter(id=number, look_at__lte=now).first()
    if row is None:
        return False
    if row.told_id is None and (second := second_person(row.by_id, now)):
        row.told = second
        record(SecondPersonFound(program=row.program_id, opening=row.id, by=row.by_id, told=second.id), now)
    if row.review_by <= now:
        record(OpeningReviewLate(program=row.program_id, opening=row.id), now)
        row.look_at = _working_days_on(row.program_id, 1, now)
    else:
        row.look_at = row.review_by if row.told_id else min(now + NOBODY_YET, row.review_by)
    row.save(update_fields=["told", "look_at"])
    return True


def _working_days_on(program: int, days: int, now: datetime) -> datetime:
    hours = office_hours(program)
    return working_days_on(
        days,
        now,
        Program.objects.get(id=program).timezone,
        closes=hours.closes if hours else CLOSES,
        open_on=hours.days if hours else WEEKDAYS,
        holidays=holidays(program, now.date()),
    )


def set_up_seen(actor: Actor, up_to: int, now: datetime) -> None:
    """A director has seen every change of who may see charts, up to this fact."""
    if actor.role is not Role.DIRECTOR or actor.program is None:
        raise NotOpened("A director says that they have seen it.")
    if SetUpSeen.objects.filter(by=actor.id, up_to__gte=up_to).exists():
        return
    SetUpSeen.objects.create(program_id=actor.program, by_id=actor.id, up_to=up_to, at=now)
    record(SetUpLookedAt(program=actor.program, by=actor.id, up_to=up_to), now)
