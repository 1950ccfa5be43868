"""How long what is held about each client is kept: the only reads of it. For those who lead; inside a program's scope."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Exists, F, Max, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import Greatest

from holdfast.assessment.models import HelpCall, Response, Talk
from holdfast.consent.models import Consent, Disclosure
from holdfast.consent.queries import born
from holdfast.content.retention import Kind, Retention, retention
from holdfast.crisis.models import Episode
from holdfast.crisis.rules import State
from holdfast.ledger.models import Program
from holdfast.people.models import CareTeamMember, Client
from holdfast.people.rules import zone
from holdfast.records.models import Correction, Deletion, Hold
from holdfast.records.rules import GONE, Life, Until, kept_until, why_not_delete

AT_ONCE: Final = 500


@dataclass(frozen=True)
class Kept:
    """What is held about one client, of one kind: until when it is kept, and what stands against letting it go."""

    client: Client
    kind: Kind
    life: Life
    until: Until
    why_not: str

    def late(self, today: date) -> bool:
        return self.until.goes_on < today


def _latest(model: Any, field: str) -> Subquery:
    return Subquery(
        model.objects.filter(client=OuterRef("id")).values("client").annotate(last=Max(field)).values("last")
    )


def _gone() -> "QuerySet[Client]":
    """Clients whom nobody of ours treats, with the last that was done for them."""
    first = CareTeamMember.objects.filter(client=OuterRef("id")).values("client").annotate(first=Min("since"))
    form = Response.objects.filter(client=OuterRef("id")).values("client").annotate(first=Min("opened_at"))
    return Client.objects.filter(standing__in=[each.value for each in GONE]).annotate(
        last_at=Greatest(
            F("standing_since"),
            _latest(Response, "opened_at"),
            _latest(Talk, "at"),
            _latest(HelpCall, "at"),
            _latest(Episode, "raised_at"),
            _latest(Episode, "closed_at"),
            _latest(Consent, "at"),
            _latest(Consent, "revoked_at"),
            _latest(Disclosure, "at"),
        ),
        first_on=Subquery(first.values("first")),
        form_at=Subquery(form.values("first")),
        in_crisis=Exists(Episode.objects.filter(client=OuterRef("id")).exclude(state=State.CLOSED)),
        on_hold=Exists(Hold.objects.filter(client=OuterRef("id"), lifted_at=None)),
        asks=Exists(Correction.objects.filter(client=OuterRef("id"), answer="")),
    )


def _life(client: Any) -> Life:
    here = zone(client.timezone)
    last_on = client.last_at.astimezone(here).date()
    firsts = [client.first_on, client.form_at.astimezone(here).date() if client.form_at else None, last_on]
    return Life(client.state, min(day for day in firsts if day is not None), last_on, born(client))


def kept(client_id: int) -> tuple[Kept, ...]:
    """Of one client who is not in our care any more; nothing of one who is."""
    row = _gone().filter(id=client_id).first()
    return tuple(_of(row, retention())) if row is not None else ()


def _of(client: Any, policy: Retention) -> Iterator[Kept]:
    life = _life(client)
    for kind in Kind:
        why_not = why_not_delete(client.standing, crisis=client.in_crisis, hold=client.on_hold, correction=client.asks)
        yield Kept(client, kind, life, kept_until(policy, kind, life), why_not)


def to_go(program: Program, now: datetime) -> list[Kept]:
    """What will go within the days that the policy looks ahead, and nobody has approved yet; what is late first."""
    policy = retention()
    until = today_of(program, now) + timedelta(days=policy.ahead_days)
    approved = set(Deletion.objects.filter(dropped_at=None).values_list("client", "kind"))
    found = [
        one
        for client in _gone().iterator(chunk_size=AT_ONCE)
        for one in _of(client, policy)
        if one.until.goes_on <= until and (client.id, one.kind) not in approved
    ]
    return sorted(found, key=lambda one: (one.until.goes_on, one.client.id))


def today_of(program: Program, now: datetime) -> date:
    """The program's own day."""
    return now.astimezone(zone(program.timezone)).date()


def waiting() -> "QuerySet[Deletion]":
    """What is approved and has not gone yet."""
    return Deletion.objects.filter(done_at=None, dropped_at=None).select_related("approved_by").order_by("due_at", "id")


def went() -> "QuerySet[Deletion]":
    """What has gone, the newest first."""
    return Deletion.objects.filter(done_at__isnull=False).select_related("approved_by").order_by("-done_at", "-id")


def holds() -> "QuerySet[Hold]":
    """Every legal hold that is set."""
    return Hold.objects.filter(lifted_at=None).select_related("client", "by").order_by("at", "id")


def hold_of(client_id: int) -> Hold | None:
    return Hold.objects.filter(client_id=client_id, lifted_at=None).select_related("by").first()
