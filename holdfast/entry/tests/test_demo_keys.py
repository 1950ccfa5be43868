"""The demo's keys: a file of envelope keys, made once; a demo of an older release keeps the key that it has."""

import json
from pathlib import Path

from holdfast.entry import demo
from holdfast.ledger import envelopes


def test_the_first_start_makes_a_file_of_keys_and_the_next_takes_it_up(tmp_path: Path) -> None:
    first = demo._keys(tmp_path)
    file = Path(first["HOLDFAST_SEAL_KEY_FILE"])
    assert file.stat().st_mode & 0o777 == 0o600
    (key,) = envelopes.read_file(file)
    assert "HOLDFAST_SEAL_KEY" not in first
    assert demo._keys(tmp_path) == first
    assert envelopes.read_file(file) == (key,)


def test_a_demo_of_an_older_release_keeps_its_key(tmp_path: Path) -> None:
    kept = {"HOLDFAST_SECRET_KEY": "x", "HOLDFAST_SEAL_KEY": "y"}
    (tmp_path / demo.KEYS).write_text(json.dumps(kept))
    assert demo._keys(tmp_path) == kept
    assert not (tmp_path / demo.SEAL_KEYS).exists()
