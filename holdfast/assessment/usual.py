"""Compares a result with the client's own usual."""

from datetime import datetime

from holdfast.assessment.models import Response
from holdfast.assessment.queries import earlier_totals
from holdfast.assessment.rhythm import usual_band, worse_than_usual
from holdfast.assessment.rules import Finding, Score
from holdfast.content.load import cadence, signals
from holdfast.content.shapes import Questionnaire


def worse(response: Response, form: Questionnaire, result: Score, now: datetime) -> Finding | None:
    """A finding when the total lies in a worse band than is usual for this client."""
    baseline, scored = cadence().baseline, form.scoring.total
    if result.total is None or scored is None or form.name not in baseline.instruments:
        return None
    earlier = earlier_totals(response, baseline.at_most, now)
    if not worse_than_usual(baseline, result.total, earlier, scored.bands):
        return None
    usual, meaning = usual_band(baseline, earlier, scored.bands), signals()["worse-than-baseline"]
    why = (
        f"{form.scoring.short} {result.total} is {result.band}; usual for this client is {usual.word if usual else ''} "
        f"(the middle of their last {len(earlier)}). Rule {meaning.id} of version {meaning.version} calls this routine."
    )
    return Finding(meaning.id, meaning.version, None, None, meaning.urgency, meaning.protocol, (), why)


def is_compared(form: Questionnaire, result: Score) -> bool:
    """Whether this result may be worse than usual, so that it waits for the judge. The best band never is."""
    scored = form.scoring.total
    if result.total is None or scored is None or form.name not in cadence().baseline.instruments:
        return False
    return result.total > scored.bands[0].highest
