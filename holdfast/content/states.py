"""Reads what a state's law says of clients under age: dated, with its sources, a draft until counsel has looked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from .load import CLINICAL
from .shapes import ContentError, Status
from .table import read_toml

DEFAULT: Final = "default"


@dataclass(frozen=True, slots=True)
class StateLaw:
    """From which age somebody may agree alone; None: never before they are of age. Only what counsel confirmed opens anything.

    `guardian_knows_mental_health`: whether a guardian whose consent was needed may hear of mental health care.
    """

    name: str
    version: int
    status: Status
    title: str
    as_of: str
    counsel: Status
    majority: int
    mental_health_from: int | None
    substance_use_from: int | None
    guardian_knows_mental_health: bool
    sources: tuple[str, ...]
    not_verified: tuple[str, ...]


def state_law(state: str, *, root: Path = CLINICAL) -> StateLaw:
    """The law of this state, or the strictest reading where we have none."""
    wanted = state.lower()
    return _read(wanted if wanted in state_names(root=root) else DEFAULT, root)


@cache
def state_names(*, root: Path = CLINICAL) -> frozenset[str]:
    """Every state with a file of its own, and `default`."""
    return frozenset(path.stem for path in (root / "states").glob("*.toml"))


def states_are_sound(*, root: Path = CLINICAL) -> None:
    """Read every file once; `ContentError` where one cannot be."""
    if (root / "states").is_dir() and DEFAULT not in state_names(root=root):
        raise ContentError("clinical/states: default.toml is missing.")
    for name in sorted(state_names(root=root)):
        _read(name, root)


def forget() -> None:
    """Drop what was read."""
    state_names.cache_clear()
    _read.cache_clear()


@cache
def _read(name: str, root: Path) -> StateLaw:
    file = read_toml(root / "states" / f"{name}.toml")
    file.among("name", (name,))
    majority = file.number("majority", 18, 21)
    law = StateLaw(
        name=name,
        version=file.number("version", 1),
        status=file.word("status", Status),
        title=file.text("title"),
        as_of=file.text("as_of"),
        counsel=file.word("counsel", Status),
        majority=majority,
        mental_health_from=file.maybe_number("mental_health_from", 10, majority),
        substance_use_from=file.maybe_number("substance_use_from", 10, majority),
        guardian_knows_mental_health=file.flag("guardian_knows_mental_health"),
        sources=file.texts("sources"),
        not_verified=file.texts("not_verified"),
    )
    file.done()
    eased = law.mental_health_from or law.substance_use_from or law.guardian_knows_mental_health
    if eased and not law.sources:
        raise file.wrong("sources", "must name where each rule that is less strict comes from")
    return law if law.counsel is Status.APPROVED else strictest(law)


def strictest(law: StateLaw) -> StateLaw:
    """The same while counsel has not confirmed it: nobody under age signs alone, and being a guardian opens nothing."""
    return replace(law, mental_health_from=None, substance_use_from=None, guardian_knows_mental_health=False)
