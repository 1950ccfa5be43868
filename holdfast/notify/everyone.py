"""A test page to every contact of the staff, and who answered it. It asks nobody for help and is no paging."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from holdfast.ledger.models import Fact, Program
from holdfast.ledger.record import record
from holdfast.notify.actions import test_contact
from holdfast.notify.models import Attempt
from holdfast.notify.queries import CODE_LASTS
from holdfast.notify.rules import State
from holdfast.people.facts import EveryoneTested
from holdfast.people.models import Contact, Staff
from holdfast.people.queries import here_or_coming, working_contacts

REST: Final = timedelta(minutes=10)
RANK: Final = 3  # behind everything that somebody waits for
CODES: Final = frozenset(map(str, range(1000, 10000)))


class TooSoon(ValueError):
    """A test is still under way."""


@dataclass(frozen=True)
class Round:
    """A test that went to everyone: when, who pressed it, to how many contacts."""

    at: datetime
    by: int
    contacts: int

    def again_at(self) -> datetime:
        return self.at + REST


@dataclass(frozen=True)
class Heard:
    """One contact in a test: whether its owner answered on it, and when; or that it could not be sent."""

    contact: Contact
    answered_at: datetime | None
    failed: bool


def test_everyone(program: Program, by: Staff, now: datetime) -> int:
    """Queue a test for every contact that can be tried, behind all real pages. Returns to how many."""
    Program.objects.select_for_update(no_key=True).get(id=program.id)
    last = last_round(program.id)
    if last is not None and now < last.again_at():
        raise TooSoon("A test went out less than ten minutes ago. Wait for its answers first.")
    contacts = list(working_contacts().filter(staff__in=here_or_coming(now)).order_by("id"))
    if not contacts:
        raise ValueError("Nobody has a contact yet. Add phones first.")
    taken = _codes_in_use([contact.address_hash for contact in contacts], now)
    for contact in contacts:
        test_contact(contact, _free_code(taken.get(contact.address_hash, set())), now, rank=RANK)
    record(EveryoneTested(program=program.id, contacts=len(contacts), by=by.id), now)
    return len(contacts)


def _codes_in_use(handsets: list[str], now: datetime) -> dict[str, set[str]]:
    """The codes that a person could still answer on each handset: none of them may be that of a test."""
    found: dict[str, set[str]] = {}
    asked = Attempt.objects.filter(handset__in=handsets, at__gt=now - CODE_LASTS, args__has_key="code")
    for handset, code in asked.values_list("handset", "args__code"):
        found.setdefault(handset, set()).add(str(code))
    return found


def _free_code(taken: set[str]) -> str:
    return secrets.choice(sorted(CODES - taken) or sorted(CODES))


def last_round(program: int) -> Round | None:
    """The newest test to everyone."""
    fact = Fact.objects.filter(program_id=program, kind=EveryoneTested.__name__).order_by("-at", "-id").first()
    return Round(fact.at, fact.data["by"], fact.data["contacts"]) if fact else None


def heard(last: Round, now: datetime) -> dict[Staff, list[Heard]]:
    """Everyone who is here now, with what became of the test on each of their contacts."""
    tried = Attempt.objects.filter(for_what="test", at__gte=last.at)
    states: dict[int, set[str]] = {}
    for contact_id, state in tried.values_list("for_id", "state"):
        states.setdefault(contact_id, set()).add(state)
    people = {staff.id: staff for staff in here_or_coming(now).order_by("name")}
    found: dict[Staff, list[Heard]] = {staff: [] for staff in people.values()}
    for contact in Contact.objects.filter(ended_at=None, staff_id__in=people).order_by("id"):
        answered = contact.tested_at if contact.tested_at and contact.tested_at >= last.at else None
        failed = answered is None and (
            contact.unreachable_since is not None or states.get(contact.id, set()) == {State.FAILED_FOR_GOOD.value}
        )
        found[people[contact.staff_id]].append(Heard(contact, answered, failed))
    return found


def tests_waiting(staff_id: int, now: datetime) -> frozenset[int]:
    """The contacts of this person that were sent a test lately and have not been answered on since."""
    sent = Attempt.objects.filter(
        staff_id=staff_id, for_what="test", at__gt=now - timedelta(days=1), contact__ended_at=None
    ).select_related("contact")
    return frozenset(
        attempt.for_id
        for attempt in sent.order_by("at")
        if attempt.contact and (attempt.contact.tested_at is None or attempt.contact.tested_at < attempt.at)
    )
