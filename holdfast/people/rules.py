"""Pure decisions about people."""

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class Role(StrEnum):
    """What a member of staff is here for. Six, and no matrix of rights."""

    CLINICIAN = "clinician"  # therapist, prescriber, nurse: licensed to treat
    CARE_STAFF = "care_staff"  # case manager, peer: works with clients, is not licensed to treat
    SUPERVISOR = "supervisor"
    DIRECTOR = "director"
    ADMINISTRATOR = "administrator"  # runs the program's set-up; sees no chart


LEADS: Final = frozenset({Role.SUPERVISOR, Role.DIRECTOR})  # they see everything of their program and decide for it


def why_not_role(by: Role, was: Role | None, role: Role, *, directed: bool) -> str | None:
    """Who may give somebody a role; `was` is None for somebody new. None: they may. Roles decide who sees charts.

    `directed`: the program has a director. Until it has, whoever sets it up names the first.
    """
    if by is Role.DIRECTOR or was is role or (role is Role.DIRECTOR and not directed):
        return None
    if role in LEADS:
        return "Only a director makes somebody a director or a supervisor: both see every chart."
    return None if was is None else "Only a director changes the role of somebody who is here."


def why_not_last_day(by: Role, role: Role, *, directed: bool) -> str | None:
    """Who may end the place of somebody with this role, or take that back. None: they may."""
    if by is Role.DIRECTOR or role is not Role.DIRECTOR or not directed:
        return None
    return "Only another director ends the place of a director, or takes that back."


class Discipline(StrEnum):
    THERAPIST = "therapist"
    PRESCRIBER = "prescriber"
    NURSE = "nurse"
    CASE_MANAGER = "case_manager"
    PEER = "peer"
    OFFICE = "office"


class Standing(StrEnum):
    """Where a client stands with the program. Governs reminders, silence and paging."""

    INVITED = "invited"
    ACTIVE = "active"
    PAUSED = "paused"
    OTHER_CARE = "other_care"
    DISCHARGED = "discharged"
    DIED = "died"


LONGEST_PAUSE: Final = timedelta(days=90)
PAUSE_ENDS: Final = time(9)  # on its last day, where the client is


@dataclass(frozen=True)
class Pause:
    """A pause as it was agreed: on which day it ends, and why."""

    until: date
    why: str


def why_not_pause(until: date | None, today: date) -> str | None:
    """The sentence that says why a pause cannot end on that day; None when it can."""
    if until is None:
        return "Say on which day the pause ends."
    if until <= today:
        return "A pause ends on a day that is still to come where the client is."
    if until > today + LONGEST_PAUSE:
        return "A pause is 90 days at most. Choose a nearer day: then somebody asks, and it can go on."
    return None


def pause_over_at(ends_at: datetime | None, since: datetime) -> datetime:
    """When a pause is over. One that was written down without an end, by an older release, lasts the longest."""
    return ends_at or since + LONGEST_PAUSE


class RiskLevel(StrEnum):
    """A clinician's formulation. Never computed, never mixed with how urgent something is."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"
    IMMINENT = "imminent"


class ReminderBy(StrEnum):
    """How a client wants to be reminded."""

    SMS = "sms"
    EMAIL = "email"


class ContactKind(StrEnum):
    PHONE = "phone"
    EMAIL = "email"
    PUSH = "push"


def licensed(licences: Iterable[tuple[str, date, date]], state: str | None, today: date) -> bool:
    """Whether any licence (state, from, until; both days included) covers this state today.

    An unknown state asks for any valid licence: help must not wait for an address.
    """
    return any((state is None or where == state) and since <= today <= until for where, since, until in licences)


def holders(licences: Iterable[tuple[int, str, date, date]], state: str | None, today: date) -> frozenset[int]:
    """Who holds a licence for this state today, of these rows (staff, state, from, until)."""
    return frozenset(who for who, *licence in licences if licensed([tuple(licence)], state, today))  # type: ignore[list-item]


def zone(name: str) -> ZoneInfo:
    """A time zone by name. One that does not exist must never hold up help: then it is UTC."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def may_be_today(now: datetime) -> tuple[date, date]:
    """The first and the last day that may be today somewhere in the United States, Guam and Samoa too."""
    return (now - timedelta(hours=12)).date(), (now + timedelta(hours=12)).date()


def plain_number(number: str) -> str:
    """A phone number as +digits, so that what a carrier sends and what a person typed are the same."""
    digits = re.sub(r"\D", "", number)
    if not number.strip().startswith("+") and len(digits) == 10:
        digits = "1" + digits
    return "+" + digits


def fingerprint(secret: str, what: str) -> str:
    """A keyed hash by which an address or a device key is found again without being stored."""
    return hmac.new(secret.encode(), what.strip().lower().encode(), hashlib.sha256).hexdigest()


# In the name of a sender each of these tells a bystander what the message is about.
TELLING: Final = re.compile(
    r"cris[ie]s|suicid|mental|psych|addict|recover|rehab|behavio|therap|clinic|treatment|sober|iop\b|detox|depress"
    r"|counsel|hospital",
    re.IGNORECASE,
)


def gives_away(name: str) -> str:
    """The part of a sender's name that gives something away about care; empty when none does."""
    found = TELLING.search(name)
    return found.group() if found else ""


NUMBER_STANDS: Final = timedelta(hours=72)


def may_be_sent_a_code(phone_changed_at: datetime | None, now: datetime) -> bool:
    """Whether a code to sign in may go to a client's number: not soon after staff changed it, so that whoever changes
    it cannot come in before the client, who is written to, has had time to say no."""
    return phone_changed_at is None or now - phone_changed_at >= NUMBER_STANDS


class Verdict(StrEnum):
    """What a review found of a chart that somebody opened with a reason."""

    RIGHT = "right"
    NOT_RIGHT = "not_right"


class Way(StrEnum):
    """How a client wants to be reached."""

    CALL = "call"
    TEXT_ONLY = "text_only"
    SIGNING = "signing"  # by video, with somebody who signs


class Signed(StrEnum):
    """How somebody put their name under a text."""

    ON_SCREEN = "on_screen"
    ON_PAPER = "on_paper"
    BY_PHONE = "by_phone"  # read aloud, and agreed


def not_safe_now(since: time | None, until: time | None, timezone: str, now: datetime) -> bool:
    """Whether a call may bring them into danger at this hour of their own day. The hours may reach past midnight."""
    if since is None or until is None:
        return False
    here = now.astimezone(zone(timezone)).time()
    return since <= here < until if since < until else here >= since or here < until
