"""I need help now: open to everyone, one file, no script, and shown even when the database is away.

It never says that somebody was told before a crisis stands in the database.
"""

import logging
import socket
import time
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from holdfast.assessment.actions import ask_for_help, receive_concern
from holdfast.assessment.models import Concern, HelpCall
from holdfast.crisis.queries import what_became_of_call, what_became_of_concern
from holdfast.ledger.models import Program
from holdfast.ledger.scope import program_scope
from holdfast.oncall.queries import Answering, who_answers_now
from holdfast.people.models import Client
from holdfast.people.queries import device_by_key
from holdfast.web import signed
from holdfast.web.access import PageRequest, belongs, in_their_words, public_page, token_page
from holdfast.web.client.devices import key_of
from holdfast.web.client.so import show_what_is_so
from holdfast.web.errors import AWAY
from holdfast.web.fields import read_fields
from holdfast.web.helplines import lines
from holdfast.web.middleware import content_policy
from holdfast.web.trouble import for_clients

log = logging.getLogger("holdfast.web")

SALT: Final = "help"
STYLE: Final = (Path(__file__).resolve().parent.parent / "templates" / "help" / "style.css").read_text()
STYLE_HASH: Final = f"'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
LOOK_AGAIN_S: Final = 5.0  # after the database was found away, pages do not wait for it again for this long
SAME_FORM: Final = timedelta(minutes=2)  # an impatient second press of the same words is one concern
FOUR_LINES: Final = ("name", "phone", "words", "place")


@dataclass(frozen=True)
class Known:
    """A client whom we know by their session or by this phone's key."""

    program: int
    client: int
    via: str


@dataclass
class Seen:
    """What the page could find out. `away` when the database did not answer."""

    program: Program | None = None
    known: Known | None = None
    client: Client | None = None
    answering: Answering | None = None
    now: datetime | None = None
    away: bool = False
    trouble: bool = False


_away_until = 0.0
_remembered: dict[str, Program] = {}  # by slug: the number to ring stays on the page when the database is away


@public_page
def help_now(request: PageRequest, slug: str = "") -> HttpResponse:
    """The page behind the button."""
    return _page(request, _look(request, slug))


@csrf_exempt
@public_page
def call_me(request: PageRequest) -> HttpResponse:
    """The one button, from a session or from this phone: an emergency, or a page that says nobody was told."""
    if request.method != "POST":
        return redirect("help")
    if not from_our_own_page(request):
        return _page(request, _look(request, "", with_identity=False), status=403, nobody_told=True)
    if _is_away():
        return _not_reached(request, {})
    try:
        known = _who(request)
        if known is None:
            return _page(request, _look(request, "", with_identity=False), status=403, nobody_told=True)
        with program_scope(known.program) as now:
            call = ask_for_help(Client.objects.get(id=known.client), known.via, now)
        token = signed.Token(known.program, known.client, call.uid, now)
    except AWAY:
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
    if fields.cut is not None:
        return _page(request, _look(request, slug, with_identity=False), status=400, typed=typed, error="long")
    if not any(typed[name] for name in ("phone", "words", "place")):
        return _page(request, _look(request, slug, with_identity=False), status=400, typed=typed, error="empty")
    if _is_away():
        return _not_reached(request, typed)
    try:
        program = _program(slug)
        if program is None:
            return _page(request, _look(request, "", with_identity=False), status=400, typed=typed, error="program")
        with program_scope(program.id) as now:
            concern = _same_concern(typed, now) or receive_concern(program.id, now=now, **typed)
        token = signed.Token(program.id, 0, concern.uid, now)
    except AWAY:
        return _not_reached(request, typed)
    return redirect("help_call", signed.write(SALT, token))


@token_page(SALT)
def help_call(request: PageRequest, token: str) -> HttpResponse:
    """What became of a call for help."""
    if request.token is None or request.token.expired(request.now):
        return redirect("help")
    if not request.token.client:
        concern = Concern.objects.get(uid=request.token.what)
        return show_what_is_so(request, what_became_of_concern(concern, request.now), "concern")
    call = HelpCall.objects.select_related("client").get(uid=request.token.what)
    with in_their_words(request, call.client):
        return show_what_is_so(request, what_became_of_call(call, request.now), "call", name=call.client.preferred_name)


@public_page
def saved(request: PageRequest) -> HttpResponse:
    """The page that an installed phone keeps for when there is no network: true at any hour."""
    return _page(request, Seen(program=_kept_program(), away=True), kept=True)


@public_page
def unsent(request: PageRequest) -> HttpResponse:
    """What an installed phone shows when a press did not leave it."""
    return _page(request, Seen(program=_kept_program(), away=True), kept=True, not_reached=True)


def from_our_own_page(request: HttpRequest) -> bool:
    """Whether the browser says that one of our own pages sent this. Anything else is treated as a stranger's."""
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site == "same-origin"
    return request.headers.get("Origin") in (f"{request.scheme}://{request.get_host()}", settings.HOLDFAST_PUBLIC_URL)


def _who(request: HttpRequest) -> Known | None:
    """The client behind this browser, by session first, then by the phone's own key."""
    if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
        member = belongs(request, "client")
        if member:
            return Known(member.program, member.id, "session")
    held = key_of(request)
    if held:
        with program_scope(held[0]):
            device = device_by_key(*held)
            if device:
                return Known(held[0], device.client_id, "device")
    return None


def _look(request: HttpRequest, slug: str, *, with_identity: bool = True) -> Seen:
    """Find out what can be found out. Whatever goes wrong, the page is shown."""
    if _is_away():
        return Seen(program=_remembered.get(slug), away=True)
    try:
        seen = Seen(known=_who(request) if with_identity else None, trouble=bool(for_clients()))
        seen.program = Program.objects.get(id=seen.known.program) if seen.known else _program(slug)
        if seen.program:
            with program_scope(seen.program.id, statement_timeout_ms=1000) as seen.now:
                seen.client = Client.objects.get(id=seen.known.client) if seen.known else None
                state = seen.client.state if seen.client else seen.program.state
                seen.answering = who_answers_now(seen.program.id, state, seen.now)
            _remembered[slug] = _remembered[seen.program.slug] = seen.program
        return seen
    except Exception as error:
        log.warning("the help page could not ask the database", extra={"error": type(error).__name__})
        if isinstance(error, AWAY):
            _note_away()
        return Seen(program=_remembered.get(slug), away=True)


def _note_away() -> None:
    global _away_until
    _away_until = time.monotonic() + LOOK_AGAIN_S


def _is_away() -> bool:
    """Whether it is no use to ask the database now. Nobody in need waits for a pool to give up:
    one knock at its door, answered or refused within a second."""
    if time.monotonic() < _away_until:
        return True
    place, door = settings.DATABASES["default"]["HOST"], settings.DATABASES["default"]["PORT"]
    if "/" in place or "," in place:
        return False  # a socket file, or several hosts: the driver knows better
    try:
        socket.create_connection((place, int(door)), timeout=1).close()
    except OSError:
        _note_away()
        return True
    return False


def _program(slug: str) -> Program | None:
    """The program of this page: the one in the address, the one in the settings, or the only one there is."""
    slug = slug or settings.HOLDFAST_PROGRAM
    if slug:
        return Program.objects.filter(slug=slug).first()
    programs = list(Program.objects.all()[:2])
    return programs[0] if len(programs) == 1 else None


def _kept_program() -> Program | None:
    """The program whose number an installed phone keeps."""
    return _look_at_program() if not _is_away() else _remembered.get("")


def _look_at_program() -> Program | None:
    try:
        return _program("")
    except AWAY:
        _note_away()
        return _remembered.get("")


def _same_concern(typed: dict[str, str], now: datetime) -> Concern | None:
    recent = Concern.objects.filter(at__gt=now - SAME_FORM).order_by("-at")[:5]
    return next((each for each in recent if all(getattr(each, name) == typed[name] for name in FOUR_LINES)), None)


def _not_reached(request: PageRequest, typed: dict[str, str]) -> HttpResponse:
    return _page(request, Seen(program=_remembered.get(""), away=True), status=503, typed=typed, not_reached=True)


def _page(request: PageRequest, seen: Seen, *, status: int = 200, typed: dict[str, str] | None = None, **more: Any) -> HttpResponse:
    known_lines = {line.id: line for line in lines()}
    context = {
        "seen": seen,
        "host_program": seen.program,
        "typed": typed or {},
        "line988": known_lines.get("988"),
        "poison": known_lines.get("poison"),
        "style": STYLE,
        "other": "en" if (translation.get_language() or "en").startswith("es") else "es",
        **more,
    }
    if seen.client:
        with in_their_words(request, seen.client):
            answer = render(request, "help/help.html", {**context, "other": "en" if (translation.get_language() or "").startswith("es") else "es"}, status=status)
    else:
        answer = render(request, "help/help.html", context, status=status)
    answer["Content-Security-Policy"] = content_policy(request.META.get("HTTP_HOST", "localhost"), STYLE_HASH)
    return answer
