"""What clinical content looks like once it has been read: frozen, typed, safe to share between threads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

LANGUAGES = ("en", "es")
SEXES = ("female", "male")  # as the authors of cut-offs name them


class ContentError(ValueError):
    """A content file cannot be used. The message is one sentence that names the file and the key."""


class Urgency(StrEnum):
    """How soon a human is needed; set by rules and people, never mixed with a clinician's risk level."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    SAME_DAY = "same_day"
    ROUTINE = "routine"
    NONE = "none"

    @property
    def weight(self) -> int:
        """More pressing is larger."""
        return _WEIGHTS[self]


_WEIGHTS: Mapping[Urgency, int] = {
    Urgency.NONE: 0,
    Urgency.ROUTINE: 1,
    Urgency.SAME_DAY: 2,
    Urgency.URGENT: 3,
    Urgency.EMERGENCY: 4,
}


class Status(StrEnum):
    """Where a version stands. Only drafts may still change."""

    DRAFT = "draft"
    RELEASED = "released"
    APPROVED = "approved"


class Kind(StrEnum):
    """How a question is answered."""

    CHOICE = "choice"
    YES_NO = "yes-no"
    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Wording:
    """The same words in each language we ship."""

    en: str
    es: str

    def say(self, language: str) -> str:
        """The words in this language (`es-MX` counts as `es`), English where we have no other."""
        return self.es if language.lower().split("-")[0] == "es" and self.es else self.en

    def __str__(self) -> str:
        return self.en


@dataclass(frozen=True, slots=True)
class Code:
    """A published code, with the day on which somebody looked it up."""

    system: str
    code: str
    display: str
    verified_at: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that can be picked: the number that is kept, a short word for it, and what is shown."""

    value: int
    code: str
    label: Wording


@dataclass(frozen=True, slots=True)
class When:
    """Ask only when that item was answered with one of these values."""

    item: str
    values: frozenset[int]


@dataclass(frozen=True, slots=True)
class Item:
    """One question, enough to show it on a screen of its own."""

    id: str
    number: str
    stem: Wording | None
    text: Wording
    hint: Wording | None
    kind: Kind
    choices: tuple[Choice, ...]
    minimum: int | None
    maximum: int | None
    lowest: Wording | None
    highest: Wording | None
    optional: bool
    when: tuple[When, ...]
    when_all: bool
    codes: tuple[Code, ...]
    values: tuple[int, ...] = field(init=False, repr=False, compare=False)
    """every number this item can hold; a text holds 1 when something is written"""

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", self._values())

    def _values(self) -> tuple[int, ...]:
        if self.kind is Kind.TEXT:
            return (0, 1)
        if self.kind is Kind.NUMBER:
            return tuple(range(self.minimum or 0, (self.maximum or 0) + 1))
        return tuple(choice.value for choice in self.choices)

    def choice(self, value: int) -> Choice | None:
        """The choice that keeps this value."""
        return next((choice for choice in self.choices if choice.value == value), None)


@dataclass(frozen=True, slots=True)
class Band:
    """A range of totals and the authors' own word for it."""

    lowest: int
    highest: int
    word: str


@dataclass(frozen=True, slots=True)
class Total:
    """The sum that the authors define."""

    items: tuple[str, ...]
    highest: int
    bands: tuple[Band, ...]
    codes: tuple[Code, ...]
    times: int = 1  # the authors' factor: the WHO-5 counts its sum four times
    bands_for: Mapping[str, tuple[Band, ...]] = field(default_factory=dict)  # where one sex has cut-offs of its own


@dataclass(frozen=True, slots=True)
class Pattern:
    """An outcome read from single answers where there is no sum (the ASQ). The first that fits is the word.

    `any_of` fits when one of its items holds one of its values; `none_of` when none does.
    """

    word: str
    any_of: tuple[When, ...]
    none_of: tuple[When, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A sum of some items with a cut-off of its own: a half of the PHQ-4, a scale of the BAM."""

    id: str
    title: Wording
    items: tuple[str, ...]
    highest: int
    closer_from: int | None
    closer_to: int | None
    listed: bool
    closer_from_for: Mapping[str, int] = field(default_factory=dict)  # where one sex has a cut-off of its own


@dataclass(frozen=True, slots=True)
class Rule:
    """What leads to what. Fires on items with certain values, on written text, or on a total; nothing else.

    A total may ask for single answers `also`: where such an answer stands and the total is not known, it fires.
    """

    id: str
    version: int
    items: tuple[str, ...]
    values: frozenset[int]
    written: bool
    total_at_least: int | None
    urgency: Urgency | None
    protocol: str | None
    ask: tuple[str, ...]
    because: str
    total_at_least_for: Mapping[str, int] = field(default_factory=dict)  # where one sex has a cut-off of its own
    also: tuple[When, ...] = ()


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What it means when someone stops after a positive answer: silence is not an answer."""

    id: str
    version: int
    after_minutes: int
    urgency: Urgency
    protocol: str | None
    because: str


@dataclass(frozen=True, slots=True)
class Scoring:
    """How one version of an instrument is scored, and what its answers lead to."""

    short: str
    total: Total | None
    patterns: tuple[Pattern, ...]
    parts: tuple[Part, ...]
    rules: tuple[Rule, ...]
    unfinished: Unfinished | None
    required: tuple[str, ...]
    words_only: tuple[str, ...]

    @property
    def knows_sex(self) -> bool:
        """Whether the authors give one sex cut-offs of its own."""
        return bool(self.total and self.total.bands_for) or any(
            each for each in (*(p.closer_from_for for p in self.parts), *(r.total_at_least_for for r in self.rules))
        )

    @property
    def counted(self) -> frozenset[str]:
        """The questions without whose answers there is no result."""
        return frozenset(self.required) | frozenset(self.total.items if self.total else ())


@dataclass(frozen=True, slots=True)
class Licence:
    """Why a form stays off until an administrator says that the program may use it."""

    holder: str
    terms: Wording
    wording_is_loaded: bool
    """its words are not shipped: whoever holds the licence loads them"""


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """One version of a form: its words, its questions, its scoring. With a licence it is a pack, and off at first."""

    name: str
    version: str
    status: Status
    title: Wording
    intro: Wording
    skip: Wording
    copyright: str
    codes: tuple[Code, ...]
    items: tuple[Item, ...]
    scoring: Scoring
    licence: Licence | None = None

    def item(self, item_id: str) -> Item:
        """The question with this number; `KeyError` when there is none."""
        for item in self.items:
            if item.id == item_id:
                return item
        raise KeyError(item_id)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a protocol: who does it, why, what to say, what is written down, by when, and what next."""

    id: str
    role: str
    title: Wording
    purpose: Wording
    say: tuple[Wording, ...]
    record: tuple[Wording, ...]
    limit_minutes: int | None
    then: str
    then_words: Wording
    when_late: str
    act: str | None = None  # the act that does this step; None: a press does


@dataclass(frozen=True, slots=True)
class Protocol:
    """An ordered way through one kind of crisis."""

    name: str
    version: int
    status: Status
    title: Wording
    used_when: Wording
    steps: tuple[Step, ...]
    own: bool = False  # a program's own copy; its version counts the copies

    def step(self, step_id: str) -> Step:
        """The step with this id; `KeyError` when there is none."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)


@dataclass(frozen=True, slots=True)
class CrisisClock:
    """The waits of a crisis of one urgency, in seconds."""

    urgency: Urgency
    next_turn: int
    first_try: int
    owner_silent: int
    reached_silent: int


@dataclass(frozen=True, slots=True)
class TaskClock:
    """The waits of work that opens as a task (`same_day`)."""

    urgency: Urgency
    due_local_hour: int
    at_most_hours: int
    page_at_part: float
    becomes: Urgency


@dataclass(frozen=True, slots=True)
class ListClock:
    """The waits of a line on the caseload list (`routine`)."""

    urgency: Urgency
    due_working_days: int
    becomes: Urgency


@dataclass(frozen=True, slots=True)
class Escalation:
    """The table of urgencies and the default order in which people are sought."""

    version: int
    status: Status
    steps: tuple[str, ...]
    phone_answer_hold: int
    unread_after: int
    unread_tries: int
    cannot_reach_after: int
    cannot_reach_tries: int
    crises: Mapping[Urgency, CrisisClock]
    same_day: TaskClock
    routine: ListClock


@dataclass(frozen=True, slots=True)
class Signal:
    """Something other than a questionnaire that needs a human: the help button, a worried stranger."""

    id: str
    version: int
    urgency: Urgency
    protocol: str | None
    why: Wording


@dataclass(frozen=True, slots=True)
class Helpline:
    """A line that answers, with the day somebody checked it; `verified_at` is empty when nobody has."""

    id: str
    order: int
    title: Wording
    who: Wording
    call: str
    call_words: Wording | None
    text_to: str
    text_words: Wording | None
    chat: str
    hours: Wording
    everywhere: bool
    verified: bool
    verified_at: str
    source: str


@dataclass(frozen=True, slots=True)
class Helplines:
    """The lines of one country."""

    country: str
    version: int
    status: Status
    lines: tuple[Helpline, ...]
