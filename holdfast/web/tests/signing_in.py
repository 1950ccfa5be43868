"""Signing in for tests: a session as a whole sign-in makes one, with a second factor just now."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.test import Client as Browser

from holdfast.web import marks

_force_login = Browser.force_login


def marked(session: SessionBase) -> None:
    """Marks a session in which a user stands already; the caller saves it."""
    assert session.get(SESSION_KEY)
    marks.proved(session, "totp")


def with_password_only(browser: Browser, user: Any) -> Browser:
    """A session of somebody who has set up no second factor yet."""
    _force_login(browser, user, "allauth.account.auth_backends.AuthenticationBackend")
    session = browser.session
    marks.proved(session)
    session.save()
    return browser


def _with_second_factor(browser: Browser, user: Any, backend: str | None = None) -> None:
    _force_login(browser, user, backend)
    session = browser.session
    marked(session)
    session.save()


def install() -> None:
    """Django's shortcut makes the session that signing in makes. Called where tests begin."""
    Browser.force_login = _with_second_factor  # type: ignore[method-assign, assignment]
