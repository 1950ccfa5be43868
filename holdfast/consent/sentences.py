"""What "may I tell" says where several grounds say the same: why not, in one sentence, and what to do all the same."""

from typing import Final

from holdfast.consent.words import Step

NO_CONSENT: Final = "No consent."
TAKEN_BACK: Final = "They took their consent back."
AGREED_ANEW: Final = (
    "They took their consent back. If they want this told again, write down first that they agreed anew, then ask once "
    "more."
)
ENDED: Final = "Their consent has ended."

DIED: Final = (
    "The client has died, so no consent of theirs opens anything: the director decides with counsel what may be told, and "
    "to whom (42 CFR 2.15, 45 CFR 164.510(b)(5))."
)

# To say what to do tells nothing about the client: whoever kneels beside them must hear it.
_WHAT_TO_DO: Final = "listen, ask, and say what to do: call 911, stay with them, give naloxone."
LISTEN: Final = (
    Step("Now", f"You may {_WHAT_TO_DO}"),
    Step("Never", "Say anything about the client, even that they are a client here."),
)
ASK_NOW: Final = (
    Step("Now", f"Ask your supervisor. Until then {_WHAT_TO_DO}"),
    Step(
        "Only if nobody who leads answers",
        "A life goes first: say where they are and what the danger is, as “a health program”. Then write it down.",
    ),
)
IN_DANGER: Final = (*ASK_NOW, Step("Never", "Say that they are a client here, or anything of their care."))
AFTER_A_DEATH: Final = (
    Step("Now", "Listen, take their name and number, and ask the director. A coroner, too, hears from the director."),
    Step(
        "Only if a life may be in danger",
        "A life goes first: call 911 and say where and what the danger is, as “a health program”. If the client may be "
        "alive, a supervisor or the director puts the record right.",
    ),
    Step("Never", "Say anything about the client before that, even that they were a client here."),
)
