"""The only reads of plans. The client's row comes from a read that is scoped to whoever asks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from holdfast.ledger.packed import packed, unpacked
from holdfast.people.models import Client
from holdfast.plans.models import PlanPerson, SafetyPlan
from holdfast.plans.rules import Part


@dataclass(frozen=True)
class PlanCard:
    """One version of a plan with the people in it."""

    plan: SafetyPlan
    people: tuple[PlanPerson, ...]

    def of(self, part: Part) -> tuple[PlanPerson, ...]:
        return tuple(one for one in self.people if one.part == part)

    @property
    def help_contacts(self) -> tuple[PlanPerson, ...]:
        """Whom the client may ask for help, those who can be rung first."""
        asked = [one for one in self.people if one.part in (Part.HELPERS, Part.PROFESSIONALS)]
        return tuple(sorted(asked, key=lambda one: one.phone is None))

    @property
    def can_ring_somebody(self) -> bool:
        return any(one.phone is not None for one in self.help_contacts)

    def late(self, now: datetime) -> bool:
        return self.plan.review_at < now


def current(client: Client) -> PlanCard | None:
    """The plan as it stands, with its people, in one query; None when there is none yet."""
    people = PlanPerson.objects.filter(plan=OuterRef("id")).order_by("part", "number")
    plan = (
        SafetyPlan.objects.filter(client=client)
        .select_related("written_by")
        .annotate(people=ArraySubquery(people.values(row=JSONObject(**packed(PlanPerson, *_PERSON)))))
        .order_by("-version")
        .first()
    )
    if plan is None:
        return None
    known = {"program_id": plan.program_id, "plan": plan}
    return PlanCard(plan, tuple(unpacked(PlanPerson, row, **known) for row in plan.people))


_PERSON: Final = ("uid", "part", "number", "name", "phone")


def numbered(client: Client, version: int) -> PlanCard | None:
    """One version of a client's plan."""
    return _card(SafetyPlan.objects.filter(client=client, version=version).select_related("written_by").first())


def versions(client: Client) -> tuple[SafetyPlan, ...]:
    """Every version, the newest first."""
    return tuple(SafetyPlan.objects.filter(client=client).select_related("written_by").order_by("-version")[:50])


def _card(plan: SafetyPlan | None) -> PlanCard | None:
    if plan is None:
        return None
    people = PlanPerson.objects.filter(plan=plan).order_by("part", "number")
    return PlanCard(plan, tuple(people))


def help_contacts(clients: "list[int]") -> dict[int, tuple[PlanPerson, ...]]:
    """Whom each of these clients may ask for help, by their newest plan: two queries, however many they are."""
    newest = {
        plan.id: plan.client_id
        for plan in SafetyPlan.objects.filter(client_id__in=clients)
        .order_by("client_id", "-version")
        .distinct("client_id")
    }
    found: dict[int, tuple[PlanPerson, ...]] = {}
    wanted = PlanPerson.objects.filter(plan_id__in=newest, part__in=(Part.HELPERS, Part.PROFESSIONALS))
    for one in wanted.order_by("part", "number"):
        found[newest[one.plan_id]] = (*found.get(newest[one.plan_id], ()), one)
    return found


def newest_plans(clients: Any, reviewed_before: datetime | None = None) -> dict[int, SafetyPlan]:
    """The newest plan of each of these clients, or only those whose review is past; one query."""
    newest = SafetyPlan.objects.filter(client_id__in=clients).order_by("client_id", "-version").distinct("client_id")
    plans = SafetyPlan.objects.filter(id__in=newest.values("id")).select_related("client", "written_by")
    if reviewed_before is not None:
        plans = plans.filter(review_at__lt=reviewed_before)
    return {plan.client_id: plan for plan in plans.order_by("review_at")}
