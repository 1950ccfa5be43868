"""Who is asked in which order in a crisis, where a program has an order of its own.

A further writer of on-call. Every action needs the open transaction of a scope. Pagings that run keep the order with
which they began. An order names places and never people: so nobody who has left can stand in it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from holdfast.content.load import escalation
from holdfast.ledger.record import record
from holdfast.oncall import actions, gaps
from holdfast.oncall.facts import OrderChanged
from holdfast.oncall.models import Policy
from holdfast.oncall.rules import BadPolicy, Level
from holdfast.people.models import Staff

NAME: Final = "crisis"


def usual_order() -> tuple[str, ...]:
    """The order of the clinical content."""
    return tuple(escalation().steps)


def own_order() -> tuple[str, ...]:
    """The program's own order, where it has one; empty: the usual one counts."""
    found = Policy.objects.filter(name=NAME, until=None).values_list("steps", flat=True).first()
    return tuple(found or ())


def change_order(steps: Sequence[str], by: Staff, now: datetime) -> None:
    """From now on new pagings ask in this order; the usual one again ends the program's own. Raises BadPolicy."""
    if Level.FIRST.value not in steps:
        raise BadPolicy("First call cannot be left out: it is who answers.")
    held = gaps.lock(by.program_id, now)
    if tuple(steps) == (own_order() or usual_order()):
        return
    policy = None
    if tuple(steps) == usual_order():
        Policy.objects.filter(name=NAME, until=None).update(until=now)
    else:
        policy = actions.set_policy(by.program_id, NAME, steps, now)
    record(OrderChanged(program=by.program_id, policy=policy.id if policy else None, by=by.id), now)
    gaps.look_now(held, now)
