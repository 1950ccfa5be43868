"""Charts that somebody opens themselves, with a reason: finding the client, opening, closing again, reviewing.

A chart that is not open to somebody who works with clients says so, and how it is opened: they may know every name here
(they may be worried about anybody, and help anybody in a crisis). To everybody else it does not exist.
"""

from dataclasses import dataclass
from functools import wraps
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.crisis.queries import visible_to
from holdfast.crisis.rules import State
from holdfast.people import opening as actions
from holdfast.people.charts import Right
from holdfast.people.looks import LookedAt, looks_under, openings_of, openings_to_review, openings_visible_to
from holdfast.people.models import ChartOpening, Client
from holdfast.people.opening import NotOpened
from holdfast.people.queries import client_to_match, clients_visible_to
from holdfast.people.rules import LEADS, Verdict
from holdfast.web.access import PageRequest, View, staff_page
from holdfast.web.chart import saw_all
from holdfast.web.errors import what_was_typed
from holdfast.web.looked import page_words
from holdfast.web.proved import proved_to_change
from holdfast.web.team.finding import MOST_FOUND, clients_named
from holdfast.web.team.frame import draw
from holdfast.web.team.reading import NotRead, Typed, typed, uid, words

REVIEWED: Final = 20  # of those that were reviewed, so many of the newest are shown
AFTERWARDS: Final = (
    "team_client",
    "client_plan",
    "client_plan_change",
    "client_reach",
    "client_consents",
    "client_tell",
    "own_notes",
    "client_record",
)  # where somebody wanted to go
VERDICTS: Final[dict[str, str]] = {
    Verdict.RIGHT: gettext_noop("It was right"),
    Verdict.NOT_RIGHT: gettext_noop("It was not right"),
}


class ChartShut(Exception):
    """This chart is not open to whoever asks."""

    def __init__(self, client: UUID) -> None:
        super().__init__()
        self.client = client


def or_open_it(view: View) -> View:
    """Stands under `staff_page`: where a chart is shut, the page says how it is opened."""

    @wraps(view)
    def inner(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except ChartShut as shut:
            page = request.resolver_match.url_name if request.resolver_match else ""
            found, lost = _known(request, shut.client), _words_of(what_was_typed(request))
            return _form(request, found, status=403, wanted=page or "", lost=lost)

    return inner


def _words_of(sent: list[str]) -> str:
    """What somebody typed, to be copied: it was sent after the chart had closed. Our own numbers are left out."""
    return "\n".join(one for one in sent if uid(Typed({"one": one}), "one") is None)


def _known(request: PageRequest, client: UUID) -> Client:
    """A client whose name this person may know. To others, and of other programs, there is no such page."""
    found = client_to_match(request.actor, client)
    if found is None:
        raise Http404
    return found


# --- finding a client by name --------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """One client of that name, and whether their chart is open to whoever looks."""

    client: Client
    open: bool


@staff_page("work with clients")
def find(request: PageRequest) -> HttpResponse:
    """Every client of the program, by the beginning of their name. It is posted: no address holds a name."""
    wanted = typed(request.POST).get("name")[:80] if request.method == "POST" else ""
    found, unread = clients_named(request.actor, wanted)
    mine = clients_visible_to(request.actor).filter(id__in=[one.id for one in found])
    visible = set(mine.values_list("id", flat=True))
    context = {
        "wanted": wanted,
        "found": [Found(one, one.id in visible) for one in found],
        "more": len(found) == MOST_FOUND,
        "unread": unread,
    }
    return draw(request, "team/find_client.html", context, nav="clients")


# --- opening a chart ------------------------------------------------------------------------------


@staff_page("work with clients")
@proved_to_change
def open_chart(request: PageRequest, uid: UUID) -> HttpResponse:
    """The form with the reason. The press opens the chart at once."""
    found = _known(request, uid)
    form = typed(request.POST) if request.method == "POST" else Typed()
    there = form.get("next") if form.get("next") in AFTERWARDS else AFTERWARDS[0]
    if clients_visible_to(request.actor).filter(id=found.id).exists():
        return redirect(there, uid=found.uid)
    if request.method != "POST":
        return _form(request, found)
    try:
        with transaction.atomic():
            actions.open_chart(request.actor, found, words(form, "why"), request.now)
    except (NotOpened, NotRead) as no:
        return _form(request, found, status=400, refused=_(str(no)), kept=form, wanted=there, lost=form.get("not_kept"))
    return redirect(there, uid=found.uid)


def _form(
    request: PageRequest,
    found: Client,
    *,
    status: int = 200,
    refused: str = "",
    kept: Typed | None = None,
    wanted: str = "",
    lost: str = "",
) -> HttpResponse:
    crisis = visible_to(request.actor).filter(client_id=found.id).exclude(state=State.CLOSED).first()
    context = {
        "client": found,
        "crisis": crisis,
        "second": actions.second_person(request.actor.id, request.now),
        "next": wanted if wanted in AFTERWARDS else "",
        "refused": refused,
        "kept": kept or Typed(),
        "lost": lost,
        "topic": "",
    }
    return draw(request, "team/open_chart.html", context, nav="clients", status=status)


@staff_page("work with clients")
def opened(request: PageRequest, uid: UUID) -> HttpResponse:
    """A press on what one opened oneself: it is needed no more, or its outcome was read. Who leads may end it, too."""
    found = openings_visible_to(request.actor).filter(uid=uid).first()
    if found is None or request.method != "POST":
        raise Http404
    with transaction.atomic():
        if request.POST.get("do") == "read":
            actions.outcome_read(request.actor, found, request.now)
            return redirect(reverse("work") + "?said=read")
        actions.close_again(request.actor, found, request.now)
    back = "caseload" if found.by_id == request.actor.id else "openings"
    return redirect(reverse(back) + "?said=chart-shut")


# --- reviewing ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One opened chart, with the pages that were looked at in its hour."""

    row: ChartOpening
    looks: tuple[tuple[str, LookedAt], ...]
    late: bool
    open: bool
    mine: bool
    verdict: str


@staff_page("lead")
def openings(request: PageRequest) -> HttpResponse:
    """What waits for a review first, the first due first; then what was reviewed."""
    form, refused, field, status = Typed(), "", "", 200
    if request.method == "POST":
        form = typed(request.POST)
        try:
            with transaction.atomic():
                _review(request, form)
            return redirect(reverse("openings") + "?said=reviewed")
        except NotRead as no:
            refused, field, status = str(no), no.field, 400
        except NotOpened as no:
            refused, field, status = _(str(no)), "", 409
    every = openings_visible_to(request.actor)
    waiting = list(every.filter(look_at__isnull=False).order_by("review_by"))
    done = list(every.filter(look_at=None).order_by("-reviewed_at")[:REVIEWED])
    saw_all(request, {row.client_id for row in (*waiting, *done)}, Right.LEADS)
    looks = looks_under([*waiting, *done])
    context = {
        "waiting": [_line(request, row, looks[row.id]) for row in waiting],
        "done": [_line(request, row, looks[row.id]) for row in done],
        "verdicts": [(verdict, _(text)) for verdict, text in VERDICTS.items()],
        "refused": refused,
        "refused_field": field,
        "refused_row": form.get("opening"),
        "kept": form,
    }
    return draw(request, "team/openings.html", context, nav="openings", status=status)


def _review(request: PageRequest, form: Typed) -> None:
    which = uid(form, "opening")
    found = openings_visible_to(request.actor).filter(uid=which).first() if which else None
    if found is None:
        raise NotOpened(actions.NOT_HERE)
    said = words(form, "words")
    if form.get("verdict") not in VERDICTS:
        raise NotRead("verdict", _("Say whether it was right."))
    if not said:
        raise NotRead("words", _("Say in a few words why you see it so. They read it."))
    actions.review(request.actor, found, form.get("verdict"), said, request.now)


def _line(request: PageRequest, row: ChartOpening, looks: list[LookedAt]) -> Line:
    return Line(
        row,
        tuple((page_words(one.page), one) for one in looks),
        late=row.look_at is not None and row.review_by <= request.now,
        open=row.ends_at > request.now,
        mine=row.by_id == request.actor.id,
        verdict=_(VERDICTS[row.verdict]) if row.verdict else "",
    )


def on_their_day(request: PageRequest, view: str) -> dict[str, Any]:
    """For the lists of one's day: what one opened, with its outcome; how many wait for a review; which are late."""
    if view == "overdue":
        late = openings_to_review(request.actor).filter(review_by__lte=request.now)
        return {"late_reviews": late.count() if request.actor.role in LEADS else 0}
    if view != "mine":
        return {}
    return {
        "opened": [_line(request, row, []) for row in openings_of(request.actor)],
        "to_review": openings_to_review(request.actor).count() if request.actor.role in LEADS else 0,
    }
