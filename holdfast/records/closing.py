"""Closing an account and opening it again, and copies that are handed out. Needs the open transaction of a scope."""

from datetime import datetime

from holdfast.crisis import leaving
from holdfast.crisis.models import Episode
from holdfast.crisis.rules import NotAllowed, State
from holdfast.ledger.record import record
from holdfast.people.actions import revoke_device
from holdfast.people.models import Client, Device, Staff, User
from holdfast.people.queries import memberships
from holdfast.people.rating import end_reminders
from holdfast.people.rules import Standing
from holdfast.records.facts import AccountClosed, AccountOpened, RecordCopied
from holdfast.records.models import Closing, RecordCopy
from holdfast.records.rules import GONE, Asked, Form, Held


class StillHeld(NotAllowed):
    """An account stays open: somebody has the client, or will speak with them."""

    def __init__(self, held: Held) -> None:
        super().__init__("A crisis is open, or its next contact is still to come.")
        self.held = held


def held_by(client: Client) -> Held | None:
    """Who has the client now, or speaks with them next; None when no crisis of theirs is open."""
    episode = (
        Episode.objects.filter(client=client)
        .exclude(state=State.CLOSED)
        .select_related("owner", "next_contact_by")
        .order_by("id")
        .first()
    )
    if episode is None:
        return None
    if episode.state == State.SETTLED and episode.next_contact_by is not None:
        return Held(episode.next_contact_by.first_name, episode.next_contact_at)
    return Held(episode.owner.first_name if episode.owner else "", None)


def close(client: Client, now: datetime, *, by: Staff | None = None, why: str = "") -> Closing:
    """Standing, sign-in, phones and reminders end; nothing is deleted. Refused while a crisis or its landing is open.

    `by` is empty when the client does it themselves.
    """
    row = Client.objects.select_for_update(no_key=True, of=("self",)).select_related("user").get(id=client.id)
    if found := Closing.objects.filter(client=row, opened_at=None).first():
        return found  # pressed twice
    if held := held_by(row):
        raise StillHeld(held)
    if row.standing not in GONE:
        if by is None:
            leaving.own_wish(row, now)
        else:
            leaving.change_standing(row, Standing.DISCHARGED, by, why, now)
    elif by is not None and not why.strip():
        raise NotAllowed("Say how you know, or why.")
    for device in Device.objects.filter(client=row, revoked_at=None):
        revoke_device(device, now)
    end_reminders(row.id, "account closed", now)
    if row.user is not None:
        _no_sign_in(row, row.user)
    found = Closing.objects.create(program_id=row.program_id, client=row, by=by, why=why.strip() or None, at=now)
    record(AccountClosed(program=row.program_id, client=row.id, closing=found.id, by=by.id if by else None), now)
    return found


def _no_sign_in(client: Client, user: User) -> None:
    """Whoever has a place elsewhere too keeps that one; here they have none any more."""
    if len(memberships(user.id)) > 1:
        Client.objects.filter(id=client.id).update(user=None)
    else:
        User.objects.filter(id=user.id).update(is_active=False)


def open_again(client: Client, by: Staff, now: datetime) -> None:
    """They may sign in again. Where they stand is changed on their own page, as ever."""
    row = Client.objects.select_for_update(no_key=True).get(id=client.id)
    if row.standing == Standing.DIED:
        raise NotAllowed("It is recorded that this client has died. A supervisor or the director changes that.")
    changed = Closing.objects.filter(client=row, opened_at=None).update(opened_at=now, opened_by=by)
    if not changed:
        return
    if row.user_id:
        User.objects.filter(id=row.user_id).update(is_active=True)
    record(AccountOpened(program=row.program_id, client=row.id, by=by.id), now)


def copied(
    client: Client, form: Form, now: datetime, *, by: Staff | None = None, asked: Asked | None = None, words: str = ""
) -> RecordCopy:
    """A copy is handed out. Staff say how they were asked and how they knew who asked."""
    if by is not None and asked is None:
        raise NotAllowed("Say how the client asked for it.")
    if by is not None and not words.strip():
        raise NotAllowed("Say how you knew that it was the client who asked.")
    row = RecordCopy.objects.create(
        program_id=client.program_id,
        client=client,
        form=form,
        asked=asked or "",
        by=by,
        words=words.strip() or None,
        at=now,
    )
    record(
        RecordCopied(program=client.program_id, client=client.id, copy=row.id, form=form, by=by.id if by else None), now
    )
    return row
