"""Reads calendar days and hours as people write them in tables. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import Enum, auto
from typing import Final

from holdfast.people.rules import zone
from holdfast.people.sheets import Said

ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
SLASHED: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
HOURS: Final = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M%p", "%I %p", "%I%p")
FIRST, LAST = date(1990, 1, 1), date(2150, 1, 1)


class Order(Enum):
    """Which of the two numbers of 11/30/2026 is the month, as far as a whole file shows it."""

    MONTH_FIRST = auto()
    DAY_FIRST = auto()
    BOTH = auto()
    UNKNOWN = auto()


class NotADay(ValueError):
    """It cannot be read; `said` is the sentence."""

    def __init__(self, words: str, text: str, **values: str) -> None:
        self.said = Said(words, {"text": text[:40], **values})
        super().__init__(str(self.said))


def order_of(cells: Iterable[str]) -> Order:
    """What the days of a file show together. One day above 12 tells; days that tell both ways tell nothing."""
    month_first = day_first = False
    for text in cells:
        for one, two, _ in SLASHED.findall(text):
            month_first |= int(two) > 12 >= int(one)
            day_first |= int(one) > 12 >= int(two)
    if month_first and day_first:
        return Order.BOTH
    return Order.MONTH_FIRST if month_first else Order.DAY_FIRST if day_first else Order.UNKNOWN


@dataclass(frozen=True)
class Days:
    """Reads the days of one file, all in the same order."""

    order: Order

    def read(self, text: str) -> date:
        """2026-11-30, or 11/30/2026 where the file shows that the month comes first. Raises NotADay, in words."""
        text = text.strip()
        if found := ISO.fullmatch(text):
            year, month, day = map(int, found.groups())
        elif found := SLASHED.fullmatch(text):
            month, day, year = map(int, found.groups())
            self._sure(text, month, day)
        else:
            raise NotADay("“%(text)s” is not a day. Write it like 2026-11-30.", text)
        try:
            on = date(year, month, day)
        except ValueError:
            raise NotADay("“%(text)s” is a day that does not exist. Write it like 2026-11-30.", text) from None
        if not FIRST <= on <= LAST:
            raise NotADay("“%(text)s” lies too far away. Look at the year again.", text)
        return on

    def _sure(self, text: str, one: int, two: int) -> None:
        if one > 12:
            raise NotADay("“%(text)s” puts the day before the month. Write it like 2026-11-30.", text)
        if two > 12 or one == two or self.order is Order.MONTH_FIRST:
            return
        if self.order is Order.UNKNOWN:
            raise NotADay(
                "“%(text)s” can be read in two ways, and nothing in the file shows which is meant. Write it like 2026-11-30.",
                text,
            )
        raise NotADay(
            "“%(text)s” can be read in two ways, and other days of the file put the day first. Write it like 2026-11-30.",
            text,
        )

    def moment(self, text: str, place: str) -> tuple[datetime, bool]:
        """A day and a time in a zone, and whether the clocks are set back then, so that it comes twice."""
        day, _, hour = text.strip().replace("T", " ", 1).partition(" ")
        on, at = self.read(day), _time(hour.strip(), text)
        here = zone(place)
        found = datetime.combine(on, at, here)
        if found.astimezone(UTC).astimezone(here).replace(tzinfo=None) != found.replace(tzinfo=None):
            raise NotADay("The clocks change that night, and “%(text)s” does not exist there.", text)
        return found, found.utcoffset() != found.replace(fold=1).utcoffset()


def _time(hour: str, text: str) -> time:
    for shape in HOURS:
        try:
            return datetime.strptime(hour.upper(), shape).time()  # noqa: DTZ007 (the zone comes with it)
        except ValueError:
            continue
    raise NotADay("“%(text)s” has no time that we can read. Write it like 2026-11-30 19:00.", text)
