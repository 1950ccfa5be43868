"""What the tests of the course of a crisis share: a crisis that Cal has, and a clock that rings when it is time."""

from datetime import datetime, timedelta

from holdfast.assessment import actions as assessment
from holdfast.crisis import actions, clocks, landing
from holdfast.crisis.models import Clock, Entry, Episode, StepAnswer
from holdfast.crisis.rules import Disposition, Result
from holdfast.notify.models import Attempt
from holdfast.people.models import Staff
from holdfast.people.tests.cast import Cast

MINUTE = timedelta(minutes=1)


def taken_by_cal(cast: Cast) -> Episode:
    """Ana called for help, and Cal has it. An emergency."""
    cast.night_shift()
    assessment.ask_for_help(cast.ana, "session", cast.now)
    episode = Episode.objects.get(client=cast.ana)
    return actions.take(episode.id, cast.cal, "board", cast.now)


def reached_by_cal(cast: Cast) -> Episode:
    episode = taken_by_cal(cast)
    actions.log_try(episode.id, cast.cal, Result.REACHED, "phone", "", None, cast.now + MINUTE)
    return fresh(episode)


def settled_by_cal(cast: Cast) -> Episode:
    return settle(cast, reached_by_cal(cast))


def settle(cast: Cast, episode: Episode) -> Episode:
    """Cal settles it nine minutes on; Bea makes the next contact a day later."""
    return landing.settle(
        episode.id,
        cast.cal,
        disposition=Disposition.SAFE_WITH_PLAN,
        next_contact_at=cast.now + timedelta(days=1),
        next_contact_by=cast.bea.id,
        words="",
        now=cast.now + 9 * MINUTE,
    )


def fresh(episode: Episode) -> Episode:
    return Episode.objects.select_related("client", "owner").get(id=episode.id)


def rings(now: datetime) -> list[str]:
    """Let every clock that is due ring, once; which they were."""
    due = list(Clock.objects.filter(due_at__lte=now).order_by("due_at", "id"))
    return [clock.timer for clock in due if clocks.ring(clock.id, now)]


def kinds(episode: Episode) -> list[str]:
    """The lines of the timeline by kind, those that only lead to a step or a question left out."""
    lines = Entry.objects.filter(episode=episode, step=None, ask=None)
    return list(lines.order_by("id").values_list("kind", flat=True))


def steps(episode: Episode) -> dict[str, str]:
    return dict(StepAnswer.objects.filter(episode=episode).values_list("step", "ending"))


def told(staff: Staff) -> set[str]:
    """The fixed words that were sent to this person, pages left out."""
    return set(Attempt.objects.filter(staff=staff).exclude(words="page").values_list("words", flat=True))
