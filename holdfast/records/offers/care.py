"""What `care` holds about a client: what somebody of the team had to do for them."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from holdfast.care.models import Task
from holdfast.records.offering import Chapter, Entry, Whose, lines, person, resource, said, text, word


def tasks(whose: Whose) -> Iterator[Chapter]:
    """Every task, with what came of it."""
    yield Chapter(_("What the team had to do for you"), _tasks(whose))


def _tasks(whose: Whose) -> Iterator[Entry]:
    rows = Task.objects.filter(client=whose.client).select_related("owner", "done_by").order_by("opened_at", "id")
    for row in rows.iterator():
        outcome = said(row, "outcome")
        pairs = lines(
            (_("Why"), row.why),
            (_("Who"), row.owner.name if row.owner else ""),
            (_("How soon"), word(row.urgency)),
            (_("Due"), whose.when(row.due_at)),
            (_("Done"), whose.when(row.done_at)),
            (_("Done by"), row.done_by.name if row.done_by else ""),
            (_("What came of it"), outcome),
            (_("Late since"), whose.when(row.late_at)),
        )
        found = resource(
            "Task",
            row,
            status="completed" if row.done_at else "requested",
            intent="order",
            code=text(row.about),
            description=row.why,
            authoredOn=whose.iso(row.opened_at),
            **{"for": whose.patient},
            owner=person(row.owner),
            executionPeriod={"start": whose.iso(row.opened_at), "end": whose.iso(row.done_at)},
            restriction={"period": {"end": whose.iso(row.due_at)}},
            note=[{"text": outcome}] if outcome else [],
        )
        yield Entry(_("Something to do"), row.opened_at, pairs, (found,))
