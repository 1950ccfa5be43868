"""Assessing the risk again: the ASQ asked by staff, and a clinician's own formulation. Nothing here computes a level.

Every action needs the open transaction of a scope.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from holdfast.assessment import silence
from holdfast.assessment.aloud import asked_aloud
from holdfast.care import actions as care
from holdfast.content.shapes import Urgency
from holdfast.crisis import actions
from holdfast.crisis.course import MAY_JUDGE, MAY_RAISE_URGENCY, WHO_JUDGES, EntryKind, why_not_formulate
from holdfast.crisis.entries import write_down
from holdfast.crisis.facts import EpisodeClosed, RiskFormulated, TryLogged
from holdfast.crisis.guide import done_by, is_in_it
from holdfast.crisis.models import Episode, Formulation
from holdfast.crisis.rules import HAS_OWNER, NotAllowed, Result, State
from holdfast.ledger.record import record
from holdfast.people.models import Staff
from holdfast.people.rating import set_risk_level
from holdfast.people.rules import RiskLevel


def ask_asq(
    episode_id: int, staff: Staff, answers: Mapping[str, str], once: UUID | None, now: datetime
) -> Mapping[str, str]:
    """Keep what the client said to the ASQ, asked aloud by staff. Judged as if the client had tapped it.

    Returns a sentence for each answer that could not be read.
    """
    episode = actions.lock_with_client(episode_id)
    if episode.client is None:
        raise NotAllowed("Say first which client this is about.")
    if episode.state not in HAS_OWNER or not is_in_it(episode, staff):
        raise NotAllowed("Only the person who has this, or who was called in, asks these questions here.")
    if episode.owner_id == staff.id:
        actions.acted(episode, now)
        episode.save(update_fields=["owner_acted_at", "look_again_at"])
    saved = asked_aloud(episode.program_id, episode.client.id, "asq", answers, once, now)
    actions.show(episode)
    return saved.refused


def formulate(
    episode_id: int,
    staff: Staff,
    *,
    level: str | None,
    asked: str,
    risk_factors: str,
    protective_factors: str,
    rationale: str,
    plan: str,
    raise_urgency: bool,
    once: UUID | None,
    now: datetime,
) -> Episode:
    """A clinician weighs what they heard and assigns the level. It may raise the urgency, never lower it."""
    episode = actions.lock_with_client(episode_id)
    if staff.role not in MAY_JUDGE:
        raise NotAllowed(WHO_JUDGES)
    if once and Formulation.objects.filter(episode=episode, once=once).exists():
        return episode
    no = why_not_formulate(State(episode.state), level, rationale, plan, is_in_it(episode, staff))
    if no or level is None:
        raise NotAllowed(no or "Choose the risk level.")
    made = Formulation.objects.create(
        program_id=episode.program_id,
        episode=episode,
        client=episode.client,
        by=staff,
        level=level,
        asked=asked.strip() or None,
        risk_factors=risk_factors.strip() or None,
        protective_factors=protective_factors.strip() or None,
        rationale=rationale.strip(),
        plan=plan.strip(),
        once=once,
        at=now,
    )
    set_level(episode, staff, level, made, now)
    done_by(episode, "reassess", staff, now)
    if raise_urgency and level in MAY_RAISE_URGENCY and episode.urgency != Urgency.EMERGENCY:
        actions.change_urgency(episode.id, staff, Urgency.EMERGENCY, f"risk level {level}", now)
    actions.show(episode)
    return episode


def closed(fact: EpisodeClosed, now: datetime) -> None:
    """A crisis that closes leaves a client behind whose risk is judged again, though it was not judged in here."""
    client = Episode.objects.values_list("client_id", flat=True).get(id=fact.episode)
    if client is not None:
        care.keep_reassessment(client, now)


def talked(fact: TryLogged, now: datetime) -> None:
    """Whoever was reached has not gone quiet."""
    episode = Episode.objects.select_related("client").get(id=fact.episode)
    if episode.client is not None and fact.result == Result.REACHED:
        silence.talked(episode.client, now)


def set_level(episode: Episode, staff: Staff, level: str, made: Formulation, now: datetime) -> None:
    """The level of this crisis, and so of its client. The one place that writes it."""
    episode.risk_level, episode.risk_level_at = level, now
    if episode.owner_id == staff.id:
        actions.acted(episode, now)
    episode.save(update_fields=["risk_level", "risk_level_at", "owner_acted_at", "look_again_at"])
    if episode.client is not None:
        set_risk_level(episode.client, RiskLevel(level), staff, now)
    write_down(episode, EntryKind.RISK_LEVEL, now, what=level, by=staff, leads_to=made)
    record(
        RiskFormulated(
            program=episode.program_id, episode=episode.id, client=episode.client_id, level=level, by=staff.id
        ),
        now,
    )
