"""Default deny: whoever reads a client's rows says who asks, or holds a row of theirs that came from such a read.

Any other read of a client's rows stands below with its reason. What the pages do with it is held by the tests of each page.
"""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import models

import holdfast
from holdfast.people.access import Actor
from holdfast.people.models import Client

ROOT = Path(holdfast.__file__).parent
# Modules that own tables with rows of clients. A module that records facts writes; who may is asked by its presses.
OWNERS = ("people", "approval", "notify", "oncall", "assessment", "plans", "notes", "care", "crisis")
WRITES = re.compile(r"\brecord\(")

SEEN = "of clients whose rows came from a read that asked who"
OWN = "for the client themselves, or whoever holds their signed address or device"
WORKER = "for the worker, who acts for nobody and shows nothing"
PHONES = "for an answer by phone: a number or a code is looked up, and nothing of a client is shown"

TAKES_NO_ACTOR: dict[str, str] = {
    "people.queries.device_by_key": OWN,
    "people.queries.care_team": SEEN,
    "people.queries.clients_with_number": PHONES,
    "people.queries.ratings_of": SEEN,
    "people.queries.reminder_wish": SEEN,
    "people.queries.risk_levels_of": SEEN,
    "people.queries.risk_of": SEEN,
    "notify.queries.asked_by_code": PHONES,
    "notify.queries.attempt_by_provider": PHONES,
    "notify.queries.attempt_by_uid": PHONES,
    "notify.queries.attempts_about": SEEN,
    "assessment.queries.concerns_about": SEEN,
    "assessment.queries.findings": WORKER,
    "assessment.queries.latest_answers": OWN,
    "assessment.queries.left_halfway": OWN,
    "assessment.queries.response_by_uid": OWN,
    "assessment.written.written_by": SEEN,
    "assessment.written.written_in": SEEN,
    "plans.queries.help_contacts": SEEN,
    "plans.queries.newest_plans": SEEN,
    "crisis.afterwards.last_crises_of": SEEN,
    "crisis.afterwards.texts_of_reviews": SEEN,
    "crisis.clocks.runs": WORKER,
    "crisis.news.signals_of": SEEN,
}


@cache
def of_a_client(model: type[models.Model]) -> bool:
    """Whether a row of this table belongs to a client: it names one, or a row that does."""
    if model is Client:
        return True
    links = [f for f in model._meta.local_fields if isinstance(f, models.ForeignKey) and f.related_model is not model]
    return any(of_a_client(f.related_model) for f in links)


def names() -> set[str]:
    found = {m.__name__ for m in apps.get_models() if m._meta.app_label in OWNERS and of_a_client(m)}
    assert {"Client", "Episode", "Answer", "Task", "SafetyPlan", "OwnNote", "ChartOpening"} <= found
    assert not {"Staff", "Contact", "Shift", "Licence"} & found
    return found


def reads() -> dict[str, Callable[..., Any]]:
    found: dict[str, Callable[..., Any]] = {}
    for owner in OWNERS:
        for each in pkgutil.iter_modules([str(ROOT / owner)]):
            module = importlib.import_module(f"holdfast.{owner}.{each.name}")
            if each.ispkg or WRITES.search(inspect.getsource(module)):
                continue
            for name, function in inspect.getmembers(module, inspect.isfunction):
                if function.__module__ == module.__name__ and not name.startswith("_"):
                    found[f"{owner}.{each.name}.{name}"] = function
    return found


def gives_rows(function: Callable[..., Any], rows: set[str]) -> bool:
    """Whether it asks the database itself and gives back rows of a client."""
    given = str(inspect.signature(function).return_annotation)
    asks = ".objects" in inspect.getsource(function)
    return asks and any(re.search(rf"\b{name}\b", given) for name in rows)


def asks_who(function: Callable[..., Any], rows: set[str]) -> bool:
    """It takes who asks, or a row of the client in hand. A mere number is neither."""
    wanted = [str(each.annotation) for each in inspect.signature(function).parameters.values()]
    return any(re.search(rf"\b{name}\b", one) for one in wanted for name in {Actor.__name__, *rows})


def without_an_actor() -> set[str]:
    rows = names()
    return {where for where, f in reads().items() if gives_rows(f, rows) and not asks_who(f, rows)}


def test_every_read_of_a_clients_rows_takes_who_asks_or_says_why_not() -> None:
    """H-148"""
    assert without_an_actor() - TAKES_NO_ACTOR.keys() == set()


def test_no_reason_outlives_its_read() -> None:
    assert TAKES_NO_ACTOR.keys() - without_an_actor() == set()
    assert all(TAKES_NO_ACTOR.values())


def test_a_read_that_forgot_to_ask_is_found() -> None:
    rows = names()

    def forgot(client_id: int) -> "models.QuerySet[Client]":
        return Client.objects.filter(id=client_id)

    def asked(actor: Actor) -> "models.QuerySet[Client]":
        return Client.objects.filter(id=actor.id)

    assert gives_rows(forgot, rows)
    assert not asks_who(forgot, rows)
    assert asks_who(asked, rows)


OWN_NOTES = re.compile(r"holdfast\.notes(\.(queries|models|actions)|\s+import)")


def test_nothing_but_their_own_page_reads_own_notes() -> None:
    """H-147: no list, no crisis page, no table taken out, no figure, no paper."""
    sources = [p for p in ROOT.rglob("*.py") if "tests" not in p.parts and p.relative_to(ROOT).parts[0] != "notes"]
    readers = {str(p.relative_to(ROOT)) for p in sources if OWN_NOTES.search(p.read_text())}
    assert readers == {"web/team/own_notes.py", "entry/access_page.py"}, "the second draws the table that names it"
    sql = {str(p.relative_to(ROOT)) for p in sources if "notes_ownnote" in p.read_text()}
    assert sql == {"records/narrow.py", "records/register.py"}, "which take them away with the record, and read nothing"
