"""The numbers at /metrics: counts and ages for those who may, and nothing about anybody."""

import re
from typing import Any

import pytest
from django.test import Client as Browser

from holdfast.entry import metrics
from holdfast.ledger.vouch import vouch
from holdfast.people.tests.cast import make_cast

TOKEN = "a token of at least thirty-two letters"


def _numbers(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_this_machine_reads_them_and_a_proxied_request_does_not(client: Browser, db: None) -> None:
    assert client.get("/metrics").status_code == 200
    for header in ({"x-forwarded-for": "10.0.0.1"}, {"x-real-ip": "10.0.0.1"}, {"forwarded": "for=10.0.0.1"}):
        assert client.get("/metrics", headers=header).status_code == 404
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.1").status_code == 404


def test_a_token_opens_them_from_anywhere_and_a_short_one_nothing(client: Browser, db: None, settings: Any) -> None:
    def status(brought: str) -> int:
        headers = {"x-forwarded-for": "10.0.0.1", "authorization": brought}
        return client.get("/metrics", headers=headers).status_code

    assert status("Bearer ") == 404
    settings.HOLDFAST_METRICS_TOKEN = TOKEN
    assert (status(f"Bearer {TOKEN}"), status("Bearer wrong"), status(TOKEN), status("")) == (200, 404, 404, 404)
    settings.HOLDFAST_METRICS_TOKEN = "short"
    assert status("Bearer short") == 404


@pytest.mark.django_db(transaction=True)
def test_a_crisis_that_nobody_has_is_counted(client: Browser) -> None:
    from django.db import transaction

    from holdfast.assessment import actions as assessment

    with transaction.atomic():
        cast = make_cast()
        cast.night_shift()
        assessment.ask_for_help(cast.ana, "session", cast.now)
    vouch("watchdog", {"someone_is_always_sought": True, "received_is_judged": False})
    text = client.get("/metrics").content.decode()
    found = _numbers(text)
    assert found["holdfast_database_up"] == 1
    assert found['holdfast_crises_open{state="raised"}'] == 1
    assert found['holdfast_crises_open{state="owned"}'] == 0
    assert found["holdfast_seeking_oldest_seconds"] >= 0
    assert found['holdfast_promise_holds{promise="someone_is_always_sought"}'] == 1
    assert found['holdfast_promise_holds{promise="received_is_judged"}'] == 0
    assert found['holdfast_seen_seconds{who="watchdog"}'] >= 0
    assert sum(value for name, value in found.items() if name.startswith("holdfast_attempts_day")) >= 1
    for private in ("Ana", "Cal", "Bea", "1520555", "desk", "example", str(cast.ana.uid)):
        assert private not in text, private


def test_how_long_requests_take_is_counted_by_whom_the_page_is_for(client: Browser, db: None) -> None:
    client.get("/healthz")
    client.get("/no/such/page")
    found = _numbers(client.get("/metrics").content.decode())
    assert found['holdfast_request_seconds_count{method="GET",page="public",status="2xx"}'] >= 1
    assert found['holdfast_request_seconds_count{method="GET",page="other",status="4xx"}'] >= 1


def test_labels_never_hold_what_somebody_typed(client: Browser, db: None) -> None:
    client.get("/team/ana-is-in-danger", headers={"x-name": "Ana"})
    client.generic("BREW", "/ana")
    text = client.get("/metrics").content.decode()
    assert not re.search(r"\bana\b", text.lower())
    assert "BREW" not in text
    labels = set(re.findall(r'(\w+)="', text)) - {"le"}
    assert labels <= {"page", "method", "status", "state", "channel", "who", "promise", "version"}


def test_a_database_that_is_away_is_a_number_not_a_fault(
    client: Browser, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://holdfast_owner:x@127.0.0.1:9/none")
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert _numbers(answer.content.decode())["holdfast_database_up"] == 0
    assert metrics.LONGEST
