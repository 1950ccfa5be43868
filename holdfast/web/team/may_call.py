"""At a glance: whom of those they named one may call and what one may say, which consents are missing, and the two lists."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Exists
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.approval.queries import approvals_of, is_approved
from holdfast.consent.papers import READ_TO, ends_soon, missing, scripts, together
from holdfast.consent.queries import Known, given, known_of, reach_and_known
from holdfast.consent.rules import IN_DANGER, MEDICAL, may_tell
from holdfast.consent.sentences import AFTER_A_DEATH, DIED
from holdfast.consent.words import OF_AGE, Age, Answer, Kind, Now, Script, Step
from holdfast.content.consents import Script as Lines
from holdfast.content.consents import consent_text, emergency_scripts
from holdfast.content.shapes import Status
from holdfast.crisis.queries import in_a_crisis
from holdfast.people.models import Client, Supporter
from holdfast.web import languages
from holdfast.web.consents import info_words, kept_words, title_of
from holdfast.web.sealed import opened

OVERDOSE: Final = "overdose-or-withdrawal"  # the protocol of such a crisis
AGES: Final = {
    Age.NOT_KNOWN: gettext_noop(
        "Their age is not known, so nobody counts them as of age. Ask for their birth date: the program’s page of the client keeps it."
    ),
    Age.UNDER_AGE: gettext_noop("They are under age. By %(law)s, as of %(day)s%(unconfirmed)s."),
}


@dataclass(frozen=True)
class Line:
    """One supporter, in words."""

    row: Supporter
    name: str
    phone: str
    any_time: str
    in_danger: str
    never: str
    kept: str
    reason: str
    steps: tuple[Step, ...]

    @property
    def may(self) -> bool:
        return bool(self.any_time or self.in_danger)


@dataclass(frozen=True)
class Aloud:
    """One list of an emergency. `first`: the one to begin with."""

    id: str
    title: str
    say: tuple[str, ...]
    withheld: tuple[str, ...]
    first: bool


@dataclass(frozen=True)
class ToReadAloud:
    """The lists that are open now: also for a caller of whom nobody knows who they are."""

    aloud: tuple[Aloud, ...]
    is_draft: bool

    @property
    def begins_with_a_list(self) -> bool:
        """Whether there is something to read aloud before anything else."""
        return any(one.first for one in self.aloud)


@dataclass(frozen=True)
class MayCall(ToReadAloud):
    client: Client
    lines: tuple[Line, ...]
    missing: tuple[str, ...]
    again: tuple[str, ...]
    waits: tuple[str, ...]
    soon: tuple[str, ...]
    age: str
    died: str  # one sentence, where they have died: then nobody is told anything, whatever else is here
    steps: tuple[Step, ...]  # what to do then

    @property
    def yes(self) -> str:
        return ", ".join(line.name for line in self.lines if line.any_time)

    @property
    def in_danger(self) -> str:
        """Those who may hear something in danger only."""
        return ", ".join(line.name for line in self.lines if line.in_danger and not line.any_time)

    @property
    def no(self) -> str:
        return ", ".join(line.name for line in self.lines if not line.may)


def may_call(client: Client, at: datetime, *, in_crisis: bool) -> MayCall:
    """For the page of a client: two queries."""
    return of_known(known_of(client, at), (), in_crisis=in_crisis)


def whom_to_call(client: Client, protocol: str, at: datetime) -> dict[str, Any]:
    """For the page of a crisis: how to reach them, and whom one may call. One query."""
    reach, known = reach_and_known(client, at, Exists(approvals_of(_path_of_lists(), at)))
    return {"reach": reach, "may": of_known(known, what_is_so(protocol), approved=bool(reach.more[-1]))}


def what_is_so(protocol: str) -> frozenset[Now]:
    """In every crisis there is a danger; in an overdose there is one for medical help."""
    return frozenset({Now.DANGER, Now.OVERDOSE} if protocol == OVERDOSE else {Now.DANGER})


def to_read_aloud(
    now: Collection[Now], at: datetime, known: Known | None = None, *, approved: bool | None = None
) -> ToReadAloud:
    """The lists alone, without what may not be told now. `known`: what the client agreed to, where we know who it is.

    `approved`: whether the lists are here, where it is known already.
    """
    lists, opened_now = emergency_scripts(), scripts(now)
    if approved is None and opened_now:
        approved = is_approved(_path_of_lists(), at)
    return ToReadAloud(
        tuple(
            _aloud(one, part, _answers(one, part, now, at, known), first=number == 0 and bool(MEDICAL & set(now)))
            for number, one in enumerate(opened_now)
            for part in [lists.medical if one is Script.MEDICAL else lists.police]
        ),
        lists.status is Status.DRAFT and not approved,
    )


def _answers(
    script: Script, part: Lines, now: Collection[Now], at: datetime, known: Known | None
) -> Mapping[str, Answer]:
    """Whether whoever is read this list may be told what its lines tell."""
    about = dict.fromkeys(one for line in part.say for one in line.about)
    given, signs = (known.given, known.signs) if known else ((), OF_AGE)
    return {one: may_tell(READ_TO[script], one, now, given, at, signs) for one in about}


def _aloud(script: Script, part: Lines, answers: Mapping[str, Answer], *, first: bool) -> Aloud:
    language = languages.short()
    shut = {about: answer for about, answer in answers.items() if not answer.told}
    withheld = [line.say(language) for line in part.withheld]
    withheld += [f"{info_words([about]).capitalize()}. {_(answer.reason)}" for about, answer in shut.items()]
    kept = together(answer for answer in answers.values() if answer.told).withheld
    if script is Script.MEDICAL and kept:  # the list for the police says all that in its own words
        withheld.append(f"{_sentence(kept_words(kept))}.")
    say = tuple(line.text.say(language) for line in part.say if not shut.keys() & set(line.about))
    return Aloud(script, part.title.say(language), say, tuple(withheld), first)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _path_of_lists() -> str:
    return f"policies/emergency-scripts/{emergency_scripts().version}"


def of_known(
    known: Known,
    now: Collection[Now],
    *,
    lists_for: Collection[Now] = (),
    approved: bool | None = None,
    in_crisis: bool | None = None,
) -> MayCall:
    """The card, and the lists that are open now. `approved`: whether they are here, where it is known already.

    `lists_for`: what opens the lists where nobody says that it is so now: to read beforehand. `in_crisis`: whether a
    crisis of theirs is open, where it is known already; then they are in danger on every page, whatever else is asked.
    """
    in_danger = bool(IN_DANGER & set(now)) or (in_a_crisis(known.client.id) if in_crisis is None else in_crisis)
    language = languages.short()
    people = {one.id: one for one in known.supporters}
    rows = [known.newest(kind) for kind in Kind if kind is not Kind.SUPPORTER]
    rows += [known.newest(Kind.SUPPORTER, one.id) for one in known.supporters]
    soon = [row for row in rows if row is not None and ends_soon(given(row), known.at)]
    lists = to_read_aloud(() if known.died else now or lists_for, known.at, known, approved=approved)
    unconfirmed = "" if known.law.counsel is Status.APPROVED else _("; counsel has not confirmed it")
    law = {"law": known.law.title, "day": known.law.as_of, "unconfirmed": unconfirmed}
    return MayCall(
        client=known.client,
        lines=lines_of(known, in_danger=in_danger),
        missing=tuple(consent_text(kind).title.say(language) for kind in missing(known.given, known.at)),
        again=tuple(
            consent_text(row.kind).title.say(language)
            for row in rows
            if row is not None and known.sign_again(Kind(row.kind), row.supporter_id)
        ),
        waits=tuple(
            title_of(row.kind, people.get(row.supporter_id or 0))
            for row in rows
            if row is not None and known.waits_for_guardian(Kind(row.kind), row.supporter_id)
        ),
        soon=tuple(consent_text(row.kind).title.say(language) for row in soon),
        age=_(AGES[known.signs.age]) % law if known.signs.age in AGES else "",
        aloud=lists.aloud,
        is_draft=lists.is_draft,
        died=_(DIED) if known.died else "",
        steps=in_words(AFTER_A_DEATH) if known.died else (),
    )


def lines_of(known: Known, *, in_danger: bool = False) -> tuple[Line, ...]:
    return tuple(
        Line(
            row,
            opened(row, "name", _("A name that cannot be read")),
            opened(row, "phone") or "",
            info_words(seen.any_time),
            info_words(seen.in_danger),
            info_words(seen.never),
            kept_words(seen.kept),
            _(seen.reason) if seen.reason else "",
            in_words(seen.steps_in_danger if in_danger else seen.steps),
        )
        for row, seen in known.glances()
    )


def in_words(steps: Iterable[Step]) -> tuple[Step, ...]:
    """What to do although the answer is a no, translated."""
    return tuple(Step(_(one.when), _(one.what)) for one in steps)
