"""Nothing starts on content that was changed behind its back, and what nobody approved is said."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.approval import actions
from holdfast.approval.models import Approval
from holdfast.content import load, units
from holdfast.content.shapes import ContentError
from holdfast.entry import checks, content_check
from holdfast.ledger.models import Program
from holdfast.ledger.scope import program_scope
from holdfast.people.rules import zone
from holdfast.people.tests.cast import Cast, make_cast

WORDS = """
pack = "c-ssrs"
version = "1"
[items]
"1" = { en = "One?" }
"2" = { en = "Two?" }
"3" = { en = "Three?" }
"4" = { en = "Four?" }
"5" = { en = "Five?" }
"6" = { en = "Six?" }
"6-recent" = { en = "Lately?" }
"""


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    from django.db import transaction

    with transaction.atomic():
        return make_cast("content")


def approve_all(cast: Cast, unit: str) -> None:
    sums = units.sums_at(unit)
    with program_scope(cast.program.id) as now:
        day = now.astimezone(zone(cast.program.timezone)).date()
        actions.approve(unit, sums, cast.dia, day, units.digest_of(sums), now)
        actions.confirm(unit, sums, cast.bea, units.digest_of(sums), now)


def test_a_file_that_was_approved_and_changed_is_named_with_what_to_do(cast: Cast) -> None:
    """H-67"""
    approve_all(cast, "protocols/panic/1")
    assert content_check.changed_since_approved() == []
    with program_scope(cast.program.id):
        Approval.objects.update(digest="0" * 64, sums={"protocol.toml": "0" * 64})
    (said,) = content_check.changed_since_approved()
    assert said.startswith(
        "Clinical content: clinical/protocols/panic/1/protocol.toml is not what Juniper Path approved."
    )
    assert "holdfast content withdraw protocols/panic/1" in said
    assert said in checks.worries()
    content_check.withdraw("clinical/protocols/panic/1", cast.program.slug)
    assert content_check.changed_since_approved() == []


def test_a_real_program_is_told_what_to_approve_and_a_made_up_one_is_not(cast: Cast) -> None:
    assert content_check.not_approved() == []
    with program_scope(cast.program.id):
        Program.objects.filter(id=cast.program.id).update(made_up=False)
    (said,) = content_check.not_approved()
    assert "Juniper Path has not approved" in said
    assert "questionnaire asq" in said
    assert "c-ssrs" not in said, "a pack that is off needs no approval"
    assert "/program/content/" in said
    for unit in (each.path for each in units.units() if not each.is_pack):
        approve_all(cast, unit)
    assert content_check.not_approved() == []


def test_the_words_of_a_pack_are_loaded_from_a_file_and_a_wrong_one_is_refused(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "words.toml"
    file.write_text(WORDS)
    said = content_check.load_wording("c-ssrs", file, cast.program.slug)
    assert said.startswith("The words of the C-SSRS are loaded for Juniper Path. The C-SSRS is off")
    for raw, says in (
        (b"pack = ", "is not TOML"),
        (b"\xff\xfe", "is not written in UTF-8"),
        (b"#" * 70_000, "is larger than 64000 bytes"),
        (b'pack = "asq"', 'must say pack = "c-ssrs"'),
    ):
        file.write_bytes(raw)
        with pytest.raises(ContentError, match=says):
            content_check.load_wording("c-ssrs", file, cast.program.slug)
    with pytest.raises(ContentError, match="cannot be read"):
        content_check.load_wording("c-ssrs", tmp_path / "none.toml", cast.program.slug)
    with pytest.raises(ContentError, match="There is no pack 'asq'; known are c-ssrs, dast-10"):
        content_check.load_wording("asq", file, cast.program.slug)
    with pytest.raises(ContentError, match="Say which program with --program"):
        content_check.load_wording("c-ssrs", file, None)


def test_a_pack_is_scored_for_the_program_that_attested_and_no_other(cast: Cast) -> None:
    form = load.questionnaire("dast-10")
    assert "is off" in str(content_check.why_off(form, None))
    with program_scope(cast.program.id) as now:
        said = {"holder": "H. Skinner", "licence": "notice of 1982", "reference": "folder 3"}
        actions.attest(form, cast.adam, said, now)
    assert content_check.why_off(form, cast.program.slug) is None
    assert content_check.why_off(form, None) is None, "one program here may use it, and nobody named another"
    assert "is off" in str(content_check.why_off(form, cast.other.slug))
    with pytest.raises(ContentError, match="Say which program"):
        content_check.why_off(form, "nobody")


def test_serve_and_worker_refuse_content_that_somebody_edited_and_say_which_file(tmp_path: Path) -> None:
    """H-67: before anything else, with no database at all."""
    copy = tmp_path / "here"
    ignored = shutil.ignore_patterns("tests", "__pycache__", "static")
    shutil.copytree(load.CLINICAL.parent / "holdfast", copy / "holdfast", ignore=ignored)
    shutil.copytree(load.CLINICAL, copy / "clinical")
    file = copy / "clinical" / "protocols" / "escalation.toml"
    file.write_text(file.read_text().replace("next_turn_seconds = 120", "next_turn_seconds = 9120"))
    env = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(copy),
        "HOLDFAST_DEMO": "1",
        "HOLDFAST_DATA": str(tmp_path / "data"),
        "HOLDFAST_SECRET_KEY": "-" * 32,
        "HOLDFAST_SEAL_KEY": "A" * 43 + "=",
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
    }
    for command in ("serve", "worker"):
        done = subprocess.run(
            [sys.executable, "-m", "holdfast.entry.cli", command],
            cwd=copy,
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 1, done.stderr
        assert "clinical/protocols/escalation.toml: was changed since it was sealed" in done.stderr
        assert "does not start with clinical content that was changed behind its back" in done.stderr
