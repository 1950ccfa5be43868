"""Asks the public database of weaknesses (OSV) about every package we pin and every file we vendored.

    python -m tests.audit

Three outcomes, said plainly: nothing known (0), something known (1), or NOT AUDITED (0 on a machine without a network,
1 with HOLDFAST_AUDIT=required, as whoever releases sets it). It never says that all is well without having asked.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import requests

ROOT: Final = Path(__file__).resolve().parent.parent
OSV: Final = os.environ.get("HOLDFAST_AUDIT_URL", "https://api.osv.dev/v1/querybatch")
LOCKS: Final = ("uv", "base", "test", "dev")
PINNED: Final = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
# How the page of vendored files names what came from npm.
VENDORED: Final = {
    "htmx.org": r"vendor/htmx-([\d.]+)\.min\.js",
    "axe-core": r"axe-core-([\d.]+)\.min\.js",
    "lucide-static": r"`lucide-static`\)[^|]*\| ([\d.]+)",
}
A_BATCH: Final = 500
PATIENCE_S: Final = 20
# Known, looked at, and why it does not touch us: an id of OSV and the reason. Empty is best.
ACCEPTED: Final[dict[str, str]] = {}


@dataclass(frozen=True, order=True)
class Package:
    """One thing of somebody else's that we use, in one version."""

    ecosystem: str
    name: str
    version: str


class NotReached(Exception):
    """The database of weaknesses did not answer, so nothing is known."""


def pinned() -> list[Package]:
    """Every package of every lock file."""
    found = {
        Package("PyPI", name.lower(), version)
        for lock in LOCKS
        for name, version in PINNED.findall((ROOT / "requirements" / f"{lock}.txt").read_text())
    }
    return sorted(found)


def vendored() -> list[Package]:
    """What lies in the repository and came from npm, by the page that says so."""
    page = (ROOT / "docs" / "reference" / "vendored.md").read_text()
    found = [(name, re.search(pattern, page)) for name, pattern in VENDORED.items()]
    return [Package("npm", name, version[1]) for name, version in found if version]


def weaknesses(packages: Iterable[Package], url: str = OSV) -> dict[Package, list[str]]:
    """What is known of each, by id. Raises NotReached rather than guess."""
    asked, known = list(packages), {}
    for first in range(0, len(asked), A_BATCH):
        batch = asked[first : first + A_BATCH]
        queries = [{"package": {"ecosystem": p.ecosystem, "name": p.name}, "version": p.version} for p in batch]
        for package, said in zip(batch, _ask(url, {"queries": queries}, len(batch)), strict=True):
            ids = [one["id"] for one in said.get("vulns", []) if one["id"] not in ACCEPTED]
            if ids:
                known[package] = ids
    return known


def _ask(url: str, body: dict[str, Any], count: int) -> list[dict[str, Any]]:
    try:
        answer = requests.post(url, json=body, timeout=PATIENCE_S)
        answer.raise_for_status()
        results = answer.json()["results"]
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        raise NotReached(type(error).__name__) from None
    if not isinstance(results, list) or len(results) != count:
        raise NotReached("it answered something else")
    return [each or {} for each in results]


def main() -> int:
    packages = [*pinned(), *vendored()]
    try:
        known = weaknesses(packages)
    except NotReached as why:
        print(f"The database of known weaknesses was not reached ({why}).")
        print(f"NOT AUDITED: nothing is known of {len(packages)} packages. Run it where there is a network.")
        return 1 if os.environ.get("HOLDFAST_AUDIT") == "required" else 0
    for package, ids in sorted(known.items()):
        print(f"{package.name} {package.version} ({package.ecosystem}): {', '.join(ids)}")
    if known:
        print(f"{len(known)} of {len(packages)} packages have a known weakness. Renew them: make lock UPGRADE=1")
        return 1
    print(f"{len(packages)} packages asked about, nothing known of any.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
