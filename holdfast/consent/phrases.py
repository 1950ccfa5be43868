"""Who was told what, and on what ground, in the plain words of the team. Pages translate them."""

from datetime import date
from typing import Final

from holdfast.consent.words import Ground, Info, Recipient

INFO: Final[dict[str, str]] = {
    Info.HERE: "that they are a client here",
    Info.HOW: "how they are doing, in general",
    Info.DANGER: "that they are in danger",
    Info.WHEREABOUTS: "where they are",
    Info.SIGNS: "how they are this minute",
    Info.PRACTICAL: "appointments and rides",
    Info.TREATMENT: "mental health treatment",
    Info.SUBSTANCES: "alcohol and drugs",
    Info.MEDICINES: "medicines",
    Info.NOTES: "notes of counseling or psychotherapy",
}
RECIPIENTS: Final[dict[str, str]] = {
    Recipient.SUPPORTER: "Somebody they named",
    Recipient.GUARDIAN: "Their guardian",
    Recipient.EMERGENCY_MEDICAL: "Whoever sends or brings medical help",
    Recipient.POLICE: "Police",
    Recipient.THREATENED: "Somebody who is threatened",
    Recipient.TREATING: "Emergency room, or another provider who treats them",
    Recipient.PAYER: "Health plan or payer",
    Recipient.EMPLOYER: "Employer",
    Recipient.SCHOOL: "School",
    Recipient.COURT: "Court, probation, lawyer",
    Recipient.OTHER: "Somebody else",
    Recipient.UNINVITED: "A caller whom nobody named",
}
GROUNDS: Final[dict[str, str]] = {
    Ground.CONSENT: "consent",
    Ground.THREAT: "a serious danger (45 CFR 164.512(j))",
    Ground.MEDICAL: "a medical emergency (42 CFR 2.51)",
    Ground.FAMILY: "agreed aloud (45 CFR 164.510(b))",
    Ground.GUARDIAN: "guardian of a client under age (45 CFR 164.502(g))",
    Ground.NOTHING: "no ground in our rules",
}


def told_words(name: str, whom: str, about: list[str], ground: str, signed: date | None) -> str:
    """One line: Told Rosa (mother): where they are. Ground: consent of May 3, 2026. `signed`: the day of that consent."""
    what = ", ".join(INFO.get(one, one) for one in about)
    why = GROUNDS.get(ground, ground)
    if ground == Ground.CONSENT and signed is not None:
        why = f"consent of {signed:%B} {signed.day}, {signed.year}"
    return f"Told {name} ({whom}): {what}. Ground: {why}."
