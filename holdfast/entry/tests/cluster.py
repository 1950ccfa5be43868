"""A pytest plugin: what tests stand on. Loaded first, before Django reads its settings.

It gives every run an environment of its own (never the developer's), and one embedded PostgreSQL that
all its worker processes share, started when the first test asks for it and gone when the run ends,
however it ends. The fixtures themselves are in `database.py`.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from holdfast.entry import postgres

# A busy machine is slow at making examples; no test is about how fast.
hypothesis_settings.register_profile("holdfast", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("holdfast")

RUN = "HOLDFAST_TEST_RUN"  # the folder of this run, handed to xdist's workers
SECRET = "a secret of the tests, which guards nothing at all"
KEPT = ("HOLDFAST_ROLE", "HOLDFAST_CHROMIUM", RUN)


def environment(database_url: str = "postgresql://holdfast_owner:none@127.0.0.1:1/none") -> dict[str, str]:
    """The environment of a program under test."""
    return {
        "DATABASE_URL": database_url,
        "HOLDFAST_DEMO": "1",
        "HOLDFAST_SECRET_KEY": SECRET,
        "HOLDFAST_SEAL_KEY": base64.b64encode(b"a seal key of the tests, 32 long").decode(),
        "DJANGO_SETTINGS_MODULE": "holdfast.entry.settings",
    }


for _name in [name for name in os.environ if name.startswith("HOLDFAST_") and name not in KEPT]:
    del os.environ[_name]
os.environ.update(environment())
os.environ.setdefault("HOLDFAST_ROLE", "web")


def run_folder() -> Path:
    """The folder of this run."""
    return Path(os.environ[RUN])


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Before Django's settings are read: a folder for this run."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        folder = Path(tempfile.mkdtemp(prefix="holdfast-test-"))
        folder.chmod(0o755)  # `nobody` walks through it when the tests are run as root
        os.environ[RUN] = str(folder)
        early_config.add_cleanup(_Ending(folder))
    os.environ["HOLDFAST_DATA"] = str(run_folder() / "data")
    return (yield)


class _Ending:
    """Ends the cluster with the run; a watcher does it if the run is killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.watcher: subprocess.Popen[bytes] = postgres.when_alone("remove", folder / "postgres")

    def __call__(self) -> None:
        postgres.remove(self.folder / "postgres")
        if self.watcher.stdin is not None:
            self.watcher.stdin.close()
        self.watcher.wait(timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)


def pytest_configure(config: pytest.Config) -> None:
    """Registered now, so that our fixtures come after pytest-django's and take their place."""
    from holdfast.entry.tests import database

    config.pluginmanager.register(database, "holdfast-database")
