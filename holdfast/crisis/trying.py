"""Until when whoever has a crisis is to have tried to reach the client.

A graver urgency has a shorter clock, which begins when it became graver. So nothing that was in time is late afterwards.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import takewhile

from holdfast.content.shapes import Urgency
from holdfast.crisis.actions import waits
from holdfast.crisis.models import Episode, Signal, UrgencyChange
from holdfast.crisis.rules import higher

Step = tuple[datetime, Urgency]  # since when a crisis was how urgent


def due_by(taken: datetime, steps: Iterable[Step], wait: Callable[[Urgency], timedelta]) -> datetime | None:
    """When the first try was due for somebody who took it then. Steps oldest first; what came before counts from taking."""
    due, was = None, Urgency.NONE
    for at, urgency in steps:
        if due is not None and urgency is was:
            continue  # the same again sets no clock anew
        begins = max(taken, at)
        if due is not None and urgency.weight > was.weight:
            due = min(due, begins + wait(urgency))
        else:
            due = taken + wait(urgency)
        was = urgency
    return due


def steps_from(episode: Episode, signals: Iterable[Step], by_hand: Iterable[Step]) -> list[Step]:
    """How urgent a crisis was since when: a signal only ever raises it, a person may also lower it."""
    marks = [(at, 0, -urgency.weight, urgency) for at, urgency in signals]
    marks += [(at, 1, 0, urgency) for at, urgency in by_hand]
    steps: list[Step] = []
    for at, hand, _, urgency in sorted(marks):
        steps.append((at, urgency if hand or not steps else higher(steps[-1][1], urgency)))
    if not steps:
        return [(episode.raised_at, Urgency(episode.urgency))]
    if steps[-1][1] != episode.urgency:  # something that was known before was said again
        steps.append((episode.signal_at, Urgency(episode.urgency)))
    return steps


def steps_of(episode: Episode) -> list[Step]:
    """The same from the database."""
    signals = Signal.objects.filter(episode=episode).values_list("at", "finding__urgency")
    changes = UrgencyChange.objects.filter(episode=episode).values_list("at", "after")
    return steps_from(episode, [(at, Urgency(u)) for at, u in signals], [(at, Urgency(u)) for at, u in changes])


def due_of(taken: datetime, steps: Iterable[Step], tried: datetime | None = None) -> datetime | None:
    """By when the first try was due; for one that was made, as the clock stood then."""
    till_then = takewhile(lambda step: tried is None or step[0] <= tried, steps)
    return due_by(taken, till_then, lambda urgency: waits(urgency).first_try)


def first_try_due(episode: Episode, taken: datetime | None, tried: datetime | None = None) -> datetime | None:
    """The same, read from the database; None while nobody has it."""
    return due_of(taken, steps_of(episode), tried) if taken else None
