"""Reads the checklists that follow a death: one file each, by its own version."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .load import CLINICAL
from .shapes import Status, Wording
from .table import read_toml


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do, and a word on how."""

    id: str
    title: Wording
    hint: Wording


@dataclass(frozen=True, slots=True)
class Checklist:
    """A short list that people work through together."""

    name: str
    version: int
    status: Status
    title: Wording
    items: tuple[Item, ...]


@cache
def checklist(name: str, *, root: Path = CLINICAL) -> Checklist:
    """A checklist of `clinical/reviews`, by its name."""
    file = read_toml(root / "reviews" / f"{name}.toml")
    file.among("name", (name,))
    items = []
    for each in file.tables("items"):
        items.append(Item(each.text("id"), each.wording("title"), each.wording("hint")))
        each.done()
    found = Checklist(name, file.number("version", 1), file.word("status", Status), file.wording("title"), tuple(items))
    file.done()
    if len({item.id for item in items}) != len(items) or not items:
        raise file.wrong("items", "must hold items, each with an id of its own")
    return found
