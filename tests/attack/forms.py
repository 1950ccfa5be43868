"""Reads the forms of a page as a browser would, so that each can be sent with whatever somebody might type."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

WEB: Final = Path(__file__).resolve().parents[2] / "holdfast" / "web"
TYPED: Final = frozenset(
    {"", "text", "search", "tel", "email", "url", "number", "date", "time", "datetime-local", "password"}
)


@dataclass
class Form:
    action: str
    method: str
    given: dict[str, str] = field(default_factory=dict)  # what the page itself put there
    typed: list[str] = field(default_factory=list)  # what a person writes
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def sent(self, text: str) -> list[dict[str, str]]:
        """What leaves for each button, with this text in every field that is written into."""
        body = {**self.given, **dict.fromkeys(self.typed, text)}
        return [{**body, name: value} for name, value in self.buttons] or [body]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.open: Form | None = None
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        name, value, kind = has.get("name", ""), has.get("value", ""), has.get("type", "")
        if tag == "form":
            self.open = Form(has.get("action", ""), has.get("method", "get").lower())
            self.forms.append(self.open)
        elif self.open is None:
            return
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and value:
            self.open.given.setdefault(self.select, value)
        elif tag == "textarea" or (tag == "input" and kind in TYPED and name):
            self.open.typed.append(name)
        elif tag == "input" and kind in ("radio", "checkbox"):
            self.open.given.setdefault(name, value or "on")
        elif tag == "input" and name:
            self.open.given[name] = value
        elif tag == "button" and name:
            self.open.buttons.append((name, value))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        if tag == "select":
            self.select = ""


def forms_of(page: str) -> list[Form]:
    """Every form that is posted."""
    reader = _Reader()
    reader.feed(page)
    return [form for form in reader.forms if form.method == "post"]


def asked_in_addresses() -> list[str]:
    """Every name that any view reads from an address, found in the source."""
    found: set[str] = set()
    for path in WEB.rglob("*.py"):
        found |= set(re.findall(r"""(?:GET|query)(?:\.get\(|\[)["'](\w+)["']""", path.read_text()))
    return sorted(found | {"next"})


def words_of(answer: Any) -> str:
    body = answer.getvalue() if getattr(answer, "streaming", False) else answer.content
    return str(body.decode(errors="replace"))
