"""The words in which "may I tell" is asked and answered. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class Recipient(StrEnum):
    """Who would be told."""

    SUPPORTER = "supporter"  # somebody the client named
    GUARDIAN = "guardian"  # of a client under age, by law
    EMERGENCY_MEDICAL = "emergency_medical"  # whoever sends or brings medical help
    POLICE = "police"
    THREATENED = "threatened"  # somebody whom the client may harm
    TREATING = "treating"  # an emergency room, another provider who treats them
    PAYER = "payer"
    EMPLOYER = "employer"
    SCHOOL = "school"
    COURT = "court"
    OTHER = "other"
    UNINVITED = "uninvited"  # calls by themselves, and nobody named them


class Info(StrEnum):
    """What they would be told."""

    HERE = "here"  # that they are a client here
    HOW = "how"  # how they are doing, in general
    DANGER = "danger"  # that they are in danger now
    WHEREABOUTS = "whereabouts"
    SIGNS = "signs"  # what lies before us now: awake or not, breathing, what was taken
    PRACTICAL = "practical"  # appointments, rides
    TREATMENT = "treatment"  # mental health treatment and diagnosis
    SUBSTANCES = "substances"  # alcohol and drugs: use and treatment
    MEDICINES = "medicines"
    NOTES = "notes"  # psychotherapy notes, notes of SUD counseling


class Now(StrEnum):
    """What is so at this moment, as whoever asks says."""

    DANGER = "danger"  # a serious and imminent threat
    MEDICAL = "medical"  # a medical emergency
    OVERDOSE = "overdose"  # overdose or withdrawal
    AGREES = "agrees"  # the client is with us and just agreed aloud


class Say(StrEnum):
    YES = "yes"
    PART = "part"
    NO = "no"


class Ground(StrEnum):
    CONSENT = "consent"
    THREAT = "164.512(j)"
    MEDICAL = "2.51"
    FAMILY = "164.510(b)"
    GUARDIAN = "164.502(g)"
    NOTHING = "nothing"


class Kept(StrEnum):
    """What must be withheld all the same."""

    PROGRAM = "program"
    SUBSTANCES = "substances"
    EARLIER = "earlier"  # of alcohol and drugs all but what was taken now
    DIAGNOSIS = "diagnosis"
    TELLING_MEDICINE = "telling_medicine"
    TAKEN = "taken"
    MORE = "more"


class Field(StrEnum):
    """What must be written down of a disclosure, beside who told, when and what."""

    RECIPIENT = "recipient"
    AFFILIATION = "affiliation"
    NATURE = "nature"
    BELIEF = "belief"
    FACTS = "facts"


class Notice(StrEnum):
    NONE = "none"
    PART_2 = "part_2"  # the notice of 2.32, with a copy of the consent or a clear explanation of its scope


class Kind(StrEnum):
    """What can be agreed to."""

    EMERGENCY = "emergency"
    TELEHEALTH = "telehealth"
    PART_2 = "part2"
    SUPPORTER = "supporter"
    MESSAGES = "messages"
    RECORDING = "recording"


class How(StrEnum):
    IN_APP = "in_app"
    ON_PAPER = "on_paper"
    BY_WORD = "by_word"  # said aloud, before a witness


class EndedBy(StrEnum):
    """What ended a consent before its day."""

    TAKEN_BACK = "taken_back"
    TREATMENT_ENDED = "treatment_ended"


class Age(StrEnum):
    OF_AGE = "of_age"
    UNDER_AGE = "under_age"
    NOT_KNOWN = "not_known"


@dataclass(frozen=True, slots=True)
class Signs:
    """What the client's signature opens without a guardian's. `died`: nothing any more, whatever else is so."""

    age: Age
    mental_health: bool
    substance_use: bool
    guardian_knows: bool = False
    died: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """One consent as it was given. `person`: the supporter it is about. `guardian`: whether a guardian signed too.

    `written`: signed, not only said aloud. `signs`: what the client's own signature opened the day it was given; None:
    as it does now.
    """

    id: int
    kind: str
    person: int | None
    scopes: frozenset[str]
    at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    guardian: bool = False
    written: bool = True
    signs: Signs | None = None


OF_AGE: Final = Signs(Age.OF_AGE, mental_health=True, substance_use=True)


@dataclass(frozen=True, slots=True)
class Step:
    """What to do although the answer is a no. `when`: now, only if nobody who leads answers, or never."""

    when: str
    what: str

    def __str__(self) -> str:
        return f"{self.when}: {self.what}"


@dataclass(frozen=True, slots=True)
class Answer:
    """`consent`: the one on which it rests. `reason`: one sentence. `record`: what must be written down.

    `steps`: what to do all the same.
    """

    say: Say
    ground: Ground
    reason: str
    withheld: tuple[Kept, ...] = ()
    notice: Notice = Notice.NONE
    consent: int | None = None
    record: tuple[Field, ...] = ()
    caution: str = ""
    steps: tuple[Step, ...] = ()

    @property
    def told(self) -> bool:
        return self.say is not Say.NO


class Script(StrEnum):
    MEDICAL = "medical"
    POLICE = "police"


@dataclass(frozen=True, slots=True)
class Glance:
    """What one supporter may hear: at any time, also in danger, and never; `kept`: what is withheld beside it.

    `reason` where it is nothing. `steps`: what to do where they may not hear it; `steps_in_danger`: while there is a danger.
    """

    person: int
    any_time: tuple[Info, ...]
    in_danger: tuple[Info, ...]
    never: tuple[Info, ...]
    kept: tuple[Kept, ...]
    reason: str
    steps: tuple[Step, ...]
    steps_in_danger: tuple[Step, ...]

    @property
    def nothing(self) -> bool:
        return not self.any_time and not self.in_danger
