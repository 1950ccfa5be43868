"""Reads a form: `questionnaire.json` (FHIR R4 Questionnaire) and `scoring.toml` beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from .scoring import read_licence, read_scoring
from .shapes import Choice, Code, Item, Kind, Questionnaire, Status, When, Wording
from .table import Table, read_json, read_toml

TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"
ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
CONTROL = "http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl"
LOWEST = "http://hl7.org/fhir/StructureDefinition/minValue"
HIGHEST = "http://hl7.org/fhir/StructureDefinition/maxValue"
VERIFIED = "urn:holdfast:verified-at"
FHIR_STATUS = {Status.DRAFT: "draft", Status.RELEASED: "active", Status.APPROVED: "active"}
YES_NO = {"yes", "no"}


def read_questionnaire(folder: Path) -> Questionnaire:
    """Everything one version of a form says, checked; `ContentError` in one sentence otherwise."""
    form = read_json(folder / "questionnaire.json")
    form.among("resourceType", ("Questionnaire",))
    form.among("name", (folder.parent.name.replace("-", "_"),))
    version = form.among("version", (folder.name,))
    shown, items = _walk(form)
    scoring_file = read_toml(folder / "scoring.toml")
    status = scoring_file.word("status", Status)
    if status is Status.APPROVED:
        for key in ("approved_by", "second_person", "effective_from"):
            scoring_file.text(key)
    form.among("status", (FHIR_STATUS[status],))
    scoring = read_scoring(scoring_file, items)
    licence = read_licence(scoring_file)
    scoring_file.done()
    for key in ("intro", "skip"):
        if key not in shown:
            raise form.wrong("item", f"must hold a display item with linkId {key!r}")
    return Questionnaire(
        name=folder.parent.name,
        version=version,
        status=status,
        title=_words(form, "title"),
        intro=shown["intro"],
        skip=shown["skip"],
        copyright=form.text("copyright"),
        codes=_codes(form),
        items=tuple(replace(item, optional=item.id not in scoring.counted) for item in items),
        scoring=scoring,
        licence=licence,
    )


def _walk(form: Table) -> tuple[dict[str, Wording], tuple[Item, ...]]:
    """The texts shown before the questions, and the questions in order with the stem above them."""
    shown: dict[str, Wording] = {}
    items: list[Item] = []

    def visit(entries: tuple[Table, ...], stem: Wording | None) -> None:
        for entry in entries:
            match entry.among("type", ("group", "display", "choice", "integer", "text")):
                case "group":
                    visit(entry.tables("item"), _words(entry, "text"))
                case "display":
                    shown[entry.text("linkId")] = _words(entry, "text")
                case kind:
                    items.append(_item(entry, kind, stem, items))

    visit(form.tables("item"), None)
    ids = [item.id for item in items]
    if not ids or len(set(ids)) != len(ids):
        raise form.wrong("item", "must hold questions, each with a linkId of its own")
    return shown, tuple(items)


def _item(entry: Table, kind: str, stem: Wording | None, earlier: list[Item]) -> Item:
    ident = entry.text("linkId")
    choices = tuple(_choice(option) for option in entry.tables("answerOption"))
    if kind == "choice":
        values = [choice.value for choice in choices]
        if len(choices) < 2 or len(set(values)) != len(values):
            raise entry.wrong("answerOption", "must hold at least two answers, each with a value of its own")
        known = Kind.YES_NO if {choice.code for choice in choices} == YES_NO else Kind.CHOICE
    else:
        known = Kind.NUMBER if kind == "integer" else Kind.TEXT
    bounds = {each.text("url"): each for each in entry.tables("extension")}
    lowest = bounds[LOWEST].number("valueInteger", -1000) if LOWEST in bounds else None
    highest = bounds[HIGHEST].number("valueInteger", -1000) if HIGHEST in bounds else None
    if known is Kind.NUMBER and (lowest is None or highest is None or lowest >= highest):
        raise entry.wrong("extension", "must hold minValue below maxValue")
    sides = {_control(each): _words(each, "text") for each in entry.tables("item")}
    return Item(
        id=ident,
        number=entry.text("prefix", ident),
        stem=stem,
        text=_words(entry, "text"),
        hint=sides.get("help"),
        kind=known,
        choices=choices,
        minimum=lowest,
        maximum=highest,
        lowest=sides.get("lower"),
        highest=sides.get("upper"),
        optional=True,  # until the scoring says which questions count
        when=_whens(entry, earlier),
        when_all=entry.text("enableBehavior", "any") == "all",
        codes=_codes(entry),
    )


def _whens(entry: Table, earlier: list[Item]) -> tuple[When, ...]:
    """The conditions gathered by question, with the values of the answers in place of their codes."""
    gathered: dict[str, set[int]] = {}
    for condition in entry.tables("enableWhen"):
        condition.among("operator", ("=",))
        question = condition.text("question")
        code = condition.table("answerCoding").text("code")
        other = next((item for item in earlier if item.id == question), None)
        if other is None:
            raise condition.wrong("question", f"names {question!r}, which is not asked before this")
        value = next((choice.value for choice in other.choices if choice.code == code), None)
        if value is None:
            raise condition.wrong("answerCoding", f"holds {code!r}, which is no answer to {question}")
        gathered.setdefault(question, set()).add(value)
    return tuple(When(question, frozenset(values)) for question, values in gathered.items())


def _choice(option: Table) -> Choice:
    coding = option.table("valueCoding")
    ordinal = [each for each in coding.tables("extension") if each.text("url") == ORDINAL]
    if len(ordinal) != 1:
        raise coding.wrong("extension", "must hold one ordinalValue")
    return Choice(
        value=ordinal[0].number("valueDecimal"),
        code=coding.text("code"),
        label=_words(coding, "display"),
    )


def _control(entry: Table) -> str:
    """What a small text beside a question is for: help, lower end, upper end."""
    entry.among("type", ("display",))
    for extension in entry.tables("extension"):
        if extension.text("url") == CONTROL:
            coding = extension.table("valueCodeableConcept").tables("coding")
            return coding[0].among("code", ("help", "lower", "upper"))
    raise entry.wrong("extension", "must say what the text is for (itemControl help, lower or upper)")


def _codes(entry: Table) -> tuple[Code, ...]:
    return tuple(_read_codes(entry))


def _read_codes(entry: Table) -> Iterator[Code]:
    for code in entry.tables("code"):
        dates = [each.text("valueDate") for each in code.tables("extension") if each.text("url") == VERIFIED]
        if len(dates) != 1:
            raise code.wrong("extension", f"must hold one {VERIFIED}: a code nobody looked up is not shipped")
        yield Code(code.text("system"), code.text("code"), code.text("display"), dates[0])


def _words(entry: Table, key: str) -> Wording:
    """A text and its Spanish translation, as FHIR carries it."""
    english = entry.text(key)
    spanish = ""
    if entry.has(f"_{key}"):
        for extension in entry.table(f"_{key}").tables("extension"):
            if extension.text("url") == TRANSLATION:
                parts = {part.text("url"): part for part in extension.tables("extension")}
                if parts["lang"].text("valueCode") == "es":
                    spanish = parts["content"].text("valueString")
    if not spanish:
        raise entry.wrong(key, "has no Spanish translation")
    return Wording(en=english, es=spanish)
