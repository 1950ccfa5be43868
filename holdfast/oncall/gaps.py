"""Gaps of the cover, kept and told: found by a look every few minutes, told to those who can fill them, closed by itself.

A further writer of on-call. Every action needs the open transaction of a scope. The row of the look is locked before
any gap; a paging that is stopped with it is stopped before.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from holdfast.ledger.models import Program
from holdfast.ledger.record import FactBase, record
from holdfast.ledger.wake import ring
from holdfast.notify import actions as notify
from holdfast.oncall import actions
from holdfast.oncall.ahead import open_gaps, proof
from holdfast.oncall.cover import AHEAD, Gap, Rota, Why, can_fill, part_to_take, tell_at, why_not_take
from holdfast.oncall.facts import GapClosed, GapFound, GapTold, ShiftChanged, ShiftTaken
from holdfast.oncall.models import Canary, CoverGap, CoverLook, Shift
from holdfast.oncall.rules import Level, on_shift
from holdfast.people.models import Staff
from holdfast.people.queries import working_contacts
from holdfast.people.rows import LONGEST_SHIFT
from holdfast.people.rules import zone

EVERY: Final = timedelta(minutes=5)
LEAST_URGENT: Final = 3


class NotPossible(ValueError):
    """Why a shift cannot be taken, put or swapped, in one sentence."""


# ---- the look -----------------------------------------------------------------------------------------------


def look(program: int, now: datetime) -> bool:
    """Look at the next 14 days: write down what is new, close what is healed, tell what is due."""
    CoverLook.objects.get_or_create(program_id=program, defaults={"look_at": now})
    held = CoverLook.objects.select_for_update(skip_locked=True).filter(program_id=program).first()
    if held is None or now < held.look_at <= now + EVERY:
        return False
    look_now(held, now)
    return True


def look_now(held: CoverLook, now: datetime) -> None:
    """With the look's row locked."""
    rota, found = proof(Program.objects.get(id=held.program_id), now)
    kept = _write_down(held.program_id, rota, found, now)
    told = _tell(rota, kept, now)
    held.look_at = min([now + EVERY, *(gap.tell_at for gap in told if gap.tell_at)])
    held.save(update_fields=["look_at"])


def look_soon(program: int, now: datetime) -> None:
    """Something has changed: the next sweep looks again."""
    CoverLook.objects.filter(program_id=program).update(look_at=now)


def look_again(fact: FactBase, now: datetime) -> None:
    """What the cover rests on has changed. Whoever looks at this moment is not waited for: they look again soon."""
    free = CoverLook.objects.select_for_update(skip_locked=True).filter(program_id=fact.program)
    CoverLook.objects.filter(id__in=free.values("id")).update(look_at=now)


def lock(program: int, now: datetime) -> CoverLook:
    """One change of the rota at a time in a program: two who press at the same moment do not both take the same gap."""
    CoverLook.objects.get_or_create(program_id=program, defaults={"look_at": now})
    return CoverLook.objects.select_for_update().get(program_id=program)


def _write_down(program: int, rota: Rota, found: list[Gap], now: datetime) -> list[CoverGap]:
    """Match what was found with what is known, and close the rest. Returns the gaps that are open."""
    known = open_gaps()
    kept = []
    for gap in found:
        row = next((each for each in known if _same(each, gap)), None)
        if row is not None:
            known.remove(row)
        kept.append(_changed(row, gap, rota, now) if row else _new(program, gap, rota, now))
    for row in known:
        row.closed_at, row.tell_at = now, None
        row.save(update_fields=["closed_at", "tell_at"])
        record(GapClosed(program=program, gap=row.id), now)
    return kept


def _same(row: CoverGap, gap: Gap) -> bool:
    """Whether a known gap and a found one are the same, smaller or grown."""
    return (
        row.why == gap.why
        and row.since < gap.until
        and gap.since < row.until
        and bool(set(row.states) & set(gap.states))
        and set(row.people) == gap.people
    )


def _new(program: int, gap: Gap, rota: Rota, now: datetime) -> CoverGap:
    row = CoverGap.objects.create(
        program_id=program,
        states=list(gap.states),
        since=gap.since,
        until=gap.until,
        why=gap.why,
        people=sorted(gap.people),
        found_at=now,
        tell_at=_first_telling(gap, rota, now),
    )
    record(GapFound(program=program, gap=row.id, why=row.why), now)
    return row


def _first_telling(gap: Gap, rota: Rota, now: datetime) -> datetime | None:
    """Of somebody who is not there, backup and supervisor are asked, and nobody else is woken."""
    return None if gap.why is Why.NOT_THERE else tell_at(now, gap.since, None, rota.here)


def _changed(row: CoverGap, gap: Gap, rota: Rota, now: datetime) -> CoverGap:
    """A known gap as it is now. One that has grown is told like a new one; what the calendar adds is no growth."""
    running = row.since <= now
    grown = (gap.since < row.since and not running) or row.until < gap.until < now + AHEAD
    grown = grown or not set(gap.states) <= set(row.states)
    new = (sorted(gap.states), row.since if running else gap.since, gap.until)
    if (sorted(row.states), row.since, row.until) == new:
        return row
    row.states, row.since, row.until = new
    if grown:
        row.found_at, row.told_at, row.tell_at = now, None, _first_telling(gap, rota, now)
        record(GapFound(program=row.program_id, gap=row.id, why=row.why), now)
    elif row.why != Why.NOT_THERE:
        row.tell_at = _next_telling(row, rota, now)
    row.save()
    return row


def _next_telling(row: CoverGap, rota: Rota, now: datetime) -> datetime | None:
    """Where nobody was told yet, its first telling is still to come, however long ago it was found."""
    found = row.found_at if row.told_at else max(row.found_at, now)
    return tell_at(found, row.since, row.told_at, rota.here)


def _tell(rota: Rota, open_: list[CoverGap], now: datetime) -> list[CoverGap]:
    """Tell whoever can fill what is due, and those who lead: once a person, however many gaps there are.

    Where nobody can be told, that is not called told: the next looks look for somebody again.
    """
    told: set[int] = set()
    for row in sorted(open_, key=lambda each: each.since):
        if row.tell_at is None or row.tell_at > now:
            continue
        people = can_fill(rota, _as_found(row)) | _leaders(rota)
        if not working_contacts(sorted(people)).exists():
            row.tell_at = tell_at(now + EVERY, row.since, None, rota.here)
            row.save(update_fields=["tell_at"])
            continue
        words = "rota_now" if row.since <= now else "rota"
        for who in sorted(people - told):
            notify.tell(
                row.program_id, who, words, for_what="gap", for_id=row.id, rank=LEAST_URGENT, now=now, by=notify.WRITTEN
            )
        told |= people
        row.told_at, row.tell_at = now, tell_at(row.found_at, row.since, now, rota.here)
        row.save(update_fields=["told_at", "tell_at"])
        record(GapTold(program=row.program_id, gap=row.id, staff=tuple(sorted(people))), now)
    if told:
        ring("send")
    return open_


def _as_found(row: CoverGap) -> Gap:
    return Gap(row.since, row.until, tuple(row.states), Why(row.why), frozenset(row.people))


def _leaders(rota: Rota) -> frozenset[int]:
    return frozenset(who for who, person in rota.people.items() if person.leads == "director" and person.contacts)


# ---- taking a gap ---------------------------------------------------------------------------------------------


def take(staff: Staff, since: datetime, until: datetime, now: datetime) -> Shift:
    """One press: this gap, or 12 hours of it, is theirs. Pressed twice it is theirs once. Raises NotPossible."""
    held = lock(staff.program_id, now)
    mine = Shift.objects.filter(staff=staff, during__contained_by=(since, until), ended_at=None).first()
    if mine:
        return mine
    rota, found = proof(staff.program, now)
    gap, why = _which(rota, staff.id, found, since, until, now)
    part = part_to_take(gap, now) if gap else None
    if gap is None or part is None:
        raise NotPossible(why)
    begins, ends = max(part[0], since), min(part[1], until)
    shift = _add(staff, free_level(rota, begins), begins, ends)
    record(ShiftTaken(program=staff.program_id, shift=shift.id, staff=staff.id), now)
    look_now(held, now)
    return shift


def _which(
    rota: Rota, who: int, found: Iterable[Gap], since: datetime, until: datetime, now: datetime
) -> tuple[Gap | None, str]:
    """The gap in this stretch that this person can fill, or why there is none."""
    why = "This is covered already: somebody was quicker."
    for gap in found:
        if gap.why is Why.NOT_THERE or not (gap.since < until and since < gap.until):
            continue
        part = part_to_take(gap, now)
        if part is None or not part[0] < until:
            continue
        refused = why_not_take(rota, who, gap, max(part[0], since), min(part[1], until))
        if refused is None:
            return gap, ""
        why = refused
    return None, why


def free_level(rota: Rota, at: datetime) -> Level:
    """First call where nobody has it; else backup."""
    return Level.BACKUP if on_shift(rota.stints, rota.swaps, at)[Level.FIRST] else Level.FIRST


def _add(staff: Staff, level: Level, since: datetime, until: datetime) -> Shift:
    try:
        return actions.add_shift(staff.program_id, staff, level, since, until)
    except ValueError as no:
        raise NotPossible(str(no)) from no


# ---- putting shifts on the rota, and taking them off -----------------------------------------------------------


def put(by: Staff, staff: Staff, level: Level, since: datetime, until: datetime, now: datetime) -> Shift:
    """Somebody who keeps the rota puts a shift on it. Raises NotPossible."""
    return put_all(by, [(staff, level, since, until)], now)[0]


def put_all(by: Staff, rows: Iterable[tuple[Staff, Level, datetime, datetime]], now: datetime) -> list[Shift]:
    """Several shifts at once, all or none; the cover is proved again once. Raises NotPossible."""
    held = lock(by.program_id, now)
    made = [_put(by, *row, now) for row in rows]
    look_now(held, now)
    return made


def _put(by: Staff, staff: Staff, level: Level, since: datetime, until: datetime, now: datetime) -> Shift:
    if until <= now:
        raise NotPossible("That shift would be over already. Choose a time that is still to come.")
    if staff.until and since.astimezone(zone(by.program.timezone)).date() > staff.until:
        raise NotPossible(f"{staff.name} does not work here any more at that time.")
    if since.astimezone(zone(by.program.timezone)).date() < staff.since:
        raise NotPossible(f"{staff.name} does not work here yet at that time.")
    if until - since > LONGEST_SHIFT:
        raise NotPossible("A shift is eight days long at most. Put a longer one in two pieces.")
    shift = _add(staff, level, since, until)
    record(ShiftChanged(program=by.program_id, shift=shift.id, by=by.id, what="put"), now)
    return shift


def take_off(by: Staff, shift: Shift, now: datetime) -> None:
    """A shift that has not begun is taken off the rota; the gap that it leaves is found at once."""
    held = lock(by.program_id, now)
    row = Shift.objects.select_for_update().filter(id=shift.id, ended_at=None).first()
    if row is None:
        return
    if row.during.lower <= now:
        raise NotPossible("That shift has begun. Its person ends it on their own page, or somebody stands in.")
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    record(ShiftChanged(program=by.program_id, shift=row.id, by=by.id, what="taken off"), now)
    look_now(held, now)


def stand_in(canary: Canary, staff: Staff, now: datetime) -> None:
    """Somebody takes the place of a person who is not there. Called by `canary.stand_in` alone."""
    held = lock(staff.program_id, now)
    since = max(now, canary.starts_at)
    rota, found = proof(staff.program, now)
    gap = next((each for each in found if each.why is Why.NOT_THERE and canary.staff_id in each.people), None)
    if gap is None:
        raise NotPossible("This is covered already: somebody was quicker.")
    if no := why_not_take(rota, staff.id, gap, since, canary.until):
        raise NotPossible(no)
    actions.swap(staff.program_id, canary.staff, staff, Level(canary.level), since, canary.until, "stood in")
    look_now(held, now)
