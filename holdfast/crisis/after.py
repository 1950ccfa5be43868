"""What follows a crisis: its next contact is made known, what was left out is shown, what was learned is written down.

Every action needs the open transaction of a scope. A text is a new version each time; none is ever changed.
"""

from datetime import date, datetime
from uuid import UUID

from holdfast.crisis import actions, clocks
from holdfast.crisis.afterwards import was_in_it
from holdfast.crisis.course import EntryKind, Timer
from holdfast.crisis.facts import (
    ActionAssigned,
    ActionMarked,
    AfterTextWritten,
    EpisodeClosed,
    EpisodeSettled,
    WaiverLookedAt,
)
from holdfast.crisis.guide import tell
from holdfast.crisis.lookback import next_morning, remind_at, why_not_assign, why_not_write
from holdfast.crisis.models import AfterText, AssignedAction, Entry, Episode, Review, WaiverSeen
from holdfast.crisis.rules import NotAllowed, State, is_next_contact
from holdfast.ledger.record import record
from holdfast.ledger.sealed import readable
from holdfast.ledger.wake import ring
from holdfast.notify import actions as notify
from holdfast.notify.models import Attempt
from holdfast.oncall.actions import RANK
from holdfast.people.models import Staff
from holdfast.people.queries import care_team, current_staff
from holdfast.people.rules import LEADS, zone

LOOKS_BACK = "after-action"  # the list on which those left look back


class WrittenMeanwhile(NotAllowed):
    """Somebody else saved a version while this one was being written."""

    def __init__(self, newest: AfterText) -> None:
        super().__init__(
            f"{newest.by.name} saved version {newest.number} while you were writing. Your words are still in the form:"
            " read theirs, then save yours as the next version."
        )
        self.newest = newest


# --- the next contact ----------------------------------------------------------------------------


def settled(fact: EpisodeSettled, now: datetime) -> None:
    """Whoever makes the next contact is told at once, and reminded half an hour before it."""
    episode = Episode.objects.select_related("owner").get(id=fact.episode)
    if episode.next_contact_by_id is None or episode.next_contact_at is None:
        return
    if episode.next_contact_by_id != episode.owner_id:
        name = episode.owner.first_name if episode.owner else ""
        tell(episode, episode.next_contact_by_id, "next_contact", now, name=name)
    if at := remind_at(episode.settled_at or now, episode.next_contact_at):
        clocks.start(episode, Timer.NEXT_CONTACT, at, now)


def contact_is_soon(episode: Episode, _what: str, now: datetime) -> None:
    """Half an hour before. Nobody is reminded of what was done already; a talk too soon after settling was not it."""
    made = is_next_contact(episode.reached_at, episode.settled_at, episode.next_contact_at)
    if episode.state == State.SETTLED and episode.next_contact_by_id and not made:
        tell(episode, episode.next_contact_by_id, "next_contact_soon", now)


# --- what was left out ---------------------------------------------------------------------------


def closed(fact: EpisodeClosed, now: datetime) -> None:
    """Something was left out on closing: those who lead are told the next morning."""
    episode = Episode.objects.select_related("program").get(id=fact.episode)
    if Entry.objects.filter(episode=episode, kind=EntryKind.WAIVER).exists():
        clocks.start(episode, Timer.WAIVERS, next_morning(zone(episode.program.timezone), now), now)


def tell_those_who_lead(episode: Episode, _what: str, now: datetime) -> None:
    """One notice a day, however many crises; none where somebody has seen all of it."""
    left_out = Entry.objects.filter(episode=episode, kind=EntryKind.WAIVER)
    if not left_out.exclude(id__in=WaiverSeen.objects.values("entry_id")).exists():
        return
    day = now.astimezone(zone(episode.program.timezone)).date().toordinal()
    if Attempt.objects.filter(for_what="left_out", for_id=day).exists():
        return
    for person in current_staff(now).filter(role__in=LEADS).order_by("id"):
        notify.tell(
            episode.program_id,
            person.id,
            "left_out",
            for_what="left_out",
            for_id=day,
            rank=RANK["same_day"],
            now=now,
        )
    ring("send")


def seen(entry: Entry, staff: Staff, now: datetime) -> None:
    """Somebody who leads has seen what was left out."""
    if staff.role not in LEADS:
        raise NotAllowed("Those who lead say that they have seen it.")
    _, fresh = WaiverSeen.objects.get_or_create(
        program_id=entry.program_id, entry=entry, by=staff, defaults={"at": now}
    )
    if fresh:
        record(WaiverLookedAt(program=entry.program_id, entry=entry.id, by=staff.id), now)


clocks.RINGS[Timer.NEXT_CONTACT] = contact_is_soon
clocks.RINGS[Timer.WAIVERS] = tell_those_who_lead


# --- looking back --------------------------------------------------------------------------------


def write(episode_id: int, staff: Staff, words: str, based_on: int, now: datetime) -> AfterText:
    """A new version. `based_on`: the number of the version its writer read, 0 for the draft from the timeline."""
    episode = actions.lock(episode_id)
    if no := why_not_write(State(episode.state), was_in_it(episode, staff.id), staff.role in LEADS, words):
        raise NotAllowed(no)
    return _write(AfterText(program_id=episode.program_id, episode=episode), staff, words, based_on, now)


def write_of_death(review: Review, staff: Staff, words: str, based_on: int, now: datetime) -> AfterText:
    """The same where a client died and no crisis was open: the client's team and those who lead look back."""
    row = Review.objects.select_for_update(of=("self",)).get(id=review.id)
    if row.kind != LOOKS_BACK or row.episode_id is not None:
        raise NotAllowed("What is written of this stands on the page of its crisis.")
    knew = care_team(row.client_id, now).filter(staff=staff).exists()
    if no := why_not_write(State.CLOSED, knew, staff.role in LEADS, words):
        raise NotAllowed(no)
    return _write(AfterText(program_id=row.program_id, review=row), staff, words, based_on, now)


def _write(made: AfterText, staff: Staff, words: str, based_on: int, now: datetime) -> AfterText:
    """The next version of what is written about one thing, which is locked."""
    about = AfterText.objects.filter(episode=made.episode, review=made.review)
    newest = about.select_related("by").order_by("-number").first()
    text = words.strip()
    if newest and newest.by_id == staff.id and readable(newest, "words") == text:
        return newest  # pressed twice
    if newest and newest.number != based_on:
        raise WrittenMeanwhile(newest)
    made.number, made.words, made.by, made.at = newest.number + 1 if newest else 1, text, staff, now
    made.save()
    written = AfterTextWritten(
        program=made.program_id, episode=made.episode_id, review=made.review_id, number=made.number, by=staff.id
    )
    record(written, now)
    return made


def assign(
    episode: Episode,
    staff: Staff,
    *,
    what: str,
    to: Staff | None,
    due: date | None,
    once: UUID | None,
    now: datetime,
) -> AssignedAction:
    """Somebody named does something by a day. Its owner is told; pressed twice it is one."""
    row = actions.lock(episode.id)
    if no := why_not_write(State(row.state), was_in_it(row, staff.id), staff.role in LEADS, "an action"):
        raise NotAllowed(no)
    return _assign(row.program.timezone, staff, what, to, due, once, now, program=row.program_id, episode=row)


def assign_item(
    review: Review, item: str, what: str, staff: Staff, *, to: Staff | None, due: date | None, now: datetime
) -> AssignedAction:
    """One item of what follows a death gets a name and a day; a new name takes the place of the old one."""
    row = Review.objects.select_for_update(of=("self",)).select_related("program").get(id=review.id)
    before = AssignedAction.objects.filter(review=row, item=item, done_at=None).first()
    if before and to and (before.owner_id, before.due_on) == (to.id, due):
        return before  # pressed twice
    made = _assign(row.program.timezone, staff, what, to, due, None, now, program=row.program_id, review=row, item=item)
    if before:
        close_with_its_item(before, staff, now)
    return made


def _assign(
    place: str,
    staff: Staff,
    what: str,
    to: Staff | None,
    due: date | None,
    once: UUID | None,
    now: datetime,
    *,
    program: int,
    episode: Episode | None = None,
    review: Review | None = None,
    item: str = "",
) -> AssignedAction:
    if once and (done := AssignedAction.objects.filter(once=once).first()):
        return done
    no = why_not_assign(what, to is not None, due, now.astimezone(zone(place)).date())
    if no or to is None or due is None:
        raise NotAllowed(no or "Name who does it, and by when.")
    made = AssignedAction.objects.create(
        program_id=program,
        episode=episode,
        review=review,
        item=item,
        what=what.strip(),
        owner=to,
        due_on=due,
        assigned_by=staff,
        assigned_at=now,
        once=once,
    )
    record(ActionAssigned(program=program, action=made.id, owner=to.id, by=staff.id), now)
    if to.id != staff.id:
        rank = RANK["same_day"]
        notify.tell(
            program, to.id, "action", for_what="action", for_id=made.id, rank=rank, now=now, name=staff.first_name
        )
        ring("send")
    return made


def mark(action: AssignedAction, staff: Staff, *, done: bool, now: datetime) -> None:
    """It is done, or is not done after all: by its owner, by who assigned it, or by those who lead."""
    row = AssignedAction.objects.select_for_update(of=("self",)).get(id=action.id)
    if staff.id not in (row.owner_id, row.assigned_by_id) and staff.role not in LEADS:
        raise NotAllowed("Its owner, who assigned it, or those who lead say whether it is done.")
    if done != (row.done_at is not None):  # else pressed twice
        _mark(row, staff, done, now)


def close_with_its_item(action: AssignedAction, staff: Staff, now: datetime) -> None:
    """Its item was done, or was given to somebody else: it leaves the list of its owner."""
    _mark(action, staff, True, now)


def _mark(row: AssignedAction, staff: Staff, done: bool, now: datetime) -> None:
    row.done_at, row.done_by = (now, staff) if done else (None, None)
    row.save(update_fields=["done_at", "done_by"])
    record(ActionMarked(program=row.program_id, action=row.id, done=done, by=staff.id), now)
