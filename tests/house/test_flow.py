"""The flow is whole: every fact is handled or says why not, and what happens at once has no circle."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import holdfast
from holdfast.entry import sweeps
from holdfast.ledger.record import FactBase
from holdfast.wiring import FLOW, PROMISES

ROOT = Path(holdfast.__file__).parent
LATER_HAS_A_SWEEP = {"judge": "judge_due"}


def facts() -> set[type[FactBase]]:
    found = set()
    for package in pkgutil.iter_modules([str(ROOT)]):
        if (ROOT / package.name / "facts.py").exists():
            module = importlib.import_module(f"holdfast.{package.name}.facts")
            found |= {
                c
                for _, c in inspect.getmembers(module, inspect.isclass)
                if issubclass(c, FactBase) and c is not FactBase
            }
    return found


def test_every_fact_stands_in_the_flow_once() -> None:
    assert sorted(f.fact.__name__ for f in FLOW) == sorted(f.__name__ for f in facts())


def test_every_fact_is_handled_or_says_why_nobody_listens() -> None:
    silent = [line.fact.__name__ for line in FLOW if bool(line.now or line.later) == bool(line.because)]
    assert silent == []


def test_what_is_done_later_has_a_sweep_that_retries_it() -> None:
    names = [handler.__name__ for line in FLOW for handler in line.later]
    assert all(hasattr(sweeps, LATER_HAS_A_SWEEP[name]) for name in names)


def announced(handler: object) -> set[str]:
    """The facts that a handler, and the functions of its own module it calls, may record."""
    module = inspect.getmodule(handler)
    assert module is not None
    seen, ahead, found = set(), [getattr(handler, "__name__", "")], set()
    while ahead:
        name = ahead.pop()
        function = getattr(module, name, None)
        if name in seen or not inspect.isfunction(function):
            continue
        seen.add(name)
        source = inspect.getsource(function)
        found |= {fact.__name__ for fact in facts() if re.search(rf"\b{fact.__name__}\(", source)}
        ahead += re.findall(r"\b(\w+)\(", source)
    return found


def test_what_happens_at_once_has_no_circle() -> None:
    leads = {line.fact.__name__: set().union(*(announced(h) for h in line.now)) if line.now else set() for line in FLOW}

    def walk(fact: str, path: tuple[str, ...]) -> None:
        assert fact not in path, " -> ".join((*path, fact))
        for after in leads.get(fact, ()):
            walk(after, (*path, fact))

    for fact in leads:
        walk(fact, ())


def test_promises_have_a_name_a_reason_and_a_bound() -> None:
    names = [p.name for p in PROMISES]
    assert len(set(names)) == len(names)
    assert all(p.reason.endswith(".") and p.bound.total_seconds() > 0 for p in PROMISES)
