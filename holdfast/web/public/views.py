"""Pages open to everyone, and the small files that a browser asks for."""

import json
import logging
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from holdfast.content.exercises import Exercise
from holdfast.content.load import exercises
from holdfast.web.access import PageRequest, belongs, public_page
from holdfast.web.context import THEMES

log = logging.getLogger("holdfast.web")

YEAR = 365 * 24 * 60 * 60


@public_page
def front(request: PageRequest) -> HttpResponse:
    """The front door: somebody who is signed in is taken to where they belong."""
    if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
        if belongs(request, "staff"):
            return redirect("/team/")
        if belongs(request, "client"):
            return redirect("today")
    return render(request, "public/front.html")


@public_page
def numbers(request: PageRequest) -> HttpResponse:
    """Every helpline. Needs no database; an installed phone keeps this page."""
    return render(request, "public/numbers.html", {"nav": "numbers"})


@public_page
def calm(request: PageRequest) -> HttpResponse:
    """Exercises for the next minutes. Needs no database and no script; an installed phone keeps this page."""
    return render(request, "public/calm.html", {"nav": "calm", "exercises": _exercises()})


def _exercises() -> tuple[Exercise, ...]:
    """Breathing first. Should the files be unreadable, the page still breathes with them and shows the numbers."""
    try:
        return tuple(sorted(exercises(), key=lambda each: each.id != "paced-breathing"))
    except Exception:  # a page for a bad hour is shown whatever broke
        log.exception("the exercises could not be read")
        return ()


@public_page
def language(request: PageRequest, code: str) -> HttpResponse:
    """Read on in another language."""
    answer = redirect(_back(request))
    if code in dict(settings.LANGUAGES):
        _keep(answer, settings.LANGUAGE_COOKIE_NAME, code)
    return answer


@public_page
def theme(request: PageRequest, name: str) -> HttpResponse:
    """Light or dark, for a browser without script."""
    answer = redirect(_back(request))
    if name in THEMES:
        _keep(answer, "theme", name)
    return answer


@public_page
def manifest(request: PageRequest) -> HttpResponse:
    """What a phone needs to put the page on its home screen, with help one long press away."""
    icon = {"type": "image/png", "purpose": "any maskable"}
    body: dict[str, Any] = {
        "name": "Holdfast",
        "short_name": "Holdfast",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f4f6f5",
        "theme_color": "#15567f",
        "icons": [
            {**icon, "src": static(f"holdfast/icon-{size}.png"), "sizes": f"{size}x{size}"} for size in (192, 512)
        ],
        "shortcuts": [{"name": _("I need help now"), "url": "/help"}, {"name": _("Phone numbers"), "url": "/numbers"}],
    }
    answer = JsonResponse(body, content_type="application/manifest+json")
    answer["Cache-Control"] = "public, max-age=3600"
    return answer


@public_page
def service_worker(request: PageRequest) -> HttpResponse:
    """The script that keeps the help page on a phone. It lives at the root, where it may answer for /help."""
    pages = json.dumps(["/help/saved", "/help/unsent", "/numbers", "/calm"])
    files = json.dumps([static(f"holdfast/{name}") for name in ("tokens.css", "base.css", "pages.css", "icon.svg")])
    body = render_to_string("public/sw.js", {"pages": pages, "files": files})
    answer = HttpResponse(body, content_type="text/javascript")
    answer["Cache-Control"] = "no-cache"
    return answer


def _back(request: HttpRequest) -> str:
    """Where the reader came from, if that is a page of ours."""
    after = request.GET.get("next", "/")
    ours = (
        after.startswith("/") and "\x00" not in after and url_has_allowed_host_and_scheme(after, {request.get_host()})
    )
    return after if ours else "/"


def _keep(answer: HttpResponse, name: str, value: str) -> None:
    answer.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
