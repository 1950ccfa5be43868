"""The previous release becomes this one while answers are posted, and a restore is rehearsed meanwhile."""

import json
import subprocess
import sys

import pytest

from tests.stack import ROOT


@pytest.mark.faults
def test_an_upgrade_under_load_loses_nothing_and_a_restore_is_rehearsed_meanwhile() -> None:
    """In a process of its own, as the storm."""
    words = [sys.executable, "-m", "tests.faults.upgrade"]
    said = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert said.stdout.strip(), said.stderr[-4000:]
    found = json.loads(said.stdout.strip().splitlines()[-1])
    assert found["well"], f"{found}\n{said.stderr[-2000:]}"
    assert (found["lost"], found["unjudged"], found["without_crisis"]) == ([], 0, 0)
    assert found["received"] >= 20
    assert found["worrying"] >= 2
    assert "The rehearsal went well" in found["rehearsal"]
