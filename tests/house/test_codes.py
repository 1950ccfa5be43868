"""No published code is used that the project's own list does not hold, in content or in code."""

import ast
import re
from pathlib import Path

from holdfast.content import load
from holdfast.content.codes import code_faults, code_list

ROOT = Path(__file__).resolve().parent.parent.parent
LOOKS_LIKE_LOINC = re.compile(r"^\d{4,6}-\d$")


def test_every_code_of_the_content_is_listed_for_the_place_where_it_stands() -> None:
    """H-61"""
    names = (*load.questionnaire_names(), *load.pack_names())
    assert list(code_faults(load.CLINICAL, [load.questionnaire(name) for name in names])) == []


def test_no_program_uses_a_code_that_is_not_listed() -> None:
    """H-61: a code written into a program escapes the check of the content."""
    listed = {each.code.code for each in code_list().codes}
    for path in (ROOT / "holdfast").rglob("*.py"):
        if "tests" in path.parts or "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and LOOKS_LIKE_LOINC.match(node.value):
                assert node.value in listed, f"{path.relative_to(ROOT)}: {node.value}"
