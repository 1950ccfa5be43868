"""Before what matters most, somebody proves once more that it is them.

    @staff_page("lead")
    @proved
    def export(request): ...

A view that hands out a file says so, so that whoever proved themselves is led to it and not left on the page that asks:

    @proved
    @hands_out  # or, where only some presses do: @hands_out_when(lambda request: "form" in request.POST)
    def export(request): ...

Asked with a passkey, a code or the password, unless they did within the last 15 minutes. What was typed in a form is
carried along, and the page goes on with it.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from holdfast.web import marks
from holdfast.web.access import PageRequest, View
from holdfast.web.signin.asking import Why, ask


def proved(view: View) -> View:
    """Stands under an access decorator."""

    @wraps(view)
    def inner(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if marks.proved_lately(request.session):
            return view(request, *args, **kwargs)
        return ask(request, Why.AGAIN)

    return inner


def proved_to_change(view: View) -> View:
    """The same for a page that anybody of that role may look at: only a press is asked for."""
    sure = proved(view)

    @wraps(view)
    def inner(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return (sure if request.method == "POST" else view)(request, *args, **kwargs)

    return inner


def proved_for(*presses: str) -> Callable[[View], View]:
    """The same for a page of which only these presses (`do`) matter so much."""

    def declare(view: View) -> View:
        sure = proved(view)

        @wraps(view)
        def inner(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            asks = request.method == "POST" and request.POST.get("do") in presses
            return (sure if asks else view)(request, *args, **kwargs)

        return inner

    return declare


def hands_out_when(file: Callable[[HttpRequest], bool]) -> Callable[[View], View]:
    """Stands under `proved`: which requests are answered with a file (signin/asking.py leads to it)."""

    def mark(view: View) -> View:
        view.hands_out = file  # type: ignore[attr-defined]
        return view

    return mark


hands_out = hands_out_when(lambda _request: True)
