"""Writes of signing in: what is recorded of it, tries that are counted, links made void, second factors taken away.

Tries and links belong to a person, not to a program. The rest needs the open transaction of a scope.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module
from typing import Final

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from holdfast.ledger.record import FactBase, record
from holdfast.people.facts import LinkSent, LinkTakenBack, SecondFactorReset, SignedOut
from holdfast.people.models import Client, FactorReset, Staff, User
from holdfast.people.queries import Membership, staff_places
from holdfast.people.rules import Role, fingerprint

log = logging.getLogger("holdfast.people")

REASON: Final = 300
FORGOTTEN: Final = "delete from people_signintry where until < clock_timestamp() - interval '1 day'"
SPEND: Final = """
    insert into people_signintry as t (key, count, until)
    values (%s, 1, clock_timestamp() + make_interval(secs => %s))
    on conflict (key) do update set
        count = case when t.until < clock_timestamp() then 1 else t.count + 1 end,
        until = case when t.until < clock_timestamp() then excluded.until else t.until end
    returning count"""


def spend(what: str, most: int, per: timedelta) -> bool:
    """Count one try in the database, where every web process sees it. False: there were too many.

    A database that takes no writes shuts nobody out: then each web process counts by itself.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(SPEND, [_key(what), per.total_seconds()])
            (count,) = cursor.fetchone()
            if count == 1:
                cursor.execute(FORGOTTEN)
    except DatabaseError as error:
        log.error("a try could not be counted in the database", extra={"error": type(error).__name__})
        count = _counted_here(_key(what), per)
    return bool(count <= most)


def _counted_here(key: str, per: timedelta) -> int:
    cache.add(key, 0, per.total_seconds())
    return int(cache.incr(key))


def give_back(what: str) -> None:
    """A try that was right does not count."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "update people_signintry set count = count - 1 where key = %s and count > 0 and until > clock_timestamp()",
                [_key(what)],
            )
    except DatabaseError as error:
        log.error("a try could not be given back", extra={"error": type(error).__name__})


def _key(what: str) -> str:
    return fingerprint(settings.SECRET_KEY, f"try|{what}")


def note(member: Membership, fact: Callable[..., FactBase], now: datetime, **said: object) -> None:
    """Record a fact about the sign-in of a member of this program."""
    record(fact(program=member.program, kind=member.kind, whose=member.id, **said), now)


def send_link(user: User, whose: Staff | Client, by: Staff, now: datetime) -> None:
    """A new link is about to leave: older ones are void."""
    _renew(user, now)
    kind = "staff" if isinstance(whose, Staff) else "client"
    record(LinkSent(program=whose.program_id, kind=kind, whose=whose.id, by=by.id), now)


def take_link_back(user: User, whose: Staff | Client, by: Staff, now: datetime) -> None:
    """No link that was sent opens any more."""
    _renew(user, None)
    kind = "staff" if isinstance(whose, Staff) else "client"
    record(LinkTakenBack(program=whose.program_id, kind=kind, whose=whose.id, by=by.id), now)


def _renew(user: User, sent: datetime | None) -> None:
    User.objects.filter(id=user.id).update(links=F("links") + 1, link_sent_at=sent)
    user.refresh_from_db(fields=["links", "link_sent_at"])


def end_sessions(user: User, *, but: str = "") -> int:
    """Sign somebody out everywhere, or everywhere else. How many sessions ended."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    ended = list(UserSession.objects.filter(user=user).exclude(session_key=but))
    for session in ended:
        store.delete(session.session_key)
        session.delete()
    return len(ended)


def reset_second_factor(whose: Staff | Client, reason: str, by: Staff | None, now: datetime) -> FactorReset:
    """Take a lost second factor away: staff set up another at their next sign-in. Ends their sessions.

    Nobody resets their own; a director's is reset by another director, or by whoever runs the machine.
    """
    staff, client = (whose, None) if isinstance(whose, Staff) else (None, whose)
    if by is not None and staff is not None:
        _may_reset(staff, by)
    if not reason.strip():
        raise ValueError("Say how you know that it is them, and what happened to their second factor.")
    if whose.user is None:
        raise ValueError("They have no account.")
    if client is not None and staff_places(whose.user.pk):
        raise ValueError(
            "They work for a program too, with this account. It is reset there, on their page of the staff."
        )
    Authenticator.objects.filter(user=whose.user).delete()
    reset = FactorReset.objects.create(
        program_id=whose.program_id, staff=staff, client=client, by=by, reason=reason.strip()[:REASON], at=now
    )
    record(
        SecondFactorReset(
            program=whose.program_id,
            reset=reset.id,
            staff=staff.id if staff else None,
            client=client.id if client else None,
            by=by.id if by else None,
        ),
        now,
    )
    if end_sessions(whose.user):
        kind = "staff" if staff else "client"
        record(SignedOut(program=whose.program_id, kind=kind, whose=whose.id, how="second factor reset"), now)
    return reset


def _may_reset(staff: Staff, by: Staff) -> None:
    if by.id == staff.id:
        raise ValueError("You cannot reset your own second factor. Ask another director or administrator.")
    if staff.role == Role.DIRECTOR and by.role != Role.DIRECTOR:
        raise ValueError("Only another director can reset the second factor of a director.")
