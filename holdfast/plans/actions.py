"""The only writer of plans. Every action needs the open transaction of a scope."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from holdfast.content.policies import plan_wording
from holdfast.ledger.record import record
from holdfast.people.models import Client, Staff
from holdfast.people.rules import plain_number
from holdfast.plans.facts import PlanWritten
from holdfast.plans.models import PlanPerson, SafetyPlan
from holdfast.plans.rules import WITH_PEOPLE, Part, Someone, review_at, why_not_write

SHORT_NUMBER = 7  # 988, 911, 211: kept as they are


class PlanChanged(ValueError):
    """Somebody else wrote a newer version meanwhile. The words name them."""


def write(
    client: Client,
    staff: Staff,
    words: Mapping[Part, str],
    people: Sequence[Someone],
    risk_level: str,
    now: datetime,
    *,
    after_version: int | None = None,
) -> SafetyPlan:
    """Write a new version; older ones are kept. `after_version` is the version on which it is built.

    Refused when somebody wrote another one meanwhile: two people's words are never mixed up or lost.
    """
    no = why_not_write(words, people)
    if no:
        raise ValueError(no)
    Client.objects.select_for_update(no_key=True).get(id=client.id)
    last = SafetyPlan.objects.filter(client=client).select_related("written_by").order_by("-version").first()
    if last is not None and after_version is not None and last.version != after_version:
        if _says(last) == _said(words, people, risk_level):
            return last  # pressed twice
        raise PlanChanged(
            f"{last.written_by.name} wrote version {last.version} while you typed. "
            "Your words are still here; compare them with that version, then save again."
        )
    wording = plan_wording()
    plan = SafetyPlan.objects.create(
        program_id=client.program_id,
        client=client,
        version=(last.version if last else 0) + 1,
        wording=str(wording.version),
        risk_level=risk_level,
        review_at=review_at(wording.review_days, risk_level, now),
        written_by=staff,
        at=now,
        **{part.value: words.get(part, "").strip() or None for part in Part},
    )
    PlanPerson.objects.bulk_create(
        PlanPerson(
            program_id=client.program_id,
            plan=plan,
            part=part,
            number=number,
            name=one.name.strip(),
            phone=_number(one.phone),
        )
        for part in WITH_PEOPLE
        for number, one in enumerate((each for each in people if each.part == part and each.name.strip()), 1)
    )
    record(
        PlanWritten(program=client.program_id, plan=plan.id, client=client.id, version=plan.version, by=staff.id),
        now,
    )
    return plan


def reviewed(client: Client, now: datetime) -> None:
    """The plan was gone through with the client: its next review is counted from now. Nothing where there is no plan."""
    newest = SafetyPlan.objects.filter(client=client).order_by("-version").first()
    if newest is not None:
        again = review_at(plan_wording().review_days, newest.risk_level, now)
        SafetyPlan.objects.filter(id=newest.id, review_at__lt=again).update(review_at=again)


def _number(typed: str) -> str | None:
    digits = "".join(c for c in typed if c.isdigit())
    return (digits if len(digits) < SHORT_NUMBER else plain_number(typed)) if digits else None


Said = tuple[dict[Part, str], list[tuple[str, str, str | None]], str]


def _said(words: Mapping[Part, str], people: Sequence[Someone], risk_level: str) -> Said:
    named = [(one.part.value, one.name.strip(), _number(one.phone)) for one in people if one.name.strip()]
    return ({part: words.get(part, "").strip() for part in Part}, sorted(named, key=str), risk_level)


def _says(plan: SafetyPlan) -> Said:
    rows = PlanPerson.objects.filter(plan=plan)
    named = [(row.part, row.name, row.phone) for row in rows]
    return ({part: getattr(plan, part.value) or "" for part in Part}, sorted(named, key=str), plan.risk_level)
