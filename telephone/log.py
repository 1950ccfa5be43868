"""What arrived at the handsets, in order, and the append-only file that fault tests read."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any


def wall_clock() -> str:
    """The wall time in UTC with microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


@dataclass(slots=True)
class Entry:
    """One text, call, push or mail, as the outside world saw it."""

    order: int
    id: str
    channel: str
    to: str
    sender: str
    text: str
    at: str
    mono: float
    state: str
    answered: str | None = None
    reached_at: str | None = None
    collided: bool = False
    token: str | None = None
    states: list[str] = field(default_factory=list)

    def shown(self) -> dict[str, Any]:
        """As listed by ``GET /company/log``."""
        return {
            "order": self.order,
            "id": self.id,
            "channel": self.channel,
            "to": self.to,
            "from": self.sender,
            "text": self.text,
            "at": self.at,
            "mono": self.mono,
            "reached_at": self.reached_at,
            "state": self.state,
            "states": self.states,
            "answered": self.answered,
            "collided": self.collided,
            "token": self.token,
        }


class Log:
    """Every entry since the last wipe; waiting for more needs no sleep in the caller."""

    def __init__(self, path: Path | None = None) -> None:
        self.entries: list[Entry] = []
        self.by_id: dict[str, Entry] = {}
        self._order = 0
        self._changed: asyncio.Event | None = None
        self._file: IO[str] | None = path.open("a", buffering=1, encoding="utf-8") if path else None

    def add(
        self,
        *,
        sid: str,
        channel: str,
        to: str,
        sender: str,
        text: str,
        state: str,
        token: str | None = None,
    ) -> Entry:
        """Write down something that arrived at the company."""
        self._order += 1
        entry = Entry(
            order=self._order,
            id=sid,
            channel=channel,
            to=to,
            sender=sender,
            text=text,
            at=wall_clock(),
            mono=time.monotonic(),
            state=state,
            token=token,
            states=[state],
        )
        self.entries.append(entry)
        self.by_id[sid] = entry
        self.event("received", entry)
        self._wake()
        return entry

    def move(self, entry: Entry, state: str) -> None:
        """The entry is in another state now."""
        entry.state = state
        entry.states.append(state)
        if state in ("delivered", "in-progress"):
            entry.reached_at = wall_clock()
        self.event("state", entry)
        self._wake()

    def changed(self) -> None:
        """Something else about an entry changed (text spoken, answered)."""
        self._wake()

    def event(self, what: str, entry: Entry, **more: object) -> None:
        """One line in the append-only file, if there is one."""
        if self._file is None:
            return
        line = {
            "event": what,
            "mono": time.monotonic(),
            "wall": wall_clock(),
            "order": entry.order,
            "id": entry.id,
            "channel": entry.channel,
            "to": entry.to,
            "state": entry.state,
            "token": entry.token,
        }
        if what == "received":
            line["text"] = entry.text
        line.update(more)
        self._file.write(json.dumps(line, separators=(",", ":")) + "\n")

    def wipe(self) -> None:
        """Forget every entry; the order goes on counting and the file stays."""
        self.entries.clear()
        self.by_id.clear()
        self._wake()

    def after(self, order: int, channel: str | None, to: str | None) -> list[Entry]:
        """Entries later than this place in the order."""
        return [
            entry
            for entry in self.entries
            if entry.order > order and (channel is None or entry.channel == channel) and (to is None or entry.to == to)
        ]

    async def next_change(self, seconds: float) -> bool:
        """Wait until anything changes, at most so long."""
        if self._changed is None or self._changed.is_set():
            self._changed = asyncio.Event()
        try:
            await asyncio.wait_for(self._changed.wait(), seconds)
        except TimeoutError:
            return False
        return True

    def _wake(self) -> None:
        if self._changed is not None:
            self._changed.set()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
