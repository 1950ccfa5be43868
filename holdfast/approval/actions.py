"""The only writer of approvals and attestations. Every action needs the open transaction of a scope."""

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from holdfast.approval import queries
from holdfast.approval.facts import (
    ApprovalEnded,
    ContentApproved,
    ContentConfirmed,
    PackAttested,
    PackRevoked,
    WordingLoaded,
)
from holdfast.approval.models import Approval, Attestation, PackWording, ProtocolCopy
from holdfast.approval.rules import (
    MAY_APPROVE,
    MAY_ATTEST,
    MOST_LETTERS,
    NotAllowed,
    standing,
    why_not_approve,
    why_not_attest,
    why_not_confirm,
)
from holdfast.content.shapes import Questionnaire
from holdfast.content.units import digest_of
from holdfast.ledger.models import Program
from holdfast.ledger.record import record
from holdfast.people.models import Staff
from holdfast.people.rules import Role, zone


def approve(
    unit: str,
    sums: Mapping[str, str],
    by: Staff,
    effective_from: date | None,
    read: str,
    now: datetime,
    copy: ProtocolCopy | None = None,
) -> Approval:
    """The director approves what lies there. `read` is the digest of what they were shown."""
    before = _standing_one(unit)
    here, today = _place(by.program_id, now)
    digest = digest_of(sums)
    how = standing(queries.signed(before), digest, today)
    if no := why_not_approve(Role(by.role), how, read, digest, effective_from, today):
        raise NotAllowed(no)
    if before is not None:
        _end(before, by, "replaced", now)
    assert effective_from is not None  # noqa: S101 - `why_not_approve` has said so
    approval = Approval.objects.create(
        program_id=by.program_id,
        unit=unit,
        copy=copy,
        digest=digest,
        sums=dict(sums),
        effective_from=effective_from,
        effective_at=datetime.combine(effective_from, time(), here),
        approved_by=by,
        approved_at=now,
    )
    record(ContentApproved(program=by.program_id, approval=approval.id, by=by.id), now)
    return approval


def confirm(unit: str, sums: Mapping[str, str], by: Staff, read: str, now: datetime) -> Approval:
    """The second person confirms. From its day on it counts."""
    approval = _standing_one(unit)
    _, today = _place(by.program_id, now)
    if no := why_not_confirm(Role(by.role), by.id, queries.signed(approval), read, digest_of(sums), today):
        raise NotAllowed(no)
    assert approval is not None  # noqa: S101 - `why_not_confirm` has said so
    approval.confirmed_by, approval.confirmed_at = by, now
    approval.save(update_fields=["confirmed_by", "confirmed_at"])
    record(ContentConfirmed(program=by.program_id, approval=approval.id, by=by.id), now)
    return approval


def withdraw(unit: str, by: Staff | None, now: datetime) -> None:
    """An approval is taken back, by the director or by whoever runs the machine: the content is a draft again."""
    if by is not None and by.role not in MAY_APPROVE:
        raise NotAllowed("Only the clinical director takes an approval back.")
    approval = _standing_one(unit)
    if approval is None:
        raise NotAllowed("Nobody has approved this, so there is nothing to take back.")
    _end(approval, by, "withdrawn", now)


def _end(approval: Approval, by: Staff | None, why: str, now: datetime) -> None:
    approval.ended_by, approval.ended_at, approval.ended_why = by, now, why
    approval.save(update_fields=["ended_by", "ended_at", "ended_why"])
    record(ApprovalEnded(program=approval.program_id, approval=approval.id, by=by.id if by else None), now)


def _standing_one(unit: str) -> Approval | None:
    return Approval.objects.select_for_update().filter(unit=unit, ended_at=None).first()


def _place(program: int, now: datetime) -> tuple[Any, date]:
    """The program's time zone, and which day it is there."""
    here = zone(Program.objects.values_list("timezone", flat=True).get(id=program))
    return here, now.astimezone(here).date()


# --- packs ------------------------------------------------------------------------------------


def attest(form: Questionnaire, by: Staff, said: Mapping[str, str], now: datetime) -> Attestation:
    """Somebody who runs the program says that it may use a licensed form."""
    if form.licence is None:
        raise NotAllowed("This form needs no licence.")
    already = Attestation.objects.select_for_update().filter(pack=form.name, revoked_at=None).exists()
    if no := why_not_attest(Role(by.role), said, already):
        raise NotAllowed(no)
    attestation = Attestation.objects.create(
        program_id=by.program_id,
        pack=form.name,
        holder=said["holder"].strip(),
        licence=said["licence"].strip(),
        reference=said["reference"].strip(),
        attested_by=by,
        attested_at=now,
    )
    record(PackAttested(program=by.program_id, attestation=attestation.id, by=by.id), now)
    return attestation


def revoke(pack: str, by: Staff, why: str, now: datetime) -> None:
    """The licence ended, or was a mistake: the form is off again, and what was attested stays on record."""
    if by.role not in MAY_ATTEST:
        raise NotAllowed("Only a director or an administrator revokes this.")
    attestation = Attestation.objects.select_for_update().filter(pack=pack, revoked_at=None).first()
    if attestation is None:
        raise NotAllowed("Nobody attests to this now, so there is nothing to revoke.")
    if not why.strip():
        raise NotAllowed("Say why it is revoked.")
    attestation.revoked_by, attestation.revoked_at, attestation.revoked_why = by, now, why.strip()
    attestation.save(update_fields=["revoked_by", "revoked_at", "revoked_why"])
    record(PackRevoked(program=attestation.program_id, attestation=attestation.id, by=by.id), now)


def load_wording(program: int, form: Questionnaire, said: Mapping[str, Any], now: datetime) -> PackWording:
    """Keep the licensed words of a pack, checked against its questions. A further file is a further version."""
    if form.licence is None or not form.licence.wording_is_loaded:
        raise NotAllowed(f"The {form.scoring.short} brings its own words; there is nothing to load.")
    if said.get("pack") != form.name or str(said.get("version")) != form.version:
        raise NotAllowed(f'The file must say pack = "{form.name}" and version = "{form.version}".')
    items = said.get("items")
    wanted = [item.id for item in form.items]
    if not isinstance(items, dict) or sorted(items) != sorted(wanted):
        missing = [each for each in wanted if not isinstance(items, dict) or each not in items]
        extra = sorted(set(items) - set(wanted)) if isinstance(items, dict) else []
        what = f"has no words for {', '.join(missing)}" if missing else f"names {', '.join(extra)[:80]}, which is none"
        raise NotAllowed(f"The file {what}. The questions are {', '.join(wanted)}.")
    words = {item: _words(item, items[item]) for item in wanted}
    text = json.dumps(words, ensure_ascii=False, sort_keys=True)
    row = PackWording.objects.create(
        program_id=program,
        pack=form.name,
        version=form.version,
        words=text,
        digest=digest_of({"words": text}),
        loaded_at=now,
    )
    record(WordingLoaded(program=program, wording=row.id), now)
    return row


def _words(item: str, said: object) -> dict[str, str]:
    if not isinstance(said, dict) or not set(said) <= {"en", "es"}:
        raise NotAllowed(f'Question {item} must have its words as en = "…" and, where you have them, es = "…".')
    english, spanish = said.get("en", ""), said.get("es", "")
    if not isinstance(english, str) or not isinstance(spanish, str) or not english.strip():
        raise NotAllowed(f"Question {item} has no English words.")
    if max(len(english), len(spanish)) > MOST_LETTERS:
        raise NotAllowed(f"Question {item} is longer than {MOST_LETTERS} letters.")
    return {"en": english.strip(), "es": spanish.strip()}
