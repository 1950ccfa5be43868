"""Guards published codes: none is used that the project's own list does not hold, for that place and no other."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from .load import CLINICAL
from .shapes import Code, Questionnaire, Status
from .table import Table, read_text, read_toml, short_path

LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
_LOINC = re.compile(r"^\d{1,7}-\d$")
_SNOMED = re.compile(r"^\d{6,18}$")


@dataclass(frozen=True, slots=True)
class Listed:
    """A code that may be used: for which form, and where in it (`form`, `total`, `question 9`)."""

    code: Code
    form: str
    use: str
    source: str


@dataclass(frozen=True, slots=True)
class CodeList:
    """The project's list, and codes that must not be used, each with the reason."""

    version: int
    status: Status
    codes: tuple[Listed, ...]
    never: Mapping[str, str]


@cache
def code_list(*, root: Path = CLINICAL) -> CodeList:
    """The list of `clinical/codes/loinc.toml`, each code looked at once."""
    file = read_toml(root / "codes" / "loinc.toml")
    file.among("name", ("loinc",))
    never: dict[str, str] = {}
    for each in file.tables("never"):
        never[each.text("code")] = each.text("because")
        each.done()
    found = CodeList(
        file.number("version", 1),
        file.word("status", Status),
        tuple(_listed(each) for each in file.tables("codes")),
        never,
    )
    file.done()
    known = [(each.code.system, each.code.code) for each in found.codes]
    twice = next((code for code in known if known.count(code) > 1), None)
    if twice:
        raise file.wrong("codes", f"name {twice[1]} twice: a code means one thing")
    wrong = next((code for _, code in known if code in never), None)
    if wrong:
        raise file.wrong("codes", f"name {wrong}, which {never[wrong]}")
    return found


def _listed(table: Table) -> Listed:
    system = table.among("system", (LOINC, SNOMED))
    code = table.text("code")
    if not _has_its_shape(system, code):
        raise table.wrong("code", f"is {code!r}, whose check digit or shape is wrong: no such code was ever published")
    day = table.text("verified_at")
    if _day(day) is None:
        raise table.wrong("verified_at", "must be the day on which somebody looked the code up, like 2026-11-25")
    found = Listed(
        Code(system, code, table.text("display"), day), table.text("form"), table.text("use"), table.text("source")
    )
    table.done()
    return found


def code_faults(root: Path, forms: Iterable[Questionnaire]) -> Iterator[str]:
    """One sentence for each code that is not listed, stands in the wrong place, or was never looked up."""
    known = code_list(root=root)
    listed = {(each.code.system, each.code.code): each for each in known.codes}
    for form in forms:
        place = f"clinical/questionnaires/{form.name}/{form.version}"
        for use, code in _used(form):
            yield from _faults(place, form.name, use, code, listed, known.never)
    for path in sorted(root.rglob("*")):
        if path.suffix in (".json", ".toml") and path.parent.name != "codes":
            for system, value in _anywhere(path):
                if (system, value) not in listed:
                    why = known.never.get(value, "is not in clinical/codes/loinc.toml")
                    yield f"{short_path(path)}: the code {value} {why}."


def _used(form: Questionnaire) -> Iterator[tuple[str, Code]]:
    yield from (("form", code) for code in form.codes)
    yield from (("total", code) for code in (form.scoring.total.codes if form.scoring.total else ()))
    for item in form.items:
        yield from ((f"question {item.id}", code) for code in item.codes)


def _faults(
    place: str,
    form: str,
    use: str,
    code: Code,
    listed: Mapping[tuple[str, str], Listed],
    never: Mapping[str, str],
) -> Iterator[str]:
    known = listed.get((code.system, code.code))
    if known is None:
        why = never.get(code.code, "is not in clinical/codes/loinc.toml; look it up and list it, or take it out")
        yield f"{place}: the {use} has the code {code.code}, which {why}."
    elif (known.form, known.use) != (form, use):
        yield f"{place}: the {use} has the code {code.code}, which belongs to the {known.use} of {known.form}."
    elif known.code != code:
        yield (
            f"{place}: the {use} has the code {code.code} with another name or day than clinical/codes/loinc.toml: "
            f"{known.code.display!r}, looked up on {known.code.verified_at}."
        )


def _anywhere(path: Path) -> Iterator[tuple[str, str]]:
    """Every pair of a published system and a code in a file, wherever it stands, read by nobody or not."""
    text = read_text(path)
    if LOINC not in text and SNOMED not in text:
        return
    try:
        data = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (json.JSONDecodeError, tomllib.TOMLDecodeError):
        return  # whoever reads the file names that fault
    yield from _pairs(data)


def _pairs(data: object) -> Iterator[tuple[str, str]]:
    if isinstance(data, dict):
        if data.get("system") in (LOINC, SNOMED):
            yield str(data["system"]), str(data.get("code", ""))
        for each in data.values():
            yield from _pairs(each)
    elif isinstance(data, list):
        for each in data:
            yield from _pairs(each)


def _has_its_shape(system: str, code: str) -> bool:
    if system == LOINC:
        return bool(_LOINC.match(code)) and _mod10(code)
    return bool(_SNOMED.match(code)) and _verhoeff(code)


def _mod10(code: str) -> bool:
    """LOINC's check digit."""
    digits, check = code.split("-")
    doubled = [int(digit) * 2 if place % 2 == 0 else int(digit) for place, digit in enumerate(reversed(digits))]
    return (10 - sum(each // 10 + each % 10 for each in doubled) % 10) % 10 == int(check)


_TIMES = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
    [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
    [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
    [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
    [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
    [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
    [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
    [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
]
_TURN = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]


def _verhoeff(code: str) -> bool:
    """SNOMED's check digit (Verhoeff)."""
    check = 0
    for place, digit in enumerate(reversed(code)):
        turned = int(digit)
        for _ in range(place % 8):
            turned = _TURN[turned]
        check = _TIMES[check][turned]
    return check == 0


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def forget() -> None:
    """Drop what was read, so that a changed list is read again."""
    code_list.cache_clear()
