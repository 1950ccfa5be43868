"""`holdfast serve` where it cannot go on."""

from pathlib import Path

import click
import pytest

from holdfast.entry import cli


def test_a_python_that_the_user_may_not_run_is_a_sentence(tmp_path: Path) -> None:
    hidden, python = tmp_path / "hidden", tmp_path / "python"
    hidden.write_text("")
    hidden.chmod(0o600)
    python.symlink_to(hidden)
    with pytest.raises(click.ClickException) as refused:
        cli._go_on_as([str(python), "-m", "gunicorn"])
    said = refused.value.message
    assert f"may not run {hidden.resolve()}, the Python of this installation" in said
    assert cli._user() in said
    assert "/usr/bin/python3 -m venv" in said
