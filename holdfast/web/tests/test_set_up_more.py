"""Setting a program up: rights, the rota from a file and its cover, the order, and files that come back as they left."""

import re
from datetime import date, timedelta
from typing import Any

import pytest

from holdfast.ledger.models import Fact, Program
from holdfast.ledger.scope import enter
from holdfast.notify.everyone import heard, last_round
from holdfast.notify.everyone import test_everyone as send_test
from holdfast.oncall.cover import Why
from holdfast.oncall.gaps import look
from holdfast.oncall.models import CoverGap, CoverLook, Policy, Shift
from holdfast.oncall.queries import cover_and_steps_now
from holdfast.oncall.rules import Level
from holdfast.people import actions
from holdfast.people.looks import rights_changed
from holdfast.people.models import CareTeamMember, Client, Staff, User
from holdfast.people.queries import actor_of
from holdfast.people.rules import ContactKind, Discipline, Role, Standing, zone
from holdfast.people.tests.cast import LONG_AGO, Cast, make_cast
from holdfast.web.tests.test_access import as_
from holdfast.web.tests.test_set_up import NEW, bring, words

DAY = timedelta(days=1)


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


# ---- rights -------------------------------------------------------------------------------------------------


def changed(cast: Cast, by: Staff, whom: Staff, role: str) -> Any:
    form = {"do": "change", "name": whom.name, "role": role, "discipline": "therapist", "languages": "en"}
    return as_(by).post(f"/program/staff/{whom.uid}", form)


def test_an_administrator_changes_nobodys_role(cast: Cast) -> None:
    """H-55: two who set programs up could else give each other every chart."""
    second = as_(cast.adam).post("/program/staff/", NEW | {"role": "administrator", "discipline": "office"})
    assert second.status_code == 302
    nora = Staff.objects.get(name="Nora Bell")
    for role in ("clinician", "care_staff", "supervisor", "director"):
        assert "Only a director" in words(changed(cast, cast.adam, nora, role))
        assert "Only a director" in words(changed(cast, nora, cast.adam, role))
    assert changed(cast, cast.adam, nora, "administrator").status_code == 302
    assert changed(cast, cast.dia, nora, "clinician").status_code == 302
    assert {one.role for one in Staff.objects.filter(id__in=[nora.id, cast.adam.id])} == {"clinician", "administrator"}


def ends(cast: Cast, by: Staff, whom: Staff, until: str) -> Any:
    return as_(by).post(f"/program/staff/{whom.uid}", {"do": "last_day", "until": until})


def test_only_another_director_ends_the_place_of_a_director_or_takes_that_back(cast: Cast) -> None:
    """H-55: whoever ends it decides who looks at what they change."""
    Staff.objects.filter(id=cast.priya.id).update(role=Role.DIRECTOR)
    today = f"{cast.now.astimezone(zone(cast.program.timezone)):%Y-%m-%d}"
    refused = ends(cast, cast.adam, cast.priya, today)
    assert refused.status_code == 400
    assert "Only another director ends the place of a director" in words(refused)
    assert Staff.objects.get(id=cast.priya.id).until is None
    assert ends(cast, cast.dia, cast.priya, today).status_code == 302
    assert ends(cast, cast.adam, cast.priya, "").status_code == 400
    assert Staff.objects.get(id=cast.priya.id).until is not None


def test_directors_see_the_last_days_that_no_director_wrote_down(cast: Cast) -> None:
    today = f"{cast.now.astimezone(zone(cast.program.timezone)):%Y-%m-%d}"
    assert ends(cast, cast.adam, cast.bea, today).status_code == 302
    assert ends(cast, cast.dia, cast.cal, today).status_code == 302
    enter(cast.program.id)
    seen = rights_changed(actor_of(cast.dia), cast.now + DAY)
    assert [(one.kind, one.data["what"], one.data["staff"]) for one in seen] == [
        ("StaffChanged", "last day", cast.bea.id)
    ]


def test_an_administrator_who_begins_a_program_names_its_first_director(cast: Cast) -> None:
    program = Program.objects.create(slug="cedar", name="Cedar", neutral_name="CD Desk", state="AZ", made_up=True)
    enter(program.id)
    root = founder(program, Role.ADMINISTRATOR)
    line = NEW | {"role": "director", "discipline": "prescriber"}
    assert as_(root).post("/program/staff/", line | {"role": "supervisor"}).status_code == 400
    assert as_(root).post("/program/staff/", line).status_code == 302
    again = line | {"name": "Otto Kay", "email": "otto@juniper.example", "phone": "520 555 0162"}
    assert as_(root).post("/program/staff/", again).status_code == 400
    assert [one.name for one in Staff.objects.filter(role=Role.DIRECTOR)] == ["Nora Bell"]


def test_no_file_puts_an_administrator_on_a_care_team(cast: Cast) -> None:
    text = f"name,state,time zone,phone,since,care team\nKim Ode,AZ,America/Phoenix,520 555 0171,{LONG_AGO},adam@juniper.example\n"
    said = words(as_(cast.adam).get(bring(as_(cast.adam), "clients", text).url))
    assert "Nobody of the staff has the e-mail address “adam@juniper.example”" in said


def test_a_part_of_a_care_team_that_no_page_knows_breaks_none(cast: Cast) -> None:
    CareTeamMember.objects.update(part="case manager")
    for page in ("/program/clients/", f"/program/clients/{cast.ana.uid}"):
        assert "Bea Lindqvist" in words(as_(cast.adam).get(page))
    with pytest.raises(ValueError, match="There is no part"):
        actions.join_care_team(cast.ana, cast.cal, "case manager", LONG_AGO)


def test_who_changed_what_is_seen_with_a_name(cast: Cast) -> None:
    as_(cast.adam).post("/program/staff/", NEW)
    nora = Staff.objects.get(name="Nora Bell")
    join = {"do": "join", "staff": str(nora.uid), "part": "prescriber", "since": str(cast.now.date())}
    as_(cast.adam).post(f"/program/clients/{cast.ana.uid}", join)
    changed(cast, cast.dia, cast.bea, "supervisor")
    as_(cast.adam).get("/program/files/clients/all.csv")
    said = words(as_(cast.dia).get("/program/changes"))
    for line in (
        "Nora Bell was added as clinician Adam Frey",
        "Nora Bell joined the care team of Ana Morales, or leaves it Adam Frey",
        "Bea Lindqvist was made supervisor Dia Okafor",
        "Clients taken out as a file: 1 Adam Frey",
    ):
        assert line in said


# ---- the rota, and its cover ----------------------------------------------------------------------------------


def rota_of(cast: Cast, *lines: tuple[str, str, timedelta, timedelta]) -> str:
    here = zone(cast.program.timezone)

    def at(ahead: timedelta) -> str:
        return f"{(cast.now + ahead).astimezone(here):%Y-%m-%d %H:%M}"

    rows = [f"{who}@juniper.example,{level},{at(since)},{at(until)}" for who, level, since, until in lines]
    return "\n".join(["email,level,from,to", *rows]) + "\n"


def test_a_file_of_shifts_proves_the_cover_again_at_once(cast: Cast) -> None:
    look(cast.program.id, cast.now)
    assert [gap.why for gap in CoverGap.objects.filter(closed_at=None)] == [Why.NOBODY]
    dia = as_(cast.dia)
    week, begun = 7 * DAY, timedelta(minutes=2)
    text = rota_of(
        cast,
        *(("cal", "first", n * week - begun * (n == 0), (n + 1) * week) for n in range(3)),
        *(("priya", "backup", n * week - begun * (n == 0), (n + 1) * week) for n in range(3)),
    )
    page = bring(dia, "shifts", text.replace(",first,", ",third,", 1)).url
    dia.post(page)
    said = words(dia.get(page))
    assert "5 lines were brought in. 1 was refused." in said
    assert "Every minute of the next 14 days is covered" in said  # Priya alone with Dia behind her is cover
    assert not CoverGap.objects.filter(closed_at=None).exists()
    assert Fact.objects.filter(kind="ShiftChanged").count() == 5
    assert Fact.objects.filter(kind="GapClosed").count() == 1


def test_the_report_says_where_the_rota_leaves_nobody(cast: Cast) -> None:
    dia = as_(cast.dia)
    page = bring(dia, "shifts", rota_of(cast, ("cal", "first", DAY, 2 * DAY))).url
    dia.post(page)
    said = words(dia.get(page))
    assert "Not every minute is covered: 2 gaps in the next 14 days" in said
    assert "Nobody is on the rota." in said


def test_a_shift_that_was_taken_off_is_in_nobodys_way(cast: Cast) -> None:
    dia, text = as_(cast.dia), rota_of(cast, ("cal", "first", DAY, 2 * DAY))
    dia.post(bring(dia, "shifts", text).url)
    shift = Shift.objects.get()
    dia.post("/team/rota/", {"do": "off", "shift": str(shift.uid)})
    page = bring(dia, "shifts", text).url
    assert "1 line can be brought in" in words(dia.get(page))
    dia.post(page)
    assert Shift.objects.filter(ended_at=None).count() == 1


def test_who_takes_a_shift_in_between_is_seen_when_the_file_is_confirmed(cast: Cast) -> None:
    dia, text = as_(cast.dia), rota_of(cast, ("cal", "first", DAY, 2 * DAY), ("bea", "first", 2 * DAY, 3 * DAY))
    first, second = bring(dia, "shifts", text).url, bring(dia, "shifts", text).url
    dia.post(first)
    dia.post(second)
    assert "0 lines were brought in. 2 were refused." in words(dia.get(second))
    assert Shift.objects.count() == 2


def test_whoever_begins_next_week_is_named_today(cast: Cast) -> None:
    """A program is set up before its first day: rota and care teams name people who are still to come."""
    adam, monday = as_(cast.adam), (cast.now + 7 * DAY).date()
    adam.post("/program/staff/", NEW | {"since": str(monday)})
    early, later = 3 * DAY, 9 * DAY
    text = rota_of(cast, ("nora", "first", early, early + DAY), ("nora", "first", later, later + DAY))
    page = bring(adam, "shifts", text).url
    assert f"Their first day is {monday}" in words(adam.get(page))
    adam.post(page)
    assert Shift.objects.count() == 1
    kim = f"name,state,time zone,phone,since,care team\nKim Ode,AZ,America/Phoenix,520 555 0171,{LONG_AGO},nora@juniper.example:primary\n"
    adam.post(bring(adam, "clients", kim).url)
    assert CareTeamMember.objects.get(staff__name="Nora Bell").since == monday
    send_test(cast.program, cast.dia, cast.now)
    assert "Nora Bell" in {staff.name for staff in heard(last_round(cast.program.id), cast.now)}


def test_what_the_cover_rests_on_is_looked_at_again(cast: Cast) -> None:
    look(cast.program.id, cast.now)
    licence = {"do": "licence", "state": "nv", "number": "9", "valid_from": "2026-01-01", "valid_until": "2099-01-01"}
    before = CoverLook.objects.get().look_at
    as_(cast.adam).post(f"/program/staff/{cast.bea.uid}", licence)
    assert CoverLook.objects.get().look_at < before


def test_a_number_of_a_licence_that_no_file_could_hold_is_refused(cast: Cast) -> None:
    licence = {"do": "licence", "state": "nv", "valid_from": "2026-01-01", "valid_until": "2099-01-01"}
    for number in ("A:1", "A;1", "A,1", "A|1"):
        assert as_(cast.adam).post(f"/program/staff/{cast.bea.uid}", licence | {"number": number}).status_code == 400


# ---- the order ------------------------------------------------------------------------------------------------


def in_order(*steps: str) -> dict[str, str]:
    return {"do": "own"} | {f"step-{number}": step for number, step in enumerate(steps, 1)}


def steps_now(cast: Cast) -> list[str] | None:
    return cover_and_steps_now(cast.program.id, "AZ", cast.ana.id, cast.now)[1]


def test_a_program_has_an_order_of_its_own_and_goes_back(cast: Cast) -> None:
    adam = as_(cast.adam)
    assert "The usual order counts" in words(adam.get("/program/order"))
    assert adam.post("/program/order", in_order("first", "", "supervisor", "director")).status_code == 302
    assert steps_now(cast) == ["first", "supervisor", "director"]
    said = words(adam.get("/program/order"))
    assert "An order of your own counts" in said
    assert "Left out: Who knows the client, Backup" in said
    assert adam.post("/program/order", {"do": "usual"}).status_code == 302
    assert steps_now(cast) is None
    assert Policy.objects.filter(until=None).count() == 0
    assert Fact.objects.filter(kind="OrderChanged").count() == 2


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ((), "First call cannot be left out"),
        (("backup", "director"), "First call cannot be left out"),
        (("first", "first"), "names a step twice"),
        (("first", "wizard"), "does not exist"),
    ],
)
def test_an_order_that_could_leave_somebody_unsought_is_refused(cast: Cast, steps: tuple[str, ...], said: str) -> None:
    answer = as_(cast.adam).post("/program/order", in_order(*steps))
    assert answer.status_code == 400
    assert said in words(answer)
    assert steps_now(cast) is None


def test_a_step_on_which_nobody_stands_is_said(cast: Cast) -> None:
    cast.on_shift((cast.cal, Level.FIRST))
    said = words(as_(cast.adam).get("/program/order"))
    assert "Whoever has backup on the rota. Nobody in the next 14 days: skipped" in said
    assert "Whoever has first call on the rota. 1 person in the next 14 days" in said
    assert as_(cast.bea).get("/program/order").status_code == 403


# ---- out, and in again ------------------------------------------------------------------------------------------


def founder(program: Program, role: Role) -> Staff:
    root = User.objects.create(email=f"root@{program.slug}.example")
    return actions.hire(program.id, name="Root Elm", role=role, discipline=Discipline.OFFICE, since=LONG_AGO, user=root)


def taken_out(by: Staff, kind: str) -> list[str]:
    """The lines of a file that leaves, without whoever founded the program."""
    text = as_(by).get(f"/program/files/{kind}/all.csv").content.decode("utf-8-sig")
    head, *lines = text.splitlines(keepends=True)
    return [head, *sorted(line for line in lines if not line.startswith("Root Elm"))]


def test_what_leaves_as_files_sets_up_an_empty_program_just_the_same(cast: Cast) -> None:
    """Staff, clients and shifts of one program, brought into another, leave it as the same bytes."""
    cast.on_shift((cast.cal, Level.FIRST), (cast.priya, Level.BACKUP), hours=100)
    actions.add_contact(cast.bea, ContactKind.PHONE, "520 555 0777")
    actions.add_contact(cast.bea, ContactKind.PHONE, "520 555 0778")
    actions.license_in(cast.bea, "NV", number="N-1", valid_from=date(2098, 1, 1), valid_until=date(2099, 1, 1))
    Staff.objects.filter(id=cast.priya.id).update(until=date(2098, 6, 1), credential="=LCSW()", languages=["en", "es"])
    for name, standing in (("=Kim, “Ode”", Standing.INVITED), ("'=Lee\tOde".replace("\t", " "), Standing.ACTIVE)):
        actions.enrol(
            cast.program.id,
            name=name,
            state="NV",
            timezone="America/Los_Angeles",
            now=cast.now,
            pronouns="they/them",
            language="es",
            phone="702 555 0171",
            other_phone="702 555 0172",
            standing=standing,
        )
    files = {kind: taken_out(cast.dia, kind) for kind in ("staff", "clients", "shifts")}
    assert [len(lines) for lines in files.values()] == [6, 4, 3]
    assert not any(re.search(r"(^|,)[=+@-]", line) for lines in files.values() for line in lines)

    cedar = Program.objects.create(
        slug="cedar", name="Cedar", neutral_name="CD Desk", state="AZ", timezone=cast.program.timezone, made_up=True
    )
    enter(cedar.id)
    root = founder(cedar, Role.DIRECTOR)
    for kind, lines in files.items():
        # an address can belong to one account only, so everybody moves
        raw = "\ufeff" + "".join(lines).replace("@juniper.example", "@cedar.example")
        page = bring(as_(root), kind, raw).url
        as_(root).post(page)
        assert f"{len(lines) - 1} lines were brought in. None was refused." in words(as_(root).get(page))
    back = {kind: taken_out(root, kind) for kind in files}
    assert {
        kind: [line.replace("@cedar.example", "@juniper.example") for line in lines] for kind, lines in back.items()
    } == files
    assert Client.objects.filter(program=cedar, standing=Standing.INVITED).count() == 1
