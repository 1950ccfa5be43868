"""Looks for people by what is sealed: each row is opened by itself, and one that will not open is passed over."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from holdfast.people.access import Actor
from holdfast.people.models import Client, Contact
from holdfast.people.queries import clients_with_number as with_number
from holdfast.people.queries import current_staff
from holdfast.people.rules import ContactKind, Role, plain_number
from holdfast.web.sealed import opened

MOST_FOUND = 8


def phones_of(staff_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """Phone numbers of colleagues, to ring them by hand when our own calls do not go out."""
    found: dict[int, tuple[str, ...]] = {}
    contacts = Contact.objects.filter(staff_id__in=list(staff_ids), kind=ContactKind.PHONE, ended_at=None)
    for contact in contacts.order_by("id"):
        number = opened(contact, "address")
        if number:
            found[contact.staff_id] = (*found.get(contact.staff_id, ()), number)
    return found


def phones_to_ring(on_duty: Iterable[int], now: datetime) -> "QuerySet[Contact]":
    """Whom to ring when our own calls do not go out: the phones of who is on duty, or else of those who lead."""
    duty = list(on_duty)
    leading = current_staff(now).filter(role__in=(Role.SUPERVISOR, Role.DIRECTOR))
    people = Q(staff_id__in=duty) if duty else Q(staff_id__in=leading.values("id"))
    return Contact.objects.filter(people, kind=ContactKind.PHONE, ended_at=None).order_by("id")


def clients_named(actor: Actor, words: str) -> tuple[list[Client], int]:
    """Clients whose name begins with these words, and how many names could not be read while looking.

    Whoever works with clients may help in any crisis, so this looks at all of the program. Names are
    sealed: each is opened, and nothing is kept.
    """
    wanted = words.casefold().split()
    if not actor.works_with_clients or sum(map(len, wanted)) < 2:
        return [], 0
    unread = 0

    def fits(client: Client) -> bool:
        nonlocal unread
        names = [opened(client, field, None) for field in ("name", "preferred_name")]
        unread += None in names
        parts = " ".join(each for each in names if each).casefold().split()
        return all(any(part.startswith(word) for part in parts) for word in wanted)

    found = [client for client in Client.objects.order_by("id").iterator() if fits(client)]
    return found[:MOST_FOUND], unread


def clients_with_number(actor: Actor, number: str) -> list[Client]:
    """Clients who gave us this number."""
    if not actor.works_with_clients or actor.program is None:
        return []
    return with_number(actor.program, plain_number(number))
