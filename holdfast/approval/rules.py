"""What counts as approved, and why something may not be. Pure: no Django, no clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from holdfast.content.protocols import ACT_OF, END, ROLES, WHEN_LATE
from holdfast.people.rules import Role

MAY_APPROVE: Final = frozenset({Role.DIRECTOR})
MAY_CONFIRM: Final = frozenset({Role.CLINICIAN, Role.SUPERVISOR, Role.DIRECTOR})
MAY_ATTEST: Final = frozenset({Role.DIRECTOR, Role.ADMINISTRATOR})
FARTHEST_DAYS: Final = 366


class NotAllowed(ValueError):
    """Refused. The words may be shown to whoever asked."""


class Standing(StrEnum):
    """How a piece of content stands with a program."""

    DRAFT = "draft"  # nobody has approved it
    WAITING = "waiting"  # the director has; a second person has not
    DATED = "dated"  # both have; it counts from a day to come
    APPROVED = "approved"
    CHANGED = "changed"  # it was approved, and is no longer what was approved


@dataclass(frozen=True)
class Signed:
    """What rules need to know of an approval."""

    digest: str
    approved_by: int
    confirmed: bool
    effective_from: date


def standing(signed: Signed | None, digest: str, today: date) -> Standing:
    """How content with this digest stands today."""
    if signed is None:
        return Standing.DRAFT
    if signed.digest != digest:
        return Standing.CHANGED if signed.confirmed else Standing.DRAFT
    if not signed.confirmed:
        return Standing.WAITING
    return Standing.APPROVED if signed.effective_from <= today else Standing.DATED


def why_not_approve(
    role: Role, now: Standing, read: str, digest: str, effective_from: date | None, today: date
) -> str | None:
    """The sentence that says why this cannot be approved now, or None."""
    if role not in MAY_APPROVE:
        return "Only the clinical director approves content."
    if read != digest:
        return "This changed since you read it. Read it again, then approve it."
    if now in (Standing.WAITING, Standing.DATED, Standing.APPROVED):
        return "This is approved already, exactly as it is now."
    if effective_from is None:
        return "Say from which day it counts."
    if effective_from < today:
        return "The day from which it counts has passed. Choose today or a day to come."
    if (effective_from - today).days > FARTHEST_DAYS:
        return "That day is more than a year away. Look at the year again."
    return None


def why_not_confirm(role: Role, who: int, signed: Signed | None, read: str, digest: str, today: date) -> str | None:
    """The sentence that says why this person cannot confirm it now, or None."""
    if role not in MAY_CONFIRM:
        return "A clinician, supervisor or director confirms content."
    if signed is None:
        return "Nobody has approved this yet, so there is nothing to confirm."
    if signed.confirmed:
        return "A second person has confirmed this already."
    if signed.approved_by == who:
        return "You approved this yourself. A second person must confirm it."
    if read != digest or signed.digest != digest:
        return "This changed since it was approved. The director must read and approve it again."
    if signed.effective_from < today:
        return "The day from which it was to count has passed. The director must approve it with a new day."
    return None


def why_not_attest(role: Role, said: Mapping[str, str], standing: bool) -> str | None:
    """Why this attestation cannot be taken, or None."""
    if role not in MAY_ATTEST:
        return "Only a director or an administrator attests to a licence."
    if standing:
        return "Somebody has attested to this already. Revoke that first if it changed."
    for name, missing in (
        ("holder", "Say who gave the licence or the permission."),
        ("licence", "Say which licence it is, or copy the words of the permission."),
        ("reference", "Say where the document is kept, so that somebody can find it in ten years."),
    ):
        if not said.get(name, "").strip():
            return missing
    return None


# --- copies of protocols --------------------------------------------------------------------

MOST_STEPS: Final = 30
MOST_LINES: Final = 12
MOST_LETTERS: Final = 600
MOST_MINUTES: Final = 10_080
SETTLES: Final = "settle"

Body = Mapping[str, Any]
Words = Mapping[str, str]


def act_of(step: Body) -> str | None:
    """The act that does a step, by what it says or by its id."""
    found = step.get("act") or ACT_OF.get(str(step.get("id")))
    return None if found == "press" else found


def why_not_keep_step(step: Body) -> str | None:
    """Why one step cannot be kept as it was typed, or None."""
    if step["role"] not in ROLES:
        return "Choose who does this step."
    if step["when_late"] not in WHEN_LATE:
        return "Choose what happens when it is late."
    for name, said in (("title", "a title"), ("purpose", "what it is for"), ("then_words", "what follows, in words")):
        if not step[name]["en"]:
            return f"A step needs {said}."
    if not step["record"]:
        return "A step needs at least one line on what is written down."
    limit = step.get("limit_minutes")
    if limit is not None and not 1 <= limit <= MOST_MINUTES:
        return f"The limit is between 1 and {MOST_MINUTES} minutes (a week), or empty."
    if max(len(step["say"]), len(step["record"])) > MOST_LINES:
        return f"At most {MOST_LINES} lines fit into one step. Make two steps of it."
    every = [step["title"], step["purpose"], step["then_words"], *step["say"], *step["record"]]
    if any(len(words[language]) > MOST_LETTERS for words in every for language in ("en", "es")):
        return f"One line is longer than {MOST_LETTERS} letters. Nobody reads that in a crisis: shorten it."
    return None


def why_not_send(body: Body) -> str | None:
    """Why a copy cannot be approved as it stands: above all where it does not come to an end."""
    steps: Sequence[Body] = body["steps"]
    if not steps:
        return "A protocol without steps helps nobody. Add one."
    if len(steps) > MOST_STEPS:
        return f"At most {MOST_STEPS} steps fit into one protocol."
    places = {step["id"]: number for number, step in enumerate(steps)}
    for number, step in enumerate(steps):
        if no := why_not_keep_step(step):
            return f"Step {number + 1}: {no}"
        then = step["then"]
        if then != END and then not in places:
            return f"Step {number + 1} leads to a step that is not there. Say what follows it."
        if then != END and places[then] <= number:
            return f"Step {number + 1} leads back to step {places[then] + 1}: a protocol must come to an end."
    if steps[-1]["then"] != END:
        return "The last step leads nowhere: a protocol must come to an end."
    reached, at = {0}, 0
    while steps[at]["then"] != END:
        at = places[steps[at]["then"]]
        reached.add(at)
    lost = next((number for number in range(len(steps)) if number not in reached), None)
    if lost is not None:
        return f"No step leads to step {lost + 1}, so nobody would ever come to it."
    if not any(act_of(step) == SETTLES for step in steps):
        return "No step says how the crisis ends. Keep or add the step that settles it."
    return None
