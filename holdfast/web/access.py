"""What a request may do. A view without a declared access does not start.

Each decorator says who a page is for, opens the one transaction of the request inside one program,
and hands the view `request.actor` (who asks) and `request.now` (read once from the database).
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Any, Final, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import SimpleTemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject

from holdfast.ledger.again import again
from holdfast.ledger.models import Program
from holdfast.ledger.scope import program_scope
from holdfast.notes.rules import KEEPS
from holdfast.people.access import NOBODY, Actor, Kind
from holdfast.people.charts import Look
from holdfast.people.models import Client, Staff
from holdfast.people.queries import Membership, actor_for, actor_of, current_staff, memberships
from holdfast.people.rules import LEADS, Role, Standing, zone
from holdfast.web import marks, signed
from holdfast.web.chart import keep
from holdfast.web.fields import Fields, read_fields
from holdfast.web.signin import asking, carried
from holdfast.web.signin.factors import has_second
from holdfast.web.trouble import for_clients

log = logging.getLogger("holdfast.web")

PERMISSIONS: Final[dict[str, frozenset[Role]]] = {
    "work here": frozenset(Role),
    # Everyone may be paged when nobody is on duty; which crises they see is cut further by crisis.queries.
    "see crises": frozenset(Role),
    "take crises": frozenset(Role),
    "see cover": frozenset(Role),
    "work with clients": frozenset({Role.CLINICIAN, Role.CARE_STAFF, Role.SUPERVISOR, Role.DIRECTOR}),
    "keep own notes": KEEPS,
    "lead": LEADS,
    "run the program": frozenset({Role.DIRECTOR, Role.ADMINISTRATOR}),
    "direct": frozenset({Role.DIRECTOR}),
    # Whoever may be the second person must be able to read what they confirm.
    "read content": frozenset({Role.CLINICIAN, Role.SUPERVISOR, Role.DIRECTOR, Role.ADMINISTRATOR}),
}

# Views of allauth that are in use. Any other of its views is refused like one of ours without access.
ALLAUTH_PAGES: Final = frozenset(
    {
        "account_logout",
        "account_signup",
        "account_inactive",
        "account_change_password",
        "account_set_password",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key_done",
        "account_confirm_login_code",
    }
)


@dataclass(frozen=True)
class Access:
    """Who may open a page: kind of page, and for staff which permission."""

    kind: str
    permission: str = ""


class PageRequest(HttpRequest):
    """A request as a view of ours sees it."""

    actor: Actor
    now: datetime
    program: Program
    staff: Staff
    client: Client
    trouble: tuple[str, ...]
    token: signed.Token | None
    fields: Fields
    looks: tuple[Look, ...]
    is_staff: bool


View = Callable[..., HttpResponse]


def _mark(view: View, inner: View, access: Access) -> View:
    marked = wraps(view)(inner)
    marked.access = access  # type: ignore[attr-defined]
    return marked


def public_page(view: View) -> View:
    """Open to everyone. Opens no transaction and reads no session."""

    def inner(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.actor = NOBODY
        return view(request, *args, **kwargs)

    return _mark(view, inner, Access("public"))


def client_page(view: View) -> View:
    """For a signed-in client, about themselves. What met another press in the database is done once more.

    Of a client who has died there is no such page, whatever it is: asked here, and nowhere else.
    """

    def inner(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        member = belongs(request, "client")
        if member is None:
            raise PermissionDenied
        request.is_staff = False
        if asked := _asked(request, asking.Why.LOCKED if marks.locked(request, marks.pause_of(request)) else None):
            return asked
        given = again(lambda: answer(request, member, args, kwargs))
        marks.stay_awake(request, given)
        return given

    def answer(request: PageRequest, member: Membership, args: Any, kwargs: Any) -> HttpResponse:
        with inside(request, member.program):
            request.actor = actor_for(member, request.now)
            if request.actor.kind is not Kind.CLIENT:
                raise PermissionDenied
            request.client = Client.objects.get(id=member.id)
            request.trouble = for_clients(request.now)
            with in_their_words(request, request.client):
                if request.client.standing == Standing.DIED:
                    return _closed(request)
                return _drawn(view(request, *args, **kwargs))

    return _mark(view, inner, Access("client"))


def _closed(request: PageRequest) -> HttpResponse:
    """What whoever signs in with the account of a client who has died sees instead of every page: it says no more than
    whom to call. "Gone", so that a phone gives up the copy of the plan that it kept (public/sw.js)."""
    return render(request, "client/closed.html", {"nav": ""}, status=HTTPStatus.GONE)


def staff_page(permission: str, *, while_locked: bool = False) -> Callable[[View], View]:
    """For staff whose role holds this permission, in a session made with a second factor that is not locked.

    `while_locked`: numbers that name nobody, so that a locked board goes on to sound. What met another press in the
    database is done once more.
    """
    roles = PERMISSIONS[permission]

    def declare(view: View) -> View:
        def inner(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            # Until the pages of the team are translated they are English all through, whatever the browser asks for.
            with translation.override("en"):
                given = in_english(request, *args, **kwargs)
            given.headers.setdefault("Content-Language", "en")
            return given

        def in_english(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            member = belongs(request, "staff")
            if member is None:
                raise PermissionDenied
            request.is_staff = True
            if asked := _staff_asked(request, while_locked):
                return asked
            given = again(lambda: answer(request, member, args, kwargs))
            if not while_locked:  # what answers through the lock is no sign that somebody is there
                marks.stay_awake(request, given)
            return given

        def answer(request: PageRequest, member: Membership, args: Any, kwargs: Any) -> HttpResponse:
            with inside(request, member.program):
                # With the program's row in the same look; `me` and the page's frame need no other.
                staff = current_staff(request.now).select_related("program").filter(id=member.id).first()
                request.actor = actor_of(staff)
                if staff is not None:
                    request.staff, request.program = staff, staff.program
                if not request.actor.is_staff or request.actor.role not in roles:
                    raise PermissionDenied
                with timezone.override(zone(request.program.timezone)):
                    given = _drawn(view(request, *args, **kwargs))
                    keep(request, given)  # whose chart was shown
                return given

        return _mark(view, inner, Access("staff", permission))

    return declare


def account_page(view: View) -> View:
    """For anybody who is signed in, about how they sign in. The view has no transaction; `request.is_staff` says who asks.

    Staff set their second factor up here, so it asks for one only where there is one.
    """

    def inner(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        request.actor = NOBODY
        request.is_staff = belongs(request, "staff") is not None
        if asked := _asked(request, _account_asks(request)):
            return asked
        answer = _closed_account(request) or _drawn(view(request, *args, **kwargs))
        marks.stay_awake(request, answer)
        return answer

    return _mark(view, inner, Access("account"))


def _closed_account(request: PageRequest) -> HttpResponse | None:
    """Nobody changes how a client who has died signs in, either."""
    member = None if request.is_staff else belongs(request, "client")
    if member is None:
        return None
    with program_scope(member.program):
        client = Client.objects.get(id=member.id)
    if client.standing != Standing.DIED:
        return None
    request.client = client
    with inside(request, member.program), in_their_words(request, client):
        return _closed(request)


def _account_asks(request: PageRequest) -> asking.Why | None:
    if request.is_staff and not marks.second(request.session) and has_second(request.user):  # type: ignore[arg-type]
        return asking.Why.SECOND
    idle = marks.STAFF_IDLE if request.is_staff else marks.pause_of(request)
    return asking.Why.LOCKED if marks.locked(request, idle) else None


def _staff_asked(request: PageRequest, while_locked: bool) -> HttpResponse | None:
    """What stands before every page of staff: a second factor, and the lock. Asks the database nothing, but for a
    press in a session from before that has no second factor yet."""
    if not marks.second(request.session):
        if "HX-Request" in request.headers:
            return HttpResponse(status=asking.LOCKED)
        if request.method == "POST" and has_second(request.user):  # type: ignore[arg-type]
            return _asked(request, asking.Why.SECOND)
        request.session["holdfast_after"] = request.get_full_path() if request.method == "GET" else "/team/"
        return redirect(reverse("mfa_index") + ("?not-sent" if request.method == "POST" else ""))
    locked = not while_locked and marks.locked(request, marks.STAFF_IDLE)
    return _asked(request, asking.Why.LOCKED if locked else None)


def _asked(request: PageRequest, why: asking.Why | None) -> HttpResponse | None:
    """The page that asks somebody to prove themselves, where they must; and what comes back from it."""
    if request.method == "POST" and carried.MARK in request.POST:
        return asking.answered(request, why)
    return asking.ask(request, why) if why else None


def token_page(salt: str) -> Callable[[View], View]:
    """For whoever holds a signed address. Asks for no session and no user: it must be cheap, and an
    expired sign-in must never swallow an answer. A token that is not ours arrives as `request.token = None`,
    outside any program. The body is read before the transaction opens, so that a slow phone holds nothing. What
    met another press in the database is done once more."""

    def declare(view: View) -> View:
        def inner(request: PageRequest, token: str, **kwargs: Any) -> HttpResponse:
            if request.method == "POST":
                request.fields = read_fields(request)
            request.actor = NOBODY
            try:
                request.token = signed.read(salt, token)
            except signed.BadToken:
                request.token = None
                return view(request, token, **kwargs)
            held = request.token
            return again(lambda: answer(request, held, token, kwargs))

        def answer(request: PageRequest, held: signed.Token, token: str, kwargs: Any) -> HttpResponse:
            with inside(request, held.program):
                request.actor = Actor(Kind.TOKEN, held.program, held.client)
                return _drawn(view(request, token, **kwargs))

        inner.csrf_exempt = True  # type: ignore[attr-defined]
        return _mark(view, inner, Access("token"))

    return declare


def belongs(request: HttpRequest, kind: str) -> Membership | None:
    """The signed-in person's place as a client or as staff."""
    return next((member for member in memberships(cast("int", request.user.pk)) if member.kind == kind), None)


@contextmanager
def inside(request: PageRequest, program: int) -> Iterator[None]:
    """The one transaction of a request, inside one program."""
    with program_scope(program) as request.now:
        request.program = cast(
            "Program", SimpleLazyObject(lambda: Program.objects.get(id=program))
        )  # an answer never needs it
        yield


@contextmanager
def in_their_words(request: HttpRequest, client: Client) -> Iterator[None]:
    """The client's own time zone, and their language unless they picked another on this device."""
    language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) or client.language
    known = dict(settings.LANGUAGES)
    with timezone.override(zone(client.timezone)), translation.override(language if language in known else "en"):
        yield


def _drawn(answer: HttpResponse) -> HttpResponse:
    """Draw the page while the transaction is open, so that nothing is read after it."""
    if isinstance(answer, SimpleTemplateResponse) and not answer.is_rendered:
        answer.render()
    return answer


class DefaultDeny:
    """Refuses any view that does not say who it is for."""

    def __init__(self, handler: Callable[[HttpRequest], HttpResponse]) -> None:
        self.handler = handler

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.handler(request)

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> None:
        if isinstance(getattr(view, "access", None), Access):
            return
        match = request.resolver_match
        if match and match.url_name in ALLAUTH_PAGES and view.__module__.startswith("allauth."):
            return
        log.error("a view without access was refused", extra={"view": f"{view.__module__}.{view.__qualname__}"})
        raise PermissionDenied
