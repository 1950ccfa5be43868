"""`make faults`: a long storm over at least a thousand crises, then an upgrade and a restore's rehearsal under load.
Writes bench/results/faults.json."""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.faults import upgrade
from tests.faults.check import outcome
from tests.faults.storm import Storm
from tests.stack import ROOT, own_folder, stack_in

RESULTS = ROOT / "bench" / "results" / "faults.json"


def main() -> int:
    """Blow, look, write, and say in words how it went."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--crises", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=None, help="the faults of an earlier run; a new one otherwise")
    parser.add_argument("--pause", type=float, default=2.0, help="seconds between faults, about")
    parser.add_argument("--storm-only", action="store_true", help="without the upgrade")
    parser.add_argument("--out", type=Path, default=RESULTS)
    told = parser.parse_args()
    seed = secrets.randbelow(10**9) if told.seed is None else told.seed
    print(f"A storm over {told.crises} crises, seed {seed}.", flush=True)
    began = time.monotonic()
    with stack_in(own_folder()) as stack:
        storm = Storm(stack, told.crises, seed, told.pause, say=lambda line: print(line, flush=True))
        storm.run()
        found = outcome(storm)
        written: dict[str, Any] = asdict(found)
        details, _ = written.pop("details"), written.pop("wanted")
        told.out.parent.mkdir(parents=True, exist_ok=True)
        told.out.write_text(json.dumps(written, indent=2) + "\n")
        print(json.dumps(written, indent=2))
        print(json.dumps(details, indent=2, default=str), file=sys.stderr)
        print(
            f"{time.monotonic() - began:.0f} s. "
            + ("All is well." if found.well else f"NOT well; logs in {stack.logs}")
        )
        if not found.well:
            raise SystemExit(1)
    return 0 if told.storm_only else _upgrade(told.out, written)


def _upgrade(out: Path, written: dict[str, Any]) -> int:
    print("An upgrade under load, and a restore rehearsed meanwhile.", flush=True)
    upgraded = upgrade.run()
    out.write_text(json.dumps(written | {"upgrade": asdict(upgraded)}, indent=2) + "\n")
    print(json.dumps(asdict(upgraded), indent=2))
    print("All is well." if upgraded.well else "NOT well.")
    return 0 if upgraded.well else 1


if __name__ == "__main__":
    sys.exit(main())
