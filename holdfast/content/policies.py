"""Reads policies: what we are not, and the wording of the safety plan. Needs no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from .load import CLINICAL, _must_exist, _newest
from .shapes import Status, Wording
from .table import Table, read_toml

RISK_LEVELS = ("unrated", "low", "moderate", "high", "imminent")
PARTS = ("signs", "alone", "company", "helpers", "professionals", "safer", "staying")


@dataclass(frozen=True, slots=True)
class Boundary:
    """What we are not: the text that is signed at enrolment, and its short form for pages, replies and reminders."""

    version: int
    status: Status
    title: Wording
    short: Wording
    text: Wording


@dataclass(frozen=True, slots=True)
class PlanPart:
    """One of the things that a safety plan does."""

    id: str
    title: Wording
    hint: Wording


@dataclass(frozen=True, slots=True)
class PlanWording:
    """The wording of a safety plan, and how many days until it is looked at again, by risk level."""

    version: int
    status: Status
    title: Wording
    parts: tuple[PlanPart, ...]
    review_days: Mapping[str, int]


@cache
def boundary(version: str | None = None, *, root: Path = CLINICAL) -> Boundary:
    """One version of the sentence, the newest where none is named."""
    file, number = _policy("boundary", version, root)
    found = Boundary(number, _status(file), file.wording("title"), file.wording("short"), file.wording("text"))
    file.done()
    return found


@cache
def plan_wording(version: str | None = None, *, root: Path = CLINICAL) -> PlanWording:
    """One version of the plan's wording, the newest where none is named."""
    file, number = _policy("safety-plan", version, root)
    days = file.table("review_days")
    review = {level: days.number(level, 1, 90) for level in RISK_LEVELS}
    days.done()
    parts = tuple(_part(each) for each in file.tables("parts"))
    if tuple(part.id for part in parts) != PARTS:
        raise file.wrong("parts", f"must be {', '.join(PARTS)}, in this order")
    found = PlanWording(number, _status(file), file.wording("title"), parts, MappingProxyType(review))
    file.done()
    return found


def policies_are_sound(*, root: Path = CLINICAL) -> None:
    """Read every policy once; `ContentError` where one cannot be."""
    boundary(root=root)
    plan_wording(root=root)


def _part(table: Table) -> PlanPart:
    part = PlanPart(table.text("id"), table.wording("title"), table.wording("hint"))
    table.done()
    return part


def policy_file(name: str, version: str | None, root: Path) -> tuple[Table, int]:
    """The file of one version of a policy, and its number; the newest where none is named."""
    return _policy(name, version, root)


def status_of(file: Table) -> Status:
    """Where this version stands; an approved one names who approved it."""
    return _status(file)


def _policy(name: str, version: str | None, root: Path) -> tuple[Table, int]:
    wanted = version or _newest(root, "policies", name)
    _must_exist(root, "policies", name, wanted)
    file = read_toml(root / "policies" / name / wanted / "policy.toml")
    file.among("name", (name,))
    number = file.number("version", 1)
    if str(number) != wanted:
        raise file.wrong("version", f"must be {wanted}, as its folder says")
    return file, number


def _status(file: Table) -> Status:
    status = file.word("status", Status)
    for key in ("approved_by", "second_person", "effective_from"):
        if status is Status.APPROVED:
            file.text(key)
        file.has(key)
    return status
