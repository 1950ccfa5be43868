"""Writes what was measured: bench/results/latest.json, and docs/measurements.md for people."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

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
    """The JSON and the tables."""
    LATEST.parent.mkdir(parents=True, exist_ok=True)
    LATEST.write_text(json.dumps([row.shown() for row in rows], indent=2) + "\n")
    day = datetime.now(UTC).strftime("%-d %B %Y")
    lines = [HEAD, f"Measured on {day}: {machine}.", "", *_table(rows), "", *skipped, *_faults()]
    TABLES.write_text("\n".join(lines).rstrip() + "\n")


def _table(rows: list[Row]) -> list[str]:
    lines = ["| claim | measured | beside | ratio | bar | |", "|---|---|---|---|---|---|"]
    for row in rows:
        shown = row.shown()
        beside = f"{row.baseline}: {shown['baseline_value']:g} {row.unit}" if row.baseline_value is not None else "-"
        ratio = f"{shown['ratio']:.2f}" if row.ratio is not None else "-"
        says = "met" if row.holds else "not met"
        lines.append(f"| {row.claim} | {shown['value']:g} {row.unit} | {beside} | {ratio} | {row.bar} | {says} |")
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
        f"| pages at the company | {found['pages']} |",
        f"| lost | {found['lost']} |",
        f"| sends begun after an answer was committed | {found['paged_after_answer']} |",
        f"| told twice | {found['duplicates']} |",
        f"| killed | {kills} |",
        f"| first text of a crisis, at the latest | {found['worst_late_s']:g} s |",
        f"| promises broken afterwards | {broken} |",
    ]
