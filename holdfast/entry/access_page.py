"""Draws docs/reference/access.md: who may open which page, and which rows stand on it, from the code itself."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from django.contrib.admindocs.views import simplify_regex
from django.urls import URLPattern, URLResolver, get_resolver

from holdfast.care.queries import tasks_visible_to
from holdfast.crisis.afterwards import actions_visible_to, look_back, waivers_visible_to
from holdfast.crisis.board import board
from holdfast.crisis.queries import in_the_hands_of, open_to, reviews_visible_to, visible_to
from holdfast.notes.queries import written_by
from holdfast.oncall.queries import page_by_uid
from holdfast.people.looks import openings_visible_to, rights_changed
from holdfast.people.queries import client_to_match, clients_visible_to
from holdfast.people.rules import Role
from holdfast.records.queries import corrections_visible_to, waiting_for
from holdfast.web.access import PERMISSIONS, Access
from holdfast.web.chart import CHARTS, NO_CHARTS
from holdfast.web.team.finding import clients_named

Query = Callable[..., Any]

# Of each page of staff that shows rows of clients: the queries that choose them. A test holds that the page uses them.
ROWS: Final[dict[str, tuple[Query, ...]]] = {
    "board": (board, open_to),
    "needs": (open_to,),
    "crisis": (visible_to,),
    "crisis_course": (visible_to,),
    "page": (page_by_uid, visible_to, tasks_visible_to),
    "team_client": (clients_visible_to, in_the_hands_of),
    "worried": (client_to_match,),
    "open_chart": (client_to_match,),
    "find_client": (clients_named,),
    "openings": (openings_visible_to,),
    "opened": (openings_visible_to,),
    "caseload": (clients_visible_to,),
    "work": (board, tasks_visible_to, clients_visible_to, rights_changed),
    "work_view": (board, tasks_visible_to, clients_visible_to),
    "client_plan": (clients_visible_to, visible_to),
    "client_plan_change": (clients_visible_to, visible_to),
    "client_reach": (clients_visible_to, visible_to),
    "client_consents": (clients_visible_to, visible_to),
    "client_consent_paper": (clients_visible_to, visible_to),
    "client_tell": (clients_visible_to, visible_to),
    "client_record": (clients_visible_to, in_the_hands_of),
    "client_record_copy": (clients_visible_to, in_the_hands_of),
    "records": (waiting_for, corrections_visible_to),
    "own_notes": (clients_visible_to, visible_to, written_by),
    "tasks": (tasks_visible_to,),
    "reviews": (reviews_visible_to,),
    "after": (look_back, visible_to),
    "after_paper": (look_back, visible_to),
    "assigned_action": (actions_visible_to,),
    "waivers": (waivers_visible_to,),
}
# Pages of a role that sees all of its program.
ALL: Final[dict[str, str]] = {
    "told_against": "all that was told against a no in the program",
    "figure_rows": "all crises of the program",
    "figure_rows_csv": "all crises of the program, by number",
    "program_clients": "all names, numbers and care teams; nothing of a chart",
    "program_client": "all names, numbers and care teams; nothing of a chart",
    "program_changes": "all changes, with names; nothing of a chart",
    "program_upload": "the files of the program",
    "program_table": "the files of the program",
    "program_table_refused": "the files of the program",
    "program_table_whole": "all names, numbers and care teams; nothing of a chart",
}
KINDS: Final = {
    "public": "nobody’s rows",
    "account": "how the person themselves signs in",
    "client": "the client’s own rows",
    "token": "rows of the client for whom the address was signed, and no others",
}
SHORT: Final = {
    Role.CLINICIAN: "clinician",
    Role.CARE_STAFF: "care staff",
    Role.SUPERVISOR: "supervisor",
    Role.DIRECTOR: "director",
    Role.ADMINISTRATOR: "administrator",
}


def pages(resolver: URLResolver | None = None, prefix: str = "/") -> Iterator[tuple[str, URLPattern, Access]]:
    """Every page of ours: its address, and who it is for."""
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLPattern):
            access = getattr(each.callback, "access", None)
            if isinstance(access, Access):
                yield prefix + simplify_regex(str(each.pattern)).lstrip("/"), each, access
        else:
            yield from pages(each, prefix + str(each.pattern))


def access_page() -> str:
    """Roles and pages, then the rules of rows in the words of the queries themselves."""
    found = sorted(pages(), key=lambda each: each[0])
    staff = [each for each in found if each[2].kind == "staff"]
    lines = [
        "# Who may see what",
        "",
        "Drawn from the accesses that the pages declare (`holdfast/web/access.py`) and the queries that choose their rows.",
        "A page without a declared access is refused. Every row is one of the own program: the database sees to that.",
        "**C**: it shows a chart, and who looked is written down. How it hangs together:",
        "[Who may see a chart, and why](../explanation/access.md).",
        "",
        "## Pages of staff",
        "",
        f"| page | permission | {' | '.join(SHORT.values())} | which rows |",
        f"|---|---|{'---|' * len(SHORT)}---|",
        *(_line(address, str(pattern.name), access) for address, pattern, access in staff),
        "",
        "## Which rows: the rules by name",
        "",
        *(f"- `{_name(query)}`: {_says(query)}" for query in sorted(_queries(), key=_name)),
        "",
        "## Pages of clients, of signed addresses, and of everybody",
        "",
        "The page of help is everybody’s. There a client’s installed phone, by its own key, calls for help for them.",
        "",
        "| page | for | which rows |",
        "|---|---|---|",
        *(
            f"| `{address}` | {access.kind} | {KINDS[access.kind]} |"
            for address, _, access in found
            if access.kind != "staff"
        ),
    ]
    return "\n".join(lines) + "\n"


def _line(address: str, name: str, access: Access) -> str:
    may = PERMISSIONS[access.permission]
    cells = " | ".join("yes" if role in may else "" for role in SHORT)
    chart = "**C** " if name in CHARTS else ""
    return f"| `{address}` | {access.permission} | {cells} | {chart}{_rows(name)} |"


def _rows(name: str) -> str:
    if name in ROWS:
        return ", ".join(f"`{_name(query)}`" for query in ROWS[name])
    return ALL.get(name) or f"none: {NO_CHARTS[name]}"


def _queries() -> set[Query]:
    return {query for queries in ROWS.values() for query in queries}


def _name(query: Query) -> str:
    return f"{query.__module__.removeprefix('holdfast.')}.{query.__name__}"


def _says(query: Query) -> str:
    """What the query says of itself, on one line."""
    return " ".join((query.__doc__ or "").split())
