"""Numbers for whoever watches the machines, in Prometheus's format: counts and ages, no names, no ids, no words.

Open to this machine alone, or to whoever brings HOLDFAST_METRICS_TOKEN. A proxy stands on this machine too, so a
request that came through one is never taken for ours. The looks across programs are the watch's: the database lets
nobody else see so far.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from typing import Any, Final

import psycopg
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily
from psycopg.rows import dict_row

from holdfast.entry.checks import SHORTEST_TOKEN
from holdfast.entry.environment import Environment, url_for_role
from holdfast.web.access import Access, PageRequest, public_page

HERE: Final = ("127.0.0.1", "::1")
PROXIED: Final = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded", "Via")
LONGEST: Final = "2s"  # for one look; numbers never hold up a page
NEWEST: Final = 20_000  # attempts that are counted

Family = Iterator[GaugeMetricFamily]

# ---------------------------------------------------------------- how long requests take

SECONDS: Final = Histogram(
    "holdfast_request_seconds",
    "How long a request took, by whom the page is for.",
    ["page", "method", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
METHODS: Final = ("GET", "HEAD", "POST")


class Durations:
    """Django middleware: measures every request but those for files."""

    def __init__(self, handler: Callable[[HttpRequest], HttpResponse]) -> None:
        self.handler = handler

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        answer = self.handler(request)
        if not request.path.startswith("/static/"):
            method = request.method if request.method in METHODS else "other"
            status = f"{answer.status_code // 100}xx"
            SECONDS.labels(_kind(request), method, status).observe(time.perf_counter() - began)
        return answer


def _kind(request: HttpRequest) -> str:
    """Whom the page is for: client, staff, token, public; a few words, so that the numbers stay few."""
    access = getattr(request.resolver_match.func, "access", None) if request.resolver_match else None
    return access.kind if isinstance(access, Access) else "other"


# ---------------------------------------------------------------- what stands in the database

_STATE: Final = """
    select
      (select json_object_agg(state, n) from (
          select state, count(*) n from crisis_episode where state <> 'closed' group by 1) e) as crises,
      (select coalesce(extract(epoch from max(holdfast_now() - started_at)), 0)::float8
         from oncall_paging where stopped_at is null) as seeking,
      (select count(*) from oncall_paging where stopped_at is null and no_cover_since is not null) as no_cover,
      (select greatest(coalesce(extract(epoch from max(holdfast_now() - look_again_at)), 0), 0)::float8
         from oncall_paging where stopped_at is null) as late,
      (select count(*) from assessment_answer where judged_at is null) as unjudged,
      (select coalesce(extract(epoch from max(holdfast_now() - at)), 0)::float8
         from assessment_answer where judged_at is null) as unjudged_age,
      (select greatest(coalesce(extract(epoch from max(holdfast_now() - due_at)), 0), 0)::float8
         from notify_attempt where state in ('queued', 'failed_for_now') and due_at is not null) as sending_late
"""
_ATTEMPTS: Final = """
    select channel, state, count(*) as n
      from (select channel, state, at from notify_attempt order by id desc limit %s) newest
     where at > holdfast_now() - interval '24 hours' group by 1, 2
"""
_TROUBLE: Final = "select channel, count(*) as n from notify_trouble where until is null group by 1"
_WORD: Final = "select who, extract(epoch from clock_timestamp() - at)::float8 as age, promises from ledger_vouch"


def _gauge(name: str, text: str, values: Mapping[Any, float], labels: tuple[str, ...] = ()) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"holdfast_{name}", text, labels=labels)
    for label, value in values.items():
        family.add_metric(label, value)
    return family


def _standing(row: dict[str, Any]) -> Family:
    open_ones = {(state,): 0.0 for state in ("raised", "owned", "reached", "settled")}
    open_ones |= {(state,): float(n) for state, n in (row["crises"] or {}).items()}
    yield _gauge("crises_open", "Crises that are not closed.", open_ones, ("state",))
    for name, key, text in (
        ("seeking_oldest_seconds", "seeking", "How long the longest running search for a human has run."),
        ("seeking_without_cover", "no_cover", "Searches for a human with nobody left to ask."),
        ("paging_late_seconds", "late", "How long the most overdue next turn of a search has been due."),
        ("answers_unjudged", "unjudged", "Answers that nobody and nothing has judged yet."),
        ("answers_unjudged_oldest_seconds", "unjudged_age", "Age of the oldest of them."),
        ("sending_late_seconds", "sending_late", "How long the most overdue text, call, push or mail has been due."),
    ):
        yield _gauge(name, text, {(): float(row[key])})


def _words(rows: list[dict[str, Any]]) -> Family:
    seen = {(row["who"],): row["age"] for row in rows}
    yield _gauge("seen_seconds", "Since a program left word, or a backup or a rehearsal was made.", seen, ("who",))
    said: dict[str, bool] = next((row["promises"] for row in rows if row["who"] == "watchdog"), {})
    holds = {(name,): float(bool(value)) for name, value in said.items()}
    yield _gauge("promise_holds", "1 while the watch saw the promise hold.", holds, ("promise",))


def _looked(database: psycopg.Connection[dict[str, Any]]) -> Family:
    database.execute("select set_config('statement_timeout', %s, true)", [LONGEST])
    yield from _standing(database.execute(_STATE).fetchone() or {})
    sent = {(r["channel"], r["state"]): float(r["n"]) for r in database.execute(_ATTEMPTS, [NEWEST])}
    text = f"Attempts to reach somebody in the last 24 hours, of the newest {NEWEST}."
    yield _gauge("attempts_day", text, sent, ("channel", "state"))
    troubled = {(r["channel"],): float(r["n"]) for r in database.execute(_TROUBLE)}
    yield _gauge("channel_trouble", "Channels that are not working, by program.", troubled, ("channel",))
    yield from _words(database.execute(_WORD).fetchall())


class Standing:
    """Collects what stands in the database, as the watch sees it."""

    def collect(self) -> Family:
        yield _gauge("info", "1; the release in its label.", {(version("holdfast"),): 1.0}, ("version",))
        env = Environment()
        try:
            url = url_for_role(env.database_url, env.secret, "watchdog")
            with psycopg.connect(url, connect_timeout=3, row_factory=dict_row) as database:
                found = list(_looked(database))
        except psycopg.Error:
            yield _gauge("database_up", "1 while the database answers.", {(): 0.0})
            return
        yield _gauge("database_up", "1 while the database answers.", {(): 1.0})
        yield from found


def may_read(request: HttpRequest) -> bool:
    """From this machine and through no proxy, or with the token."""
    token = settings.HOLDFAST_METRICS_TOKEN
    brought = request.headers.get("Authorization", "")
    if len(token) >= SHORTEST_TOKEN and hmac.compare_digest(brought.encode(), f"Bearer {token}".encode()):
        return True
    return request.META.get("REMOTE_ADDR") in HERE and not any(name in request.headers for name in PROXIED)


@public_page
def metrics(request: PageRequest) -> HttpResponse:
    """Everything there is to count; to anybody else there is no such page."""
    if not may_read(request):
        return HttpResponse(status=404)
    registry = CollectorRegistry()
    registry.register(Standing())
    if multiprocess_folder():
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(SECONDS)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def multiprocess_folder() -> str:
    """Where the web processes put their numbers together; `holdfast serve` makes it anew."""
    import os

    return os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
