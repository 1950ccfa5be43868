"""Pure decisions about own notes."""

from typing import Final

from holdfast.people.rules import Role

KEEPS: Final = frozenset({Role.CLINICIAN, Role.SUPERVISOR, Role.DIRECTOR})


def why_not_write(role: Role | None, words: str) -> str | None:
    """Who may keep own notes, and with what. None: they may."""
    if role not in KEEPS:
        return "Only clinicians keep notes of their own."
    return None if words.strip() else "Write the note first."
