"""The table of who may open what. A page that is added gets one line here, or a test fails.

Twelve letters, in the order of `WHO`: six of staff, two clients, a phone with the help button and a form's address,
Eve of another program, nobody.

    o  opens (what a form says of having been sent empty is an opening, too)
    s  is asked to sign in
    k  403: a chart that is shut, to somebody who may know names here; it says how it is opened
    x  403: not for them      n  404: there is no such thing for them      m  405: not so
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from django.urls import URLPattern

    from tests.attack.world import World

EVERYONE: Final = "oooooo oo oo o o"
STAFF: Final = "oooooo xx ss o s"
WITH_CLIENTS: Final = "ooooox xx ss o s"
LEAD: Final = "xxxoox xx ss x s"
RUN: Final = "xxxxoo xx ss x s"
READ_CONTENT: Final = "ooxooo xx ss o s"
CLIENT: Final = "xxxxxx oo ss x s"
SIGNED_IN: Final = "oooooo oo ss o s"
NOT_SET_UP: Final = "nnnnnn nn ss n s"  # they have no such factor
NOBODY: Final = "mmmmmm mm mm m m"
UNSIGNED: Final = "xxxxxx xx xx x x"  # the carrier alone, by its signature
NO_SUCH: Final = "nnnnnn nn nn n n"
HAS_IT: Final = "ooooon xx ss n s"  # a crisis that is open: everyone here who works with clients
OPEN_CHART: Final = "ooooox xx ss n s"  # the same, and administrators have no such page at all
TEAM_CHART: Final = (
    "okkoox xx ss n s"  # nothing is open: the care team, and those who lead; others open it with a reason
)
CLOSED: Final = "onnoox xx ss n s"  # a crisis that is over: the same people
ONES_OWN: Final = "onnnnn xx ss n s"
OF_ADMIN: Final = "xxxxoo xx ss x s"
COPY: Final = "ooxooo xx ss n s"


@dataclass(frozen=True)
class Page:
    """Who may `get` it and who may `post` to it (as `get` where nothing else is said), and what stands in its address.

    `ids`: arguments by name; a value that names something of `World.ids` becomes that. `token`: whoever holds the
    address is let in, so it is the address that must not be guessed. `exempt`: why no form token is asked for.
    """

    get: str
    post: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    token: bool = False
    exempt: str = ""

    def outcomes(self, method: str) -> str:
        return (self.post or self.get if method == "post" else self.get).replace(" ", "")


CARRIER: Final = "a webhook: its signature is checked instead"
TOKEN: Final = "the signed address is the proof; an expired sign-in must not swallow an answer"
LOCKS: Final = "it only takes away, also on a page whose token is old; the cookie comes with no other site's form"
PROOF: Final = "it takes a proof of who asks, and the cookie comes with no other site's form"
TICKET: Final = "the demo alone: a signed ticket from another name of this machine"
HELP: Final = "a call for help must not fail on a token; the browser's own word on where it comes from is asked instead"

PAGES: Final[dict[str, Page]] = {
    # ---- for machines
    "healthz": Page(EVERYONE),
    "metrics": Page(EVERYONE),  # from this machine; test_metrics says what others get
    # ---- the team
    "board": Page(STAFF),
    "crisis": Page(HAS_IT, ids={"uid": "crisis"}),
    "crisis_course": Page(HAS_IT, ids={"uid": "crisis"}),
    "page": Page("nnnnnn xx ss n s", ids={"uid": "page"}),  # Cal's alone
    "team_client": Page(TEAM_CHART, ids={"uid": "ana"}),
    "team_client:nothing open": Page(TEAM_CHART, ids={"uid": "ben"}),
    "worried": Page(OPEN_CHART, ids={"uid": "ana"}),
    "rota": Page(STAFF),
    "rota_swap": Page(ONES_OWN, ids={"uid": "shift"}),
    "tasks": Page(STAFF),
    "needs": Page(STAFF),
    "caseload": Page(WITH_CLIENTS),
    "work": Page(STAFF),
    "work_view": Page(STAFF, ids={"view": "=mine"}),
    "client_plan": Page(OPEN_CHART, ids={"uid": "ana"}),
    "client_plan:nothing open": Page(TEAM_CHART, ids={"uid": "ben"}),
    "client_plan_change": Page(OPEN_CHART, ids={"uid": "ana"}),
    "client_plan_change:nothing open": Page(TEAM_CHART, ids={"uid": "ben"}),
    "client_reach": Page(OPEN_CHART, ids={"uid": "ana"}),
    "client_reach:nothing open": Page(TEAM_CHART, ids={"uid": "ben"}),
    "open_chart": Page(OPEN_CHART, ids={"uid": "ben"}),
    "find_client": Page(WITH_CLIENTS),
    "openings": Page(LEAD),
    "opened": Page("nnnnnx xx ss n s", "nonoox xx ss n s", ids={"uid": "opening"}),
    "own_notes": Page("ooxoox xx ss n s", ids={"uid": "ana"}),
    "client_consents": Page(OPEN_CHART, ids={"uid": "ana"}),
    "client_consents:nothing open": Page(TEAM_CHART, ids={"uid": "ben"}),
    "client_consent_paper": Page(OPEN_CHART, ids={"uid": "ana", "which": "consent"}),
    "client_tell": Page(OPEN_CHART, ids={"uid": "ana"}),
    "client_tell:nothing open": Page(TEAM_CHART, ids={"uid": "ben"}),
    "told_against": Page(LEAD),
    "records": Page(WITH_CLIENTS),
    "client_record": Page(TEAM_CHART, ids={"uid": "ana"}),
    "client_record_copy": Page(TEAM_CHART, ids={"uid": "ana"}),
    "me": Page(STAFF),
    "reviews": Page(WITH_CLIENTS),
    "after": Page(CLOSED, ids={"uid": "closed"}),
    "after_paper": Page(CLOSED, ids={"uid": "closed"}),
    "assigned_action": Page("nnnnnx xx ss n s", "ooooox xx ss n s", ids={"uid": "action"}),
    "waivers": Page(LEAD),
    # ---- whoever runs the program
    "program": Page(RUN),
    "content": Page(READ_CONTENT),
    "content_journal": Page(READ_CONTENT),
    "content_unit": Page(READ_CONTENT, ids={"path": "=protocols/panic/1"}),
    "content_copy_new": Page("nnxnnn xx ss n s", "ooxoon xx ss o s", ids={"protocol": "=panic"}),
    "content_copy": Page(COPY, ids={"protocol": "=panic", "number": "=1"}),
    "content_step": Page("ooxoon xx ss n s", ids={"protocol": "=panic", "number": "=1", "step": "step"}),
    "figures": Page(LEAD),
    "figures_csv": Page(LEAD),
    "figures_pdf": Page(LEAD),
    "figure_rows": Page(LEAD, ids={"measure": "=open"}),
    "figure_rows_csv": Page(LEAD, ids={"measure": "=open"}),
    "program_names": Page(RUN),
    "program_staff": Page(RUN),
    "program_staff_one": Page(RUN, ids={"uid": "bea"}),
    "program_clients": Page(RUN),
    "program_client": Page(RUN, ids={"uid": "ana"}),
    "program_order": Page(RUN),
    "program_changes": Page(RUN),
    "program_test": Page(RUN),
    "program_retention": Page("xxxxox xx ss x s"),
    "program_upload": Page(RUN, ids={"kind": "=clients"}),
    "program_table_whole": Page(RUN, ids={"kind": "=clients"}),
    "program_table_empty": Page(RUN, ids={"kind": "=clients"}),
    "program_table": Page(RUN, ids={"uid": "table"}),
    "program_table_refused": Page(RUN, ids={"uid": "table"}),
    # ---- the carrier
    "hook_sms": Page(NOBODY, UNSIGNED, ids={"program": "program"}, exempt=CARRIER),
    "hook_sms_status": Page(NOBODY, UNSIGNED, ids={"program": "program", "attempt": "attempt"}, exempt=CARRIER),
    "hook_voice": Page(NOBODY, UNSIGNED, ids={"program": "program", "attempt": "attempt"}, exempt=CARRIER),
    "hook_voice_digits": Page(NOBODY, UNSIGNED, ids={"program": "program", "attempt": "attempt"}, exempt=CARRIER),
    "hook_call_status": Page(NOBODY, UNSIGNED, ids={"program": "program", "attempt": "attempt"}, exempt=CARRIER),
    # ---- clients
    "today": Page(CLIENT),
    "check_in": Page(CLIENT),
    "answer": Page(EVERYONE, ids={"token": "answer"}, token=True, exempt=TOKEN),
    "sent": Page(EVERYONE, ids={"token": "answer"}, token=True, exempt=TOKEN),
    "plan": Page(CLIENT),
    "plan_kept": Page(CLIENT),
    "devices": Page(CLIENT),
    "my_record": Page(CLIENT),
    "my_looks": Page(CLIENT),
    "my_looks_file": Page(CLIENT),
    "my_corrections": Page(CLIENT),
    "my_closing": Page(CLIENT),
    "agreed": Page(CLIENT),
    "agreed_one": Page(CLIENT, ids={"kind": "=telehealth"}),
    "agreed_person": Page("xxxxxx on ss x s", ids={"uid": "frank"}),
    "agreed_paper": Page("xxxxxx on ss x s", ids={"uid": "consent", "kind": "=html"}),
    "told": Page(CLIENT),
    "told_paper": Page(CLIENT),
    # ---- help, for everyone
    "help": Page(EVERYONE),
    "help_now": Page(
        EVERYONE, UNSIGNED, exempt=HELP
    ),  # a press from nowhere is shown numbers, and told that nobody was
    "help_stranger": Page(EVERYONE, exempt=HELP),
    "help_saved": Page(EVERYONE),
    "help_unsent": Page(EVERYONE),
    "help_call": Page(EVERYONE, ids={"token": "help"}, token=True, exempt=TOKEN),
    "help_call:a stranger's": Page(EVERYONE, ids={"token": "concern"}, token=True, exempt=TOKEN),
    "help_of": Page(EVERYONE, ids={"slug": "=juniper"}),
    # ---- open to everyone, and signing in
    "front": Page(EVERYONE),
    "numbers": Page(EVERYONE),
    "calm": Page(EVERYONE),
    "language": Page(EVERYONE, ids={"code": "=es"}),
    "theme": Page(EVERYONE, ids={"name": "=dark"}),
    "manifest": Page(EVERYONE),
    "service_worker": Page(EVERYONE),
    "account_login": Page(EVERYONE),
    "account_logout": Page(SIGNED_IN, "ssssss ss ss s s"),
    "account_signup": Page(EVERYONE),
    "account_inactive": Page(EVERYONE, NOBODY),
    "account_request_login_code": Page(EVERYONE),
    "account_confirm_login_code": Page(SIGNED_IN),
    "mfa_authenticate": Page(SIGNED_IN),
    "mfa_login_webauthn": Page(SIGNED_IN),
    "lock": Page(NOBODY, EVERYONE, exempt=LOCKS),
    "unlock": Page(NOBODY, "xxxxxx xx oo x o", exempt=PROOF),
    "awake": Page(NOBODY, EVERYONE),
    "passkey_options": Page(EVERYONE, NOBODY),
    "mfa_index": Page(SIGNED_IN, "mmmmmm mm ss m s"),
    "mfa_activate_totp": Page(SIGNED_IN),
    "mfa_deactivate_totp": Page(NOT_SET_UP),
    "mfa_list_webauthn": Page(SIGNED_IN),
    "mfa_add_webauthn": Page(SIGNED_IN),
    "mfa_remove_webauthn": Page("nnnnnn nn ss n s", ids={"pk": "=1"}),
    "mfa_view_recovery_codes": Page(NOT_SET_UP, "mmmmmm mm ss m s"),
    "mfa_generate_recovery_codes": Page(SIGNED_IN),
    "usersessions_list": Page(SIGNED_IN),
    "account_change_password": Page(SIGNED_IN),
    "account_set_password": Page(SIGNED_IN),
    "account_reset_password": Page(EVERYONE),
    "account_reset_password_done": Page(EVERYONE, NOBODY),
    "account_reset_password_from_key_done": Page(EVERYONE, NOBODY),
    "account_reset_password_from_key": Page(EVERYONE, ids={"uidb36": "=1", "key": "=abc-def"}, token=True),
    # ---- the demo alone; without its own program there is nothing
    "demo": Page(NO_SUCH, NOBODY),
    "demo_handsets": Page(NO_SUCH, NOBODY),
    "demo_handset": Page(NOBODY, EVERYONE),
    "demo_side": Page(NOBODY, EVERYONE, exempt=TICKET),
    "demo_clock": Page(NOBODY, NO_SUCH),
    "demo_cover": Page(NOBODY, NO_SUCH),
}


def url_name(key: str) -> str:
    return key.partition(":")[0]


def patterns() -> dict[str, URLPattern]:
    """Every address there is, by its name; one that has none by how it is written."""
    from django.urls import URLPattern, get_resolver

    def every(resolver: Any) -> Iterator[URLPattern]:
        for each in resolver.url_patterns:
            if isinstance(each, URLPattern):
                yield each
            else:
                yield from every(each)

    return {str(each.name or each.pattern): each for each in every(get_resolver())}


def arguments(key: str, world: World, **instead: Any) -> dict[str, Any]:
    """What stands in the address of this page."""
    named = {name: value[1:] if value.startswith("=") else world.ids[value] for name, value in PAGES[key].ids.items()}
    return named | instead


def address(key: str, world: World, **instead: Any) -> str:
    from django.urls import reverse

    name = url_name(key)
    if patterns()[name].name is None:
        return "/" + name
    return reverse(name, kwargs=arguments(key, world, **instead))


CHANGING: Final = re.compile(
    r'name="csrfmiddlewaretoken" value="[^"]*"|[0-9a-f]{8}-[0-9a-f-]{27}|name="once" value="[^"]*"'
)


def said(answer: Any) -> str:
    """The words of an answer, without what changes with every look."""
    body = answer.getvalue() if getattr(answer, "streaming", False) else answer.content
    return CHANGING.sub("", body.decode(errors="replace"))
