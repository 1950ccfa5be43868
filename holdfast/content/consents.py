"""Reads the texts that clients agree to, every version for good, and the two lists that are read aloud in an emergency."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from .load import CLINICAL, _must_exist, _newest, _versions
from .policies import _policy, _status
from .shapes import Status, Wording
from .table import Table, read_toml

NAMES: Final = ("emergency", "telehealth", "part2", "supporter", "messages", "recording")
# What a consent for records of substance use care must say (42 CFR 2.31), and what is never in it.
PART_2: Final = (
    *("patient", "discloser", "information", "not_included", "recipients", "purpose", "revoke", "expiry"),
    *("redisclosure", "refusing", "signature"),
)
EVERYWHERE: Final = ("revoke", "expiry")


@dataclass(frozen=True, slots=True)
class Part:
    """One paragraph with its heading. `{client}`, `{program}` and `{person}` stand for names."""

    id: str
    title: Wording
    text: Wording


@dataclass(frozen=True, slots=True)
class Scope:
    """One thing that can be ticked."""

    id: str
    title: Wording


@dataclass(frozen=True, slots=True)
class ConsentText:
    """One version of one text. `lasts_days`: None where it has no end of its own.

    `not_asked`: why nobody is asked to sign it, where that is so.
    """

    name: str
    version: int
    status: Status
    title: Wording
    short: Wording
    taken_back: Wording
    parts: tuple[Part, ...]
    scopes: tuple[Scope, ...]
    lasts_days: int | None
    not_asked: Wording | None = None

    def scope(self, name: str) -> Scope | None:
        return next((one for one in self.scopes if one.id == name), None)


@dataclass(frozen=True, slots=True)
class Said:
    """One line to read aloud. `about`: what it tells of the client, in the words of "may I tell"; none: nothing of them."""

    text: Wording
    about: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """What is said, and what is withheld."""

    title: Wording
    say: tuple[Said, ...]
    withheld: tuple[Wording, ...]


@dataclass(frozen=True, slots=True)
class Scripts:
    """The two lists of an emergency."""

    version: int
    status: Status
    tell_tale: tuple[str, ...]
    medical: Script
    police: Script


@cache
def consent_text(name: str, version: str | None = None, *, root: Path = CLINICAL) -> ConsentText:
    """One version of a text, the newest where none is named."""
    wanted = version or _newest(root, "consents", name)
    _must_exist(root, "consents", name, wanted)
    file = read_toml(root / "consents" / name / wanted / "consent.toml")
    file.among("name", (name,))
    number = file.number("version", 1)
    if str(number) != wanted:
        raise file.wrong("version", f"must be {wanted}, as its folder says")
    found = ConsentText(
        name=name,
        version=number,
        status=_status(file),
        title=file.wording("title"),
        short=file.wording("short"),
        taken_back=file.wording("taken_back"),
        parts=tuple(_part(each) for each in file.tables("parts")),
        scopes=tuple(_scope(each) for each in file.tables("scopes")),
        lasts_days=file.maybe_number("lasts_days", 1, 3660),
        not_asked=file.maybe_wording("not_asked"),
    )
    file.done()
    _whole(file, found)
    return found


def newest_version(name: str, *, root: Path = CLINICAL) -> str:
    """The version that is signed now."""
    return _newest(root, "consents", name)


@cache
def emergency_scripts(version: str | None = None, *, root: Path = CLINICAL) -> Scripts:
    """What may be read aloud to whoever sends medical help, and to the police."""
    file, number = _policy("emergency-scripts", version, root)
    found = Scripts(
        number, _status(file), file.texts("tell_tale"), _script(file.table("medical")), _script(file.table("police"))
    )
    file.done()
    given_away = tells_too_much(found)
    if given_away or not found.tell_tale:
        raise file.wrong("police.say", f"holds what the police may not hear: {', '.join(given_away) or 'not known'}")
    return found


def tells_too_much(scripts: Scripts) -> tuple[str, ...]:
    """The words in the police's list that give treatment, a diagnosis or a program away, in either language."""
    said = " ".join(f"{line.text.en} {line.text.es}" for line in scripts.police.say).lower()
    return tuple(word for word in scripts.tell_tale if word in said)


def consents_are_sound(*, root: Path = CLINICAL) -> None:
    """Read every version once; `ContentError` where one cannot be."""
    for name in NAMES:
        for version in _versions(root, "consents", name):
            consent_text(name, version, root=root)
    emergency_scripts(root=root)


def forget() -> None:
    """Drop what was read."""
    consent_text.cache_clear()
    emergency_scripts.cache_clear()


def _whole(file: Table, text: ConsentText) -> None:
    there = [part.id for part in text.parts]
    needed = PART_2 if text.name == "part2" else EVERYWHERE
    for missing in (one for one in needed if one not in there):
        raise file.wrong("parts", f"must hold {missing!r}")
    for ids in (there, [scope.id for scope in text.scopes]):
        if len(set(ids)) != len(ids):
            raise file.wrong("parts and scopes", "must each have an id of their own")
    if text.name == "part2" and text.scopes:
        raise file.wrong("scopes", "must be empty: this is one consent for all of treatment, payment and operations")


def _part(table: Table) -> Part:
    part = Part(table.text("id"), table.wording("title"), table.wording("text"))
    table.done()
    return part


def _scope(table: Table) -> Scope:
    scope = Scope(table.text("id"), table.wording("title"))
    table.done()
    return scope


def _said(table: Table) -> Said:
    said = Said(Wording(en=table.text("en"), es=table.text("es")), table.texts("about") if table.has("about") else ())
    table.done()
    return said


def _script(table: Table) -> Script:
    say = tuple(_said(each) for each in table.tables("say"))
    script = Script(table.wording("title"), say, table.wordings("withheld"))
    table.done()
    if not script.say or not script.withheld:
        raise table.wrong("say", "and withheld must each hold at least one line")
    return script
