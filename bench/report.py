"""Writes what was measured: bench/results/latest.json, and docs/measurements.md for people."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.rig import Row

ROOT = Path(__file__).resolve().parent.parent
LATEST = ROOT / "bench" / "results" / "latest.json"
FAULTS = ROOT / "bench" / "results" / "faults.json"
TABLES = ROOT / "docs" / "measurements.md"

HEAD = """# Measurements

What we claim about speed and safety, measured beside the plainest program that does the same work, in the same run, on
the same machine. Numbers from another machine differ; ratios much less. `make bench` measures again and writes this
page and `bench/results/latest.json`; `make faults` writes `bench/results/faults.json`. Processor time is that of the
server's processes, without PostgreSQL; every figure is the middle one of five runs (three where a run is long).
A bar is a promise. A goal is what we would like, and is reported whether it is met or not.
"""


def write(rows: list[Row], machine: str, skipped: list[str]) -> None:
    """The JSON and the tables. A claim that was not measured this time keeps its latest figures."""
    LATEST.parent.mkdir(parents=True, exist_ok=True)
    fresh = [row.shown() for row in rows]
    measured = {each["claim"] for each in fresh}
    kept = [each for each in _latest() if each["claim"] not in measured]
    LATEST.write_text(json.dumps([*kept, *fresh], indent=2) + "\n")
    day = datetime.now(UTC).strftime("%-d %B %Y")
    lines = [HEAD, f"Measured on {day}: {machine}.", "", *_table([*kept, *fresh]), "", *skipped, *_faults()]
    TABLES.write_text("\n".join(lines).rstrip() + "\n")


def _latest() -> list[dict[str, Any]]:
    return list(json.loads(LATEST.read_text())) if LATEST.exists() else []


def _table(rows: list[dict[str, Any]]) -> list[str]:
    lines = ["| claim | measured | beside | ratio | bar | |", "|---|---|---|---|---|---|"]
    for row in rows:
        plain = row["baseline_value"] is None
        beside = "-" if plain else f"{row['baseline']}: {row['baseline_value']:g} {row['unit']}"
        ratio = "-" if row["ratio"] is None else f"{row['ratio']:.2f}"
        says = "met" if row["holds"] else "not met"
        lines.append(
            f"| {row['claim']} | {row['value']:g} {row['unit']} | {beside} | {ratio} | {row['bar']} | {says} |"
        )
    return lines


def _faults() -> list[str]:
    """The latest storm, if there was one."""
    if not FAULTS.exists():
        return []
    found = json.loads(FAULTS.read_text())
    kills = ", ".join(f"{name} {times}" for name, times in sorted(found["kills"].items()))
    broken = ", ".join(found["promises_broken"]) or "none"
    return [
        "",
        "## The latest storm",
        "",
        "Programs are killed, connections cut, the carrier and the clock put wrong while people are in crisis; afterwards",
        "nobody may have been lost.",
        "",
        "| | |",
        "|---|---|",
        f"| seed | {found['seed']} |",
        f"| crises | {found['crises']} |",
        f"| of those led to their closing | {found['closed']} |",
        f"| pages at the company | {found['pages']} |",
        f"| lost | {found['lost']} |",
        f"| sends begun after an answer was committed | {found['paged_after_answer']} |",
        f"| told twice | {found['duplicates']} |",
        f"| killed | {kills} |",
        f"| first text of a crisis, at the latest | {found['worst_late_s']:g} s |",
        f"| promises broken afterwards | {broken} |",
    ]
