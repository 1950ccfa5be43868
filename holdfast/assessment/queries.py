"""The only reads of answers and findings."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Max, QuerySet

from holdfast.assessment import course as courses
from holdfast.assessment.models import Answer, Concern, Response, RiskFinding, StaffConcern
from holdfast.assessment.rhythm import is_offered
from holdfast.assessment.rules import is_asked
from holdfast.content.cadence import UNRATED
from holdfast.content.load import cadence, questionnaire
from holdfast.ledger.sealed import readable
from holdfast.people.models import Client
from holdfast.people.queries import risk_of

course = courses.course
GONE_ON_WITH = timedelta(hours=20)


def latest_answers(response_id: int) -> dict[str, Answer]:
    """The newest answer to each question of a form."""
    return {answer.item: answer for answer in Answer.objects.filter(response_id=response_id).order_by("at", "id")}


class Said(NamedTuple):
    """One answer as the rules read it, and which row it is."""

    id: int
    value: int | None


def said(response_id: int) -> dict[str, Said]:
    """The newest answer to each question of a form, as the rules read it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select item, id, value from assessment_answer where response_id = %s order by at, id", [response_id]
        )
        return {item: Said(*rest) for item, *rest in cursor.fetchall()}


def response_by_uid(uid: UUID) -> Response | None:
    """For the holder of a signed form token."""
    return Response.objects.filter(uid=uid).select_related("client").first()


def left_halfway(client_id: int, now: datetime) -> "QuerySet[Response]":
    """The forms that a client goes on with when they open them again: opened not long ago, and not finished."""
    return Response.objects.filter(client_id=client_id, done_at=None, opened_at__gt=now - GONE_ON_WITH).order_by("id")


def questions_left(client_id: int, now: datetime) -> dict[str, int]:
    """How many questions are still to come, of each form in the middle of which this client stopped."""
    left = {}
    for response in left_halfway(client_id, now):
        form = questionnaire(response.instrument, response.version)
        values = {item: given.value for item, given in said(response.id).items()}
        left[form.name] = (
            sum(1 for item in form.items if item.id not in values and is_asked(item, values)) if values else 0
        )
    return left


def due_forms(client: Client, now: datetime) -> list[str]:
    """The forms that this client is offered today, in order."""
    forms = cadence().forms
    rating = risk_of(client.id)
    done = dict(
        Response.objects.filter(client=client, done_at__isnull=False, instrument__in=[form.form for form in forms])
        .values_list("instrument")
        .annotate(Max("done_at"))
    )
    risk = rating.level if rating else UNRATED
    return [form.form for form in forms if is_offered(form.days(risk), done.get(form.form), now, client.timezone)]


HALF_A_YEAR = timedelta(days=182)


def earlier_totals(client_id: int, instrument: str, opened_at: datetime, most: int, now: datetime) -> list[int]:
    """A client's totals of this form before the one that was opened at this time, the newest first."""
    before = Response.objects.filter(
        client_id=client_id,
        instrument=instrument,
        opened_at__gt=now - HALF_A_YEAR,
        opened_at__lt=opened_at,
        total__isnull=False,
    )
    totals = before.order_by("-opened_at").values_list("total", flat=True)[:most]
    return [total for total in totals if total is not None]


def findings(ids: Iterable[int]) -> "QuerySet[RiskFinding]":
    return RiskFinding.objects.filter(id__in=list(ids)).select_related("answer", "response", "staff_concern__by")


def concerns_about(client_id: int) -> "QuerySet[StaffConcern]":
    """What colleagues were worried about, the newest first."""
    return StaffConcern.objects.filter(client_id=client_id).select_related("by").order_by("-at", "-id")


def unjudged(response_id: int) -> bool:
    return Answer.objects.filter(response_id=response_id, judged_at=None).exists()


def due_responses(most: int) -> list[tuple[int, int, str, str, dict[str, int | None]]]:
    """Forms with answers to judge, of all programs: (program, response, instrument, version, values).

    Values are what the rules need to say which of them may be an emergency, so that those go first.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select program_id, response_id, instrument, version, answers from holdfast_due_responses(%s)", [most]
        )
        return [
            (p, r, i, v, dict(zip(a[0::2], (int(x) if x else None for x in a[1::2]), strict=True)))
            for p, r, i, v, a in cursor.fetchall()
        ]


BY_TEXT = ("client-text", "stranger-text")
ONE_TALK = timedelta(days=7)  # so long a further text of a number belongs to the talk that is open


def texts_from(number: str, now: datetime) -> list[Concern]:
    """What this number wrote to us lately, newest first. The numbers are sealed: each is opened."""
    found = RiskFinding.objects.filter(rule__in=BY_TEXT, at__gt=now - ONE_TALK).select_related("concern")
    texts = [finding.concern for finding in found.order_by("-at", "-id")[:500] if finding.concern]
    return [text for text in texts if number and readable(text, "phone") == number]


def same_talk(concern_id: int, now: datetime) -> list[int]:
    """This concern and, where it is a text, the earlier texts of the same number: what follows belongs together."""
    by_text = RiskFinding.objects.filter(concern_id=concern_id, rule__in=BY_TEXT).select_related("concern").first()
    if by_text is None or by_text.concern is None:
        return [concern_id]
    number = readable(by_text.concern, "phone")
    return [concern_id, *(text.id for text in texts_from(number, now) if text.id != concern_id)]
