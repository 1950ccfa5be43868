"""I need help now: open to everyone, one file, no script, and shown even when the database is away.

It never says that somebody was told before a crisis stands in the database.
"""

from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from holdfast.assessment.actions import ask_for_help
from holdfast.assessment.concerns import FOUR_LINES, receive_once
from holdfast.assessment.models import Concern, HelpCall
from holdfast.crisis.queries import what_became_of_call, what_became_of_concern
from holdfast.ledger.again import again
from holdfast.ledger.scope import program_scope
from holdfast.people.models import Client
from holdfast.people.rules import zone
from holdfast.web import languages, signed
from holdfast.web.access import PageRequest, in_their_words, public_page, token_page
from holdfast.web.client.seen import DOOR, Known, Seen, kept_program, look, program_of, remembered, who
from holdfast.web.client.so import show_what_is_so
from holdfast.web.client.voices import hear
from holdfast.web.fields import read_fields
from holdfast.web.helplines import lines
from holdfast.web.middleware import content_policy
from holdfast.web.sealed import opened
from holdfast.web.templatetags.holdfast import can_be_dialled

SALT: Final = "help"
STYLE: Final = (Path(__file__).resolve().parent.parent / "templates" / "help" / "style.css").read_text()
STYLE_HASH: Final = f"'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"


@public_page
def help_now(request: PageRequest, slug: str = "") -> HttpResponse:
    """The page behind the button."""
    return _page(request, look(request, slug))


@csrf_exempt
@public_page
def call_me(request: PageRequest) -> HttpResponse:
    """The one button, from a session or from this phone: an emergency, or a page that says nobody was told."""
    if request.method != "POST":
        return redirect("help")
    if not from_our_own_page(request):
        return _page(request, look(request, "", with_identity=False), status=403, nobody_told=True)
    DOOR.open()  # a call for help knocks again, whatever an earlier page found
    if DOOR.is_shut():
        return _not_reached(request, {})
    try:
        known = who(request)
        if known is None:
            return _page(request, look(request, "", with_identity=False), status=403, nobody_told=True)
        token = again(lambda: _ask_for_help(known))
    except Exception as error:  # noqa: BLE001  whatever it was, nothing reached us, and the page says so
        DOOR.note(error)
        return _not_reached(request, {})
    return redirect("help_call", signed.write(SALT, token))


@csrf_exempt
@public_page
def stranger(request: PageRequest, slug: str = "") -> HttpResponse:
    """Four lines from somebody we do not know: an urgent concern, paged all the same."""
    if request.method != "POST":
        return redirect("help")
    fields = read_fields(request)
    typed = {name: fields.typed.get(name, "").strip() for name in FOUR_LINES}
    slug = slug or fields.values.get("program", "")
    if fields.lost or fields.cut is not None:
        return _page(request, look(request, slug, with_identity=False), status=400, typed=typed, error="long")
    if not any(typed[name] for name in ("phone", "words", "place")):
        return _page(request, look(request, slug, with_identity=False), status=400, typed=typed, error="empty")
    DOOR.open()
    if DOOR.is_shut():
        return _not_reached(request, typed)
    try:
        program = program_of(slug)
        if program is None:
            return _page(request, look(request, "", with_identity=False), status=400, typed=typed, error="program")
        token = again(lambda: _tell_of(program.id, typed))
    except Exception as error:  # noqa: BLE001  whatever it was, nothing reached us, and the page says so
        DOOR.note(error)
        return _not_reached(request, typed)
    return redirect("help_call", signed.write(SALT, token))


@token_page(SALT)
def help_call(request: PageRequest, token: str) -> HttpResponse:
    """What became of a call for help."""
    if request.token is None or request.token.expired(request.now):
        if request.method == "POST":  # a press from an address that is too old has reached nobody, and is told so
            return _page(
                request, look(request, "", with_identity=False), status=400, nobody_told=True, not_reached=True
            )
        return redirect("help")
    if not request.token.client:
        concern = Concern.objects.get(uid=request.token.what)
        with timezone.override(zone(request.program.timezone)):
            so = what_became_of_concern(concern, request.now)
            return show_what_is_so(request, replace(so, has_number=_left_a_number(concern)), "concern")
    call = HelpCall.objects.select_related("client").get(uid=request.token.what)
    if request.method == "POST":
        return hear(request, call.client)
    with in_their_words(request, call.client):
        return show_what_is_so(
            request, what_became_of_call(call, request.now), "call", name=opened(call.client, "preferred_name")
        )


@public_page
def saved(request: PageRequest) -> HttpResponse:
    """The page that an installed phone keeps for when there is no network: true at any hour."""
    return _page(request, Seen(program=kept_program(), away=True), kept=True)


@public_page
def unsent(request: PageRequest) -> HttpResponse:
    """What an installed phone shows when a press did not leave it."""
    return _page(request, Seen(program=kept_program(), away=True), kept=True, not_reached=True)


def from_our_own_page(request: HttpRequest) -> bool:
    """Whether the browser says that one of our own pages sent this. Anything else is treated as a stranger's."""
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site == "same-origin"
    return request.headers.get("Origin") in (f"{request.scheme}://{request.get_host()}", settings.HOLDFAST_PUBLIC_URL)


def _ask_for_help(known: Known) -> signed.Token:
    with program_scope(known.program) as now:
        call = ask_for_help(Client.objects.get(id=known.client), known.via, now)
    return signed.Token(known.program, known.client, call.uid, now)


def _tell_of(program: int, typed: dict[str, str]) -> signed.Token:
    with program_scope(program) as now:
        concern = receive_once(program, typed, now)
    return signed.Token(program, 0, concern.uid, now)


def _left_a_number(concern: Concern) -> bool:
    """Whether they can be called back. A number that will not open here may be read elsewhere."""
    return can_be_dialled(opened(concern, "phone", "0"))


def _not_reached(request: PageRequest, typed: dict[str, str]) -> HttpResponse:
    return _page(request, Seen(program=remembered(""), away=True), status=503, typed=typed, not_reached=True)


def _page(
    request: PageRequest, seen: Seen, *, status: int = 200, typed: dict[str, str] | None = None, **more: Any
) -> HttpResponse:
    if seen.client:
        with in_their_words(request, seen.client):
            return _drawn(request, seen, typed or {}, status, more)
    with timezone.override(zone(seen.program.timezone if seen.program else "UTC")):
        return _drawn(request, seen, typed or {}, status, more)


def _drawn(request: PageRequest, seen: Seen, typed: dict[str, str], status: int, more: dict[str, Any]) -> HttpResponse:
    known_lines = {line.id: line for line in lines()}
    context = {
        "seen": seen,
        # Who is on duty and has not answered is nobody to wait for.
        "answers": seen.answering and not (seen.open and seen.open.told.numbers_first),
        "host_program": seen.program,
        "typed": typed,
        "line988": known_lines.get("988"),
        "poison": known_lines.get("poison"),
        "style": STYLE,
        "other": "en" if languages.short() == "es" else "es",
        **more,
    }
    answer = render(request, "help/help.html", context, status=status)
    answer["Content-Security-Policy"] = content_policy(request.META.get("HTTP_HOST", ""), STYLE_HASH)
    return answer
