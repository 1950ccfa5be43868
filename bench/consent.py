"""May I tell X about Y, now? The pure decision, and with all that it reads."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.rig import Row, percentile, rig
from tests.acts import World

AT = datetime(2026, 11, 26, 9, tzinfo=UTC)
DAY = timedelta(days=1)
SIGNED, NAMED, CLIENTS = 60, 9, 400  # signed over the years by one client, people they named, clients beside them


def consent(quick: bool) -> Iterator[Row]:
    """Every question there is, of a client who has signed often; then with its queries, in a program of many."""
    slowest = percentile(_pure(2_000 if quick else 20_000), 0.99)
    with rig(quick=quick, parts=("web",)) as r:
        r.stack.act("bench.consent:sign_much", clients=CLIENTS // 8 if quick else CLIENTS)
        found = r.stack.act("bench.consent:ask_often", times=100 if quick else 1_000)
    claim = "may I tell: the pure decision, p99"
    yield Row(claim, slowest, "ms", "", None, None, "under 1 ms", slowest < 1)
    whole = percentile(found["ms"], 0.99)
    yield Row("may I tell: with what it reads, p99", whole, "ms", "", None, None, "under 20 ms", whole < 20)
    asks = found["queries"]
    yield Row("of that, queries", asks, "queries", "", None, None, "at most 2", asks <= 2)


def _pure(times: int) -> list[float]:
    """Milliseconds of each of so many questions."""
    from holdfast.consent.rules import may_tell
    from holdfast.consent.words import OF_AGE, Given, Info, Kind, Now, Recipient

    chance = random.Random(5)
    given = [
        Given(n, kind, n % NAMED if kind is Kind.SUPPORTER else None, frozenset({"here", "danger"}), AT - n * DAY)
        for n in range(1, SIGNED + 1)
        for kind in [chance.choice(list(Kind))]
    ]
    questions = [
        (
            chance.choice(list(Recipient)),
            chance.choice(list(Info)),
            frozenset(chance.sample(list(Now), chance.randint(0, 4))),
            chance.randrange(NAMED),
        )
        for _ in range(times)
    ]
    found = []
    for whom, what, now, person in questions:
        began = time.perf_counter()
        may_tell(whom, what, now, given, AT, OF_AGE, person)
        found.append((time.perf_counter() - began) * 1000)
    return found


def sign_much(world: World, clients: int) -> None:
    """Ana has signed often and named nine people; so many others have signed what everybody signs."""
    from holdfast.consent.actions import agree
    from holdfast.consent.words import How, Kind
    from holdfast.people import reaching
    from holdfast.people.models import Client
    from tests.acts import enrol

    ana = world.cast.ana
    named = [
        reaching.name_supporter(ana, name=f"Person {n}", relation="", phone="", by=None, now=world.now)
        for n in range(NAMED)
    ]
    said: dict[str, Any] = {"how": How.IN_APP, "language": "en"}
    for n in range(SIGNED):
        agree(
            ana,
            Kind.SUPPORTER,
            scopes=("here", "danger"),
            signature=f"Ana {n}",
            now=world.now - n * DAY,
            supporter=named[n % NAMED],
            **said,
        )
    for client in Client.objects.filter(id__in=enrol(world, clients)):
        for kind, scopes in ((Kind.TELEHEALTH, ()), (Kind.PART_2, ()), (Kind.MESSAGES, ("sms",))):
            agree(client, kind, scopes=scopes, signature="A name", now=world.now, **said)


def ask_often(world: World, times: int) -> dict[str, Any]:
    """Milliseconds of each asking, and how many queries one needs."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from holdfast.consent.queries import known_of
    from holdfast.consent.words import Now

    ana = world.cast.ana
    with CaptureQueriesContext(connection) as seen:
        known_of(ana, world.now).may_tell("police", "whereabouts", (Now.DANGER,))
    found = []
    for _ in range(times):
        began = time.perf_counter()
        known = known_of(ana, world.now)
        known.may_tell("supporter", "danger", (Now.DANGER,), known.supporters[0].id)
        found.append((time.perf_counter() - began) * 1000)
    return {"ms": found, "queries": len(seen)}
