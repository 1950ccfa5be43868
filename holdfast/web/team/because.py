"""Why somebody sees the chart of this page: one short line, and a banner while they opened it themselves."""

from dataclasses import dataclass
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from holdfast.people.charts import Right, grounds
from holdfast.people.looks import opening_of
from holdfast.people.models import ChartOpening
from holdfast.web.access import PageRequest
from holdfast.web.looked import right_words
from holdfast.web.templatetags.holdfast import clock_time

# Pages about one client or one crisis. A list shows many charts, each by a right of its own.
OF_ONE: Final = frozenset(
    {
        *("team_client", "client_plan", "client_plan_change", "client_reach", "client_consents", "client_tell"),
        *("crisis", "crisis_course", "page", "after", "own_notes", "client_record"),
    }
)


@dataclass(frozen=True)
class Because:
    """By which right this chart is seen, in words; and what they opened with a reason, while it is open."""

    words: str
    opening: ChartOpening | None


def because(request: PageRequest) -> Because | None:
    """Of the chart that this request shows: by the very statement that writes the look down. None: it shows none.

    One query, and one more while they opened it themselves. A part of a page that refreshes itself asks nothing.
    """
    looks = getattr(request, "looks", ())
    page = request.resolver_match.url_name if request.resolver_match else ""
    if len(looks) != 1 or page not in OF_ONE or "HX-Request" in request.headers:
        return None
    (ground,) = grounds(request.actor, looks)
    opening = opening_of(request.actor, ground.opening) if ground.opening else None
    words = right_words(ground.right, ground.since, timezone.localtime(request.now).date())
    if ground.right is Right.BREAK_GLASS and opening:
        words = _("you opened it with a reason until %(at)s") % {"at": clock_time(opening.ends_at)}
    return Because(words, opening)
