"""The only reads of what follows a crisis: looking back, actions that were assigned, and what was left out on closing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from holdfast.crisis.course import EntryKind, Happening
from holdfast.crisis.lookback import Asking, Mark, earliest, late_from, start_of_day
from holdfast.crisis.models import AfterText, Ask, AssignedAction, Entry, Episode, Move, Try, WaiverSeen
from holdfast.crisis.queries import Whole, whole
from holdfast.crisis.rules import Move as MoveName
from holdfast.crisis.rules import Result, State, is_next_contact
from holdfast.crisis.trying import first_try_due
from holdfast.ledger.sealed import readable
from holdfast.oncall.models import Page
from holdfast.people.access import Actor
from holdfast.people.rules import LEADS, Role


def people_in(episode: Episode) -> frozenset[int]:
    """Everybody who was in it: who moved it, tried to reach the client, answered a call for help, or follows up."""
    moved = Move.objects.filter(episode=episode, by__isnull=False).values_list("by_id", flat=True)
    tried = Try.objects.filter(episode=episode).values_list("by_id", flat=True)
    helped = Ask.objects.filter(episode=episode, answer="accepted").values_list("answered_by_id", flat=True)
    found = set(moved.union(tried, helped))
    return frozenset(one for one in (*found, episode.next_contact_by_id, episode.owner_id) if one)


def was_in_it(episode: Episode, staff: int) -> bool:
    return staff in people_in(episode)


@dataclass(frozen=True)
class Omission:
    """Something that was left out, and why, in the words of whoever left it out."""

    what: str
    words: str
    who: str
    at: datetime


@dataclass(frozen=True)
class LookBack:
    """Everything the after-action page shows. `missed`: the clocks that ran out, oldest first."""

    whole: Whole
    marks: tuple[Mark, ...]
    missed: tuple[Happening, ...]
    asked: tuple[Asking, ...]
    waivers: tuple[Omission, ...]
    steps_left_out: tuple[Omission, ...]
    versions: tuple[AfterText, ...]
    actions: tuple[AssignedAction, ...]
    people: frozenset[int]

    @property
    def story(self) -> list[Happening]:
        """The whole timeline, oldest first; what happened at one moment in the order in which it was written down."""
        return sorted(self.whole.timeline, key=lambda line: line.at)

    @property
    def newest(self) -> AfterText | None:
        return self.versions[0] if self.versions else None


def look_back(actor: Actor, uid: UUID) -> LookBack | None:
    """One crisis as it is looked back at; None when this person may not see it."""
    found = whole(actor, uid)
    if found is None:
        return None
    episode = found.episode
    moves = list(Move.objects.filter(episode=episode).order_by("number"))
    waivers = Entry.objects.filter(episode=episode, kind=EntryKind.WAIVER).select_related("by").order_by("id")
    return LookBack(
        whole=found,
        marks=tuple(_marks(found, moves)),
        missed=tuple(sorted(filter(_is_missed, found.timeline), key=lambda line: line.at)),
        asked=tuple(_asked(found.pages)),
        waivers=tuple(Omission(e.what, readable(e, "words"), e.by.name if e.by else "", e.at) for e in waivers),
        steps_left_out=tuple(_left_out(found)),
        versions=tuple(AfterText.objects.filter(episode=episode).select_related("by").order_by("-number")),
        actions=tuple(actions_of(episode)),
        people=people_in(episode),
    )


def _marks(found: Whole, moves: list[Move]) -> Iterable[Mark]:
    """The way from the signal to the landing. First things by their first time, the landing by its last."""
    episode = found.episode

    def first(name: MoveName) -> datetime | None:
        return earliest([move.at for move in moves if move.move == name])

    def last(name: MoveName) -> datetime | None:
        return max((move.at for move in moves if move.move == name), default=None)

    taken, settled = first(MoveName.TAKE), last(MoveName.SETTLE)
    talks = [t.at for t in found.tries if t.result == Result.REACHED]
    made = earliest([at for at in talks if is_next_contact(at, settled, episode.next_contact_at)])
    yield Mark("raised", episode.raised_at)
    yield Mark("first_page", earliest([page.at for page in found.pages if page.paging.what == "crisis"]))
    yield Mark("taken", taken)
    tried = earliest([one.at for one in found.tries])
    yield Mark("first_try", tried, first_try_due(episode, taken, tried))
    yield Mark("reached", first(MoveName.REACH))
    yield from _turns(moves, settled)
    yield Mark("settled", settled)
    waived = "next_contact" in episode.waivers  # then no talk was it, whatever was tried
    yield Mark("next_contact", None if waived else made, None if waived or settled is None else episode.next_contact_at)
    yield Mark("closed", episode.closed_at)


def _turns(moves: list[Move], settled: datetime | None) -> Iterable[Mark]:
    """What else it went through, in order: handed over, given back, ended before, and come back."""
    for move in moves:
        if move.move == MoveName.HAND_OVER:
            yield Mark("handed_over", move.at)
        elif move.before == State.SETTLED and move.after == State.RAISED:
            yield Mark("came_back", move.at)
        elif move.move == MoveName.GIVE_BACK:
            yield Mark("given_back", move.at)
        elif move.move == MoveName.SETTLE and move.at != settled:
            yield Mark("settled_before", move.at)


def _is_missed(line: Happening) -> bool:
    return line.kind == "late" or (line.kind == "move" and line.who == "by the clock")


def _asked(pages: Iterable[Page]) -> Iterable[Asking]:
    """Each person once for each thing they were asked, in the order in which they were."""
    by_person: dict[tuple[bool, int], list[Page]] = {}
    for page in sorted(pages, key=lambda one: (one.at, one.id)):
        by_person.setdefault((page.paging.what == "second", page.staff_id), []).append(page)
    for (second, _), asked in by_person.items():
        said = next((page for page in reversed(asked) if page.answer), None)
        yield Asking(
            asked[0].staff.name,
            second,
            asked[0].at,
            len(asked),
            said.answer or "" if said else "",
            said.answered_at if said else None,
            all(page.licensed for page in asked),
        )


def _left_out(found: Whole) -> Iterable[Omission]:
    for line in found.story.lines:
        if line.stands == "left_out" and line.given:
            yield Omission(str(line.step.title), line.given.words, line.given.by, line.given.at)
    for kept in found.story.kept:
        if kept.answer.ending == "left_out":
            by = kept.answer.by.name if kept.answer.by else ""
            yield Omission(kept.step, readable(kept.answer, "words"), by, kept.answer.at)


def texts_of_reviews(reviews: Iterable[int]) -> dict[int, list[AfterText]]:
    """What was written of deaths without a crisis, by list, newest first."""
    found: dict[int, list[AfterText]] = {}
    for text in AfterText.objects.filter(review_id__in=list(reviews)).select_related("by").order_by("-number"):
        found.setdefault(text.review_id or 0, []).append(text)
    return found


# --- actions that were assigned ------------------------------------------------------------------


def _actions() -> "QuerySet[AssignedAction]":
    return AssignedAction.objects.select_related(
        "owner", "assigned_by", "done_by", "episode__client", "episode__concern", "review__client"
    ).order_by("due_on", "id")


def actions_of(episode: Episode) -> "QuerySet[AssignedAction]":
    """What was assigned after this crisis, which the reader may see."""
    return _actions().filter(episode=episode)


def actions_of_reviews(reviews: Iterable[int]) -> "QuerySet[AssignedAction]":
    """What was assigned of these lists, which the reader may see."""
    return _actions().filter(review_id__in=list(reviews))


def actions_visible_to(actor: Actor) -> "QuerySet[AssignedAction]":
    """For everyone who works with clients, as the crises they come from."""
    return _actions() if actor.works_with_clients else _actions().none()


def open_actions_of(actor: Actor) -> "QuerySet[AssignedAction]":
    """What this person is still to do."""
    return actions_visible_to(actor).filter(owner_id=actor.id, done_at=None)


def late_actions(actor: Actor, today: date) -> "QuerySet[AssignedAction]":
    """What is past its day: one's own, and everybody's for those who lead."""
    late = actions_visible_to(actor).filter(due_on__lt=today, done_at=None)
    return late if actor.role in LEADS else late.filter(owner_id=actor.id)


# --- what was left out on closing ----------------------------------------------------------------


@dataclass(frozen=True)
class LeftOut:
    """One thing that was left out when a crisis was closed, and who of those who lead has seen it."""

    entry: Entry
    words: str
    ground: str
    seen: tuple[WaiverSeen, ...]
    waits: bool
    late: bool


def waivers_visible_to(actor: Actor) -> "QuerySet[Entry]":
    """What was left out when crises were closed, newest first, for those who lead."""
    waivers = Entry.objects.filter(kind=EntryKind.WAIVER)
    return waivers if actor.is_staff and actor.role in LEADS else waivers.none()


def _unseen(actor: Actor, waivers: "QuerySet[Entry]") -> "QuerySet[Entry]":
    """Not seen yet as far as this person is concerned: a director waits for a director's eyes."""
    seen = WaiverSeen.objects.filter(entry_id=OuterRef("id"))
    if actor.role is Role.DIRECTOR:
        seen = seen.filter(Q(by__role=Role.DIRECTOR) | Q(by_id=actor.id))
    return waivers.exclude(Exists(seen))


def waivers_to_see(actor: Actor, here: tzinfo, now: datetime) -> "QuerySet[Entry]":
    """Those of yesterday and before that wait for this person."""
    return _unseen(actor, waivers_visible_to(actor)).filter(at__lt=start_of_day(here, now))


def waivers(actor: Actor, here: tzinfo, now: datetime, most: int) -> list[LeftOut]:
    """What waits to be seen, oldest first, then what was seen, newest first."""
    read = waivers_visible_to(actor).select_related("by", "episode__client", "episode__concern")
    waiting = list(_unseen(actor, read).order_by("at", "id")[:most])
    done = list(read.exclude(id__in=[e.id for e in waiting]).order_by("-at", "-id")[:most])
    by_entry: dict[int, list[WaiverSeen]] = {}
    for one in WaiverSeen.objects.filter(entry__in=[*waiting, *done]).select_related("by").order_by("at"):
        by_entry.setdefault(one.entry_id, []).append(one)
    open_ = {entry.id for entry in waiting}
    return [
        LeftOut(
            entry,
            readable(entry, "words"),
            entry.episode.waivers.get(entry.what, ""),
            tuple(by_entry.get(entry.id, ())),
            entry.id in open_,
            entry.id in open_ and now >= late_from(here, entry.at),
        )
        for entry in (*waiting, *done)
    ]


def last_crises_of(clients: Iterable[int]) -> dict[int, Episode]:
    """The newest crisis of each of these clients."""
    newest = Episode.objects.filter(client_id__in=list(clients)).order_by("client_id", "-raised_at", "-id")
    return {episode.client_id: episode for episode in newest.distinct("client_id") if episode.client_id}
