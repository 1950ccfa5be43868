"""Other verbs, forms without a token, fields that nobody asked for, and bodies that are no forms at all."""

from __future__ import annotations

from typing import Final

import pytest
from django.db import connection

from tests.attack.pages import CARRIER, PAGES, address, url_name
from tests.attack.world import WHO, World

OTHER_METHODS: Final = ("put", "patch", "delete", "options", "trace")
every_page = pytest.mark.parametrize("key", sorted(PAGES))


@every_page
def test_any_other_verb_is_refused(world: World, key: str) -> None:
    """Nothing takes PUT, PATCH, DELETE or OPTIONS, so that none of them is a way round what POST asks for."""
    here = address(key, world)
    for method in OTHER_METHODS:
        answer = getattr(world.browser("director"), method)(here)
        assert answer.status_code == 405, method
        assert answer.content == b""
        assert "no-store" in answer["Cache-Control"]


def test_a_header_does_not_change_the_verb(world: World) -> None:
    for key in ("crisis", "devices", "program_names"):
        browser = world.browser("Ana" if key == "devices" else "director")
        for header in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
            assert browser.get(address(key, world), headers={header: "POST"}).status_code == 200


# ---------------------------------------------------------------- forms without a token


def somebody_who_may(key: str, method: str = "post") -> str:
    letters = PAGES[key].outcomes(method)
    return next((who for who, letter in zip(WHO, letters, strict=True) if letter == "o"), "nobody")


@every_page
def test_a_form_without_its_token_is_refused_unless_the_table_says_why_not(world: World, key: str) -> None:
    """H-171: another site cannot press a button here in somebody's name."""
    browser = world.browser(somebody_who_may(key), csrf=True)
    if PAGES[key].exempt:
        return  # what proves it instead has tests of its own
    for more in ({}, {"csrfmiddlewaretoken": "a" * 64}):
        for headers in ({}, {"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = browser.post(address(key, world), more, headers=headers)
            assert answer.status_code == 403, (more, headers)


def test_only_what_says_why_takes_a_form_without_a_token() -> None:
    from tests.attack.pages import patterns

    exempt = {name for name, each in patterns().items() if getattr(each.callback, "csrf_exempt", False)}
    assert exempt == {url_name(key) for key, page in PAGES.items() if page.exempt}


def test_a_call_for_help_from_another_site_is_a_strangers(world: World) -> None:
    """The one press that asks for no token asks the browser where it comes from: another site rings nobody as Ana."""
    from holdfast.assessment.models import HelpCall

    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://elsewhere.example"},
        {},
        {"Sec-Fetch-Site": "none"},
    ):
        for who in ("Ana", "device"):
            before = HelpCall.objects.count()
            assert world.browser(who, csrf=True).post("/help/now", headers=headers).status_code == 403
            world.in_program()
            assert HelpCall.objects.count() == before


# ---------------------------------------------------------------- fields that nobody asked for

EXTRA: Final = {
    "role": "director",
    "program": "2",
    "program_id": "2",
    "staff": "1",
    "staff_id": "1",
    "client": "2",
    "client_id": "2",
    "user": "1",
    "user_id": "1",
    "owner": "1",
    "owner_id": "1",
    "standing": "died",
    "is_superuser": "on",
    "is_staff": "on",
    "is_active": "",
    "state": "closed",
    "urgency": "routine",
    "made_up": "",
    "id": "1",
    "pk": "1",
    "uid": "00000000-0000-0000-0000-000000000001",
    "via": "session",
    "by": "1",
    "at": "2020-01-01T00:00:00Z",
    "now": "2020-01-01T00:00:00Z",
}
# What may change by looking: who looked, that a channel is in trouble, sessions, and the carrier's word.
PASSING: Final = frozenset({"ledger_chartread", "ledger_seal", "django_session", "notify_trouble", "ledger_vouch"})


def rows() -> dict[str, str]:
    """A sum over every table as this program sees it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname = 'public' and c.relkind = 'r' and has_table_privilege(c.oid, 'select') order by 1"
        )
        tables = [name for (name,) in cursor.fetchall() if name not in PASSING]
        union = " union all ".join(
            f"select '{name}', coalesce(sum(('x' || substr(md5(t::text), 1, 8))::bit(32)::bigint), 0)::text from \"{name}\" t"
            for name in tables
        )
        cursor.execute(union)
        return dict(cursor.fetchall())


@every_page
def test_fields_that_nobody_asked_for_change_nothing(world: World, key: str) -> None:
    """H-172: a form that is sent empty but for fields that are no fields of it leaves every row as it was."""
    who = somebody_who_may(key)
    world.in_the_other()
    before_there = rows()
    world.in_program()
    before = rows()
    answer = world.browser(who).post(address(key, world), EXTRA)
    assert answer.status_code < 500
    world.in_program()
    assert changed(before, rows()) <= CHANGES_WHEN_EMPTY.get(key, set())
    world.in_the_other()
    assert changed(before_there, rows()) <= {"account_emailaddress"}  # accounts belong to no program


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {table for table in before if before[table] != after.get(table)}


# Pages on which pressing the button is all there is to say, and what it writes.
CHANGES_WHEN_EMPTY: Final[dict[str, set[str]]] = {
    "assigned_action": {"crisis_assignedaction", "ledger_fact"},
    "program_table": {"people_tablebrought", "people_client", "ledger_fact"},  # the press that brings the file in
    "account_reset_password_from_key": {"account_emailaddress"},  # allauth writes the signed-in person's own down
    "program_table_whole": {"ledger_fact"},  # a file with names was taken, and who took it stands in the record
    **{key: {"ledger_fact"} for key, page in PAGES.items() if page.exempt == CARRIER},  # it was refused
}


def test_nobody_gives_themselves_another_role_program_or_client(world: World) -> None:
    """Whole forms, with more in them than they ask for: the row that is written is the one the form is about."""
    from holdfast.assessment.models import Answer, HelpCall
    from holdfast.people.models import Client, Device, Reaching, Staff
    from holdfast.plans.models import SafetyPlan

    cast = world.cast
    new = {"name": "Nora Bell", "email": "nora@juniper.example", "role": "clinician", "discipline": "nurse",
           "since": "2024-01-02", "licences": "AZ:RN1:2099-01-31", "phone": "520 555 0161"}  # fmt: skip
    more = {**EXTRA, "role": "clinician", "program": str(cast.other.id)}
    assert world.browser("administrator").post("/program/staff/", {**more, **new}).status_code == 302
    world.in_program()
    nora = Staff.objects.get(name="Nora Bell")
    assert (nora.program_id, nora.role, nora.user.is_superuser) == (cast.program.id, "clinician", False)

    himself = f"/program/staff/{cast.adam.uid}"
    for do in ("change", "save", "names", "role", "keep"):
        world.browser("administrator").post(himself, {**EXTRA, "do": do, "name": "Adam Frey", "discipline": "office"})
    world.in_program()
    assert Staff.objects.get(id=cast.adam.id).role == "administrator"

    world.browser("another client").post("/settings/devices", {**EXTRA, "do": "keep", "client": str(cast.ana.id)})
    world.in_program()
    assert Device.objects.latest("id").client_id == world.ben.id
    theirs = str(world.ids["device"])
    world.browser("another client").post("/settings/devices", {"do": "stop", "device": theirs})
    world.in_program()
    assert Device.objects.get(uid=theirs).revoked_at is None

    sure = {"Sec-Fetch-Site": "same-origin"}
    pressed = world.browser("another client").post("/help/now", {**EXTRA, "client": str(cast.ana.id)}, headers=sure)
    assert pressed.status_code == 302
    world.in_program()
    assert HelpCall.objects.latest("id").client_id == world.ben.id

    token = world.ids["answer"]
    world.browser("form").post(f"/answer/{token}/", {**EXTRA, "asked": "1", "item-1": "2", "response": "1"})
    world.in_program()
    assert set(Answer.objects.values_list("response__client_id", flat=True)) == {cast.ana.id}

    reach = f"/team/people/{world.ben.uid}/reach"
    before = Reaching.objects.filter(client=cast.ana).count(), SafetyPlan.objects.filter(client=cast.ana).count()
    world.browser("on the team").post(reach, {**EXTRA, "do": "wishes", "way": "call", "client_id": str(cast.ana.id)})
    world.in_program()
    assert (
        Reaching.objects.filter(client=cast.ana).count(),
        SafetyPlan.objects.filter(client=cast.ana).count(),
    ) == before

    crisis = address("crisis", world)
    world.browser("not on the team").post(crisis, {**EXTRA, "do": "take", "owner_id": str(cast.priya.id)})
    world.in_program()
    world.episode.refresh_from_db()
    assert (world.episode.owner_id, world.episode.state) == (cast.cal.id, "owned")
    assert Client.objects.get(id=cast.ana.id).standing == "active"
