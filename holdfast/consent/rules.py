"""Pure decisions: may I tell X about Y, now, and on what ground? Read `may_tell` first.

The stricter reading wherever two are possible. Whatever we know of a client comes from a program that treats substance
use too, so even "they are a client here" is treated as a record under 42 CFR Part 2. What nobody here knows is a no.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from holdfast.consent.words import (
    OF_AGE,
    Age,
    Answer,
    Field,
    Given,
    Ground,
    Info,
    Kept,
    Kind,
    Notice,
    Now,
    Recipient,
    Say,
    Signs,
)
from holdfast.content.states import StateLaw

RECORD: Final[Mapping[Ground, tuple[Field, ...]]] = {
    Ground.CONSENT: (Field.RECIPIENT,),
    Ground.THREAT: (Field.RECIPIENT, Field.BELIEF, Field.FACTS),
    Ground.MEDICAL: (Field.RECIPIENT, Field.AFFILIATION, Field.NATURE),
    Ground.FAMILY: (Field.RECIPIENT, Field.FACTS),
    Ground.GUARDIAN: (Field.RECIPIENT,),
    Ground.NOTHING: (Field.RECIPIENT, Field.FACTS),
}
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
IN_DANGER: Final = frozenset({Now.DANGER, Now.MEDICAL, Now.OVERDOSE})
MEDICAL: Final = frozenset({Now.MEDICAL, Now.OVERDOSE})
AT_HAND: Final = frozenset({Info.DANGER, Info.WHEREABOUTS, Info.SIGNS})  # what somebody needs who goes to them
WITH_NOTICE: Final = frozenset({Info.HERE, Info.TREATMENT, Info.SUBSTANCES, Info.MEDICINES})

SIGNED_ONLY: Final = frozenset(SCOPE[one] for one in WITH_NOTICE)  # 2.31 asks for a written consent

# To say what to do tells nothing about the client: whoever kneels beside them must hear it.
WHAT_TO_DO: Final = (
    "You may listen, ask, and say what to do: call 911, stay with them, give naloxone. "
    "Say nothing about the client, not even that they are a client here."
)
LISTEN: Final = f"No consent. {WHAT_TO_DO}"
LISTEN_IN_DANGER: Final = (
    "No consent. Ask your supervisor now; if nobody answers, a life goes first: tell place and danger as "
    f"“a health program”, and write it down. {WHAT_TO_DO}"
)
TAKEN_BACK: Final = f"They took their consent back. {WHAT_TO_DO}"
ENDED: Final = f"Their consent has ended. {WHAT_TO_DO}"
AGE_NOT_KNOWN = (
    "Their age is not known: somebody under age may need a guardian’s signature too. Ask for their birth date."
)
SAID_ALOUD = "They said this aloud; for this the law asks for their signature, on paper or in the app."
GUARDIAN_MISSING = "They are under age and no guardian has signed this with them, as their state asks for."


@dataclass(frozen=True, slots=True)
class _Question:
    info: Info
    now: frozenset[Now]
    consents: tuple[Given, ...]
    at: datetime
    signs: Signs
    person: int | None

    @property
    def danger(self) -> bool:
        return bool(self.now & IN_DANGER)

    @property
    def medical(self) -> bool:
        return bool(self.now & MEDICAL)

    def consent(self, kind: Kind, person: int | None = None) -> Given | None:
        return in_force(newest(self.consents, kind, person), self.at)


def may_tell(
    recipient: str,
    info: str,
    now: Collection[Now],
    consents: Iterable[Given],
    at: datetime,
    signs: Signs,
    person: int | None = None,
) -> Answer:
    """May I tell this recipient about this, now, and on what ground? `person`: which supporter. Unknown words: no."""
    try:
        whom, what = Recipient(recipient), Info(info)
    except ValueError:
        return _no("We do not know whom or what this is about, so the answer is no.")
    if what is Info.NOTES:
        return _no("Notes of counseling and psychotherapy are told to nobody here: they need a consent of their own.")
    asked = _Question(what, frozenset(now), tuple(consents), at, signs, person)
    return _DECIDES[whom](asked)


# --- who was given what ------------------------------------------------------------------------


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
    """Why this signature does not open this; empty when it does."""
    if given.guardian or (signs.substance_use if substances else signs.mental_health):
        return ""
    return AGE_NOT_KNOWN if signs.age is Age.NOT_KNOWN else GUARDIAN_MISSING


# --- each recipient ----------------------------------------------------------------------------


def _supporter(asked: _Question) -> Answer:
    given = asked.consent(Kind.SUPPORTER, asked.person) if asked.person is not None else None
    answer = _not_given(asked) if given is None else _by_scope(asked, given)
    if not answer.told and Now.AGREES in asked.now and asked.person is not None and asked.info in _AGREED_ALOUD:
        return _answer(
            Say.PART,
            Ground.FAMILY,
            "They are with you and just agreed that this person hears it.",
            (Kept.PROGRAM, Kept.DIAGNOSIS, Kept.SUBSTANCES),
        )
    return answer


_AGREED_ALOUD: Final = AT_HAND | {Info.HOW, Info.PRACTICAL}


def _not_given(asked: _Question) -> Answer:
    last = newest(asked.consents, Kind.SUPPORTER, asked.person) if asked.person is not None else None
    if last is None:
        return _no(LISTEN_IN_DANGER if asked.danger and asked.person is not None else LISTEN)
    return _no(TAKEN_BACK if last.revoked_at is not None else ENDED)


def _by_scope(asked: _Question, given: Given) -> Answer:
    scope = SCOPE[asked.info]
    if scope not in given.scopes:
        return _no("They did not tick this for this person.")
    if scope not in opens(given):
        return _no(SAID_ALOUD)
    if scope == "danger" and not asked.danger:
        return _no("They ticked this for when they are in danger, and nobody says that they are now.")
    no = why_not_counted(given, asked.signs, substances=False)
    if no or asked.info is Info.SUBSTANCES:
        no = no or why_not_counted(given, asked.signs, substances=True)
    if no:
        return _no(no)
    substances = "substances" in opens(given) and not why_not_counted(given, asked.signs, substances=True)
    kept = _kept_back(asked.info, opens(given), substances=substances)
    return _consented(asked, given, "They agreed that this person may know.", kept)


def _kept_back(info: Info, scopes: frozenset[str], *, substances: bool) -> tuple[Kept, ...]:
    """What goes unsaid beside it, since it was not ticked."""
    found = []
    if "here" not in scopes and info is not Info.HERE:
        found.append(Kept.PROGRAM)
    if "treatment" not in scopes and info is not Info.TREATMENT:
        found.append(Kept.DIAGNOSIS)
    if not substances and info is not Info.SUBSTANCES:
        found += [Kept.SUBSTANCES]
        found += [Kept.TELLING_MEDICINE] if info is Info.MEDICINES else []
        found += [Kept.TAKEN] if info is Info.SIGNS else []
    return tuple(found)


def _guardian(asked: _Question) -> Answer:
    own = _supporter(asked)
    if own.told or asked.signs.age is Age.OF_AGE:
        return own
    if asked.signs.age is Age.NOT_KNOWN:
        # Somebody wrote down that they have a guardian. While a life is in danger that is enough.
        return replace(_guardian_in_danger(asked), caution=AGE_NOT_KNOWN) if _at_hand(asked) else own
    if asked.info is Info.SUBSTANCES:
        return _no(
            "Of alcohol and drugs a guardian hears only with the client’s own consent. When a life is in danger and they "
            "cannot decide, the director decides under 2.14."
        )
    if asked.info in AT_HAND:
        if not asked.danger:
            return _no("Where they are and what the danger is, a guardian hears when they are in danger.")
        return _guardian_in_danger(asked)
    if asked.signs.mental_health or not asked.signs.guardian_knows:
        return _no("In their state nobody has confirmed that a guardian may hear this without the client’s consent.")
    kept = (Kept.SUBSTANCES, Kept.TELLING_MEDICINE) if asked.info is Info.MEDICINES else (Kept.SUBSTANCES,)
    return _answer(Say.PART, Ground.GUARDIAN, "Their guardian’s consent was needed for this care.", kept)


def _at_hand(asked: _Question) -> bool:
    return asked.danger and asked.info in AT_HAND


def _guardian_in_danger(asked: _Question) -> Answer:
    return _answer(
        Say.PART,
        Ground.THREAT,
        "They are in danger, and their guardian can keep them safe.",
        (
            *(Kept.PROGRAM, Kept.DIAGNOSIS, Kept.SUBSTANCES),
            *((Kept.TAKEN,) if asked.info is Info.SIGNS else ()),
        ),
    )


def _medical(asked: _Question) -> Answer:
    consented = _by_emergency_consent(asked)
    if consented is not None:
        return consented
    if asked.medical and asked.info not in (Info.HOW, Info.PRACTICAL):
        return _answer(
            Say.YES,
            Ground.MEDICAL,
            "A medical emergency: tell those who treat them as much as they need for it.",
        )
    if asked.danger and asked.info in AT_HAND:
        return _answer(
            Say.PART,
            Ground.THREAT,
            "A serious danger now, and they can lessen it: tell them what they need, as “a health program”.",
            (Kept.PROGRAM, Kept.DIAGNOSIS, Kept.SUBSTANCES),
        )
    if asked.danger:
        return _no("This opens when it is a medical emergency, or when they have agreed to it.")
    return _no("There is no emergency that anybody named, and no consent.")


def _by_emergency_consent(asked: _Question) -> Answer | None:
    given = asked.consent(Kind.EMERGENCY)
    if given is None or not asked.danger:
        return None
    # That they are a client here gives substance use away, so it needs that tick.
    scope = "substances" if asked.info is Info.HERE else SCOPE[asked.info]
    if scope not in opens(given) or why_not_counted(given, asked.signs, substances=scope == "substances"):
        return None
    substances = "substances" in opens(given) and not why_not_counted(given, asked.signs, substances=True)
    if asked.medical:
        # What was not ticked is told on 2.51 alone, with what that rule wants written down.
        return _consented(asked, given, "They agreed to this for an emergency.", ()) if substances else None
    kept = _kept_back(asked.info, opens(given) | ({"here"} if substances else frozenset()), substances=substances)
    kept = tuple(one for one in kept if one is not Kept.TAKEN)  # what lies before us is no record
    return _consented(asked, given, "They agreed to this for an emergency.", kept)


def _treating(asked: _Question) -> Answer:
    given = asked.consent(Kind.PART_2)
    ready = given is not None and given.written and not why_not_counted(given, asked.signs, substances=True)
    if given is not None and ready and (asked.info not in AT_HAND or asked.danger):
        return _consented(asked, given, "They agreed that those who treat them may know.", ())
    answer = _medical(asked)
    if answer.told or given is None:
        return answer
    if ready:
        return replace(answer, reason="Nobody needs this outside an emergency.")
    return replace(answer, reason=why_not_counted(given, asked.signs, substances=True) or SAID_ALOUD)


def _police(asked: _Question) -> Answer:
    if asked.info not in AT_HAND:
        return _no("The police never hear this from us. A warrant or a court order goes to the director first.")
    if not asked.danger:
        return _no(f"There is no danger now that anybody named. {WHAT_TO_DO}")
    taken = (Kept.TAKEN,) if asked.info is Info.SIGNS else ()
    kept = (Kept.PROGRAM, Kept.DIAGNOSIS, Kept.SUBSTANCES, Kept.TELLING_MEDICINE, *taken)
    given = asked.consent(Kind.EMERGENCY)
    if given is not None and "danger" in given.scopes and not why_not_counted(given, asked.signs, substances=False):
        return _consented(asked, given, "They agreed to this for an emergency.", kept)
    reason = "A serious danger now, and the police can lessen it: place and danger, as “a health program”."
    return _answer(Say.PART, Ground.THREAT, reason, kept)


def _threatened(asked: _Question) -> Answer:
    if Now.DANGER not in asked.now:
        return _no("There is no danger now that anybody named.")
    if asked.info is not Info.DANGER:
        return _no("They hear what the danger is, so that they can be safe, and nothing else.")
    return _answer(
        Say.PART,
        Ground.THREAT,
        "The law may let or make you warn them, without naming us or any treatment. Decide with your supervisor now.",
        (Kept.PROGRAM, Kept.DIAGNOSIS, Kept.SUBSTANCES),
    )


def _payer(asked: _Question) -> Answer:
    given = asked.consent(Kind.PART_2)
    if given is None:
        return _no("They have not agreed to sharing for payment.")
    no = why_not_counted(given, asked.signs, substances=True) or ("" if given.written else SAID_ALOUD)
    if no:
        return _no(no)
    if asked.info not in WITH_NOTICE:
        return _no("Nobody needs this to pay.")
    return _consented(asked, given, "They agreed that their health plan may know what it needs to pay.", (Kept.MORE,))


def _closed(reason: str) -> Callable[[_Question], Answer]:
    return lambda _asked: _no(reason)


_DECIDES: Final[Mapping[Recipient, Callable[[_Question], Answer]]] = MappingProxyType(
    {
        Recipient.SUPPORTER: _supporter,
        Recipient.GUARDIAN: _guardian,
        Recipient.EMERGENCY_MEDICAL: _medical,
        Recipient.POLICE: _police,
        Recipient.THREATENED: _threatened,
        Recipient.TREATING: _treating,
        Recipient.PAYER: _payer,
        Recipient.EMPLOYER: _closed("An employer hears nothing from us, not even that they are a client here."),
        Recipient.SCHOOL: _closed("A school hears nothing from us, not even that they are a client here."),
        Recipient.COURT: _closed(
            "A court hears nothing from us without an order for it or a consent of its own: it goes to the director first."
        ),
        Recipient.OTHER: _closed("Nothing on file lets them hear anything, not even that they are a client here."),
        Recipient.UNINVITED: _closed(LISTEN),
    }
)


def _no(reason: str) -> Answer:
    return Answer(Say.NO, Ground.NOTHING, reason, record=RECORD[Ground.NOTHING])


def _answer(say: Say, ground: Ground, reason: str, kept: tuple[Kept, ...] = ()) -> Answer:
    return Answer(say, ground, reason, kept, record=RECORD[ground])


def _consented(asked: _Question, given: Given, reason: str, kept: tuple[Kept, ...]) -> Answer:
    return Answer(
        Say.PART if kept else Say.YES,
        Ground.CONSENT,
        reason,
        kept,
        Notice.PART_2 if asked.info in WITH_NOTICE or given.kind == Kind.PART_2 else Notice.NONE,
        given.id,
        RECORD[Ground.CONSENT],
        AGE_NOT_KNOWN if asked.signs.age is Age.NOT_KNOWN else "",
    )
