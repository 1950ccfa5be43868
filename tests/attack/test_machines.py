"""schemathesis sends every address of docs/reference/openapi.json what nobody expects: never an error, and only answers
that the document names."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

import pytest
import schemathesis
from django.conf import settings as django_settings
from django.test import Client as Browser
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from twilio.request_validator import RequestValidator

from tests.attack.world import World

CARRIER: Final = "the carrier's token of the tests"
WHO: Final = {"/team/me/": "not on the team", "/settings/devices": "Ana", "/help/now": "device"}
FORM: Final = "application/x-www-form-urlencoded"
EXAMPLES: Final = 12


def operations() -> list[Any]:
    from holdfast.entry.openapi import document

    schema = schemathesis.openapi.from_dict(document())
    return [each.ok() for each in schema.get_all_operations()]


def named() -> list[str]:
    return [f"{each.method.upper()} {each.path}" for each in operations()]


def test_the_document_names_every_address_for_machines() -> None:
    """What answers JSON, takes JSON, or is a webhook."""
    from tests.attack.pages import PAGES

    assert len(named()) == 11
    hooks = {key for key in PAGES if key.startswith("hook_")}
    assert sum("/hooks/" in each for each in named()) == len(hooks)


def sent(world: World, case: Any, signed: bool) -> Any:
    """The case as a request. What only a browser says of itself is said, and the carrier's signature is right."""
    path = case.formatted_path
    query = "?" + urlencode(case.query, doseq=True, errors="replace") if case.query else ""
    headers = {str(name): str(value) for name, value in (case.headers or {}).items()}
    headers = {
        name: value for name, value in headers.items() if value.isascii() and value.isprintable() and name.isascii()
    }
    body = case.body if isinstance(case.body, dict) else {}
    form = {str(name): value if isinstance(value, str) else str(value) for name, value in body.items()}
    data = urlencode(form, errors="replace")
    browser: Browser = world.browser(WHO.get(case.path, "nobody"))
    headers["Sec-Fetch-Site"] = "same-origin"
    if signed:
        from django.http import QueryDict

        read = QueryDict(data).dict()
        mark = RequestValidator(CARRIER).compute_signature(django_settings.HOLDFAST_PUBLIC_URL + path + query, read)
        headers["X-Twilio-Signature"] = mark
    if case.method.upper() == "GET":
        return browser.get(path + query, headers=headers)
    return browser.generic("POST", path + query, data, content_type=FORM, headers=headers)


@pytest.mark.parametrize("number", range(11), ids=named())
def test_nothing_that_a_machine_sends_breaks_anything(world: World, settings: Any, number: int) -> None:
    """H-173. Data as the document describes it, and data as it does not."""
    settings.HOLDFAST_TWILIO_TOKEN = CARRIER
    operation = operations()[number]
    declared = {int(status) for status in operation.definition.raw["responses"]}
    tried = 0
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        try:
            strategy = operation.as_strategy(generation_mode=mode)
        except schemathesis.errors.SchemathesisError:
            if mode is GenerationMode.POSITIVE:
                raise
            continue  # nothing about this address can be wrong

        @hypothesis_settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=strategy)
        def knock(case: Any) -> None:
            nonlocal tried
            for signed in (True, False) if "/hooks/" in case.path else (False,):
                answer = sent(world, case, signed)
                tried += 1
                assert answer.status_code < 500 or answer.status_code == 503
                assert answer.status_code in declared or answer.status_code in (404, 405, 413), answer.status_code
                if answer.headers.get("Content-Type", "").startswith("application/json"):
                    assert isinstance(answer.json(), dict)

        try:
            knock()
        except (schemathesis.errors.SchemathesisError, Unsatisfiable):
            if mode is GenerationMode.POSITIVE:
                raise
    assert tried > 0


@pytest.mark.parametrize("subscription", [
    "null", "[]", "{}", '"x"', "1e999", "[" * 5000, '{"endpoint": 1, "keys": 2}', '{"endpoint": ["https://x"], "keys": {}}',
    '{"endpoint": "https://push.example.org/x", "keys": {"p256dh": "' + "a" * 3000 + '", "auth": ""}}',
])  # fmt: skip
def test_a_subscription_that_is_none_is_refused_in_words(world: World, subscription: str) -> None:
    answer = world.browser("not on the team").post("/team/me/", {"do": "push", "subscription": subscription})
    assert answer.status_code == 400


@pytest.mark.parametrize("endpoint", [
    "http://push.example.org/x", "https://127.0.0.1/x", "https://[::1]/x", "https://localhost/x", "https://db/x",
    "https://metadata.google.internal/x", "https://169.254.169.254/latest", "https://2130706433/x", "https://0x7f.1/x",
    "https://push.example.org:8443/x", "https://us@push.example.org/x", "https://push.example.org@127.0.0.1/x",
    "ftp://push.example.org/", "https://", "https://printer.local/x", "https://[", "https://push.example.org:x/",
    "https://127.0.0.1./x", "https://localhost./",
])  # fmt: skip
def test_nobody_makes_us_knock_at_a_machine_of_our_own(endpoint: str, settings: Any) -> None:
    """A subscription is an address that we post to: it must lead to a push service outside."""
    from holdfast.web.team.me import leads_outside

    settings.HOLDFAST_DEMO = False
    assert not leads_outside(endpoint)
    assert leads_outside("https://fcm.googleapis.com/fcm/send/abc")
    assert leads_outside("https://web.push.apple.com/abc")
    assert leads_outside("https://updates.push.services.mozilla.com/wpush/v2/abc")


def test_metrics_are_there_for_this_machine_and_for_the_token_alone(world: World, settings: Any) -> None:
    settings.HOLDFAST_METRICS_TOKEN = "t" * 40
    for headers, there in (
        ({}, 404),
        ({"Authorization": "Bearer " + "t" * 39}, 404),
        ({"Authorization": "Bearer " + "t" * 40}, 200),
        ({"X-Forwarded-For": "127.0.0.1"}, 404),
    ):
        assert Browser().get("/metrics", headers=headers, REMOTE_ADDR="203.0.113.9").status_code == there
    assert Browser().get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 404
