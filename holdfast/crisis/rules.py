"""The states of a crisis and what may follow what. Pure: `now` is passed in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import Final

from holdfast.content.shapes import Urgency


class State(StrEnum):
    RAISED = auto()  # someone may be in danger and nobody has them yet: paging runs
    OWNED = auto()  # a named clinician has said "I have this"
    REACHED = auto()  # the owner has spoken with the client
    SETTLED = auto()  # how it ended and what comes next is written down
    CLOSED = auto()  # followed up: the next contact was made


class Move(StrEnum):
    NEW_SIGNAL = auto()
    TAKE = auto()
    GIVE_BACK = auto()  # by hand, or silent too long
    REACH = auto()
    SETTLE = auto()
    CLOSE = auto()
    JOIN = auto()  # a stranger's call turned out to be about a client whose crisis is already open
    HAND_OVER = auto()  # somebody named said yes and has it from now on
    DIED = auto()  # the client has died: nothing automatic goes on, and the record stays


MOVES: Final[Mapping[tuple[State, Move], State]] = {
    # from            what happened      to
    (State.RAISED, Move.NEW_SIGNAL): State.RAISED,
    (State.RAISED, Move.TAKE): State.OWNED,
    (State.RAISED, Move.JOIN): State.CLOSED,
    (State.OWNED, Move.NEW_SIGNAL): State.OWNED,  # the owner is told; if they stay silent it is given back
    (State.OWNED, Move.GIVE_BACK): State.RAISED,
    (State.OWNED, Move.REACH): State.REACHED,
    (State.OWNED, Move.JOIN): State.CLOSED,
    (State.REACHED, Move.NEW_SIGNAL): State.REACHED,
    (State.REACHED, Move.REACH): State.REACHED,
    (State.REACHED, Move.GIVE_BACK): State.RAISED,
    (State.REACHED, Move.JOIN): State.CLOSED,
    (State.REACHED, Move.SETTLE): State.SETTLED,
    (State.SETTLED, Move.GIVE_BACK): State.RAISED,
    (State.SETTLED, Move.NEW_SIGNAL): State.RAISED,  # it is not over
    (State.SETTLED, Move.JOIN): State.CLOSED,
    (State.SETTLED, Move.CLOSE): State.CLOSED,
    (State.OWNED, Move.HAND_OVER): State.OWNED,
    (State.REACHED, Move.HAND_OVER): State.REACHED,
    (State.SETTLED, Move.HAND_OVER): State.SETTLED,
    (State.RAISED, Move.DIED): State.CLOSED,
    (State.OWNED, Move.DIED): State.CLOSED,
    (State.REACHED, Move.DIED): State.CLOSED,
    (State.SETTLED, Move.DIED): State.CLOSED,
}

OPEN: Final = frozenset(State) - {State.CLOSED}
HAS_OWNER: Final = frozenset({State.OWNED, State.REACHED, State.SETTLED})


class NotAllowed(Exception):
    """The words may be shown to the person who asked."""


def after(state: State, move: Move) -> State:
    """The state after a move. Raises NotAllowed when the table has no such line."""
    try:
        return MOVES[state, move]
    except KeyError:
        raise NotAllowed(f"A crisis that is {state} cannot {move.replace('_', ' ')}.") from None


def higher(one: Urgency, other: Urgency) -> Urgency:
    return max(one, other, key=lambda urgency: urgency.weight)


OPENS_A_CRISIS: Final = frozenset({Urgency.EMERGENCY, Urgency.URGENT})


class Result(StrEnum):
    """What came of a try to reach the client."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    WRONG_NUMBER = "wrong_number"


class Said(StrEnum):
    """What a client can say of their own crisis with one press."""

    WORSE = "worse"
    SAFE = "safe"  # never closes or lowers anything
    TEXT = "text"  # please text, I cannot talk


class Disposition(StrEnum):
    """How a crisis ended."""

    SAFE_WITH_PLAN = "safe_with_plan"
    STAYING_WITH_SOMEONE = "staying_with_someone"
    MOBILE_CRISIS = "mobile_crisis"
    EMERGENCY_ROOM = "emergency_room"
    EMERGENCY_SERVICES = "emergency_services"
    NO_DANGER_FOUND = "no_danger_found"
    JOINED_ANOTHER = "joined_another"
    DIED = "died"


NOT_BY_HAND: Final = frozenset({Disposition.JOINED_ANOTHER, Disposition.DIED})  # set by their own acts alone


class Ground(StrEnum):
    """The only grounds on which a next contact may be left out (promise 5)."""

    DIED = "died"
    ADMITTED = "admitted"  # arrival confirmed
    REFUSED = "refused"  # in words that are written down


@dataclass(frozen=True)
class Waits:
    """How long each thing may take, for one urgency. From clinical/protocols/escalation.toml."""

    next_turn: timedelta
    first_try: timedelta
    owner_silent: timedelta
    phone_hold: timedelta
    reached_silent: timedelta


@dataclass(frozen=True)
class Look:
    """What the rules need to know of an episode to say when it must be looked at again."""

    state: State
    owned_at: datetime | None
    by_phone: bool  # taken by text or keypress
    acted_at: datetime | None  # the owner's last act: opened the page, logged a try, wrote something down
    signal_at: datetime  # the first worrying signal that the owner has not looked at, else the newest
    next_contact_at: datetime | None
    followed_up_at: datetime | None = None  # when the agreed next contact was made


CONTACT_MISSED: Final = "the agreed next contact was not made in time"
SECOND_NET = timedelta(minutes=1)  # how often a raised episode checks that its paging runs


def look_again(look: Look, waits: Waits, now: datetime) -> datetime:
    """When this episode must be looked at next: at once where that time is past, as after a graver signal. Total for every
    open state."""
    return max(_due(look, waits, now), now)


def _due(look: Look, waits: Waits, now: datetime) -> datetime:
    if look.state is State.RAISED:
        return now + SECOND_NET
    if look.state is State.SETTLED:
        # Whoever makes it may be dialling at that very second: it is theirs for as long as a first try may take.
        due = look.next_contact_at + waits.first_try if look.next_contact_at else now
        return max(due, look.followed_up_at + waits.reached_silent) if look.followed_up_at else due
    owned = look.owned_at or now
    acted = look.acted_at
    if look.by_phone and acted is None:
        due = owned + waits.phone_hold
    else:
        silent = waits.reached_silent if look.state is State.REACHED else waits.owner_silent
        due = (acted or owned) + silent
    if look.signal_at > (acted or owned):
        due = min(due, look.signal_at + waits.next_turn)
    return due


def why_give_back(look: Look, waits: Waits, now: datetime) -> str | None:
    """Why an owner loses the crisis now, in words for the timeline; None when they do not."""
    if look.state not in HAS_OWNER or look_again(look, waits, now) > now:
        return None
    if look.state is State.SETTLED:
        if look.followed_up_at:
            return "the next contact was made, but nobody closed this"
        return CONTACT_MISSED
    if look.by_phone and look.acted_at is None:
        return "taken by phone, but the page was not opened and no try was logged"
    if look.signal_at > (look.acted_at or look.owned_at or now):
        return "a new signal came in and the owner did not look at it"
    return "the owner was silent for too long"


@dataclass(frozen=True)
class News:
    """What the rules need to know of the signals of a crisis before it may be settled.

    `talked_at`: when the client was last reached. `news_at`: the latest signal that did not come out of the talk itself.
    `pressed`: somebody asked for help by a press. `answered`: an answer of the client is among its signals.
    `level`: the risk level judged in it.
    """

    talked_at: datetime | None = None
    news_at: datetime | None = None
    pressed: bool = True
    answered: bool = False
    level: str = ""

    @property
    def news_since(self) -> datetime | None:
        """When something new came that nobody has talked about with the client; None when nothing did."""
        if self.news_at and self.talked_at and self.news_at > self.talked_at:
            return self.news_at
        return None


NO_NEWS: Final = News()


def why_not_settle(
    state: State,
    disposition: Disposition | None,
    next_contact_at: datetime | None,
    next_contact_by: int | None,
    now: datetime,
    news: News = NO_NEWS,
) -> str | None:
    """The sentence that says what is missing before a crisis can be settled; None when nothing is."""
    if state is State.OWNED:
        if disposition is Disposition.NO_DANGER_FOUND:
            return "Can't settle yet: even a wrong press is settled only after a human has heard it from the client."
        return "Can't settle yet: nobody has spoken with the client. Log a try first."
    if state is not State.REACHED:
        return f"Can't settle: this crisis is {state}."
    if news.news_since:
        return TALK_AGAIN
    if disposition is Disposition.NO_DANGER_FOUND and (no := _why_danger(news)):
        return no
    if disposition is None or disposition in NOT_BY_HAND:
        return "Can't settle yet: say how it ended."
    if next_contact_at is None or next_contact_by is None:
        return "Can't settle yet: name the next contact, who makes it and when."
    if next_contact_at <= now:
        return "Can't settle yet: the next contact lies in the past."
    if next_contact_at > now + timedelta(days=14):
        return "Can't settle yet: the next contact is more than 14 days away."
    return None


TALK_AGAIN: Final = (
    "Can't settle yet: a new signal came after you talked. Talk with the client again, and log that you reached them."
)


def _why_danger(news: News) -> str | None:
    """Why this cannot have been a wrong press; None when it may have been."""
    if news.answered:
        return "Can't settle as a wrong press: an answer of the client raised this, and it stands. Choose how it ended."
    if not news.pressed:
        return "Can't settle as a wrong press: no press raised this. Choose how it ended."
    if news.level in ("high", "imminent"):
        return f"Can't settle as a wrong press: the risk was judged {news.level}. Choose how it ended."
    return None


def counts_from(settled_at: datetime | None, next_contact_at: datetime | None) -> datetime | None:
    """From when on a talk is the agreed next contact: half-way from settling to it. What was said sooner is a try."""
    if settled_at is None or next_contact_at is None:
        return None
    return next_contact_at - (next_contact_at - settled_at) // 2  # to the microsecond as the promise asks it


def is_next_contact(reached_at: datetime | None, settled_at: datetime | None, next_contact_at: datetime | None) -> bool:
    """Whether the client was reached late enough for it to be the contact that was agreed."""
    begins = counts_from(settled_at, next_contact_at)
    return reached_at is not None and begins is not None and reached_at >= begins


@dataclass(frozen=True)
class Landing:
    """What must be so before a crisis may close. A waiver is a reason in words."""

    reached_since_settled: bool
    risk_level: str | None
    plan_reviewed: bool
    waivers: Mapping[str, str]
    ground: Ground | None = None  # why the next contact may be left out
    due_in: timedelta | None = None  # until the next contact, where one is agreed
    disposition: str = ""
    died: bool = False  # it is recorded that the client has died

    @property
    def missing(self) -> tuple[str, ...]:
        """What was not done, by the names of waivers."""
        done = (
            ("next_contact", self.reached_since_settled),
            ("reassessment", self.risk_level is not None),
            ("plan", self.plan_reviewed),
        )
        return tuple(name for name, so in done if not so)


def why_not_close(state: State, landing: Landing) -> str | None:
    """The sentence that says what is missing before a crisis can close; None when nothing is."""
    if state is not State.SETTLED:
        return f"Can't close: this crisis is {state}."
    if not landing.reached_since_settled:
        if not landing.waivers.get("next_contact"):
            return f"Can't close yet: the next contact has not been made. {_when_due(landing.due_in)}".rstrip()
        if landing.ground is None:
            return (
                "Can't close yet: the next contact may be left out only when the client died, "
                "was admitted and has arrived, or declined in words that you write down."
            )
        if no := _why_not_ground(landing):
            return no
    if landing.risk_level is None and not landing.waivers.get("reassessment"):
        return "Can't close yet: the risk has not been assessed again."
    if not landing.plan_reviewed and not landing.waivers.get("plan"):
        return "Can't close yet: the safety plan has not been reviewed."
    if any(len(landing.waivers.get(name, "").strip()) < SHORTEST_REASON for name in landing.missing):
        return "Can't close yet: a reason is a few words that somebody else can understand. Write a little more."
    return None


SHORTEST_REASON: Final = 8
ARRIVES_SOMEWHERE: Final = frozenset(
    {Disposition.EMERGENCY_ROOM, Disposition.EMERGENCY_SERVICES, Disposition.MOBILE_CRISIS}
)


def _why_not_ground(landing: Landing) -> str | None:
    """Why this ground for leaving out the next contact is not so; None when it may be."""
    if landing.ground is Ground.DIED and not landing.died:
        return (
            "Can't close on this ground: it is not recorded that the client has died. "
            "A supervisor or the director records that under Standing, and that ends the crisis."
        )
    if landing.ground is Ground.ADMITTED and landing.disposition not in ARRIVES_SOMEWHERE:
        return (
            "Can't close on this ground: this crisis did not end with the client going anywhere to be admitted. "
            "Make the next contact, or write down that they declined it."
        )
    return None


def _when_due(due_in: timedelta | None) -> str:
    if due_in is None or due_in <= timedelta(0):
        return ""
    hours, minutes = divmod(int(due_in.total_seconds()) // 60, 60)
    when = f"{hours} hours" if hours > 1 else f"{hours * 60 + minutes} minutes"
    return f"It is due in {when}; a talk counts as it from half-way on."


def why_not_lower(is_owner: bool, state: State, reason: str) -> str | None:
    """The sentence that says why an urgency cannot be lowered; None when it can."""
    if state not in HAS_OWNER:
        return "Nobody has this yet, so its urgency stays."
    if not is_owner:
        return "Only the person who has this can lower its urgency."
    if not reason.strip():
        return "Say why the urgency is lower now."
    return None
