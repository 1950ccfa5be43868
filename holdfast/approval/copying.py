"""Actions on a program's own copies of protocols. Every action needs the open transaction of a scope."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from holdfast.approval import queries
from holdfast.approval.facts import CopySent
from holdfast.approval.models import ProtocolCopy
from holdfast.approval.rules import MOST_STEPS, NotAllowed, why_not_keep_step, why_not_send
from holdfast.content.protocols import END
from holdfast.content.shapes import Protocol, Step, Wording
from holdfast.content.units import digest_of
from holdfast.ledger.record import record
from holdfast.people.models import Staff

Body = dict[str, Any]


class ChangedMeanwhile(NotAllowed):
    """Somebody else changed the copy after this person read it."""


def body_of(protocol: Protocol) -> Body:
    """A protocol with the keys of `protocol.toml`."""
    return {
        "title": _pair(protocol.title),
        "used_when": _pair(protocol.used_when),
        "steps": [_step(each) for each in protocol.steps],
    }


def _pair(words: Wording) -> dict[str, str]:
    return {"en": words.en, "es": words.es}


def _step(step: Step) -> Body:
    found: Body = {
        "id": step.id,
        "role": step.role,
        "title": _pair(step.title),
        "purpose": _pair(step.purpose),
        "say": [_pair(each) for each in step.say],
        "record": [_pair(each) for each in step.record],
        "then": step.then,
        "then_words": _pair(step.then_words),
        "when_late": step.when_late,
        "act": step.act or "press",
    }
    if step.limit_minutes is not None:
        found["limit_minutes"] = step.limit_minutes
    return found


def unit_of(copy: ProtocolCopy) -> str:
    """The place under which a copy is approved."""
    return f"copies/{copy.protocol}/{copy.number}"


def sums_of(copy: ProtocolCopy) -> dict[str, str]:
    """The checksum of a copy as it stands."""
    return {"protocol": digest_of({"body": copy.body})}


def begin(protocol: str, by: Staff, now: datetime) -> ProtocolCopy:
    """A copy of what crises follow now, to be edited; the one that is being edited already, if there is one."""
    open_one = ProtocolCopy.objects.filter(protocol=protocol, sent_at=None).first()
    if open_one is not None:
        return open_one
    current, version = queries.protocol_now(protocol, now)
    last = ProtocolCopy.objects.filter(protocol=protocol).order_by("-number").first()
    return ProtocolCopy.objects.create(
        program_id=by.program_id,
        protocol=protocol,
        number=(last.number if last else 0) + 1,
        based_on=version,
        body=json.dumps(body_of(current), ensure_ascii=False),
        changed_by=by,
        changed_at=now,
    )


def change(copy: ProtocolCopy, by: Staff, edition: int, how: Callable[[Body], None], now: datetime) -> ProtocolCopy:
    """Change a copy that was not sent yet. `edition` is the one this person read."""
    copy = ProtocolCopy.objects.select_for_update(of=("self",)).select_related("changed_by").get(id=copy.id)
    if copy.sent_at is not None:
        raise NotAllowed("This copy was sent to be approved, so it does not change any more. Begin a new copy.")
    if copy.edition != edition:
        raise ChangedMeanwhile(
            f"{copy.changed_by.name} changed this copy while you typed. Your words are still here; "
            "compare, then save again."
        )
    body: Body = json.loads(copy.body)
    how(body)
    copy.body = json.dumps(body, ensure_ascii=False)
    copy.edition += 1
    copy.changed_by, copy.changed_at = by, now
    copy.save(update_fields=["body", "edition", "changed_by", "changed_at"])
    return copy


def place_of(body: Body, step: str) -> int:
    """Where a step stands."""
    for number, each in enumerate(body["steps"]):
        if each["id"] == step:
            return number
    raise NotAllowed("There is no such step any more. Load the page again.")


def put_step(step: str, fields: Mapping[str, Any]) -> Callable[[Body], None]:
    """Reword one step."""

    def how(body: Body) -> None:
        old = body["steps"][place_of(body, step)]
        new = {**old, **fields}
        if fields.get("limit_minutes") is None:
            new.pop("limit_minutes", None)
        if no := why_not_keep_step(new):
            raise NotAllowed(no)
        body["steps"][place_of(body, step)] = new

    return how


def add_step(after: str) -> Callable[[Body], None]:
    """A new step behind another one: what followed that one follows this one."""

    def how(body: Body) -> None:
        if len(body["steps"]) >= MOST_STEPS:
            raise NotAllowed(f"At most {MOST_STEPS} steps fit into one protocol.")
        place = place_of(body, after)
        taken = {each["id"] for each in body["steps"]}
        name = next(f"own-{number}" for number in range(1, MOST_STEPS + 2) if f"own-{number}" not in taken)
        before = body["steps"][place]
        body["steps"].insert(
            place + 1,
            {
                "id": name,
                "role": before["role"],
                "title": {"en": "New step", "es": "Paso nuevo"},
                "purpose": {"en": "What this step is for", "es": "Para qué sirve este paso"},
                "say": [],
                "record": [{"en": "What was done", "es": "Qué se hizo"}],
                "limit_minutes": 30,
                "then": before["then"],
                "then_words": {"en": "Go on.", "es": "Siga."},
                "when_late": "remind the owner",
                "act": "press",
            },
        )
        before["then"] = name

    return how


def remove_step(step: str) -> Callable[[Body], None]:
    """Take a step out: what led to it leads to what followed it."""

    def how(body: Body) -> None:
        gone = body["steps"].pop(place_of(body, step))
        for each in body["steps"]:
            if each["then"] == step:
                each["then"] = gone["then"]

    return how


def move_step(step: str, by: int) -> Callable[[Body], None]:
    """Move a step up or down; each step then leads to the one below it, and the last to the end."""

    def how(body: Body) -> None:
        steps = body["steps"]
        place = place_of(body, step)
        if not 0 <= place + by < len(steps):
            raise NotAllowed("It stands at that end already.")
        steps[place], steps[place + by] = steps[place + by], steps[place]
        for number, each in enumerate(steps):
            each["then"] = steps[number + 1]["id"] if number + 1 < len(steps) else END

    return how


def send(copy: ProtocolCopy, by: Staff, edition: int, now: datetime) -> ProtocolCopy:
    """Send a copy to be approved. It must come to an end; from now on it never changes."""
    copy = ProtocolCopy.objects.select_for_update(of=("self",)).select_related("changed_by").get(id=copy.id)
    if copy.sent_at is not None:
        return copy
    if copy.edition != edition:
        raise ChangedMeanwhile(f"{copy.changed_by.name} changed this copy meanwhile. Read it again, then send it.")
    body: Body = json.loads(copy.body)
    if no := why_not_send(body):
        raise NotAllowed(no)
    queries.read_copy(copy)  # the same reader as for the shipped ones has the last word
    copy.sent_by, copy.sent_at = by, now
    copy.save(update_fields=["sent_by", "sent_at"])
    record(CopySent(program=copy.program_id, copy=copy.id, by=by.id), now)
    return copy
