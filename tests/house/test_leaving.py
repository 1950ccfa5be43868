"""Promise 4: nobody leaves an open crisis without an owner, because there is one door only."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "holdfast"
SOURCES = [p for p in ROOT.rglob("*.py") if "tests" not in p.parts]
DOOR = ROOT / "crisis" / "leaving.py"
# The made-up past of the demo is told by people's own actions: nobody there has an open crisis yet.
TELLS_A_PAST = ROOT / "entry" / "demo_history.py"


@pytest.mark.parametrize(("call", "home"), [("end_shift", "oncall"), ("change_standing", "people")])
def test_only_the_crisis_module_ends_a_shift_or_changes_a_standing(call: str, home: str) -> None:
    callers = {
        path
        for path in SOURCES
        if re.search(rf"\b{home}\.{call}\(|from holdfast\.{home}\.actions import [^\n]*\b{call}\b", path.read_text())
    }
    assert callers - {TELLS_A_PAST} == {DOOR}
