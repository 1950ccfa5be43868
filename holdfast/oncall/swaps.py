"""Shifts change hands: one asks, the other says yes. A further writer of on-call.

Every action needs the open transaction of a scope. The row of the look is locked first, as for every change of the rota.
"""

from datetime import datetime, timedelta
from typing import Final

from holdfast.ledger.record import record
from holdfast.ledger.wake import ring
from holdfast.notify import actions as notify
from holdfast.notify.rules import Channel
from holdfast.oncall import actions, gaps
from holdfast.oncall.ahead import rota_ahead
from holdfast.oncall.canary import BEFORE
from holdfast.oncall.cover import is_night, why_not_swap
from holdfast.oncall.facts import SwapAnswered, SwapAsked
from holdfast.oncall.gaps import LEAST_URGENT, NotPossible
from holdfast.oncall.models import Shift, SwapOffer
from holdfast.oncall.rules import Level, Stint
from holdfast.people.models import Staff
from holdfast.people.rules import zone

AT_NIGHT: Final = frozenset({Channel.IN_APP, Channel.EMAIL})


def ask(asker: Staff, shift: Shift, to: Staff, in_return: Shift | None, now: datetime) -> SwapOffer:
    """Ask a colleague to take a shift. Asked twice it is asked once. Raises NotPossible."""
    gaps.lock(asker.program_id, now)
    if shift.staff_id != asker.id or to.id == asker.id or (in_return and in_return.staff_id != to.id):
        raise NotPossible("Only a shift of your own can be offered, for one of theirs.")
    _refuse(shift, to, in_return, now)
    offer, fresh = SwapOffer.objects.get_or_create(
        program_id=asker.program_id, shift=shift, to=to, answer="", defaults={"in_return": in_return, "asked_at": now}
    )
    if not fresh:
        return offer
    record(SwapAsked(program=asker.program_id, offer=offer.id, asker=asker.id, to=to.id), now)
    _tell(to, "swap_asked", offer, asker.first_name, now)
    return offer


def answer(offer: SwapOffer, by: Staff, *, yes: bool, now: datetime) -> None:
    """The colleague says yes or no. With a yes the shifts change hands, if nothing speaks against it by now."""
    held = gaps.lock(by.program_id, now)
    row = SwapOffer.objects.select_related("shift__staff", "in_return", "to").get(id=offer.id)
    if row.to_id != by.id:
        raise NotPossible("This was asked of somebody else.")
    if row.answer:
        raise NotPossible("This is not asked any more.")
    if yes:
        _refuse(row.shift, row.to, row.in_return, now)
        _change_hands(row, now)
    _answered(row, by, "yes" if yes else "no", now)
    _tell(row.shift.staff, "swap_yes" if yes else "swap_no", row, by.first_name, now)
    if yes:
        gaps.look_now(held, now)


def withdraw(offer: SwapOffer, by: Staff, now: datetime) -> None:
    """Whoever asked does not ask any more."""
    gaps.lock(by.program_id, now)
    row = SwapOffer.objects.select_related("shift").get(id=offer.id)
    if row.shift.staff_id == by.id and not row.answer:
        _answered(row, by, "withdrawn", now)


def _answered(row: SwapOffer, by: Staff, said: str, now: datetime) -> None:
    row.answer, row.answered_at = said, now
    row.save(update_fields=["answer", "answered_at"])
    record(SwapAnswered(program=row.program_id, offer=row.id, by=by.id, answer=said), now)


def _refuse(shift: Shift, to: Staff, in_return: Shift | None, now: datetime) -> None:
    """Raise NotPossible where a shift is gone, begins too soon, or the cover would suffer."""
    shifts = [shift, *([in_return] if in_return else [])]
    current = set(Shift.objects.filter(id__in=[each.id for each in shifts], ended_at=None).values_list("id", flat=True))
    if len(current) < len(shifts):
        raise NotPossible("That shift is not on the rota any more.")
    if any(each.during.lower <= now + BEFORE for each in shifts):
        raise NotPossible("It begins in a few minutes, or has begun. Ring them instead.")
    ends = max(each.during.upper for each in shifts)
    rota = rota_ahead(to.program, now, ends + timedelta(minutes=1))
    given = [(_stint(shift), to.id), *([(_stint(in_return), shift.staff_id)] if in_return else [])]
    if no := why_not_swap(rota, given):
        raise NotPossible(no)


def _stint(shift: Shift) -> Stint:
    return Stint(shift.staff_id, Level(shift.level), shift.during.lower, shift.during.upper)


def _change_hands(row: SwapOffer, now: datetime) -> None:
    """The old shifts end unworked, and stay as they were; new ones begin in other names."""
    pairs = [(row.shift, row.to), *([(row.in_return, row.shift.staff)] if row.in_return else [])]
    Shift.objects.filter(id__in=[shift.id for shift, _ in pairs]).update(ended_at=now)
    for shift, staff in pairs:
        actions.add_shift(row.program_id, staff, Level(shift.level), shift.during.lower, shift.during.upper)


def _tell(to: Staff, words: str, offer: SwapOffer, name: str, now: datetime) -> None:
    """By text and push in the day; at night nobody is woken for it."""
    by = AT_NIGHT if is_night(now, zone(to.program.timezone)) else notify.WRITTEN
    notify.tell(
        to.program_id, to.id, words, for_what="swap", for_id=offer.id, rank=LEAST_URGENT, now=now, name=name, by=by
    )
    ring("send")
