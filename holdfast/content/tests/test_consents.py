"""Texts that clients agree to, the lists of an emergency, and the law of states: whole, in both languages, and careful."""

import shutil
from pathlib import Path

import pytest

from holdfast.content.consents import NAMES, PART_2, consent_text, consents_are_sound, emergency_scripts, tells_too_much
from holdfast.content.load import CLINICAL
from holdfast.content.seal import check_content
from holdfast.content.shapes import ContentError, Status
from holdfast.content.states import state_law, state_names


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the content that may be spoilt."""
    shutil.copytree(CLINICAL, tmp_path / "clinical")
    return tmp_path / "clinical"


def spoil(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


@pytest.mark.parametrize("name", NAMES)
def test_each_text_is_a_draft_in_both_languages(name: str) -> None:
    text = consent_text(name)
    assert text.status is Status.DRAFT
    for part in text.parts:
        assert part.text.en == "{client}" or part.text.en != part.text.es
    assert {"revoke", "expiry"} <= {part.id for part in text.parts}


def test_the_consent_of_part_2_holds_every_element_that_the_rule_asks_for() -> None:
    """H-157: patient, discloser, information, recipients, purpose, revoking, expiry, signature, redisclosure, refusing."""
    text = consent_text("part2")
    assert [part.id for part in text.parts] == list(dict.fromkeys(part.id for part in text.parts))
    assert set(PART_2) == {part.id for part in text.parts}
    said = {part.id: part.text.en for part in text.parts}
    assert "{client}" in said["patient"]
    assert "{program}" in said["discloser"]
    assert "alcohol and drug" in said["information"]
    assert "My treating providers, health plans, third-party payers, and people helping" in said["recipients"]
    assert "treatment, payment, and health care operations" in said["purpose"]
    assert "in writing" in said["revoke"]
    assert "HIPAA" in said["redisclosure"]
    assert "still get help" in said["refusing"]
    assert "ounseling notes" in said["not_included"]


def test_each_text_promises_no_more_than_is_so() -> None:
    """H-151: what the law lets us tell without a tick, a court order, a guardian in danger; the plain sentence first."""
    emergency = {part.id: part.text for part in consent_text("emergency").parts}
    assert "In a medical emergency the law lets us tell medical people more." in emergency["information"].en
    assert "Only a court order can change that." in emergency["recipients"].en
    assert emergency["expiry"].en.endswith("You can sign again on this page.")
    for text in (consent_text("supporter").short, consent_text("supporter").taken_back):
        assert "A parent or guardian by law may hear it when you are in danger." in text.en
        assert "tutor legal" in text.es
    records = {part.id: part.text.en for part in consent_text("part2").parts}
    assert records["redisclosure"].startswith("They may pass it on. It may not be used against you in court")
    assert records["recipients"].startswith("The people who treat you, pay for you, or help run this program.")


@pytest.mark.parametrize("part", PART_2)
def test_a_consent_of_part_2_without_one_of_them_is_refused(copy: Path, part: str) -> None:
    spoil(copy / "consents/part2/1/consent.toml", f'id = "{part}"', f'id = "not_{part}"')
    with pytest.raises(ContentError, match=part):
        consent_text("part2", root=copy)


def test_the_list_for_the_police_gives_nothing_away_in_either_language() -> None:
    """H-152: no treatment, diagnosis, name of the program or tell-tale medicine."""
    scripts = emergency_scripts()
    assert tells_too_much(scripts) == ()
    assert len(scripts.tell_tale) > 20


@pytest.mark.parametrize(
    "word", ["They take methadone.", "Toma metadona.", "A client of ours.", "Está en tratamiento."]
)
def test_a_list_for_the_police_that_gives_something_away_is_refused(copy: Path, word: str) -> None:
    """H-152"""
    file = copy / "policies/emergency-scripts/1/policy.toml"
    spoil(file, "What the danger is, now: to themselves or to others.", word)
    with pytest.raises(ContentError, match="may not hear"):
        emergency_scripts(root=copy)
    assert any("may not hear" in fault for fault in check_content(copy))


def test_the_medical_list_says_substance_time_breathing_and_naloxone() -> None:
    """H-153"""
    scripts = emergency_scripts()
    for words, said in (
        (
            ("taken, when, and how much", "Breathing", "Naloxone"),
            " ".join(line.text.en for line in scripts.medical.say),
        ),
        (("tomó, cuándo y cuánto", "Respira", "Naloxona"), " ".join(line.text.es for line in scripts.medical.say)),
    ):
        assert all(word in said for word in words)


def test_a_state_without_a_file_is_read_most_strictly() -> None:
    law = state_law("ZZ")
    assert (law.name, law.mental_health_from, law.substance_use_from) == ("default", None, None)
    assert not law.guardian_knows_mental_health


def test_each_state_is_dated_a_draft_of_counsel_and_names_its_sources() -> None:
    for name in state_names():
        law = state_law(name)
        assert (law.status, law.counsel) == (Status.DRAFT, Status.DRAFT)
        assert law.as_of
        assert law.not_verified
        assert law.sources or name == "default"


def test_what_counsel_has_not_confirmed_opens_nothing(copy: Path) -> None:
    """H-154: a draft that would let somebody under age sign alone, or a guardian hear more, is read most strictly."""
    for name in state_names():
        law = state_law(name)
        opened = (law.mental_health_from, law.substance_use_from, law.guardian_knows_mental_health)
        assert opened == (None, None, False)
    spoil(copy / "states/wa.toml", 'counsel = "draft"', 'counsel = "approved"')
    law = state_law("WA", root=copy)
    assert (law.mental_health_from, law.substance_use_from) == (13, 13)


def test_a_milder_rule_without_a_source_is_refused(copy: Path) -> None:
    file = copy / "states/wa.toml"
    text = file.read_text()
    file.write_text("\n".join(line for line in text.splitlines() if not line.startswith("sources")))
    with pytest.raises(ContentError, match="sources"):
        state_law("WA", root=copy)


def test_all_versions_are_read(copy: Path) -> None:
    shutil.copytree(copy / "consents/telehealth/1", copy / "consents/telehealth/2")
    with pytest.raises(ContentError, match="must be 2"):
        consents_are_sound(root=copy)
