"""The landing of a crisis: settled with a next contact, and closed once that was made. Needs the open transaction of a scope."""

from dataclasses import replace
from datetime import datetime

from holdfast.crisis import actions
from holdfast.crisis.course import MAY_JUDGE, WHO_JUDGES, EntryKind
from holdfast.crisis.entries import write_down
from holdfast.crisis.facts import EpisodeClosed, EpisodeSettled
from holdfast.crisis.models import Episode, Try
from holdfast.crisis.news import news_in, signals_of
from holdfast.crisis.rules import (
    Disposition,
    Ground,
    Landing,
    Move,
    News,
    NotAllowed,
    Result,
    State,
    why_not_close,
    why_not_settle,
)
from holdfast.ledger.record import record
from holdfast.people.models import Staff
from holdfast.people.rating import set_risk_level
from holdfast.people.rules import RiskLevel, Standing
from holdfast.plans import actions as plans


def settle(
    episode_id: int,
    staff: Staff,
    *,
    disposition: Disposition | None,
    next_contact_at: datetime | None,
    next_contact_by: int | None,
    words: str,
    now: datetime,
) -> Episode:
    """Write down how it ended and who speaks with the client next, and when."""
    episode = actions.lock(episode_id)
    if episode.owner_id != staff.id:
        raise NotAllowed("Only the person who has this can settle it.")
    no = why_not_settle(State(episode.state), disposition, next_contact_at, next_contact_by, now, news_of(episode))
    if no or disposition is None:
        raise NotAllowed(no or "Say how it ended.")
    episode.disposition, episode.next_contact_at, episode.next_contact_by_id = (
        disposition,
        next_contact_at,
        next_contact_by,
    )
    episode.words = words.strip() or None
    episode.settled_at, episode.owner_acted_at = now, now
    actions.move(episode, Move.SETTLE, now, by=staff)
    record(EpisodeSettled(program=episode.program_id, episode=episode.id, disposition=disposition), now)
    actions.show(episode)
    return episode


def close(
    episode_id: int,
    staff: Staff,
    *,
    risk_level: str | None,
    plan_reviewed: bool,
    waivers: dict[str, str],
    now: datetime,
    ground: Ground | None = None,
) -> Episode:
    """Close a settled crisis whose next contact was made. Each thing missing needs a reason that is kept.

    The next contact may be left out on one of three grounds only. The row keeps which, the timeline the words.
    """
    episode = actions.lock_with_client(episode_id)
    if episode.state == State.SETTLED and staff.id not in (episode.owner_id, episode.next_contact_by_id):
        raise NotAllowed("Only the person who has this, or who makes the next contact, can close it.")
    if risk_level and staff.role not in MAY_JUDGE:
        raise NotAllowed(WHO_JUDGES)
    given = {name: why.strip() for name, why in waivers.items() if why.strip()}
    due_in = episode.next_contact_at - now if episode.next_contact_at else None
    as_it_is = landing_of(episode)
    landing = replace(
        as_it_is,
        risk_level=risk_level or as_it_is.risk_level,
        plan_reviewed=plan_reviewed or as_it_is.plan_reviewed,
        waivers=given,
        ground=ground,
        due_in=due_in,
        disposition=episode.disposition,
        died=episode.client is not None and episode.client.standing == Standing.DIED,
    )
    if no := why_not_close(State(episode.state), landing):
        raise NotAllowed(no)
    left_out = {name: given[name] for name in landing.missing if name in given}
    episode.waivers = {name: str(ground) if name == "next_contact" else "said" for name in left_out}
    for name, why in left_out.items():
        write_down(episode, EntryKind.WAIVER, now, what=name, by=staff, words=why)
    if risk_level:
        episode.risk_level, episode.risk_level_at = risk_level, now
        if episode.client is not None:
            set_risk_level(episode.client, RiskLevel(risk_level), staff, now)
    if plan_reviewed:
        episode.plan_reviewed_at = now
        if episode.client is not None:
            plans.reviewed(episode.client, now)
    episode.owner, episode.closed_at = None, now
    actions.move(episode, Move.CLOSE, now, by=staff)
    record(EpisodeClosed(program=episode.program_id, episode=episode.id, disposition=episode.disposition), now)
    actions.show(episode)
    return episode


def news_of(episode: Episode) -> News:
    """The signals of a crisis beside the latest talk with the client, as its rows say."""
    talks = Try.objects.filter(episode=episode, result=Result.REACHED).order_by("-at")
    return news_in(signals_of([episode.id]), talks.values_list("at", flat=True).first(), episode.risk_level)


def landing_of(episode: Episode) -> Landing:
    """How far a crisis has landed, as its row says."""
    return Landing(actions.followed_up(episode), episode.risk_level or None, episode.plan_reviewed_at is not None, {})
