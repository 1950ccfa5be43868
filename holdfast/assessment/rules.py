"""What answers mean. Pure: answers and content in, findings and a score out; no clock, no database.

The thresholds are data in `clinical/`; only the shape of the decisions is here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from holdfast.content.shapes import Item, Kind, Part, Questionnaire, Rule, Urgency, When

Answers = Mapping[str, int | str | None]

_SPOKEN = {
    Urgency.EMERGENCY: "an emergency",
    Urgency.URGENT: "urgent",
    Urgency.SAME_DAY: "something for the same day",
    Urgency.ROUTINE: "routine",
    Urgency.NONE: "nothing to act on",
}


class AnswerRefused(ValueError):
    """An answer that the form cannot hold. The message is one sentence."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that fired: which, of which version, on which answer, what it leads to, and why in plain words."""

    rule: str
    version: int
    item: str | None
    value: int | None
    urgency: Urgency | None
    protocol: str | None
    ask: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class PartScore:
    """A sum of some items; none while one of them is unanswered. `closer` means past the authors' cut-off."""

    id: str
    value: int | None
    highest: int
    closer: bool


@dataclass(frozen=True, slots=True)
class Score:
    """What a form comes to."""

    instrument: str
    version: str
    total: int | None
    band: str | None
    positive: tuple[str, ...]
    leads_to: tuple[str, ...]
    why: tuple[str, ...]
    findings: tuple[Finding, ...]
    parts: tuple[PartScore, ...]
    missing: tuple[str, ...]


def score(questionnaire: Questionnaire, answers: Answers, sex: str | None = None) -> Score:
    """Total, band and everything the answers lead to. Half a form has its findings, but no total and no band.

    `sex` counts only where the authors give one sex cut-offs of its own; without it theirs for everyone hold.
    """
    values = _checked(questionnaire, answers)
    missing = _missing(questionnaire, values)
    total = _total(questionnaire, values, missing)
    band = _band(questionnaire, values, total, missing, sex)
    parts = tuple(_part(questionnaire, part, values, sex) for part in questionnaire.scoring.parts)
    findings = _item_findings(questionnaire, values) + _total_findings(questionnaire, values, total, missing, sex)
    return Score(
        instrument=questionnaire.name,
        version=questionnaire.version,
        total=total,
        band=band,
        positive=_positive(questionnaire, findings, parts),
        leads_to=leads_to(findings),
        why=tuple(finding.why for finding in findings)
        + _sums_in_words(questionnaire, total, band, parts, missing)
        + _without_sex(questionnaire, total, sex),
        findings=findings,
        parts=parts,
        missing=missing,
    )


def judge(questionnaire: Questionnaire, answers: Answers) -> tuple[Finding, ...]:
    """What these answers lead to by themselves. Any part of a form gives the same findings as the whole."""
    return _item_findings(questionnaire, _checked(questionnaire, answers))


def leads_to(findings: Iterable[Finding]) -> tuple[str, ...]:
    """The most pressing urgency, what is asked next and which protocols help, as sorted words."""
    found: set[str] = set()
    urgency = highest_urgency(findings := tuple(findings))
    if urgency is not None:
        found.add(f"urgency:{urgency}")
    for finding in findings:
        found.update(f"ask:{name}" for name in finding.ask)
        if finding.protocol:
            found.add(f"protocol:{finding.protocol}")
    return tuple(sorted(found))


def highest_urgency(findings: Iterable[Finding]) -> Urgency | None:
    """The most pressing urgency among the findings, none where none has one."""
    return max((each.urgency for each in findings if each.urgency), key=lambda each: each.weight, default=None)


def unfinished(questionnaire: Questionnaire, answers: Answers, *, after_positive: bool = False) -> Finding | None:
    """What it means to stop here: a finding where a positive answer stands and a question is still open.

    `after_positive` says that the positive answer stands in the form that asked for this one (PHQ-9 question 9).
    """
    rule = questionnaire.scoring.unfinished
    values = _checked(questionnaire, answers)
    open_items = _missing(questionnaire, values)
    if rule is None or not open_items or not (after_positive or _item_findings(questionnaire, values)):
        return None
    why = (
        f"The {questionnaire.scoring.short} was left with {_questions(open_items)} open for {rule.after_minutes} "
        f"minutes after a positive answer; rule {rule.id} of version {rule.version} calls this "
        f"{_SPOKEN[rule.urgency]}{_clause(rule.because)}"
    )
    return Finding(rule.id, rule.version, open_items[0], None, rule.urgency, rule.protocol, (), why)


def is_asked(item: Item, answers: Answers) -> bool:
    """Whether the answers so far call for this question."""
    if not item.when:
        return True
    fits = [_holds(when, answers) for when in item.when]
    return all(fits) if item.when_all else any(fits)


def asked(questionnaire: Questionnaire, answers: Answers) -> tuple[Item, ...]:
    """The questions that the answers so far call for, in order."""
    return tuple(item for item in questionnaire.items if is_asked(item, answers))


def read_answer(item: Item, said: str) -> int | None:
    """The number to keep for what was said: a value, a word or a label; nothing and `-` mean not answered."""
    said = said.strip()
    if said in ("", "-"):
        return None
    if item.kind is Kind.TEXT:
        return 1
    if said.isascii() and said.removeprefix("-").isdigit():
        number = int(said) if len(said) < 6 else -1
        if number in item.values:
            return number
    else:
        plain = _plain(said)
        for choice in item.choices:
            if plain in (_plain(choice.code), _plain(choice.label.en), _plain(choice.label.es)):
                return choice.value
    raise AnswerRefused(f"Question {item.number} cannot be answered with {said[:40]!r}: {_allowed(item)}.")


def _allowed(item: Item) -> str:
    if item.kind is Kind.NUMBER:
        return f"it takes a whole number from {item.minimum} to {item.maximum}"
    if item.kind is Kind.YES_NO:
        return "it takes yes or no"
    return "it takes " + ", ".join(f"{choice.value} ({_label(choice.label.en)})" for choice in item.choices)


def _plain(words: str) -> str:
    bare = "".join(each for each in unicodedata.normalize("NFKD", words) if not unicodedata.combining(each))
    return " ".join(bare.casefold().replace("-", " ").replace("_", " ").split())


def _checked(questionnaire: Questionnaire, answers: Answers) -> dict[str, int]:
    """The answered items as numbers; refuses an unknown question and a value the question cannot have."""
    values: dict[str, int] = {}
    known = {item.id: item for item in questionnaire.items}
    for key, given in answers.items():
        item = known.get(key)
        if item is None:
            raise AnswerRefused(f"The {questionnaire.scoring.short} has no question {key!r}.")
        if given is None:
            continue
        value = read_answer(item, given) if isinstance(given, str) else int(given)
        if value is None:
            continue
        if value not in item.values:
            raise AnswerRefused(f"Question {item.number} cannot be answered with {value}: {_allowed(item)}.")
        values[key] = value
    return values


def _holds(when: When, answers: Mapping[str, int | str | None]) -> bool:
    return answers.get(when.item) in when.values


def _missing(questionnaire: Questionnaire, values: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(
        item.id
        for item in questionnaire.items
        if item.id in questionnaire.scoring.counted and item.id not in values and is_asked(item, values)
    )


def _total(questionnaire: Questionnaire, values: Mapping[str, int], missing: tuple[str, ...]) -> int | None:
    total = questionnaire.scoring.total
    # A question that the answers did not call for counts as 0: none other can be absent here.
    return None if total is None or missing else sum(values.get(item, 0) for item in total.items) * total.times


def _band(
    questionnaire: Questionnaire,
    values: Mapping[str, int],
    total: int | None,
    missing: tuple[str, ...],
    sex: str | None,
) -> str | None:
    scoring = questionnaire.scoring
    if missing:
        return None
    if scoring.total is not None and total is not None:
        bands = scoring.total.bands_for.get(sex or "", scoring.total.bands)
        return next((band.word for band in bands if band.lowest <= total <= band.highest), None)
    for pattern in scoring.patterns:
        fits = not pattern.any_of or any(_holds(when, values) for when in pattern.any_of)
        if fits and not any(_holds(when, values) for when in pattern.none_of):
            return pattern.word
    return None


def _part(questionnaire: Questionnaire, part: Part, values: Mapping[str, int], sex: str | None) -> PartScore:
    """A question that the answers did not call for counts as 0; one that was left out leaves no sum."""
    items = [questionnaire.item(item) for item in part.items]
    if any(item.id not in values and not _ruled_out(item, values) for item in items):
        return PartScore(part.id, None, part.highest, closer=False)
    value = sum(values.get(item.id, 0) for item in items)
    closer_from = part.closer_from_for.get(sex or "", part.closer_from)
    above = closer_from is not None and value >= closer_from
    below = part.closer_to is not None and value <= part.closer_to
    return PartScore(part.id, value, part.highest, closer=above or below)


def _ruled_out(item: Item, values: Mapping[str, int]) -> bool:
    """Whether the answers given rule this question out, rather than leave it open."""
    return bool(item.when) and all(when.item in values for when in item.when) and not is_asked(item, values)


def _item_findings(questionnaire: Questionnaire, values: Mapping[str, int]) -> tuple[Finding, ...]:
    found = []
    for item in questionnaire.items:
        value = values.get(item.id)
        if value is None:
            continue
        for rule in questionnaire.scoring.rules:
            if item.id in rule.items and (value == 1 if rule.written else value in rule.values):
                heard = f"{questionnaire.scoring.short} question {item.number} was answered {_heard(questionnaire, item, value)}"
                found.append(_finding(rule, item.id, value, heard))
    return tuple(found)


def _total_findings(
    questionnaire: Questionnaire,
    values: Mapping[str, int],
    total: int | None,
    missing: tuple[str, ...],
    sex: str | None,
) -> tuple[Finding, ...]:
    """What the total leads to. Where a rule asks for an answer also, that answer leads on without a total too."""
    scoring = questionnaire.scoring
    if scoring.total is None:
        return ()
    found = []
    for rule in scoring.rules:
        if rule.total_at_least is None or not all(_holds(when, values) for when in rule.also):
            continue
        needed = rule.total_at_least_for.get(sex or "", rule.total_at_least)
        if total is not None and total >= needed:
            heard = f"The {scoring.short} total is {total} of {scoring.total.highest}"
        elif total is None and rule.also:
            heard = f"The {scoring.short} total is not known, since {_questions(missing)} had no answer"
        else:
            continue
        for when in rule.also:
            item = questionnaire.item(when.item)
            heard += f", and question {item.number} was answered {_heard(questionnaire, item, values[when.item])}"
        asked_also = rule.also[0].item if rule.also else None
        value = values[asked_also] if asked_also else total or 0
        found.append(_finding(rule, asked_also, value, heard))
    return tuple(found)


def _finding(rule: Rule, item: str | None, value: int, heard: str) -> Finding:
    acts = []
    if rule.urgency is not None:
        acts.append(f"calls this {_SPOKEN[rule.urgency]}")
    if rule.ask:
        acts.append(f"asks the {' and the '.join(name.upper() for name in rule.ask)} next")
    why = f"{heard}; rule {rule.id} of version {rule.version} {' and '.join(acts)}{_clause(rule.because)}"
    return Finding(rule.id, rule.version, item, value, rule.urgency, rule.protocol, rule.ask, why)


def _clause(because: str) -> str:
    return f": {because}." if because else "."


def _heard(questionnaire: Questionnaire, item: Item, value: int) -> str:
    """The answer in words; the number too where numbers are added up."""
    if item.kind is Kind.TEXT:
        return "in the client's own words"
    choice = item.choice(value)
    if choice is None:
        return str(value)
    scoring = questionnaire.scoring
    added = scoring.total.items if scoring.total else tuple(each for part in scoring.parts for each in part.items)
    if item.id in added and item.kind is Kind.CHOICE:
        return f"{value} ({_label(choice.label.en)})"
    return choice.code.replace("-", " ")


def _label(words: str) -> str:
    return words[:1].lower() + words[1:]


def _positive(
    questionnaire: Questionnaire, findings: tuple[Finding, ...], parts: tuple[PartScore, ...]
) -> tuple[str, ...]:
    fired = {finding.item for finding in findings}
    listed = {part.id for part in questionnaire.scoring.parts if part.listed}
    items = [item.number for item in questionnaire.items if item.id in fired]
    return tuple(items + [part.id for part in parts if part.id in listed and part.closer])


def _sums_in_words(
    questionnaire: Questionnaire,
    total: int | None,
    band: str | None,
    parts: tuple[PartScore, ...],
    missing: tuple[str, ...],
) -> tuple[str, ...]:
    scoring = questionnaire.scoring
    said = []
    if total is not None and scoring.total is not None:
        called = f", which the authors call {band}" if band else ""
        times = f", counted {scoring.total.times} times," if scoring.total.times > 1 else ""
        said.append(
            f"The {len(scoring.total.items)} answers{times} add up to {total} of {scoring.total.highest}{called}."
        )
    elif band is not None:
        said.append(f"The authors call this outcome {band}.")
    if missing:
        were = "was" if len(missing) == 1 else "were"
        nothing = "total and no band" if scoring.total else "outcome" if scoring.patterns else "complete result"
        said.append(f"{_questions(missing).capitalize()} {were} not answered, so there is no {nothing}.")
    titles = {part.id: part.title.en for part in scoring.parts}
    said.extend(
        f"{titles[part.id]} adds up to {part.value} of {part.highest}; the published cut-off asks for a closer look."
        for part in parts
        if part.closer
    )
    return tuple(said)


def _without_sex(questionnaire: Questionnaire, total: int | None, sex: str | None) -> tuple[str, ...]:
    """Which cut-off was used where the authors have two."""
    if total is None or sex is not None or not questionnaire.scoring.knows_sex:
        return ()
    return ("No sex was given, so the lower cut-off of the authors is used.",)


def _questions(items: tuple[str, ...]) -> str:
    if len(items) == 1:
        return f"question {items[0]}"
    return f"questions {', '.join(items[:-1])} and {items[-1]}"
