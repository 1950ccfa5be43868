"""What `holdfast check` says."""

import os
import subprocess
import sys


def test_a_database_that_is_away_is_a_sentence() -> None:
    env = {**os.environ, "DATABASE_URL": "postgresql://holdfast:x@127.0.0.1:9/holdfast", "HOLDFAST_DEMO": "1"}
    said = subprocess.run(
        [sys.executable, "-m", "holdfast.entry.cli", "check"],
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert said.returncode == 1
    assert "The database does not answer" in said.stderr, said.stderr
    assert "Traceback" not in said.stderr
