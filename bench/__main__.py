"""`make bench`: every claim, or one of them.

python -m bench                          all; writes bench/results/latest.json and docs/measurements.md
python -m bench --only crisis            one claim; the others keep their latest figures
python -m bench --only crisis --quick    one claim, one short round; writes nothing
"""

from __future__ import annotations

import argparse
import time

from bench import report
from bench.alertmanager import Alertmanager
from bench.claims import CLAIMS
from bench.rig import Row, machine


def main() -> int:
    """Measure, write, and say what misses its bar."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", action="append", choices=sorted(CLAIMS), help="this claim; may be said again")
    parser.add_argument("--quick", action="store_true", help="one short round, to see whether a change helped")
    told = parser.parse_args()
    where = machine()
    rows: list[Row] = []
    notes = [] if Alertmanager.found() else ["Alertmanager was not installed, so that comparison was skipped."]
    for name in told.only or CLAIMS:
        began = time.monotonic()
        try:
            for row in CLAIMS[name](told.quick):
                rows.append(row)
                print(_line(row), flush=True)
        except AssertionError as trouble:
            notes.append(f"`{name}` could not be measured to its end: {str(trouble).splitlines()[0]}.")
            print(f"NOT MEASURED {name}: {trouble}", flush=True)
        print(f"  ({name}: {time.monotonic() - began:.0f} s)", flush=True)
        if not told.quick:
            # After each claim: a run that is cut short leaves what it has.
            report.write(rows, where, notes)
    measured = len(rows) > 0 and all(row.holds for row in rows if not row.goal)
    return 0 if measured and not any("could not" in note for note in notes) else 1


def _line(row: Row) -> str:
    shown = row.shown()
    beside = (
        f"; {row.baseline}: {shown['baseline_value']:g} {row.unit}, ratio {shown['ratio']:.2f}"
        if row.baseline_value is not None
        else ""
    )
    return f"{'met    ' if row.holds else 'NOT MET'} {row.claim}: {shown['value']:g} {row.unit} ({row.bar}){beside}"


if __name__ == "__main__":
    raise SystemExit(main())
