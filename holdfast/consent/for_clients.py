"""The fixed lists of consent as a client reads them: plain words, without numbers of laws."""

from typing import Final

from django.utils.translation import gettext_noop

from holdfast.consent.words import Ground, Info, Recipient

TO_CLIENTS: Final[dict[str, str]] = {
    Info.HERE: gettext_noop("that you are a client here"),
    Info.HOW: gettext_noop("how you are doing, in general"),
    Info.DANGER: gettext_noop("that you were in danger"),
    Info.WHEREABOUTS: gettext_noop("where you were"),
    Info.SIGNS: gettext_noop("how you were that minute"),
    Info.PRACTICAL: gettext_noop("appointments and rides"),
    Info.TREATMENT: gettext_noop("your mental health treatment"),
    Info.SUBSTANCES: gettext_noop("alcohol and drugs"),
    Info.MEDICINES: gettext_noop("your medicines"),
    Info.NOTES: gettext_noop("notes of your counseling"),
}
WHY_TO_CLIENTS: Final[dict[str, str]] = {
    Ground.CONSENT: gettext_noop("You had agreed to it."),
    Ground.THREAT: gettext_noop("We believed that a life was in danger."),
    Ground.MEDICAL: gettext_noop("It was a medical emergency."),
    Ground.FAMILY: gettext_noop("You had just agreed to it aloud."),
    Ground.GUARDIAN: gettext_noop("They are your guardian."),
    Ground.NOTHING: gettext_noop("We had no rule that allowed this. That is ours to put right, not yours."),
}
WHOM_TO_CLIENTS: Final[dict[str, str]] = {
    Recipient.SUPPORTER: gettext_noop("somebody you named"),
    Recipient.GUARDIAN: gettext_noop("your guardian"),
    Recipient.EMERGENCY_MEDICAL: gettext_noop("medical help"),
    Recipient.POLICE: gettext_noop("police"),
    Recipient.THREATENED: gettext_noop("somebody who may have been in danger"),
    Recipient.TREATING: gettext_noop("somebody who treats you"),
    Recipient.PAYER: gettext_noop("your health plan"),
    Recipient.EMPLOYER: gettext_noop("an employer"),
    Recipient.SCHOOL: gettext_noop("a school"),
    Recipient.COURT: gettext_noop("a court or a lawyer"),
    Recipient.OTHER: gettext_noop("somebody else"),
    Recipient.UNINVITED: gettext_noop("a caller"),
}
HOWS: Final[dict[str, str]] = {
    "in_app": gettext_noop("signed in the app"),
    "on_paper": gettext_noop("signed on paper"),
    "by_word": gettext_noop("said aloud"),
}
