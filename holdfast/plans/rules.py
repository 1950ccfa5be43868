"""Pure decisions about safety plans."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Part(StrEnum):
    """What a safety plan does, and what one is staying for."""

    SIGNS = "signs"
    ALONE = "alone"
    COMPANY = "company"
    HELPERS = "helpers"
    PROFESSIONALS = "professionals"
    SAFER = "safer"
    STAYING = "staying"


WITH_PEOPLE = (Part.COMPANY, Part.HELPERS, Part.PROFESSIONALS)
MOST_PEOPLE = 6  # in one part


@dataclass(frozen=True)
class Someone:
    """A person or a place in a plan."""

    part: Part
    name: str
    phone: str = ""


def review_at(days: Mapping[str, int], risk_level: str, now: datetime) -> datetime:
    """When the plan is looked at again. A level that nobody has rated is never treated as low."""
    return now + timedelta(days=days.get(risk_level or "unrated", days["unrated"]))


def why_not_write(words: Mapping[Part, str], people: Iterable[Someone]) -> str | None:
    """The sentence that says what is missing, if something is. A plan may have gaps; it may not be empty."""
    people = tuple(people)
    if not any(text.strip() for text in words.values()) and not people:
        return "The plan is empty. Write at least one thing that helps."
    nameless = next((one for one in people if one.phone.strip() and not one.name.strip()), None)
    if nameless:
        return f"The number {nameless.phone.strip()[:20]} has no name. Say whose it is."
    too_short = next((one for one in people if one.phone.strip() and sum(c.isdigit() for c in one.phone) < 3), None)
    if too_short:
        return f"“{too_short.phone.strip()[:20]}” is not a phone number. Write it with its digits."
    return None


def has_help_contact(people: Iterable[Someone]) -> bool:
    """Whether somebody who may be asked for help has a number that can be rung."""
    return any(one.part in (Part.HELPERS, Part.PROFESSIONALS) and one.phone for one in people)
