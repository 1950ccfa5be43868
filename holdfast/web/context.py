"""What every template may use. Asks the database nothing: error pages and the help page share it."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from holdfast.people.rules import Standing
from holdfast.web import languages

NEUTRAL_PAGE = "https://www.weather.gov/"  # where "Hide this page" leads: dull, and any household might have it open
THEMES = ("light", "dark")
OFFERED_FORMS = (Standing.INVITED, Standing.ACTIVE)


def page(request: HttpRequest) -> dict[str, Any]:
    """The demo mark, the reader's language and theme, whose program it is, and the way out."""
    theme = request.COOKIES.get("theme", "")
    standing = getattr(getattr(request, "client", None), "standing", None)  # of a signed-in client, on their pages
    return {
        "demo": settings.HOLDFAST_DEMO,
        "lang": languages.short(),
        "theme": theme if theme in THEMES else "",
        "here": request.get_full_path(),
        "leave": NEUTRAL_PAGE,
        "program": getattr(request, "program", None),
        "actor": getattr(request, "actor", None),
        "now": getattr(request, "now", None),
        "trouble": getattr(request, "trouble", ()),
        "client_here": getattr(request, "is_staff", None)
        is False,  # signed in, on a page of theirs or of their account
        "forms_offered": standing is None or standing in OFFERED_FORMS,
        "died": standing == Standing.DIED,
    }
