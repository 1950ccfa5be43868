"""What `records` and the ledger hold about a client: copies, corrections, closings, and who looked."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from holdfast.ledger.models import ChartRead
from holdfast.people.models import Staff
from holdfast.records.models import Closing, Correction, RecordCopy
from holdfast.records.offering import (
    Chapter,
    Entry,
    Whose,
    key,
    lines,
    person,
    plain,
    resource,
    said,
    text,
    word,
    wrote,
)
from holdfast.records.queries import looks_at
from holdfast.records.words import PAGES


def own_data(whose: Whose) -> Iterator[Chapter]:
    """What they asked about their own record."""
    yield Chapter(_("What you asked to be corrected"), _corrections(whose))
    yield Chapter(_("Copies and closing"), _copies(whose))


def who_looked(whose: Whose) -> Iterator[Chapter]:
    """Every look of a member of staff."""
    yield Chapter(_("Who looked at your record"), _looks(whose))


def _corrections(whose: Whose) -> Iterator[Entry]:
    rows = Correction.objects.filter(client=whose.client).select_related("recorded_by", "answered_by")
    for row in rows.order_by("at", "id"):
        pairs = lines(
            (_("What is wrong"), said(row, "what")),
            (_("What it should say"), said(row, "instead")),
            (_("Asked"), word(row.asked) if row.asked else ""),
            (_("Written down by"), row.recorded_by.name if row.recorded_by else ""),
            (_("To be answered by"), whose.when(row.due_at)),
            (_("Answer"), word(row.answer) if row.answer else _("not yet")),
            (_("Why not"), word(row.ground) if row.ground else ""),
            (wrote(row.answered_by), said(row, "answer_words")),
            (_("Answered by"), row.answered_by.name if row.answered_by else ""),
            (_("Answered"), whose.when(row.answered_at)),
            (_("Your statement"), said(row, "disagreement")),
            (_("Your statement, when"), whose.when(row.disagreed_at)),
        )
        found = resource(
            "Task",
            row,
            status={"accepted": "completed", "denied": "rejected"}.get(row.answer, "requested"),
            intent="order",
            code=text(_("Correction of the record")),
            description=said(row, "what"),
            authoredOn=whose.iso(row.at),
            **{"for": whose.patient},
            owner=person(row.answered_by),
            note=[{"text": f"{name}: {words}"} for name, words in pairs],
        )
        yield Entry(_("You asked for a correction"), row.at, pairs, (found,))


def _copies(whose: Whose) -> Iterator[Entry]:
    for row in RecordCopy.objects.filter(client=whose.client).select_related("by").order_by("at", "id"):
        pairs = lines(
            (_("As"), word(row.form)),
            (_("Asked"), word(row.asked) if row.asked else ""),
            (_("By"), row.by.name if row.by else ""),
            (_("How they knew it was you"), said(row, "words")),
        )
        title = _("A copy of your record")
        yield Entry(title, row.at, pairs, (plain(whose, row, title, row.at, pairs),))
    for closing in Closing.objects.filter(client=whose.client).select_related("by", "opened_by").order_by("at", "id"):
        pairs = lines(
            (_("By"), closing.by.name if closing.by else _("you")),
            (_("Why"), said(closing, "why")),
            (_("Opened again"), whose.when(closing.opened_at)),
        )
        title = _("Your account was closed")
        yield Entry(title, closing.at, pairs, (plain(whose, closing, title, closing.at, pairs),))


def look_words(page: str) -> str:
    """What somebody saw, in plain words."""
    return _(PAGES[page]) if page in PAGES else page.replace("_", " ")


def _looks(whose: Whose) -> Iterator[Entry]:
    names = dict(Staff.objects.values_list("id", "name"))
    for row in looks_at(whose.client).order_by("at", "id").iterator():
        who = names.get(row.staff or 0, "") or _("Holdfast itself")
        pairs = lines((_("What they saw"), look_words(row.page)), (_("Why they could"), word(row.by_right)))
        yield Entry(who, row.at, pairs, (_event(whose, row, who),))


def _event(whose: Whose, row: ChartRead, who: str) -> dict[str, object]:
    return {
        "resourceType": "AuditEvent",
        "id": key(row),
        "type": {"display": "Looked at the record"},
        "action": "R",
        "recorded": whose.iso(row.at),
        "purposeOfEvent": [text(row.by_right)],
        "agent": [{"requestor": True, "who": {"display": who}}],
        "source": {"observer": {"display": "Holdfast"}},
        "entity": [{"what": whose.patient, "description": row.page}],
    }
