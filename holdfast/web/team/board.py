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
from holdfast.crisis.board import Board, grouped, last_landed_at, rows_of
from holdfast.crisis.board import board as read_board
from holdfast.crisis.glance import Glance
from holdfast.crisis.models import Episode
from holdfast.crisis.queries import Row
from holdfast.crisis.rules import State
from holdfast.oncall.queries import last_taken
from holdfast.people.models import Client
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.sealed import opened
from holdfast.web.team.first_steps import steps_are_left
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
    """The board, live by the program's bell. In the order that is asked for, so many rows a page.

    Of all that is open it takes a glance; whole rows, and with them names, only of those that it shows, and of the
    few that a screen reader says aloud: those are the most pressing ones, whichever page or order is asked for.
    """
    found = read_board(request.actor)
    by = request.GET.get("by", "clock")
    by = by if by in ORDERS else "clock"
    page = sheet(found, by, request.GET.get("page", "1"))
    aloud = found.nobody[:NAMED] if any(one.state == State.RAISED for one in page.shown) else ()
    rows = {row.episode.id: row for row in rows_of(request.actor, {*page.shown, *aloud})}
    shown = grouped(rows[one.id] for one in page.shown if one.id in rows)
    today = timezone.localtime(request.now).date()
    due = [
        task for task in open_tasks(request.actor, request.now)[:40] if timezone.localtime(task.due_at).date() <= today
    ]
    checks = proof(watch_says(request))
    context = {
        "groups": groups(shown, request.now, found),
        "count": found.count,
        "by": by,
        "orders": [(name, _(words)) for name, (words, _key) in ORDERS.items()],
        "sheet": page,
        "nobody_names": [short_name(rows[one.id].episode) for one in aloud if one.id in rows],
        "nobody_more": max(0, len(found.nobody) - NAMED),
        "oldest": min((one.raised_at for one in found.all), default=None),
        "topic": f"board:{request.actor.program}",
        "proved": [one for one in checks if one[1] == "holds"],
        "unproved": [one for one in checks if one[1] != "holds"],
        "due_today": due[:6],
        "due_more": max(0, len(due) - 6),
        "landed_at": None if found.count else last_landed_at(request.actor),
        "taken": None if found.count else last_taken(),
        "steps_left": not found.count and steps_are_left(request),
        "sees_all": request.actor.works_with_clients,
    }
    return draw(request, "team/board.html", context, nav="board")


@dataclass(frozen=True)
class Sheet:
    """One page of the board: what stands on it, and how many pages there are."""

    shown: tuple[Glance, ...]
    number: int
    of: int


A_PAGE: Final = 60
NAMED: Final = 5  # names that a screen reader hears
ORDERS: Final[dict[str, tuple[str, Callable[[Glance], Any]]]] = {
    "clock": (gettext_noop("Clock"), lambda one: one.state != State.RAISED),  # as it stands
    "urgency": (gettext_noop("Urgency"), lambda one: -Urgency(one.urgency).weight),
    "age": (gettext_noop("Age"), lambda one: one.raised_at),
    "owner": (gettext_noop("Owner"), lambda one: one.owner_name or ""),
}


def sheet(found: Board[Glance], by: str, asked: str) -> Sheet:
    """One page of the board, in this order inside each group; what nobody has stands on the first pages."""
    key = ORDERS[by][1]
    every = [one for group in (found.nobody, found.someone, found.landing) for one in sorted(group, key=key)]
    of = max(1, -(-len(every) // A_PAGE))
    number = min(of, max(1, int(asked))) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 1
    return Sheet(tuple(every[(number - 1) * A_PAGE : number * A_PAGE]), number, of)


def groups(shown: Board[Row], now: datetime, found: Board[Glance]) -> tuple[Group, ...]:
    """The three groups, in words. Each says how many it has on all pages."""
    return tuple(
        Group(name, title, tuple(case_of(row, now) for row in rows), len(all_of), pressing=name == "nobody")
        for name, title, rows, all_of in (
            ("nobody", _("Nobody has this yet"), shown.nobody, found.nobody),
            ("someone", _("Someone has these"), shown.someone, found.someone),
            ("landing", _("Landing"), shown.landing, found.landing),
        )
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


FEW: Final = 3


def few(people: tuple[str, ...]) -> tuple[str, ...]:
    """The first names of many, and how many more: a list of fourteen is read by nobody."""
    if len(people) <= FEW + 1:
        return people
    return (*people[:FEW], _("%(n)s more") % {"n": len(people) - FEW})


def state_words(row: Row, now: datetime) -> tuple[str, str]:
    """Who has it and what they did last; for a crisis that nobody has, who is being rung."""
    episode = row.episode
    if episode.state == State.RAISED:
        if row.no_cover:
            who = names(few(row.asked))
            return _("No cover."), _("Nobody licensed and reachable is on duty. Asking everyone: %(people)s.") % {
                "people": who
            } if who else _("Nobody reachable is on duty.")
        # A call rings out in half a minute; that they were asked, and have not answered, stays true.
        return "", _("Asking %(people)s. No answer yet.") % {"people": names(few(row.asked))} if row.asked else _(
            "Looking for the next person to ask."
        )
    if episode.state == State.CLOSED:
        return "", _("Closed %(at)s.") % {"at": when(episode.closed_at, now)}
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
