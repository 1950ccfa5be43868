"""Whether what a client has said so far is already being told to a person."""

import logging

from holdfast.assessment.actions import AT_ONCE
from holdfast.assessment.models import Response
from holdfast.assessment.queries import latest_answers
from holdfast.assessment.rules import score
from holdfast.content.load import questionnaire

log = logging.getLogger("holdfast.assessment")


def somebody_is_told(response: Response) -> bool:
    """Whether an answer of this form, or of the one that asked for it, is a signal for a person at once.

    Answers that cannot be read become one too.
    """
    forms = [response, *([response.asked_by] if response.asked_by else [])]
    return any(_worries(form) for form in forms)


def _worries(response: Response) -> bool:
    form = questionnaire(response.instrument, response.version)
    values = {item: answer.value for item, answer in latest_answers(response.id).items()}
    try:
        return any(finding.urgency in AT_ONCE for finding in score(form, values).findings)
    except Exception as error:  # noqa: BLE001  whatever it was, such answers become a signal too
        log.warning("could not read the answers so far", extra={"response": response.id, "error": type(error).__name__})
        return bool(values)
