"""Log lines: structured facts with ids only. No request bodies, no exception texts, nothing a client wrote."""

import json
import logging
import traceback
from typing import Any

_USUAL = set(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {"message", "asctime", "taskName"}
_KEPT = (str, int, float, bool, type(None))


class Line(logging.Formatter):
    """One JSON object a line. An exception gives its type and place, never its words."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": self.formatTime(record),
            "level": record.levelname,
            "from": record.name,
            "what": record.getMessage(),
        }
        line |= {k: v for k, v in record.__dict__.items() if k not in _USUAL and isinstance(v, _KEPT)}
        if record.exc_info and record.exc_info[0]:
            line["what"] = record.msg if isinstance(record.msg, str) and "%" not in record.msg else "error"
            line["error"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])[-6:]
            line["where"] = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
        return json.dumps(line)
