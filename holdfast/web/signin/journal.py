"""What is recorded of signing in: ids and fixed words, in each program to which the person belongs."""

import logging
from typing import Final, cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import DatabaseError, connection, transaction

from holdfast.ledger.record import FactBase
from holdfast.ledger.scope import enter, program_scope
from holdfast.people.facts import SignInFailed
from holdfast.people.queries import Membership, memberships
from holdfast.people.signing_in import note

log = logging.getLogger("holdfast.web")

NOBODY: Final = Membership(program=0, kind="staff", id=0)


def write(user: AbstractBaseUser, fact: type[FactBase], **said: object) -> None:
    """A fact of this person. What cannot be written keeps nobody out: it is logged."""
    try:
        for member in memberships(cast("int", user.pk)):
            _write(member, fact, said)
    except DatabaseError as error:
        log.error("a sign-in could not be recorded", extra={"kind": fact.__name__, "error": type(error).__name__})


def failed(user: AbstractBaseUser | None, how: str) -> None:
    """A try that was refused. For an address that nobody has the work is the same, and nothing is kept: the time that
    the refusal takes says not who has an account."""
    if user is not None:
        write(user, SignInFailed, how=how)
        return
    memberships(NOBODY.id)
    try:
        with transaction.atomic():
            note(NOBODY, SignInFailed, enter(NOBODY.program), how=how)
            transaction.set_rollback(True)
    except DatabaseError as error:
        log.error("a sign-in could not be recorded", extra={"kind": "SignInFailed", "error": type(error).__name__})


def _write(member: Membership, fact: type[FactBase], said: dict[str, object]) -> None:
    if connection.in_atomic_block:
        with transaction.atomic():
            note(member, fact, enter(member.program), **said)
        return
    with program_scope(member.program) as now:
        note(member, fact, now, **said)
