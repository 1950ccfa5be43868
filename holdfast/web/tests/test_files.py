"""Files to take away are attached, under the name they were given, and no cache keeps them; they are made in one place."""

import re
from pathlib import Path

from holdfast.web.files import as_file

WEB = Path(__file__).resolve().parent.parent


def test_a_file_is_attached_and_kept_by_no_cache() -> None:
    answer = as_file("a,b\n", "text/csv; charset=utf-8", "people.csv")
    assert answer.content == b"a,b\n"
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="people.csv"'
    assert answer["Cache-Control"] == "no-store"


def test_every_attached_file_is_made_in_one_place() -> None:
    made = [
        path.name
        for path in WEB.rglob("*.py")
        if "tests" not in path.parts and re.search("Content-Disposition.*attachment", path.read_text())
    ]
    assert made == ["files.py"]
