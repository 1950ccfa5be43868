"""When a client is reminded, when silence is a signal, and what is worse than their own usual. Pure: `now` is passed in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import median_low

from holdfast.content.cadence import Baseline, Cadence, Reminding, SilenceLine
from holdfast.content.shapes import Band
from holdfast.people.rules import zone

MORNING, NUDGE = "morning", "nudge"


@dataclass(frozen=True)
class Silence:
    """What is known about how long a client has been silent."""

    standing: str
    risk: str
    timezone: str
    since: datetime
    """since when they stand as they do: nothing was expected before"""
    checked_in: datetime | None
    heard: datetime | None
    """the last sign of any kind"""


@dataclass(frozen=True)
class Due:
    """A signal that is due: by which line, and since when it has been due."""

    line: SilenceLine
    since: datetime


@dataclass(frozen=True)
class Moment:
    """One reminder: of which day of the client's own calendar, which of the two, and when."""

    day: date
    kind: str
    at: datetime


def local(day: date, hour: int, timezone: str) -> datetime:
    """That hour of that day where the client is, whatever the clocks do."""
    return datetime.combine(day, time(hour), zone(timezone)).astimezone(UTC)


def expected_from(cadence: Cadence, silence: Silence) -> datetime:
    """The first reminder that was not answered, or that is still to come."""
    days = next(form.days(silence.risk) for form in cadence.forms if form.form == "check-in")
    last = max(silence.checked_in or silence.since, silence.since)
    day = last.astimezone(zone(silence.timezone)).date() + timedelta(days=days)
    return local(day, cadence.reminder.local_hour, silence.timezone)


def silence_due(cadence: Cadence, silence: Silence, now: datetime) -> list[Due]:
    """Each signal that holds now, with the moment since when; one that still holds later is due again."""
    again = timedelta(hours=cadence.again_hours)
    found = []
    for line in _lines(cadence, silence):
        first = _first(cadence, line, silence)
        if first <= now:
            found.append(Due(line, first + again * ((now - first) // again)))
    return found


def look_next(cadence: Cadence, silence: Silence, now: datetime) -> datetime:
    """When somebody looks again: at the next reminder or the next moment at which silence is a signal."""
    again = timedelta(hours=cadence.again_hours)
    moments = [each.at for each in reminders_near(cadence.reminder, silence.timezone, now)]
    for line in _lines(cadence, silence):
        first = _first(cadence, line, silence)
        moments.append(first if first > now else first + again * ((now - first) // again + 1))
    return min(moment for moment in moments if moment > now)


def reminders_near(reminding: Reminding, timezone: str, now: datetime) -> list[Moment]:
    """The reminders of yesterday, today and tomorrow where the client is."""
    today = now.astimezone(zone(timezone)).date()
    nudge = timedelta(hours=reminding.nudge_after_hours)
    found = []
    for day in (today - timedelta(days=1), today, today + timedelta(days=1)):
        at = local(day, reminding.local_hour, timezone)
        found += [Moment(day, MORNING, at), Moment(day, NUDGE, at + nudge)]
    return found


def reminders_due(reminding: Reminding, silence: Silence, now: datetime) -> list[Moment]:
    """The reminders whose moment is now, or was a short while ago: nobody is reminded long after."""
    if silence.standing not in reminding.standings:
        return []
    late = timedelta(minutes=reminding.late_by_at_most_minutes)
    return [each for each in reminders_near(reminding, silence.timezone, now) if each.at <= now < each.at + late]


def _lines(cadence: Cadence, silence: Silence) -> Iterable[SilenceLine]:
    return (line for line in cadence.silence if silence.standing in line.standings and silence.risk in line.risk_levels)


def _first(cadence: Cadence, line: SilenceLine, silence: Silence) -> datetime:
    """When this line first holds: counted from the unanswered reminder, for "gone quiet" from any later sign too."""
    start = expected_from(cadence, silence)
    if line.signal == "gone-quiet" and silence.heard is not None:
        start = max(start, silence.heard)
    return start + timedelta(hours=line.after_hours)


# --- one's own usual ---------------------------------------------------------------------------


def usual_band(baseline: Baseline, earlier: Sequence[int], bands: Sequence[Band]) -> Band | None:
    """The band of the middle of the earlier totals, newest first; none while there are too few."""
    some = list(earlier[: baseline.at_most])
    return _band(median_low(some), bands) if len(some) >= baseline.at_least else None


def worse_than_usual(baseline: Baseline, total: int, earlier: Sequence[int], bands: Sequence[Band]) -> bool:
    """Whether a total lies in a worse band than what is usual for this client."""
    usual, now = usual_band(baseline, earlier, bands), _band(total, bands)
    return usual is not None and now is not None and now.lowest > usual.lowest


def _band(total: int, bands: Sequence[Band]) -> Band | None:
    return next((band for band in bands if band.lowest <= total <= band.highest), None)


def is_offered(days: int, last_done: datetime | None, now: datetime, timezone: str) -> bool:
    """Whether a form is offered today, counted in the client's own days."""
    if last_done is None:
        return True
    here = zone(timezone)
    return (now.astimezone(here).date() - last_done.astimezone(here).date()).days >= days
