"""A program's own copy of a protocol: step by step, with the difference to what we ship, and on to be approved."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import ndiff
from typing import Any, Final

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from holdfast.approval import actions, copying, queries
from holdfast.approval.models import Approval, ProtocolCopy
from holdfast.approval.rules import MAY_APPROVE, MAY_CONFIRM, NotAllowed, Standing, standing, why_not_send
from holdfast.content import load
from holdfast.content.protocols import END, ROLES, WHEN_LATE
from holdfast.content.units import digest_of
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.admin.content import MARKS, STATES, copy_state
from holdfast.web.admin.content_reading import of_protocol
from holdfast.web.admin.presses import press
from holdfast.web.proved import proved_for
from holdfast.web.team.frame import draw, me
from holdfast.web.team.reading import NotRead, Typed, day, typed, words

LINES = ("say", "record")
PAIRS = ("title", "purpose", "then_words")


@dataclass(frozen=True)
class Change:
    """One line of the difference: kept, only in ours, or only in the shipped one."""

    kind: str
    words: str


@staff_page("read content")
def begin(request: PageRequest, protocol: str) -> HttpResponse:
    """Begin a copy, or go on with the one that is being edited."""
    if request.method != "POST" or protocol not in load.protocol_names():
        raise Http404
    _must_edit(request)
    made = copying.begin(protocol, me(request), request.now)
    return redirect("content_copy", protocol, made.number)


@staff_page("read content")
@proved_for("send", "approve", "confirm", "withdraw")
def copy(request: PageRequest, protocol: str, number: int) -> HttpResponse:
    """The steps of a copy, what differs from the shipped one, and what comes next."""
    found = _the(protocol, number)
    form, refused, status = Typed(), "", 200
    if request.method == "POST":
        form = typed(request.POST)
        refused, status = press(request, DEEDS, found, form)
        if status == 200:
            return redirect("content_copy", protocol, number)
        found = _the(protocol, number)
    context = _about(request, found, form, refused)
    return draw(request, "admin/content_copy.html", context, nav="program", status=status)


@staff_page("read content")
def step(request: PageRequest, protocol: str, number: int, step: str) -> HttpResponse:
    """One step of a copy as a form. What was typed stays, whatever is refused."""
    found = _the(protocol, number)
    body = json.loads(found.body)
    at = next((place for place, each in enumerate(body["steps"]) if each["id"] == step), None)
    if at is None or found.sent_at is not None:
        return redirect("content_copy", protocol, number)
    _must_edit(request)
    shown, refused, status = _in_form(body["steps"][at]), "", 200
    if request.method == "POST":
        form = typed(request.POST)
        shown = {**shown, **dict(form.values)}
        try:
            with transaction.atomic():
                copying.change(found, me(request), _edition(form), copying.put_step(step, _fields(form)), request.now)
            return redirect(f"{request.path.rsplit('/', 2)[0]}/#s-{step}")
        except NotRead as no:
            refused, status = str(no), 400
        except NotAllowed as no:
            refused, status = str(no), 409
    context = {
        "copy": found,
        "protocol": load.protocol(protocol),
        "step": body["steps"][at],
        "number": at + 1,
        "shown": shown,
        "edition": shown.get("edition") if status == 400 else _the(protocol, number).edition,
        "refused": refused,
        "roles": ROLES,
        "when_late": WHEN_LATE,
        "follows": [
            (each["id"], place + 1, each["title"]["en"]) for place, each in enumerate(body["steps"]) if place > at
        ],
        "end": END,
    }
    return draw(request, "admin/content_step.html", context, nav="program", status=status)


def _the(protocol: str, number: int) -> ProtocolCopy:
    found = queries.copies(protocol).filter(number=number).first()
    if found is None or protocol not in load.protocol_names():
        raise Http404
    return found


def _about(request: PageRequest, found: ProtocolCopy, form: Typed, refused: str) -> dict[str, object]:
    body, role = json.loads(found.body), request.actor.role
    shipped = load.protocol(found.protocol)
    titles = {each["id"]: each["title"]["en"] for each in body["steps"]}
    approval = Approval.objects.filter(copy=found, ended_at=None).select_related("approved_by", "confirmed_by").first()
    sums = copying.sums_of(found)
    how = standing(queries.signed(approval), digest_of(sums), timezone.localtime(request.now).date())
    mine = approval is not None and approval.approved_by_id == me(request).id
    sent = found.sent_at is not None
    return {
        "copy": found,
        "protocol": shipped,
        "steps": [{**each, "then_title": titles.get(each["then"], each["then"])} for each in body["steps"]],
        # Whoever approves reads it in both languages.
        "nodes": of_protocol(queries.read_copy(found)) if sent else (),
        "differences": differences(copying.body_of(shipped), body),
        "missing": "" if sent else why_not_send(body) or "",
        "kept": dict(form.values),
        "refused": refused,
        "today": timezone.localtime(request.now).date(),
        "approval": approval,
        "digest": digest_of(sums),
        "state": copy_state(found, request),
        "mark": MARKS[how] if sent else "",
        "may_edit": not sent and role in MAY_CONFIRM,
        "may_approve": sent and role in MAY_APPROVE and how is Standing.DRAFT,
        "may_confirm": sent and role in MAY_CONFIRM and how is Standing.WAITING and not mine,
        "approved_it_myself": mine and how is Standing.WAITING,
        "may_withdraw": approval is not None and role in MAY_APPROVE,
        "states": STATES,
    }


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """What differs, line by line; lines that are the same are left out, but for the title above them."""
    kinds = {"+": "added", "-": "removed", " ": "same"}
    found = [
        Change(kinds[line[0]], line[2:])
        for line in ndiff(_lines(before), _lines(after))
        if line[0] in kinds and line[2:].strip()
    ]
    shown = [place for place, each in enumerate(found) if each.kind != "same"]
    titles = {max((t for t in range(place + 1) if found[t].words.startswith("§ ")), default=place) for place in shown}
    return tuple(each for place, each in enumerate(found) if place in titles or each.kind != "same")


def _lines(body: Mapping[str, Any]) -> list[str]:
    lines = []
    titles = {each["id"]: each["title"]["en"] for each in body["steps"]}
    for each in body["steps"]:
        limit = _("%(n)s minutes") % {"n": each["limit_minutes"]} if each.get("limit_minutes") else _("none")
        lines.append(f"§ {each['title']['en']}")
        lines += [f"{_('Who')}: {each['role']}", f"{_('What for')}: {each['purpose']['en']}"]
        lines += [f"{_('Words to say')}: {pair['en']}" for pair in each["say"]]
        lines += [f"{_('Written down')}: {pair['en']}" for pair in each["record"]]
        lines += [f"{_('Limit')}: {limit}", f"{_('When late')}: {each['when_late']}"]
        lines += [
            f"{_('Then')}: {titles.get(each['then'], _('the end'))}",
            f"{_('In words')}: {each['then_words']['en']}",
        ]
        spanish = [each["title"], each["purpose"], *each["say"], *each["record"], each["then_words"]]
        lines += [f"es: {pair['es']}" for pair in spanish]
    return lines


def _in_form(step: Mapping[str, Any]) -> dict[str, str]:
    """A step as the fields of its form: one line for each thing that is said or written down."""
    shown = {f"{name}_{language}": step[name][language] for name in PAIRS for language in ("en", "es")}
    for name in LINES:
        for language in ("en", "es"):
            shown[f"{name}_{language}"] = "\n".join(pair[language] for pair in step[name]).rstrip("\n")
    limit = step.get("limit_minutes")
    return shown | {
        "role": step["role"],
        "when_late": step["when_late"],
        "then": step["then"],
        "limit_minutes": str(limit) if limit is not None else "",
    }


def _fields(form: Typed) -> dict[str, Any]:
    """The form as parts of a step. NotRead for what cannot be read."""
    found: dict[str, Any] = {name: {"en": words(form, f"{name}_en"), "es": words(form, f"{name}_es")} for name in PAIRS}
    for name in LINES:
        english = words(form, f"{name}_en").splitlines()
        spanish = words(form, f"{name}_es").splitlines()
        if len(spanish) > len(english):
            raise NotRead(f"{name}_es", _("There are more Spanish lines than English ones. Each line belongs to one."))
        spanish += [""] * (len(english) - len(spanish))
        pairs = zip(english, spanish, strict=True)
        found[name] = [{"en": one.strip(), "es": other.strip()} for one, other in pairs if one.strip()]
    return found | {
        "role": form.get("role"),
        "when_late": form.get("when_late"),
        "then": form.get("then"),
        "limit_minutes": _minutes(form),
    }


def _minutes(form: Typed) -> int | None:
    said = form.get("limit_minutes")
    if not said:
        return None
    if not (said.isascii() and said.isdigit()) or len(said) > 6:
        raise NotRead("limit_minutes", _("The limit is a number of minutes, or empty."))
    return int(said)


def _edition(form: Typed) -> int:
    said = form.get("edition")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 9 else 0


def _must_edit(request: PageRequest) -> None:
    if request.actor.role not in MAY_CONFIRM:
        raise Http404


# --- what the forms do -----------------------------------------------------------------------------


def _edit(
    how: Callable[[Typed], Callable[[dict[str, Any]], None]],
) -> Callable[[PageRequest, ProtocolCopy, Typed], None]:
    def deed(request: PageRequest, found: ProtocolCopy, form: Typed) -> None:
        _must_edit(request)
        copying.change(found, me(request), _edition(form), how(form), request.now)

    return deed


def _send(request: PageRequest, found: ProtocolCopy, form: Typed) -> None:
    _must_edit(request)
    copying.send(found, me(request), _edition(form), request.now)


def _approve(request: PageRequest, found: ProtocolCopy, form: Typed) -> None:
    if found.sent_at is None:
        raise NotAllowed(_("This copy was not sent yet."))
    unit, sums = copying.unit_of(found), copying.sums_of(found)
    actions.approve(unit, sums, me(request), day(form, "effective_from"), form.get("read"), request.now, found)


def _confirm(request: PageRequest, found: ProtocolCopy, form: Typed) -> None:
    if form.get("agree") != "yes":
        raise NotRead("agree", _("Say that you read it, with the box above the button."))
    actions.confirm(copying.unit_of(found), copying.sums_of(found), me(request), form.get("read"), request.now)


def _withdraw(request: PageRequest, found: ProtocolCopy, form: Typed) -> None:
    actions.withdraw(copying.unit_of(found), me(request), request.now)


DEEDS: Final[dict[str, Callable[[PageRequest, ProtocolCopy, Typed], None]]] = {
    "add": _edit(lambda form: copying.add_step(form.get("step"))),
    "remove": _edit(lambda form: copying.remove_step(form.get("step"))),
    "up": _edit(lambda form: copying.move_step(form.get("step"), -1)),
    "down": _edit(lambda form: copying.move_step(form.get("step"), 1)),
    "send": _send,
    "approve": _approve,
    "confirm": _confirm,
    "withdraw": _withdraw,
}
