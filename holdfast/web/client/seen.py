"""What the help page can find out: who asks, whose program it is, who answers now. Whatever is broken, it says so and goes on."""

import logging
import socket
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest

from holdfast.ledger.models import Program
from holdfast.ledger.scope import program_scope
from holdfast.oncall.queries import Answering, on_duty, who_answers_now
from holdfast.people.models import Client
from holdfast.people.queries import device_by_key
from holdfast.people.rules import Standing
from holdfast.web.access import belongs
from holdfast.web.client.devices import key_of
from holdfast.web.client.open import Open, under_way
from holdfast.web.trouble import for_clients, of_this_program

log = logging.getLogger("holdfast.web")

AWAY: Final = (OperationalError, InterfaceError)
KNOCK_S: Final = 1.0
# The shortest question of PostgreSQL's protocol, answered with one letter. A server that hangs takes the connection, for
# the kernel does that, and says nothing.
SPEAKS_TLS: Final = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")
LOOK_AGAIN_S: Final = 5.0  # after the database was found away, pages do not wait for it again for this long


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
    open: Open | None = None
    now: datetime | None = None
    choices: tuple[tuple[str, str], ...] = ()  # programs to pick from, where the address names none
    away: bool = False
    trouble: tuple[str, ...] = ()  # broken promises, by name


class Door:
    """The way to the database, as this process last found it."""

    def __init__(self) -> None:
        self._shut_until = 0.0

    def is_shut(self) -> bool:
        """Whether it is no use to ask now. Nobody in need waits for a pool to give up: one knock, answered or refused within a second."""
        if time.monotonic() < self._shut_until:
            return True
        database = settings.DATABASES["default"]
        place, port = str(database["HOST"]), int(database["PORT"])
        if "/" in place or "," in place:
            return False  # a socket file, or several hosts: the driver knows better
        try:
            with socket.create_connection((place, port), timeout=KNOCK_S) as knock:
                knock.settimeout(KNOCK_S)
                knock.sendall(SPEAKS_TLS)
                answered = bool(knock.recv(1))
        except OSError:
            answered = False
        if not answered:
            self.shut()
        return not answered

    def shut(self) -> None:
        """Found away: do not wait for it again for a moment."""
        self._shut_until = time.monotonic() + LOOK_AGAIN_S

    def open(self) -> None:
        """Knock again at once."""
        self._shut_until = 0.0

    def note(self, error: Exception) -> None:
        """Whatever it was, the page goes on without the database."""
        log.error("the help page could not use the database", extra={"error": type(error).__name__})
        if isinstance(error, AWAY):
            self.shut()


DOOR: Final = Door()
_remembered: Final[dict[str, Program]] = {}  # by slug: the number to ring stays on the page when the database is away


def remembered(slug: str) -> Program | None:
    """The program as it was last seen."""
    return _remembered.get(slug)


def who(request: HttpRequest) -> Known | None:
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


def look(request: HttpRequest, slug: str, *, with_identity: bool = True) -> Seen:
    """Find out what can be found out. Whatever goes wrong, the page is shown."""
    if DOOR.is_shut():
        return Seen(program=remembered(slug), away=True)
    try:
        seen = Seen(known=who(request) if with_identity else None, trouble=for_clients())
        if seen.known:
            seen.program = Program.objects.get(id=seen.known.program)
        else:
            seen.program = program_of(slug)
        if seen.program is None:
            seen.choices = tuple(Program.objects.order_by("name").values_list("slug", "name"))
        else:
            with program_scope(seen.program.id, statement_timeout_ms=1000) as seen.now:
                seen.client = Client.objects.get(id=seen.known.client) if seen.known else None
                if seen.client and seen.client.standing == Standing.DIED:
                    seen.known = seen.client = None  # whoever holds this phone now is somebody else, and may be in need
                state = seen.client.state if seen.client else seen.program.state
                seen.answering = who_answers_now(seen.program.id, state, seen.now)
                seen.trouble = of_this_program(seen.trouble, somebody=any(on_duty(seen.now).values()))
                seen.open = under_way(seen.client, seen.now, seen.trouble) if seen.client else None
    except Exception as error:  # noqa: BLE001  a page for the worst night is shown whatever broke
        DOOR.note(error)
        return Seen(program=remembered(slug), away=True)
    return seen


def program_of(slug: str) -> Program | None:
    """The program of this page: the one in the address, the one in the settings, or the only one there is."""
    wanted = slug or settings.HOLDFAST_PROGRAM
    if wanted:
        found = Program.objects.filter(slug=wanted).first()
    else:
        programs = list(Program.objects.all()[:2])
        found = programs[0] if len(programs) == 1 else None
    if found:
        _remembered[slug] = found
    return found


def kept_program() -> Program | None:
    """The program whose number an installed phone keeps."""
    if not DOOR.is_shut():
        try:
            return program_of("")
        except Exception as error:  # noqa: BLE001  a page for the worst night is shown whatever broke
            DOOR.note(error)
    return remembered("")
