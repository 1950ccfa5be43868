"""Looks over all clinical content at once, for `holdfast content check` and `list` and for a program's start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from . import codes, consents, load, states
from .checksums import packs, seal_content, verify_content
from .consents import consent_text, consents_are_sound, emergency_scripts
from .exercises import ForWhom
from .load import CLINICAL
from .policies import boundary, plan_wording, policies_are_sound
from .retention import retention
from .reviews import checklist
from .shapes import ContentError, Questionnaire, Status
from .states import state_law, state_names, states_are_sound
from .table import read_text, read_toml, short_path

SOURCE_LINES = ("- Licence:", "- Citation:", "- Verified at:")

__all__ = ["Listed", "check_content", "list_content", "seal_content", "verify_content"]


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of `holdfast content list`."""

    kind: str
    name: str
    version: str
    status: Status
    title: str
    note: str = ""

    def __str__(self) -> str:
        note = f" ({self.note})" if self.note else ""
        return f"{self.kind:13}  {self.name:26}  version {self.version:3}  {self.status:8}  {self.title}{note}"


def list_content(root: Path = CLINICAL) -> list[Listed]:
    """Every version of everything, with its status; drafts are what a real program has still to approve."""
    listed = []
    for name, version in _versions(root, "questionnaires"):
        form = load.questionnaire(name, version, root=root)
        off = "off until somebody attests to a licence" if form.licence else ""
        listed.append(Listed("questionnaire", name, version, form.status, form.title.en, off))
    for name, version in _versions(root, "protocols"):
        protocol = load.protocol(name, version, root=root)
        listed.append(Listed("protocol", name, version, protocol.status, protocol.title.en))
    for name, version in _versions(root, "exercises"):
        exercise = load.exercise(name, version, root=root)
        kind = "exercise" if exercise.for_whom is ForWhom.CLIENT else "script"
        listed.append(Listed(kind, name, version, exercise.status, exercise.title.en))
    for name, title in (("escalation", "How long we wait for whom"), ("signals", "What else needs a human")):
        file = read_toml(root / "protocols" / f"{name}.toml")
        listed.append(Listed(name, name, str(file.number("version", 1)), file.word("status", Status), title))
    for path in sorted((root / "reviews").glob("*.toml")):
        review = checklist(path.stem, root=root)
        listed.append(Listed("review", review.name, str(review.version), review.status, review.title.en))
    rhythm = load.cadence(root=root)
    listed.append(Listed("cadence", "cadence", str(rhythm.version), rhythm.status, "How often we ask, and silence"))
    if (root / "policies").is_dir():
        plan, what = plan_wording(root=root), boundary(root=root)
        listed.append(Listed("policy", "boundary", str(what.version), what.status, what.title.en))
        listed.append(Listed("policy", "safety-plan", str(plan.version), plan.status, plan.title.en))
    if (root / "policies" / "emergency-scripts").is_dir():
        aloud = emergency_scripts(root=root)
        listed.append(
            Listed("policy", "emergency-scripts", str(aloud.version), aloud.status, "What is said in an emergency")
        )
    for name, version in _versions(root, "consents"):
        text = consent_text(name, version, root=root)
        listed.append(Listed("consent", name, version, text.status, text.title.en))
    for name in sorted(state_names(root=root)):
        law = state_law(name, root=root)
        listed.append(Listed("state", name, str(law.version), law.status, f"Clients under age: {law.title}"))
    if (root / "policies" / "retention").is_dir():
        kept = retention(root=root)
        listed.append(Listed("policy", "retention", str(kept.version), kept.status, kept.title.en))
    listed_codes = codes.code_list(root=root)
    listed.append(
        Listed("codes", "loinc", str(listed_codes.version), listed_codes.status, "Published codes that we use")
    )
    for country in _countries(root):
        lines = load.helplines(country, root=root)
        listed.append(Listed("helplines", country, str(lines.version), lines.status, f"{len(lines.lines)} helplines"))
    return listed


def check_content(root: Path = CLINICAL) -> list[str]:
    """One sentence for each fault of the content; an empty list when all is well."""
    load.forget()
    codes.forget()
    checklist.cache_clear()
    consents.forget()
    states.forget()
    faults: list[str] = []
    forms: list[Questionnaire] = []

    def attempt(read: Callable[[], object]) -> object:
        try:
            return read()
        except ContentError as fault:
            faults.append(str(fault))
            return None

    for name, version in _versions(root, "questionnaires"):
        form = attempt(partial(load.questionnaire, name, version, root=root))
        if isinstance(form, Questionnaire):
            forms.append(form)
        attempt(partial(_check_papers, root / "questionnaires" / name / version))
    for name, version in _versions(root, "protocols"):
        attempt(partial(load.protocol, name, version, root=root))
    for name, version in _versions(root, "exercises"):
        attempt(partial(load.exercise, name, version, root=root))
    attempt(partial(load.escalation, root=root))
    for path in sorted((root / "reviews").glob("*.toml")):
        attempt(partial(checklist, path.stem, root=root))
    attempt(partial(_check_cadence, root))
    for country in _countries(root):
        attempt(partial(load.helplines, country, root=root))
    if (root / "policies").is_dir():
        attempt(partial(policies_are_sound, root=root))
    if (root / "consents").is_dir():
        attempt(partial(consents_are_sound, root=root))
    attempt(partial(states_are_sound, root=root))
    if (root / "policies" / "retention").is_dir():
        attempt(partial(retention, root=root))
    faults += list(_dangling(root, forms))
    attempt(lambda: faults.extend(codes.code_faults(root, forms)))
    attempt(partial(_check_signals, root))
    attempt(lambda: faults.extend(verify_content(root)))
    return faults


def _versions(root: Path, kind: str) -> Iterator[tuple[str, str]]:
    for folder in packs(root):
        if folder.name.isdigit() and folder.parent.parent == root / kind:
            yield folder.parent.name, folder.name


def _countries(root: Path) -> list[str]:
    return sorted(path.stem for path in (root / "helplines").glob("*.toml"))


def _check_papers(folder: Path) -> None:
    """A form travels with its licence and its worked cases."""
    source = read_text(folder / "SOURCE.md")
    for line in SOURCE_LINES:
        if line not in source:
            raise ContentError(f"{short_path(folder / 'SOURCE.md')}: has no line {line!r}.")
    read_text(folder / "vectors.csv")


def _check_signals(root: Path) -> None:
    for signal in load.signals(root=root).values():
        if signal.protocol and signal.protocol not in load.protocol_names(root=root):
            raise ContentError(
                f"clinical/protocols/signals.toml: signal {signal.id} names protocol {signal.protocol!r}, "
                "which is missing."
            )


def _check_cadence(root: Path) -> None:
    """Forms and signals that the rhythm names are there."""
    rhythm = load.cadence(root=root)
    named = {line.form for line in rhythm.forms} | set(rhythm.baseline.instruments)
    for missing in sorted(named - set(load.questionnaire_names(root=root))):
        raise ContentError(f"clinical/cadence/cadence.toml: names the form {missing!r}, which is missing.")
    for missing in sorted({line.signal for line in rhythm.silence} - set(load.signals(root=root))):
        raise ContentError(f"clinical/cadence/cadence.toml: names the signal {missing!r}, which is missing.")


def _dangling(root: Path, forms: list[Questionnaire]) -> Iterator[str]:
    """Rules that lead to a protocol or a form that is not there."""
    protocols = load.protocol_names(root=root)
    names = load.questionnaire_names(root=root)
    for form in forms:
        place = f"clinical/questionnaires/{form.name}/{form.version}/scoring.toml"
        for rule in form.scoring.rules:
            if rule.protocol and rule.protocol not in protocols:
                yield f"{place}: rule {rule.id} names protocol {rule.protocol!r}, which is missing."
            for asked in rule.ask:
                if asked not in names:
                    yield f"{place}: rule {rule.id} asks {asked!r}, which is missing."
        left = form.scoring.unfinished
        if left is not None and left.protocol and left.protocol not in protocols:
            yield f"{place}: unfinished names protocol {left.protocol!r}, which is missing."
