"""Compares a result with the client's own usual."""

import logging
from datetime import datetime

from holdfast.assessment.models import Response
from holdfast.assessment.queries import earlier_totals
from holdfast.assessment.rhythm import usual_band, worse_than_usual
from holdfast.assessment.rules import Finding, Score
from holdfast.content.load import cadence, signals
from holdfast.content.shapes import Questionnaire

log = logging.getLogger("holdfast.assessment")


def worse(response: Response, form: Questionnaire, result: Score, now: datetime) -> Finding | None:
    """A finding when the total lies in a worse band than is usual for this client.

    A comparison that fails is none: what was answered is judged all the same.
    """
    try:
        return _worse(response, form, result, now)
    except Exception as error:  # noqa: BLE001 (answers come before what is usual)
        log.warning("could not compare with the usual", extra={"response": response.id, "error": type(error).__name__})
        return None


def _worse(response: Response, form: Questionnaire, result: Score, now: datetime) -> Finding | None:
    baseline, scored = cadence().baseline, form.scoring.total
    if result.total is None or scored is None or form.name not in baseline.instruments:
        return None
    earlier = earlier_totals(response.client_id, response.instrument, response.opened_at, baseline.at_most, now)
    if not worse_than_usual(baseline, result.total, earlier, scored.bands):
        return None
    usual, meaning = usual_band(baseline, earlier, scored.bands), signals()["worse-than-baseline"]
    why = (
        f"{form.scoring.short} {result.total} is {result.band}; usual for this client is {usual.word if usual else ''} "
        f"(the middle of their last {len(earlier)}). Rule {meaning.id} of version {meaning.version} calls this routine."
    )
    return Finding(meaning.id, meaning.version, None, None, meaning.urgency, meaning.protocol, (), why)


def highest(client_id: int, form: Questionnaire, now: datetime) -> int | None:
    """The highest total that would not be worse than usual, as it is known when a form is given; None without a usual.

    So whoever keeps the answers need not read the past again. Where it cannot be known the form is given all the same.
    """
    try:
        return _highest(client_id, form, now)
    except Exception as error:  # noqa: BLE001 (answers come before what is usual)
        log.warning("could not read what is usual", extra={"client": client_id, "error": type(error).__name__})
        return None


def _highest(client_id: int, form: Questionnaire, now: datetime) -> int | None:
    baseline, scored = cadence().baseline, form.scoring.total
    if scored is None or form.name not in baseline.instruments:
        return None
    band = usual_band(baseline, earlier_totals(client_id, form.name, now, baseline.at_most, now), scored.bands)
    return band.highest if band else None


def is_worse(response: Response, result: Score) -> bool:
    """Whether this total waits for the judge, who says how it is worse than usual."""
    return result.total is not None and response.usual_to is not None and result.total > response.usual_to
