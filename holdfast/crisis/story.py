"""Reads the course of one crisis for its page: its checklist, who is in it, what was decided and noted.

One query, however long the story. Whoever calls has checked that the reader may see the crisis.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from holdfast.approval.queries import protocol_kept
from holdfast.assessment.models import RiskFinding
from holdfast.content.shapes import ContentError, Urgency
from holdfast.crisis.course import Asked, EntryKind, Happening, Line
from holdfast.crisis.guide import lines_of
from holdfast.crisis.heard import WORDS, Heard
from holdfast.crisis.models import Ask, Entry, Episode, Formulation, Move, StepAnswer, Try
from holdfast.crisis.rules import HAS_OWNER, Result, Said, State
from holdfast.crisis.trying import due_of, steps_from
from holdfast.ledger.sealed import readable
from holdfast.people.models import Staff

CHOICE_WORDS = {
    "text": "Decided to write a text",
    "other_number": "Decided to try another number",
    "supporter": "Decided to ask a supporter",
    "welfare_check": "Decided to ask for a welfare check",
    "keep_trying": "Decided to go on calling",
}
NOTE_WORDS = {"plan": "The safety plan was gone through", "given back": "Why it was given back"}
CANNOT_WORDS = {"tries": "two tries failed", "time": "an emergency, and not reached in ten minutes"}
ANSWER_WORDS = {
    ("hand_over", "accepted"): "Said yes to taking it over",
    ("hand_over", "declined"): "Cannot take it over",
    ("hand_over", "withdrawn"): "Handing over was withdrawn",
    ("hand_over", "over"): "Handing over is not needed any more",
    ("second", "accepted"): "Called in as second person",
    ("second", "declined"): "Cannot help as second person",
    ("second", "withdrawn"): "The call for a second person was withdrawn",
    ("second", "over"): "A second person is not needed any more",
}


@dataclass(frozen=True)
class Kept:
    """A step that was answered under another protocol, or before the crisis came back."""

    protocol: str
    step: str
    answer: StepAnswer


@dataclass(frozen=True)
class Story:
    """The course of one crisis. `cannot_reach`: since when, while it stands; `first_try_due` while none was made."""

    lines: tuple[Line, ...]
    late: frozenset[str]
    kept: tuple[Kept, ...]
    notes: tuple[Entry, ...]
    hand_over: Ask | None
    seconds: tuple[Ask, ...]
    helpers: tuple[Staff, ...]
    formulations: tuple[Formulation, ...]
    cannot_reach: Entry | None
    choices: tuple[Entry, ...]
    first_try_due: datetime | None
    risk_by: str
    heard: Heard
    timeline: tuple[Happening, ...]

    def step(self, name: str) -> Line | None:
        return next((line for line in self.lines if line.step.id == name), None)


def story(episode: Episode, tries: Iterable[Try], moves: Iterable[Move], findings: Iterable[RiskFinding] = ()) -> Story:
    """The course of a crisis that the reader may see."""
    entries = list(
        Entry.objects.filter(episode=episode)
        .select_related("by", "step__by", "ask__by", "ask__to", "ask__answered_by", "formulation__by", "urgency")
        .order_by("-at", "-id")
    )
    asks = [e.ask for e in entries if e.ask]
    answers = sorted((e.step for e in entries if e.step), key=lambda a: (a.at, a.id))
    formulations = [e.formulation for e in entries if e.formulation]
    round_ = 1 + sum(1 for move in moves if move.before == State.SETTLED and move.after == State.RAISED)

    def is_now(answer: StepAnswer) -> bool:
        here = (episode.protocol, episode.protocol_version, round_)
        return (answer.protocol, answer.version, answer.round) == here

    changed_at = max((e.at for e in entries if e.kind == EntryKind.PROTOCOL), default=None)
    try_by = _first_try_due(episode, findings, entries)
    lines = lines_of(episode, [a for a in answers if is_now(a)], changed_at, try_by)
    named = {line.step.id for line in lines}
    carried = {(line.step.id, line.given.at) for line in lines if line.given}
    earlier = [a for a in answers if not is_now(a) and (a.step, a.at) not in carried]
    earlier += [a for a in answers if is_now(a) and a.step not in named]  # a step that its version does not have
    reached = max((t.at for t in tries if t.result == Result.REACHED), default=None)
    said = next((e for e in entries if e.kind == EntryKind.CANNOT_REACH), None)
    stands = said if said and episode.state == State.OWNED and (reached is None or reached < said.at) else None
    open_ = [a for a in asks if not a.answer]
    return Story(
        lines=lines,
        late=frozenset(e.what for e in entries if e.kind == EntryKind.LATE_STEP),
        kept=tuple(Kept(a.protocol, step_title(a.protocol, a.version, a.step), a) for a in earlier),
        notes=tuple(e for e in entries if e.kind == EntryKind.NOTE),
        hand_over=next((a for a in open_ if a.kind == Asked.HAND_OVER), None),
        seconds=tuple(a for a in open_ if a.kind == Asked.SECOND),
        helpers=_helpers(asks, episode, max((m.at for m in moves if m.after == State.RAISED), default=None)),
        formulations=tuple(formulations),
        cannot_reach=stands,
        choices=tuple(e for e in entries if stands and e.kind == EntryKind.CHOICE and e.at >= stands.at),
        first_try_due=try_by,
        risk_by=next((e.by.name for e in entries if e.kind == EntryKind.RISK_LEVEL and e.by), ""),
        heard=Heard({e.what: e.at for e in reversed(entries) if e.kind == EntryKind.VOICE}),
        timeline=tuple(_of_entries(episode, entries)),
    )


def _first_try_due(episode: Episode, findings: Iterable[RiskFinding], entries: Iterable[Entry]) -> datetime | None:
    if episode.state != State.OWNED or episode.first_try_at or episode.owned_at is None:
        return None
    by_hand = [(e.urgency.at, Urgency(e.urgency.after)) for e in entries if e.urgency]
    return due_of(episode.owned_at, steps_from(episode, [(f.at, Urgency(f.urgency)) for f in findings], by_hand))


def _helpers(asks: list[Ask], episode: Episode, sought_at: datetime | None) -> tuple[Staff, ...]:
    """Who was called in as second since somebody was last sought and is not the owner now, each once."""
    found = {
        a.answered_by.id: a.answered_by
        for a in reversed(asks)
        if a.kind == Asked.SECOND and a.answer == "accepted" and a.answered_by
        if a.answered_at and (sought_at is None or a.answered_at >= sought_at)
    }
    found.pop(episode.owner_id or 0, None)
    return tuple(found.values()) if episode.state in HAS_OWNER else ()


def step_title(name: str, version: str, step: str) -> str:
    """The title of a step in the version in which it was answered; its plain name where that is missing."""
    try:
        return str(protocol_kept(name, version).step(step).title)
    except (ContentError, KeyError):
        return step.replace("-", " ")


def _of_entries(episode: Episode, entries: list[Entry]) -> Iterable[Happening]:
    for e in entries:
        if e.ask:
            yield from _of_ask(e.ask)
        elif e.step:
            yield from _of_answer(e.step, e.at)
        else:
            yield _of_entry(episode, e)


def _of_entry(episode: Episode, e: Entry) -> Happening:
    """One line in words."""
    who, detail, what = e.by.name if e.by else "by the clock", readable(e, "words"), e.what.replace("_", " ")
    plain = {
        EntryKind.CHOICE: ("choice", CHOICE_WORDS.get(e.what, what)),
        EntryKind.PROTOCOL: ("move", f"Another protocol, instead of {what.rpartition(' ')[0].replace('-', ' ')}"),
        EntryKind.STANDING: ("move", f"Standing of the client: {what}"),
        EntryKind.WAIVER: ("move", f"Left out on closing: {what}"),
        EntryKind.RISK_LEVEL: ("move", f"Risk level assigned: {what}"),
        EntryKind.NOTE: ("note", NOTE_WORDS.get(e.what, "Note")),
        EntryKind.LATE_TRY: ("late", "The first try to reach the client is late. The owner was reminded."),
        EntryKind.CANNOT_REACH: ("late", "The client cannot be reached. A second person is asked."),
        EntryKind.SECOND_ANSWER: ("answer", "“I have this”, when somebody had it. They were told who."),
    }
    if e.urgency:
        words = f"Urgency: {e.urgency.before} to {e.urgency.after}"
        return Happening(e.at, "move", words, who, readable(e.urgency, "why"))
    if e.kind == EntryKind.LATE_STEP:
        title = step_title(episode.protocol, episode.protocol_version, e.what)
        return Happening(e.at, "late", f"Late: “{title}”", who)
    if e.kind == EntryKind.VOICE:
        return Happening(e.at, "signal", WORDS[Said(e.what)], "")
    if e.kind == EntryKind.CANNOT_REACH:
        detail = CANNOT_WORDS.get(e.what, "")
    if e.kind == EntryKind.SECOND_ANSWER:
        detail = e.what
    kind, words = plain[EntryKind(e.kind)]
    return Happening(e.at, kind, words, who, detail)


def _of_ask(a: Ask) -> Iterable[Happening]:
    by = a.by.name if a.by else "by the clock"
    if a.kind == Asked.HAND_OVER:
        words = f"Asked {a.to.name if a.to else ''} to take it over"
    else:
        words = f"Asked {a.to.name if a.to else 'whoever is on call'} to help as a second person"
    yield Happening(a.at, "page", words, by, readable(a, "why"))
    if a.answer and a.answered_at:
        who = a.answered_by.name if a.answered_by else ""
        yield Happening(a.answered_at, "answer", ANSWER_WORDS[a.kind, a.answer], who)


def _of_answer(a: StepAnswer, written_at: datetime) -> Iterable[Happening]:
    """A step that a press did. What an act did stands there as that act, what was carried over where it was done."""
    if a.act == "press" and a.at == written_at:
        title = step_title(a.protocol, a.version, a.step)
        what = f"Step done: {title}" if a.ending == "done" else f"Step left out: {title}"
        yield Happening(a.at, "step", what, a.by.name if a.by else "", readable(a, "words"))
