"""Log lines: structured facts with ids only. No request bodies, no exception texts, nothing a client wrote.

Our own sentences are fixed in the source and what they are about stands beside them, by name. What a library says
may hold a number, an address or a person's words: of that only the fixed part is kept, never what was filled in.
"""

import json
import logging
import traceback
from functools import cache
from typing import Any, Final

from gunicorn.glogging import Logger as GunicornLogger

from holdfast.entry.environment import secrets

# What a line may say beside its sentence; each is an id, a count, or a word from a fixed list.
KEPT: Final = frozenset(
    [
        "channel",
        "client",
        "contact",
        "count",
        "error",
        "field",
        "handler",
        "id",
        "kind",
        "program",
        "promise",
        "protocol",
        "response",
        "row",
        "status_code",
        "sweep",
        "table",
        "view",
        "violators",
    ]
)
_PLAIN: Final = (str, int, float, bool, type(None))
LONGEST: Final = 120
HIDDEN: Final = "(a secret)"
OURS: Final = "holdfast"


class Line(logging.Formatter):
    """One JSON object a line. An exception gives its type and place, never its words."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": self.formatTime(record),
            "level": record.levelname,
            "from": record.name,
            "what": _sentence(record),
        }
        line |= {
            key: _short(value) for key, value in record.__dict__.items() if key in KEPT and isinstance(value, _PLAIN)
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])[-6:]
            line["where"] = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
        return without_secrets(json.dumps(line))


def without_secrets(text: str) -> str:
    """A line never holds a value that is set as a secret, whoever put it there."""
    for secret in _secrets():
        text = text.replace(secret, HIDDEN)
    return text


@cache
def _secrets() -> tuple[str, ...]:
    return tuple(sorted(secrets(), key=len, reverse=True))


def _sentence(record: logging.LogRecord) -> str:
    """The fixed part. A library's sentence without a gap may have been filled in before it came here."""
    words = record.msg if isinstance(record.msg, str) else "error"
    ours = record.name == OURS or record.name.startswith(f"{OURS}.")
    return words if ours or record.args else f"({record.module}:{record.lineno})"


def _short(value: Any) -> Any:
    return value[:LONGEST] if isinstance(value, str) else value


class Gunicorn(GunicornLogger):  # type: ignore[misc]  # it publishes no types
    """gunicorn's own lines in the same form: it would write the address of a request that failed, and the error's text."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(Line())
