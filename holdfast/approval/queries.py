"""The only reads of approval. What they find belongs to the program whose scope is open."""

import json
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from holdfast.approval.models import Approval, Attestation, PackWording, ProtocolCopy
from holdfast.approval.rules import Signed, Standing, standing
from holdfast.content import load
from holdfast.content.protocols import protocol_from
from holdfast.content.shapes import ContentError, Protocol, Questionnaire, Status, Wording
from holdfast.content.units import Unit, digest_of, sums_at, units
from holdfast.ledger.sealed import readable

log = logging.getLogger("holdfast.approval")

COPY = "copy-"  # versions of a program's own copies: copy-1, copy-2


@dataclass(frozen=True)
class Card:
    """One piece of content with what this program has said of it."""

    unit: Unit
    approval: Approval | None
    standing: Standing

    @property
    def in_use(self) -> bool:
        return not self.unit.is_pack or self.standing is not Standing.DRAFT


def standing_approvals() -> dict[str, Approval]:
    """The approvals that have not ended, by the place of what they approve."""
    found = Approval.objects.filter(ended_at=None).select_related("approved_by", "confirmed_by")
    return {each.unit: each for each in found}


def signed(approval: Approval | None) -> Signed | None:
    """An approval as the rules read it."""
    if approval is None:
        return None
    return Signed(approval.digest, approval.approved_by_id, approval.confirmed_at is not None, approval.effective_from)


def cards(today: date) -> tuple[Card, ...]:
    """Everything that is shipped, with how it stands here today."""
    said = standing_approvals()
    return tuple(
        Card(each, said.get(each.path), standing(signed(said.get(each.path)), each.digest, today)) for each in units()
    )


def journal() -> "QuerySet[Approval]":
    """Every approval there ever was, the newest first."""
    return Approval.objects.select_related("approved_by", "confirmed_by", "ended_by", "copy").order_by("-id")


def approvals_of(path: Any, now: datetime) -> "QuerySet[Approval]":
    """The approval of what lies there, if two people gave it and its day has come. `path` may be an expression."""
    return Approval.objects.filter(unit=path, ended_at=None, confirmed_at__isnull=False, effective_at__lte=now)


def is_approved(path: str, now: datetime) -> bool:
    """Whether two people have approved this and its day has come. Its bytes are compared when a program starts."""
    return approvals_of(path, now).exists()


def approved_among(paths: Collection[str], now: datetime) -> frozenset[str]:
    """Which of these two people have approved, with their day come: one query."""
    found = Approval.objects.filter(unit__in=paths, ended_at=None, confirmed_at__isnull=False, effective_at__lte=now)
    return frozenset(found.values_list("unit", flat=True))


def is_draft(path: str, status: Status, now: datetime) -> bool:
    """Whether a page must say that nobody here has approved what it shows."""
    return status is Status.DRAFT and not is_approved(path, now)


def changed_behind_our_back() -> list[tuple[str, str]]:
    """The files that are no longer what this program approved, each with the place that was approved."""
    found = []
    for approval in Approval.objects.filter(ended_at=None, confirmed_at__isnull=False, copy=None).order_by("unit"):
        there = sums_at(approval.unit)
        if digest_of(there) == approval.digest:
            continue
        names = sorted(approval.sums.keys() | there.keys())
        for name in (each for each in names if approval.sums.get(each) != there.get(each)):
            folder = approval.unit if not approval.unit.endswith(".toml") else approval.unit.rpartition("/")[0]
            found.append((approval.unit, f"clinical/{folder}/{name}"))
    return found


def to_confirm(staff: int, today: date) -> int:
    """How many pieces a director other than this person has approved and nobody has confirmed.

    The files are read only where the table knows of any.
    """
    said = Approval.objects.filter(ended_at=None, confirmed_at=None, copy=None).exclude(approved_by=staff)
    paths = set(said.values_list("unit", flat=True))
    if not paths:
        return 0
    return sum(each.standing is Standing.WAITING and each.unit.path in paths for each in cards(today))


def drafts(today: date) -> list[Card]:
    """What is in use and not approved: a pack only once it is attested to."""
    may_use = attested_packs()
    return [
        each
        for each in cards(today)
        if each.standing in (Standing.DRAFT, Standing.WAITING, Standing.CHANGED)
        and (not each.unit.is_pack or each.unit.name in may_use)
    ]


# --- packs ------------------------------------------------------------------------------------


def attested_packs() -> dict[str, Attestation]:
    """The packs that this program may use, each with whose word that is."""
    found = Attestation.objects.filter(revoked_at=None).select_related("attested_by")
    return {each.pack: each for each in found}


def attestations() -> "QuerySet[Attestation]":
    """Every attestation there ever was, the newest first."""
    return Attestation.objects.select_related("attested_by", "revoked_by").order_by("-id")


def wording_of(form: Questionnaire) -> PackWording | None:
    """The licensed words of a pack, where somebody loaded them."""
    return PackWording.objects.filter(pack=form.name, version=form.version).order_by("-id").first()


def why_not_score(form: Questionnaire) -> str | None:
    """Why a pack is off, or None where the program may use it."""
    if form.licence is None or Attestation.objects.filter(pack=form.name, revoked_at=None).exists():
        return None
    return (
        f"The {form.scoring.short} is off: no administrator of this program has attested to a licence "
        f"of {form.licence.holder}."
    )


def why_not_ask(form: Questionnaire) -> str | None:
    """Why a client cannot be asked these questions, or None."""
    if no := why_not_score(form):
        return no
    if form.licence and form.licence.wording_is_loaded and wording_of(form) is None:
        return (
            f"The {form.scoring.short} has no wording here: whoever holds the licence loads it with "
            f"`holdfast content load-wording {form.name} FILE`."
        )
    return None


def worded(form: Questionnaire) -> Questionnaire:
    """A form as it is shown: a pack with the words that its licence holder loaded."""
    if form.licence is None or not form.licence.wording_is_loaded:
        return form
    row = wording_of(form)
    if row is None:
        return form
    words: Mapping[str, Any] = json.loads(row.words)
    items = (replace(item, text=Wording(**words[item.id])) if item.id in words else item for item in form.items)
    return replace(form, items=tuple(items))


# --- copies of protocols ------------------------------------------------------------------------


def copies(protocol: str | None = None) -> "QuerySet[ProtocolCopy]":
    """The program's own copies, the newest first."""
    found = ProtocolCopy.objects.select_related("changed_by", "sent_by").order_by("protocol", "-number")
    return found.filter(protocol=protocol) if protocol else found


def copies_to_approve() -> list[str]:
    """Copies that were sent and that two people have not approved yet, in words."""
    approved = Approval.objects.filter(ended_at=None, confirmed_at__isnull=False, copy=OuterRef("id"))
    ended = Approval.objects.filter(ended_at__isnull=False, copy=OuterRef("id"))
    sent = ProtocolCopy.objects.filter(~Exists(approved), ~Exists(ended), sent_at__isnull=False)
    return [f"copy {copy.number} of the protocol {copy.protocol}" for copy in sent.order_by("protocol", "number")]


def pin_of(copy: ProtocolCopy) -> str:
    """The version under which a crisis keeps to this copy."""
    return f"{COPY}{copy.number}"


# Plain SQL, the same every time: it stands between a worrying answer and its first page.
_IN_FORCE = """
    select c.id from approval_approval a join approval_protocolcopy c on c.program_id = a.program_id and c.id = a.copy_id
    where c.protocol = %s and a.ended_at is null and a.confirmed_at is not null and a.effective_at <= %s
    order by a.effective_at desc, c.number desc limit 1
"""


def protocol_now(name: str, now: datetime) -> tuple[Protocol, str]:
    """The protocol that a crisis of now follows, and the version to keep to: the program's own where one counts."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, [name, now])
        found = cursor.fetchone()
    if found:
        copy = ProtocolCopy.objects.get(id=found[0])
        try:
            return _in_force(copy), pin_of(copy)
        except ValueError as error:  # a worry does not wait for a guide that cannot be read: the shipped one helps
            log.error("a copy cannot be read", extra={"id": copy.id, "error": type(error).__name__})
    shipped = load.protocol(name)
    return shipped, str(shipped.version)


def protocol_kept(name: str, version: str) -> Protocol:
    """The protocol in the version that a crisis keeps to."""
    number = version.removeprefix(COPY)
    if version.startswith(COPY) and number.isdigit():
        copy = ProtocolCopy.objects.filter(protocol=name, number=int(number)).first()
        if copy is not None:
            try:
                return _in_force(copy)
            except ValueError as error:
                raise ContentError(f"Copy {number} of the protocol {name} cannot be read.") from error
    return load.protocol(name, version)


def _in_force(copy: ProtocolCopy) -> Protocol:
    """A copy that crises follow, or followed: two people have approved it."""
    return replace(read_copy(copy), status=Status.APPROVED)


def read_copy(copy: ProtocolCopy) -> Protocol:
    """A copy as a protocol. Copies that were sent never change, so they are read once."""
    text = readable(copy, "body")
    return _read(copy.protocol, copy.number, text)


@lru_cache(maxsize=64)
def _read(name: str, number: int, text: str) -> Protocol:
    return protocol_from(json.loads(text), name, number)
