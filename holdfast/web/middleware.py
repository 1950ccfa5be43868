"""Headers that every answer carries."""

import re
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

Handler = Callable[[HttpRequest], HttpResponse]

OPEN_PATHS = ("/static/",)
HOST = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?")


def content_policy(host: str, style: str = "'self'") -> str:
    """What a page may load: our own files and nothing else. No inline script, no eval, no other host."""
    host = host if HOST.fullmatch(host) else "localhost"  # it came from outside
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src {style}",
            "style-src-attr 'unsafe-inline'",  # values from data only: a bar's length
            "img-src 'self' data:",
            "font-src 'self'",
            f"connect-src 'self' ws://{host} wss://{host}",
            "manifest-src 'self'",
            "worker-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )


class SecurityHeaders:
    """No other host, no frame, no guessing of types, nothing kept in a cache that is not a public file."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.handler(request)
        headers = answer.headers
        if not request.path.startswith(OPEN_PATHS):
            headers.setdefault("Cache-Control", "no-store")
            headers.setdefault("Content-Security-Policy", content_policy(request.META.get("HTTP_HOST", "")))
        # Not "no-referrer": browsers then send "Origin: null" with our own forms, and nobody could tell them
        # from another site's. Nothing is sent to other hosts either way.
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
        if request.is_secure() and not settings.HOLDFAST_DEMO:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return answer


class Verbs:
    """Pages are read and forms are sent. Nothing takes another method, so none is a way round what POST asks for."""

    ALLOWED: Final = ("GET", "HEAD", "POST")

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.handler(request) if request.method in self.ALLOWED else HttpResponseNotAllowed(self.ALLOWED)
