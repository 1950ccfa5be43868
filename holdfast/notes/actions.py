"""The only writer of own notes. Every action needs the open transaction of a scope."""

from datetime import datetime
from uuid import UUID

from holdfast.ledger.record import record
from holdfast.ledger.sealed import readable
from holdfast.notes.facts import OwnNoteWritten
from holdfast.notes.models import OwnNote
from holdfast.notes.queries import written_by
from holdfast.notes.rules import why_not_write
from holdfast.people.access import Actor
from holdfast.people.models import Client, Staff


class NotWritten(ValueError):
    """Why a note cannot be written or corrected, in one sentence."""


def write(actor: Actor, client: Client, note: UUID, words: str, now: datetime, *, after: int = 0) -> OwnNote:
    """A note, or its next version; the earlier ones are kept.

    `note` names it and is made for its form, so that a note whose form is sent twice stands once. `after`: the number
    of the version that its writer read. Raises NotWritten.
    """
    if no := why_not_write(actor.role, words):
        raise NotWritten(no)
    # One press at a time of one person.
    author = Staff.objects.select_for_update(no_key=True).get(id=actor.id)
    last = written_by(actor).filter(note=note, client=client).order_by("-number").first()
    if last is not None and readable(last, "words") == words.strip():
        return last  # pressed twice
    if (last.number if last else 0) != after or (last is None and OwnNote.objects.filter(note=note).exists()):
        raise NotWritten("This note was changed in another window. Your words are still in the form: load and compare.")
    row = OwnNote.objects.create(
        program_id=author.program_id,
        note=note,
        number=after + 1,
        client=client,
        author=author,
        words=words.strip(),
        at=now,
    )
    record(OwnNoteWritten(program=row.program_id, client=client.id, by=author.id, number=row.number), now)
    return row
