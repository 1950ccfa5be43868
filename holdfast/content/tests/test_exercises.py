"""Exercises and scripts: short, safe, in both languages, and told apart by who reads them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from holdfast.content import load
from holdfast.content.exercises import Exercise, ForWhom, read_exercise
from holdfast.content.shapes import ContentError, Wording

EVERY = (*load.exercises(), *load.scripts())
NEVER = ("calm down", "stay strong", "!", "you must", "failed", "cálmate", "tienes que calmarte")


def test_clients_have_five_ways_through_a_hard_moment_and_staff_four_scripts():
    assert [each.id for each in load.exercises()] == [
        "cool-water",
        "grounding-five-senses",
        "muscle-relaxation",
        "paced-breathing",
        "safe-place",
    ]
    assert [each.id for each in load.scripts()] == [
        "someone-hears-voices",
        "someone-is-panicking",
        "someone-is-very-angry",
        "staying-with-somebody",
    ]
    assert {each.for_whom for each in load.scripts()} == {ForWhom.STAFF}


@pytest.mark.parametrize("exercise", EVERY, ids=lambda each: each.id)
def test_each_has_steps_minutes_and_a_caution_in_both_languages(exercise: Exercise):
    assert exercise.caution is not None
    for words in (exercise.title, exercise.when, *exercise.steps, *exercise.say, *exercise.avoid, exercise.caution):
        assert words.en
        assert words.en != words.es
    assert len(exercise.steps) >= 4
    assert (exercise.for_whom is ForWhom.STAFF) == bool(exercise.say)


@pytest.mark.parametrize("exercise", load.exercises(), ids=lambda each: each.id)
def test_clients_words_are_short_and_never_blame(exercise: Exercise):
    for words in (exercise.title, exercise.when, *exercise.steps):
        for text in (words.en, words.es):
            assert not [each for each in NEVER if each in text.lower()]
            assert all(len(sentence.split()) <= 16 for sentence in re.split(r"[.?:]", text))
    assert _grade(exercise.steps) <= 6


def _grade(steps: tuple[Wording, ...]) -> float:
    """The Flesch-Kincaid grade of the English words; syllables counted as groups of vowels."""
    text = " ".join(step.en for step in steps)
    words = re.findall(r"[A-Za-z]+", text)
    sentences = max(1, len(re.findall(r"[.?]", text)))
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e$", "", word.lower())))) for word in words)
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59


def test_cold_is_described_so_that_it_can_harm_nobody_with_a_weak_heart_or_an_eating_disorder():
    """H: cold on the face slows the heart."""
    cool = load.exercise("cool-water")
    assert cool.caution is not None
    for words in ("heart problem", "heart medicine", "eating disorder", "faint"):
        assert words in cool.caution.en
    for words in ("corazón", "trastorno alimentario", "desmayas"):
        assert words in cool.caution.es
    assert "note on safety first" in cool.steps[0].en
    assert any("Do not hold your breath" in step.en for step in cool.steps)
    assert any("Do not use ice" in step.en for step in cool.steps)


def test_a_client_never_gets_what_is_written_for_staff(tmp_path: Path):
    folder = tmp_path / "clinical" / "exercises" / "odd" / "1"
    folder.mkdir(parents=True)
    (folder / "exercise.toml").write_text(
        'name = "odd"\nversion = 1\nstatus = "draft"\nfor_whom = "client"\nminutes = 1\n'
        'title = { en = "a", es = "b" }\nwhen = { en = "a", es = "b" }\n'
        'steps = [{ en = "a", es = "b" }]\nsay = [{ en = "a", es = "b" }]\n'
    )
    with pytest.raises(ContentError, match="for staff only"):
        read_exercise(folder)


def test_an_exercise_without_steps_or_under_another_number_is_refused(tmp_path: Path):
    folder = tmp_path / "clinical" / "exercises" / "odd" / "2"
    folder.mkdir(parents=True)
    text = (
        'name = "odd"\nversion = {0}\nstatus = "draft"\nfor_whom = "client"\nminutes = 1\n'
        'title = {{ en = "a", es = "b" }}\nwhen = {{ en = "a", es = "b" }}\n'
    )
    (folder / "exercise.toml").write_text(text.format(2))
    with pytest.raises(ContentError, match="at least one step"):
        read_exercise(folder)
    (folder / "exercise.toml").write_text(text.format(1))
    with pytest.raises(ContentError, match="must be 2"):
        read_exercise(folder)
