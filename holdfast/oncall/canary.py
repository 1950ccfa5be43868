"""Before somebody's shift: are they there? Fifteen minutes before it they are asked, and nobody else.

Unanswered after ten minutes, backup and supervisor are asked to see to it, and a gap is shown. The clock of both is the
next turn of their paging. A further writer of on-call; every action needs the open transaction of a scope.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from holdfast.ledger.models import Program
from holdfast.ledger.record import record
from holdfast.oncall import actions, gaps
from holdfast.oncall.ahead import rota_ahead, starting
from holdfast.oncall.cover import Rota, works_here
from holdfast.oncall.facts import PageAnswered, StartAnswered, StartAsked, StartMissed, StoodIn, TurnTaken
from holdfast.oncall.models import Canary, Page
from holdfast.oncall.queries import running, shifts_between
from holdfast.oncall.rules import Answer, Level, on_shift
from holdfast.people.models import Staff
from holdfast.people.rules import zone

BEFORE: Final = timedelta(minutes=15)
TIME_TO_ANSWER: Final = timedelta(minutes=10)
INSTANT: Final = timedelta(microseconds=1)
START, LATE_START = "canary", "late_start"  # what these pagings are about


def ask_starting(program: int, now: datetime) -> bool:
    """Ask whoever begins within fifteen minutes. Whose duty merely goes on, or was swapped away, is not asked."""
    Program.objects.select_for_update(no_key=True).get(id=program)
    begins = starting(now, now + BEFORE)
    if not begins:
        return False
    stints, swaps = shifts_between(now, now + BEFORE + INSTANT)
    for who, level, since, until in begins:
        if Canary.objects.filter(staff_id=who, starts_at=since).exists():
            continue
        then, before = (on_shift(stints, swaps, at) for at in (since, since - INSTANT))
        goes_on = any(who in people for people in before.values())
        asked = any(who in people for people in then.values()) and not goes_on
        canary = Canary.objects.create(
            program_id=program,
            staff_id=who,
            level=level,
            starts_at=since,
            until=until,
            asked_at=now if asked else None,
        )
        if asked:
            _ask(canary, now)
    return True


def _ask(canary: Canary, now: datetime) -> None:
    record(StartAsked(program=canary.program_id, canary=canary.id, staff=canary.staff_id), now)
    _page(canary, START, "starts", [canary.staff_id], now)


def _page(canary: Canary, what: str, mark: str, people: Iterable[int], now: datetime) -> None:
    here = zone(Program.objects.values_list("timezone", flat=True).get(id=canary.program_id))
    actions.start_paging(
        canary.program_id,
        what,
        canary.id,
        urgency="urgent",
        state=None,
        client_id=None,
        now=now,
        wait=TIME_TO_ANSWER,
        only=people,
        marks={mark: clock_words(canary.starts_at.astimezone(here))},
    )


def clock_words(at: datetime) -> str:
    """8:00 am, as it is said in a text and in a call."""
    return f"{at.hour % 12 or 12}:{at.minute:02} {'am' if at.hour < 12 else 'pm'}"


def turn_taken(fact: TurnTaken, now: datetime) -> None:
    """The second turn comes ten minutes after the first: unanswered in time. What is over is not asked about."""
    if fact.what not in (START, LATE_START):
        return
    canary = Canary.objects.get(id=fact.what_id)
    if canary.until <= now:
        _stop(canary, "over", now)
    elif fact.what == START and fact.turn > 1:
        _missed(canary, now)


def _missed(canary: Canary, now: datetime) -> None:
    """Backup and supervisor are asked to see to it; with nobody there, the directors. Nobody else is woken."""
    if not Canary.objects.filter(id=canary.id, missed_at=None, answered_at=None).update(missed_at=now):
        return
    people = _above(canary, now)
    record(StartMissed(program=canary.program_id, canary=canary.id, staff=tuple(sorted(people))), now)
    if people:
        _page(canary, LATE_START, "late_start", people, now)
    gaps.look_soon(canary.program_id, now)


def _above(canary: Canary, now: datetime) -> frozenset[int]:
    at = max(canary.starts_at, now)
    rota = rota_ahead(Program.objects.get(id=canary.program_id), now, at + INSTANT)
    on = on_shift(rota.stints, rota.swaps, at)
    supervisors = on[Level.SUPERVISOR] or _leading(rota, "supervisor", at)
    return (on[Level.BACKUP] | supervisors) - {canary.staff_id} or _leading(rota, "director", at) - {canary.staff_id}


def _leading(rota: Rota, role: str, at: datetime) -> frozenset[int]:
    today = at.astimezone(rota.here).date()
    return frozenset(
        who
        for who, person in rota.people.items()
        if person.leads == role and works_here(person, today) and person.contacts
    )


def page_answered(fact: PageAnswered, now: datetime) -> None:
    """Somebody answered about a beginning."""
    if fact.what not in (START, LATE_START):
        return
    canary = Canary.objects.get(id=fact.what_id)
    if fact.what == LATE_START:
        _answered_above(canary, fact, now)
    elif fact.answer == "have":
        _is_there(canary, fact.via, now)
    else:
        actions.stop_paging(canary.program_id, START, canary.id, "not coming", now)
        _missed(canary, now)


def _is_there(canary: Canary, via: str, now: datetime) -> None:
    _stop(canary, "there", now)  # the pagings are locked before the row
    if Canary.objects.filter(id=canary.id, answered_at=None).update(answered_at=now, via=via):
        record(StartAnswered(program=canary.program_id, canary=canary.id, staff=canary.staff_id, via=via), now)
    gaps.look_soon(canary.program_id, now)


def _answered_above(canary: Canary, fact: PageAnswered, now: datetime) -> None:
    """ "I see to it" ends the asking; the gap stays until the person is there or somebody stands in.

    When everyone asked has said "I cannot", the directors are asked.
    """
    if fact.answer == "have":
        actions.stop_paging(canary.program_id, LATE_START, canary.id, "seen to", now)
        return
    left = Page.objects.filter(paging_id=fact.paging).exclude(staff_id=fact.staff).exclude(answer="cannot")
    if left.exists():
        return
    actions.stop_paging(canary.program_id, LATE_START, canary.id, "nobody can", now)
    asked = set(Page.objects.filter(paging_id=fact.paging).values_list("staff_id", flat=True))
    rota = rota_ahead(Program.objects.get(id=canary.program_id), now, now + INSTANT)
    directors = _leading(rota, "director", now) - asked - {canary.staff_id}
    if directors:
        _page(canary, LATE_START, "late_start", directors, now)


def _stop(canary: Canary, why: str, now: datetime) -> None:
    for what in (START, LATE_START):
        actions.stop_paging(canary.program_id, what, canary.id, why, now)


def say_there(canary: Canary, via: str, now: datetime) -> bool:
    """The person says so in the app, late or after "I cannot" too. False when it is over."""
    paging = running(START, canary.id)
    page = Page.objects.filter(paging=paging, staff_id=canary.staff_id).first() if paging else None
    if page is not None:
        actions.answer(page.id, Answer.HAVE, via, now)
    elif canary.until > now:
        _is_there(canary, via, now)
    return page is not None or canary.until > now


def stand_in(canary_uid: UUID, staff: Staff, now: datetime) -> None:
    """One press: they stand in for somebody who is not there, to the end of that stretch. Raises NotPossible."""
    found = Canary.objects.filter(uid=canary_uid).first()
    if found is None or found.missed_at is None or found.until <= now:
        raise gaps.NotPossible("Nobody is needed for this any more.")
    _stop(found, "stood in", now)
    canary = Canary.objects.select_for_update(of=("self",)).select_related("staff").get(id=found.id)
    if canary.answered_at is not None:
        raise gaps.NotPossible(f"{canary.staff.first_name} has said meanwhile that they are there.")
    gaps.stand_in(canary, staff, now)
    record(StoodIn(program=canary.program_id, canary=canary.id, staff=staff.id), now)
