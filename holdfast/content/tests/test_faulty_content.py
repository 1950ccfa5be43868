"""Content with a fault is refused in one sentence that names the file and the key; what is released stays."""

from __future__ import annotations

import hashlib
import shutil

import pytest

from holdfast.content import load
from holdfast.content.checksums import SUMS
from holdfast.content.seal import check_content, seal_content, verify_content
from holdfast.content.shapes import ContentError


@pytest.fixture
def root(tmp_path):
    """A copy of all content that a test may spoil."""
    copy = tmp_path / "clinical"
    shutil.copytree(load.CLINICAL, copy)
    yield copy
    load.forget()


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


SCORING = "questionnaires/phq-9/1/scoring.toml"
FORM = "questionnaires/phq-9/1/questionnaire.json"
ASQ = "questionnaires/asq/1/questionnaire.json"
STEPS = "protocols/suicidal-thoughts/1/protocol.toml"
TABLE = "protocols/escalation.toml"
LINES = "helplines/us.toml"
RHYTHM = "cadence/cadence.toml"
EXERCISE = "exercises/paced-breathing/1/exercise.toml"
CONDITION = """"answerCoding": {
            "system": "urn:holdfast:answers",
            "code": "yes\""""

FAULTS = [
    (SCORING, 'urgency = "urgent"', 'urgency = "quite bad"', "rules[2].urgency must be one of emergency, urgent"),
    (SCORING, "values = [2, 3]", "values = [2, 4]", "rules[2].values holds 4, which question 9 cannot"),
    (SCORING, "values = [2, 3]", 'values = ["2"]', "rules[2].values must be a list of whole numbers"),
    (SCORING, "values = [2, 3]", "", "rules[2].values must list at least one value"),
    (SCORING, 'items = ["9"]', 'items = ["12"]', "rules[1].items names question '12'"),
    (SCORING, "total_at_least = 20\n", "", "rules[3].items or total_at_least must be given"),
    (SCORING, "version = 1", "version = 0", "rules[1].version must lie between 1 and"),
    (SCORING, "from = 5, to = 9", "from = 6, to = 9", "total.bands must follow each other without gap"),
    (SCORING, "to = 27", "to = 26", "total.bands must end at the highest possible total, 27"),
    (SCORING, 'ask = ["asq"]', 'asks = ["asq"]', "rules[1].asks is not a key this file may have"),
    (SCORING, "phq9-item9-often", "phq9-item9-some", "rules must each have an id of their own"),
    (SCORING, 'status = "draft"', 'status = "approved"', "approved_by is missing"),
    (SCORING, 'status = "draft"', "status = draft", "this is not TOML"),
    (
        SCORING,
        'protocol = "suicidal-thoughts"',
        'protocol = "sucidal"',
        "rule phq9-item9-some names protocol 'sucidal'",
    ),
    (SCORING, 'ask = ["asq"]', 'ask = ["cssrs"]', "rule phq9-item9-some asks 'cssrs'"),
    (FORM, '"resourceType": "Questionnaire"', '"resourceType": "Patient"', "resourceType must be one of Questionnaire"),
    (FORM, '"version": "1"', '"version": "2"', "version must be one of 1, not '2'"),
    (FORM, '"valueString": "Poco inter', '"other": "Poco inter', "is missing"),
    (FORM, '"linkId": "2"', '"linkId": "1"', "must hold questions, each with a linkId of its own"),
    (FORM, '"type": "choice"', '"type": "boolean"', "type must be one of group, display, choice"),
    (FORM, '"linkId": "intro"', '"linkId": "hello"', "must hold a display item with linkId 'intro'"),
    (FORM, '"valueDecimal": 1', '"valueDecimal": 0', "each with a value of its own"),
    (FORM, '"valueDate": "2026-11-23"', '"valueString": "soon"', "valueDate is missing"),
    (FORM, '"status": "draft"', '"status": "active"', "status must be one of draft"),
    (FORM, "{", "[", "this is not JSON"),
    (ASQ, '"question": "1"', '"question": "9"', "question names '9', which is not asked before this"),
    (ASQ, CONDITION, CONDITION.replace("yes", "maybe"), "holds 'maybe', which is no answer to 1"),
    (STEPS, 'then = "place"', 'then = "prepare"', "steps leads from reach to 'prepare', which is no later step"),
    (STEPS, 'role = "owner"', 'role = "janitor"', "steps[1].role must be one of owner"),
    (STEPS, "version = 1", "version = 2", "version must be 1, as its folder says"),
    (STEPS, "limit_minutes = 2", "limit_minutes = 2.5", "steps[1].limit_minutes must be a whole number"),
    (TABLE, '"supervisor", "director"]', '"supervisor", "nobody"]', "steps must be a list of known, first"),
    (TABLE, '"first", "backup"', '"first", "first"', "steps names a step twice"),
    (TABLE, "next_turn_seconds = 120", "next_turn_seconds = 7200", "urgency.emergency.next_turn_seconds must lie"),
    (TABLE, "next_turn_seconds = 120", "next_turn_seconds = 0", "urgency.emergency.next_turn_seconds must lie"),
    (TABLE, "page_at_part = 0.5", "page_at_part = 2", "urgency.same_day.page_at_part must be a number between"),
    (LINES, "verified = false", "verified = true", "verified_at must be a date exactly when verified is true"),
    (LINES, 'call = "1-800-662-4357"\n', "", "call or text_to or chat must be given"),
    (LINES, 'country = "us"', 'country = "mx"', "country must be one of us, not 'mx'"),
    (RHYTHM, 'name = "gad-7"', 'name = "gad-8"', "names the form 'gad-8', which is missing"),
    (RHYTHM, 'signal = "gone-quiet"', 'signal = "gone-mad"', "signal must be one of"),
    (RHYTHM, "local_hour = 9", "local_hour = 2", "local_hour must lie between 4 and 20"),
    (RHYTHM, 'risk_levels = ["imminent"]', 'risk_levels = ["immanent"]', "risk_levels must be a list of"),
    (RHYTHM, 'standings = ["active"]', "standings = []", "standings must be a list of"),
    (RHYTHM, "every_days = 1\n", "every_days = 0\n", "every_days must lie between 1 and 90"),
    (EXERCISE, "minutes = 3", "minutes = 0", "minutes must lie between 1 and 60"),
    (EXERCISE, 'for_whom = "client"', 'for_whom = "cat"', "for_whom must be one of client, staff"),
]


@pytest.mark.parametrize(("file", "old", "new", "says"), FAULTS, ids=[f"{f[0].split('/')[-1]}: {f[3]}" for f in FAULTS])
def test_a_fault_is_named_with_its_file_and_its_key(root, file, old, new, says):
    change(root / file, old, new)
    faults = [each for each in check_content(root) if says in each]
    assert faults, check_content(root)
    assert faults[0].startswith(f"clinical/{file}")
    assert faults[0].endswith(".")
    assert "\n" not in faults[0]


@pytest.mark.parametrize("paper", ["SOURCE.md", "vectors.csv"])
def test_a_form_without_its_papers_is_refused(root, paper):
    (root / "questionnaires/asq/1" / paper).unlink()
    assert f"clinical/questionnaires/asq/1/{paper}: the file is missing." in check_content(root)


def test_a_source_without_a_licence_is_refused(root):
    change(root / "questionnaires/asq/1/SOURCE.md", "- Licence:", "- Terms:")
    assert any("SOURCE.md: has no line '- Licence:'" in each for each in check_content(root))


@pytest.mark.parametrize("name", ["phq-8", "../protocols", "", "."])
def test_an_unknown_form_is_refused_with_the_known_ones(root, name):
    with pytest.raises(ContentError, match=r"There is no .* in clinical/questionnaires; known: asq, audit-c, bam-iop"):
        load.questionnaire(name, root=root)
    with pytest.raises(ContentError):
        load.questionnaire(name, "1", root=root)


def test_an_unknown_version_is_refused(root):
    with pytest.raises(ContentError, match="clinical/questionnaires/asq has no version '7'"):
        load.questionnaire("asq", "7", root=root)
    with pytest.raises(ContentError, match="clinical/protocols/i-need-help-now has no version '7'"):
        load.protocol("i-need-help-now", 7, root=root)


def test_the_newest_version_is_given_where_none_is_named(root):
    old = root / "questionnaires/asq/1"
    shutil.copytree(old, root / "questionnaires/asq/10")
    change(root / "questionnaires/asq/10/questionnaire.json", '"version": "1"', '"version": "10"')
    shutil.copytree(old, root / "questionnaires/asq/9")
    load.forget()
    assert load.questionnaire("asq", root=root).version == "10"
    assert load.questionnaire("asq", "1", root=root).version == "1"


# ------------------------------------------------------------------ the seal


def test_the_checksums_are_those_of_the_files(root):
    for line in (root / "questionnaires/asq/1" / SUMS).read_text("utf-8").splitlines():
        if not line.startswith("#"):
            value, name = line.split("  ")
            assert hashlib.sha256((root / "questionnaires/asq/1" / name).read_bytes()).hexdigest() == value


def test_a_changed_draft_is_noticed_and_may_be_sealed_again(root):
    change(root / SCORING, "severe", "very severe")
    assert verify_content(root) == [
        f"clinical/{SCORING}: was changed since it was sealed; run `holdfast content seal` if that was meant."
    ]
    assert seal_content(root) == ["clinical/questionnaires/phq-9/1"]
    assert verify_content(root) == []
    assert seal_content(root) == []


def test_a_new_and_a_missing_file_are_noticed(root):
    (root / "questionnaires/asq/1/notes.md").write_text("hello", encoding="utf-8")
    (root / "questionnaires/asq/1/vectors.csv").unlink()
    said = " ".join(verify_content(root))
    assert "notes.md: is new since it was sealed" in said
    assert "vectors.csv: is missing since it was sealed" in said


def release(root):
    """Phq-9, suicidal-thoughts, the table of urgencies, the rhythm and an exercise become released."""
    for file in (SCORING, STEPS, TABLE, RHYTHM, EXERCISE):
        change(root / file, 'status = "draft"', 'status = "released"')
    change(root / FORM, '"status": "draft"', '"status": "active"')
    seal_content(root)
    assert check_content(root) == []


@pytest.mark.parametrize("file", [SCORING, STEPS, TABLE, RHYTHM, EXERCISE])
def test_a_released_version_never_changes_not_even_as_a_draft_again(root, file):
    """H: what a client answered yesterday must mean tomorrow what it meant then."""
    release(root)
    before = (root / file).parent.joinpath(SUMS).read_text("utf-8")
    change(root / file, 'status = "released"', 'status = "draft"')
    with pytest.raises(ContentError, match="version 1 is released and may not change; make a new version instead"):
        seal_content(root)
    assert (root / file).parent.joinpath(SUMS).read_text("utf-8") == before
    assert any("put the sealed file back, or make a new version" in each for each in verify_content(root))


def test_nothing_at_all_is_sealed_while_something_released_has_changed(root):
    release(root)
    change(root / STEPS, "Take one minute to look", "Take two minutes to look")
    change(root / LINES, "For anyone who would rather write", "For those who would rather write")
    with pytest.raises(ContentError):
        seal_content(root)
    assert any("helplines/us.toml: was changed" in each for each in verify_content(root))


def test_a_released_table_may_be_followed_by_a_higher_version_of_itself(root):
    release(root)
    change(root / TABLE, "version = 1", "version = 2")
    change(root / TABLE, 'status = "released"', 'status = "draft"')
    assert seal_content(root) == ["clinical/protocols"]
    assert verify_content(root) == []


def test_a_released_version_without_its_checksums_is_not_sealed_anew(root):
    release(root)
    (root / "questionnaires/phq-9/1" / SUMS).unlink()
    assert any("has no checksums yet" in each for each in verify_content(root))
    with pytest.raises(ContentError, match="is released but has no checksums"):
        seal_content(root)


def test_a_spoilt_checksum_file_is_named(root):
    (root / "helplines" / SUMS).write_text("hello\n", encoding="utf-8")
    assert "clinical/helplines/SHA256SUMS: line 1 is neither a checksum nor a comment." in check_content(root)


def test_a_rhythm_that_forgets_a_risk_level_is_refused(root):
    """H: a client whose level no line names would be silent for ever."""
    path = root / RHYTHM
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"unrated", ', ""), encoding="utf-8")
    assert any("say nothing about active clients whose risk is unrated" in fault for fault in check_content(root))
