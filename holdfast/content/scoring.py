"""Reads `scoring.toml`: numbers, words and lists, never an expression."""

from __future__ import annotations

from collections.abc import Mapping

from .shapes import (
    SEXES,
    Band,
    Code,
    Item,
    Kind,
    Licence,
    Part,
    Pattern,
    Rule,
    Scoring,
    Status,
    Total,
    Unfinished,
    Urgency,
    When,
)
from .table import Table


def read_scoring(file: Table, items: tuple[Item, ...]) -> Scoring:
    """How a form is scored, checked against its questions."""
    file.word("status", Status)
    for key in ("approved_by", "second_person", "effective_from"):
        file.has(key)
    known = {item.id: item for item in items}
    scoring = Scoring(
        short=file.text("short"),
        total=_total(file.table("total"), known) if file.has("total") else None,
        patterns=tuple(_pattern(each, known) for each in file.tables("outcomes")),
        parts=tuple(_part(each, known) for each in file.tables("parts")),
        rules=tuple(_rule(each, known) for each in file.tables("rules")),
        unfinished=_unfinished(file.table("unfinished")) if file.has("unfinished") else None,
        required=_items(file, "required", known),
        words_only=_items(file, "words_only", known),
    )
    ids = [rule.id for rule in scoring.rules]
    if len(set(ids)) != len(ids):
        raise file.wrong("rules", "must each have an id of their own")
    if scoring.total is None and any(rule.total_at_least is not None for rule in scoring.rules):
        raise file.wrong("rules", "speak of a total, but the file defines none")
    return scoring


def read_licence(file: Table) -> Licence | None:
    """What keeps a pack off, or none for a form that everyone may use."""
    if not file.has("licence"):
        return None
    table = file.table("licence")
    wording = table.among("wording", ("shipped", "loaded"))
    licence = Licence(table.text("holder"), table.wording("terms"), wording == "loaded")
    table.done()
    return licence


def _items(table: Table, key: str, known: dict[str, Item]) -> tuple[str, ...]:
    named = table.texts(key)
    for each in named:
        if each not in known:
            raise table.wrong(key, f"names question {each!r}, which the form does not have")
    return named


def _highest(named: tuple[str, ...], known: dict[str, Item]) -> int:
    return sum(max(known[each].values) for each in named)


def _total(table: Table, known: dict[str, Item]) -> Total:
    named = _items(table, "items", known)
    times = table.maybe_number("times", 1, 100) or 1
    highest = _highest(named, known) * times
    bands = _bands(table, "bands", highest)
    bands_for: dict[str, tuple[Band, ...]] = {}
    if table.has("bands_for"):
        inner = table.table("bands_for")
        bands_for = {sex: _bands(inner, sex, highest) for sex in SEXES if inner.has(sex)}
        inner.done()
    codes = tuple(_code(each) for each in table.tables("codes"))
    table.done()
    return Total(named, highest, bands, codes, times, bands_for)


def _bands(table: Table, key: str, highest: int) -> tuple[Band, ...]:
    bands = []
    for each in table.tables(key):
        bands.append(Band(each.number("from"), each.number("to"), each.text("word")))
        each.done()
    expected = 0
    for band in bands:
        if band.lowest != expected or band.highest < band.lowest:
            raise table.wrong(key, f"must follow each other without gap or overlap from {expected}")
        expected = band.highest + 1
    if bands and expected != highest + 1:
        raise table.wrong(key, f"must end at the highest possible total, {highest}")
    return tuple(bands)


def _for_sex(table: Table, key: str) -> Mapping[str, int]:
    """Numbers of one sex where they differ: `{ male = 4 }`."""
    if not table.has(key):
        return {}
    inner = table.table(key)
    found = {sex: inner.number(sex, 1) for sex in SEXES if inner.has(sex)}
    inner.done()
    return found


def _code(table: Table) -> Code:
    code = Code(table.text("system"), table.text("code"), table.text("display"), table.text("verified_at"))
    table.done()
    return code


def _part(table: Table, known: dict[str, Item]) -> Part:
    named = _items(table, "items", known)
    part = Part(
        id=table.text("id"),
        title=table.wording("title"),
        items=named,
        highest=_highest(named, known),
        closer_from=table.maybe_number("closer_from"),
        closer_to=table.maybe_number("closer_to"),
        listed=table.flag("listed"),
        closer_from_for=_for_sex(table, "closer_from_for"),
    )
    table.done()
    return part


def _conditions(table: Table, key: str, known: dict[str, Item]) -> tuple[When, ...]:
    found = []
    for each in table.tables(key):
        item = each.text("item")
        if item not in known:
            raise each.wrong("item", f"names question {item!r}, which the form does not have")
        found.append(When(item, frozenset(_values(each, (item,), known))))
        each.done()
    return tuple(found)


def _values(table: Table, named: tuple[str, ...], known: dict[str, Item]) -> tuple[int, ...]:
    values = table.numbers("values")
    if not values:
        raise table.wrong("values", "must list at least one value")
    for item in named:
        for value in values:
            if value not in known[item].values:
                raise table.wrong("values", f"holds {value}, which question {item} cannot be answered with")
    return values


def _pattern(table: Table, known: dict[str, Item]) -> Pattern:
    pattern = Pattern(
        word=table.text("word"),
        any_of=_conditions(table, "any_of", known),
        none_of=_conditions(table, "none_of", known),
    )
    table.done()
    if not pattern.any_of and not pattern.none_of:
        raise table.wrong("any_of", "or none_of must say when this outcome fits")
    return pattern


def _rule(table: Table, known: dict[str, Item]) -> Rule:
    named = _items(table, "items", known)
    written = table.flag("written")
    total = table.maybe_number("total_at_least", 1)
    if (total is None) == (not named):
        raise table.wrong("items", "or total_at_least must be given, and not both")
    if written and any(known[each].kind is not Kind.TEXT for each in named):
        raise table.wrong("written", "is for questions answered in words")
    rule = Rule(
        id=table.text("id"),
        version=table.number("version", 1),
        items=named,
        values=frozenset(_values(table, named, known)) if named and not written else frozenset(),
        written=written,
        total_at_least=total,
        urgency=table.word("urgency", Urgency) if table.has("urgency") else None,
        protocol=table.text("protocol") if table.has("protocol") else None,
        ask=table.texts("ask"),
        because=table.text("because", ""),
        total_at_least_for=_for_sex(table, "total_at_least_for"),
        also=_conditions(table, "also", known),
    )
    if total is None and (rule.also or rule.total_at_least_for):
        raise table.wrong("also", "and total_at_least_for belong to a rule on the total")
    if rule.urgency is None and not rule.ask:
        raise table.wrong("urgency", "is missing, and the rule asks nothing next either")
    table.done()
    return rule


def _unfinished(table: Table) -> Unfinished:
    found = Unfinished(
        id=table.text("id"),
        version=table.number("version", 1),
        after_minutes=table.number("after_minutes", 1, 1440),
        urgency=table.word("urgency", Urgency),
        protocol=table.text("protocol") if table.has("protocol") else None,
        because=table.text("because", ""),
    )
    table.done()
    return found
