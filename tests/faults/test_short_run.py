"""A short storm: every kind of fault at least once, over thirty crises."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack import ROOT

SEED = 2702
CRISES = 30


@pytest.mark.faults
def test_nobody_is_lost_in_a_short_storm(tmp_path: Path) -> None:
    """In a process of its own: the storm chooses its own database, ports and clock."""
    results = tmp_path / "faults.json"
    words = [sys.executable, "-m", "tests.faults", "--crises", str(CRISES), "--seed", str(SEED), "--pause", "0.8"]
    said = subprocess.run(
        [*words, "--storm-only", "--out", str(results)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert results.exists(), said.stdout[-3000:] + said.stderr[-3000:]
    found = json.loads(results.read_text())
    assert said.returncode == 0, said.stdout[-3000:] + said.stderr[-3000:]
    assert found["crises"] == CRISES
    assert (found["lost"], found["paged_after_answer"], found["promises_broken"]) == (0, 0, [])
    assert (found["closed"], found["stuck"]) == (CRISES, 0)
    assert set(found["kills"]) >= {"worker", "web", "postmaster", "connection"}
