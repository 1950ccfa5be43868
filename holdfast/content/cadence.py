"""Reads how often clients are asked, when they are reminded, and when silence is a signal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from .protocols import _status
from .shapes import Status, Urgency
from .table import Table, read_toml

RATED = ("low", "moderate", "high", "imminent")
UNRATED = "unrated"
WATCHED = ("active", "paused")
SILENCES = ("missed-check-in", "gone-quiet")


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often one form is offered, in days of the client's own calendar."""

    form: str
    every_days: int
    by_risk: Mapping[str, int]

    def days(self, risk: str) -> int:
        return self.by_risk.get(risk, self.every_days)


@dataclass(frozen=True, slots=True)
class Reminding:
    """When clients are reminded, where they are."""

    standings: tuple[str, ...]
    local_hour: int
    nudge_after_hours: int
    late_by_at_most_minutes: int


@dataclass(frozen=True, slots=True)
class SilenceLine:
    """How long a silence lasts before it is a signal, for some standings and risk levels."""

    signal: str
    standings: tuple[str, ...]
    risk_levels: tuple[str, ...]
    after_hours: int
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a client's own usual is made of."""

    instruments: tuple[str, ...]
    at_least: int
    at_most: int


@dataclass(frozen=True, slots=True)
class Cadence:
    """The whole file."""

    version: int
    status: Status
    forms: tuple[Rhythm, ...]
    reminder: Reminding
    again_hours: int
    silence: tuple[SilenceLine, ...]
    reassess_days: Mapping[str, int]
    baseline: Baseline


def read_cadence(path: Path) -> Cadence:
    """The rhythm of noticing."""
    file = read_toml(path)
    silence, days = file.table("silence"), file.table("reassess_days")
    cadence = Cadence(
        version=file.number("version", 1),
        status=_status(file),
        forms=tuple(_rhythm(each) for each in file.tables("forms")),
        reminder=_reminding(file.table("reminder")),
        again_hours=silence.number("again_hours", 1),
        silence=tuple(_silence(each) for each in silence.tables("lines")),
        reassess_days=MappingProxyType({level: days.number(level, 1, 90) for level in RATED}),
        baseline=_baseline(file.table("baseline")),
    )
    for each in (silence, days):
        each.done()
    file.among("name", ("cadence",))
    file.done()
    for level in (*RATED, UNRATED):
        if not any(level in line.risk_levels and "active" in line.standings for line in cadence.silence):
            raise silence.wrong("lines", f"say nothing about active clients whose risk is {level}")
    return cadence


def _rhythm(table: Table) -> Rhythm:
    by_risk: dict[str, int] = {}
    if table.has("by_risk"):
        inner = table.table("by_risk")
        by_risk = {level: inner.number(level, 1, 90) for level in (*RATED, UNRATED) if inner.has(level)}
        inner.done()
    rhythm = Rhythm(table.text("name"), table.number("every_days", 1, 90), MappingProxyType(by_risk))
    table.done()
    return rhythm


def _reminding(table: Table) -> Reminding:
    reminding = Reminding(
        standings=_some(table, "standings", WATCHED),
        local_hour=table.number("local_hour", 4, 20),  # never in the hours in which clocks change
        nudge_after_hours=table.number("nudge_after_hours", 1, 12),
        late_by_at_most_minutes=table.number("late_by_at_most_minutes", 5, 240),
    )
    table.done()
    return reminding


def _silence(table: Table) -> SilenceLine:
    line = SilenceLine(
        signal=table.among("signal", SILENCES),
        standings=_some(table, "standings", WATCHED),
        risk_levels=_some(table, "risk_levels", (*RATED, UNRATED)),
        after_hours=table.number("after_hours", 1, 24 * 60),
        urgency=table.word("urgency", Urgency),
    )
    table.done()
    return line


def _baseline(table: Table) -> Baseline:
    baseline = Baseline(table.texts("instruments"), table.number("at_least", 2, 50), table.number("at_most", 2, 50))
    table.done()
    return baseline


def _some(table: Table, key: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    found = table.texts(key)
    if not found or any(each not in allowed for each in found):
        raise table.wrong(key, f"must be a list of {', '.join(allowed)}")
    return found
