"""Every open crisis: a glance at each for sorting and counting, and whole rows only for those that are shown.

A thousand may be open at once. A glance holds nothing sealed and makes no model, so that all of them cost little.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery

from holdfast.content.shapes import Urgency
from holdfast.crisis.glance import Glance
from holdfast.crisis.known import judged_in, newest_judgement
from holdfast.crisis.models import Ask, Episode
from holdfast.crisis.queries import Row, open_to, reasons_of, row_of
from holdfast.crisis.rules import State
from holdfast.oncall.models import Page
from holdfast.oncall.queries import being_asked
from holdfast.people.access import Actor

_COLUMNS = (
    *("id", "state", "urgency", "owner_id", "owner__name", "next_contact_by_id"),
    *("raised_at", "owned_at", "first_try_at", "look_again_at", "next_contact_at", "try_by"),
)
NOT_ASKED: Final[tuple[datetime | None, bool]] = (None, False)
One = TypeVar("One", bound=Glance | Row)


@dataclass(frozen=True)
class Board(Generic[One]):
    """Open crises in three groups."""

    nobody: tuple[One, ...]
    someone: tuple[One, ...]
    landing: tuple[One, ...]

    @property
    def all(self) -> tuple[One, ...]:
        return (*self.nobody, *self.someone, *self.landing)

    @property
    def count(self) -> int:
        return len(self.nobody) + len(self.someone) + len(self.landing)


def board(actor: Actor) -> Board[Glance]:
    """Every open crisis that this person may see, each group by its clock. Two queries, however many there are."""
    asked = _being_asked(actor)
    of_me = Exists(_open_asks(actor).filter(episode=OuterRef("id")))
    open_ = open_to(actor).order_by("look_again_at").values_list(*_COLUMNS, of_me)
    found = []
    for row in open_:
        crisis, state = row[:2]
        waiting = asked.get(crisis, NOT_ASKED) if state == State.RAISED else NOT_ASKED
        found.append(Glance(*(*row, *waiting)))
    # By clock inside a group; but an emergency that nobody has stands before all else.
    found.sort(key=lambda one: (one.state != State.RAISED or one.urgency != Urgency.EMERGENCY, one.clock_at))
    return grouped(found)


def grouped(found: Iterable[One]) -> Board[One]:
    """These in their three groups, in the order in which they come."""
    every = tuple(found)

    def group(*states: State) -> tuple[One, ...]:
        return tuple(one for one in every if one.state in states)

    return Board(group(State.RAISED), group(State.OWNED, State.REACHED), group(State.SETTLED))


def rows_of(actor: Actor, glances: Iterable[Glance]) -> list[Row]:
    """The whole rows of these, in their order. Three queries. Left out: what was closed a moment ago."""
    ids = [one.id for one in glances]
    episodes: dict[int, Any] = (
        open_to(actor)
        .annotate(
            judged=newest_judgement(OuterRef("client_id")),
            of_me=Subquery(_open_asks(actor).filter(episode=OuterRef("id")).order_by("kind").values("kind")[:1]),
        )
        .in_bulk(ids)
    )
    reasons = reasons_of(episodes)
    asked = being_asked("crisis", [one.id for one in episodes.values() if one.state == State.RAISED])
    return [
        replace(
            row_of(episodes[i], reasons.get(i, []), asked.get(i, []), actor),
            judged=judged_in(episodes[i].judged),
            asked_of_me=episodes[i].of_me or "",
        )
        for i in ids
        if i in episodes
    ]


def _open_asks(actor: Actor) -> "QuerySet[Ask]":
    """What this person is asked by a colleague and has not answered: to take a crisis over, or to help."""
    asks = Ask.objects.filter(answer="")
    return asks.filter(to_id=actor.id) if actor.is_staff else asks.none()


def last_landed_at(actor: Actor) -> datetime | None:
    """When the latest crisis of the program was closed, whoever may open it: only the time is said."""
    closed = Episode.objects.filter(state=State.CLOSED).order_by("-closed_at").values_list("closed_at", flat=True)
    return closed.first() if actor.works_with_clients else None


def _being_asked(actor: Actor) -> dict[int, tuple[datetime | None, bool]]:
    """For each crisis about which somebody is being asked: when the next person is, and whether it waits for me."""
    pages = Page.objects.filter(paging__what="crisis", paging__stopped_at=None).exclude(answer="cannot")
    for_me = Count("id", filter=Q(staff_id=actor.id, answer=None))
    each = pages.values_list("paging__what_id").annotate(until=Max("paging__look_again_at"), for_me=for_me)
    return {crisis: (next_turn_at, mine > 0) for crisis, next_turn_at, mine in each}
