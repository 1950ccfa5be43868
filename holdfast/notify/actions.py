"""The writers of notify, except the senders (sender.py). Every action needs the open transaction of a scope."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final
from uuid import UUID

from django.db.models import F

from holdfast.ledger.record import record
from holdfast.ledger.rows import add
from holdfast.ledger.wake import ring
from holdfast.notify.facts import ChannelTroubled, ChannelWorks
from holdfast.notify.models import Attempt, Trouble
from holdfast.notify.rules import (
    CALL_ENDED,
    GONE,
    LINE_HELD,
    WAITING,
    Channel,
    News,
    State,
    after,
    call_news,
    retry_after,
    text_news,
)
from holdfast.people.actions import mark_reachable, mark_tested, mark_unreachable
from holdfast.people.models import Contact
from holdfast.people.queries import working_contacts
from holdfast.people.rating import end_reminders
from holdfast.people.rules import ContactKind

CHANNELS_OF: Final = {
    ContactKind.PHONE: (Channel.SMS, Channel.VOICE),
    ContactKind.PUSH: (Channel.PUSH,),
    ContactKind.EMAIL: (Channel.EMAIL,),
}
# What wakes people: from `same_day` on only what a person sees who is at work.
QUIET: Final = frozenset({Channel.IN_APP, Channel.PUSH})
LOUDEST_RANK: Final = 1
_TOLD_BY: Final = frozenset({Channel.IN_APP, Channel.PUSH, Channel.SMS})
WRITTEN: Final = _TOLD_BY | {Channel.EMAIL}


@dataclass(frozen=True)
class PageToSend:
    """One page of one person, with what they can answer."""

    page: int
    staff: int
    code: str
    digit: str
    cannot_digit: str
    uid: UUID | None = None
    """names the page in a link"""
    asked_before: bool = True
    """an earlier turn may still have something to try for it"""


def send_pages(
    program: int,
    pages: Sequence[PageToSend],
    *,
    rank: int,
    no_cover: bool,
    again: bool,
    now: datetime,
    marks: Mapping[str, str] = MappingProxyType({}),
) -> Sequence[Attempt]:
    """Queue every page on every working channel of its person, due at once. Told apart by neither names nor reasons."""
    if again_pages := [page.page for page in pages if page.asked_before]:
        _set_aside("page", again_pages, now)
    contacts = _contacts({page.staff for page in pages})
    allowed = frozenset(Channel) if rank <= LOUDEST_RANK else QUIET
    marks = {**marks, **{name: "1" for name, said in (("no_cover", no_cover), ("again", again)) if said}}
    made = []
    for page in pages:
        args = {"code": page.code, "digit": page.digit, "cannot_digit": page.cannot_digit, **marks}
        if page.uid is not None:
            args["page"] = str(page.uid)
        made += _for_person(
            program, page.staff, contacts.get(page.staff, []), allowed, "page", args, "page", page.page, rank, now
        )
    return add(made)


def tell(
    program: int,
    staff: int,
    words: str,
    *,
    for_what: str,
    for_id: int,
    rank: int,
    now: datetime,
    name: str = "",
    by: frozenset[Channel] = frozenset(),
) -> Sequence[Attempt]:
    """Tell one person something that asks for no answer, in fixed words; `name` is a first name of staff.

    `by` names the channels; without it the urgency decides.
    """
    allowed = by or (_TOLD_BY if rank <= LOUDEST_RANK else QUIET)
    args = {"name": name} if name else {}
    contacts = _contacts({staff}).get(staff, [])
    return add(_for_person(program, staff, contacts, allowed, words, args, for_what, for_id, rank, now))


def test_contact(
    contact: Contact,
    code: str,
    now: datetime,
    *,
    rank: int = LOUDEST_RANK,  # noqa: PT028 (a test that is sent, not one that is run)
) -> list[Attempt]:
    """Send a test to one contact. Only the answer makes it a tested one."""
    channels = [channel for channel in CHANNELS_OF[ContactKind(contact.kind)] if channel is not Channel.VOICE]
    made = [
        _attempt(
            contact.program_id,
            contact.staff_id,
            contact,
            channel,
            "test",
            {"code": code},
            "test",
            contact.id,
            rank,
            now,
        )
        for channel in channels
    ]
    ring("send")
    return Attempt.objects.bulk_create(made)


def _contacts(staff: Iterable[int]) -> dict[int, list[Contact]]:
    """Contacts that can be tried, by person. Addresses stay sealed here."""
    found: dict[int, list[Contact]] = {}
    for contact in working_contacts(sorted(staff)).only("program_id", "staff_id", "kind", "address_hash"):
        found.setdefault(contact.staff_id, []).append(contact)
    return found


def _for_person(
    program: int,
    staff: int,
    contacts: Iterable[Contact],
    allowed: frozenset[Channel],
    words: str,
    args: dict[str, str],
    for_what: str,
    for_id: int,
    rank: int,
    now: datetime,
) -> list[Attempt]:
    made = [_attempt(program, staff, None, Channel.IN_APP, words, args, for_what, for_id, rank, now)]
    for contact in contacts:
        made += [
            _attempt(program, staff, contact, channel, words, args, for_what, for_id, rank, now)
            for channel in CHANNELS_OF[ContactKind(contact.kind)]
            if channel in allowed
        ]
    return made


def _attempt(
    program: int,
    staff: int,
    contact: Contact | None,
    channel: Channel,
    words: str,
    args: dict[str, str],
    for_what: str,
    for_id: int,
    rank: int,
    now: datetime,
) -> Attempt:
    return Attempt(
        program_id=program,
        staff_id=staff,
        contact=contact,
        handset=contact.address_hash if contact else f"staff {staff}",
        channel=channel,
        words=words,
        args=args,
        for_what=for_what,
        for_id=for_id,
        urgency_rank=rank,
        state=State.QUEUED,
        due_at=now,
        at=now,
    )


def _set_aside(for_what: str, for_ids: Sequence[int], now: datetime) -> None:
    """A new turn asks afresh: what an earlier one still had to try is not needed. Never waits for a sender."""
    old = (
        Attempt.objects.select_for_update(skip_locked=True)
        .filter(for_what=for_what, for_id__in=for_ids, state__in=WAITING)
        .values_list("id", flat=True)
    )
    Attempt.objects.filter(id__in=list(old)).update(state=State.NOT_NEEDED, due_at=None, done_at=now)


# ---- receipts ---------------------------------------------------------------------------------------


def text_receipt(uid: UUID, sid: str, status: str, code: int | None, now: datetime) -> bool:
    """A carrier's receipt of a text. Late, doubled and disordered ones change nothing further."""
    news = text_news(status, code)
    return news is not None and _receipt(uid, sid, status, news, code, now)


def call_receipt(uid: UUID, sid: str, status: str, now: datetime) -> bool:
    """A carrier's receipt of a call; its end frees the line."""
    news = call_news(status)
    return news is not None and _receipt(uid, sid, status, news, None, now)


def _receipt(uid: UUID, sid: str, status: str, news: News, code: int | None, now: datetime) -> bool:
    """Apply a receipt to an attempt and to all that were told in the same text or call."""
    first = Attempt.objects.select_for_update().filter(uid=uid).first()
    if first is None:
        return False
    # A receipt of an earlier try is news only when it says that it arrived after all.
    if first.provider_id and first.provider_id != sid and news is not News.DELIVERED:
        return True
    others = Attempt.objects.select_for_update().filter(together_with=uid).order_by("id")
    for attempt in [first, *others]:
        _apply(attempt, sid, status, news, code, now)
    if first.contact_id is not None and code is not None and code in GONE and news is News.REFUSED:
        contact_lost(first.contact_id, GONE[code], now)
    if first.wish_id is not None and code is not None and code in GONE and news is News.REFUSED:
        end_reminders(first.wish.client_id, GONE[code], now)
    return True


def _apply(attempt: Attempt, sid: str, status: str, news: News, code: int | None, now: datetime) -> None:
    state = after(State(attempt.state), news)
    changed = state != attempt.state
    attempt.provider_id = attempt.provider_id or sid
    if attempt.channel == Channel.VOICE:
        over = status in CALL_ENDED or attempt.provider_state in CALL_ENDED
        attempt.line_until = None if over else now + LINE_HELD
    if attempt.provider_state not in CALL_ENDED:
        attempt.provider_state = status
    if changed:
        attempt.state = state
        wait = retry_after(attempt.tries) if state is State.FAILED_FOR_NOW and status != "no-answer" else None
        attempt.due_at = now + wait if wait is not None else None
        attempt.last_error = (
            "" if state is State.DELIVERED else f"{status} {code or ''}".strip() if news is not News.CARRIED else ""
        )
        if state in (State.DELIVERED, State.FAILED_FOR_GOOD, State.FAILED_FOR_NOW):
            attempt.done_at = now
    attempt.save()


# ---- contacts ---------------------------------------------------------------------------------------


def contact_lost(contact_id: int, why: str, now: datetime) -> None:
    """A contact does not work any more: it is a gap at once, and what waits for it is not sent."""
    contact = Contact.objects.filter(id=contact_id).first()
    if contact is None:
        return
    mark_unreachable(contact, why, now)
    waiting = (
        Attempt.objects.select_for_update(skip_locked=True)
        .filter(contact_id=contact_id, state__in=WAITING)
        .values_list("id", flat=True)
    )
    Attempt.objects.filter(id__in=list(waiting)).update(
        state=State.FAILED_FOR_GOOD, due_at=None, done_at=now, last_error=why[:120]
    )


def contact_answered(contact: Contact, now: datetime) -> None:
    """A human answered on it: that, and nothing less, makes a contact a tested one."""
    mark_tested(contact.id, now)


def contact_back(contact: Contact) -> None:
    """Its owner wants to be reached there again."""
    mark_reachable(contact)


# ---- troubles of whole channels -----------------------------------------------------------------------


def channel_trouble(program: int, channel: Channel, why: str, now: datetime) -> Trouble:
    """A channel does not do its work. Announced once, counted while it lasts."""
    Trouble.objects.filter(program_id=program, channel=channel, why=why, until=None).update(
        count=F("count") + 1, last_at=now
    )
    trouble, fresh = Trouble.objects.get_or_create(
        program_id=program, channel=channel, why=why, until=None, defaults={"since": now, "last_at": now}
    )
    if fresh:
        record(ChannelTroubled(program=program, trouble=trouble.id, channel=channel, why=why), now)
    return trouble


def channel_works(program: int, channel: Channel, why: str, now: datetime) -> None:
    """A channel was seen doing its work again."""
    for trouble in Trouble.objects.select_for_update().filter(program_id=program, channel=channel, why=why, until=None):
        trouble.until = now
        trouble.save(update_fields=["until"])
        record(ChannelWorks(program=program, trouble=trouble.id, channel=channel, why=why), now)


def forget_old_refusals(program: int, now: datetime) -> None:
    """A refused webhook that was not repeated for a while is over."""
    for trouble in Trouble.objects.filter(
        program_id=program, why=REFUSED_WEBHOOK, until=None, last_at__lt=now - REFUSAL_LASTS
    ):
        channel_works(program, Channel(trouble.channel), REFUSED_WEBHOOK, now)


REFUSED_WEBHOOK: Final = "refused_webhook"
CANNOT_SEND: Final = "cannot_send"
REFUSAL_LASTS: Final = timedelta(minutes=10)
