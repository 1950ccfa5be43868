"""Hands out clinical content, read once and checked. Needs no database: helplines render without one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from .cadence import Cadence, read_cadence
from .exercises import Exercise, ForWhom, read_exercise
from .protocols import read_escalation, read_helplines, read_protocol, read_signals
from .questionnaires import read_questionnaire
from .shapes import ContentError, Escalation, Helplines, Protocol, Questionnaire, Signal

CLINICAL = Path(__file__).resolve().parents[2] / "clinical"


def questionnaire(name: str, version: str | None = None, *, root: Path = CLINICAL) -> Questionnaire:
    """One version of a form, the newest where none is named."""
    return _questionnaire(name, version or _newest(root, "questionnaires", name), root)


def questionnaire_names(*, root: Path = CLINICAL) -> tuple[str, ...]:
    """Every form that everyone may use, by name."""
    return tuple(name for name in _folders(root / "questionnaires") if not _is_pack(root, name))


def pack_names(*, root: Path = CLINICAL) -> tuple[str, ...]:
    """Every form that stays off until an administrator says that the program may use it, by name."""
    return tuple(name for name in _folders(root / "questionnaires") if _is_pack(root, name))


def protocol(name: str, version: int | str | None = None, *, root: Path = CLINICAL) -> Protocol:
    """One version of a protocol, the newest where none is named."""
    return _protocol(name, str(version or _newest(root, "protocols", name)), root)


def protocol_names(*, root: Path = CLINICAL) -> tuple[str, ...]:
    """Every protocol there is, by name."""
    return _folders(root / "protocols")


def exercises(*, root: Path = CLINICAL) -> tuple[Exercise, ...]:
    """The newest version of each exercise for clients, by name."""
    return _for(ForWhom.CLIENT, root)


def scripts(*, root: Path = CLINICAL) -> tuple[Exercise, ...]:
    """The newest version of each script for staff, by name."""
    return _for(ForWhom.STAFF, root)


def exercise(name: str, version: int | str | None = None, *, root: Path = CLINICAL) -> Exercise:
    """One version of an exercise or a script, the newest where none is named."""
    return _exercise(name, str(version or _newest(root, "exercises", name)), root)


@cache
def escalation(*, root: Path = CLINICAL) -> Escalation:
    """The table of urgencies and the default order in which people are sought."""
    return read_escalation(root / "protocols" / "escalation.toml")


@cache
def cadence(*, root: Path = CLINICAL) -> Cadence:
    """How often clients are asked and reminded, and when silence is a signal."""
    return read_cadence(root / "cadence" / "cadence.toml")


@cache
def signals(*, root: Path = CLINICAL) -> Mapping[str, Signal]:
    """What else needs a human (the help button, a worried stranger, an answer nobody could read), by id."""
    return read_signals(root / "protocols" / "signals.toml")


@cache
def helplines(country: str = "us", *, root: Path = CLINICAL) -> Helplines:
    """The helplines of a country, in the order in which they are shown."""
    return read_helplines(root / "helplines" / f"{country}.toml")


@cache
def _is_pack(root: Path, name: str) -> bool:
    try:
        return questionnaire(name, root=root).licence is not None
    except ContentError:
        return False  # a form that cannot be read is named by whoever opens it


@cache
def _questionnaire(name: str, version: str, root: Path) -> Questionnaire:
    _must_exist(root, "questionnaires", name, version)
    return read_questionnaire(root / "questionnaires" / name / version)


@cache
def _protocol(name: str, version: str, root: Path) -> Protocol:
    _must_exist(root, "protocols", name, version)
    return read_protocol(root / "protocols" / name / version)


@cache
def _exercise(name: str, version: str, root: Path) -> Exercise:
    _must_exist(root, "exercises", name, version)
    return read_exercise(root / "exercises" / name / version)


@cache
def _for(whom: ForWhom, root: Path) -> tuple[Exercise, ...]:
    found = (exercise(name, root=root) for name in _folders(root / "exercises"))
    return tuple(each for each in found if each.for_whom is whom)


@cache
def _folders(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(each.name for each in folder.iterdir() if each.is_dir())) if folder.is_dir() else ()


def _versions(root: Path, kind: str, name: str) -> tuple[str, ...]:
    # Names come from outside too: only a folder that is really listed is opened.
    known = _folders(root / kind)
    if name not in known:
        raise ContentError(f"There is no {name[:40]!r} in clinical/{kind}; known: {', '.join(known) or 'none'}.")
    return tuple(each for each in _folders(root / kind / name) if each.isdigit())


@cache
def _newest(root: Path, kind: str, name: str) -> str:
    versions = _versions(root, kind, name)
    if not versions:
        raise ContentError(f"clinical/{kind}/{name} holds no version.")
    return max(versions, key=int)


def _must_exist(root: Path, kind: str, name: str, version: str) -> None:
    if version not in _versions(root, kind, name):
        raise ContentError(f"clinical/{kind}/{name} has no version {version[:10]!r}.")


def forget() -> None:
    """Drop what was read, so that changed files are read again (development and tests)."""
    for each in (
        escalation,
        cadence,
        signals,
        helplines,
        _questionnaire,
        _is_pack,
        _protocol,
        _exercise,
        _for,
        _folders,
        _newest,
    ):
        each.cache_clear()
