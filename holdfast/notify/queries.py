"""The only reads of attempts and troubles that other modules use."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from holdfast.ledger.models import Program
from holdfast.notify.models import Attempt, Trouble
from holdfast.notify.rules import Item
from holdfast.notify.wanted import condition
from holdfast.people.rules import fingerprint, plain_number

CODE_LASTS = timedelta(hours=24)


@dataclass(frozen=True)
class Asked:
    """One question of a call: what it is about, its words, and whether anybody still has to be asked."""

    attempt: int
    for_what: str
    for_id: int
    item: Item
    wanted: bool


def attempts_about(for_what: str, for_ids: Iterable[int]) -> "QuerySet[Attempt]":
    """Every try about these, oldest first."""
    return (
        Attempt.objects.filter(for_what=for_what, for_id__in=list(for_ids)).select_related("staff").order_by("at", "id")
    )


def attempt_by_uid(uid: UUID) -> Attempt | None:
    """The attempt that a webhook speaks of, in this program."""
    return Attempt.objects.filter(uid=uid).first()


def attempt_by_provider(sid: str) -> Attempt | None:
    """The attempt whose text or call the carrier knows by this id."""
    return Attempt.objects.filter(provider_id=sid, together_with=None).first() if sid else None


def asked_in_call(uid: UUID) -> tuple[Asked, ...]:
    """The questions of one call, most urgent first; empty when there is no such call."""
    sql = f"""
        select a.id, a.for_what, a.for_id, a.words, a.args, {condition()}
        from notify_attempt a
        where (a.uid = %s or a.together_with = %s) and a.channel = 'voice' and a.words = 'page'
        order by a.urgency_rank, a.at, a.id
    """  # noqa: S608 (the condition comes from our own wiring, never from outside)
    with connection.cursor() as cursor:
        cursor.execute(sql, [uid, uid])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return tuple(Asked(row[0], row[1], row[2], Item(row[3], _args(row[4])), bool(row[5])) for row in rows)


def _args(value: Any) -> dict[str, str]:
    read = json.loads(value) if isinstance(value, str) else value
    return {str(name): str(held) for name, held in read.items()}


def asked_by_code(number: str, code: str, now: datetime) -> Attempt | None:
    """What a code means on this handset: the latest thing asked there with it."""
    handset = fingerprint(settings.SECRET_KEY, plain_number(number))
    return (
        Attempt.objects.filter(handset=handset, args__code=code, at__gt=now - CODE_LASTS, for_what__in=["page", "test"])
        .order_by("-at", "-id")
        .first()
    )


def open_troubles() -> "QuerySet[Trouble]":
    """Channels of this program that do not do their work now."""
    return Trouble.objects.filter(until=None).order_by("since")


def sender_name(program: int) -> str:
    """The neutral name under which a program writes and speaks."""
    return Program.objects.values_list("neutral_name", flat=True).get(id=program)
