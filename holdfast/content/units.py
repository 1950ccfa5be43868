"""What is approved as one thing: a version's folder, or one file that carries its own version, with its checksums."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .load import CLINICAL, pack_names
from .seal import Listed, list_content
from .shapes import ContentError, Status

_FOLDERS = {"questionnaire": "questionnaires", "protocol": "protocols", "policy": "policies"}
_FOLDERS |= {"exercise": "exercises", "script": "exercises", "consent": "consents"}
_FILES = {"escalation": "protocols", "signals": "protocols", "review": "reviews", "cadence": "cadence"}
_FILES |= {"codes": "codes", "helplines": "helplines", "state": "states"}


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing that is approved: what it is, where it lies, and the checksum of each of its files as they are now."""

    kind: str
    name: str
    version: str
    path: str
    title: str
    status: Status
    is_pack: bool
    sums: Mapping[str, str]

    @property
    def digest(self) -> str:
        """One checksum over all files."""
        return digest_of(self.sums)


def digest_of(sums: Mapping[str, str]) -> str:
    """One checksum over the checksums of files."""
    return hashlib.sha256("".join(f"{value}  {name}\n" for name, value in sorted(sums.items())).encode()).hexdigest()


def units(*, root: Path = CLINICAL) -> tuple[Unit, ...]:
    """The newest version of everything, as it lies on the disk now."""
    newest: dict[tuple[str, str], Listed] = {}
    for each in list_content(root):
        key = (each.kind, each.name)
        if key not in newest or int(each.version) > int(newest[key].version):
            newest[key] = each
    packs = pack_names(root=root)
    return tuple(_unit(each, each.kind == "questionnaire" and each.name in packs, root) for each in newest.values())


def unit(path: str, *, root: Path = CLINICAL) -> Unit | None:
    """The one that lies there; None where there is none (names come from outside too)."""
    return next((each for each in units(root=root) if each.path == path), None)


def sums_at(path: str, *, root: Path = CLINICAL) -> dict[str, str]:
    """The checksums of the files of a unit as they lie there now; empty where it is gone."""
    if ".." in path.split("/"):
        raise ContentError(f"There is no {path[:60]!r} in clinical/.")
    place = root / path
    files = [place] if place.is_file() else sorted(place.iterdir()) if place.is_dir() else []
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
        if file.is_file() and file.name != "SHA256SUMS" and not file.name.startswith(".")
    }


def _unit(listed: Listed, is_pack: bool, root: Path) -> Unit:
    if listed.kind in _FOLDERS:
        path = f"{_FOLDERS[listed.kind]}/{listed.name}/{listed.version}"
    else:
        path = f"{_FILES[listed.kind]}/{listed.name}.toml"
    sums = sums_at(path, root=root)
    return Unit(listed.kind, listed.name, listed.version, path, listed.title, listed.status, is_pack, sums)
