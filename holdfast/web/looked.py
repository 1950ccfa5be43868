"""In words: by which right somebody sees a chart, and which page of it they saw. For staff, and for the client."""

from datetime import date
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.people.charts import Right

RIGHTS: Final[dict[Right, str]] = {
    Right.CARE_TEAM: gettext_noop("care team"),
    Right.HAS_IT: gettext_noop("you have this crisis"),
    Right.HELPS: gettext_noop("you help in this crisis"),
    Right.LEADS: gettext_noop("you lead here"),
    Right.BREAK_GLASS: gettext_noop("you opened it with a reason"),
    Right.OPEN_CRISIS: gettext_noop("open crisis"),
    Right.TOOK_PART: gettext_noop("you took part in this crisis"),
    Right.TASK: gettext_noop("you have the task"),
    Right.AFTER_A_DEATH: gettext_noop("you work with clients, after a death"),
    Right.PAPER: gettext_noop("downtime sheet"),
}
PAGES: Final[dict[str, str]] = {
    "crisis": gettext_noop("The crisis"),
    "crisis_course": gettext_noop("Scores and mood"),
    "page": gettext_noop("A call about a crisis or a task"),
    "team_client": gettext_noop("The client"),
    "client_plan": gettext_noop("Safety plan"),
    "client_plan_change": gettext_noop("Safety plan, to change it"),
    "client_reach": gettext_noop("How to reach them"),
    "client_consents": gettext_noop("What they agreed to"),
    "client_consent_paper": gettext_noop("What they agreed to, on paper"),
    "client_tell": gettext_noop("Who may be told what"),
    "told_against": gettext_noop("What was told against a no"),
    "client_record": gettext_noop("What they asked about their record"),
    "client_record_copy": gettext_noop("A copy of their record"),
    "after": gettext_noop("Looking back at a crisis"),
    "after_paper": gettext_noop("Looking back at a crisis, on paper"),
    "tasks": gettext_noop("The list of tasks"),
    "reviews": gettext_noop("What follows a death"),
    "figure_rows": gettext_noop("The crises behind a figure"),
    "figure_rows_csv": gettext_noop("The crises behind a figure, as a file"),
    "openings": gettext_noop("Charts that were opened with a reason"),
    "own_notes": gettext_noop("Their own notes, which only their author reads"),
    "downtime sheet": gettext_noop("A sheet for when Holdfast does not work"),
}


def page_words(page: str) -> str:
    """What this page is called. One that was taken out meanwhile has its own short name."""
    return _(PAGES[page]) if page in PAGES else page.replace("_", " ")


def right_words(right: Right, since: date | None, today: date) -> str:
    """Why somebody sees a chart: “care team since May 3”."""
    if right is Right.CARE_TEAM and since is not None:
        day = date_format(since, "M j" if since.year == today.year else "M j, Y")
        return _("care team since %(day)s") % {"day": day}
    return _(RIGHTS[right])
