"""Legal holds, a director's word, and deletion itself, in small steps. Needs the open transaction of a scope."""

from collections.abc import Iterable
from datetime import datetime, time

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import make_password
from django.db import connection

from holdfast.approval.queries import is_draft
from holdfast.content.retention import Kind, retention
from holdfast.crisis.rules import NotAllowed
from holdfast.ledger.models import Program
from holdfast.ledger.record import record
from holdfast.people.models import Client, Staff, User
from holdfast.people.queries import memberships
from holdfast.people.rules import Role, zone
from holdfast.records.facts import Deleted, DeletionApproved, DeletionDropped, HoldLifted, HoldSet
from holdfast.records.keeping import Kept, to_go, today_of
from holdfast.records.models import Deletion, Hold
from holdfast.records.rules import SHORTEST

A_STEP = 500  # rows in one transaction
POLICY = "policies/retention/{}"  # what two people approve before anything goes under it
ONLY_A_DIRECTOR = "Only a director does this."


def set_hold(client: Client, staff: Staff, why: str, now: datetime) -> Hold:
    """Nothing of this client goes, whatever its day. What was approved and has not gone is dropped."""
    _director(staff)
    if len(why.strip()) < SHORTEST:
        raise NotAllowed("Say why nothing may be deleted: which matter, and who asked.")
    Client.objects.select_for_update(no_key=True).get(id=client.id)
    if found := Hold.objects.filter(client=client, lifted_at=None).first():
        return found
    for waiting in Deletion.objects.filter(client=client.id, done_at=None, dropped_at=None):
        _drop(waiting, staff, now)
    found = Hold.objects.create(program_id=client.program_id, client=client, why=why.strip(), by=staff, at=now)
    record(HoldSet(program=client.program_id, client=client.id, hold=found.id, by=staff.id), now)
    return found


def lift_hold(hold: Hold, staff: Staff, why: str, now: datetime) -> None:
    """What was held may go again, once a director approves it anew."""
    _director(staff)
    if len(why.strip()) < SHORTEST:
        raise NotAllowed("Say why it may be lifted.")
    row = Hold.objects.select_for_update().get(id=hold.id)
    if row.lifted_at:
        return
    row.lifted_at, row.lifted_by, row.lifted_why = now, staff, why.strip()
    row.save(update_fields=["lifted_at", "lifted_by", "lifted_why"])
    record(HoldLifted(program=row.program_id, client=row.client_id, hold=row.id, by=staff.id), now)


def approve(program: Program, wanted: Iterable[tuple[int, Kind]], staff: Staff, now: datetime) -> list[Deletion]:
    """A director says that these go on their days. Only what the page showed, as it is now; nothing else."""
    _director(staff)
    if is_draft(POLICY.format(retention().version), retention().status, now):
        raise NotAllowed(
            "The policy is a draft. The director and a second person approve it under Clinical content first."
        )
    open_ = {(one.client.id, one.kind): one for one in to_go(program, now)}
    asked = list(dict.fromkeys(wanted))
    if not asked:
        raise NotAllowed("Choose what may go.")
    gone = [each for each in asked if each not in open_ or open_[each].why_not]
    if gone:
        raise NotAllowed("Something has changed meanwhile. Look at the list again.")
    return [_approve(program, open_[each], staff, now) for each in asked]


def _approve(program: Program, one: Kept, staff: Staff, now: datetime) -> Deletion:
    due_on = max(one.until.goes_on, today_of(program, now))
    row = Deletion.objects.create(
        program_id=program.id,
        client=one.client.id,
        kind=one.kind,
        last_on=one.life.last_on,
        due_on=due_on,
        law=one.until.line.law,
        policy_version=retention().version,
        due_at=max(datetime.combine(due_on, time(), zone(program.timezone)), now),
        approved_by=staff,
        approved_at=now,
    )
    record(
        DeletionApproved(
            program=program.id, client=row.client, deletion=row.id, what=row.kind, due_on=str(due_on), by=staff.id
        ),
        now,
    )
    return row


def take_back(deletion: Deletion, staff: Staff, now: datetime) -> None:
    """A director takes their word back before it has gone."""
    _director(staff)
    row = Deletion.objects.select_for_update().get(id=deletion.id)
    if row.done_at:
        raise NotAllowed("It has gone already.")
    if row.dropped_at is None:
        _drop(row, staff, now)


def _drop(row: Deletion, staff: Staff, now: datetime) -> None:
    Deletion.objects.filter(id=row.id).update(dropped_at=now)
    record(DeletionDropped(program=row.program_id, client=row.client, deletion=row.id, by=staff.id), now)


def go(deletion_id: int, now: datetime) -> bool:
    """Take away the next few rows of what is due. The database looks again whether it may."""
    row = Deletion.objects.filter(id=deletion_id, done_at=None, dropped_at=None, due_at__lte=now).first()
    if row is None:
        return False
    user = Client.objects.filter(id=row.client).values_list("user_id", flat=True).first()
    with connection.cursor() as cursor:
        cursor.execute(f"select holdfast_take_{Kind(row.kind).value}(%s, %s)", [row.id, A_STEP])
        (taken,) = cursor.fetchone()
    row.refresh_from_db()
    if row.dropped_at:
        record(DeletionDropped(program=row.program_id, client=row.client, deletion=row.id, by=None), now)
        return True
    if row.done_at:
        record(Deleted(program=row.program_id, client=row.client, deletion=row.id, what=row.kind, rows=row.rows), now)
    if user is not None and not Client.objects.filter(id=row.client).exists() and not memberships(user):
        _forget(user)
    return bool(taken) or row.done_at is not None


def _forget(user: int) -> None:
    """A sign-in that nobody has a place for any more: its number stays, its address and its password go."""
    for rows in (EmailAddress, Authenticator, UserSession):
        rows.objects.filter(user_id=user).delete()
    User.objects.filter(id=user).update(email=f"{user}@gone.invalid", password=make_password(None), is_active=False)


def _director(staff: Staff) -> None:
    if staff.role != Role.DIRECTOR:
        raise NotAllowed(ONLY_A_DIRECTOR)
