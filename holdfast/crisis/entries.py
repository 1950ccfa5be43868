"""Writes lines of the timeline. Every action needs the open transaction of a scope."""

from datetime import datetime
from uuid import UUID

from holdfast.crisis.course import EntryKind
from holdfast.crisis.models import Ask, Entry, Episode, Formulation, StepAnswer, UrgencyChange
from holdfast.people.models import Staff

_LINKS = {StepAnswer: "step", Ask: "ask", Formulation: "formulation", UrgencyChange: "urgency"}


def write_down(
    episode: Episode,
    kind: EntryKind,
    now: datetime,
    *,
    what: str = "",
    by: Staff | None = None,
    words: str = "",
    once: UUID | None = None,
    leads_to: StepAnswer | Ask | Formulation | UrgencyChange | None = None,
) -> Entry:
    """Add a line. Pressed twice it is one; `by` is empty for what the clock did."""
    if once and (done := Entry.objects.filter(episode=episode, once=once).first()):
        return done
    return Entry.objects.create(
        program_id=episode.program_id,
        episode=episode,
        kind=kind,
        what=what,
        by=by,
        words=words.strip() or None,
        once=once,
        at=now,
        **({_LINKS[type(leads_to)]: leads_to} if leads_to else {}),
    )
