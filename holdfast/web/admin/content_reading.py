"""What a piece of content says, in words that a clinician can read and check, in both languages."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from holdfast.content.load import CLINICAL
from holdfast.content.protocols import read_protocol
from holdfast.content.questionnaires import read_questionnaire
from holdfast.content.shapes import Band, Item, Protocol, Questionnaire, Rule, Scoring, Step, Unfinished, When, Wording
from holdfast.content.table import read_text
from holdfast.content.units import Unit


@dataclass(frozen=True)
class Node:
    """One thing that is said: what it is, its words, and what belongs to it."""

    label: str
    en: str = ""
    es: str = ""
    inside: "tuple[Node, ...]" = ()


def reading(unit: Unit) -> tuple[Node, ...]:
    """What lies there now, read from the disk and not from memory: it is what an approval is about."""
    place = CLINICAL / unit.path
    if unit.kind == "questionnaire":
        return of_questionnaire(read_questionnaire(place), place)
    if unit.kind == "protocol":
        return of_protocol(read_protocol(place))
    files = sorted(place.iterdir()) if place.is_dir() else [place]
    return tuple(node for file in files if file.suffix in (".toml", ".json") for node in _of_file(file))


# --- protocols ----------------------------------------------------------------------------------


def of_protocol(book: Protocol) -> tuple[Node, ...]:
    """A protocol step by step."""
    titles = {step.id: step.title for step in book.steps}
    steps = (_step(number, step, titles) for number, step in enumerate(book.steps, 1))
    return (_words(_("Used when"), book.used_when), Node(_("Steps"), inside=tuple(steps)))


def _step(number: int, step: Step, titles: Mapping[str, Wording]) -> Node:
    follows = titles.get(step.then)
    inside = [
        Node(_("Who"), step.role),
        _words(_("What for"), step.purpose),
        *(_words(_("Words to say"), words) for words in step.say),
        *(_words(_("Written down"), words) for words in step.record),
        Node(_("Limit"), _("%(n)s minutes") % {"n": step.limit_minutes} if step.limit_minutes else _("none")),
        Node(_("When late"), step.when_late),
        Node(_("Then"), follows.en if follows else _("the end"), follows.es if follows else ""),
        _words(_("In words"), step.then_words),
    ]
    return Node(f"{number}.", step.title.en, step.title.es, tuple(inside))


# --- questionnaires -------------------------------------------------------------------------------


def of_questionnaire(form: Questionnaire, place: Path) -> tuple[Node, ...]:
    """A form: what is asked, how it is scored, what its answers lead to, and where it comes from."""
    leads = [_rule(form, rule) for rule in form.scoring.rules]
    left = form.scoring.unfinished
    if left:
        leads.append(Node(_("Left unfinished for %(n)s minutes") % {"n": left.after_minutes}, _leads(left)))
    codes = [*form.codes, *(form.scoring.total.codes if form.scoring.total else ())]
    codes += [code for item in form.items for code in item.codes]
    return (
        _words(_("Before the questions"), form.intro),
        Node(_("Questions"), inside=tuple(_items(form))),
        Node(_("Scoring"), inside=tuple(_scoring(form, form.scoring))),
        Node(_("What its answers lead to"), inside=tuple(leads) or (Node("", _("Nothing by themselves.")),)),
        Node(
            _("Published codes"),
            inside=tuple(Node(c.code, f"{c.display} ({c.verified_at})") for c in codes) or (Node("", _("None.")),),
        ),
        Node(_("Copyright"), form.copyright),
        Node(_("Where it comes from"), inside=tuple(Node("", line) for line in _papers(place))),
    )


def _papers(place: Path) -> Iterable[str]:
    """The paragraphs and points of SOURCE.md, each in one piece and without its marks."""
    found: list[str] = []
    fresh = True
    for line in read_text(place / "SOURCE.md").replace("**", "").replace("`", "").splitlines()[1:]:
        if not line.strip():
            fresh = True
        elif fresh or line.startswith("- "):
            found.append(line.removeprefix("- "))
            fresh = False
        else:
            found[-1] += f" {line.strip()}"
    return found


def _items(form: Questionnaire) -> Iterable[Node]:
    """The questions; what stands above several of them, and answers that are the same again, are said once."""
    before: Item | None = None
    for item in form.items:
        if item.stem and (before is None or before.stem != item.stem):
            yield Node("", item.stem.en, item.stem.es)
        yield _item(form, item, before)
        before = item


def _item(form: Questionnaire, item: Item, before: Item | None) -> Node:
    inside = []
    if item.choices and before is not None and before.choices == item.choices:
        inside.append(Node("", _("The same answers.")))
    elif item.choices:
        english = ", ".join(f"{choice.value} {choice.label.en}" for choice in item.choices)
        spanish = ", ".join(f"{choice.value} {choice.label.es}" for choice in item.choices)
        inside.append(Node(_("Answers"), english, spanish))
    if item.minimum is not None:
        inside.append(Node(_("A number"), f"{item.minimum} – {item.maximum}"))
    if item.when:
        told = [_answered(form, when) for when in item.when]
        inside.append(Node(_("Only after"), (_(" and ") if item.when_all else _(" or ")).join(told)))
    if item.hint:
        inside.append(_words(_("Below it"), item.hint))
    return Node(item.number, item.text.en, item.text.es, tuple(inside))


def _answered(form: Questionnaire, when: When) -> str:
    """A question with the answers that are meant, in words."""
    item = form.item(when.item)
    choices = [item.choice(value) for value in sorted(when.values)]
    said = [
        choice.label.en if choice else str(value) for choice, value in zip(choices, sorted(when.values), strict=True)
    ]
    return f"{item.number}: {', '.join(said)}"


def _scoring(form: Questionnaire, scoring: Scoring) -> Iterable[Node]:
    if scoring.total:
        times = f" × {scoring.total.times}" if scoring.total.times > 1 else ""
        yield Node(_("Sum of"), ", ".join(scoring.total.items) + times)
        yield from _bands(scoring.total.bands, "")
        for sex, bands in scoring.total.bands_for.items():
            yield from _bands(bands, f" ({sex})")
    for pattern in scoring.patterns:
        asked = pattern.any_of or pattern.none_of
        how = _("any of") if pattern.any_of else _("none of")
        told = "; ".join(_answered(form, when) for when in asked)
        yield Node(pattern.word, f"{how}: {told}")
    for part in scoring.parts:
        line = f"{', '.join(part.items)}; " + (f"≥ {part.closer_from}" if part.closer_from else f"≤ {part.closer_to}")
        line += "".join(f"; {sex} ≥ {number}" for sex, number in part.closer_from_for.items())
        yield Node(part.title.en, line)


def _bands(bands: tuple[Band, ...], of: str) -> Iterable[Node]:
    return (Node(f"{band.lowest} – {band.highest}{of}", band.word) for band in bands)


def _rule(form: Questionnaire, rule: Rule) -> Node:
    if rule.total_at_least is not None:
        fires = _("Total from %(n)s") % {"n": rule.total_at_least}
        fires += "".join(f", {sex} {number}" for sex, number in rule.total_at_least_for.items())
        fires += "".join(f"; {_answered(form, when)}" for when in rule.also)
    elif rule.written:
        fires = _("%(number)s: anything written") % {"number": form.item(rule.items[0]).number}
    else:
        fires = "; ".join(_answered(form, When(item, rule.values)) for item in rule.items)
    return Node(fires, _leads(rule))


def _leads(rule: Rule | Unfinished) -> str:
    """How soon a human is needed, what is asked next, what helps, and why."""
    leads = [str(rule.urgency).replace("_", " ")] if rule.urgency else []
    leads += [_("asks %(name)s") % {"name": name} for name in rule.ask] if isinstance(rule, Rule) else []
    leads += [_("protocol %(name)s") % {"name": rule.protocol}] if rule.protocol else []
    return "; ".join(leads) + (f", {_('because')}: {rule.because}." if rule.because else ".")


def _words(label: str, words: Wording) -> Node:
    return Node(label, words.en, words.es)


# --- everything else --------------------------------------------------------------------------------


def _of_file(file: Path) -> Iterable[Node]:
    text = read_text(file)
    data = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
    return (_of(key, value) for key, value in data.items() if key not in ("status", "name"))


def _of(key: str, value: Any) -> Node:
    """Any part of a file as it stands, named by its key."""
    label = str(key).replace("_", " ")
    if isinstance(value, dict):
        if set(value) == {"en", "es"}:
            return Node(label, value["en"], value["es"])
        return Node(label, inside=tuple(_of(inner, each) for inner, each in value.items()))
    if isinstance(value, list):
        if all(not isinstance(each, dict | list) for each in value):
            return Node(label, ", ".join(str(each) for each in value))
        return Node(label, inside=tuple(_of(_name(each, number), each) for number, each in enumerate(value, 1)))
    return Node(label, str(value))


def _name(each: Any, number: int) -> str:
    known = isinstance(each, dict) and (each.get("id") or each.get("code") or each.get("name"))
    return str(known or f"{number}.")
