"""Clinical content: what there is, what it says, who approved it, and the forms for the two who do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.approval import actions, queries
from holdfast.approval.models import Approval, ProtocolCopy
from holdfast.approval.queries import Card
from holdfast.approval.rules import MAY_APPROVE, MAY_ATTEST, MAY_CONFIRM, NotAllowed, Standing
from holdfast.content import load, units
from holdfast.content.seal import verify_content
from holdfast.content.shapes import Questionnaire
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.admin.content_reading import reading
from holdfast.web.admin.presses import press
from holdfast.web.proved import proved_to_change
from holdfast.web.team.frame import draw, me
from holdfast.web.team.reading import NotRead, Typed, day, typed, words

KINDS: Final = {
    "questionnaire": gettext_noop("Questionnaires"),
    "protocol": gettext_noop("Protocols"),
    "escalation": gettext_noop("Clocks and signals"),
    "signals": gettext_noop("Clocks and signals"),
    "cadence": gettext_noop("Clocks and signals"),
    "policy": gettext_noop("What clients sign and write"),
    "consent": gettext_noop("What clients sign and write"),
    "state": gettext_noop("What the law of a state says"),
    "exercise": gettext_noop("Exercises and scripts"),
    "script": gettext_noop("Exercises and scripts"),
    "review": gettext_noop("After a crisis"),
    "helplines": gettext_noop("Helplines and codes"),
    "codes": gettext_noop("Helplines and codes"),
}
STATES: Final = {
    Standing.DRAFT: gettext_noop("Draft"),
    Standing.WAITING: gettext_noop("Waits for a second person"),
    Standing.DATED: gettext_noop("Approved, from a day to come"),
    Standing.APPROVED: gettext_noop("Approved"),
    Standing.CHANGED: gettext_noop("Changed since it was approved"),
}
MARKS: Final = {
    Standing.DRAFT: "warn",
    Standing.WAITING: "info",
    Standing.DATED: "info",
    Standing.APPROVED: "safe",
    Standing.CHANGED: "bad",
}
MOST_LISTED = 100
DONE: Final = {
    "approve": gettext_noop("Approved."),
    "confirm": gettext_noop("Confirmed."),
    "withdraw": gettext_noop("Taken back. It is a draft again."),
    "attest": gettext_noop("Attested. The program may use it."),
    "revoke": gettext_noop("Revoked. The form is off."),
}


@dataclass(frozen=True)
class Row:
    """One line of the list. `off`: a pack that nobody has attested to."""

    card: Card
    state: str
    mark: str
    off: bool
    for_me: bool


@staff_page("read content")
def content(request: PageRequest) -> HttpResponse:
    """Everything by kind, what waits for this person first."""
    rows = _rows(request)
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(_(KINDS[row.card.unit.kind]), []).append(row)
    used = [row for row in rows if not row.off]
    context = {
        "groups": groups.items(),
        "for_me": [row for row in rows if row.for_me],
        "approved": sum(row.card.standing is Standing.APPROVED for row in used),
        "of": len(used),
        "copies": [(copy, copy_state(copy, request)) for copy in queries.copies()[:MOST_LISTED]],
    }
    return draw(request, "admin/content.html", context, nav="program")


def _rows(request: PageRequest) -> list[Row]:
    """Everything that is shipped, each with whether it waits for this person."""
    role, staff = request.actor.role, me(request)
    may_use = queries.attested_packs()
    rows = []
    for card in queries.cards(_today(request)):
        off = card.unit.is_pack and card.unit.name not in may_use
        first = card.standing in (Standing.DRAFT, Standing.CHANGED) and role in MAY_APPROVE
        second = (
            card.standing is Standing.WAITING
            and role in MAY_CONFIRM
            and card.approval is not None
            and card.approval.approved_by_id != staff.id
        )
        state = _("Off: needs a licence") if off else _(STATES[card.standing])
        rows.append(Row(card, state, "" if off else MARKS[card.standing], off, not off and (first or second)))
    return rows


@staff_page("read content")
def journal(request: PageRequest) -> HttpResponse:
    """Every approval and every attestation there ever was."""
    context = {
        "approvals": queries.journal()[:MOST_LISTED],
        "attestations": queries.attestations()[:MOST_LISTED],
        "packs": {name: load.questionnaire(name).scoring.short for name in load.pack_names()},
        "most": MOST_LISTED,
    }
    return draw(request, "admin/content_journal.html", context, nav="program")


@staff_page("read content")
@proved_to_change
def unit(request: PageRequest, path: str) -> HttpResponse:
    """One piece of content: what it says, how it stands, and what this person may do about it."""
    card = next((each for each in queries.cards(_today(request)) if each.unit.path == path), None)
    if card is None:
        raise Http404
    form, refused, status = Typed(), "", 200
    if request.method == "POST":
        form = typed(request.POST)
        refused, status = press(request, DEEDS, card, form)
        if status == 200:
            return redirect(f"{reverse('content_unit', args=[path])}?did={form.get('do')}")
    context = _about(request, card, form, refused) | _done(request, card)
    return draw(request, "admin/content_unit.html", context, nav="program", status=status)


def _done(request: PageRequest, card: Card) -> dict[str, object]:
    """After a press: that it is done, as far as that is so, how many pieces still wait for this person, and the next."""
    did, mine = request.GET.get("did", ""), me(request).id
    said = card.approval
    holds = {
        "approve": said is not None and said.approved_by_id == mine,
        "confirm": said is not None and said.confirmed_by_id == mine,
        "withdraw": said is None,
        "attest": card.unit.name in queries.attested_packs(),
        "revoke": card.unit.name not in queries.attested_packs(),
    }
    if request.method == "POST" or not holds.get(did):
        return {}
    rows = _rows(request)
    here = next((place for place, row in enumerate(rows) if row.card.unit.path == card.unit.path), 0)
    waits = [
        row.card.unit for row in [*rows[here:], *rows[:here]] if row.for_me and row.card.unit.path != card.unit.path
    ]
    return {"done": _(DONE[did]), "to_go": len(waits), "next": waits[0] if waits else None}


def _about(request: PageRequest, card: Card, form: Typed, refused: str) -> dict[str, object]:
    role, unit_ = request.actor.role, card.unit
    pack = load.questionnaire(unit_.name, unit_.version) if unit_.is_pack else None
    attested = queries.attested_packs().get(unit_.name) if pack else None
    standing_one = card.approval
    mine = standing_one is not None and standing_one.approved_by_id == me(request).id
    return {
        "card": card,
        "unit": unit_,
        "state": _(STATES[card.standing]),
        "mark": MARKS[card.standing],
        "standing": card.standing.value,
        "nodes": reading(unit_),
        "digest": unit_.digest,
        "approval": standing_one,
        "faults": _faults(unit_.path),
        "kept": dict(form.values),
        "refused": refused,
        "today": _today(request),
        "may_approve": role in MAY_APPROVE
        and card.standing in (Standing.DRAFT, Standing.CHANGED)
        and (pack is None or attested is not None),
        "may_confirm": role in MAY_CONFIRM and card.standing is Standing.WAITING and not mine,
        "approved_it_myself": mine and card.standing is Standing.WAITING,
        "may_withdraw": role in MAY_APPROVE and standing_one is not None,
        "history": queries.journal().filter(Q(unit=unit_.path))[:MOST_LISTED],
        "pack": pack,
        "attested": attested,
        "attestations": queries.attestations().filter(pack=unit_.name)[:MOST_LISTED] if pack else (),
        "wording": queries.wording_of(pack) if pack and pack.licence and pack.licence.wording_is_loaded else None,
        "may_attest": role in MAY_ATTEST,
        "copies": [(copy, copy_state(copy, request)) for copy in queries.copies(unit_.name)[:MOST_LISTED]]
        if unit_.kind == "protocol"
        else (),
        "may_copy": unit_.kind == "protocol" and role in MAY_CONFIRM,
    }


def copy_state(copy: ProtocolCopy, request: PageRequest) -> str:
    """How a copy stands, in words."""
    if copy.sent_at is None:
        return _("being edited")
    approval = Approval.objects.filter(copy=copy).order_by("-id").first()
    if approval is None:
        return _("sent, waits for the director")
    if approval.ended_at is not None:
        return _("taken back")
    if approval.confirmed_at is None:
        return _("waits for a second person")
    if approval.effective_at > request.now:
        return _("counts from %(day)s") % {"day": approval.effective_from.isoformat()}
    return _("counts")


def _today(request: PageRequest) -> date:
    return timezone.localtime(request.now).date()


def _faults(path: str) -> list[str]:
    """What was changed behind the seal's back in this very place."""
    return [line for line in verify_content() if line.startswith(f"clinical/{path}")]


# --- what the forms do -----------------------------------------------------------------------------


def _approve(request: PageRequest, card: Card, form: Typed) -> None:
    if faults := _faults(card.unit.path):
        raise NotAllowed(faults[0])
    actions.approve(
        card.unit.path,
        units.sums_at(card.unit.path),
        me(request),
        day(form, "effective_from"),
        form.get("read"),
        request.now,
    )


def _confirm(request: PageRequest, card: Card, form: Typed) -> None:
    if form.get("agree") != "yes":
        raise NotRead("agree", _("Say that you read it, with the box above the button."))
    actions.confirm(card.unit.path, units.sums_at(card.unit.path), me(request), form.get("read"), request.now)


def _withdraw(request: PageRequest, card: Card, form: Typed) -> None:
    actions.withdraw(card.unit.path, me(request), request.now)


def _attest(request: PageRequest, card: Card, form: Typed) -> None:
    if form.get("agree") != "yes":
        raise NotRead("agree", _("Say that the program may use this form, with the box above the button."))
    said = {name: words(form, name) for name in ("holder", "licence", "reference")}
    actions.attest(_pack(card), me(request), said, request.now)


def _revoke(request: PageRequest, card: Card, form: Typed) -> None:
    actions.revoke(_pack(card).name, me(request), words(form, "why"), request.now)


def _pack(card: Card) -> Questionnaire:
    if not card.unit.is_pack:
        raise NotAllowed(_("This form needs no licence."))
    return load.questionnaire(card.unit.name, card.unit.version)


DEEDS: Final[dict[str, Callable[[PageRequest, Card, Typed], None]]] = {
    "approve": _approve,
    "confirm": _confirm,
    "withdraw": _withdraw,
    "attest": _attest,
    "revoke": _revoke,
}
