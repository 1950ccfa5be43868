"""A safety plan as pages draw it: seven parts in the reader's language, each with its words and its people."""

from dataclasses import dataclass
from datetime import datetime

from holdfast.content.policies import plan_wording
from holdfast.content.shapes import ContentError
from holdfast.people.models import Client
from holdfast.plans.models import PlanPerson, SafetyPlan
from holdfast.plans.queries import PlanCard, current
from holdfast.plans.rules import WITH_PEOPLE, Part
from holdfast.web import languages
from holdfast.web.sealed import opened


@dataclass(frozen=True)
class Person:
    name: str
    phone: str


@dataclass(frozen=True)
class Section:
    """One part of the plan. `shut` where what was written will not open on this machine."""

    id: str
    number: int
    title: str
    hint: str
    words: str
    people: tuple[Person, ...]
    shut: bool

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(line.strip() for line in self.words.splitlines() if line.strip())

    @property
    def empty(self) -> bool:
        return not self.words and not self.people and not self.shut

    @property
    def with_people(self) -> bool:
        return self.id in WITH_PEOPLE


def sections(card: PlanCard | None) -> tuple[Section, ...]:
    """Every part in order, empty ones too. An old version keeps the wording under which it was written."""
    try:
        wording = plan_wording(card.plan.wording if card else None)
    except ContentError:
        wording = plan_wording()
    language = languages.short()
    return tuple(
        Section(
            part.id,
            number,
            part.title.say(language),
            part.hint.say(language),
            _words(card.plan if card else None, part.id) or "",
            tuple(_person(one) for one in card.of(Part(part.id))) if card else (),
            card is not None and _words(card.plan, part.id) is None,
        )
        for number, part in enumerate(wording.parts, 1)
    )


def _words(plan: SafetyPlan | None, part: str) -> str | None:
    """What was written, nothing where nothing was, None where it will not open."""
    missing = object()
    found = opened(plan, part, missing) if plan else ""
    return None if found is missing else (found or "")


def _person(row: PlanPerson) -> Person:
    return Person(opened(row, "name", "—"), opened(row, "phone") or "")


@dataclass(frozen=True)
class OnOneCard:
    """The whole plan for a crisis page. `card` is None when there is no plan."""

    client: Client
    card: PlanCard | None
    parts: tuple[Section, ...]
    late: bool


def on_one_card(client: Client, now: datetime) -> OnOneCard:
    """The plan as it stands, what they are staying for first. Two queries."""
    card = current(client)
    parts = sections(card)
    return OnOneCard(client, card, (parts[-1], *parts[:-1]), card is not None and card.late(now))
