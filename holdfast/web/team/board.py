"""The board: every open crisis in three groups, live, with one button."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.approval.queries import protocol_kept
from holdfast.care.queries import open_tasks
from holdfast.content.shapes import ContentError, Urgency
from holdfast.crisis.models import Episode
from holdfast.crisis.queries import Board, Row, visible_to
from holdfast.crisis.queries import board as read_board
from holdfast.crisis.rules import State
from holdfast.oncall.queries import last_taken
from holdfast.people.models import Client
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.sealed import opened
from holdfast.web.team.frame import draw, watch_says
from holdfast.web.team.words import VIA, proof
from holdfast.web.templatetags.holdfast import clock_time, names, when


@dataclass(frozen=True)
class Case:
    """One row of the board, in words."""

    row: Row
    uid: UUID
    name: str
    kind: str
    place: str
    sentence: str
    lead: str
    dated: bool

    @property
    def seek(self) -> bool:
        return self.row.episode.state == State.RAISED


@dataclass(frozen=True)
class Group:
    """One of the three groups."""

    id: str
    title: str
    cases: tuple[Case, ...]
    all: int
    pressing: bool = False


@staff_page("see crises")
def board(request: PageRequest) -> HttpResponse:
    """The board, live by the program's bell. In the order that is asked for, so many rows a page."""
    found = read_board(request.actor, request.now)
    by = request.GET.get("by", "clock")
    by = by if by in ORDERS else "clock"
    page = sheet(found, by, request.GET.get("page", "1"))
    today = timezone.localtime(request.now).date()
    due = [
        task for task in open_tasks(request.actor, request.now)[:40] if timezone.localtime(task.due_at).date() <= today
    ]
    checks = proof(watch_says(request))
    context = {
        "groups": groups(page.shown, request.now, found),
        "count": found.count,
        "by": by,
        "orders": [(name, _(words)) for name, (words, _key) in ORDERS.items()],
        "sheet": page,
        "nobody_names": [short_name(row.episode) for row in found.nobody[:NAMED]],
        "nobody_more": max(0, len(found.nobody) - NAMED),
        "oldest": min((case.raised_at for case in _episodes(found)), default=None),
        "topic": f"board:{request.actor.program}",
        "proved": [one for one in checks if one[1] == "holds"],
        "unproved": [one for one in checks if one[1] != "holds"],
        "due_today": due[:6],
        "due_more": max(0, len(due) - 6),
        "landed": None if found.count else _landed(request),
        "taken": last_taken(),
        "sees_all": request.actor.works_with_clients,
    }
    return draw(request, "team/board.html", context, nav="board")


@dataclass(frozen=True)
class Sheet:
    """One page of the board: its rows, and how many pages there are."""

    shown: Board
    number: int
    of: int


A_PAGE: Final = 60
NAMED: Final = 5  # names that a screen reader hears
ORDERS: Final[dict[str, tuple[str, Callable[[Row], Any]]]] = {
    "clock": (gettext_noop("Clock"), lambda row: row.episode.state != State.RAISED),  # as it stands
    "urgency": (gettext_noop("Urgency"), lambda row: -Urgency(row.episode.urgency).weight),
    "age": (gettext_noop("Age"), lambda row: row.episode.raised_at),
    "owner": (gettext_noop("Owner"), lambda row: row.episode.owner.name if row.episode.owner else ""),
}


def sheet(found: Board, by: str, asked: str) -> Sheet:
    """One page of the board, in this order inside each group; what nobody has stands on the first pages."""
    key = ORDERS[by][1]
    rows = [row for group in (found.nobody, found.someone, found.landing) for row in sorted(group, key=key)]
    of = max(1, -(-len(rows) // A_PAGE))
    number = min(of, max(1, int(asked))) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 1
    here = rows[(number - 1) * A_PAGE : number * A_PAGE]

    def still(group: tuple[Row, ...]) -> tuple[Row, ...]:
        ids = {row.episode.id for row in group}
        return tuple(row for row in here if row.episode.id in ids)

    return Sheet(Board(still(found.nobody), still(found.someone), still(found.landing), found.at), number, of)


def groups(found: Board, now: datetime, whole: Board | None = None) -> tuple[Group, ...]:
    """The three groups, in words. Each says how many it has on all pages."""
    all_of = whole or found
    return (
        Group(
            "nobody",
            _("Nobody has this yet"),
            tuple(case_of(row, now) for row in found.nobody),
            len(all_of.nobody),
            pressing=True,
        ),
        Group(
            "someone", _("Someone has these"), tuple(case_of(row, now) for row in found.someone), len(all_of.someone)
        ),
        Group("landing", _("Landing"), tuple(case_of(row, now) for row in found.landing), len(all_of.landing)),
    )


def case_of(row: Row, now: datetime) -> Case:
    """One crisis in words."""
    episode = row.episode
    lead, sentence = state_words(row, now)
    return Case(
        row,
        episode.uid,
        short_name(episode),
        kind_of(episode),
        place_of(episode),
        sentence,
        lead,
        episode.state == State.SETTLED and row.clock_at > now,
    )


def short_name(episode: Episode) -> str:
    """Ana M. for a client; for a caller whom we do not know, what they called themselves."""
    if episode.client:
        return _short(episode.client)
    given = opened(episode.concern, "name", None) if episode.concern else ""
    if given is None:
        return _("A caller: a name that cannot be read")
    return _("A caller: %(name)s") % {"name": given.strip()} if given.strip() else _("A caller who gave no name")


def _short(client: Client) -> str:
    """With what can be read of their names."""
    parts = opened(client, "name").split()
    called = opened(client, "preferred_name").strip() or (parts[0] if parts else "")
    if not called:
        return _("A name that cannot be read")
    return f"{called} {parts[-1][0]}." if parts and parts[-1] != called else called


def full_name(episode: Episode) -> str:
    """The whole name, for the crisis itself."""
    return opened(episode.client, "name") or short_name(episode)


def kind_of(episode: Episode) -> str:
    """The title of the protocol, which is the kind of crisis."""
    try:
        return str(protocol_kept(episode.protocol, episode.protocol_version).title)
    except ContentError:
        return episode.protocol.replace("-", " ")


def place_of(episode: Episode) -> str:
    """Where they are, as far as we know, with how we know it."""
    if episode.client:
        return _("%(state)s by our records. Ask where they are now.") % {"state": episode.client.state}
    said = opened(episode.concern, "place", None) if episode.concern else ""
    if said is None:
        return _("What the caller wrote of the place cannot be read. Ask first.")
    said = said.strip()
    return _("“%(place)s”, as the caller wrote.") % {"place": said} if said else _("Place not known. Ask first.")


def state_words(row: Row, now: datetime) -> tuple[str, str]:
    """Who has it and what they did last; for a crisis that nobody has, who is being rung."""
    episode = row.episode
    if episode.state == State.RAISED:
        if row.no_cover:
            who = names(row.asked)
            return _("No cover."), _("Nobody licensed and reachable is on duty. Ringing everyone: %(people)s.") % {
                "people": who
            } if who else _("Nobody reachable is on duty.")
        return "", _("Ringing %(people)s.") % {"people": names(row.asked)} if row.asked else _(
            "Looking for the next person to ask."
        )
    owner = _("You.") if row.mine else f"{episode.owner.name}." if episode.owner else ""
    if episode.state == State.SETTLED:
        by = episode.next_contact_by.name if episode.next_contact_by else _("somebody")
        return owner, _("Next contact by %(name)s, %(at)s.") % {"name": by, "at": when(episode.next_contact_at, now)}
    if episode.state == State.REACHED:
        return owner, _("Reached the client %(at)s.") % {"at": when(episode.reached_at, now)}
    how = _(VIA.get(episode.owned_via, "")) if episode.owned_via in VIA else ""
    took = (
        _("Took it %(how)s %(at)s.") % {"how": how, "at": clock_time(episode.owned_at)}
        if how
        else _("Took it %(at)s.") % {"at": clock_time(episode.owned_at)}
    )
    if episode.owner_acted_at is None:
        return owner, took + " " + _("Has not opened this page yet.")
    if episode.first_try_at is None:
        return owner, took + " " + _("No try to reach the client yet.")
    if episode.owned_at and episode.first_try_at < episode.owned_at:
        return owner, took + " " + _("An earlier owner tried %(at)s.") % {"at": clock_time(episode.first_try_at)}
    return owner, took + " " + _("First try %(at)s, not reached yet.") % {"at": clock_time(episode.first_try_at)}


def _episodes(found: Board) -> list[Episode]:
    return [row.episode for row in (*found.nobody, *found.someone, *found.landing)]


def _landed(request: PageRequest) -> Episode | None:
    return visible_to(request.actor).filter(state=State.CLOSED).order_by("-closed_at").first()
