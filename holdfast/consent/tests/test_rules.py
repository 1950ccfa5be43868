"""May I tell X about Y, now, and on what ground? Every cell; and what must hold whatever is asked."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import chain, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.consent.papers import (
    NO_NAME,
    TOO_LONG,
    ends_soon,
    glance,
    is_like,
    missing,
    scripts,
    together,
    why_not_record,
    why_not_sign,
)
from holdfast.consent.rules import AT_HAND, RECORD, may_tell
from holdfast.consent.sentences import (
    AFTER_A_DEATH,
    AGREED_ANEW,
    ASK_NOW,
    DIED,
    ENDED,
    IN_DANGER,
    LISTEN,
    NO_CONSENT,
    TAKEN_BACK,
)
from holdfast.consent.signatures import (
    GUARDIAN_MISSING,
    SIGNED_UNDER_AGE,
    in_force,
    newest,
    sign_again,
    signs_alone,
)
from holdfast.consent.words import (
    OF_AGE,
    Age,
    Answer,
    Field,
    Given,
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
from holdfast.content.consents import emergency_scripts
from holdfast.content.states import state_law

AT = datetime(2026, 11, 26, 9, tzinfo=UTC)
DAY = timedelta(days=1)
ROSA, FRANK = 1, 2
NOT_KNOWN = Signs(Age.NOT_KNOWN, mental_health=True, substance_use=False)
CHILD = Signs(Age.UNDER_AGE, mental_health=False, substance_use=False)
GUARDIAN_KNOWS = replace(CHILD, guardian_knows=True)
TEEN_ALONE = Signs(Age.UNDER_AGE, mental_health=True, substance_use=True)

OF_SUPPORTER = ("here", "how", "danger", "practical", "treatment", "medicines", "substances")
OF_EMERGENCY = ("danger", "treatment", "medicines", "substances")
NOTHING: tuple[Given, ...] = ()
EVERYTHING = (
    Given(1, Kind.EMERGENCY, None, frozenset(OF_EMERGENCY), AT - DAY, AT + 300 * DAY),
    Given(2, Kind.TELEHEALTH, None, frozenset(), AT - DAY),
    Given(3, Kind.PART_2, None, frozenset(), AT - DAY),
    Given(4, Kind.SUPPORTER, ROSA, frozenset(OF_SUPPORTER), AT - DAY, AT + 300 * DAY),
    Given(5, Kind.MESSAGES, None, frozenset({"sms", "email"}), AT - DAY),
    Given(6, Kind.RECORDING, None, frozenset(), AT - DAY),
)
REVOKED = tuple(replace(one, revoked_at=AT - timedelta(hours=1)) for one in EVERYTHING)
EXPIRED = tuple(replace(one, expires_at=AT) for one in EVERYTHING)
NOT_YET = tuple(replace(one, at=AT + DAY) for one in EVERYTHING)

# One letter for each Info in its order: here, how, danger, whereabouts, signs, practical, treatment, substances,
# medicines, notes. y: yes, p: only part, n: no.
NO = "nnnnnnnnnn"
CLOSED = ("employer", "school", "court", "other", "uninvited")
GRID = {
    ("nothing", ()): {},
    ("nothing", ("danger",)): {
        "emergency_medical": "nnpppnnnnn",
        "treating": "nnpppnnnnn",
        "police": "nnpppnnnnn",
        "threatened": "nnpnnnnnnn",
    },
    ("nothing", ("medical",)): {"emergency_medical": "ynyyynyyyn", "treating": "ynyyynyyyn", "police": "nnpppnnnnn"},
    ("nothing", ("overdose",)): {"emergency_medical": "ynyyynyyyn", "treating": "ynyyynyyyn", "police": "nnpppnnnnn"},
    ("nothing", ("agrees",)): {"supporter": "npppppnnnn", "guardian": "npppppnnnn"},
    ("nothing", ("danger", "agrees")): {
        "supporter": "npppppnnnn",
        "guardian": "npppppnnnn",
        "emergency_medical": "nnpppnnnnn",
        "treating": "nnpppnnnnn",
        "police": "nnpppnnnnn",
        "threatened": "nnpnnnnnnn",
    },
    ("everything", ()): {
        "supporter": "yynnnyyyyn",
        "guardian": "yynnnyyyyn",
        "treating": "yynnnyyyyn",
        "payer": "pnnnnnpppn",
    },
    ("everything", ("danger",)): {
        "supporter": "yyyyyyyyyn",
        "guardian": "yyyyyyyyyn",
        "emergency_medical": "ynyyynyyyn",
        "treating": "yyyyyyyyyn",
        "police": "nnpppnnnnn",
        "payer": "pnnnnnpppn",
        "threatened": "nnpnnnnnnn",
    },
    ("everything", ("overdose",)): {
        "supporter": "yyyyyyyyyn",
        "guardian": "yyyyyyyyyn",
        "emergency_medical": "ynyyynyyyn",
        "treating": "yyyyyyyyyn",
        "police": "nnpppnnnnn",
        "payer": "pnnnnnpppn",
    },
    ("everything", ("agrees",)): {
        "supporter": "yypppyyyyn",
        "guardian": "yypppyyyyn",
        "treating": "yynnnyyyyn",
        "payer": "pnnnnnpppn",
    },
}
GRID[("everything", ("medical",))] = GRID[("everything", ("overdose",))]
# What was taken back stays so: said aloud again it opens what somebody at hand needs while there is danger, and nothing else.
GRID |= {("taken back", now): row for (consents, now), row in GRID.items() if consents == "nothing"}
GRID[("taken back", ("agrees",))] = {}
GRID[("taken back", ("danger", "agrees"))] = {
    **GRID[("nothing", ("danger", "agrees"))],
    "supporter": "nnpppnnnnn",
    "guardian": "nnpppnnnnn",
}
CONSENTS = {
    "nothing": (NOTHING, EXPIRED, NOT_YET),
    "taken back": (REVOKED,),
    "everything": (EVERYTHING, (*EVERYTHING, *(replace(one, id=one.id + 10, at=AT - 9 * DAY) for one in REVOKED))),
}
CELLS = [
    (consents, now, recipient, info, dict(row).get(recipient, NO)[number])
    for (consents, now), row in GRID.items()
    for recipient in Recipient
    for number, info in enumerate(Info)
]


def ask(
    recipient: str,
    info: str,
    now: tuple[str, ...] = (),
    consents: tuple[Given, ...] = NOTHING,
    signs: Signs = OF_AGE,
    person: int | None = ROSA,
) -> Answer:
    return may_tell(recipient, info, frozenset(Now(one) for one in now), consents, AT, signs, person)


@pytest.mark.parametrize(("consents", "now", "recipient", "info", "letter"), CELLS)
def test_every_cell(consents: str, now: tuple[str, ...], recipient: Recipient, info: Info, letter: str) -> None:
    """H-151"""
    for known in CONSENTS[consents]:
        found = ask(recipient, info, now, known)
        assert found.say[0] == letter, found
        assert (found.ground is Ground.NOTHING) == (found.say is Say.NO)
        assert found.record == RECORD[found.ground]
        assert (found.say is Say.PART) == bool(found.withheld)
        assert found.reason.endswith(".")
        if found.consent is not None:
            assert found.ground is Ground.CONSENT


GROUNDS = (
    ("emergency_medical", "danger", ("danger",), NOTHING, Ground.THREAT),
    ("emergency_medical", "substances", ("overdose",), NOTHING, Ground.MEDICAL),
    ("emergency_medical", "substances", ("overdose",), EVERYTHING, Ground.CONSENT),
    ("emergency_medical", "danger", ("danger",), EVERYTHING, Ground.CONSENT),
    ("treating", "medicines", (), EVERYTHING, Ground.CONSENT),
    ("treating", "medicines", ("medical",), NOTHING, Ground.MEDICAL),
    ("police", "whereabouts", ("danger",), NOTHING, Ground.THREAT),
    ("police", "whereabouts", ("danger",), EVERYTHING, Ground.CONSENT),
    ("supporter", "danger", ("danger",), EVERYTHING, Ground.CONSENT),
    ("supporter", "how", ("agrees",), NOTHING, Ground.FAMILY),
    ("payer", "treatment", (), EVERYTHING, Ground.CONSENT),
    ("court", "treatment", ("danger", "medical", "agrees"), EVERYTHING, Ground.NOTHING),
)


@pytest.mark.parametrize(("recipient", "info", "now", "consents", "ground"), GROUNDS)
def test_on_which_ground(
    recipient: str, info: str, now: tuple[str, ...], consents: tuple[Given, ...], ground: Ground
) -> None:
    assert ask(recipient, info, now, consents).ground is ground


# ---------------------------------------------------------------- after a death

DEAD = replace(OF_AGE, died=True)
EVERY_NOW = ((), ("danger",), ("medical",), ("overdose",), ("agrees",), ("danger", "agrees"))


@pytest.mark.parametrize("recipient", Recipient)
@pytest.mark.parametrize("info", Info)
def test_after_a_death_the_director_decides_whatever_was_signed_and_whatever_is_so(
    recipient: Recipient, info: Info
) -> None:
    for now, consents in product(EVERY_NOW, (NOTHING, EVERYTHING)):
        found = ask(recipient, info, now, consents, DEAD)
        if recipient is Recipient.THREATENED:
            assert found == ask(recipient, info, now, consents), "others in danger are warned as before"
            continue
        assert found.say is Say.NO
        assert found.record == RECORD[Ground.NOTHING]
        assert "director" in found.reason or info is Info.NOTES
        if info is not Info.NOTES and recipient is not Recipient.COURT:
            assert found.reason == DIED
            assert found.steps == AFTER_A_DEATH


def test_after_a_death_no_supporter_hears_anything_and_no_year_of_life_counts() -> None:
    for signs in (DEAD, replace(GUARDIAN_KNOWS, died=True), replace(NOT_KNOWN, died=True)):
        for guardian in (False, True):
            seen = glance(ROSA, EVERYTHING, AT, signs, guardian=guardian)
            assert seen.nothing
            assert (seen.reason, seen.steps, seen.steps_in_danger) == (DIED, AFTER_A_DEATH, AFTER_A_DEATH)


# ---------------------------------------------------------------- one tick at a time

TICKED = {
    "here": {"here": "p"},
    "how": {"how": "p"},
    "danger": {"danger": "p", "whereabouts": "p", "signs": "p"},
    "practical": {"practical": "p"},
    "treatment": {"treatment": "p"},
    "medicines": {"medicines": "p"},
    "substances": {"substances": "p"},
}


@pytest.mark.parametrize("scope", OF_SUPPORTER)
@pytest.mark.parametrize("info", Info)
def test_each_tick_opens_its_own_and_nothing_else(scope: str, info: Info) -> None:
    """What is not ticked is not told, in danger neither."""
    consent = (Given(1, Kind.SUPPORTER, ROSA, frozenset({scope}), AT - DAY),)
    found = ask("supporter", info, ("danger",), consent)
    assert found.say[0] == TICKED[scope].get(info, "n")
    assert Kept.PROGRAM in found.withheld or info is Info.HERE or not found.told
    if scope != "substances" and found.told:
        assert Kept.SUBSTANCES in found.withheld


def test_for_danger_only_means_in_danger_only() -> None:
    consent = (Given(1, Kind.SUPPORTER, ROSA, frozenset({"danger"}), AT - DAY),)
    assert not ask("supporter", "danger", (), consent).told
    assert ask("supporter", "whereabouts", ("danger",), consent).told


def test_a_consent_for_one_person_opens_nothing_for_another() -> None:
    for info in Info:
        assert not ask("supporter", info, ("danger",), EVERYTHING, person=FRANK).told
        assert not ask("supporter", info, ("danger", "agrees"), EVERYTHING, person=None).told


ALOUD = tuple(replace(one, written=False) for one in EVERYTHING)


@pytest.mark.parametrize("info", Info)
def test_what_was_only_said_aloud_opens_nothing_that_needs_a_signature(info: Info) -> None:
    """H-157: 42 CFR 2.31 asks for a written consent."""
    needs_one = info in (Info.HERE, Info.TREATMENT, Info.SUBSTANCES, Info.MEDICINES, Info.NOTES)
    found = ask("supporter", info, ("danger",), ALOUD)
    assert found.told is not needs_one
    assert needs_one or {Kept.PROGRAM, Kept.DIAGNOSIS, Kept.SUBSTANCES} <= set(found.withheld)
    for recipient in ("payer", "treating"):
        assert not ask(recipient, info, (), ALOUD).told
    for now in ((), ("danger",)):
        aloud, nothing = ask("emergency_medical", info, now, ALOUD), ask("emergency_medical", info, now, NOTHING)
        assert (aloud.say, aloud.withheld) == (nothing.say, nothing.withheld)


def test_what_carries_the_notice_of_part_2() -> None:
    """H-157: with a copy of the consent, or its scope clearly told."""
    for recipient in ("supporter", "treating", "payer", "emergency_medical"):
        for info in ("here", "treatment", "substances", "medicines"):
            found = ask(recipient, info, ("danger",), EVERYTHING)
            assert (found.notice, found.consent is not None) == (Notice.PART_2, True)
    assert ask("emergency_medical", "substances", ("overdose",)).notice is Notice.NONE


def test_whatever_the_consent_for_records_opens_carries_the_notice() -> None:
    """H-157"""
    for info in Info:
        found = ask("treating", info, ("danger",), EVERYTHING)
        assert (found.notice is Notice.PART_2) is found.told


def test_what_need_not_hide_from_whom_it_comes_carries_the_notice_and_what_hides_it_needs_none() -> None:
    """H-157: told on consent by a program that they may know of, anything says that they are in this care."""
    hidden = (Given(1, Kind.SUPPORTER, ROSA, frozenset({"how", "danger", "practical"}), AT - DAY),)
    for info in ("how", "danger", "whereabouts", "signs", "practical"):
        assert ask("supporter", info, ("danger",), EVERYTHING).notice is Notice.PART_2
        found = ask("supporter", info, ("danger",), hidden)
        assert (found.told, Kept.PROGRAM in found.withheld, found.notice) == (True, True, Notice.NONE)
        assert ask("police", info, ("danger",), EVERYTHING).notice is Notice.NONE


def test_what_they_agree_to_aloud_never_tells_family_what_was_taken() -> None:
    found = ask("supporter", "signs", ("agrees",))
    assert (found.ground, Kept.TAKEN in found.withheld) == (Ground.FAMILY, True)


def test_what_was_taken_back_stays_so_when_they_agree_aloud_until_that_is_written_down() -> None:
    """H-151: but for the little that somebody at hand needs while there is danger."""
    for whom in ("supporter", "guardian"):
        found = ask(whom, "how", ("agrees",), REVOKED)
        assert (found.say, found.reason) == (Say.NO, AGREED_ANEW)
        assert ask(whom, "whereabouts", ("danger", "agrees"), REVOKED).ground is Ground.FAMILY
    anew = (*REVOKED, Given(9, Kind.SUPPORTER, ROSA, frozenset({"how"}), AT - timedelta(minutes=1), written=False))
    assert ask("supporter", "how", (), anew).ground is Ground.CONSENT


def test_a_guardian_whom_they_took_their_consent_from_hears_in_danger_only() -> None:
    """As the text of that consent says."""
    for info in ("here", "how", "treatment", "medicines"):
        assert ask("guardian", info, ("danger",), NOTHING, GUARDIAN_KNOWS).ground is Ground.GUARDIAN
        assert ask("guardian", info, ("danger",), REVOKED, GUARDIAN_KNOWS).reason == TAKEN_BACK
    assert ask("guardian", "whereabouts", ("danger",), REVOKED, GUARDIAN_KNOWS).ground is Ground.THREAT


def test_the_spoken_word_of_a_child_opens_no_more_than_their_signature() -> None:
    """H-154: but to a guardian, and what somebody at hand needs in danger."""
    assert ask("supporter", "how", ("agrees",), NOTHING, CHILD).reason == GUARDIAN_MISSING
    assert ask("guardian", "how", ("agrees",), NOTHING, CHILD).ground is Ground.FAMILY
    assert ask("supporter", "whereabouts", ("danger", "agrees"), NOTHING, CHILD).ground is Ground.FAMILY
    assert ask("supporter", "how", ("agrees",), NOTHING, TEEN_ALONE).ground is Ground.FAMILY


def test_medical_help_hears_what_was_taken_now_and_not_what_was_before() -> None:
    """H-153: an answer that lets them tell what was taken does not forbid to say so."""
    for known in (NOTHING, EVERYTHING[:1], (replace(EVERYTHING[0], scopes=frozenset({"danger"})),)):
        found = ask("emergency_medical", "signs", ("danger",), known)
        assert found.told
        assert not {Kept.TAKEN, Kept.SUBSTANCES} & set(found.withheld)
        assert (Kept.EARLIER in found.withheld) is (known != EVERYTHING[:1])


def test_why_no_names_only_what_would_make_it_a_yes() -> None:
    for now in (("danger",), ("overdose",)):
        assert ask("emergency_medical", "how", now).reason == "Nobody needs this to help in an emergency."
    assert "or when they have agreed" in ask("emergency_medical", "medicines", ("danger",)).reason
    for whom in ("employer", "school"):
        assert "somebody who is threatened" in ask(whom, "danger", ("danger",)).reason


# ---------------------------------------------------------------- as it stood at that moment


def test_a_moment_is_judged_by_the_consents_as_they_stood_then() -> None:
    """H-156: neither what was signed later nor what was taken back later changes what was allowed."""
    first = Given(1, Kind.SUPPORTER, ROSA, frozenset({"here"}), AT - 3 * DAY, revoked_at=AT - DAY)
    later = Given(2, Kind.SUPPORTER, ROSA, frozenset({"how"}), AT - timedelta(hours=1))

    def told(info: str, at: datetime) -> bool:
        return may_tell("supporter", info, (), (first, later), at, OF_AGE, ROSA).told

    assert [told("here", AT - n * DAY) for n in (4, 2, 1, 0)] == [False, True, False, False]
    assert [told("how", AT - n * DAY) for n in (4, 2, 1, 0)] == [False, False, False, True]


def test_what_was_signed_under_age_and_alone_does_not_begin_to_count_with_a_birthday() -> None:
    """H-154"""
    alone = tuple(replace(one, signs=CHILD) for one in EVERYTHING)
    for whom, info in (("supporter", "how"), ("treating", "treatment"), ("payer", "substances")):
        found = ask(whom, info, (), alone)
        assert (found.say, found.reason) == (Say.NO, SIGNED_UNDER_AGE)
    in_danger = ask("supporter", "danger", ("danger",), alone)
    assert (in_danger.reason, in_danger.steps) == (SIGNED_UNDER_AGE, IN_DANGER)
    assert ask("emergency_medical", "danger", ("danger",), alone).ground is Ground.THREAT
    assert all(sign_again(one, OF_AGE) for one in alone)
    assert not any(sign_again(one, CHILD) for one in alone)  # a guardian’s signature is what is missing now
    whole = tuple(replace(one, signs=CHILD, guardian=True) for one in EVERYTHING)
    by_law = tuple(replace(one, signs=TEEN_ALONE) for one in EVERYTHING)
    for known in (whole, by_law, EVERYTHING):
        assert ask("supporter", "how", (), known).told
        assert not any(sign_again(one, OF_AGE) for one in known)


def test_in_a_medical_emergency_what_was_not_ticked_is_told_on_the_rule_and_written_down_as_it_asks() -> None:
    """H-155"""
    ticked = (replace(EVERYTHING[0], scopes=frozenset({"danger", "treatment", "medicines"})),)
    for info in (Info.DANGER, Info.SIGNS, Info.TREATMENT, Info.MEDICINES, Info.SUBSTANCES):
        found = ask("emergency_medical", info, ("overdose",), ticked)
        assert (found.say, found.ground, found.record) == (Say.YES, Ground.MEDICAL, RECORD[Ground.MEDICAL])
    assert ask("emergency_medical", "danger", ("danger",), ticked).ground is Ground.CONSENT


def test_in_danger_the_no_for_somebody_named_says_whom_to_ask_and_that_a_life_goes_first() -> None:
    """H-151: the answer stays a no, also of a consent that was taken back or has ended."""
    for info in set(Info) - {Info.NOTES}:
        for reason, consents, person in (
            (NO_CONSENT, EVERYTHING, FRANK),
            (TAKEN_BACK, REVOKED, ROSA),
            (ENDED, EXPIRED, ROSA),
        ):
            for now, steps in ((("danger",), IN_DANGER), (("overdose",), IN_DANGER), ((), LISTEN)):
                found = ask("supporter", info, now, consents, person=person)
                assert (found.say, found.reason, found.steps) == (Say.NO, reason, steps)
    alone = ask("supporter", "danger", ("danger",), EVERYTHING, CHILD)
    assert (alone.say, alone.reason, alone.steps) == (Say.NO, GUARDIAN_MISSING, IN_DANGER)
    assert ask("other", "whereabouts", ("danger",)).steps == IN_DANGER
    assert ask("uninvited", "danger", ("danger",)).steps == LISTEN
    for person, consents in ((FRANK, EVERYTHING), (ROSA, REVOKED), (ROSA, EXPIRED)):
        seen = glance(person, consents, AT, OF_AGE)
        assert (seen.steps, seen.steps_in_danger) == (LISTEN, IN_DANGER)


def test_in_danger_whom_to_ask_stands_too_where_they_ticked_something_else_for_this_person() -> None:
    """H-151: what they did tick may be said, so nothing forbids it."""
    practical = (Given(1, Kind.SUPPORTER, ROSA, frozenset({"practical"}), AT - DAY),)
    assert ask("supporter", "whereabouts", ("danger",), practical).steps == ASK_NOW
    assert ask("supporter", "medicines", ("danger",), practical).steps == ()
    rosa = glance(ROSA, practical, AT, OF_AGE)
    assert (rosa.reason, rosa.steps, rosa.steps_in_danger) == ("", (), ASK_NOW)
    assert glance(ROSA, EVERYTHING, AT, OF_AGE).steps_in_danger == ()


def test_what_to_do_all_the_same_never_forbids_what_it_has_just_allowed() -> None:
    """H-151: read at two in the morning, one line after the other."""
    assert [one.when for one in IN_DANGER] == ["Now", "Only if nobody who leads answers", "Never"]
    assert "Ask your supervisor." in IN_DANGER[0].what
    assert "say where they are and what the danger is, as “a health program”" in IN_DANGER[1].what
    assert IN_DANGER[2].what == "Say that they are a client here, or anything of their care."


def test_whoever_is_threatened_may_be_warned_without_our_name_or_any_treatment() -> None:
    """H-151"""
    found = ask("threatened", "danger", ("danger",), EVERYTHING)
    assert (found.say, found.ground) == (Say.PART, Ground.THREAT)
    assert found.withheld == (Kept.PROGRAM, Kept.DIAGNOSIS, Kept.SUBSTANCES)
    assert "Decide with your supervisor now." in found.reason
    for info in set(Info) - {Info.DANGER}:
        assert not ask("threatened", info, ("danger", "agrees"), EVERYTHING).told
    assert not ask("threatened", "danger", ("overdose",), EVERYTHING).told


def test_one_who_treats_them_hears_why_danger_is_not_told_without_one() -> None:
    assert ask("treating", "whereabouts", (), EVERYTHING).reason == "Nobody needs this outside an emergency."


def test_medicines_without_substances_keep_back_those_that_give_treatment_away() -> None:
    consent = (Given(1, Kind.SUPPORTER, ROSA, frozenset({"medicines"}), AT - DAY),)
    assert Kept.TELLING_MEDICINE in ask("supporter", "medicines", (), consent).withheld


# ---------------------------------------------------------------- age and guardians


def test_age_is_counted_to_the_day_and_by_the_law_of_the_state() -> None:
    today = date(2026, 11, 26)
    law = replace(state_law("WA"), mental_health_from=13, substance_use_from=13)
    assert signs_alone(date(2008, 11, 26), today, law) == OF_AGE
    assert signs_alone(date(2008, 11, 27), today, law).age is Age.UNDER_AGE
    assert signs_alone(date(2013, 11, 26), today, law) == TEEN_ALONE
    assert signs_alone(date(2013, 11, 27), today, law) == CHILD
    confirmed = replace(law, mental_health_from=None, substance_use_from=None, guardian_knows_mental_health=True)
    assert signs_alone(date(2010, 1, 1), today, confirmed) == GUARDIAN_KNOWS
    for state in ("WA", "AZ", "CA", "NM", "TX"):  # drafts of counsel
        assert signs_alone(date(2013, 11, 26), today, state_law(state)) == CHILD
    assert signs_alone(date(2010, 1, 1), today, state_law("OR")) == CHILD
    assert signs_alone(None, today, law) == NOT_KNOWN


def test_of_an_age_that_is_not_known_substance_use_stays_closed_but_for_an_emergency() -> None:
    """H-154"""
    for recipient in ("supporter", "treating", "payer"):
        found = ask(recipient, "substances", (), EVERYTHING, NOT_KNOWN)
        assert (found.told, "age is not known" in found.reason) == (False, True)
    assert "age is not known" in ask("supporter", "how", (), EVERYTHING, NOT_KNOWN).caution
    assert Kept.SUBSTANCES in ask("supporter", "how", (), EVERYTHING, NOT_KNOWN).withheld
    assert ask("emergency_medical", "substances", ("overdose",), NOTHING, NOT_KNOWN).told


def test_a_child_signs_with_a_guardian_where_the_state_asks_for_it() -> None:
    for info in Info:
        assert not ask("supporter", info, ("danger",), EVERYTHING, CHILD).told
    with_guardian = tuple(replace(one, guardian=True) for one in EVERYTHING)
    assert ask("supporter", "substances", (), with_guardian, CHILD).told
    assert ask("supporter", "substances", (), EVERYTHING, TEEN_ALONE).told


GUARDIAN_HEARS = {
    #                                 calm        danger
    "child": (CHILD, NO, "nnpppnnnnn"),
    "child whose guardian may hear of mental health": (GUARDIAN_KNOWS, "ppnnnppnpn", "pppppppnpn"),
    "teen who signs alone": (TEEN_ALONE, NO, "nnpppnnnnn"),
    "of age": (OF_AGE, NO, NO),
    "not known": (NOT_KNOWN, NO, "nnpppnnnnn"),
}


@pytest.mark.parametrize("who", GUARDIAN_HEARS)
def test_what_a_guardian_hears_without_the_clients_consent(who: str) -> None:
    """H-154: of alcohol and drugs never (42 CFR 2.14)."""
    signs, calm, danger = GUARDIAN_HEARS[who]
    for situation, row in (((), calm), (("danger",), danger)):
        assert "".join(ask("guardian", info, situation, NOTHING, signs).say[0] for info in Info) == row
    for info in (Info.DANGER, Info.WHEREABOUTS, Info.SIGNS):
        found = ask("guardian", info, ("danger",), NOTHING, signs)
        assert not found.told or {Kept.PROGRAM, Kept.DIAGNOSIS, Kept.SUBSTANCES} <= set(found.withheld)
        assert bool(found.caution) == (signs is NOT_KNOWN)


# ---------------------------------------------------------------- whatever is asked

kinds = st.sampled_from(list(Kind))
moments = st.integers(-400, 400).map(lambda hours: AT + timedelta(hours=hours))


@st.composite
def consents(draw: st.DrawFn) -> tuple[Given, ...]:
    found = []
    for number in range(draw(st.integers(0, 6))):
        kind = draw(kinds)
        scopes = OF_SUPPORTER if kind is Kind.SUPPORTER else OF_EMERGENCY if kind is Kind.EMERGENCY else ()
        found.append(
            Given(
                number + 1,
                kind,
                draw(st.sampled_from([ROSA, FRANK])) if kind is Kind.SUPPORTER else None,
                draw(st.frozensets(st.sampled_from(scopes))) if scopes else frozenset(),
                draw(moments),
                draw(st.none() | moments),
                draw(st.none() | moments),
                guardian=draw(st.booleans()),
                written=draw(st.booleans()),
            )
        )
    return tuple(found)


situations = st.frozensets(st.sampled_from(list(Now)))
everybody = st.sampled_from([OF_AGE, NOT_KNOWN, CHILD, GUARDIAN_KNOWS, TEEN_ALONE])
recipients, infos = st.sampled_from(list(Recipient)), st.sampled_from(list(Info))
RANK = (Say.NO, Say.PART, Say.YES)


def no_more(after: Answer, before: Answer) -> bool:
    """Nothing is told after that was not told before."""
    if RANK.index(after.say) > RANK.index(before.say):
        return False
    return after.say is Say.NO or set(before.withheld) <= set(after.withheld)


@given(consents(), situations, everybody, recipients, infos, st.sampled_from([ROSA, FRANK]), st.data())
def test_taking_back_never_makes_more_tellable(known, now, signs, whom, what, person, data) -> None:
    """H-151"""
    before = may_tell(whom, what, now, known, AT, signs, person)
    if known:
        which = data.draw(st.integers(0, len(known) - 1))
        after = tuple(replace(one, revoked_at=AT) if n == which else one for n, one in enumerate(known))
        assert no_more(may_tell(whom, what, now, after, AT, signs, person), before)


@given(consents(), situations, everybody, recipients, infos, st.sampled_from([ROSA, FRANK]), st.data())
def test_an_end_is_as_good_as_taking_back(known, now, signs, whom, what, person, data) -> None:
    if known:
        which = data.draw(st.integers(0, len(known) - 1))
        ended, revoked = (
            tuple(replace(one, **how) if n == which else one for n, one in enumerate(known))
            for how in ({"expires_at": AT}, {"revoked_at": AT})
        )
        told = [replace(may_tell(whom, what, now, each, AT, signs, person), reason="") for each in (ended, revoked)]
        assert no_more(told[1], told[0])
        if Now.AGREES not in now and whom != Recipient.GUARDIAN:  # a refusal says more than a year that is over
            assert told[0] == told[1]


@given(consents(), situations, everybody, infos, st.sampled_from([ROSA, FRANK]))
def test_the_police_never_hear_of_substances_treatment_or_the_program(known, now, signs, what, person) -> None:
    """H-152"""
    found = may_tell("police", what, now, known, AT, signs, person)
    if found.told:
        assert what in (Info.DANGER, Info.WHEREABOUTS, Info.SIGNS)
        assert {Kept.PROGRAM, Kept.SUBSTANCES, Kept.DIAGNOSIS, Kept.TELLING_MEDICINE} <= set(found.withheld)
        assert what is not Info.SIGNS or Kept.TAKEN in found.withheld


@given(consents(), situations, everybody, infos)
def test_frank_without_consent_hears_nothing(known, now, signs, what) -> None:
    """H-151: neither as a caller whom nobody named, nor as somebody named whom she did not agree to tell."""
    assert not may_tell("uninvited", what, now, known, AT, signs, FRANK).told
    hers = tuple(one for one in known if one.person != FRANK)
    silent = now - {Now.AGREES}
    assert not may_tell("supporter", what, silent, hers, AT, signs, FRANK).told


@given(consents(), situations, everybody, recipients, infos, st.text(max_size=12))
def test_what_is_not_known_is_a_no(known, now, signs, whom, what, word) -> None:
    strange = f"~{word}"
    assert not may_tell(strange, what, now, known, AT, signs, ROSA).told
    assert not may_tell(whom, strange, now, known, AT, signs, ROSA).told


@given(consents(), situations, everybody, recipients)
def test_notes_are_told_to_nobody(known, now, signs, whom) -> None:
    assert not may_tell(whom, "notes", now, known, AT, signs, ROSA).told


@given(consents(), situations, everybody)
def test_an_overdose_always_opens_the_medical_list_and_tells_those_who_treat_it(known, now, signs) -> None:
    """H-153"""
    seen = now | {Now.OVERDOSE}
    assert scripts(seen)[0] is Script.MEDICAL
    for what in (Info.SUBSTANCES, Info.SIGNS, Info.MEDICINES, Info.WHEREABOUTS):
        assert may_tell("emergency_medical", what, seen, known, AT, signs).say is Say.YES


@given(consents(), situations, everybody, recipients, infos, st.sampled_from([ROSA, FRANK]))
@settings(max_examples=300)
def test_telling_in_more_danger_never_hears_less(known, now, signs, whom, what, person) -> None:
    calm = may_tell(whom, what, now, known, AT, signs, person)
    worse = may_tell(whom, what, now | {Now.OVERDOSE, Now.DANGER}, known, AT, signs, person)
    assert RANK.index(worse.say) >= RANK.index(calm.say)


@given(consents())
def test_an_older_one_never_counts_again(known) -> None:
    for kind in Kind:
        last = newest(known, kind)
        if last is not None:
            gone = tuple(replace(one, revoked_at=AT) if one is last else one for one in known)
            assert in_force(newest(gone, kind), AT) is None


# ---------------------------------------------------------------- at a glance, and papers


def test_at_a_glance() -> None:
    consent = (Given(1, Kind.SUPPORTER, ROSA, frozenset({"danger", "practical"}), AT - DAY),)
    rosa = glance(ROSA, consent, AT, OF_AGE)
    assert (rosa.any_time, rosa.in_danger) == ((Info.PRACTICAL,), (Info.DANGER, Info.WHEREABOUTS, Info.SIGNS))
    assert Info.SUBSTANCES in rosa.never
    assert rosa.kept == (Kept.PROGRAM, Kept.SUBSTANCES, Kept.DIAGNOSIS, Kept.TAKEN)
    medicines = (Given(1, Kind.SUPPORTER, ROSA, frozenset({"medicines"}), AT - DAY),)
    assert Kept.TELLING_MEDICINE in glance(ROSA, medicines, AT, OF_AGE).kept
    assert glance(ROSA, EVERYTHING, AT, OF_AGE).kept == ()
    frank = glance(FRANK, consent, AT, OF_AGE)
    assert frank.nothing
    assert (frank.reason, frank.steps) == (NO_CONSENT, LISTEN)
    child = glance(ROSA, consent, AT, CHILD)
    assert (child.nothing, child.reason) == (True, GUARDIAN_MISSING)
    assert child.steps_in_danger == IN_DANGER


def test_whoever_may_hear_nothing_still_hears_what_to_do() -> None:
    """H-153: call 911, stay, naloxone: that tells nothing about anybody."""
    for now, steps in (((), LISTEN), (("overdose",), IN_DANGER)):
        assert "call 911, stay with them, give naloxone" in steps[0].what
        assert "client here" in steps[-1].what
        for consents in (NOTHING, REVOKED, EXPIRED):
            assert ask("supporter", "signs", now, consents).steps == steps
        assert ask("supporter", "how", (*now, "agrees"), REVOKED).steps == steps
        assert ask("uninvited", "signs", now, EVERYTHING).steps == LISTEN


@pytest.mark.parametrize("now", [(), ("danger",), ("medical",), ("overdose",), ("agrees",), ("overdose", "danger")])
def test_a_list_is_open_exactly_when_its_reader_may_tell_the_place(now: tuple[str, ...]) -> None:
    """H-152: one rule, so that the lists and the answer never disagree. The medical list always comes first."""
    found = scripts({Now(one) for one in now})
    assert (Script.MEDICAL in found) is ask("emergency_medical", "whereabouts", now).told
    assert (Script.POLICE in found) is ask("police", "whereabouts", now).told
    assert found in ((), (Script.MEDICAL, Script.POLICE))


def test_each_line_of_the_lists_says_what_it_tells_and_the_police_hear_only_what_is_at_hand() -> None:
    """H-152"""
    lists = emergency_scripts()
    for script, at_most in ((lists.medical, set(Info)), (lists.police, AT_HAND)):
        assert {one for line in script.say for one in line.about} <= at_most
        assert any(Info.WHEREABOUTS in line.about for line in script.say)
    wanted = [line.about for line in lists.medical.say if "medicine" in line.text.en.lower()]
    assert wanted == [("medicines",)]


def test_which_consents_are_missing_or_end_soon() -> None:
    assert missing(NOTHING, AT) == (Kind.EMERGENCY, Kind.TELEHEALTH, Kind.PART_2)
    assert missing(EVERYTHING, AT) == ()
    assert missing(REVOKED, AT) == missing(NOTHING, AT)
    soon = replace(EVERYTHING[0], expires_at=AT + 29 * DAY)
    assert ends_soon(soon, AT)
    assert not ends_soon(EVERYTHING[0], AT)
    assert not ends_soon(replace(soon, expires_at=AT), AT)


def test_what_a_signature_needs() -> None:
    assert why_not_sign("telehealth", (), (), "Ana", How.IN_APP) is None
    assert why_not_sign("telehealth", (), (), "", How.BY_WORD) is None
    assert why_not_sign("telehealth", (), (), " ", How.ON_PAPER) == "Type the name to sign."
    assert "in writing" in (why_not_sign("part2", (), (), "", How.BY_WORD) or "")
    assert "Tick" in (why_not_sign("messages", (), ("sms",), "Ana", How.IN_APP) or "")


@pytest.mark.parametrize("name", [".", "A", "1234", "- -", "A1", "A" * 201, "A. " * 2000])
def test_a_signature_is_a_name_of_two_letters_or_more_and_not_of_thousands(name: str) -> None:
    for how in How:
        assert why_not_sign("telehealth", (), (), name, how) in (NO_NAME, TOO_LONG)
    assert "200" in TOO_LONG


@pytest.mark.parametrize(
    ("written", "like"),
    [
        ("Ana María Peña", True),
        ("ANA PENA", True),
        ("pena", True),
        ("Ani", True),  # what she is called
        ("Maria-Luisa", True),
        ("Rosa Morales", False),
        ("Anabel", False),
    ],
)
def test_a_name_is_like_the_one_on_record_where_a_word_is_the_same_whatever_its_case_and_accents(
    written: str, like: bool
) -> None:
    assert is_like(written, ("Ana María Peña", "Ani")) is like
    assert is_like(written, ("", "")), "where no name can be read there is nothing to ask"


def test_several_at_once_ask_for_all_that_each_asks_for() -> None:
    both = together([ask("emergency_medical", i, ("overdose",), EVERYTHING[:1]) for i in ("danger", "signs")])
    assert both.ground is Ground.CONSENT
    mixed = together(
        [
            ask("emergency_medical", "danger", ("overdose",), EVERYTHING[:1]),
            ask("emergency_medical", "substances", ("overdose",)),
        ]
    )
    assert (mixed.say, mixed.ground) == (Say.YES, Ground.MEDICAL)
    assert mixed.record == (Field.RECIPIENT, Field.AFFILIATION, Field.NATURE)
    assert together([]).say is Say.NO
    assert why_not_record(mixed, {Field.RECIPIENT: "x", Field.AFFILIATION: "y"}, "said")[0] == Field.NATURE
    assert why_not_record(mixed, dict.fromkeys(Field, "x"), " ")[0] == "words"
    assert why_not_record(mixed, dict.fromkeys(Field, "x"), "said") is None


def test_the_table_reaches_every_recipient_information_and_consent() -> None:
    assert {cell[2] for cell in CELLS} == set(Recipient)
    assert {cell[3] for cell in CELLS} == set(Info)
    assert {one.kind for one in EVERYTHING} == set(Kind)
    assert set(chain.from_iterable(cell[1] for cell in CELLS)) == set(Now)
    assert len(CELLS) == len(GRID) * len(Recipient) * len(Info)
