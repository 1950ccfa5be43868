"""What "may I tell" says where several grounds say the same: one sentence each, and what to do all the same."""

from typing import Final

from holdfast.consent.signatures import GUARDIAN_MISSING, SIGNED_UNDER_AGE

# To say what to do tells nothing about the client: whoever kneels beside them must hear it.
WHAT_TO_DO: Final = (
    "You may listen, ask, and say what to do: call 911, stay with them, give naloxone. "
    "Say nothing about the client, not even that they are a client here."
)
ASK_NOW: Final = (
    "Ask your supervisor now; if nobody answers, a life goes first: tell place and danger as "
    "“a health program”, and write it down."
)
LISTEN: Final = f"No consent. {WHAT_TO_DO}"
LISTEN_IN_DANGER: Final = f"No consent. {ASK_NOW} {WHAT_TO_DO}"
TAKEN_BACK: Final = f"They took their consent back. {WHAT_TO_DO}"
AGREED_ANEW: Final = (
    "They took their consent back. If they want this told again, write down first that they agreed anew, then ask once "
    f"more. {WHAT_TO_DO}"
)
ENDED: Final = f"Their consent has ended. {WHAT_TO_DO}"
ENDED_IN_DANGER: Final = f"Their consent has ended. {ASK_NOW} {WHAT_TO_DO}"
IN_DANGER_TOO: Final = {one: f"{one} {ASK_NOW}" for one in (GUARDIAN_MISSING, SIGNED_UNDER_AGE)}
