"""Pure decisions around the answer: what stands on a card, what a signature needs, what must be written down of a telling."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from holdfast.consent import sentences
from holdfast.consent.rules import may_tell
from holdfast.consent.signatures import in_force, newest
from holdfast.consent.words import (
    OF_AGE,
    Answer,
    Field,
    Given,
    Glance,
    Ground,
    How,
    Info,
    Kept,
    Kind,
    Notice,
    Now,
    Recipient,
    Say,
    Script,
    Signs,
)

ENDS_SOON: Final = timedelta(days=30)


# --- what stands at a glance -----------------------------------------------------------------------


READ_TO: Final[Mapping[Script, Recipient]] = {
    Script.MEDICAL: Recipient.EMERGENCY_MEDICAL,
    Script.POLICE: Recipient.POLICE,
}
_NO_CONSENTS: Final = datetime(2000, 1, 1, tzinfo=UTC)


def scripts(now: Collection[Now]) -> tuple[Script, ...]:
    """Which lists may be read aloud now, the one to begin with first: those whose reader may tell the place."""
    return tuple(
        one for one, whom in READ_TO.items() if may_tell(whom, Info.WHEREABOUTS, now, (), _NO_CONSENTS, OF_AGE).told
    )


ASKED_OF_SUPPORTERS: Final = tuple(one for one in Info if one is not Info.NOTES)


def glance(person: int, consents: Iterable[Given], at: datetime, signs: Signs, *, guardian: bool = False) -> Glance:
    """What this supporter may hear, for a card."""
    if signs.died:
        after = sentences.AFTER_A_DEATH
        return Glance(person, (), (), ASKED_OF_SUPPORTERS, (), sentences.DIED, after, after)
    known = tuple(consents)
    whom = Recipient.GUARDIAN if guardian else Recipient.SUPPORTER
    calm = {i: may_tell(whom, i, (), known, at, signs, person) for i in ASKED_OF_SUPPORTERS}
    danger = {i: may_tell(whom, i, (Now.DANGER,), known, at, signs, person) for i in ASKED_OF_SUPPORTERS}
    any_time = tuple(i for i in ASKED_OF_SUPPORTERS if calm[i].told)
    also = tuple(i for i in ASKED_OF_SUPPORTERS if danger[i].told and not calm[i].told)
    never = tuple(i for i in ASKED_OF_SUPPORTERS if not danger[i].told)
    withheld = {one for i in any_time for one in calm[i].withheld} | {one for i in also for one in danger[i].withheld}
    kept = tuple(one for one in Kept if one in withheld)
    nothing = not any_time and not also
    return Glance(
        person,
        any_time,
        also,
        never,
        kept,
        calm[Info.HERE].reason if nothing else "",
        sentences.LISTEN if nothing else (),
        sentences.IN_DANGER if nothing else danger[Info.DANGER].steps,
    )


# --- what a consent needs --------------------------------------------------------------------------


MOST_LETTERS: Final = 200
TOO_LONG: Final = "That name is longer than the 200 letters that fit. Write it shorter."
NO_NAME: Final = "Write the name in letters, at least two."


def why_not_a_name(written: str) -> str | None:
    """Why this cannot be what somebody signed with."""
    if len(written) > MOST_LETTERS:
        return TOO_LONG
    return NO_NAME if sum(one.isalpha() for one in written) < 2 else None


def is_like(written: str, names: Iterable[str]) -> bool:
    """Whether it has a word in common with one of these names, whatever its case and accents. Where none is known, yes."""
    known = {word for name in names for word in _bare_words(name)}
    return not known or bool(known & set(_bare_words(written)))


def _bare_words(name: str) -> list[str]:
    bare = "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one))
    return re.findall(r"\w+", bare.casefold())


def why_not_sign(kind: str, scopes: Collection[str], known: Collection[str], signature: str, how: How) -> str | None:
    """The sentence that says what is missing, if something is."""
    if how is not How.BY_WORD and not signature.strip():
        return "Type the name to sign."
    if signature.strip() and (no := why_not_a_name(signature.strip())):
        return no
    if kind == Kind.PART_2 and how is How.BY_WORD:
        return "The law asks for this one in writing: on paper, or in the app."
    if known and not scopes:
        return "Tick at least one thing, or do not sign this."
    if set(scopes) - set(known):
        return "One of the ticks is not known here. Load the page again."
    return None


def ends_soon(given: Given, at: datetime) -> bool:
    """Whether it holds and ends within a month."""
    return in_force(given, at) is not None and given.expires_at is not None and given.expires_at - at <= ENDS_SOON


NEEDED: Final = (Kind.EMERGENCY, Kind.TELEHEALTH, Kind.PART_2)  # asked of everybody at intake


def missing(consents: Iterable[Given], at: datetime) -> tuple[Kind, ...]:
    """Which of those asked of everybody do not hold. It holds up nothing; it stands on the client's page."""
    known = tuple(consents)
    return tuple(kind for kind in NEEDED if in_force(newest(known, kind), at) is None)


# --- what was told ---------------------------------------------------------------------------------

_DEMANDING: Final = (Ground.MEDICAL, Ground.THREAT, Ground.FAMILY, Ground.GUARDIAN, Ground.CONSENT)


def together(answers: Iterable[Answer]) -> Answer:
    """One answer for everything that was told at once: a no among them is a no, and all that any asks for is written down."""
    known = tuple(answers)
    if not known:
        return Answer(Say.NO, Ground.NOTHING, "Say what it is about.", record=(Field.RECIPIENT, Field.FACTS))
    say = min((one.say for one in known), key=(Say.NO, Say.PART, Say.YES).index)
    record = tuple(field for field in Field if any(field in one.record for one in known))
    withheld = tuple(kept for kept in Kept if any(kept in one.withheld for one in known))
    notice = Notice.PART_2 if any(one.notice is Notice.PART_2 for one in known) else Notice.NONE
    consent = next((one.consent for one in known if one.consent is not None), None)
    grounds = {one.ground for one in known}
    ground = Ground.NOTHING if say is Say.NO else next(one for one in _DEMANDING if one in grounds)
    worst = next(one for one in known if one.say is say)
    return Answer(say, ground, worst.reason, withheld, notice, consent, record, worst.caution)


_WHAT_IS_MISSING: Final[Mapping[Field, str]] = {
    Field.RECIPIENT: "Write the name of whoever was told.",
    Field.AFFILIATION: "Write where they work: the rule for medical emergencies asks for it.",
    Field.NATURE: "Say what the emergency was.",
    Field.BELIEF: "Say which danger you believed in, and for whom.",
    Field.FACTS: "Say on which facts you relied, or why you told them.",
}


def why_not_record(answer: Answer, said: Mapping[Field, str], words: str) -> tuple[str, str] | None:
    """Which field is still empty, and the sentence that asks for it."""
    if not words.strip():
        return "words", "Write down what you said."
    return next(((f.value, _WHAT_IS_MISSING[f]) for f in answer.record if not said.get(f, "").strip()), None)
