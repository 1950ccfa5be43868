"""My own ways to be reached: add, test, stop. A way counts once I have answered on it."""

import json
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from holdfast.crisis import leaving
from holdfast.crisis.models import Episode
from holdfast.crisis.rules import NotAllowed
from holdfast.notify import actions as notify
from holdfast.notify.everyone import tests_waiting
from holdfast.people import actions as people
from holdfast.people.models import Contact, Staff
from holdfast.people.queries import contacts_of
from holdfast.people.rules import ContactKind
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.proved import proved_for
from holdfast.web.team.board import short_name
from holdfast.web.team.frame import draw
from holdfast.web.team.frame import me as who
from holdfast.web.team.reading import NotRead, Typed, typed, uid

MOST_CONTACTS = 8
MOST_ADDRESS = 2000
INSIDE = (".local", ".localhost", ".internal", ".intranet", ".lan", ".home", ".corp", ".arpa")


@dataclass(frozen=True)
class Way:
    """One way to reach me, in words."""

    contact: Contact
    address: str
    state: str  # works, untested, broken

    @property
    def push(self) -> bool:
        return self.contact.kind == ContactKind.PUSH


@staff_page("work here")
@proved_for("add", "push", "end")
def me(request: PageRequest) -> HttpResponse:
    """My contacts, and what is missing before I can be relied on for a shift."""
    form, refused, status = Typed(), None, 200
    held: tuple[Episode, ...] = ()
    if request.method == "POST":
        form = typed(request.POST)
        deed = DEEDS.get(form.get("do"))
        try:
            if deed is None:
                raise NotRead("", _("We could not tell which button that was. Please press it again."))
            with transaction.atomic():
                return redirect(f"/team/me/?said={deed(request, who(request), form)}")
        except leaving.StillHolds as no:
            refused, status, held = NotRead("shift", str(no)), 409, no.episodes
        except NotAllowed as no:
            refused, status = NotRead("shift", str(no)), 409
        except NotRead as no:
            refused, status = no, 400
    waiting = tests_waiting(request.actor.id, request.now)
    ways = [_way(contact) for contact in contacts_of(request.actor)]
    context = {
        "ways": ways,
        "working": sum(way.state == "works" for way in ways),
        "testing": [
            way for way in ways if way.contact.id in waiting or str(way.contact.uid) == request.GET.get("testing")
        ],
        "refused": str(refused or ""),
        "refused_field": refused.field if refused else "",
        "kept": dict(form.values),
        "push_key": public_key(settings.HOLDFAST_VAPID_KEY),
        "staff": who(request),
        "held": [(episode.uid, short_name(episode)) for episode in held],
    }
    return draw(request, "team/me.html", context, nav="me", status=status)


def _way(contact: Contact) -> Way:
    state = "broken" if contact.unreachable_since else "works" if contact.tested_at else "untested"
    address = contact.label or _("Notifications on a device") if contact.kind == ContactKind.PUSH else contact.address
    return Way(contact, address, state)


def add(request: PageRequest, staff: Staff, form: Typed) -> str:
    """A phone or an e-mail address."""
    _room(request)
    address, label = form.get("address"), form.get("label")[:60]
    if form.get("kind") == "email":
        try:
            validate_email(address)
        except ValidationError:
            raise NotRead(
                "address", _("“%(text)s” does not look like an e-mail address.") % {"text": address[:60]}
            ) from None
        people.add_contact(staff, ContactKind.EMAIL, address, label=label)
    elif form.get("kind") == "phone":
        digits = re.sub(r"\D", "", address)
        if not 10 <= len(digits) <= 15 or re.search(r"[A-Za-z]", address):
            raise NotRead(
                "address",
                _("“%(text)s” does not look like a phone number. Write all of it, with the area code.")
                % {"text": address[:60]},
            )
        people.add_contact(staff, ContactKind.PHONE, address, label=label)
    else:
        raise NotRead("kind", _("Say whether it is a phone or an e-mail address."))
    return "added"


def subscribe(request: PageRequest, staff: Staff, form: Typed) -> str:
    """This browser may be pushed to."""
    _room(request)
    sent = form.get("subscription")
    try:
        told = json.loads(sent if len(sent) <= MOST_ADDRESS else "")  # brackets without end would break the reader
        endpoint = str(told["endpoint"])
        kept = {"endpoint": endpoint, "keys": {name: str(told["keys"][name]) for name in ("p256dh", "auth")}}
    except (ValueError, KeyError, TypeError):
        raise NotRead(
            "push", _("This browser did not give us an address for notifications. Use a phone number instead.")
        ) from None
    address = json.dumps(kept, sort_keys=True)
    if len(address) > MOST_ADDRESS or not leads_outside(endpoint):
        raise NotRead("push", _("This browser’s address for notifications cannot be used."))
    people.add_contact(staff, ContactKind.PUSH, address, label=form.get("label")[:60] or _("This device"))
    return "added"


def leads_outside(endpoint: str) -> bool:
    """Whether this can be a push service of a browser: https, by a public name. We post to it, so it must not be us."""
    if settings.HOLDFAST_DEMO:  # its push service is on this machine
        return endpoint.startswith(("https://", "http://"))
    try:
        parts = urlsplit(endpoint)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return False
    named = re.fullmatch(r"([a-z0-9-]+\.)+[a-z]{2,}", host) is not None and not host.endswith(INSIDE)
    return parts.scheme == "https" and named and port in (None, 443) and parts.username is None


def test(request: PageRequest, staff: Staff, form: Typed) -> str:
    """Send a test. Somebody who presses this wants the way to work again, so it is tried even if it failed."""
    contact = _mine(request, form)
    people.mark_reachable(contact)
    notify.test_contact(contact, f"{secrets.randbelow(9000) + 1000}", request.now)
    return f"tested&testing={contact.uid}"


def arrived(request: PageRequest, staff: Staff, form: Typed) -> str:
    """A human says that the test arrived. A phone is tested by the answer to the text alone."""
    contact = _mine(request, form)
    if contact.kind == ContactKind.PHONE:
        raise NotRead("", _("Answer the text with the number in it: that shows that we can hear you."))
    notify.contact_answered(contact, request.now)
    return "thanks"


def end(request: PageRequest, staff: Staff, form: Typed) -> str:
    """Stop using it."""
    people.end_contact(_mine(request, form), request.now)
    return "ended"


def end_shift(request: PageRequest, staff: Staff, form: Typed) -> str:
    """My shift ends now. Refused while I have an open crisis."""
    leaving.end_shift(staff, request.now)
    return "shift-ended"


DEEDS: dict[str, Callable[[PageRequest, Staff, Typed], str]] = {
    "end_shift": end_shift,
    "add": add,
    "push": subscribe,
    "test": test,
    "arrived": arrived,
    "end": end,
}


def _mine(request: PageRequest, form: Typed) -> Contact:
    which = uid(form, "contact")
    contact = contacts_of(request.actor).filter(uid=which).first() if which else None
    if contact is None:
        raise NotRead("", _("That is not one of your contacts any more. Reload the page."))
    return contact


def _room(request: PageRequest) -> None:
    if contacts_of(request.actor).count() >= MOST_CONTACTS:
        raise NotRead("address", _("Eight ways to reach you are enough. Stop using one first."))


@cache
def public_key(private: str) -> str:
    """The half of our key that a browser needs to subscribe, or nothing when there is no usable key."""
    try:
        number = int.from_bytes(urlsafe_b64decode(private + "=" * (-len(private) % 4)), "big")
        point = (
            ec.derive_private_key(number, ec.SECP256R1())
            .public_key()
            .public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        )
    except ValueError:
        return ""
    return urlsafe_b64encode(point).decode().rstrip("=")
