"""The audit of what we depend on: it asks about everything, and never calls silence an all-clear."""

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests import audit, everything


class _Osv(http.server.BaseHTTPRequestHandler):
    known: dict[str, list[str]] = {}
    status = 200
    body: bytes | None = None
    asked: list[dict[str, Any]] = []

    def do_POST(self) -> None:
        queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        type(self).asked += queries
        found = [{"vulns": [{"id": one} for one in self.known.get(q["package"]["name"], [])]} for q in queries]
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.body if self.body is not None else json.dumps({"results": found}).encode())

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def osv(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Osv]]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Osv)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    _Osv.known, _Osv.status, _Osv.body, _Osv.asked = {}, 200, None, []
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(audit, "weaknesses", lambda packages, ask=audit.weaknesses: ask(packages, url))
    monkeypatch.delenv("HOLDFAST_AUDIT", raising=False)
    yield _Osv
    server.shutdown()
    server.server_close()


def test_everything_pinned_and_everything_vendored_is_asked_about() -> None:
    names = {(one.ecosystem, one.name) for one in (*audit.pinned(), *audit.vendored())}
    assert {
        ("PyPI", "django"),
        ("PyPI", "cryptography"),
        ("PyPI", "uv"),
        ("npm", "htmx.org"),
        ("npm", "axe-core"),
    } <= names
    assert ("npm", "lucide-static") in names
    assert len(names) > 80


def test_what_is_known_fails_the_check_and_is_named(osv: type[_Osv], capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.main() == 0
    assert "nothing known of any" in capsys.readouterr().out
    assert len(osv.asked) > 80
    osv.known = {"htmx.org": ["GHSA-1"], "django": ["PYSEC-2", "GHSA-3"]}
    assert audit.main() == 1
    said = capsys.readouterr().out
    assert "htmx.org 2.0" in said
    assert "PYSEC-2, GHSA-3" in said


@pytest.mark.parametrize(
    ("status", "body"), [(500, None), (200, b"not json"), (200, b'{"results": []}'), (200, b"[]"), (403, None)]
)
def test_what_was_not_asked_is_never_called_well(
    osv: type[_Osv],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    body: bytes | None,
) -> None:
    osv.status, osv.body = status, body
    assert audit.main() == 0
    said = capsys.readouterr().out
    assert "NOT AUDITED" in said
    assert "nothing known of any" not in said
    monkeypatch.setenv("HOLDFAST_AUDIT", "required")
    assert audit.main() == 1


def test_make_lint_asks() -> None:
    assert "audit" in [step.name for step in everything.lint()]
