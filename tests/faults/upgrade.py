"""An upgrade under load, and a restore rehearsed meanwhile: the previous release runs, answers keep coming, the tables
change under it, program after program becomes the new one. What was received must be there at the end.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import httpx

from holdfast.entry import archive
from tests.stack import ROOT, Stack, own_folder, stack_in

# Where the release before this one ends. Whoever makes a release writes its commit here.
PREVIOUS: Final = "6e0202e"
EVERY_S: Final = 0.25
WORRYING_EVERY: Final = 8
PATIENCE_S: Final = 90.0
CALM: Final = {f"item-{item}": value for item, value in zip("123456789", "110111010", strict=True)}
WORRYING: Final = {"item-6": "2"}


@dataclass
class Outcome:
    """How it went. `lost` names answers that were received and are not there."""

    previous: str
    migrations: int = 0
    received: int = 0
    tried_again: int = 0
    worrying: int = 0
    lost: list[str] = field(default_factory=list)
    unjudged: int = 0
    without_crisis: int = 0
    promises_broken: list[str] = field(default_factory=list)
    rehearsal: str = ""

    @property
    def well(self) -> bool:
        return not (self.lost or self.unjudged or self.without_crisis or self.promises_broken) and bool(self.rehearsal)


@dataclass
class Posting:
    """Forms that are answered one after the other; what does not get through is sent again, as a phone does."""

    stack: Stack
    forms: list[dict[str, Any]]
    received: list[dict[str, Any]] = field(default_factory=list)
    tried_again: int = 0
    trouble: list[str] = field(default_factory=list)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        stop = threading.Event()
        thread = threading.Thread(target=self._post, args=(stop,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(timeout=PATIENCE_S)
        assert not self.trouble, self.trouble

    def _post(self, stop: threading.Event) -> None:
        with httpx.Client(timeout=20) as phone:
            for form in self.forms:
                if stop.wait(EVERY_S):
                    return
                if not self._until_received(phone, form):
                    return

    def _until_received(self, phone: httpx.Client, form: dict[str, Any]) -> bool:
        over = time.monotonic() + PATIENCE_S
        said = "nothing"
        while time.monotonic() < over:
            try:
                answer = phone.post(f"http://127.0.0.1:{self.stack.web_port}{form['address']}", data=form["answers"])
                if answer.status_code == 302:
                    self.received.append(form)
                    return True
                said = f"{answer.status_code} {answer.text[:200]}"
            except httpx.HTTPError as error:
                said = type(error).__name__
            self.tried_again += 1
            time.sleep(EVERY_S)  # noqa: TID251 - as a phone waits before it sends again
        self.trouble.append(f"an answer was not received within {PATIENCE_S:g} s: {said}")
        return False


def run(most: int = 300, say: Callable[[str], None] = print) -> Outcome:
    """The whole course, in a stack of its own."""
    folder = own_folder()
    code, previous = _previous(folder)
    with stack_in(folder, parts=("web", "worker", "watchdog"), workers=2, code=code) as stack:
        found = Outcome(previous)
        stack.fresh(on_shift=True)
        posting = Posting(stack, _forms(stack, most))
        before = stack.one("select count(*) from django_migrations")
        with posting.going_on():
            stack.until(lambda: len(posting.received) >= 10, "answers come in", PATIENCE_S)
            stack.code = ROOT
            stack.migrate()
            say(f"  migrated under load, {len(posting.received)} answers so far")
            for name in sorted(stack.programs, reverse=True):  # both workers, the web, the watch
                _renew(stack, name)
            stack.migrate()
            found.rehearsal = _rehearse(stack)
            say(f"  {found.rehearsal}")
            done = len(posting.received)
            stack.until(
                lambda: len(posting.received) >= min(done + 10, most), "the new release takes answers", PATIENCE_S
            )
        found.migrations = stack.one("select count(*) from django_migrations") - before
        _look(stack, posting, found)
    return found


def _previous(folder: Path) -> tuple[Path, str]:
    """The previous release beside this one; where git does not know it (a shallow clone), this one stands for it."""
    words = ["git", "archive", PREVIOUS, "holdfast", "telephone", "clinical", "tests", "pyproject.toml"]
    said = subprocess.run(words, cwd=ROOT, capture_output=True, check=False)
    if said.returncode:
        return ROOT, "this release: its history is not here"
    place = folder / "previous"
    place.mkdir(parents=True)
    with tarfile.open(fileobj=BytesIO(said.stdout)) as tar:
        tar.extractall(place, filter="data")
    return place, PREVIOUS


def _forms(stack: Stack, most: int) -> list[dict[str, Any]]:
    clients: list[int] = stack.act("tests.acts:enrol", count=most)
    worrying = clients[::WORRYING_EVERY]
    calm = [client for client in clients if client not in set(worrying)]
    made = {}
    for some, instrument, answers in ((calm, "phq-9", CALM), (worrying, "check-in", WORRYING)):
        given = stack.act("tests.acts:forms", clients=some, instrument=instrument)
        for form, client in zip(given, some, strict=True):
            made[client] = {**form, "client": client, "answers": answers}
    return [made[client] for client in clients]


def _renew(stack: Stack, name: str) -> None:
    """As systemd restarts a program: asked to end, ended, started from the new release."""
    program = stack.programs[name]
    program.ask_to_end()
    program.ended(patience_s=35)
    program.code = ROOT
    program.start()
    stack.ready(PATIENCE_S)


def _rehearse(stack: Stack) -> str:
    folder = stack.folder / "backups"
    folder.mkdir()
    env = stack.env | {"HOLDFAST_BACKUP_RECIPIENT": archive.make_key(folder / "key")}
    _holdfast(env, "backup", str(folder))
    path = next(folder.glob("*.age"))
    return _holdfast(env, "restore", str(path), "--key", str(folder / "key"), "--verify")


def _holdfast(env: dict[str, str], *words: str) -> str:
    """One command of this release; the last line that it says."""
    command = [sys.executable, "-m", "holdfast.entry.cli", *words]
    said = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=300)
    assert said.returncode == 0, said.stderr[-2000:]
    return said.stdout.strip().splitlines()[-1]


def _look(stack: Stack, posting: Posting, found: Outcome) -> None:
    """Once all is quiet: is everything there that was received?"""
    stack.until(
        lambda: not stack.one("select count(*) from assessment_answer where judged_at is null"),
        "everything is judged",
        PATIENCE_S,
    )
    found.received, found.tried_again = len(posting.received), posting.tried_again
    kept = {
        row["uid"]: row["n"]
        for row in stack.rows(
            "select r.uid::text, count(a.id) as n from assessment_response r"
            " left join assessment_answer a on a.response_id = r.id group by 1"
        )
    }
    found.lost = [form["response"] for form in posting.received if kept.get(form["response"], 0) < len(form["answers"])]
    found.unjudged = stack.one("select count(*) from assessment_answer where judged_at is null")
    worried = [form["client"] for form in posting.received if form["answers"] is WORRYING]
    found.worrying = len(worried)
    sought = {row["client_id"] for row in stack.rows("select client_id from crisis_episode")}
    found.without_crisis = len(set(worried) - sought)
    stack.until(lambda: all(p["holds"] is True for p in stack.promises() if _matters(p)), "promises hold", PATIENCE_S)
    found.promises_broken = [p["name"] for p in stack.promises() if _matters(p) and not p["holds"]]


def _matters(promise: dict[str, Any]) -> bool:
    """Nobody here tries to reach anybody: clocks of people run out, which is no fault of the upgrade."""
    return promise["promise"] in (1, 2, 3)


def main() -> int:
    """`python -m tests.faults.upgrade`: one upgrade under load; its outcome as JSON on the last line."""
    found = run(say=lambda line: print(line, file=sys.stderr, flush=True))
    print(json.dumps(asdict(found) | {"well": found.well}))
    return 0 if found.well else 1


if __name__ == "__main__":
    sys.exit(main())
