"""Pure decisions: may I tell X about Y, now, and on what ground? Read `may_tell` first.

The stricter reading wherever two are possible. Whatever we know of a client comes from a program that treats substance
use too, so even "they are a client here" is treated as a record under 42 CFR Part 2. What nobody here knows is a no.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from holdfast.consent import sentences
from holdfast.consent.sentences import (
    AGREED_ANEW,
    ASK_NOW,
    ENDED,
    LISTEN,
    NO_CONSENT,
    TAKEN_BACK,
)
from holdfast.consent.signatures import (
    AGE_NOT_KNOWN,
    GUARDIAN_MISSING,
    SAID_ALOUD,
    SCOPE,
    WITH_NOTICE,
    as_of,
    in_force,
    newest,
    opens,
    why_not_counted,
)
from holdfast.consent.words import (
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

RECORD: Final[Mapping[Ground, tuple[Field, ...]]] = {
    Ground.CONSENT: (Field.RECIPIENT,),
    Ground.THREAT: (Field.RECIPIENT, Field.BELIEF, Field.FACTS),
    Ground.MEDICAL: (Field.RECIPIENT, Field.AFFILIATION, Field.NATURE),
    Ground.FAMILY: (Field.RECIPIENT, Field.FACTS),
    Ground.GUARDIAN: (Field.RECIPIENT,),
    Ground.NOTHING: (Field.RECIPIENT, Field.FACTS),
}
IN_DANGER: Final = frozenset({Now.DANGER, Now.MEDICAL, Now.OVERDOSE})
MEDICAL: Final = frozenset({Now.MEDICAL, Now.OVERDOSE})
AT_HAND: Final = frozenset({Info.DANGER, Info.WHEREABOUTS, Info.SIGNS})  # what somebody needs who goes to them


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
    """May I tell this recipient about this, at this moment, and on what ground? `person`: which supporter. Unknown: no."""
    try:
        whom, what = Recipient(recipient), Info(info)
    except ValueError:
        return _no("We do not know whom or what this is about, so the answer is no.")
    if what is Info.NOTES:
        return _no("Notes of counseling and psychotherapy are told to nobody here: they need a consent of their own.")
    if signs.died and whom not in _OUTLIVES:
        return replace(_no(sentences.DIED), steps=sentences.AFTER_A_DEATH)
    asked = _Question(what, frozenset(now), as_of(consents, at), at, signs, person)
    return _DECIDES[whom](asked)


# A death leaves this as it was: others in danger are warned without a word of the client, and a court has its order.
_OUTLIVES: Final = frozenset({Recipient.THREATENED, Recipient.COURT})


# --- each recipient ----------------------------------------------------------------------------


def _supporter(asked: _Question, *, guardian: bool = False) -> Answer:
    given = asked.consent(Kind.SUPPORTER, asked.person) if asked.person is not None else None
    answer = _not_given(asked) if given is None else _by_scope(asked, given)
    if answer.told or Now.AGREES not in asked.now or asked.person is None or asked.info not in _AGREED_ALOUD:
        return answer
    if not _at_hand(asked):  # while a life is in danger, what they say now counts, whatever was signed before
        if _taken_back(asked):
            return _nothing(asked, AGREED_ANEW)
        if not guardian and not asked.signs.mental_health:
            return _nothing(asked, GUARDIAN_MISSING)
    return _answer(
        Say.PART,
        Ground.FAMILY,
        "They are with you and just agreed that this person hears it.",
        (Kept.PROGRAM, Kept.DIAGNOSIS, Kept.SUBSTANCES, *_taken(asked.info)),
    )


_AGREED_ALOUD: Final = AT_HAND | {Info.HOW, Info.PRACTICAL}


def _taken(info: Info) -> tuple[Kept, ...]:
    """Of what lies before us, what was taken goes unsaid to all but those who treat them."""
    return (Kept.TAKEN,) if info is Info.SIGNS else ()


def _taken_back(asked: _Question) -> bool:
    last = newest(asked.consents, Kind.SUPPORTER, asked.person)
    return last is not None and last.revoked_at is not None


def _not_given(asked: _Question) -> Answer:
    last = newest(asked.consents, Kind.SUPPORTER, asked.person) if asked.person is not None else None
    if last is None:
        return _nothing(asked, NO_CONSENT)
    return _nothing(asked, ENDED if last.revoked_at is None else TAKEN_BACK)


def _by_scope(asked: _Question, given: Given) -> Answer:
    if no := why_not_counted(given, asked.signs, substances=False):  # then nothing of it counts, whatever is ticked
        return _nothing(asked, no)
    scope = SCOPE[asked.info]
    if scope not in given.scopes:
        answer = _no("They did not tick this for this person.")
        return replace(answer, steps=ASK_NOW) if _at_hand(asked) else answer
    if scope not in opens(given):
        return _no(SAID_ALOUD)
    if scope == "danger" and not asked.danger:
        return _no("They ticked this for when they are in danger, and nobody says that they are now.")
    no = why_not_counted(given, asked.signs, substances=True)
    if no and asked.info is Info.SUBSTANCES:
        return _no(no)
    substances = "substances" in opens(given) and not no
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
        found += _taken(info)
    return tuple(found)


def _guardian(asked: _Question) -> Answer:
    own = _supporter(asked, guardian=True)
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
    if _taken_back(asked):
        return own  # the text promises it: from then on only in danger
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
        (Kept.PROGRAM, Kept.DIAGNOSIS, Kept.SUBSTANCES, *_taken(asked.info)),
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
            (Kept.PROGRAM, Kept.DIAGNOSIS, Kept.EARLIER),  # what was taken now lies before us, and they need it
        )
    if asked.danger and asked.info in (Info.HOW, Info.PRACTICAL):
        return _no("Nobody needs this to help in an emergency.")
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
    # What lies before us is no record: they hear what was taken now, and not what was before.
    kept = tuple(Kept.EARLIER if one is Kept.SUBSTANCES else one for one in kept if one is not Kept.TAKEN)
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
        return replace(_no("There is no danger now that anybody named."), steps=LISTEN)
    kept = (Kept.PROGRAM, Kept.DIAGNOSIS, Kept.SUBSTANCES, Kept.TELLING_MEDICINE, *_taken(asked.info))
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


def _other(asked: _Question) -> Answer:
    """Somebody whom we call, such as a neighbor: in danger it is as with somebody named without consent."""
    if asked.danger:
        return _nothing(asked, NO_CONSENT)
    return _no("Nothing on file lets them hear anything, not even that they are a client here.")


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
        Recipient.EMPLOYER: _closed(
            "An employer hears nothing from us, not even that they are a client here. If the client may harm somebody "
            "there, ask about somebody who is threatened."
        ),
        Recipient.SCHOOL: _closed(
            "A school hears nothing from us, not even that they are a client here. If the client may harm somebody "
            "there, ask about somebody who is threatened."
        ),
        Recipient.COURT: _closed(
            "A court hears nothing from us without an order for it or a consent of its own: it goes to the director first."
        ),
        Recipient.OTHER: _other,
        Recipient.UNINVITED: lambda _asked: replace(_no(NO_CONSENT), steps=LISTEN),
    }
)


def _no(reason: str) -> Answer:
    return Answer(Say.NO, Ground.NOTHING, reason, record=RECORD[Ground.NOTHING])


def _nothing(asked: _Question, reason: str) -> Answer:
    """They may hear nothing at all, so it says what to do all the same: while a life is in danger, whom to ask."""
    return replace(_no(reason), steps=sentences.IN_DANGER if asked.danger else LISTEN)


def _answer(say: Say, ground: Ground, reason: str, kept: tuple[Kept, ...] = ()) -> Answer:
    return Answer(say, ground, reason, kept, record=RECORD[ground])


def _consented(asked: _Question, given: Given, reason: str, kept: tuple[Kept, ...]) -> Answer:
    # Where nothing hides from whom it comes, all that is told on consent says that they are in this care: 2.32.
    noticed = asked.info in WITH_NOTICE or given.kind == Kind.PART_2 or Kept.PROGRAM not in kept
    return Answer(
        Say.PART if kept else Say.YES,
        Ground.CONSENT,
        reason,
        kept,
        Notice.PART_2 if noticed else Notice.NONE,
        given.id,
        RECORD[Ground.CONSENT],
        AGE_NOT_KNOWN if asked.signs.age is Age.NOT_KNOWN else "",
    )
