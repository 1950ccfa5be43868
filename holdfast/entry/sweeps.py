"""Due work. A column says when something is due and a sweep looks; bells only make it quicker.

Each due thing is done in a transaction of its own, so one that fails cannot hold up another.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from holdfast.assessment import actions as assessment
from holdfast.assessment import queries as assessment_queries
from holdfast.assessment.rules import score
from holdfast.care import actions as care
from holdfast.content.load import questionnaire
from holdfast.content.shapes import Urgency
from holdfast.crisis import actions as crisis
from holdfast.ledger.scope import program_scope
from holdfast.oncall import actions as oncall

log = logging.getLogger("holdfast.worker")

MOST = 500


@dataclass(frozen=True)
class Sweep:
    """One kind of due work: a narrow function that names (program, id), and what to do with each."""

    name: str
    function: str
    do: Callable[[int, datetime], bool]


SWEEPS = (
    Sweep("crises nobody has", "holdfast_due_pagings", oncall.take_turn),
    Sweep("crises to look at", "holdfast_due_episodes", crisis.look),
    Sweep("screens left unfinished", "holdfast_due_unfinished", assessment.left_unfinished),
    Sweep("tasks to look at", "holdfast_due_tasks", care.look),
)


def sweep_all() -> int:
    """Do everything that is due, once. Returns how much was done."""
    return judge_due() + sum(sweep(kind) for kind in SWEEPS)


def sweep(kind: Sweep) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"select program_id, id from {kind.function}(%s)", [MOST])
        due = cursor.fetchall()
    return sum(_one(kind, program, number) for program, number in due)


def _one(kind: Sweep, program: int, number: int) -> bool:
    try:
        with program_scope(program) as now:
            return kind.do(number, now)
    except Exception as error:
        log.exception("due work failed", extra={"sweep": kind.name, "id": number, "error": type(error).__name__})
        return False


def judge_due() -> int:
    """Judge what waits, whatever may be an emergency first."""
    waiting = assessment_queries.due_responses(MOST)
    waiting.sort(key=lambda each: _worst(*each[2:]))
    return sum(judge_one(program, response) for program, response, *_ in waiting)


def _worst(instrument: str, version: str, values: dict[str, int | None]) -> int:
    """How soon these answers must be judged: the lowest first. What cannot be read may be the worst of all."""
    try:
        found = score(questionnaire(instrument, version), values).findings
    except Exception:
        return -Urgency.EMERGENCY.weight
    return -max((Urgency(f.urgency).weight for f in found if f.urgency), default=0)


def judge_one(program: int, response: int) -> bool:
    """Judge one form; when that fails, count the try, and in the end let a human read it."""
    try:
        with program_scope(program) as now:
            return assessment.judge_response(response, now)
    except Exception as error:
        log.exception("an answer could not be judged", extra={"response": response, "error": type(error).__name__})
    try:
        with program_scope(program) as now:
            return assessment.could_not_judge(response, now)
    except Exception as error:
        log.exception(
            "an unjudged answer could not be handed on", extra={"response": response, "error": type(error).__name__}
        )
        return False
