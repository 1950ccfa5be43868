"""What `assessment` holds about a client: their answers in the wording they saw, and what else they told us."""

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import Any

from django.utils.translation import gettext as _

from holdfast.assessment.models import Answer, HelpCall, Reminder, Response, RiskFinding, StaffConcern, Talk
from holdfast.content.load import protocol, questionnaire
from holdfast.content.shapes import Code, ContentError, Item, Questionnaire
from holdfast.records.offering import (
    Chapter,
    Entry,
    Line,
    Resource,
    Whose,
    clean,
    key,
    lines,
    message,
    person,
    plain,
    resource,
    said,
    text,
    word,
    wrote,
)

AT_ONCE = 200  # forms in memory
THEIR_OWN_TEXT = "client-text"  # a text from the client's own number


def answers(whose: Whose) -> Iterator[Chapter]:
    """Every form, with each answer in the words of the version that they saw."""
    yield Chapter(_("Your answers"), _forms(whose))
    yield Chapter(_("What stood out in them"), _findings(whose))


def told(whose: Whose) -> Iterator[Chapter]:
    """Calls for help, talks, worries of the team, reminders."""
    yield Chapter(_("When you asked for help"), _calls(whose))
    yield Chapter(_("Talks and worries"), _talks(whose))
    yield Chapter(_("Reminders we sent"), _reminders(whose))


def _in_parts(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while part := list(islice(rows, AT_ONCE)):
        yield part


def _forms(whose: Whose) -> Iterator[Entry]:
    rows = Response.objects.filter(client=whose.client).order_by("opened_at", "id")
    for part in _in_parts(rows.iterator(chunk_size=AT_ONCE)):
        given = Answer.objects.filter(response__in=part).order_by("response_id", "at", "id")
        by_form = {form: list(each) for form, each in groupby(given, key=lambda one: one.response_id)}
        for row in part:
            yield _form(whose, row, by_form.get(row.id, []))


def _form(whose: Whose, row: Response, given: list[Answer]) -> Entry:
    try:
        form: Questionnaire | None = questionnaire(row.instrument, row.version)
    except ContentError:  # a version that is gone: the answers are theirs all the same
        form = None
    items = {item.id: item for item in form.items} if form else {}
    title = form.title.say(whose.language) if form else row.instrument
    pairs: list[Line] = [(_question(items.get(one.item), one.item, whose), _answer(whose, items, one)) for one in given]
    pairs += [
        (_("Version of the questions"), row.version),
        (_("Finished"), whose.when(row.done_at)),
        (_("Sum"), "" if row.total is None else str(row.total)),
        (_("What the sum is called"), word(row.band) if row.band else ""),
    ]
    return Entry(title, row.opened_at, lines(*pairs), tuple(_of_form(whose, row, given, form, items, title)))


def _question(item: Item | None, name: str, whose: Whose) -> str:
    if item is None:
        return _("Question %(number)s") % {"number": name}
    stem = item.stem.say(whose.language) + " " if item.stem else ""
    return f"{stem}{item.text.say(whose.language)}"


def _answer(whose: Whose, items: dict[str, Item], one: Answer) -> str:
    item = items.get(one.item)
    choice = item.choice(one.value) if item and one.value is not None else None
    shown = choice.label.say(whose.language) if choice else "" if one.value is None else str(one.value)
    written = said(one, "words")
    if written:
        shown = written
    changed = "" if one.via == "web" else f" ({word(one.via)})"
    return f"{shown}{changed} · {whose.when(one.at)}" if shown else _("left empty")


def _of_form(
    whose: Whose,
    row: Response,
    given: list[Answer],
    form: Questionnaire | None,
    items: dict[str, Item],
    title: str,
) -> Iterator[Resource]:
    # Each answer that was given, the earlier ones of a changed answer too, in order; the last one holds.
    asked = [
        clean(
            {
                "id": key(one),
                "linkId": one.item,
                "text": _question(items.get(one.item), one.item, whose),
                "answer": [_value(items.get(one.item), one, whose)],
            }
        )
        for one in given
    ]
    yield resource(
        "QuestionnaireResponse",
        row,
        questionnaire=f"urn:holdfast:questionnaire:{row.instrument}|{row.version}",
        status="completed" if row.done_at else "in-progress",
        subject=whose.patient,
        source=whose.patient,
        authored=whose.iso(row.done_at or row.opened_at),
        item=_one_a_question(asked),
    )
    if row.total is not None:
        codes = form.scoring.total.codes if form and form.scoring.total else ()
        found = resource(
            "Observation",
            row,
            status="final",
            category=[{"coding": [{"system": _CATEGORY, "code": "survey"}]}],
            code={"coding": [_coding(code) for code in codes], "text": _("Sum of %(form)s") % {"form": title}},
            subject=whose.patient,
            effectiveDateTime=whose.iso(row.done_at or row.opened_at),
            valueInteger=row.total,
            interpretation=[text(row.band)] if row.band else [],
            derivedFrom=[{"reference": f"QuestionnaireResponse/{row.uid}"}],
        )
        yield {**found, "id": f"total-{row.uid}"}


_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


def _one_a_question(asked: Iterable[Resource]) -> list[Resource]:
    """A question that was answered anew holds both answers: FHIR has one item a question."""
    found: dict[str, Resource] = {}
    for one in asked:
        first = found.setdefault(one["linkId"], {**one, "answer": []})
        first["answer"] += [{"id": one["id"], **answer} for answer in one.get("answer", [])]
    return [clean(one) for one in found.values()]


def _value(item: Item | None, one: Answer, whose: Whose) -> Resource | None:
    written = said(one, "words")
    if written:
        return {"valueString": written}
    if one.value is None:
        return {"valueString": _("left empty")}
    choice = item.choice(one.value) if item else None
    if choice:
        return {"valueString": choice.label.say(whose.language)}
    return {"valueInteger": one.value}


def _coding(code: Code) -> Resource:
    return {"system": code.system, "code": code.code, "display": code.display}


def _findings(whose: Whose) -> Iterator[Entry]:
    rows = RiskFinding.objects.filter(client=whose.client).select_related("concern").order_by("at", "id")
    for row in rows.iterator(chunk_size=AT_ONCE):
        own = row.concern if row.concern_id and row.rule == THEIR_OWN_TEXT else None
        texted = said(own, "words") if own else ""
        pairs = lines(
            (_("Why"), row.why),
            (_("How soon a person was needed"), word(row.urgency)),
            (_("What you texted"), texted),
            (_("From"), said(own, "phone") if own else ""),
            (_("Rule"), f"{row.rule}, {_('version')} {row.rule_version}"),
        )
        found = resource(
            "Observation",
            row,
            status="final",
            code=text(row.rule),
            subject=whose.patient,
            effectiveDateTime=whose.iso(row.at),
            valueString=row.why,
            note=[{"text": texted}] if texted else [],
            derivedFrom=_derived(row),
        )
        yield Entry(_("Noticed"), row.at, pairs, (found,))


def _derived(row: RiskFinding) -> list[Resource]:
    if row.response_id is None:
        return []
    uid = Response.objects.filter(id=row.response_id).values_list("uid", flat=True).first()
    return [{"reference": f"QuestionnaireResponse/{uid}"}]


def _calls(whose: Whose) -> Iterator[Entry]:
    for row in HelpCall.objects.filter(client=whose.client).order_by("at", "id").iterator():
        title = _("You pressed “I need help now”")
        yield Entry(title, row.at, lines((_("By"), word(row.via))), (message(whose, row, title, row.at, [row.via]),))


def _talks(whose: Whose) -> Iterator[Entry]:
    for talk in Talk.objects.filter(client=whose.client).order_by("at", "id").iterator():
        title = _("Somebody of the team talked with you")
        yield Entry(title, talk.at, (), (message(whose, talk, title, talk.at, []),))
    worries = StaffConcern.objects.filter(client=whose.client).select_related("by").order_by("at", "id")
    for row in worries.iterator():
        words = said(row, "words")
        pairs = lines(
            (_("Who"), row.by.name),
            (_("About"), _kind(row.kind, whose)),
            (_("How soon a person was needed"), word(row.urgency)),
            (wrote(row.by), words),
        )
        title = _("Somebody of the team was worried about you")
        found = message(whose, row, title, row.at, [row.kind, words], sender=person(row.by))
        yield Entry(title, row.at, pairs, (found,))


def _kind(name: str, whose: Whose) -> str:
    try:
        return protocol(name).title.say(whose.language)
    except ContentError:
        return name.replace("-", " ")


def _reminders(whose: Whose) -> Iterator[Entry]:
    for row in Reminder.objects.filter(client=whose.client).order_by("at", "id").iterator():
        title, pairs = word(row.kind), lines((_("For the day"), whose.when(row.day)))
        yield Entry(title, row.at, pairs, (plain(whose, row, title, row.at, pairs),))
