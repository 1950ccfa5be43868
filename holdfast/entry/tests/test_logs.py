"""Log lines hold ids and fixed words; nothing that a person wrote, and nothing by which one could be found."""

import ast
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser

from holdfast.entry.logs import KEPT, Line

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [p for p in sorted(ROOT.rglob("*.py")) if "/tests/" not in str(p)]
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
PRIVATE = ("Ana Begay", "+15205550118", "ana@example.org", "I want to", "tok-EN-secret")


def _line(name: str, words: str, *args: Any, error: BaseException | None = None, **extra: Any) -> tuple[str, Any]:
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord(name, logging.ERROR, "/somewhere/library.py", 7, words, args, info)
    record.__dict__.update(extra)
    text = Line().format(record)
    return text, json.loads(text)


def test_a_line_is_one_json_object_with_its_ids() -> None:
    text, line = _line("holdfast.worker", "due work failed", sweep="tasks to look at", id=7)
    assert "\n" not in text
    assert (line["from"], line["what"], line["sweep"], line["id"]) == (
        "holdfast.worker",
        "due work failed",
        "tasks to look at",
        7,
    )


@pytest.mark.parametrize("private", PRIVATE)
def test_what_a_library_filled_in_never_appears(private: str) -> None:
    for name in (
        "twilio.http_client",
        "django.request",
        "urllib3.connectionpool",
        "gunicorn.error",
        "asyncio",
        "holdfastish",
    ):
        for text, _ in (
            _line(name, "sending %s to %s", private, private),
            _line(name, f"Query Params: {private}"),
            _line(name, "%s: %s", "Not Found", f"/r/{private}/", status_code=404, request=private),
        ):
            assert private not in text


@pytest.mark.parametrize("private", PRIVATE)
def test_the_words_of_an_error_and_unknown_fields_never_appear(private: str) -> None:
    try:
        raise ValueError(private)
    except ValueError as error:
        text, line = _line("holdfast.web", "a sweep failed", error=error, body=private, request=private, name_=private)
    assert private not in text
    assert line["error"] == "ValueError"
    assert line["where"][-1].startswith("test_logs.py:")


def _is_logging(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in LEVELS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in ("log", "logger", "logging")
    )


def _calls() -> list[tuple[str, Any]]:
    return [
        (f"{path.relative_to(ROOT)}:{node.lineno}", node)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if _is_logging(node)
    ]


def test_every_sentence_that_is_logged_is_fixed_in_the_source() -> None:
    calls = _calls()
    assert len(calls) > 20
    bad = [
        where
        for where, call in calls
        if len(call.args) != 1 or not isinstance(call.args[0], ast.Constant) or "%" in str(call.args[0].value)
    ]
    assert bad == []


def test_only_known_fields_stand_beside_a_sentence() -> None:
    unknown = []
    for where, call in _calls():
        for word in call.keywords:
            if word.arg == "extra":
                assert isinstance(word.value, ast.Dict), where
                keys = {str(key.value) for key in word.value.keys if isinstance(key, ast.Constant)}
                unknown += [where + " " + key for key in keys - KEPT]
    assert unknown == []


@pytest.mark.django_db
def test_requests_that_fail_leave_no_address_in_the_log(client: Browser, caplog: pytest.LogCaptureFixture) -> None:
    """What stands in an address may be a token, or a name that somebody typed."""
    with caplog.at_level(logging.DEBUG):
        client.get("/r/tok-EN-secret-Ana/")
        client.post("/help", {"words": "I want to", "name": "Ana Begay", "phone": "+15205550118"})
        client.post("/sign-in/", {"login": "ana@example.org", "password": "tok-EN-secret"})
    written = "\n".join(Line().format(record) for record in caplog.records if not record.name.startswith("django.db"))
    for private in PRIVATE:
        assert private not in written


def test_no_line_holds_a_value_that_is_set_as_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it came from: a sentence, a field, a place in the source. Derived passwords of the database, too."""
    from holdfast.entry import logs
    from holdfast.entry.environment import SETTINGS, role_password

    held = {one.name: f"{one.name.lower()}-of-the-test" for one in SETTINGS if one.secret}
    assert len(held) >= 6
    for name, value in held.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DATABASE_URL", "postgresql://holdfast:pass%2Fword-9@127.0.0.1/holdfast")
    monkeypatch.setenv("HOLDFAST_SMTP_URL", "smtp://us:mail-word-9@127.0.0.1:25")
    logs._secrets.cache_clear()
    try:
        derived = role_password(held["HOLDFAST_SECRET_KEY"], "worker")
        for secret in (*held.values(), "pass/word-9", "pass%2Fword-9", "mail-word-9", derived):
            text, line = _line("holdfast.web", f"it is {secret}", kind=secret)
            assert secret not in text
            assert line["kind"] == logs.HIDDEN
    finally:
        logs._secrets.cache_clear()
