"""The further clocks of a crisis: rows with a due time that the sweep hears. Bells only make it quicker.

Only a sweep lets a clock ring, and it locks the crisis first, as everybody does.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from holdfast.crisis.course import Timer
from holdfast.crisis.facts import EpisodeClosed, EpisodeGivenBack, SignalJoined
from holdfast.crisis.models import Clock, Episode
from holdfast.crisis.rules import HAS_OWNER

AFTER_CLOSING: Final = frozenset({Timer.WAIVERS})
# What a clock does when it rings; each file of actions adds its own.
RINGS: Final[dict[Timer, Callable[[Episode, str, datetime], None]]] = {}


def start(episode: Episode, timer: Timer, due_at: datetime, now: datetime, what: str = "") -> None:
    """Let this clock of a crisis run; one that runs already is set anew."""
    Clock.objects.update_or_create(
        program_id=episode.program_id,
        episode=episode,
        timer=timer,
        defaults={"what": what, "since": now, "due_at": due_at},
    )


def stop(episode_id: int, *timers: Timer) -> None:
    """What these clocks waited for has happened."""
    Clock.objects.filter(episode_id=episode_id, timer__in=timers, due_at__isnull=False).update(due_at=None)


def runs(episode_id: int, timer: Timer) -> Clock | None:
    """This clock, while it runs."""
    return Clock.objects.filter(episode_id=episode_id, timer=timer, due_at__isnull=False).first()


def nobody_holds(fact: EpisodeGivenBack | EpisodeClosed, now: datetime) -> None:
    """It was given back or is over: the clocks of its owner stop. The next owner has clocks of their own."""
    stop(fact.episode, *Timer)


def came_back(fact: SignalJoined, now: datetime) -> None:
    """A settled crisis that came back has no owner, so no clock of one."""
    if fact.owner is None:
        stop(fact.episode, *Timer)


def ring(clock_id: int, now: datetime) -> bool:
    """A clock has run out. Somebody hears it: what follows is written down in the same transaction."""
    clock = Clock.objects.filter(id=clock_id, due_at__lte=now).first()
    if clock is None:
        return False
    episode = Episode.objects.select_for_update(of=("self",)).select_related("client").get(id=clock.episode_id)
    # Stopped or set anew while we waited for the crisis: then it does not ring.
    if not Clock.objects.filter(id=clock.id, due_at=clock.due_at).update(due_at=None):
        return False
    if episode.state in HAS_OWNER or clock.timer in AFTER_CLOSING:
        RINGS[Timer(clock.timer)](episode, clock.what, now)
    return True
