"""The downtime sheet: sealed, whole, fresh, and loud when it is not."""

from datetime import UTC, datetime, time, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.db import connection
from django.test import override_settings
from pypdf import PdfReader
from pypdf.errors import FileNotDecryptedError, WrongPasswordError

from holdfast.assessment import actions as assessment
from holdfast.consent.sentences import IN_DANGER
from holdfast.entry import downtime
from holdfast.ledger import vouch
from holdfast.ledger.models import Vouch
from holdfast.people import reaching
from holdfast.people.reaching import Wishes
from holdfast.people.rules import Way
from holdfast.people.tests.cast import Cast
from holdfast.plans import actions as plans
from holdfast.plans.rules import Part, Someone
from holdfast.web import downtime as sheets

PASSWORD = "paper beside the phone"
ROSA = Someone(Part.HELPERS, "Rosa Peña", "520 555 0177")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    chosen = tmp_path / "downtime"
    chosen.mkdir(mode=0o700)
    with override_settings(HOLDFAST_DOWNTIME_FOLDER=str(chosen), HOLDFAST_DOWNTIME_PASSWORD=PASSWORD):
        yield chosen


def words(data: bytes, password: str = PASSWORD) -> str:
    reader = PdfReader(BytesIO(data))
    if reader.is_encrypted:
        reader.decrypt(password)
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def crisis(cast: Cast) -> None:
    cast.night_shift()
    plans.write(cast.ana, cast.bea, {Part.SIGNS: "secret words of a plan"}, (ROSA,), "high", cast.now)
    wishes = Wishes(Way.TEXT_ONLY, "", (time(22), time(6)), "", "Please call Sam back.")
    reaching.write_reaching(cast.ana, wishes, cast.bea, cast.now)
    assessment.ask_for_help(cast.ana, "session", cast.now)


def test_it_holds_what_staff_need_on_paper(cast: Cast) -> None:
    crisis(cast)
    found = words(sheets.sheet(cast.program, cast.now, PASSWORD))
    for wanted in (
        "Ana Morales",
        "NOBODY HAD THIS YET",
        "(520) 555-0118",
        "AZ by our records",
        "Rosa Peña (520) 555-0177",
        "Text only, no calls",
        "A call is NOT safe: 22:00 to 06:00",
        "Please call Sam back.",
        "Cal Reyes, (520) 555-0102",
        "As of",
        "We are not an emergency service",
        "Tried at, by, result",
    ):
        assert wanted in found, wanted
    assert "secret words of a plan" not in found


def test_of_somebody_without_consent_it_says_what_to_do_in_danger(cast: Cast) -> None:
    """H-151: it holds open crises only, and is read when no page can be opened."""
    crisis(cast)
    reaching.name_supporter(cast.ana, name="Frank", relation="", phone="520 555 0142", by=cast.bea, now=cast.now)
    found = words(sheets.sheet(cast.program, cast.now, PASSWORD))
    for step in IN_DANGER:
        assert " ".join(str(step).replace("’", "'").split()) in found.replace("’", "'")


def test_it_opens_with_the_password_alone(cast: Cast) -> None:
    crisis(cast)
    data = sheets.sheet(cast.program, cast.now, PASSWORD)
    assert b"Morales" not in data
    with pytest.raises((FileNotDecryptedError, WrongPasswordError)):
        words(data, "another")
    assert PdfReader(BytesIO(data)).is_encrypted


def test_it_is_sealed_with_a_long_key(cast: Cast) -> None:
    encryption = PdfReader(BytesIO(sheets.sheet(cast.program, cast.now, PASSWORD))).trailer["/Encrypt"].get_object()
    assert (encryption["/V"], encryption["/Length"]) == (5, 256)


def test_no_sheet_is_ever_drawn_without_a_password(cast: Cast) -> None:
    with pytest.raises(ValueError, match="never written without a password"):
        sheets.sheet(cast.program, cast.now, "")


def test_no_crisis_and_nobody_on_duty_are_said(cast: Cast) -> None:
    found = words(sheets.sheet(cast.program, cast.now, PASSWORD))
    assert "None was open." in found
    assert "Nobody was on duty. Ring the director." in found


def test_letters_that_the_paper_lacks_take_nothing_else_away(cast: Cast) -> None:
    plans.write(cast.ana, cast.bea, {}, (Someone(Part.HELPERS, "Юля 🙂", "520 555 0177"),), "", cast.now)
    cast.night_shift()
    assessment.ask_for_help(cast.ana, "session", cast.now)
    assert "(520) 555-0177" in words(sheets.sheet(cast.program, cast.now, PASSWORD))


# --- the file ------------------------------------------------------------------------------------------


def test_a_sheet_is_put_in_place_whole_and_for_its_owner_alone(folder: Path) -> None:
    path = sheets.write_atomically(folder, "one.pdf", b"old")
    sheets.write_atomically(folder, "one.pdf", b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in folder.iterdir()] == ["one.pdf"]


def test_a_write_that_fails_leaves_the_old_sheet_and_no_half_of_a_new_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheets.write_atomically(folder, "one.pdf", b"old")

    def full(_: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        sheets.write_atomically(folder, "one.pdf", b"new")
    assert [each.read_bytes() for each in folder.iterdir()] == [b"old"]


def test_a_sheet_is_due_when_it_is_missing_or_an_hour_old(folder: Path) -> None:
    path = folder / "one.pdf"
    path.write_bytes(b"x")
    now = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    assert sheets.is_due(folder / "missing.pdf", now)
    assert not sheets.is_due(path, now + timedelta(minutes=59))
    assert sheets.is_due(path, now + timedelta(minutes=61))


@pytest.mark.django_db(transaction=True)
def test_the_worker_writes_every_program_once_an_hour(folder: Path) -> None:
    from holdfast.ledger.models import Program

    for slug in ("one", "two"):
        Program.objects.create(slug=slug, name=slug, neutral_name=slug, state="AZ", made_up=True)
    assert downtime.write_if_due() == 2
    assert sorted(each.name for each in folder.iterdir()) == ["one-downtime.pdf", "two-downtime.pdf"]
    assert downtime.write_if_due() == 0
    assert vouch.word().promises["downtime_sheet_is_fresh"]


def test_without_a_folder_nothing_is_written_or_promised(db: None) -> None:
    assert downtime.write_if_due() == 0
    assert "downtime_sheet_is_fresh" not in vouch.word().promises


def test_a_sheet_older_than_two_hours_is_missed_by_everyone(db: None, folder: Path) -> None:
    assert vouch.word().promises["downtime_sheet_is_fresh"] is False
    vouch.vouch(vouch.DOWNTIME, {})
    assert vouch.word().promises["downtime_sheet_is_fresh"] is True
    with connection.cursor() as cursor:
        cursor.execute("update ledger_vouch set at = at - interval '121 minutes' where who = 'downtime'")
    assert Vouch.objects.filter(who="downtime").exists()
    assert vouch.word().promises["downtime_sheet_is_fresh"] is False


# --- the settings --------------------------------------------------------------------------------------


def test_good_settings_worry_nobody(folder: Path) -> None:
    assert downtime.worries() == []


def test_every_unsafe_setting_is_named_and_stops_the_writing(db: None, folder: Path, tmp_path: Path) -> None:
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o755)
    for change, sentence in (
        ({"HOLDFAST_DOWNTIME_PASSWORD": "short"}, "fewer than 12"),
        ({"HOLDFAST_DOWNTIME_FOLDER": "here"}, "not an absolute path"),
        ({"HOLDFAST_DOWNTIME_FOLDER": str(tmp_path / "nowhere")}, "is no folder"),
        ({"HOLDFAST_DOWNTIME_FOLDER": str(open_to_all)}, "open to every user"),
        ({"STATIC_ROOT": str(folder)}, "served to everyone"),
    ):
        with override_settings(**change):
            assert any(sentence in worry for worry in downtime.worries()), sentence
            assert downtime.write_if_due() == 0
    assert list(folder.iterdir()) == []


def test_a_real_program_without_a_sheet_is_worried_about() -> None:
    with override_settings(HOLDFAST_DEMO=False, HOLDFAST_DOWNTIME_FOLDER=""):
        assert "no paper to work from" in downtime.worries()[0]
