"""What tests do through Holdfast's own actions, in a process with Holdfast's own settings.

`python -m tests.acts` reads one act a line, {"act": "module:function", "args": {}}, and writes what came of
it. An act is function(world, **args), run inside the scope of the cast's program; what it returns is written
as JSON. Tests may name functions of their own modules.
"""

from __future__ import annotations

import importlib
import json
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass
class World:
    """The cast, and the `now` of this act."""

    cast: Any
    now: datetime

    @property
    def program(self) -> int:
        found: int = self.cast.program.id
        return found

    def staff(self, name: str) -> Any:
        """bea, cal, priya, dia, eve, adam."""
        return getattr(self.cast, name)


_cast: Any = None


def join(world: World | None, program: int) -> None:
    """Act in this program from now on, which another such process has made: for acts that need nobody of the cast."""
    global _cast  # noqa: PLW0603 - as above
    from types import SimpleNamespace

    from holdfast.ledger.models import Program
    from holdfast.ledger.scope import program_scope

    with program_scope(program):
        _cast = SimpleNamespace(program=Program.objects.get(id=program))


def _who(staff: Any) -> dict[str, Any]:
    from holdfast.people.models import Contact

    phone = next((c.address for c in Contact.objects.filter(staff=staff, kind="phone")), "")
    email = staff.user.email if staff.user_id else ""
    return {"id": staff.id, "uid": str(staff.uid), "name": staff.name, "email": email, "phone": phone}


def cast(world: World | None) -> dict[str, Any]:
    """Make the cast anew."""
    global _cast  # noqa: PLW0603 - this process is about one cast at a time
    from django.db import transaction

    from holdfast.people.tests.cast import PASSWORD, make_cast

    with transaction.atomic():
        _cast = made = make_cast()
        ana = made.ana
        names = ("bea", "cal", "priya", "dia", "adam")
        return {
            "program": {"id": made.program.id, "uid": str(made.program.uid), "slug": made.program.slug},
            "ana": {"id": ana.id, "uid": str(ana.uid), "email": ana.user.email, "phone": "+15205550118"},
            "staff": {name: _who(getattr(made, name)) for name in names},
            "other": {"program": made.other.id, "eve": made.eve.id, "email": f"eve@{made.other.slug}.example"},
            "password": PASSWORD,
        }


def night_shift(world: World, hours: int = 24) -> None:
    """Cal first, Priya behind him."""
    shift(world, cal="first", priya="backup", hours=hours)


def shift(world: World, hours: float = 24, since_hours: float = -1, **people: str) -> None:
    """Put people on the rota: shift(cal="first", priya="backup", hours=8)."""
    from holdfast.oncall import actions as oncall
    from holdfast.oncall.rules import Level

    since = world.now + timedelta(hours=since_hours)
    for name, level in people.items():
        oncall.add_shift(world.program, world.staff(name), Level(level), since, since + timedelta(hours=hours))


def before_cals_shift(world: World) -> None:
    """Bea is on call until Cal's shift begins, 30 minutes from now; Priya is backup all the while. In one transaction:
    a look at the cover in between would find a gap that begins in half an hour."""
    shift(world, bea="first", since_hours=-2, hours=2.5)
    shift(world, priya="backup", since_hours=-2, hours=12)
    shift(world, cal="first", since_hours=0.5, hours=8)


def enrol(
    world: World, count: int = 1, first: int = 0, state: str = "AZ", timezone: str = "America/Phoenix"
) -> list[int]:
    """More clients, without accounts: their ids."""
    from holdfast.people import actions as people

    made = []
    for number in range(first, first + count):
        name = f"Client {number}"
        made.append(people.enrol(world.program, name=name, state=state, timezone=timezone, now=world.now, phone="").id)
    return made


def form(world: World, client: int | None = None, instrument: str = "check-in") -> dict[str, str]:
    """A form for a client (Ana when none is named): its uid and the address that takes its answers."""
    return forms(world, [client or world.cast.ana.id], instrument)[0]


def forms(world: World, clients: list[int], instrument: str = "check-in") -> list[dict[str, str]]:
    """A form for each of these."""
    from holdfast.assessment.actions import start_response
    from holdfast.web.client.answers import address

    made = [(client, start_response(world.program, client, instrument, world.now)) for client in clients]
    return [{"response": str(r.uid), "address": address(world.program, client, r.uid, world.now)} for client, r in made]


def session(world: World, email: str) -> str:
    """A session of this person, as signing in makes one: its key."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from holdfast.people.models import User
    from holdfast.web.tests.signing_in import marked

    user = User.objects.get(email=email)
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    marked(store)
    store.create()
    return str(store.session_key)


def second_factor(world: World, email: str) -> None:
    """An app for codes; in these programs, which are the demo's, its fixed code fits."""
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    from holdfast.people.models import User
    from holdfast.web.signin import factors

    user = User.objects.get(email=email)
    with factors.of(user):
        TOTP.activate(user, generate_totp_secret())


def lock_sessions(world: World, email: str) -> None:
    """Every session of this person is locked, as if another page had done it."""
    from django.contrib.sessions.models import Session

    from holdfast.people.models import User
    from holdfast.web import marks

    whose = str(User.objects.get(email=email).pk)
    for row in Session.objects.all():
        held = row.get_decoded()
        if held.get("_auth_user_id") == whose:
            row.session_data = Session.objects.encode({**held, marks.LOCKED: True})
            row.save()


@contextmanager
def _world() -> Iterator[World | None]:
    from holdfast.ledger.scope import program_scope

    if _cast is None:
        yield None
        return
    with program_scope(_cast.program.id) as now:
        yield World(_cast, now)


def do(act: str, args: dict[str, Any]) -> dict[str, Any]:
    """One act; a database that was cut meanwhile is tried once more."""
    from django.db import OperationalError, connections

    module, _, name = act.partition(":")
    function: Callable[..., Any] = cast if act == "tests.acts:cast" else _function(module, name)
    for again in (True, False):
        try:
            if function is cast:
                return {"said": cast(None)}
            with _world() as world:
                return {"said": function(world, **args)}
        except OperationalError as error:
            connections.close_all()
            if not again:
                return {"trouble": str(error)}
        except Exception:
            return {"trouble": traceback.format_exc()}
    return {"trouble": "nothing came of it"}


def _function(module: str, name: str) -> Callable[..., Any]:
    # This very file runs as __main__ and holds the cast there.
    home = sys.modules["__main__"] if module == "tests.acts" else importlib.import_module(module)
    found: Callable[..., Any] = getattr(home, name)
    return found


def main() -> None:
    """Do acts until the tests are gone."""
    import django

    django.setup()
    for line in sys.stdin:
        wanted = json.loads(line)
        print(json.dumps(do(wanted["act"], wanted["args"]), default=str), flush=True)


if __name__ == "__main__":
    main()
