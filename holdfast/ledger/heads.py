"""The head of a chain, as it leaves this machine: one line of JSON. It says nothing of anybody."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

FORMAT: Final = 1


@dataclass(frozen=True)
class HeadLine:
    """On this day the chain of this program had so many seals, and the newest had this hash."""

    program: UUID
    seq: int
    hash: str
    day: date

    def line(self) -> str:
        """As it is kept outside; `heads_in` reads it again."""
        told = {"holdfast_head": FORMAT, "day": self.day.isoformat(), "program": str(self.program)}
        return json.dumps(told | {"seq": self.seq, "hash": self.hash})


def heads_in(text: str) -> list[HeadLine]:
    """Every head in a text, a mail that was saved whole among them. Raises ValueError where a head cannot be read."""
    whole = re.sub(r"=\r?\n", "", text)  # a mail breaks long lines so
    return sorted(_heads(whole.splitlines()), key=lambda head: (str(head.program), head.seq))


def _heads(lines: Iterable[str]) -> Iterable[HeadLine]:
    for line in lines:
        words = line.strip().lstrip("> ")
        if not words.startswith("{") or "holdfast_head" not in words:
            continue
        try:
            told = json.loads(words)
            if (
                told["holdfast_head"] != FORMAT
                or not 1 <= int(told["seq"]) < 2**63
                or len(bytes.fromhex(told["hash"])) != 32
            ):
                raise ValueError
            yield HeadLine(
                UUID(told["program"]), int(told["seq"]), told["hash"].lower(), date.fromisoformat(told["day"])
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise ValueError(
                "A line that should be the head of a chain cannot be read: was it cut or changed?"
            ) from None
