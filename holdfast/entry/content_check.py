"""Whether the clinical content is what was sealed and what each program approved. Asked before anything starts."""

import tomllib
from pathlib import Path

from holdfast.approval import actions, queries
from holdfast.approval.rules import NotAllowed
from holdfast.assessment.score_command import off
from holdfast.content import load
from holdfast.content.seal import verify_content
from holdfast.content.shapes import ContentError, Questionnaire
from holdfast.ledger.models import Program
from holdfast.ledger.scope import program_scope
from holdfast.people.rules import zone

MOST_BYTES = 64_000


def changed_files() -> list[str]:
    """One sentence for each file that is not what was sealed. Needs no database."""
    return [f"Clinical content: {line}" for line in verify_content()]


def changed_since_approved() -> list[str]:
    """One sentence for each file that a program approved and that is different now."""
    found = []
    for program in Program.objects.order_by("id"):
        with program_scope(program.id):
            found += [
                f"Clinical content: {file} is not what {program.name} approved. Put the approved file back, or take the "
                f"approval back with `holdfast content withdraw {unit}` and have it approved again."
                for unit, file in queries.changed_behind_our_back()
            ]
    return found


def not_approved() -> list[str]:
    """One sentence for each real program that works with content which nobody there has approved."""
    found = []
    for program in Program.objects.filter(made_up=False).order_by("id"):
        with program_scope(program.id) as now:
            today = now.astimezone(zone(program.timezone)).date()
            waiting = queries.drafts(today)
            own = queries.copies_to_approve()
        if waiting:
            names = ", ".join(f"{each.unit.kind} {each.unit.name}" for each in waiting)
            found.append(
                f"{program.name} has not approved {len(waiting)} of its clinical content: {names}. Its clinical director "
                "approves each, and a second person confirms it, on the page /program/content/."
            )
        found += [f"{program.name} has sent {name} to be approved, and nobody has approved it yet." for name in own]
    return found


def only_program(slug: str | None) -> Program:
    """The program that is meant: the one named, or the only real one. `ContentError` in one sentence otherwise."""
    found = list(Program.objects.filter(**({"slug": slug} if slug else {"made_up": False})).order_by("id"))
    if not found and not slug:
        found = list(Program.objects.order_by("id"))
    if len(found) != 1:
        known = ", ".join(Program.objects.order_by("slug").values_list("slug", flat=True)) or "none"
        raise ContentError(f"Say which program with --program; known are: {known}.")
    return found[0]


def why_off(form: Questionnaire, slug: str | None) -> str | None:
    """Why a pack may not be scored, or None: for the program that is named, or else for any that lives here."""
    programs = [only_program(slug)] if slug else list(Program.objects.order_by("id"))
    reasons = []
    for program in programs:
        with program_scope(program.id):
            reasons.append(queries.why_not_score(form))
    return None if None in reasons else reasons[0] if reasons else off(form)


def load_wording(pack: str, file: Path, slug: str | None) -> str:
    """Keep the licensed words of a pack. Returns what happened in one sentence."""
    if pack not in load.pack_names():
        raise ContentError(f"There is no pack {pack[:40]!r}; known are {', '.join(load.pack_names())}.")
    form = load.questionnaire(pack)
    program = only_program(slug)
    with program_scope(program.id) as now:
        try:
            actions.load_wording(program.id, form, _words_in(file), now)
        except NotAllowed as no:
            raise ContentError(str(no)) from None
        off = queries.why_not_score(form)
    return f"The words of the {form.scoring.short} are loaded for {program.name}." + (f" {off}" if off else "")


def _words_in(file: Path) -> dict[str, object]:
    try:
        raw = file.read_bytes()
        if len(raw) > MOST_BYTES:
            raise ContentError(f"{file.name} is larger than {MOST_BYTES} bytes; it can only hold a few sentences.")
        return tomllib.loads(raw.decode("utf-8"))
    except OSError as fault:
        raise ContentError(f"{file.name} cannot be read: {fault.strerror}.") from None
    except UnicodeDecodeError:
        raise ContentError(f"{file.name} is not written in UTF-8.") from None
    except tomllib.TOMLDecodeError as fault:
        raise ContentError(f"{file.name} is not TOML: {fault}.") from None


def withdraw(unit: str, slug: str | None) -> str:
    """Take an approval back for whoever runs the machine, so that a start is not refused any more."""
    program = only_program(slug)
    place = unit.removeprefix("clinical/").rstrip("/")
    with program_scope(program.id) as now:
        try:
            actions.withdraw(place, None, now)
        except NotAllowed:
            raise ContentError(f"{program.name} has approved nothing at {place!r}.") from None
    return f"{program.name} has not approved {place} any more; its director approves it again in the app."
