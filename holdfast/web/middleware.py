"""Headers that every answer carries, and what is refused at the door.

Django's own middleware adds the rest: nosniff, Referrer-Policy, Cross-Origin-Opener-Policy, X-Frame-Options, HSTS.
"""

import re
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import reverse

from holdfast.web import errors

Handler = Callable[[HttpRequest], HttpResponse]

OPEN_PATHS = ("/static/",)
HOST = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?")
# Nothing here asks for any of these, so no page and nothing that is smuggled into one may.
NOT_USED: Final = (
    "accelerometer",
    "bluetooth",
    "browsing-topics",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "hid",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "serial",
    "usb",
    "xr-spatial-tracking",
)
PERMISSIONS: Final = ", ".join(f"{feature}=()" for feature in NOT_USED)


def content_policy(host: str, style: str = "'self'", attributes: str = "'none'") -> str:
    """What a page may load: our own files and nothing else. No inline script, no eval, no other host.

    `attributes`: whether values from data may stand in style attributes.
    """
    host = host if HOST.fullmatch(host) else "localhost"  # it came from outside
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src {style}",
            f"style-src-attr {attributes}",
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
    """No other host, nothing kept in a cache or a search engine that is not a public file."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.handler(request)
        headers = answer.headers
        if not request.path.startswith(OPEN_PATHS):
            headers.setdefault("Cache-Control", "no-store")
            headers.setdefault("Content-Security-Policy", content_policy(request.META.get("HTTP_HOST", "")))
            headers.setdefault("X-Robots-Tag", "noindex, nofollow, noarchive")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", PERMISSIONS)
        if request.method == "POST" and request.path == reverse("account_logout"):
            # What the browser kept of pages, "back" included. Not its storage: with it would go the notifications
            # of whoever is on call, and the help button of a client.
            headers["Clear-Site-Data"] = '"cache"'
        return answer


class Door:
    """What no page of ours takes is refused before anything of it is read.

    Pages are read and forms are sent: no other method, so that none is a way round what POST asks for. Words that are
    too long are shown again by the page they were sent to; this is far beyond any words.
    """

    METHODS: Final = ("GET", "HEAD", "POST")
    MOST_BYTES: Final = 9_000_000

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in self.METHODS:
            return HttpResponseNotAllowed(self.METHODS)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isascii() or not length.isdecimal() or int(length[:20]) > self.MOST_BYTES:
            return errors.too_large(request)
        return self.handler(request)
