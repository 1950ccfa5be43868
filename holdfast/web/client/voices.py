"""What a client says from the page that tells them what is so. Works without script, and from a signed address."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_noop

from holdfast.crisis.rules import Said
from holdfast.crisis.voices import say
from holdfast.people.models import Client
from holdfast.web.access import PageRequest

BUTTONS = (
    (Said.WORSE, gettext_noop("It got worse"), "triangle-alert"),
    (Said.TEXT, gettext_noop("Please text, I can’t talk"), "message-square"),
    (Said.SAFE, gettext_noop("I’m safe now"), "circle-check"),
)


def hear(request: PageRequest, client: Client) -> HttpResponse:
    """Keep what was said, then show what is so. A press that we cannot tell apart shows the page again."""
    try:
        said = Said(request.fields.values.get("say", ""))
    except ValueError:
        return redirect(request.path)
    say(client, said, "page", request.now)
    return redirect(request.path)
