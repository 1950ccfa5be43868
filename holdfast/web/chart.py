"""Charts that were shown are written down, at one place: `staff_page` calls `keep` when a page has been drawn.

A view says whose chart it shows with `saw`. Each page of staff stands in one of the two lists below; a house test fails
for one that stands in neither, and for one of `CHARTS` that shows a client and says nothing.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db import DatabaseError, transaction
from django.http import HttpResponse

from holdfast.crisis.models import Episode
from holdfast.crisis.rules import State
from holdfast.ledger.vouch import word
from holdfast.people.access import Actor, system
from holdfast.people.charts import Look, Right, write_down
from holdfast.people.rules import LEADS

if TYPE_CHECKING:
    from holdfast.web.access import PageRequest

log = logging.getLogger("holdfast.web")

REFRESHED: Final = timedelta(hours=1)  # a page that stays open writes down once an hour that it is open
SHEETS: Final = timedelta(hours=23)  # sheets of a day are one disclosure
DOWNTIME: Final = "downtime sheet"

# Pages that show what is known of a client's health.
CHARTS: Final = frozenset(
    {
        "crisis",
        "crisis_course",
        "page",
        "team_client",
        "client_plan",
        "client_plan_change",
        "client_reach",
        "client_consents",
        "client_consent_paper",
        "client_tell",
        "told_against",
        "client_record",
        "client_record_copy",
        "after",
        "after_paper",
        "tasks",
        "reviews",
        "figure_rows",
        "figure_rows_csv",
        "openings",
        "own_notes",
    }
)

LIST: Final = "a list of who needs somebody; opening one of them is written down"
SET_UP: Final = "setting a program up: names and care teams, nothing of a chart"
NUMBERS: Final = "numbers; they name no client"
STAFF: Final = "about staff and their shifts"
CONTENT: Final = "clinical content, about nobody"
NO_CHARTS: Final[dict[str, str]] = {
    "board": LIST,
    "caseload": LIST,
    "work": LIST,
    "work_view": LIST,
    "waivers": LIST,
    "records": LIST,
    "needs": NUMBERS,
    "worried": "a colleague's form; it tells them nothing but a name",
    "find_client": "names, to open a chart or to be worried about somebody; opening one is written down",
    "open_chart": "the form that opens a chart with a reason; it tells nothing but a name",
    "opened": "a press; it shows nothing",
    "assigned_action": "a press; it shows nothing",
    "me": STAFF,
    "rota": STAFF,
    "rota_swap": STAFF,
    "program": SET_UP,
    "program_names": SET_UP,
    "program_staff": STAFF,
    "program_staff_one": STAFF,
    "program_clients": SET_UP,
    "program_client": SET_UP,
    "program_changes": "who changed what in the set-up, with names; nothing of a chart",
    "program_order": STAFF,
    "program_retention": "names and days of who has left; nothing of a chart",
    "program_test": STAFF,
    "program_upload": SET_UP,
    "program_table_whole": SET_UP,
    "program_table_empty": SET_UP,
    "program_table": SET_UP,
    "program_table_refused": SET_UP,
    "figures": NUMBERS,
    "figures_csv": NUMBERS,
    "figures_pdf": NUMBERS,
    "content": CONTENT,
    "content_journal": CONTENT,
    "content_unit": CONTENT,
    "content_copy_new": CONTENT,
    "content_copy": CONTENT,
    "content_step": CONTENT,
}


def saw(request: "PageRequest", client: int | None, otherwise: Right, crisis: int | None = None) -> None:
    """This request shows the chart of this client. `otherwise`: by which right, where it is not the care team's."""
    saw_all(request, [client], otherwise, crisis)


def saw_all(request: "PageRequest", clients: Iterable[int | None], otherwise: Right, crisis: int | None = None) -> None:
    """The same of several; of nobody, too: then the page says that it shows none this time."""
    request.looks = (*_looks(request), *(Look(client, crisis, otherwise) for client in clients))


def saw_crisis(request: "PageRequest", episode: Episode) -> None:
    """This request shows a crisis, and with it the chart of whose it is."""
    saw(request, episode.client_id, right_in(request.actor, episode), episode.id)


def shown_as(request: "PageRequest", page: str) -> None:
    """What is shown is this page, whatever address was asked: a copy that was refused is none."""
    request.shown_as = page  # type: ignore[attr-defined]


def right_of_client(actor: Actor) -> Right:
    """By which right somebody opens a client's page, where they are not of the care team and in no crisis of theirs."""
    return Right.LEADS if actor.role in LEADS else Right.BREAK_GLASS


def right_in(actor: Actor, episode: Episode) -> Right:
    """By which right somebody sees this crisis, where they are not of the care team."""
    if episode.owner_id == actor.id:
        return Right.HAS_IT
    if actor.role in LEADS:
        return Right.LEADS
    return Right.TOOK_PART if episode.state == State.CLOSED else Right.OPEN_CRISIS


def _looks(request: "PageRequest") -> tuple[Look, ...]:
    return getattr(request, "looks", ())


def keep(request: "PageRequest", answer: HttpResponse) -> None:
    """Write down what was shown, with one statement. What cannot be written never hides a chart from whoever helps."""
    shown = not 300 <= answer.status_code < 400  # a redirect shows nothing
    asked = request.resolver_match.url_name if request.resolver_match else None
    page = getattr(request, "shown_as", asked) or ""
    if page in CHARTS and shown and answer.status_code < 400 and not hasattr(request, "looks"):
        log.error("a chart was shown and not written down", extra={"view": page})
    if not shown or not _looks(request):
        return
    said = getattr(request, "watch_word", None) or word()
    if not said.promises["records_can_be_written"]:
        log.error("a chart was shown while nothing can be written", extra={"view": page, "count": len(_looks(request))})
        return
    again = REFRESHED if "HX-Request" in request.headers else None
    _write(request.actor, page, _looks(request), request.now, again)


def on_paper(program: int, episodes: Iterable[Episode], now: datetime) -> None:
    """These crises stand on a downtime sheet, which leaves the machine."""
    looks = [Look(one.client_id, one.id, Right.PAPER) for one in episodes]
    _write(system(program), DOWNTIME, tuple(looks), now, SHEETS)


def _write(actor: Actor, page: str, looks: tuple[Look, ...], now: datetime, again: timedelta | None) -> None:
    try:
        with transaction.atomic():
            write_down(actor, page, looks, now, unless_within=again)
    except DatabaseError as error:
        log.error(
            "a chart was shown and could not be written down",
            extra={"view": page, "count": len(looks), "error": type(error).__name__},
        )
