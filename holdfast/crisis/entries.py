"""Writes lines of the timeline. Every action needs the open transaction of a scope."""

from datetime import datetime
from uuid import UUID

from holdfast.crisis.course import EntryKind
from holdfast.crisis.models import Entry, Episode
from holdfast.people.models import Staff


def write_down(
    episode: Episode,
    kind: EntryKind,
    now: datetime,
    *,
    what: str = "",
    by: Staff | None = None,
    words: str = "",
    once: UUID | None = None,
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
    )
