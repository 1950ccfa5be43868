"""Due work. A column says when something is due and a sweep looks; bells only make it quicker.

Each due thing is done in a transaction of its own, so one that fails cannot hold up another.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from django.db import OperationalError, connection

from holdfast.assessment import actions as assessment
from holdfast.assessment import queries as assessment_queries
from holdfast.assessment import silence
from holdfast.assessment.rules import score
from holdfast.care import actions as care
from holdfast.content.load import questionnaire
from holdfast.content.shapes import Urgency
from holdfast.crisis import actions as crisis
from holdfast.crisis import clocks as crisis_clocks
from holdfast.crisis import leaving
from holdfast.ledger.scope import program_scope
from holdfast.oncall import actions as oncall
from holdfast.oncall import canary, gaps
from holdfast.people import bringing, opening
from holdfast.records import asking, going

log = logging.getLogger("holdfast.worker")

MOST = 500
LONGEST_MS = 5000  # a lock that stands cannot hold up everything else
# All that wait to be judged are looked at, so that the worst come first; so many are judged before whatever else is
# due gets its turn.
MOST_WAITING = 5000
AT_ONCE = 50


@dataclass(frozen=True)
class Sweep:
    """One kind of due work: a narrow function that names (program, id), and what to do with each."""

    name: str
    function: str
    do: Callable[[int, datetime], bool]
    most: int = MOST


SWEEPS = (
    Sweep("crises nobody has", "holdfast_due_pagings", oncall.take_turn),
    Sweep("crises to look at", "holdfast_due_episodes", crisis.look),
    Sweep("screens left unfinished", "holdfast_due_unfinished", assessment.left_unfinished),
    Sweep("tasks to look at", "holdfast_due_tasks", care.look),
    Sweep("clocks within crises", "holdfast_due_crisis_clocks", crisis_clocks.ring),
    Sweep("people who begin their shift", "holdfast_due_starts", canary.ask_starting),
    Sweep("the cover ahead", "holdfast_due_cover", gaps.look, most=20),
    Sweep("charts opened with a reason", "holdfast_due_openings", opening.look, most=50),
    Sweep("pauses that are over", "holdfast_due_pauses", leaving.pause_ended, most=50),
)
# What can wait a moment: many of these at once keep nobody in danger waiting.
SILENCE = Sweep("clients to remind, and silence", "holdfast_due_silence", silence.look, most=50)
WHILE_BUSY = replace(SILENCE, most=3)
# Nobody in danger waits for these either. A deletion goes in steps, so few at a time.
QUIET = (
    Sweep("requests that wait", "holdfast_due_corrections", asking.look, most=20),
    Sweep("what was approved to go", "holdfast_due_deletions", going.go, most=3),
    Sweep("files to forget", "holdfast_due_files", bringing.forget, most=50),
)


def sweep_all() -> int:
    """Do everything that is due, once; whoever is being sought comes first. Returns how much was done."""
    urgent: list[Callable[[], int]] = [*(partial(sweep, kind) for kind in SWEEPS), judge_due]
    done = sum(_guarded(each) for each in urgent)
    done += _guarded(partial(sweep, WHILE_BUSY if done else SILENCE))
    quiet = [replace(kind, most=1) if done else kind for kind in QUIET]
    return done + sum(_guarded(partial(sweep, kind)) for kind in quiet)


def _guarded(work: Callable[[], int]) -> int:
    """One kind of work that fails as a whole does not keep the others from theirs."""
    try:
        return work()
    except OperationalError:
        raise  # the database is away: the worker connects again
    except Exception as error:
        log.exception("a sweep failed", extra={"error": type(error).__name__})
        return 0


# What failed is tried again after everything else, so that it cannot stand in front for ever.
_failed: set[tuple[str, int, int]] = set()


def sweep(kind: Sweep) -> int:
    """Do what is due of one kind."""
    with connection.cursor() as cursor:
        cursor.execute(f"select program_id, id from {kind.function}(%s)", [kind.most + len(_failed)])
        due = [(kind.name, program, number) for program, number in cursor.fetchall()]
    due.sort(key=lambda each: each in _failed)
    return sum(_one(kind, each) for each in due)


def _one(kind: Sweep, which: tuple[str, int, int]) -> bool:
    _, program, number = which
    try:
        with program_scope(program, statement_timeout_ms=LONGEST_MS) as now:
            done = kind.do(number, now)
    except Exception as error:
        _failed.add(which)
        log.exception("due work failed", extra={"sweep": kind.name, "id": number, "error": type(error).__name__})
        return False
    _failed.discard(which)
    return done


def judge_due() -> int:
    """Judge what waits, whatever may be an emergency first."""
    waiting = assessment_queries.due_responses(MOST_WAITING)
    waiting.sort(key=lambda each: _worst(*each[2:]))
    return sum(judge_one(program, response) for program, response, *_ in waiting[:AT_ONCE])


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
        with program_scope(program, statement_timeout_ms=LONGEST_MS) as now:
            return assessment.judge_response(response, now)
    except Exception as error:
        log.exception("an answer could not be judged", extra={"response": response, "error": type(error).__name__})
    try:
        with program_scope(program, statement_timeout_ms=LONGEST_MS) as now:
            return assessment.could_not_judge(response, now)
    except Exception as error:
        log.exception(
            "an unjudged answer could not be handed on", extra={"response": response, "error": type(error).__name__}
        )
        return False
