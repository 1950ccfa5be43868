"""Keeps the demo's programs running: starts them, starts a died one again, stops them all together.

Each child has a process group of its own and a log in the `logs` folder. A child that dies is
started again at once; one that keeps dying is tried less and less often, never given up. The embedded
cluster is looked after in the same way, on the same port. Should the supervisor itself be killed, the
system ends its children (on Linux), and a small watcher ends what is left of their groups and stops the
cluster.

For the demo and for trials. In production systemd or a container platform does this (see deploy/).
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final

from holdfast.entry import postgres

STEADY_S: Final = 5.0  # a child that lived this long starts its count of deaths anew
FIRST_WAIT_S: Final = 0.25
LONGEST_WAIT_S: Final = 5.0
LOOK_S: Final = 0.25  # how often the cluster and readiness are looked at
LOG_LIMIT: Final = 20_000_000
_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class AlreadyRunningError(RuntimeError):
    """Another supervisor holds this folder; the text is one sentence for a person."""


@dataclass(frozen=True)
class ChildSpec:
    """One program to keep running. `env` is added to the supervisor's own."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    grace_s: float = 8.0  # between asking it to end and ending it


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Holds the folder, so that two demos never run on the same data."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "supervisor.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunningError(
                f"Holdfast already runs on {data}: stop it first, or choose another folder with HOLDFAST_DATA."
            ) from None
        yield


def wait_ready(url: str, patience_s: float = 60.0) -> bool:
    """Waits until `url` answers 200; False if it does not in time."""
    pause, until = threading.Event(), time.monotonic() + patience_s
    while not is_ready(url):
        if time.monotonic() >= until:
            return False
        pause.wait(0.1)
    return True


def is_ready(url: str) -> bool:
    """True if `url` answers 200 now."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address, on this machine
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError, ValueError):
        return False


class _Child:
    def __init__(self, spec: ChildSpec, logs: Path) -> None:
        self.spec = spec
        self.log = logs / f"{spec.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.start_at = 0.0
        self.deaths = 0

    def start(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        parent = os.getpid()

        def tie_to_parent() -> None:
            # The system tells the child when we die, even by kill -9; the check closes the gap before.
            if _LIBC is not None:
                _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
                if os.getppid() != parent:
                    os._exit(1)

        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                list(self.spec.command),
                env={**os.environ, **self.spec.env},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                process_group=0,
                preexec_fn=tie_to_parent if _LIBC is not None else None,  # noqa: PLW1509 - we have one thread
            )
        self.started = time.monotonic()

    def ended(self) -> int | None:
        return self.process.poll() if self.process is not None else None

    def signal_group(self, number: signal.Signals) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    def plan_next_start(self) -> None:
        """At once after a steady life; then after a quarter of a second, a half, up to five."""
        now = time.monotonic()
        self.deaths = 1 if now - self.started >= STEADY_S else self.deaths + 1
        wait = 0.0 if self.deaths == 1 else min(FIRST_WAIT_S * 2 ** (self.deaths - 2), LONGEST_WAIT_S)
        self.start_at = now + wait
        self.process = None


def _why(status: int) -> str:
    if status < 0:
        with suppress(ValueError):
            return f"was ended by {signal.Signals(-status).name}"
    return f"ended with status {status}"


@dataclass
class Supervisor:
    """Keeps `specs` running until Ctrl-C, SIGTERM or `stop()`.

    `cluster`: the embedded cluster to look after, already started; it is stopped at the end.
    `ready_url` and `on_ready`: once the address answers 200, `on_ready` is called, one time.
    `running.json` in `data` names the process ids of the moment, for whoever wants to look.
    """

    specs: Sequence[ChildSpec]
    data: Path
    cluster: postgres.Cluster | None = None
    ready_url: str | None = None
    on_ready: Callable[[], None] | None = None
    say: Callable[[str], None] = lambda line: print(line, flush=True)
    _stopping: int = 0

    def run(self) -> int:
        """Runs until told to stop. Returns an exit status."""
        logs = self.data / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        self._children = [_Child(spec, logs) for spec in self.specs]
        self._watcher = _start_watcher(self.cluster)
        with self._signals() as woken:
            try:
                self._write_running()
                while not self._stopping:
                    self._look()
                    select.select([woken], [], [], self._pause())
                    _drain(woken)
            finally:
                self._stop_all(woken)
                if self.cluster is not None:
                    self.cluster.stop()
                self._watcher.communicate(timeout=30)
                (self.data / "running.json").unlink(missing_ok=True)
        return 0

    def stop(self) -> None:
        """Asks `run` to end; asked twice, it does not wait for the slow."""
        self._stopping += 1

    # ------------------------------------------------------------ one look around

    def _look(self) -> None:
        changed = self._mend_cluster()
        for child in self._children:
            status = child.ended()
            if status is not None:
                # What it left behind would hold its ports and locks.
                child.signal_group(signal.SIGKILL)
                self._tell_watcher("-", child)
                child.plan_next_start()
                self.say(f"{child.spec.name} {_why(status)}; starting it again. Its log: {child.log}")
            if child.process is None and time.monotonic() >= child.start_at:
                changed = True
                try:
                    child.start()
                    self._tell_watcher("+", child)
                except OSError as trouble:
                    child.plan_next_start()
                    self.say(f"{child.spec.name} does not start: {trouble.strerror}")
        if changed:
            self._write_running()
        if self.ready_url is not None and self.on_ready is not None and is_ready(self.ready_url):
            tell, self.on_ready = self.on_ready, None
            tell()

    def _mend_cluster(self) -> bool:
        if self.cluster is None or self.cluster.pid is not None:
            return False
        self.say("PostgreSQL ended; starting it again")
        try:
            self.cluster = postgres.start(self.cluster.data, port=self.cluster.port)
        except postgres.PostgresTrouble as trouble:
            self.say(str(trouble))
        return True

    def _pause(self) -> float:
        return min([LOOK_S, *(max(0.0, c.start_at - time.monotonic()) for c in self._children if c.process is None)])

    def _tell_watcher(self, sign: str, child: _Child) -> None:
        if self._watcher.stdin is not None and child.process is not None:
            with suppress(OSError):
                self._watcher.stdin.write(f"{sign}{child.process.pid}\n".encode())
                self._watcher.stdin.flush()

    def _write_running(self) -> None:
        pids = {c.spec.name: c.process.pid for c in self._children if c.process is not None}
        if self.cluster is not None and self.cluster.pid is not None:
            pids["postgres"] = self.cluster.pid
        draft = self.data / "running.json.new"
        draft.write_text(json.dumps(pids) + "\n")
        draft.replace(self.data / "running.json")

    # ------------------------------------------------------------ the end

    def _stop_all(self, woken: int) -> None:
        """All are asked together, the last started first; whoever outstays its grace is ended."""
        asked = time.monotonic()
        alive = [child for child in reversed(self._children) if child.process is not None]
        for child in alive:
            child.signal_group(signal.SIGTERM)
        while alive:
            hurry = self._stopping > 1
            for child in list(alive):
                if child.ended() is not None:
                    alive.remove(child)
                    child.signal_group(signal.SIGKILL)
                    self._tell_watcher("-", child)
                elif hurry or time.monotonic() - asked >= child.spec.grace_s:
                    child.signal_group(signal.SIGKILL)
            if alive:
                select.select([woken], [], [], 0.05)
                _drain(woken)

    @contextmanager
    def _signals(self) -> Iterator[int]:
        """Ctrl-C, SIGTERM and a closed terminal stop us; they and a dying child end a wait at once."""
        mine = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)
        out, into = os.pipe()
        for end in (out, into):
            os.set_blocking(end, False)

        def heard(number: int, _: FrameType | None) -> None:
            if number != signal.SIGCHLD:
                self.stop()

        before = {number: signal.signal(number, heard) for number in mine}
        waker = signal.set_wakeup_fd(into, warn_on_full_buffer=False)
        try:
            yield out
        finally:
            signal.set_wakeup_fd(waker)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(out)
            os.close(into)


def _drain(pipe: int) -> None:
    with suppress(BlockingIOError):
        while os.read(pipe, 512):
            pass


def _start_watcher(cluster: postgres.Cluster | None) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "holdfast.entry.supervise", *([str(cluster.data)] if cluster else [])]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True)


def _watch(data: str | None) -> None:
    """Hears which groups run; when the supervisor is gone, ends those it left and stops the cluster."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    if data is not None:
        postgres.stop(data)


if __name__ == "__main__":
    _watch(sys.argv[1] if len(sys.argv) > 1 else None)
