"""Reads protocols, the table of urgencies, the other signals and the helplines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .shapes import (
    CrisisClock,
    Escalation,
    Helpline,
    Helplines,
    ListClock,
    Protocol,
    Signal,
    Status,
    Step,
    TaskClock,
    Urgency,
)
from .table import Table, read_toml

ROLES = (
    "owner",
    "second clinician",
    "therapist",
    "prescriber",
    "nurse",
    "case manager",
    "peer",
    "supervisor",
    "director",
)
WHEN_LATE = ("give back to paging", "tell the supervisor", "remind the owner", "nothing, the step may be left out")
WHOM = ("known", "first", "backup", "supervisor", "director")
HOUR_S = 3600
END = "end"
# A step that an act does, never a press: by its id, or as its `act` says ("press" for one that a press does after all).
ACTS = ("reach", "reassess", "plan", "settle", "close", "press")
ACT_OF = {"reach": "reach", "listen": "reassess", "decide": "plan", "settle": "settle", "follow-up": "close"}


def read_protocol(folder: Path) -> Protocol:
    """One version of one protocol."""
    file = read_toml(folder / "protocol.toml")
    if str(file.number("version", 1)) != folder.name:
        raise file.wrong("version", f"must be {folder.name}, as its folder says")
    return _protocol(file, folder.parent.name)


def protocol_from(body: Mapping[str, object], name: str, version: int) -> Protocol:
    """A protocol that a program worded itself; `body` has the keys of `protocol.toml`."""
    keys = {**_in_both(body), "name": name, "version": version, "status": Status.DRAFT.value}
    return replace(_protocol(Table(Path(f"{name} copy {version}"), "", keys), name), own=True)


def _in_both(said: Any) -> Any:
    """Words that have no Spanish stand in English in both places."""
    if isinstance(said, list):
        return [_in_both(each) for each in said]
    if not isinstance(said, Mapping):
        return said
    if said.keys() == {"en", "es"} and not said["es"]:
        return {"en": said["en"], "es": said["en"]}
    return {key: _in_both(each) for key, each in said.items()}


def _protocol(file: Table, name: str) -> Protocol:
    file.among("name", (name,))
    protocol = Protocol(
        name=name,
        version=file.number("version", 1),
        status=_status(file),
        title=file.wording("title"),
        used_when=file.wording("used_when"),
        steps=tuple(_step(each) for each in file.tables("steps")),
    )
    file.done()
    ids = [step.id for step in protocol.steps]
    if not ids or len(set(ids)) != len(ids):
        raise file.wrong("steps", "must hold steps, each with an id of its own")
    for number, step in enumerate(protocol.steps):
        if step.then != END and step.then not in ids[number + 1 :]:
            raise file.wrong("steps", f"leads from {step.id} to {step.then!r}, which is no later step")
    return protocol


def _status(file: Table) -> Status:
    status = file.word("status", Status)
    for key in ("approved_by", "second_person", "effective_from"):
        if status is Status.APPROVED:
            file.text(key)
        file.has(key)
    return status


def _step(table: Table) -> Step:
    act = table.among("act", ACTS) if table.has("act") else ACT_OF.get(table.text("id"))
    step = Step(
        id=table.text("id"),
        role=table.among("role", ROLES),
        title=table.wording("title"),
        purpose=table.wording("purpose"),
        say=table.wordings("say"),
        record=table.wordings("record"),
        limit_minutes=table.maybe_number("limit_minutes", 1, 10_080),
        then=table.text("then"),
        then_words=table.wording("then_words"),
        when_late=table.among("when_late", WHEN_LATE),
        act=None if act == "press" else act,
    )
    table.done()
    return step


def read_escalation(path: Path) -> Escalation:
    """The table of urgencies."""
    file = read_toml(path)
    table = file.table("urgency")
    crises = {each: _crisis(table.table(each), each) for each in (Urgency.EMERGENCY, Urgency.URGENT)}
    escalation = Escalation(
        version=file.number("version", 1),
        status=_status(file),
        steps=file.texts("steps"),
        phone_answer_hold=file.number("phone_answer_hold_seconds", 1, HOUR_S),
        unread_after=file.number("unread_answer_seconds", 1, 300),
        unread_tries=file.number("unread_answer_tries", 1, 10),
        cannot_reach_after=file.number("cannot_reach_seconds", 1, HOUR_S),
        cannot_reach_tries=file.number("cannot_reach_tries", 1, 10),
        crises=MappingProxyType(crises),
        same_day=_task(table.table(Urgency.SAME_DAY)),
        routine=_line(table.table(Urgency.ROUTINE)),
    )
    file.has("name")
    table.done()
    file.done()
    unknown = [step for step in escalation.steps if step not in WHOM]
    if unknown or not escalation.steps:
        raise file.wrong("steps", f"must be a list of {', '.join(WHOM)}")
    if len(set(escalation.steps)) != len(escalation.steps):
        raise file.wrong("steps", "names a step twice")
    return escalation


def _crisis(table: Table, urgency: Urgency) -> CrisisClock:
    table.among("opens", ("crisis",))
    clock = CrisisClock(
        urgency=urgency,
        next_turn=table.number("next_turn_seconds", 1, HOUR_S),
        first_try=table.number("first_try_seconds", 1, HOUR_S),
        owner_silent=table.number("owner_silent_seconds", 1, 4 * HOUR_S),
        reached_silent=table.number("reached_silent_seconds", 1, 24 * HOUR_S),
    )
    table.done()
    return clock


def _task(table: Table) -> TaskClock:
    table.among("opens", ("task",))
    clock = TaskClock(
        urgency=Urgency.SAME_DAY,
        due_local_hour=table.number("due_local_hour", 0, 23),
        at_most_hours=table.number("at_most_hours", 1, 24),
        page_at_part=table.part("page_at_part"),
        becomes=table.word("becomes", Urgency),
    )
    table.done()
    return clock


def _line(table: Table) -> ListClock:
    table.among("opens", ("line",))
    clock = ListClock(
        urgency=Urgency.ROUTINE,
        due_working_days=table.number("due_working_days", 1, 30),
        becomes=table.word("becomes", Urgency),
    )
    table.done()
    return clock


def read_signals(path: Path) -> Mapping[str, Signal]:
    """What else needs a human, by id."""
    file = read_toml(path)
    file.has("name")
    file.number("version", 1)
    _status(file)
    found: dict[str, Signal] = {}
    for each in file.tables("signals"):
        signal = Signal(
            id=each.text("id"),
            version=each.number("version", 1),
            urgency=each.word("urgency", Urgency),
            protocol=each.text("protocol") if each.has("protocol") else None,
            why=each.wording("why"),
        )
        each.done()
        if signal.id in found:
            raise each.wrong("id", f"{signal.id!r} is used twice")
        found[signal.id] = signal
    file.done()
    return MappingProxyType(found)


def read_helplines(path: Path) -> Helplines:
    """The lines of one country, in the order in which they are shown."""
    file = read_toml(path)
    file.among("country", (path.stem,))
    lines = tuple(_helpline(each, number) for number, each in enumerate(file.tables("lines"), 1))
    found = Helplines(path.stem, file.number("version", 1), _status(file), lines)
    file.done()
    if not any(line.everywhere for line in lines):
        raise file.wrong("lines", "must hold at least one line that is shown everywhere")
    return found


def _helpline(table: Table, order: int) -> Helpline:
    line = Helpline(
        id=table.text("id"),
        order=order,
        title=table.wording("title"),
        who=table.wording("who"),
        call=table.text("call", ""),
        call_words=table.maybe_wording("call_words"),
        text_to=table.text("text_to", ""),
        text_words=table.maybe_wording("text_words"),
        chat=table.text("chat", ""),
        hours=table.wording("hours"),
        everywhere=table.flag("everywhere"),
        verified=table.flag("verified"),
        verified_at=table.text("verified_at", ""),
        source=table.text("source"),
    )
    table.done()
    if not (line.call or line.text_to or line.chat):
        raise table.wrong("call", "or text_to or chat must be given")
    if line.verified != bool(line.verified_at):
        raise table.wrong("verified_at", "must be a date exactly when verified is true")
    return line
