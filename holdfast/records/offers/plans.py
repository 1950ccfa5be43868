"""What `plans` holds about a client: every version of their safety plan, in their words."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from holdfast.content.codes import LOINC, code_list
from holdfast.content.policies import plan_wording
from holdfast.content.shapes import ContentError
from holdfast.plans.models import PlanPerson, SafetyPlan
from holdfast.records.offering import (
    Chapter,
    Entry,
    Resource,
    Whose,
    clean,
    key,
    lines,
    person,
    resource,
    said,
    text,
    word,
)

PLAN_CODE = "87626-8"


def plans(whose: Whose) -> Iterator[Chapter]:
    """Every version, with its people."""
    yield Chapter(_("Your safety plan"), _versions(whose))


def _versions(whose: Whose) -> Iterator[Entry]:
    rows = SafetyPlan.objects.filter(client=whose.client).select_related("written_by").order_by("version")
    for plan in rows.iterator():
        try:
            wording = plan_wording(plan.wording)
        except ContentError:
            wording = plan_wording()
        people = list(PlanPerson.objects.filter(plan=plan).order_by("part", "number"))
        pairs, activity = [], []
        for part in wording.parts:
            title, words = part.title.say(whose.language), said(plan, part.id)
            named = [one for one in people if one.part == part.id]
            told = [" ".join(filter(None, (said(one, "name"), said(one, "phone")))) for one in named]
            pairs.append((title, "\n".join(filter(None, (words, *told)))))
            if words:
                activity.append(_activity(part.id, title, words))
            activity += [_activity(key(one), title, told[number]) for number, one in enumerate(named)]
        pairs += [
            (_("Version"), str(plan.version)),
            (_("Version of the wording"), plan.wording),
            (_("Danger, as judged"), word(plan.risk_level) if plan.risk_level else ""),
            (_("Written down with"), plan.written_by.name),
            (_("To be looked at again by"), whose.when(plan.review_at)),
        ]
        found = resource(
            "CarePlan",
            plan,
            status="active",
            intent="plan",
            category=[_code()],
            title=f"{wording.title.say(whose.language)} {plan.version}",
            subject=whose.patient,
            created=whose.iso(plan.at),
            author=person(plan.written_by),
            period={"start": whose.iso(plan.at)},
            activity=activity,
        )
        yield Entry(
            f"{wording.title.say(whose.language)}, {_('version')} {plan.version}", plan.at, lines(*pairs), (found,)
        )


def _activity(ident: str, title: str, words: str) -> Resource:
    return clean({"id": ident, "detail": {"code": text(title), "status": "in-progress", "description": words}})


def _code() -> Resource:
    listed = next(one for one in code_list().codes if one.code.code == PLAN_CODE)
    return {"coding": [{"system": LOINC, "code": listed.code.code, "display": listed.code.display}]}
