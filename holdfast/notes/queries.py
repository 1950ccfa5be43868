"""The only reads of own notes: by their author, and by nobody else whatever they lead or opened."""

from dataclasses import dataclass

from django.db.models import QuerySet

from holdfast.notes.models import OwnNote
from holdfast.notes.rules import KEEPS
from holdfast.people.access import Actor


@dataclass(frozen=True)
class Kept:
    """One note as it stands, and how it was written before."""

    newest: OwnNote
    older: tuple[OwnNote, ...]


def written_by(actor: Actor) -> "QuerySet[OwnNote]":
    """Every version that this very person wrote."""
    notes = OwnNote.objects.filter(author_id=actor.id)
    return notes if actor.is_staff and actor.role in KEEPS else notes.none()


def own_notes(actor: Actor, client_id: int) -> list[Kept]:
    """One's own notes on a client, the newest first, each with its earlier versions. One query."""
    found: dict[object, list[OwnNote]] = {}
    for row in written_by(actor).filter(client_id=client_id).order_by("-number"):
        found.setdefault(row.note, []).append(row)
    kept = [Kept(newest, tuple(older)) for newest, *older in found.values()]
    return sorted(kept, key=lambda one: (one.older or (one.newest,))[-1].at, reverse=True)
