"""One telephone company for each test, the Twilio SDK in front of it and a small webhook of ours behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from telephone.company import DEFAULT_ACCOUNT, DEFAULT_TOKEN
from telephone.running import Address, Wanted, in_thread


class Rerouted(TwilioHttpClient):
    """Twilio's own HTTP client, sent to the telephone company instead."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=5)
        self.base = base
        self.token: str | None = None

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        if self.token is not None:
            kwargs["headers"] = {**kwargs.get("headers", {}), "I-Twilio-Idempotency-Token": self.token}
        return super().request(method, url.replace("https://api.twilio.com", self.base), *args, **kwargs)


@dataclass
class Webhook:
    """Takes what the company posts; answers what the test puts in."""

    url: str = ""
    posts: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def wait(self, enough: Callable[[list[dict[str, str]]], bool]) -> list[dict[str, str]]:
        """The forms posted so far, once they are enough."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: enough([p[1] for p in self.posts]), 10), self.posts
            return [p[1] for p in self.posts]


@dataclass
class Line:
    """What a test holds."""

    url: str
    smtp_port: int
    client: Client
    http: Rerouted
    webhook: Webhook

    def get(self, path: str) -> Any:
        answer = requests.get(self.url + path, timeout=15)
        return answer.json()

    def post(self, path: str, given: dict[str, Any] | None = None) -> requests.Response:
        return requests.post(self.url + path, json=given or {}, timeout=15)

    def switch(self, **given: Any) -> None:
        assert self.post("/company/switches", given).status_code == 200

    def text(self, to: str = "+15550100001", body: str = "hello", **more: Any) -> Any:
        return self.client.messages.create(
            to=to, from_="+15550199999", body=body, status_callback=self.webhook.url + "/sms-status", **more
        )

    def call(self, to: str = "+15550100001", **more: Any) -> Any:
        return self.client.calls.create(
            to=to,
            from_="+15550199999",
            url=self.webhook.url + "/voice",
            status_callback=self.webhook.url + "/call-status",
            status_callback_event=["initiated", "ringing", "answered", "completed"],
            **more,
        )


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    hook = Webhook()

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            form = dict(parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True))
            with hook.arrived:
                hook.posts.append((self.path, form, self.headers.get("X-Twilio-Signature", "")))
                hook.arrived.notify_all()
            body = hook.answers.get(self.path, "<Response/>").encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taker)
    hook.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield hook
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The append-only file of the company."""
    return tmp_path_factory.mktemp("company") / "company.jsonl"


@pytest.fixture(scope="session")
def company(file: Path) -> Iterator[Address]:
    """One company for all tests; each starts afresh."""
    with in_thread(Wanted(port=0, smtp_port=0, log=file)) as address:
        yield address


@pytest.fixture
def line(company: Address, webhook: Webhook) -> Line:
    http = Rerouted(company.url)
    client = Client(DEFAULT_ACCOUNT, DEFAULT_TOKEN, http_client=http)
    assert company.smtp_port is not None
    held = Line(company.url, company.smtp_port, client, http, webhook)
    requests.delete(company.url + "/company/log", timeout=15)
    requests.delete(company.url + "/company/switches", timeout=15)
    held.post("/company/configure", {"sms_webhook": webhook.url + "/sms", "public_url": "", "deliver_to": ""})
    return held
