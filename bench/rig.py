"""What the measurements share: the whole of Holdfast, the baselines beside it, stopwatches and medians."""

from __future__ import annotations

import concurrent.futures
import math
import os
import queue
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from holdfast.entry import postgres
from tests.stack import ACCOUNT, TOKEN, Program, Stack, own_folder, stack_in, until

ROUNDS = 5


@dataclass
class Row:
    """One claim beside its baseline. `bar` is in words; `holds` says whether it is met."""

    claim: str
    value: float
    unit: str
    baseline: str
    baseline_value: float | None
    ratio: float | None
    bar: str
    holds: bool
    goal: bool = False  # reported beside the bars, not a promise

    def shown(self) -> dict[str, Any]:
        names = ("claim", "value", "unit", "baseline", "baseline_value", "ratio", "bar", "holds")
        return {name: _round(getattr(self, name)) for name in names}


def _round(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value


def median(numbers: Sequence[float]) -> float:
    return statistics.median(numbers)


def percentile(numbers: Sequence[float], part: float) -> float:
    """The nearest-rank percentile: a number that was measured."""
    ranked = sorted(numbers)
    return ranked[max(0, math.ceil(part * len(ranked)) - 1)]


def cpu_of(pid: int) -> float:
    """Seconds of processor that this process and its children have used."""
    main = psutil.Process(pid)
    total = 0.0
    for process in [main, *main.children(recursive=True)]:
        used = process.cpu_times()
        total += used.user + used.system
    return total


@dataclass
class Rig:
    """A stack, and the baselines on the same database."""

    stack: Stack
    quick: bool
    rounds: int
    made: int = 0
    extra: list[Program] = field(default_factory=list)

    def fresh(self) -> None:
        """An empty database, Cal and Priya on duty, nothing under way."""
        self.cast = self.stack.fresh(on_shift=True)
        self.made = 0

    def forms(self, count: int, instrument: str) -> list[dict[str, Any]]:
        """Forms of so many new clients."""
        made: list[dict[str, Any]] = []
        while len(made) < count:
            some = min(200, count - len(made))
            clients = self.stack.act("tests.acts:enrol", count=some, first=self.made)
            self.made += some
            given = self.stack.act("tests.acts:forms", clients=clients, instrument=instrument)
            made += [{**form, "client": client} for form, client in zip(given, clients, strict=True)]
        return made

    @property
    def web(self) -> str:
        """The pages themselves, without the demo's front: production has a quicker one."""
        return f"http://127.0.0.1:{self.stack.web_port}"

    def close_all(self) -> None:
        """Every open crisis is taken, reached, settled and closed, so that the next begins with calm."""
        self.stack.act("bench.acts:close_all")
        self.stack.until(self.is_idle, "nothing is under way", 60)

    def is_idle(self) -> bool:
        busy = self.stack.one(
            "select (select count(*) from assessment_answer where judged_at is null)"
            " + (select count(*) from notify_attempt where state in ('queued', 'failed_for_now') and due_at is not null"
            "    and channel <> 'voice')"
        )
        return not busy

    @contextmanager
    def bare(self) -> Iterator[tuple[str, Program]]:
        """The bare Django project under the same gunicorn."""
        port = postgres.free_port()
        words = [
            *(sys.executable, "-m", "gunicorn", "bench.bare:application", "--bind", f"127.0.0.1:{port}"),
            *("--worker-class", "gthread", "--workers", "1", "--threads", "8", "--timeout", "30", "--keep-alive", "5"),
            *("--no-control-socket",),
        ]
        with self._beside("bare", words) as program:
            url = f"http://127.0.0.1:{port}"
            until(lambda: httpx.get(url).status_code == 404, "the bare project answers")
            yield url, program

    @contextmanager
    def fhir(self) -> Iterator[tuple[str, Program]]:
        """FastAPI with fhir.resources, under uvicorn."""
        port = postgres.free_port()
        words = [sys.executable, "-m", "uvicorn", "bench.fhir_app:app", "--port", str(port), "--log-level", "warning"]
        with self._beside("fhir", words) as program:
            url = f"http://127.0.0.1:{port}"
            until(lambda: httpx.get(url).status_code == 404, "the FastAPI program answers")
            yield url, program

    @contextmanager
    def _beside(self, name: str, words: Sequence[str]) -> Iterator[Program]:
        env = self.stack.env | {
            "BARE_DATABASE_URL": self.stack.superuser_url,
            "BARE_TELEPHONE_URL": self.stack.telephone_url,
            "BARE_ACCOUNT": ACCOUNT,
            "BARE_TOKEN": TOKEN,
        }
        program = Program(name, words, env, self.stack.logs / f"{name}.log")
        program.start()
        try:
            yield program
        finally:
            program.kill()

    def post_all(self, posts: Sequence[tuple[str, dict[str, Any]]], clients: int = 4, want: int = 302) -> list[float]:
        """Post all of these over kept connections; when each began. Complains about any other status."""
        waiting: queue.SimpleQueue[tuple[str, dict[str, Any]]] = queue.SimpleQueue()
        for post in posts:
            waiting.put(post)
        began: list[float] = []

        def work() -> None:
            with httpx.Client(timeout=30) as phone:
                while True:
                    try:
                        url, body = waiting.get_nowait()
                    except queue.Empty:
                        return
                    began.append(time.monotonic())
                    said = phone.post(url, **body)
                    assert said.status_code == want, f"{url}: {said.status_code} {said.text[:200]}"

        with concurrent.futures.ThreadPoolExecutor(clients) as crowd:
            for done in [crowd.submit(work) for _ in range(clients)]:
                done.result()
        return began


@contextmanager
def rig(*, quick: bool, **how: Any) -> Iterator[Rig]:
    """A rig of its own for one claim or a few."""
    with stack_in(own_folder(), **how) as stack:
        made = Rig(stack, quick, 1 if quick else ROUNDS)
        made.fresh()
        yield made


def machine() -> str:
    """The machine in words."""
    name = (
        next(
            (
                line.split(":", 1)[1].strip()
                for line in Path("/proc/cpuinfo").read_text().splitlines()
                if "model name" in line
            ),
            "a processor",
        )
        if Path("/proc/cpuinfo").exists()
        else "a processor"
    )
    memory = psutil.virtual_memory().total / 2**30
    load = os.getloadavg()[0]
    return f"{psutil.cpu_count()} cores of {name}, {memory:.0f} GB of memory, Python {sys.version.split()[0]}, load {load:.1f} at the start"


def every(seconds: float, times: int, deed: Callable[[int], None]) -> threading.Thread:
    """Do something at a steady pace, in a thread of its own; a late one is not made up for."""

    def run() -> None:
        begin = time.monotonic()
        for number in range(times):
            left = begin + number * seconds - time.monotonic()
            if left > 0:
                threading.Event().wait(left)
            deed(number)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread
