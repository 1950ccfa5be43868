"""Pure: which of a client's signatures counts, when, and for what. The newest of a kind, for each person, and no other."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from holdfast.consent.words import OF_AGE, Age, Given, Info, Kind, Signs
from holdfast.content.states import StateLaw

SCOPE: Final[Mapping[Info, str]] = {
    Info.HERE: "here",
    Info.HOW: "how",
    Info.DANGER: "danger",
    Info.WHEREABOUTS: "danger",
    Info.SIGNS: "danger",
    Info.PRACTICAL: "practical",
    Info.TREATMENT: "treatment",
    Info.SUBSTANCES: "substances",
    Info.MEDICINES: "medicines",
}
WITH_NOTICE: Final = frozenset({Info.HERE, Info.TREATMENT, Info.SUBSTANCES, Info.MEDICINES})
SIGNED_ONLY: Final = frozenset(SCOPE[one] for one in WITH_NOTICE)  # 2.31 asks for a written consent

AGE_NOT_KNOWN: Final = (
    "Their age is not known: somebody under age may need a guardian’s signature too. Ask for their birth date."
)
SAID_ALOUD: Final = "They said this aloud; for this the law asks for their signature, on paper or in the app."
GUARDIAN_MISSING: Final = "They are under age and no guardian has signed this with them, as their state asks for."
SIGNED_UNDER_AGE: Final = (
    "They were under age when they signed this, and no guardian signed with them: ask them to sign it again."
)


def as_of(consents: Iterable[Given], at: datetime) -> tuple[Given, ...]:
    """The consents as they stood at this moment: what was given or taken back later had not happened yet."""
    return tuple(
        replace(one, revoked_at=None) if one.revoked_at is not None and one.revoked_at > at else one
        for one in consents
        if one.at <= at
    )


def newest(consents: Iterable[Given], kind: str, person: int | None = None) -> Given | None:
    """Only the newest of a kind counts, for each person: an older one never comes back because that one ended."""
    return max(
        (one for one in consents if one.kind == kind and one.person == person),
        key=lambda one: (one.at, one.id),
        default=None,
    )


def in_force(given: Given | None, at: datetime) -> Given | None:
    """This consent, if it holds at this moment."""
    if given is None or given.revoked_at is not None or given.at > at:
        return None
    return None if given.expires_at is not None and given.expires_at <= at else given


def replaced_at(given: Given, consents: Iterable[Given]) -> datetime | None:
    """When a newer one of its kind and person took its place; None where none did, or where it had ended before."""
    newer = [one.at for one in consents if _same(one, given) and (one.at, one.id) > (given.at, given.id)]
    then = min(newer, default=None)
    if then is None:
        return None
    (stood,) = as_of([given], then)  # what was taken back only later had not ended yet
    return then if in_force(stood, then) else None


def _same(one: Given, other: Given) -> bool:
    return (one.kind, one.person) == (other.kind, other.person)


def signs_alone(born: date | None, today: date, law: StateLaw) -> Signs:
    """What the client's own signature opens. Of a client whose age is not known it never opens substance use."""
    if born is None:
        return Signs(Age.NOT_KNOWN, mental_health=True, substance_use=False)
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if years >= law.majority:
        return OF_AGE
    return Signs(
        Age.UNDER_AGE,
        mental_health=law.mental_health_from is not None and years >= law.mental_health_from,
        substance_use=law.substance_use_from is not None and years >= law.substance_use_from,
        guardian_knows=law.guardian_knows_mental_health,
    )


def opens(given: Given) -> frozenset[str]:
    """The ticks that count: of a consent that was only said aloud, none that needs a signature."""
    return given.scopes if given.written else given.scopes - SIGNED_ONLY


def why_not_counted(given: Given, signs: Signs, *, substances: bool) -> str:
    """Why this signature does not open this; empty when it does. What it opened the day it was given counts, no birthday."""
    then = given.signs or signs
    if given.guardian or (then.substance_use if substances else then.mental_health):
        return ""
    if then.age is Age.NOT_KNOWN:
        return AGE_NOT_KNOWN
    return GUARDIAN_MISSING if signs.age is Age.UNDER_AGE else SIGNED_UNDER_AGE


def sign_again(given: Given, signs: Signs) -> bool:
    """Whether they signed it under age and alone, and are of age now: it counts only once they sign it anew."""
    return why_not_counted(given, signs, substances=given.kind == Kind.PART_2) == SIGNED_UNDER_AGE


def waits_for_guardian(given: Given, signs: Signs) -> bool:
    """Whether they signed it under age and alone, and are under age still: it counts only once a guardian signs too."""
    return why_not_counted(given, signs, substances=given.kind == Kind.PART_2) == GUARDIAN_MISSING
