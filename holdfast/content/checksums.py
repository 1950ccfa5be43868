"""Checksums beside the content: a draft may change and be sealed again, a released version never changes.

Each folder with content files holds one `SHA256SUMS`, which `sha256sum -c` reads too. A comment line for each
governing file keeps the status and version under which it was sealed, so that putting `draft` back into a
released file does not open it again.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from .load import CLINICAL
from .shapes import ContentError, Status
from .table import read_text, read_toml, short_path

SUMS = "SHA256SUMS"
HEAD = "# Written by `holdfast content seal`; released and approved files may not change any more."
_STANDING = re.compile(r"^# (\S+): version (\d+), (\w+)$")
_SUM = re.compile(r"^([0-9a-f]{64})  (\S+)$")


@dataclass(frozen=True, slots=True)
class Sealed:
    """What `SHA256SUMS` says: the checksum of each file, and the standing of each governing file."""

    sums: dict[str, str]
    standings: dict[str, tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Unit:
    """Files that stand and fall together: a version's folder, or one file that carries its own version."""

    governor: str
    version: int
    status: Status
    sums: dict[str, str]


def packs(root: Path = CLINICAL) -> tuple[Path, ...]:
    """Every folder that holds content files."""
    folders = {path.parent for path in root.rglob("*") if path.is_file() and _counts(path)}
    return tuple(sorted(folders - {root}))


def seal_content(root: Path = CLINICAL) -> list[str]:
    """Write the checksums of what may change; `ContentError` when something released or approved has changed."""
    fresh = {pack: _units(pack) for pack in packs(root)}
    refused = [fault for pack, units in fresh.items() for fault in _refusals(pack, units)]
    if refused:
        raise ContentError(" ".join(refused))
    changed = []
    for pack, units in fresh.items():
        text = _written(units)
        path = pack / SUMS
        if not path.exists() or read_text(path) != text:
            path.write_text(text, encoding="utf-8")
            changed.append(short_path(pack))
    return changed


def verify_content(root: Path = CLINICAL) -> list[str]:
    """One sentence for each file that was changed, added or removed behind the seal's back."""
    faults = []
    for pack in packs(root):
        if not (pack / SUMS).exists():
            faults.append(f"{short_path(pack)}: has no checksums yet; run `holdfast content seal`.")
            continue
        sealed = _sealed(pack)
        now = _sums(pack)
        for name in sorted(sealed.sums.keys() | now.keys()):
            if sealed.sums.get(name) != now.get(name):
                what = "is missing" if name not in now else "is new" if name not in sealed.sums else "was changed"
                remedy = (
                    "put the sealed file back, or make a new version"
                    if _was_frozen(sealed, name)
                    else "run `holdfast content seal` if that was meant"
                )
                faults.append(f"{short_path(pack / name)}: {what} since it was sealed; {remedy}.")
    return faults


def _was_frozen(sealed: Sealed, name: str) -> bool:
    standing = sealed.standings.get(name)
    standings = [standing] if standing else list(sealed.standings.values())
    return any(status != Status.DRAFT for _, status in standings)


def _counts(path: Path) -> bool:
    return path.name != SUMS and not path.name.startswith(".")


def _sums(pack: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(pack.iterdir())
        if path.is_file() and _counts(path)
    }


def _units(pack: Path) -> tuple[Unit, ...]:
    sums = _sums(pack)
    tables = [name for name in sums if name.endswith(".toml")]
    if pack.name.isdigit():
        if len(tables) != 1:
            raise ContentError(f"{short_path(pack)}: must hold exactly one TOML file with the status of this version.")
        status = read_toml(pack / tables[0]).word("status", Status)
        return (Unit(tables[0], int(pack.name), status, sums),)
    if len(tables) != len(sums):
        raise ContentError(f"{short_path(pack)}: only TOML files with a version of their own may stand here.")
    return tuple(
        Unit(name, file.number("version", 1), file.word("status", Status), {name: sums[name]})
        for name, file in ((name, read_toml(pack / name)) for name in tables)
    )


def _refusals(pack: Path, units: tuple[Unit, ...]) -> list[str]:
    """Why this pack may not be sealed again."""
    if not (pack / SUMS).exists():
        return [
            f"{short_path(pack / unit.governor)}: is {unit.status} but has no checksums; put its {SUMS} back."
            for unit in units
            if unit.status is not Status.DRAFT
        ]
    sealed = _sealed(pack)
    faults = []
    now = {unit.governor: unit for unit in units}
    for governor, (version, status) in sealed.standings.items():
        if status == Status.DRAFT:
            continue
        unit = now.get(governor)
        own = len(sealed.standings) == 1 and pack.name.isdigit()
        before = sealed.sums if own else {governor: sealed.sums.get(governor, "")}
        newer = unit is not None and not own and unit.version > version
        if unit is None or (unit.sums != before and not newer):
            place = short_path(pack if own else pack / governor)
            faults.append(f"{place}: version {version} is {status} and may not change; make a new version instead.")
    return faults


def _written(units: tuple[Unit, ...]) -> str:
    lines = [HEAD]
    lines += [f"# {unit.governor}: version {unit.version}, {unit.status}" for unit in units]
    sums = {name: value for unit in units for name, value in unit.sums.items()}
    lines += [f"{value}  {name}" for name, value in sorted(sums.items())]
    return "\n".join(lines) + "\n"


def _sealed(pack: Path) -> Sealed:
    found = Sealed({}, {})
    for number, line in enumerate(read_text(pack / SUMS).splitlines(), 1):
        if standing := _STANDING.match(line):
            found.standings[standing[1]] = (int(standing[2]), standing[3])
        elif sum_ := _SUM.match(line):
            found.sums[sum_[2]] = sum_[1]
        elif not line.startswith("#"):
            raise ContentError(f"{short_path(pack / SUMS)}: line {number} is neither a checksum nor a comment.")
    return found
