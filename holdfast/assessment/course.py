"""How a client has been: their results over time beside their own usual, and what happened meanwhile. Three reads in all."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from statistics import quantiles
from typing import Final

from holdfast.assessment.models import Answer, Response, RiskFinding
from holdfast.assessment.rules import score
from holdfast.content.load import questionnaire
from holdfast.content.shapes import Questionnaire, Urgency
from holdfast.people.models import Client
from holdfast.people.rules import zone

MOOD, MOOD_DAYS = "1", 30  # the check-in's question on mood
SURVEY_DAYS = 182
SURVEYS: Final = ("phq-9", "gad-7")
USE: Final = "use"  # the part of the BAM that is drawn
LEAST_FOR_USUAL = 4
USED: Final = ("checkin-use", "bam-alcohol", "bam-heavy-drinking", "bam-drugs")


@dataclass(frozen=True)
class Point:
    """One result: on which of the client's own days, how much, and the authors' word for it."""

    day: date
    value: int
    word: str = ""


@dataclass(frozen=True)
class Event:
    """Something that happened: on which day, of what kind, and why in the rule's words."""

    day: date
    at: datetime
    kind: str  # use | help | worse | worry; callers may add kinds of their own
    why: str


@dataclass(frozen=True)
class Series:
    """One line: its points from the oldest on, its scale, one's own usual, and days without an answer."""

    id: str
    since: date
    until: date
    lowest: int
    highest: int
    points: tuple[Point, ...]
    usual: tuple[int, int] | None
    thresholds: tuple[tuple[int, str], ...]
    missing: tuple[date, ...]


@dataclass(frozen=True)
class Course:
    """Everything that is drawn of one client."""

    series: tuple[Series, ...]
    events: tuple[Event, ...]
    today: date


def course(client: Client, now: datetime) -> Course:
    """The last weeks of one client. Whoever asks has made sure that this client may be seen."""
    here = zone(client.timezone)
    today = now.astimezone(here).date()
    since = now - timedelta(days=SURVEY_DAYS)
    responses = [
        response
        for response in Response.objects.filter(
            client_id=client.id, instrument__in=("check-in", "bam-iop", *SURVEYS), opened_at__gt=since
        ).order_by("opened_at", "id")
        if response.instrument != "check-in" or response.opened_at > now - timedelta(days=MOOD_DAYS + 1)
    ]
    values = _values(responses)

    def day_of(response: Response) -> date:
        return (response.done_at or response.opened_at).astimezone(here).date()

    moods = {
        day_of(r): value
        for r in responses
        if r.instrument == "check-in" and (value := values.get(r.id, {}).get(MOOD)) is not None
    }
    series = [_mood(moods, today)]
    for name in SURVEYS:
        points = [Point(day_of(r), r.total, r.band) for r in responses if r.instrument == name and r.total is not None]
        series.append(_survey(name, points, today))
    series.append(
        _use([(day_of(r), r.version, values.get(r.id, {})) for r in responses if r.instrument == "bam-iop"], today)
    )
    return Course(tuple(one for one in series if one.points), _events(client, since, here), today)


def _values(responses: list[Response]) -> dict[int, dict[str, int | None]]:
    """The answers that are drawn, the newest of each question."""
    wanted = [r.id for r in responses if r.instrument in {"bam-iop", "check-in"}]
    found: dict[int, dict[str, int | None]] = {}
    rows = Answer.objects.filter(response_id__in=wanted).order_by("at", "id")
    for response, item, value in rows.values_list("response_id", "item", "value"):
        found.setdefault(response, {})[item] = value
    return found


def _events(client: Client, since: datetime, here: tzinfo) -> tuple[Event, ...]:
    """What rules found in that time that somebody should see beside the line; one of a kind a day."""
    found: dict[tuple[date, str], Event] = {}
    rows = RiskFinding.objects.filter(client_id=client.id, at__gt=since).order_by("at", "id")
    for rule, urgency, why, at in rows.values_list("rule", "urgency", "why", "at"):
        worry = urgency in (Urgency.EMERGENCY, Urgency.URGENT)
        kind = (
            "use"
            if rule in USED
            else "help"
            if rule == "help-now"
            else "worse"
            if rule == "got-worse"
            else "worry"
            if worry
            else ""
        )
        if kind:
            day = at.astimezone(here).date()
            found.setdefault((day, kind), Event(day, at, kind, why))
    return tuple(found.values())


def own_usual(values: list[int]) -> tuple[int, int] | None:
    """The middle half of one's own earlier values; none while there are too few to say."""
    if len(values) < LEAST_FOR_USUAL:
        return None
    low, _middle, high = quantiles(values, n=4, method="inclusive")
    return round(low), round(high)


def _mood(moods: dict[date, int], today: date) -> Series:
    """Thirty days; a day without a check-in is missing, never zero. The last week is compared with what was before."""
    form = questionnaire("check-in").item(MOOD)
    since = today - timedelta(days=MOOD_DAYS - 1)
    points = tuple(Point(day, value) for day, value in sorted(moods.items()) if since <= day <= today)
    missing: tuple[date, ...] = ()
    if points:
        days = [points[0].day + timedelta(days=n) for n in range((today - points[0].day).days)]
        missing = tuple(day for day in days if day not in moods)  # today is not over yet
    usual = own_usual([point.value for point in points if point.day <= today - timedelta(days=7)])
    return Series("mood", since, today, form.minimum or 0, form.maximum or 10, points, usual, (), missing)


def _survey(name: str, points: list[Point], today: date) -> Series:
    total = questionnaire(name).scoring.total
    highest = total.highest if total else 0
    bands = tuple((band.lowest, band.word) for band in total.bands[2:]) if total else ()
    return _weeks(name, points, today, highest, bands)


def _use(rows: "list[tuple[date, str, dict[str, int | None]]]", today: date) -> Series:
    points, highest = [], 0
    for day, version, values in rows:
        form: Questionnaire = questionnaire("bam-iop", version)
        part = next(part for part in score(form, values).parts if part.id == USE)
        highest = part.highest
        if part.value is not None:
            points.append(Point(day, part.value))
    return _weeks("bam-use", points, today, highest, ())


def _weeks(
    name: str, points: list[Point], today: date, highest: int, thresholds: tuple[tuple[int, str], ...]
) -> Series:
    since = today - timedelta(days=SURVEY_DAYS - 1)
    if points:
        since = max(since, min(points[0].day, today - timedelta(days=28)))
    usual = own_usual([point.value for point in points[:-1]][-8:])
    return Series(name, since, today, 0, highest, tuple(points), usual, thresholds, ())
