"""What there is in the simulated world: one small object for each row that the product would have."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from holdfast.content.cadence import UNRATED
from holdfast.content.shapes import Urgency
from holdfast.crisis.course import Timer
from holdfast.crisis.rules import Disposition, Ground, Result, State
from holdfast.notify.rules import Channel
from holdfast.notify.rules import State as Sent
from holdfast.oncall.rules import Answer, Cover, Level, Policy, Turn
from holdfast.people.rules import Role, Standing

Moment = datetime | None
FOREVER: Final = date(2099, 1, 1)


@dataclass(slots=True, eq=False)
class Staff:
    """Somebody who answers, or does not."""

    id: int
    role: Role
    licences: list[tuple[str, date, date]]
    speaks: frozenset[str]
    tested: bool  # reached by a contact that works
    steady: float  # how likely they answer a page by day
    phone_dead: tuple[datetime, datetime] | None = None
    holds: "dict[Crisis, None]" = field(default_factory=dict)  # in the order in which they took them


@dataclass(slots=True, eq=False)
class Client:
    """Somebody in the program's care, with habits."""

    id: int
    state: str
    timezone: str
    zone: ZoneInfo
    language: str
    risk: str
    standing: Standing
    since: datetime
    primary: int
    team: frozenset[int]
    wishes_reminders: bool
    answers: float  # how likely they fill in a check-in
    worry: float  # how often something is wrong, against others
    pause_ends_at: Moment = None
    quiet_until: Moment = None
    checked_in: Moment = None
    heard: Moment = None
    silence_look_at: Moment = None
    given: list[tuple[str, datetime, int]] = field(default_factory=list)  # signals of silence: rule, when, weight
    reminded: list[tuple[date, str]] = field(default_factory=list)
    asked_last: dict[str, datetime] = field(default_factory=dict)  # form, when it was last done
    totals: list[int] = field(default_factory=list)  # of the PHQ-9, newest first
    crisis: "Crisis | None" = None
    rated: bool = field(init=False)
    reassessment: "Task | None" = None

    def __post_init__(self) -> None:
        self.rated = self.risk != UNRATED


@dataclass(slots=True, eq=False)
class Response:
    """One form as it was answered, and what it led to."""

    client: Client
    form: str
    answers: dict[str, int | str | None]
    at: datetime
    judge_at: Moment = None
    judged_at: Moment = None
    tries: int = 0
    unreadable: bool = False  # judging it fails, as it may for a fault nobody thought of
    unfinished_at: Moment = None
    noticed: bool = False  # that it was left unfinished
    crisis: "Crisis | None" = None
    tasks: int = 0


@dataclass(slots=True, eq=False)
class Crisis:
    """From the first signal to a safe landing."""

    id: int
    client: Client
    urgency: Urgency
    raised_at: datetime
    signal_at: datetime
    state: State = State.RAISED
    look_again_at: Moment = None
    owner: int | None = None
    owned_at: Moment = None
    by_phone: bool = False
    acted_at: Moment = None
    first_owned_at: Moment = None
    first_try_at: Moment = None
    results: list[Result] = field(default_factory=list)  # of this owner's tries
    reached_at: Moment = None
    settled_at: Moment = None
    disposition: Disposition | None = None
    next_contact_at: Moment = None
    next_contact_by: int | None = None
    risk_level: str | None = None
    plan_reviewed: bool = False
    waivers: dict[str, str] = field(default_factory=dict)
    ground: Ground | None = None
    closed_at: Moment = None
    clocks: dict[Timer, datetime] = field(default_factory=dict)
    unreached: bool = False  # "cannot reach" stands
    second_asked: bool = False
    helper: int | None = None
    asked_over: int | None = None  # to whom it is offered
    said_yes: int | None = None  # who has accepted it
    paging: "Paging | None" = None
    second: "Paging | None" = None
    signals: int = 1
    graver_since: Moment = None  # the last rise of its urgency
    lowered_by: int | None = None
    times_owned: int = 0  # what one owner meant to do is not done by the next
    # what the promises remember of the step before
    seen_owner: int | None = None
    seen_urgency: Urgency | None = None
    gravest: Urgency | None = None


@dataclass(slots=True, eq=False)
class Task:
    """Work with an owner and a due time."""

    id: int
    client: Client
    urgency: Urgency
    about: str
    owner: int
    opened_at: datetime
    due_at: datetime
    half_at: Moment = None
    look_again_at: Moment = None
    graver_at: Moment = None  # when it became a same-day task
    done_at: Moment = None
    late_at: Moment = None
    crisis: Crisis | None = None
    paging: "Paging | None" = None


@dataclass(slots=True, eq=False)
class Paging:
    """Seeking a human, until one answers."""

    what: str  # crisis, second or task
    crisis: Crisis | None
    task: Task | None
    client: Client
    urgency: Urgency
    policy: Policy
    started_at: datetime
    look_again_at: Moment = None
    turn: int = 0
    round: int = 1
    step: int = -1
    turn_at: Moment = None
    no_cover_since: Moment = None
    stopped_at: Moment = None
    pages: "dict[int, Page]" = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Page:
    """One person asked in one paging."""

    paging: Paging
    staff: int
    turn: int
    answer: Answer | None = None
    asked_at: Moment = None
    heard: int = 0  # the turn in which it last reached them


@dataclass(slots=True, eq=False)
class Attempt:
    """One way of telling one person."""

    page: Page
    turn: int
    channel: Channel
    due_at: Moment
    state: Sent = Sent.QUEUED
    tries: int = 0
    began_at: Moment = None


@dataclass(slots=True, eq=False)
class Asked:
    """A turn as it was taken: what the promises look at."""

    paging: Paging
    turn: Turn
    cover: Cover
    at: datetime
    before: Moment  # the turn before
    rung_at: Mapping[int, Moment]  # when each was last rung about this
    round_before: int
    staff: Mapping[int, Staff]
    today: date  # where the program is
    hurried: bool  # by a graver signal, or because whoever was asked has gone home


@dataclass(slots=True, eq=False)
class Refused:
    """Somebody said "I cannot": what the promises look at."""

    page: Page
    cover: Cover
    at: datetime


@dataclass(slots=True, eq=False)
class Reminded:
    """A reminder as it was sent."""

    client: Client
    kind: str
    day: date
    at: datetime


@dataclass(slots=True, eq=False)
class Leaving:
    """Somebody ended their shift."""

    staff: Staff
    level: Level
    at: datetime
