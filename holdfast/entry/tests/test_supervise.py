"""The demo's supervisor: what dies is started again, what is stopped stays stopped."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from holdfast.entry import postgres
from holdfast.entry.supervise import AlreadyRunningError, only_one

PATIENCE_S = 30.0

# A child writes its id to a file and waits; "stubborn" does not listen to SIGTERM; "broken" ends at once.
CHILDREN = """
import os, signal, sys
name, folder = sys.argv[1:]
if name == "broken":
    sys.exit(3)
if name == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if name == "family" and os.fork() == 0:
    name = "grandchild"
with open(os.path.join(folder, name + ".new"), "w") as out:
    out.write(str(os.getpid()))
os.replace(os.path.join(folder, name + ".new"), os.path.join(folder, name + ".pid"))
while True:
    signal.pause()
"""
MAIN = """
import pathlib, sys
from holdfast.entry import postgres
from holdfast.entry.supervise import ChildSpec, Supervisor, only_one
data, code, *names = sys.argv[1:]
data = pathlib.Path(data)
with only_one(data):
    cluster = postgres.start(data / "postgres") if "postgres" in names else None
    specs = [ChildSpec(n, [sys.executable, code, n, str(data)], grace_s=0.5) for n in names if n != "postgres"]
    sys.exit(Supervisor(specs, data, cluster).run())
"""


def until(look: Callable[[], object]) -> None:
    """Waits, with a limit, until `look` finds something."""
    end = time.monotonic() + PATIENCE_S
    while not look():
        assert time.monotonic() < end, "it did not come"
        select.select([], [], [], 0.02)


class Running:
    """A supervisor as a program of its own, with the children named."""

    def __init__(self, data: Path, *names: str) -> None:
        self.data = data
        code = data / "children.py"
        code.write_text(CHILDREN)
        words = [sys.executable, "-c", MAIN, str(data), str(code), *names]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def pid(self, name: str, other_than: int = 0) -> int:
        found = 0

        def look() -> bool:
            nonlocal found
            path = self.data / f"{name}.pid"
            found = int(path.read_text()) if path.exists() else 0
            return found not in (0, other_than)

        until(look)
        return found

    def stop(self, number: signal.Signals = signal.SIGTERM) -> str:
        self.process.send_signal(number)
        return self.process.communicate(timeout=PATIENCE_S)[0]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    made: list[Running] = []

    def make(*names: str) -> Running:
        made.append(Running(tmp_path, *names))
        return made[-1]

    yield make
    for one in made:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate()
    postgres.remove(tmp_path / "postgres")


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def running_now(it: Running) -> str:
    """What `running.json` says, or an empty note while there is none."""
    path = it.data / "running.json"
    return path.read_text() if path.exists() else "{}"


def test_a_killed_child_is_started_again_with_one_line(running: Callable[..., Running]) -> None:
    it = running("web", "worker")
    before, other = it.pid("worker"), it.pid("web")
    os.kill(before, signal.SIGKILL)
    after = it.pid("worker", other_than=before)
    assert not gone(after)
    assert it.pid("web") == other
    said = it.stop()
    assert [line for line in said.splitlines() if "worker was ended by SIGKILL; starting it again" in line]
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopping_ends_every_child_quietly(running: Callable[..., Running], number: signal.Signals) -> None:
    it = running("web", "worker")
    pids = [it.pid("web"), it.pid("worker")]
    assert it.stop(number) == ""
    assert it.process.returncode == 0
    assert all(gone(pid) for pid in pids)
    assert not (it.data / "running.json").exists()


def test_a_stubborn_child_is_ended_after_its_grace(running: Callable[..., Running]) -> None:
    it = running("stubborn")
    pid = it.pid("stubborn")
    it.stop()
    assert gone(pid)


def test_a_child_that_keeps_dying_is_tried_less_and_less_and_harms_nobody(running: Callable[..., Running]) -> None:
    it = running("broken", "web")
    web = it.pid("web")
    end = time.monotonic() + 1.5
    until(lambda: time.monotonic() > end)
    assert not gone(web)
    said = it.stop().splitlines()
    assert 2 <= len(said) <= 6
    assert all("broken ended with status 3" in line for line in said)


def test_what_a_killed_child_leaves_behind_is_ended(running: Callable[..., Running]) -> None:
    """A server's workers would hold its port, and the new one could not listen."""
    it = running("family")
    parent, left = it.pid("family"), it.pid("grandchild")
    os.kill(parent, signal.SIGKILL)
    it.pid("family", other_than=parent)
    until(lambda: gone(left))


def test_children_end_when_the_supervisor_is_killed(running: Callable[..., Running]) -> None:
    it = running("web", "stubborn", "family")
    pids = [it.pid(name) for name in ("web", "stubborn", "family", "grandchild")]
    until(lambda: all(str(pid) in running_now(it) for pid in pids[:3]))
    it.process.kill()
    it.process.wait()
    until(lambda: all(gone(pid) for pid in pids))


def test_a_killed_cluster_is_started_again_and_stopped_at_the_end(running: Callable[..., Running]) -> None:
    it = running("web", "postgres")

    until(lambda: json.loads(running_now(it)).get("postgres") is not None)
    before = json.loads(running_now(it))["postgres"]
    os.kill(before, signal.SIGKILL)
    until(lambda: json.loads(running_now(it)).get("postgres") not in (None, before))
    after = json.loads(running_now(it))["postgres"]
    assert "PostgreSQL ended; starting it again" in it.stop()
    assert gone(after)


def test_the_cluster_stops_even_when_the_supervisor_is_killed(running: Callable[..., Running]) -> None:
    it = running("postgres")
    until(lambda: json.loads(running_now(it)).get("postgres") is not None)
    pid = json.loads(running_now(it))["postgres"]
    it.process.kill()
    it.process.wait()
    until(lambda: gone(pid))


def test_two_supervisors_never_share_a_folder(tmp_path: Path) -> None:
    with only_one(tmp_path), pytest.raises(AlreadyRunningError, match="HOLDFAST_DATA"), only_one(tmp_path):
        pass
    with only_one(tmp_path):
        pass
