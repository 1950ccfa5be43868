"""Reads exercises for clients and scripts for staff: the same shape, told apart by whom they are for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from .protocols import _status
from .shapes import Status, Wording
from .table import read_toml


class ForWhom(StrEnum):
    """Who reads it."""

    CLIENT = "client"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Exercise:
    """A short way through a hard moment, step by step. What to say and to avoid is only for staff."""

    id: str
    version: int
    status: Status
    title: Wording
    for_whom: ForWhom
    when: Wording
    minutes: int
    steps: tuple[Wording, ...]
    say: tuple[Wording, ...]
    avoid: tuple[Wording, ...]
    caution: Wording | None


def read_exercise(folder: Path) -> Exercise:
    """One version of one exercise or script."""
    file = read_toml(folder / "exercise.toml")
    file.among("name", (folder.parent.name,))
    version = file.number("version", 1)
    if str(version) != folder.name:
        raise file.wrong("version", f"must be {folder.name}, as its folder says")
    exercise = Exercise(
        id=folder.parent.name,
        version=version,
        status=_status(file),
        title=file.wording("title"),
        for_whom=file.word("for_whom", ForWhom),
        when=file.wording("when"),
        minutes=file.number("minutes", 1, 60),
        steps=file.wordings("steps"),
        say=file.wordings("say"),
        avoid=file.wordings("avoid"),
        caution=file.maybe_wording("caution"),
    )
    file.done()
    if not exercise.steps:
        raise file.wrong("steps", "must hold at least one step")
    if exercise.for_whom is ForWhom.CLIENT and (exercise.say or exercise.avoid):
        raise file.wrong("say", "and avoid are for staff only")
    return exercise
