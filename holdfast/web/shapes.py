"""Values that components are drawn from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

# The five knots of the line, in order, with the word under each.
KNOTS = (
    ("raised", gettext_noop("Raised")),
    ("owned", gettext_noop("Owned")),
    ("reached", gettext_noop("Reached")),
    ("settled", gettext_noop("Settled")),
    ("closed", gettext_noop("Closed")),
)


@dataclass(frozen=True)
class Knot:
    """One knot of a line. `s` is done, now, seek or empty."""

    s: str
    word: str
    detail: str = ""
    at: datetime | None = None


def crisis_line(state: str, details: Sequence[str] = ()) -> tuple[Knot, ...]:
    """The line of a crisis in this state. `details` stand under the knots, from the first on.

    While nobody owns it, the second knot is sought: dashed, in words, never only in color.
    """
    at = [name for name, _word in KNOTS].index(state)
    under = [*details, "", "", "", "", ""]
    knots = []
    for number, (_name, word) in enumerate(KNOTS):
        s = "done" if number < at or state == "closed" else "now" if number == at else ""
        text = _(word)
        if state == "raised" and number == 0:
            s = "done"
        if state == "raised" and number == 1:
            s, text = "seek", _("No owner yet")
        knots.append(Knot(s, text, under[number]))
    return tuple(knots)
