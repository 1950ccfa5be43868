"""Draws the reference pages from the code itself: `holdfast reference` writes them anew.

A house test fails when a page says something else than the code.
"""

from pathlib import Path

from holdfast.crisis.rules import MOVES, State
from holdfast.entry import openapi
from holdfast.entry.access_page import access_page
from holdfast.entry.environment import SETTINGS
from holdfast.wiring import FLOW, PROMISES

DOCS = Path(__file__).resolve().parents[2] / "docs" / "reference"


def settings_page() -> str:
    lines = [
        "# Settings",
        "",
        "Every process reads these from its environment. `holdfast check` says what is unsafe and how to mend it.",
        "",
        "| name | default | meaning |",
        "|---|---|---|",
        *(f"| `{s.name}` | {f'`{s.default}`' if s.default else ''} | {s.meaning} |" for s in SETTINGS),
    ]
    return "\n".join(lines) + "\n"


def promises_page() -> str:
    lines = [
        "# Promises",
        "",
        "Each is one bounded query for whoever breaks it now. The same list serves tests, fault runs,",
        "`holdfast promises` and the watch. The number is that of the product's ten promises.",
        "",
        "| name | promise | why | a violation may stand |",
        "|---|---|---|---|",
        *(f"| `{p.name}` | {p.number} | {p.reason} | {p.bound.total_seconds():g} s |" for p in PROMISES),
    ]
    return "\n".join(lines) + "\n"


def states_page() -> str:
    lines = [
        "# States and moves of a crisis",
        "",
        "Drawn from `holdfast/crisis/rules.py`. What is not here is refused.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        f"    [*] --> {State.RAISED}",
        *(f"    {before} --> {after}: {move.replace('_', ' ')}" for (before, move), after in MOVES.items()),
        f"    {State.CLOSED} --> [*]",
        "```",
    ]
    return "\n".join(lines) + "\n"


def facts_page() -> str:
    lines = [
        "# Facts and what follows",
        "",
        "Drawn from `holdfast/wiring.py`. *At once* is the same transaction; *afterwards* is retried until done.",
        "",
        "| fact | at once | afterwards | nobody listens, because |",
        "|---|---|---|---|",
    ]
    for line in sorted(FLOW, key=lambda each: each.fact.__name__):
        now, later = (", ".join(f"`{_name(h)}`" for h in handlers) for handlers in (line.now, line.later))
        lines.append(f"| `{line.fact.__name__}` | {now} | {later} | {line.because} |")
    return "\n".join(lines) + "\n"


def _name(handler: object) -> str:
    module = getattr(handler, "__module__", "").split(".")
    return f"{module[1]}.{getattr(handler, '__name__', '')}"


PAGES = {
    "settings.md": settings_page,
    "promises.md": promises_page,
    "states.md": states_page,
    "facts.md": facts_page,
    "access.md": access_page,
    "openapi.json": openapi.page,
}


def write() -> None:
    for name, page in PAGES.items():
        (DOCS / name).write_text(page())
