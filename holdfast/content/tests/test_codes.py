"""A published code is used only where the project's own list says so, and after somebody looked it up."""

from __future__ import annotations

import shutil

import pytest

from holdfast.content import codes, load
from holdfast.content.seal import check_content
from holdfast.records.offers.plans import PLAN_CODE


@pytest.fixture
def root(tmp_path):
    """A copy of all content that a test may spoil."""
    copy = tmp_path / "clinical"
    shutil.copytree(load.CLINICAL, copy)
    yield copy
    load.forget()
    codes.forget()


AUDIT_C = "questionnaires/audit-c/1/scoring.toml"
ASQ = "questionnaires/asq/1/questionnaire.json"
LIST = "codes/loinc.toml"


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


CODED = """"linkId": "1",
      "code": [{"extension": [{"url": "urn:holdfast:verified-at", "valueDate": "2026-11-25"}],
                "system": "http://loinc.org", "code": "93246-7", "display": "Wish to be dead 1 month"}],"""

WRONG = [
    # the ASQ bound to a code of the C-SSRS
    (ASQ, '"linkId": "1",', CODED, "the question 1 has the code 93246-7, which belongs to the question 1 of c-ssrs."),
    # AUDIT and AUDIT-C swapped
    (AUDIT_C, "75626-2", "75624-7", "which is the total of the ten-question AUDIT, not of the AUDIT-C."),
    (AUDIT_C, "75626-2", "76504-0", "though a federal example labels it so."),
    # the right code in the wrong place
    (AUDIT_C, "75626-2", "72109-2", "the total has the code 72109-2, which belongs to the form of audit-c."),
    # an invented code
    (AUDIT_C, "75626-2", "75699-9", "is not in clinical/codes/loinc.toml; look it up and list it, or take it out."),
    # another name, another day
    (AUDIT_C, "Total score [AUDIT-C]", "Total score [AUDIT]", "with another name or day than clinical/codes"),
    (AUDIT_C, 'verified_at = "2026-11-25"', 'verified_at = "2026-11-24"', "with another name or day than"),
    # the list itself
    (LIST, 'code = "72109-2"', 'code = "72109-3"', "whose check digit or shape is wrong: no such code was ever"),
    (LIST, 'verified_at = "2026-11-25"', 'verified_at = ""', "verified_at must be a text that is not empty"),
    (LIST, 'verified_at = "2026-11-25"', 'verified_at = "soon"', "must be the day on which somebody looked"),
    (LIST, 'code = "72109-2"', 'code = "75626-2"', "name 75626-2 twice: a code means one thing"),
    (LIST, 'code = "75626-2"', 'code = "75624-7"', "name 75624-7, which is the total of the ten-question AUDIT"),
]


@pytest.mark.parametrize(("file", "old", "new", "says"), WRONG, ids=[each[3][:60] for each in WRONG])
def test_a_wrong_code_is_refused_in_one_sentence_that_says_where(root, file, old, new, says):
    """H-61: a suicide screen filed under another form's code is read as that form by the next hospital."""
    change(root / file, old, new)
    faults = [each for each in check_content(root) if says in each]
    assert faults, check_content(root)
    assert faults[0].startswith(f"clinical/{file.rsplit('/', 1)[0]}")


def test_a_code_in_a_place_that_nobody_reads_is_refused_too(root):
    change(
        root / ASQ,
        '"system": "urn:holdfast:answers",\n            "code": "no"',
        '"system": "http://snomed.info/sct",\n            "code": "373067005"',
    )
    assert any("the code 373067005 is not in clinical/codes/loinc.toml" in each for each in check_content(root))


def test_a_listed_code_of_snomed_must_have_its_check_digit(root):
    text = (root / LIST).read_text("utf-8")
    entry = """
[[codes]]
system = "http://snomed.info/sct"
code = "{}"
display = "No"
form = "asq"
use = "question 1"
source = "nobody"
verified_at = "2026-11-25"
"""
    (root / LIST).write_text(text + entry.format("373067005"), "utf-8")
    assert not any("check digit" in each for each in check_content(root))
    (root / LIST).write_text(text + entry.format("373067006"), "utf-8")
    assert any("check digit" in each for each in check_content(root))


def test_every_listed_code_is_used_where_the_list_says(root):
    """A list that says more than is used hides a slip."""
    used = set()
    for name in (*load.questionnaire_names(), *load.pack_names()):
        form = load.questionnaire(name)
        used |= {(name, use, code.code) for use, code in codes._used(form)}
    used.add(("safety-plan", "document", PLAN_CODE))  # in the file that a client takes to another clinic
    assert {(each.form, each.use, each.code.code) for each in codes.code_list().codes} == used
