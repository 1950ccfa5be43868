"""Setting a program up: files in and out, staff, clients, hours, and a test page to everyone."""

import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client as Browser

from holdfast.care.rules import routine_due
from holdfast.content.shapes import ListClock, Urgency
from holdfast.crisis.tests.course import fresh, taken_by_cal
from holdfast.ledger.models import Fact, Program
from holdfast.ledger.scope import program_scope
from holdfast.notify.everyone import RANK, REST, _free_code, heard, last_round
from holdfast.notify.everyone import test_everyone as send_test
from holdfast.notify.models import Attempt
from holdfast.notify.rules import Channel
from holdfast.notify.webhooks import text_from_handset
from holdfast.oncall.models import Page, Shift
from holdfast.oncall.rules import Level
from holdfast.people import bringing
from holdfast.people.models import CareTeamMember, Client, Contact, Holiday, Licence, Staff, TableBrought, User
from holdfast.people.queries import client_with_number, holidays, office_is_open
from holdfast.people.rules import Role, zone
from holdfast.people.sheets import Kind
from holdfast.people.tests.cast import Cast, make_cast
from holdfast.web.hooks.answers import answer_page
from holdfast.web.hooks.texts import hearer
from holdfast.web.tests.test_access import as_

STAFF = """name,email,role,discipline,since,licences,phone,second contact
Nora Bell,nora@juniper.example,clinician,nurse,2024-01-02,AZ:RN1:2099-01-31,520 555 0161,nora@desk.example
Otto Kay,otto@juniper.example,clinician,therapist,01/31/2025,NV:T1:{yesterday},520 555 0162,
Bea Lindqvist,bea@juniper.example,clinician,therapist,2024-01-02,,520 555 0163,
Nora Bell,nora@juniper.example,clinician,nurse,2024-01-02,,520 555 0164,
,pat@juniper.example,wizard,peer,13/02/2025,,12,
"""


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def staff_file(cast: Cast) -> str:
    return STAFF.format(yesterday=cast.now.date() - timedelta(days=2))


def bring(browser: Browser, kind: str, text: str | bytes) -> Any:
    raw = text.encode() if isinstance(text, str) else text
    return browser.post(f"/program/files/{kind}/", {"file": SimpleUploadedFile("x.csv", raw, "text/csv")})


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


# ---- files ------------------------------------------------------------------------------------------------


def test_nothing_is_written_before_the_preview_was_confirmed(cast: Cast) -> None:
    before = Staff.objects.count(), User.objects.count()
    dia = as_(cast.dia)
    preview = dia.get(bring(dia, "staff", staff_file(cast)).url)
    said = words(preview)
    assert "2 lines can be brought in" in said
    assert "3 lines are refused" in said
    assert "They are on the list of staff already" in said
    assert "The same e-mail address stands in line 2 already" in said
    assert "There is no role “wizard”" in said
    assert "“13/02/2025” puts the day before the month" in said
    assert "may not be asked for NV" in said
    assert (Staff.objects.count(), User.objects.count()) == before


def test_a_confirmed_file_is_brought_in_once_however_often_it_is_pressed(cast: Cast) -> None:
    dia = as_(cast.dia)
    page = bring(dia, "staff", staff_file(cast)).url
    for _ in range(2):
        assert dia.post(page).url == page
    assert Staff.objects.filter(name="Nora Bell").count() == 1
    nora = Staff.objects.get(name="Nora Bell")
    assert [(one.state, one.number) for one in Licence.objects.filter(staff=nora)] == [("AZ", "RN1")]
    assert {contact.kind for contact in Contact.objects.filter(staff=nora)} == {"phone", "email"}
    assert not Contact.objects.filter(staff=nora).exclude(tested_at=None).exists()
    assert not nora.user.has_usable_password()
    table = TableBrought.objects.get()
    assert (table.brought, table.left_out, table.text) == (2, 3, None)
    said = words(dia.get(page))
    assert "2 lines were brought in" in said
    assert "3 were refused" in said
    assert Fact.objects.filter(kind="TableConfirmed").count() == 1


def test_what_was_refused_can_be_had_as_a_file_with_the_reasons(cast: Cast) -> None:
    dia = as_(cast.dia)
    page = bring(dia, "staff", staff_file(cast)).url
    before = dia.get(f"{page}/refused.csv").content.decode()
    dia.post(page)
    after = dia.get(f"{page}/refused.csv")
    assert after["Content-Disposition"] == 'attachment; filename="staff-refused.csv"'
    assert before == after.content.decode()
    assert before.startswith("\ufeffline,why it was refused,name,email")
    assert "4,They are on the list of staff already. Change them on their own page.,Bea Lindqvist" in before


def test_who_came_in_between_is_seen_when_it_is_confirmed(cast: Cast) -> None:
    dia = as_(cast.dia)
    first, second = (bring(dia, "staff", staff_file(cast)).url for _ in range(2))
    dia.post(first)
    dia.post(second)
    assert Staff.objects.filter(name="Nora Bell").count() == 1
    assert "0 lines were brought in" in words(dia.get(second))


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04", "workbook"),
        (b"a,b\n1,2\n", "Missing: name, email, role, discipline, since, phone"),
        (b"x" * 2_000_001, "larger than 2 MB"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(cast: Cast, raw: bytes, said: str) -> None:
    answer = bring(as_(cast.dia), "staff", raw)
    assert answer.status_code == 400
    assert said in words(answer)
    assert not TableBrought.objects.exists()


def test_no_file_at_all_is_a_sentence_too(cast: Cast) -> None:
    answer = as_(cast.dia).post("/program/files/staff/", {})
    assert "Choose a file first." in words(answer)
    assert as_(cast.dia).get("/program/files/cats/").status_code == 404


CLIENTS = """name;preferred name;state;time zone;phone;email;since;care team emails
José Núñez;Pepe;AZ;America/Phoenix;520 555 0171;jose@juniper.example;2026-01-31;bea@juniper.example
Ana Morales;;AZ;America/Phoenix;520 555 0118;;2026-01-31;
Kim Ode;;NV;America/Los_Angeles;702 555 0172;;2099-01-31;nobody@juniper.example
Lee Ode;;NV;America/Los_Angeles;702 555 0173;;2099-01-31;
"""


def test_clients_come_in_with_their_team_and_their_accents(cast: Cast) -> None:
    adam = as_(cast.adam)
    page = bring(adam, "clients", CLIENTS.replace("520 555 0118", cast.ana.phone).encode("cp1252")).url
    said = words(adam.get(page))
    assert "was read as Windows-1252" in said
    assert "A client of this name with this phone is here already" in said
    assert "Nobody of the staff has the e-mail address “nobody@juniper.example”" in said
    assert "NV is not among the states that the program serves" in said
    adam.post(page)
    jose = Client.objects.get(user__email="jose@juniper.example")
    assert (jose.name, jose.preferred_name, jose.standing) == ("José Núñez", "Pepe", "active")
    assert jose.standing_since >= cast.now  # silence is watched from now on, not from a day in the past
    assert [(one.staff, one.part) for one in CareTeamMember.objects.filter(client=jose)] == [(cast.bea, "primary")]
    assert Client.objects.get(state="NV").standing == "invited"


def test_shifts_come_in_and_no_one_stands_twice(cast: Cast) -> None:
    cast.on_shift((cast.cal, Level.FIRST))
    day = (cast.now + timedelta(days=3)).date()
    busy = (cast.now + timedelta(hours=2)).astimezone().strftime("%Y-%m-%d %H:%M")
    text = (
        "email,level,from,to\n"
        f"bea@juniper.example,first,{day} 07:00,{day} 19:00\n"
        f"bea@juniper.example,backup,{day} 18:00,{day} 20:00\n"
        f"cal@juniper.example,first,{busy},{day} 07:00\n"
        f"eve@juniper-other.example,first,{day} 07:00,{day} 19:00\n"
    )
    dia = as_(cast.dia)
    page = bring(dia, "shifts", text).url
    said = words(dia.get(page))
    assert "It meets their shift in line 2" in said
    assert "They have a shift in that time already" in said
    assert "Nobody of the staff has the e-mail address “eve@juniper-other.example”" in said
    dia.post(page)
    assert Shift.objects.filter(staff=cast.bea).count() == 1


@pytest.mark.parametrize("kind", ["staff", "clients", "shifts"])
def test_what_goes_out_comes_back_in_as_it_was(cast: Cast, kind: str) -> None:
    cast.on_shift((cast.cal, Level.FIRST))
    dia = as_(cast.dia)
    answer = dia.get(f"/program/files/{kind}/all.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = answer.content.decode("utf-8-sig")
    assert not re.search(r"(^|,)[=+@-]", text, re.MULTILINE)
    said = words(dia.get(bring(dia, kind, answer.content).url))
    # everybody is here already: so the file was read, and every line of it was known again
    assert "already" in said
    assert "No line can be brought in" in said or kind == "shifts"
    assert Fact.objects.get(kind="TableTaken").data["what"] == kind


def test_an_empty_table_has_the_titles_alone(cast: Cast) -> None:
    assert as_(cast.dia).get("/program/files/shifts/empty.csv").content.decode("utf-8-sig") == "email,level,from,to\r\n"


def test_a_file_that_was_not_brought_in_is_forgotten_after_a_day(cast: Cast) -> None:
    dia = as_(cast.dia)
    page = bring(dia, "staff", staff_file(cast)).url
    TableBrought.objects.update(at=cast.now - timedelta(days=2))
    assert bringing.forget(TableBrought.objects.get().id, cast.now)
    assert "This file is no longer kept" in words(dia.get(page))
    dia.post(page)
    assert not Staff.objects.filter(name="Nora Bell").exists()


@pytest.mark.role("web")
def test_the_worker_forgets_files_whose_day_is_over(transactional_db: None) -> None:
    """H-181: also where nobody brings another."""
    from holdfast.entry.sweeps import QUIET, sweep
    from holdfast.entry.tests.database import _Signed

    with transaction.atomic():
        cast = make_cast("forgetful", "6")
        tables = [
            bringing.keep_table(
                cast.program.id, Kind.STAFF, staff_file(cast), (), cast.dia, cast.now - timedelta(hours=h)
            )
            for h in (25, 23)
        ]
        tables[0].refused = "[]"
        tables[0].save()
    (files,) = [kind for kind in QUIET if kind.function == "holdfast_due_files"]
    try:
        _Signed.in_as("worker")
        assert (sweep(files), sweep(files)) == (1, 0)
    finally:
        _Signed.in_as("web")
    with program_scope(cast.program.id):
        kept = {row.id: (row.text, row.refused) for row in TableBrought.objects.all()}
    assert kept[tables[0].id] == (None, None)
    assert kept[tables[1].id][0]


def test_a_file_that_cannot_be_read_any_more_is_said_in_a_sentence_and_writes_nothing(cast: Cast) -> None:
    """A preview stood open while another release came, which asks for another column."""
    dia = as_(cast.dia)
    page = bring(dia, "staff", staff_file(cast)).url
    table = TableBrought.objects.get()
    table.text = json.dumps({"text": "name,shoe size\r\nNora Bell,39\r\n", "said": []})
    table.save()
    answer = dia.get(page)
    assert answer.status_code == 409
    assert "This file cannot be read any more" in words(answer)
    assert "email" in words(answer)
    assert dia.post(page).url == page
    assert dia.get(f"{page}/refused.csv").url == page
    assert not Staff.objects.filter(name="Nora Bell").exists()


PAGES = [
    "staff/",
    "clients/",
    "names",
    "order",
    "changes",
    "test",
    *(f"files/{kind}/{rest}" for kind in ("staff", "clients") for rest in ("", "all.csv", "empty.csv")),
]


@pytest.mark.parametrize("page", PAGES)
def test_set_up_is_for_those_who_run_the_program(cast: Cast, page: str) -> None:
    for person, status in ((cast.dia, 200), (cast.adam, 200), (cast.bea, 403), (cast.ana, 403)):
        assert as_(person).get(f"/program/{page}").status_code == status


def test_another_programs_people_are_not_there(cast: Cast) -> None:
    dia = as_(cast.dia)
    page = bring(dia, "staff", staff_file(cast)).url
    other = make_cast("oak", "9")
    stranger = as_(other.dia)
    for address in (page, f"{page}/refused.csv", f"/program/staff/{cast.bea.uid}", f"/program/clients/{cast.ana.uid}"):
        assert stranger.get(address).status_code == 404
    assert "Ana Morales" not in stranger.get("/program/files/clients/all.csv").content.decode().replace(
        other.ana.name, "", 1
    )


# ---- staff --------------------------------------------------------------------------------------------------

NEW = {
    "name": "Nora Bell",
    "email": "nora@juniper.example",
    "role": "clinician",
    "discipline": "nurse",
    "languages": "en, es",
    "since": "2026-01-02",
    "licences": "AZ:RN1:2099-01-31",
    "phone": "520 555 0161",
    "second": "",
}


def test_somebody_is_added_by_hand(cast: Cast) -> None:
    answer = as_(cast.adam).post("/program/staff/", NEW)
    nora = Staff.objects.get(name="Nora Bell")
    assert answer.url == f"/program/staff/{nora.uid}?said=kept"
    assert "Two tested ways are needed" in words(as_(cast.adam).get(answer.url))


def test_a_form_that_is_refused_keeps_what_was_typed(cast: Cast) -> None:
    answer = as_(cast.adam).post("/program/staff/", NEW | {"phone": "12", "email": "bea@juniper.example"})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "does not look like a phone number" in page
    assert 'value="Nora Bell"' in page
    assert 'aria-invalid="true"' in page


def test_a_role_and_a_licence_are_changed(cast: Cast) -> None:
    page = f"/program/staff/{cast.bea.uid}"
    dia = as_(cast.dia)
    changed = {"do": "change", "name": "Bea L", "role": "supervisor", "discipline": "therapist", "languages": "en"}
    assert dia.post(page, changed).status_code == 302
    licence = {"do": "licence", "state": "nv", "number": "9", "valid_from": "2026-01-01", "valid_until": "2099-01-01"}
    assert dia.post(page, licence).status_code == 302
    assert dia.post(page, licence | {"valid_until": "2098-01-01"}).status_code == 302
    bea = Staff.objects.get(id=cast.bea.id)
    assert (bea.name, bea.role) == ("Bea L", Role.SUPERVISOR)
    assert [one.valid_until for one in Licence.objects.filter(staff=bea, state="NV")] == [date(2098, 1, 1)]
    assert dia.post(page, licence | {"valid_until": "2025-01-01"}).status_code == 400
    assert dia.post(page, licence | {"state": "Nevada"}).status_code == 400


def leaves(cast: Cast, staff: Staff, day: date) -> Any:
    return as_(cast.adam).post(f"/program/staff/{staff.uid}", {"do": "last_day", "until": str(day)})


def test_nobody_leaves_today_with_an_open_crisis(cast: Cast) -> None:
    episode = taken_by_cal(cast)
    today = cast.now.astimezone(zone(cast.program.timezone)).date()
    refused = leaves(cast, cast.cal, today)
    assert refused.status_code == 409
    assert "They have an open crisis" in words(refused)
    assert leaves(cast, cast.cal, today + timedelta(days=9)).status_code == 302
    assert fresh(episode).owner == cast.cal
    assert leaves(cast, cast.bea, today - timedelta(days=1)).status_code == 400
    assert leaves(cast, cast.bea, today).status_code == 302


def test_shifts_beyond_a_last_day_are_said(cast: Cast) -> None:
    cast.on_shift((cast.cal, Level.FIRST), hours=72)
    today = cast.now.astimezone(zone(cast.program.timezone)).date()
    leaves(cast, cast.cal, today + timedelta(days=1))
    said = words(as_(cast.adam).get(f"/program/staff/{cast.cal.uid}"))
    assert "1 shift of theirs reaches beyond their last day" in said
    assert "in their care team beyond" not in said
    leaves(cast, cast.bea, today + timedelta(days=1))
    said = words(as_(cast.adam).get(f"/program/staff/{cast.bea.uid}"))
    assert "1 client has them in their care team beyond their last day" in said


def test_the_only_director_stays_and_stays_director(cast: Cast) -> None:
    assert "Only another director" in words(leaves(cast, cast.dia, date(2098, 1, 1)))
    Staff.objects.filter(id=cast.priya.id).update(role=Role.DIRECTOR, until=date(2098, 1, 1))  # who leaves herself
    last_day = {"do": "last_day", "until": "2098-01-01"}
    assert "only director" in words(as_(cast.priya).post(f"/program/staff/{cast.dia.uid}", last_day))
    change = {"do": "change", "name": "Dia", "role": "clinician", "discipline": "nurse", "languages": "en"}
    assert "Only a director changes the role" in words(as_(cast.adam).post(f"/program/staff/{cast.dia.uid}", change))
    assert "cannot change your own role" in words(as_(cast.dia).post(f"/program/staff/{cast.dia.uid}", change))
    assert Staff.objects.get(id=cast.dia.id).role == Role.DIRECTOR
    assert "cannot end your own place" in words(leaves(cast, cast.adam, date(2098, 1, 1)))


def test_only_a_director_makes_a_director(cast: Cast) -> None:
    adam, line = as_(cast.adam), NEW | {"role": "director"}
    said = "Only a director makes somebody a director or a supervisor"
    assert said in words(adam.post("/program/staff/", line))
    change = {"do": "change", "name": "Bea L", "role": "director", "discipline": "therapist", "languages": "en"}
    for role in ("director", "supervisor"):
        assert said in words(adam.post("/program/staff/", line | {"role": role}))
        assert said in words(adam.post(f"/program/staff/{cast.bea.uid}", change | {"role": role}))
    page = bring(adam, "staff", staff_file(cast).replace("clinician,nurse", "director,nurse")).url
    assert said in words(adam.get(page))
    adam.post(page)
    assert Staff.objects.filter(role=Role.DIRECTOR).get() == cast.dia
    assert as_(cast.dia).post("/program/staff/", line).status_code == 302
    assert Staff.objects.filter(role=Role.DIRECTOR).count() == 2


def test_an_invitation_holds_a_link_and_no_password_and_nothing_of_care(cast: Cast, settings: Any) -> None:
    settings.HOLDFAST_SMTP_URL = "smtp://localhost:25"
    dia = as_(cast.dia)
    dia.post("/program/staff/", NEW)
    nora = Staff.objects.get(name="Nora Bell")
    assert dia.post(f"/program/staff/{nora.uid}", {"do": "invite"}).url.endswith("said=invited")
    (sent,) = mail.outbox
    assert sent.to == ["nora@juniper.example"]
    assert sent.subject == "Your password for JP Desk"
    link = re.search(r"https?://\S+", sent.body)[0]
    nora_s = Browser()
    page = nora_s.get(re.sub(r"https?://[^/]+", "", link), follow=True)
    assert page.status_code == 200
    done = nora_s.post(page.request["PATH_INFO"], {"password1": "a cup of cocoa", "password2": "a cup of cocoa"})
    assert done.status_code == 302
    assert User.objects.get(email="nora@juniper.example").check_password("a cup of cocoa")


def test_without_a_mail_server_it_is_said_and_nothing_is_lost(cast: Cast, settings: Any) -> None:
    settings.HOLDFAST_SMTP_URL = ""
    answer = as_(cast.dia).post(f"/program/staff/{cast.bea.uid}", {"do": "invite"})
    assert answer.status_code == 400
    assert "No mail server is set" in words(answer)


# ---- clients ------------------------------------------------------------------------------------------------


def test_a_client_is_added_and_a_care_team_changes_by_days(cast: Cast) -> None:
    adam = as_(cast.adam)
    new = {
        "name": "Kim Ode",
        "state": "AZ",
        "timezone": "America/Phoenix",
        "phone": "520 555 0171",
        "since": "2026-01-02",
    }
    answer = adam.post("/program/clients/", new | {"language": "en"})
    kim = Client.objects.order_by("-id")[0]
    assert answer.url == f"/program/clients/{kim.uid}?said=kept"
    page, today = f"/program/clients/{kim.uid}", cast.now.date()
    opened = adam.get(page).content.decode()
    assert "<details open><summary>Put somebody on the team</summary>" in opened  # what comes next lies open
    assert "Bea Lindqvist</option>" in opened
    assert "primary clinician</option>" in opened
    assert "Nobody: whoever is on call" in words(adam.get(page))
    join = {"do": "join", "staff": str(cast.bea.uid), "part": "primary", "since": "2026-02-01"}
    assert adam.post(page, join).status_code == 302
    assert adam.post(page, join | {"staff": str(cast.cal.uid), "since": str(today)}).status_code == 302
    assert [(m.staff, m.until) for m in CareTeamMember.objects.filter(client=kim).order_by("id")] == [
        (cast.bea, today - timedelta(days=1)),
        (cast.cal, None),
    ]
    assert adam.post(page, join | {"since": "2026-01-15"}).status_code == 400


def test_a_care_team_is_never_typed(cast: Cast) -> None:
    adam = as_(cast.adam)
    form = adam.get("/program/clients/").content.decode()
    assert 'name="team"' not in form
    assert "Their care team comes next" in form


def test_a_nurse_in_a_file_is_primary_only_where_it_is_written(cast: Cast) -> None:
    Staff.objects.filter(id=cast.cal.id).update(discipline="nurse")
    head = "name;state;time zone;phone;since;care team\nKim Ode;AZ;America/Phoenix;520 555 0171;2026-01-02;"
    bea, cal = cast.bea.user.email, cast.cal.user.email
    said = words(as_(cast.adam).get(bring(as_(cast.adam), "clients", f"{head}{bea} {cal}\n").url))
    assert f"{cast.cal.name} has no part of their own here: write {cal}:primary, :prescriber" in said
    assert "Two people are" not in said
    good = words(as_(cast.adam).get(bring(as_(cast.adam), "clients", f"{head}{bea} {cal}:case_manager\n").url))
    assert "has no part of their own" not in good


def test_the_pages_of_files_list_parts_and_the_length_of_a_line(cast: Cast) -> None:
    adam = as_(cast.adam)
    said = words(adam.get("/program/files/clients/"))
    assert "The parts are primary, prescriber, case_manager and peer" in said
    assert "A line is at most a week long. Write one line for each shift." in words(adam.get("/program/files/shifts/"))


def test_a_client_who_moves_keeps_a_number_that_is_found(cast: Cast) -> None:
    page = f"/program/clients/{cast.ana.uid}"
    moved = {
        "do": "change",
        "name": "Ana Morales",
        "state": "NV",
        "timezone": "america/los_angeles",
        "phone": "702 555 0111",
    }
    assert as_(cast.adam).post(page, moved).status_code == 302
    ana = client_with_number(cast.program.id, "+17025550111")
    assert ana == cast.ana
    assert (ana.state, ana.timezone) == ("NV", "America/Los_Angeles")
    refused = as_(cast.adam).post(page, moved | {"timezone": "Mars/North"})
    assert "There is no time zone “Mars/North”" in words(refused)


def test_an_administrator_sees_no_chart(cast: Cast) -> None:
    page = as_(cast.adam).get(f"/program/clients/{cast.ana.uid}").content.decode()
    assert "Ana Morales" in page
    assert f"/team/client/{cast.ana.uid}" not in page
    assert as_(cast.adam).get(f"/team/client/{cast.ana.uid}").status_code in (403, 404)


def test_clients_are_found_by_name(cast: Cast) -> None:
    adam = as_(cast.adam)
    assert "Ana Morales" in words(adam.post("/program/clients/", {"do": "find", "q": "mora"}))
    assert "Nobody has this in their name" in words(adam.post("/program/clients/", {"do": "find", "q": "zzz"}))
    assert "Ana Morales" in words(adam.get("/program/clients/?q=zzz"))  # no name stands in an address


# ---- the program ---------------------------------------------------------------------------------------------


def test_names_are_changed_and_a_name_that_gives_away_is_refused(cast: Cast) -> None:
    dia = as_(cast.dia)
    names = {
        "do": "names",
        "name": "Juniper",
        "neutral_name": "Maple Desk",
        "state": "NV",
        "timezone": "America/Denver",
        "phone": "",
    }
    assert dia.post("/program/names", names).status_code == 302
    assert Program.objects.get(id=cast.program.id).neutral_name == "Maple Desk"
    assert Program.objects.get(id=cast.other.id).neutral_name == "HO Desk"
    refused = dia.post("/program/names", names | {"neutral_name": "Juniper Recovery"})
    assert refused.status_code == 400
    assert "says something of care" in words(refused)
    assert 'value="Juniper Recovery"' in refused.content.decode()


def test_hours_and_holidays_are_kept_and_count(cast: Cast) -> None:
    dia = as_(cast.dia)
    hours = {"do": "hours", "days": ["0", "1"], "opens": "09:00", "closes": "17:00", "states": "nv, az"}
    assert dia.post("/program/names", hours).status_code == 302
    assert dia.post("/program/names", hours | {"closes": "08:00"}).status_code == 400
    assert dia.post("/program/names", hours | {"states": "Nevada"}).status_code == 400
    assert dia.post("/program/names", hours | {"days": []}).status_code == 400
    assert dia.post("/program/names", {"do": "holiday", "on": "2099-12-25", "called": "Winter day"}).status_code == 302
    assert holidays(cast.program.id, date(2099, 1, 1)) == {date(2099, 12, 25)}
    assert "Winter day" in words(dia.get("/program/names"))
    assert dia.post("/program/names", {"do": "holiday", "on": "2020-12-25", "called": "Long ago"}).status_code == 400
    assert dia.post("/program/names", {"do": "no_holiday", "day": "2099-12-25"}).status_code == 302
    assert not Holiday.objects.exists()


def test_a_holiday_is_no_working_day_and_puts_nothing_off_for_ever(cast: Cast) -> None:
    clock = ListClock(urgency=Urgency.ROUTINE, due_working_days=2, becomes="routine")
    monday = cast.now.replace(year=2026, month=11, day=23)
    plain = routine_due(clock, "America/Phoenix", monday)
    assert routine_due(clock, "America/Phoenix", monday, {date(2026, 11, 24)}) == plain + timedelta(days=1)
    every_day = {date(2026, 11, 1) + timedelta(days=n) for n in range(400)}
    assert routine_due(clock, "America/Phoenix", monday, every_day) <= plain + timedelta(days=12)


def test_channels_say_what_is_missing_and_show_no_secret(cast: Cast, settings: Any) -> None:
    settings.HOLDFAST_TWILIO_TOKEN, settings.HOLDFAST_TWILIO_SID = "hush-hush", ""
    said = words(as_(cast.dia).get("/program/names"))
    assert "HOLDFAST_TWILIO_SID" in said
    assert "hush-hush" not in said


# ---- a test page to everyone -----------------------------------------------------------------------------------


def test_one_press_tests_every_contact_and_pages_nobody(cast: Cast) -> None:
    dia = as_(cast.dia)
    answer = dia.post("/program/test", {"sure": "yes"})
    assert answer.url == "/program/test?said=tested-all"
    tests = Attempt.objects.filter(for_what="test")
    assert {attempt.contact_id for attempt in tests} == {c.id for c in Contact.objects.all()}
    assert {attempt.urgency_rank for attempt in tests} == {RANK}
    assert Channel.VOICE not in {attempt.channel for attempt in tests}
    assert not Page.objects.exists()
    assert "0 of 5 have answered" in words(dia.get("/program/test"))


def test_it_is_not_sent_twice_within_ten_minutes(cast: Cast) -> None:
    dia = as_(cast.dia)
    dia.post("/program/test", {"sure": "yes"})
    sent = Attempt.objects.count()
    again = dia.post("/program/test", {"sure": "yes"})
    assert again.status_code == 400
    assert "less than ten minutes ago" in words(again)
    assert Attempt.objects.count() == sent
    last = last_round(cast.program.id)
    send_test(cast.program, cast.dia, last.at + REST)
    assert Attempt.objects.count() == 2 * sent


def test_when_the_office_is_closed_it_asks_first(cast: Cast) -> None:
    Holiday.objects.create(
        program=cast.program, on=cast.now.astimezone(zone(cast.program.timezone)).date(), name="Today"
    )
    assert not office_is_open(cast.program.id, cast.program.timezone, cast.now)
    answer = as_(cast.dia).post("/program/test")
    assert answer.status_code == 400
    assert "The office is closed now" in words(answer)
    assert not Attempt.objects.exists()
    assert as_(cast.dia).post("/program/test", {"sure": "yes"}).status_code == 302


def test_an_answer_by_text_tests_the_contact_and_stands_on_the_list(cast: Cast) -> None:
    Contact.objects.update(tested_at=None)
    send_test(cast.program, cast.dia, cast.now)
    phone = Contact.objects.get(staff=cast.cal, kind="phone")
    code = Attempt.objects.get(contact=phone).args["code"]
    later = cast.now + timedelta(minutes=2)
    said = text_from_handset({"From": phone.address, "Body": code}, answer_page, hearer(cast.program.id), later)
    assert "This phone works" in said
    lines = heard(last_round(cast.program.id), later)
    assert [one.answered_at for one in lines[cast.cal]] == [later, None]
    assert "1 of 5 have answered" in words(as_(cast.dia).get("/program/test"))


def test_a_mail_of_the_test_is_answered_on_ones_own_page(cast: Cast) -> None:
    Contact.objects.update(tested_at=None)
    send_test(cast.program, cast.dia, cast.now)
    email = Contact.objects.get(staff=cast.cal, kind="email")
    cal = as_(cast.cal)
    assert "Has it reached you?" in words(cal.get("/team/me/"))
    cal.post("/team/me/", {"do": "arrived", "contact": str(email.uid)})
    assert "Has it reached you?" not in words(cal.get("/team/me/"))


def test_no_code_of_a_test_is_one_that_a_page_still_waits_for() -> None:
    taken = {str(n) for n in range(1000, 10000)} - {"4711"}
    assert _free_code(taken) == "4711"
