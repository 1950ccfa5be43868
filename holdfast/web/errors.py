"""Pages for when something went wrong: warm, plain, with the helplines, and without the database."""

import logging
import sys
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from psycopg.errors import ReadOnlySqlTransaction

from holdfast.ledger.keys import CannotSeal
from holdfast.web.context import page
from holdfast.web.signin.carried import MARK

log = logging.getLogger("holdfast.web")

OURS = frozenset({"csrfmiddlewaretoken", "asked", "shown", "once", "do", "say", "form", "after", "next", "program"})
SHORTEST_NUMBER = 7  # of a telephone
AWAY = (OperationalError, InterfaceError)

WITHOUT_DATABASE: dict[str, Any] = {"client_here": False, "program": None, "actor": None, "now": None, "trouble": ()}
LAST_RESORT = (
    "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'><title>Please call</title>"
    "<h1>This page does not work right now</h1><p>Call or text <a href=tel:988>988</a>, any hour. "
    "If a life is in danger, call <a href=tel:911>911</a>.</p></html>"
)


def show(request: HttpRequest, status: int, template: str, **context: Any) -> HttpResponse:
    """An error page. Uses no session, no user and no database."""
    try:
        body: str = render_to_string(template, {**page(request), **WITHOUT_DATABASE, **context})
    except Exception:
        log.exception("an error page could not be drawn")
        body = LAST_RESORT
    return HttpResponse(body, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return show(
        request,
        400,
        "errors/page.html",
        title=_("We could not read that"),
        words=_(
            "What your browser sent did not arrive whole. Go back: what you wrote may still be there. Then try once more."
        ),
    )


def too_large(request: HttpRequest) -> HttpResponse:
    """Refused unread: so long that nothing of it could be shown again."""
    return show(
        request,
        413,
        "errors/page.html",
        title=_("That is more than we can take"),
        words=_("What you sent is too large, so nothing of it was read. Go back and send less."),
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    # Who knocked where, by number alone, and only as far as it was read already: this page asks no database.
    user, match = getattr(request, "_cached_user", None), request.resolver_match
    log.warning("a page was refused", extra={"view": match.view_name if match else "", "id": user.pk if user else None})
    return show(
        request,
        403,
        "errors/page.html",
        title=_("This page is not yours to open"),
        words=_(
            "You are signed in, and this page belongs to somebody else or to another part of the team. If you think that is wrong, tell your program."
        ),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return show(
        request,
        404,
        "errors/page.html",
        title=_("There is no such page"),
        words=_("The address may be old or cut short."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's page for an error nobody foresaw; one of them is that the database is away."""
    error = sys.exception()
    if isinstance(error, (*AWAY, CannotSeal)) or isinstance(getattr(error, "__cause__", None), ReadOnlySqlTransaction):
        return database_away(request)
    return show(
        request,
        500,
        "errors/page.html",
        title=_("Something broke on our side"),
        words=_("It is not your fault. If you had just sent something, we can not say that it arrived."),
    )


def what_was_typed(request: HttpRequest) -> list[str]:
    """The words that were just sent and are kept nowhere, to be shown again. No passwords, no keys of ours."""
    if request.method != "POST":
        return []
    try:
        fields = getattr(request, "fields", None)
        sent = fields.typed if fields is not None else request.POST.dict()
    except (SuspiciousOperation, MultiPartParserError, UnicodeError):  # what cannot be read cannot be shown
        return []
    return [
        value
        for name, value in sent.items()
        if name not in OURS
        and not name.startswith(MARK)
        and "password" not in name
        and value.strip()
        and not _a_number_of_ours(value)
    ]


def _a_number_of_ours(value: str) -> bool:
    """A version, a choice, a code. What is longer is a telephone number that somebody typed."""
    return value.isdigit() and len(value) < SHORTEST_NUMBER


def database_away(request: HttpRequest) -> HttpResponse:
    answer = show(
        request,
        503,
        "errors/page.html",
        title=_("We can’t reach our records right now"),
        words=_(
            "If you had just sent something, it has not reached us. Please try again in a minute, and don’t wait if you need somebody."
        ),
        typed=what_was_typed(request),
    )
    answer["Retry-After"] = "20"
    return answer
