"""Runs the checks in their order, each as a program of its own, and says at the end how each went.

    python -m tests.everything          all: what `make test` and .ci/run do
    python -m tests.everything quick    rules and house: no database
    python -m tests.everything lint     style, types, import direction, templates, known weaknesses of what we depend on

One failing step does not hide the next; the exit status is 0 only if all went well.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Step:
    """One program to run. The last line it says is repeated at the end."""

    name: str
    words: Sequence[str]
    env: dict[str, str] = field(default_factory=dict)


def tool(name: str, *words: str) -> list[str]:
    """A program of .venv."""
    return [str(BIN / name), *words]


def pytest(*words: str) -> list[str]:
    """pytest, quiet, with its closing lines."""
    return [sys.executable, "-m", "pytest", "-q", *words]


def there(*places: str) -> list[str]:
    """Those folders of tests that are there."""
    return [place for place in places if (ROOT / place).exists()]


def rules_tests() -> list[str]:
    """Tests of pure decisions, by their name."""
    found = [path for name in ("rules", "scor", "vectors") for path in ROOT.glob(f"holdfast/**/tests/test_*{name}*.py")]
    return sorted({str(path.relative_to(ROOT)) for path in found})


def templates() -> list[str]:
    """Every template of ours."""
    return sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("holdfast/web/**/templates/**/*.html"))


def light() -> list[Step]:
    """The checks that take seconds."""
    return [
        Step("style", tool("ruff", "check", "--quiet", "holdfast", "telephone", "tests")),
        Step("direction", tool("lint-imports", "--no-logo")),
    ]


def lint() -> list[Step]:
    """All checks of text."""
    python = ["holdfast", "telephone", "tests", *there("bench")]
    return [
        Step("style", tool("ruff", "check", *python)),
        Step("format", tool("ruff", "format", "--check", "--quiet", *python)),
        Step("types", tool("mypy")),
        Step("direction", tool("lint-imports", "--no-logo")),
        Step("templates", tool("djade", "--check", "--target-version", "5.2", *templates())),
        Step("audit", [sys.executable, "-m", "tests.audit"]),
    ]


def quick() -> list[Step]:
    """Rules and house."""
    return [Step("rules and house", pytest(*rules_tests(), *there("tests/house")))]


def everything() -> list[Step]:
    """What must hold before anything is handed on."""
    steps = light()
    steps.append(Step("units", pytest("-n", "auto", "holdfast", "telephone", *there("tests/house"))))
    whole = there("tests/flows", "tests/attack")
    if whole:
        steps.append(Step("flows", pytest("-n", "auto", "--dist", "loadfile", *whole)))
    if there("tests/faults"):
        steps.append(Step("faults, a short run", pytest(*there("tests/faults"))))
    return steps


def browser() -> list[Step]:
    """In a process of its own: Playwright's event loop and Django's ORM do not share one."""
    if not there("tests/browser"):
        return []
    found = subprocess.run([str(ROOT / ".ci" / "chromium")], stdout=subprocess.PIPE, text=True, check=False)
    if found.returncode:
        return [
            Step("browser", ["sh", "-c", "echo Chromium could not be had, so the browser tests did not run.; exit 1"])
        ]
    env = {"HOLDFAST_CHROMIUM": found.stdout.strip(), "DJANGO_ALLOW_ASYNC_UNSAFE": "1"}
    return [Step("browser", pytest(*there("tests/browser")), env)]


def run(step: Step) -> tuple[bool, str, float]:
    """Runs one step, passing on what it says as it says it. Whether it went well, its last line, seconds."""
    print(f"\n== {step.name}", flush=True)
    began, last = time.monotonic(), ""
    with subprocess.Popen(
        list(step.words),
        cwd=ROOT,
        env=os.environ | step.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as program:
        for line in program.stdout or ():
            print(line, end="", flush=True)
            last = line.strip() or last
    return program.returncode == 0, last.strip("= "), time.monotonic() - began


def main(which: str = "all") -> int:
    """Runs the steps asked for."""
    plans = {"all": everything, "quick": quick, "lint": lint}
    if which not in plans:
        sys.exit(f"usage: python -m tests.everything [{'|'.join(plans)}]")
    steps = [*plans[which](), *(browser() if which == "all" else [])]
    outcomes = [(step, *run(step)) for step in steps]
    print("\n== in short")
    for step, well, last, seconds in outcomes:
        print(f"{'ok  ' if well else 'FAIL'} {step.name:<20} {seconds:6.1f} s  {last}")
    return 0 if all(well for _, well, _, _ in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
