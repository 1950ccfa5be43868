"""Leaving: a shift that ends, and a client who leaves the program's care or has died.

The only caller of `oncall.end_shift` and, for a client, of `people.change_standing`: neither may leave an open crisis
without an owner. Every action needs the open transaction of a scope.
"""

from datetime import date, datetime

from holdfast.care import actions as care
from holdfast.content.reviews import checklist
from holdfast.crisis import actions, after, handing, landing
from holdfast.crisis.course import Asked, EntryKind, why_not_end_shift, why_not_leave
from holdfast.crisis.entries import write_down
from holdfast.crisis.facts import EpisodeClosed, ReviewOpened
from holdfast.crisis.guide import is_in_it
from holdfast.crisis.models import AssignedAction, Episode, Review, ReviewItem
from holdfast.crisis.rules import Disposition, Ground, Move, NotAllowed, State
from holdfast.ledger.record import record
from holdfast.oncall import actions as oncall
from holdfast.oncall.queries import on_duty
from holdfast.people import actions as people
from holdfast.people.facts import SignedOut
from holdfast.people.models import Client, Staff
from holdfast.people.queries import care_team, memberships
from holdfast.people.rules import LEADS, Pause, Standing, pause_over_at, why_not_pause, zone
from holdfast.people.signing_in import end_sessions

REVIEWS = ("postvention", after.LOOKS_BACK)
IN_CARE = frozenset({Standing.ACTIVE})


class StillHolds(NotAllowed):
    """A shift cannot end: these crises are theirs."""

    def __init__(self, words: str, episodes: tuple[Episode, ...]) -> None:
        super().__init__(words)
        self.episodes = episodes


def held_by(staff: Staff) -> list[Episode]:
    """The open crises this person has, oldest first."""
    return list(
        Episode.objects.filter(owner=staff)
        .exclude(state=State.CLOSED)
        .select_related("client", "concern")
        .order_by("id")
    )


def end_shift(staff: Staff, now: datetime) -> None:
    """A shift ends early. Refused while its person has an open crisis: hand it over by name first."""
    # Locked, so that nobody takes a crisis and ends the shift at once.
    # By the whole row: a crisis that points at its owner waits for this one.
    Staff.objects.select_for_update().get(id=staff.id)
    held = held_by(staff)
    is_on = staff.id in frozenset().union(*on_duty(now).values())
    if no := why_not_end_shift(len(held), is_on):
        raise StillHolds(no, tuple(held)) if held else NotAllowed(no)
    oncall.end_shift(staff, now)


def change_standing(
    client: Client,
    standing: Standing,
    staff: Staff,
    why: str,
    now: datetime,
    hand_to: Staff | None = None,
    until: date | None = None,
) -> None:
    """A client's standing changes. With an open crisis they leave the program's care only when it is handed on by name.

    A pause has a day on which it ends (`until`), and can be given another one.
    Died: every automatic contact stops in this one step, the record stays, and what follows a death is opened.
    """
    if not why.strip():
        raise NotAllowed("Say how you know, or why.")
    before = Standing(Client.objects.select_for_update(no_key=True).get(id=client.id).standing)
    if before is standing is not Standing.PAUSED:
        return  # pressed twice
    episode = _open_crisis(client)
    _who_may(client, episode, staff, before, now)
    if standing is Standing.DIED:
        people.change_standing(client, standing, now)
        _sign_out(client, now)
        _died(client, episode, staff, why, now)
        return
    if standing not in IN_CARE and before is not standing:
        no = why_not_leave(
            State(episode.state) if episode else None,
            owner=bool(episode and episode.owner_id),
            mine=bool(episode and episode.owner_id == staff.id),
            named=hand_to is not None,
        )
        if no:
            raise NotAllowed(no)
        if episode and hand_to:
            handing.ask(episode.id, staff, Asked.HAND_OVER, hand_to, why, now)
    # Paused already, the pause gets another end; pressed twice it is the same.
    pause = _pause(client, until, why, now) if standing is Standing.PAUSED else None
    if people.change_standing(client, standing, now, pause) and episode:
        write_down(episode, EntryKind.STANDING, now, what=standing, by=staff, words=why)
        actions.show(episode)


def own_wish(client: Client, now: datetime) -> None:
    """A client ends their own stay with us. With an open crisis they do not: somebody is with them first."""
    row = Client.objects.select_for_update(no_key=True).get(id=client.id)
    if _open_crisis(row):
        raise NotAllowed("A crisis is open. It is brought to its end first.")
    people.change_standing(row, Standing.DISCHARGED, now)


def _open_crisis(client: Client) -> Episode | None:
    """The open crisis of a client, locked."""
    locked = Episode.objects.select_for_update(of=("self",)).select_related("client")
    return locked.filter(client=client).exclude(state=State.CLOSED).first()


def _pause(client: Client, until: date | None, why: str, now: datetime) -> Pause:
    no = why_not_pause(until, now.astimezone(zone(client.timezone)).date())
    if no or until is None:
        raise NotAllowed(no or "Say on which day the pause ends.")
    return Pause(until, why)


def pause_ended(client_id: int, now: datetime) -> bool:
    """A pause is over: the client is active again, and the clinician who knows them asks today whether they are back.

    Active again and not left paused, because nearly no silence rule watches a paused client: whoever is forgotten
    there goes quiet unseen. As active they are missed within days even when nobody does the task.
    """
    client = Client.objects.select_for_update(no_key=True, skip_locked=True).filter(id=client_id).first()
    if client is None or client.standing != Standing.PAUSED:
        return False
    if pause_over_at(client.pause_ends_at, client.standing_since) > now:
        return False
    episode = _open_crisis(client)
    people.change_standing(client, Standing.ACTIVE, now)
    care.ask_if_back(client, now)
    if episode:
        write_down(episode, EntryKind.STANDING, now, what=Standing.ACTIVE, words="The pause has ended.")
        actions.show(episode)
    return True


def _who_may(client: Client, episode: Episode | None, staff: Staff, before: Standing, now: datetime) -> None:
    """Who leads, the client's own team, and who is in their open crisis; from "died" only who leads."""
    if staff.role in LEADS:
        return
    if before is Standing.DIED:
        raise NotAllowed("It is recorded that this client has died. A supervisor or the director changes that.")
    if not care_team(client.id, now).filter(staff=staff).exists() and not (episode and is_in_it(episode, staff)):
        raise NotAllowed(
            "Only the client's own team, who is in their crisis, a supervisor or the director changes this."
        )


def _sign_out(client: Client, now: datetime) -> None:
    """Nobody stays signed in as them. An account that has a place elsewhere too stays signed in there."""
    if client.user is None or len(memberships(client.user.id)) > 1:
        return
    if end_sessions(client.user):
        record(SignedOut(program=client.program_id, kind="client", whose=client.id, how="died"), now)


def _died(client: Client, episode: Episode | None, staff: Staff, why: str, now: datetime) -> None:
    """The crisis ends as it stands: nobody is sought, rung or reminded any more."""
    if episode:
        write_down(episode, EntryKind.STANDING, now, what=Standing.DIED, by=staff, words=why)
        episode.disposition = Disposition.DIED
        # What was still to do is left out, and those who lead see that it was, as on every closing.
        left_out = landing.landing_of(episode).missing
        episode.waivers = {name: Ground.DIED.value if name == "next_contact" else "died" for name in left_out}
        for name in left_out:
            write_down(episode, EntryKind.WAIVER, now, what=name, by=staff, words=why)
        episode.owner, episode.closed_at = None, now
        actions.move(episode, Move.DIED, now, by=staff)
        record(EpisodeClosed(program=episode.program_id, episode=episode.id, disposition=Disposition.DIED), now)
        actions.show(episode)
    for kind in REVIEWS:
        review, fresh = Review.objects.get_or_create(
            program_id=client.program_id,
            client=client,
            kind=kind,
            defaults={
                "episode": episode,
                "version": str(checklist(kind).version),
                "opened_at": now,
                "opened_by": staff,
            },
        )
        if fresh:
            record(ReviewOpened(program=client.program_id, review=review.id, client=client.id, kind=kind), now)


def did(review: Review, item: str, staff: Staff, words: str, now: datetime) -> None:
    """An item of a review was done; with the last one the review is. Pressed twice it is one."""
    row = Review.objects.select_for_update().get(id=review.id)
    items = [each.id for each in checklist(row.kind).items]
    if item not in items:
        raise NotAllowed("This list has no such item. Load the page again.")
    ReviewItem.objects.get_or_create(
        program_id=row.program_id,
        review=row,
        item=item,
        defaults={"by": staff, "words": words.strip() or None, "at": now},
    )
    for action in AssignedAction.objects.filter(review=row, item=item, done_at=None):
        after.close_with_its_item(action, staff, now)
    done = set(ReviewItem.objects.filter(review=row).values_list("item", flat=True))
    if row.done_at is None and done >= set(items):
        row.done_at = now
        row.save(update_fields=["done_at"])
