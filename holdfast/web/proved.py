"""Before what matters most, somebody proves once more that it is them.

    @staff_page("lead")
    @proved
    def export(request): ...

Asked with a passkey, a code or the password, unless they did within the last 15 minutes. What was typed in a form is
carried along, and the page goes on with it.
"""

from functools import wraps
from typing import Any

from django.http import HttpResponse

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
