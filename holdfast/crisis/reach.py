"""A client who does not pick up: the clock of the first try, "cannot reach", and what a human decides then.

Every action needs the open transaction of a scope. Nothing here rings anybody but the program's own staff.
"""

from datetime import datetime, timedelta
from uuid import UUID

from holdfast.content.load import escalation
from holdfast.content.shapes import Urgency
from holdfast.crisis import actions, clocks, guide, handing
from holdfast.crisis.course import Choice, EntryKind, Timer, cannot_reach, cannot_reach_due, why_not_choose
from holdfast.crisis.entries import write_down
from holdfast.crisis.facts import (
    ClientNotReached,
    ClientReached,
    EpisodeHandedOver,
    EpisodeTaken,
    FirstTryLate,
    ReachDecided,
    SignalJoined,
    TryLogged,
    UrgencyChanged,
)
from holdfast.crisis.guide import act_of, is_in_it, tell
from holdfast.crisis.models import Entry, Episode, Try
from holdfast.crisis.rules import NotAllowed, Result, State
from holdfast.crisis.trying import first_try_due
from holdfast.ledger.record import record
from holdfast.people.models import Staff


def owner_began(fact: EpisodeTaken | EpisodeHandedOver, now: datetime) -> None:
    """The clocks of a new owner: for the first try, and in an emergency for reaching the client at all."""
    episode = Episode.objects.get(id=fact.episode)
    if episode.state != State.OWNED:
        return
    clocks.start(episode, Timer.FIRST_TRY, now + actions.waits(episode.urgency).first_try, now)
    _set_cannot_reach(episode, now)
    if isinstance(fact, EpisodeTaken) and stands(episode):
        handing.page_second(episode, None, "", now)  # the one sought for the owner before was sent home with them


def urgency_changed(fact: UrgencyChanged | SignalJoined, now: datetime) -> None:
    """Another urgency has other clocks. A graver one counts from now, a lower one from when it was taken."""
    episode = Episode.objects.get(id=fact.episode)
    if episode.state != State.OWNED or episode.owned_at is None:
        return
    if clocks.runs(episode.id, Timer.FIRST_TRY):
        due = first_try_due(episode, episode.owned_at)
        clocks.start(episode, Timer.FIRST_TRY, max(due or now, now), now)
    _set_cannot_reach(episode, now)
    guide.tried(episode, now)  # the step of reaching them has the clock of the first try


def _set_cannot_reach(episode: Episode, now: datetime) -> None:
    after = timedelta(seconds=escalation().cannot_reach_after)
    due = cannot_reach_due(State(episode.state), Urgency(episode.urgency), episode.owned_at, after)
    if due is None:
        clocks.stop(episode.id, Timer.CANNOT_REACH)
    elif not stands(episode):
        clocks.start(episode, Timer.CANNOT_REACH, max(due, now), now)


def tried(fact: TryLogged, now: datetime) -> None:
    """A try was made: its clock stops. Too many that failed are "cannot reach"."""
    clocks.stop(fact.episode, Timer.FIRST_TRY)
    episode = Episode.objects.select_related("client", "owner").get(id=fact.episode)
    guide.tried(episode, now)
    late = clocks.runs(episode.id, Timer.GIVE_BACK)
    if late and act_of(episode, late.what) == "reach":
        clocks.stop(episode.id, Timer.GIVE_BACK)
    results = [
        Result(result)
        for result in Try.objects.filter(episode=episode, at__gte=episode.owned_at or now)
        .order_by("id")
        .values_list("result", flat=True)
    ]
    if fact.result != Result.REACHED and cannot_reach(State(episode.state), results, escalation().cannot_reach_tries):
        declare(episode, "tries", now)


def reached(fact: ClientReached, now: datetime) -> None:
    """They have talked: nobody needs to be asked on that account any more."""
    clocks.stop(fact.episode, Timer.FIRST_TRY, Timer.CANNOT_REACH)
    handing.not_needed_after_all(fact.episode, now)


def first_try_is_late(episode: Episode, _what: str, now: datetime) -> None:
    """Nobody has tried in time: the owner is reminded, and it is written down."""
    write_down(episode, EntryKind.LATE_TRY, now)
    record(FirstTryLate(program=episode.program_id, episode=episode.id, owner=episode.owner_id), now)
    if episode.owner_id:
        tell(episode, episode.owner_id, "late_try", now)
    actions.show(episode)


def time_is_up(episode: Episode, _what: str, now: datetime) -> None:
    """An emergency was not reached in time."""
    if episode.state == State.OWNED:
        declare(episode, "time", now)
        actions.show(episode)


def declare(episode: Episode, why: str, now: datetime) -> None:
    """ "Cannot reach" stands from now on: it is put before the owner, and a second person is asked."""
    if stands(episode):
        return
    clocks.stop(episode.id, Timer.CANNOT_REACH)
    write_down(episode, EntryKind.CANNOT_REACH, now, what=why)
    record(ClientNotReached(program=episode.program_id, episode=episode.id, why=why), now)
    if episode.owner_id:
        tell(episode, episode.owner_id, "not_reached", now)
    handing.page_second(episode, None, "", now)


def stands(episode: Episode) -> bool:
    """Whether "cannot reach" stands: said, and the client not reached since."""
    said = (
        Entry.objects.filter(episode=episode, kind=EntryKind.CANNOT_REACH)
        .order_by("-at")
        .values_list("at", flat=True)
        .first()
    )
    return bool(said) and not Try.objects.filter(episode=episode, result=Result.REACHED, at__gte=said).exists()


def decide(
    episode_id: int, staff: Staff, choice: Choice | None, words: str, once: UUID | None, now: datetime
) -> Episode:
    """A human decides what comes next for a client who cannot be reached. Holdfast calls nobody by itself."""
    episode = actions.lock(episode_id)
    if once and Entry.objects.filter(episode=episode, once=once).exists():
        return episode
    if not is_in_it(episode, staff):
        raise NotAllowed("Only the person who has this, or who was called in, decides that.")
    if no := why_not_choose(episode.state == State.OWNED and stands(episode), choice, words):
        raise NotAllowed(no)
    write_down(episode, EntryKind.CHOICE, now, what=choice or "", by=staff, words=words, once=once)
    record(
        ReachDecided(program=episode.program_id, episode=episode.id, choice=choice or "", by=staff.id),
        now,
    )
    if episode.owner_id == staff.id:
        actions.acted(episode, now)
        episode.save(update_fields=["owner_acted_at", "look_again_at"])
    actions.show(episode)
    return episode


clocks.RINGS[Timer.FIRST_TRY] = first_try_is_late
clocks.RINGS[Timer.CANNOT_REACH] = time_is_up
