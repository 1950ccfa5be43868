"""The cast of the tour, by their sign-in names. Plain words, so that the command line can print them."""

from typing import Final

PROGRAM: Final = "juniper-path"
OTHER_PROGRAM: Final = "harbor-oak"
PASSWORD: Final = "one-owner-one-clock"  # noqa: S105 (the demo's; opens nothing real)
SECOND_FACTOR: Final = "246810"  # the demo's fixed code; only where HOLDFAST_DEMO is set does anybody look at it

CLIENT, CAL, DIRECTOR = "ana@example.org", "cal@example.org", "dia@example.org"
LOGINS: Final = (
    (CLIENT, "Ana, a client"),
    (CAL, "Cal, the nurse on call"),
    ("bea@example.org", "Bea, Ana's therapist"),
    (DIRECTOR, "Dia, the clinical director"),
    ("admin@example.org", "Rosa, the administrator"),
    ("eve@example.org", "Eve, who leads another program and sees nothing of this one"),
)
